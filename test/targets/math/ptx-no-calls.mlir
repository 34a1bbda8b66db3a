// No operation becomes a call: there is no libdevice to resolve it, and PTX with
// an unresolved function is refused only when it is loaded.
//
// RUN: kdsl-opt --expand-math %s \
// RUN:   | mlir-opt --convert-math-to-llvm --convert-arith-to-llvm --convert-func-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | opt -O2 -o %t.bc
// RUN: llc -march=nvptx64 -mcpu=sm_80 %t.bc -o - | FileCheck %s
// RUN: llc -march=nvptx64 -mcpu=sm_120 %t.bc -o - | FileCheck %s

// CHECK: .target sm_
// CHECK-NOT: .extern
// CHECK-NOT: call
// Without a rounding mode a product and a sum may be fused later.
// CHECK-NOT: {{(add|sub|mul)\.f(32|64)}}

func.func @unary_f32(%x: f32, %y: f32, %n: i32, %to: !llvm.ptr)
    attributes {kdsl.isa = "sm_80"} {
  %0 = math.exp2 %x : f32
  llvm.store volatile %0, %to : f32, !llvm.ptr
  %1 = math.exp %x : f32
  llvm.store volatile %1, %to : f32, !llvm.ptr
  %2 = math.expm1 %x : f32
  llvm.store volatile %2, %to : f32, !llvm.ptr
  %3 = math.log %x : f32
  llvm.store volatile %3, %to : f32, !llvm.ptr
  %4 = math.log2 %x : f32
  llvm.store volatile %4, %to : f32, !llvm.ptr
  %5 = math.log10 %x : f32
  llvm.store volatile %5, %to : f32, !llvm.ptr
  %6 = math.log1p %x : f32
  llvm.store volatile %6, %to : f32, !llvm.ptr
  %7 = math.sqrt %x : f32
  llvm.store volatile %7, %to : f32, !llvm.ptr
  %8 = math.rsqrt %x : f32
  llvm.store volatile %8, %to : f32, !llvm.ptr
  %9 = math.sin %x : f32
  llvm.store volatile %9, %to : f32, !llvm.ptr
  %10 = math.cos %x : f32
  llvm.store volatile %10, %to : f32, !llvm.ptr
  %11 = math.tan %x : f32
  llvm.store volatile %11, %to : f32, !llvm.ptr
  %12 = math.asin %x : f32
  llvm.store volatile %12, %to : f32, !llvm.ptr
  %13 = math.acos %x : f32
  llvm.store volatile %13, %to : f32, !llvm.ptr
  %14 = math.atan %x : f32
  llvm.store volatile %14, %to : f32, !llvm.ptr
  %15 = math.sinh %x : f32
  llvm.store volatile %15, %to : f32, !llvm.ptr
  %16 = math.cosh %x : f32
  llvm.store volatile %16, %to : f32, !llvm.ptr
  %17 = math.tanh %x : f32
  llvm.store volatile %17, %to : f32, !llvm.ptr
  %18 = math.asinh %x : f32
  llvm.store volatile %18, %to : f32, !llvm.ptr
  %19 = math.acosh %x : f32
  llvm.store volatile %19, %to : f32, !llvm.ptr
  %20 = math.atanh %x : f32
  llvm.store volatile %20, %to : f32, !llvm.ptr
  %21 = math.erf %x : f32
  llvm.store volatile %21, %to : f32, !llvm.ptr
  %22 = math.erfc %x : f32
  llvm.store volatile %22, %to : f32, !llvm.ptr
  %23 = math.absf %x : f32
  llvm.store volatile %23, %to : f32, !llvm.ptr
  %24 = math.floor %x : f32
  llvm.store volatile %24, %to : f32, !llvm.ptr
  %25 = math.ceil %x : f32
  llvm.store volatile %25, %to : f32, !llvm.ptr
  %26 = math.trunc %x : f32
  llvm.store volatile %26, %to : f32, !llvm.ptr
  %27 = math.round %x : f32
  llvm.store volatile %27, %to : f32, !llvm.ptr
  %28 = math.roundeven %x : f32
  llvm.store volatile %28, %to : f32, !llvm.ptr
  %29 = kdsl.lgamma %x : f32
  llvm.store volatile %29, %to : f32, !llvm.ptr
  return
}

func.func @binary_f32(%x: f32, %y: f32, %n: i32, %to: !llvm.ptr)
    attributes {kdsl.isa = "sm_80"} {
  %0 = math.powf %x, %y : f32
  llvm.store volatile %0, %to : f32, !llvm.ptr
  %1 = math.atan2 %x, %y : f32
  llvm.store volatile %1, %to : f32, !llvm.ptr
  %2 = math.copysign %x, %y : f32
  llvm.store volatile %2, %to : f32, !llvm.ptr
  %3 = math.fma %x, %y, %x : f32
  llvm.store volatile %3, %to : f32, !llvm.ptr
  %4 = math.fpowi %x, %n : f32, i32
  llvm.store volatile %4, %to : f32, !llvm.ptr
  %5 = arith.addf %x, %y : f32
  llvm.store volatile %5, %to : f32, !llvm.ptr
  %6 = arith.subf %x, %y : f32
  llvm.store volatile %6, %to : f32, !llvm.ptr
  %7 = arith.mulf %x, %y : f32
  llvm.store volatile %7, %to : f32, !llvm.ptr
  %8 = arith.divf %x, %y : f32
  llvm.store volatile %8, %to : f32, !llvm.ptr
  %9 = arith.minimumf %x, %y : f32
  llvm.store volatile %9, %to : f32, !llvm.ptr
  %10 = arith.maximumf %x, %y : f32
  llvm.store volatile %10, %to : f32, !llvm.ptr
  %11 = arith.minnumf %x, %y : f32
  llvm.store volatile %11, %to : f32, !llvm.ptr
  %12 = arith.maxnumf %x, %y : f32
  llvm.store volatile %12, %to : f32, !llvm.ptr
  %13 = arith.sitofp %n : i32 to f32
  llvm.store volatile %13, %to : f32, !llvm.ptr
  %14 = arith.uitofp %n : i32 to f32
  llvm.store volatile %14, %to : f32, !llvm.ptr
  return
}

func.func @others_f32(%x: f32, %y: f32, %n: i32, %to: !llvm.ptr)
    attributes {kdsl.isa = "sm_80"} {
  %0 = arith.fptosi %x : f32 to i8
  llvm.store volatile %0, %to : i8, !llvm.ptr
  %1 = arith.fptosi %x : f32 to i16
  llvm.store volatile %1, %to : i16, !llvm.ptr
  %2 = arith.fptosi %x : f32 to i32
  llvm.store volatile %2, %to : i32, !llvm.ptr
  %3 = arith.fptosi %x : f32 to i64
  llvm.store volatile %3, %to : i64, !llvm.ptr
  %4 = arith.cmpf ult, %x, %y : f32
  llvm.store volatile %4, %to : i1, !llvm.ptr
  %5 = math.isnan %x : f32
  llvm.store volatile %5, %to : i1, !llvm.ptr
  %6 = math.isfinite %x : f32
  llvm.store volatile %6, %to : i1, !llvm.ptr
  %7 = math.absi %n : i32
  llvm.store volatile %7, %to : i32, !llvm.ptr
  %8 = math.ctlz %n : i32
  llvm.store volatile %8, %to : i32, !llvm.ptr
  %9 = math.cttz %n : i32
  llvm.store volatile %9, %to : i32, !llvm.ptr
  %10 = math.ctpop %n : i32
  llvm.store volatile %10, %to : i32, !llvm.ptr
  %11 = arith.divsi %n, %n : i32
  llvm.store volatile %11, %to : i32, !llvm.ptr
  %12 = arith.remsi %n, %n : i32
  llvm.store volatile %12, %to : i32, !llvm.ptr
  %13 = arith.remui %n, %n : i32
  llvm.store volatile %13, %to : i32, !llvm.ptr
  %14 = arith.maxsi %n, %n : i32
  llvm.store volatile %14, %to : i32, !llvm.ptr
  %15 = arith.minsi %n, %n : i32
  llvm.store volatile %15, %to : i32, !llvm.ptr
  return
}

func.func @unary_f64(%x: f64, %y: f64, %n: i64, %to: !llvm.ptr)
    attributes {kdsl.isa = "sm_80"} {
  %0 = math.exp2 %x : f64
  llvm.store volatile %0, %to : f64, !llvm.ptr
  %1 = math.exp %x : f64
  llvm.store volatile %1, %to : f64, !llvm.ptr
  %2 = math.expm1 %x : f64
  llvm.store volatile %2, %to : f64, !llvm.ptr
  %3 = math.log %x : f64
  llvm.store volatile %3, %to : f64, !llvm.ptr
  %4 = math.log2 %x : f64
  llvm.store volatile %4, %to : f64, !llvm.ptr
  %5 = math.log10 %x : f64
  llvm.store volatile %5, %to : f64, !llvm.ptr
  %6 = math.log1p %x : f64
  llvm.store volatile %6, %to : f64, !llvm.ptr
  %7 = math.sqrt %x : f64
  llvm.store volatile %7, %to : f64, !llvm.ptr
  %8 = math.rsqrt %x : f64
  llvm.store volatile %8, %to : f64, !llvm.ptr
  %9 = math.sin %x : f64
  llvm.store volatile %9, %to : f64, !llvm.ptr
  %10 = math.cos %x : f64
  llvm.store volatile %10, %to : f64, !llvm.ptr
  %11 = math.tan %x : f64
  llvm.store volatile %11, %to : f64, !llvm.ptr
  %12 = math.asin %x : f64
  llvm.store volatile %12, %to : f64, !llvm.ptr
  %13 = math.acos %x : f64
  llvm.store volatile %13, %to : f64, !llvm.ptr
  %14 = math.atan %x : f64
  llvm.store volatile %14, %to : f64, !llvm.ptr
  %15 = math.sinh %x : f64
  llvm.store volatile %15, %to : f64, !llvm.ptr
  %16 = math.cosh %x : f64
  llvm.store volatile %16, %to : f64, !llvm.ptr
  %17 = math.tanh %x : f64
  llvm.store volatile %17, %to : f64, !llvm.ptr
  %18 = math.asinh %x : f64
  llvm.store volatile %18, %to : f64, !llvm.ptr
  %19 = math.acosh %x : f64
  llvm.store volatile %19, %to : f64, !llvm.ptr
  %20 = math.atanh %x : f64
  llvm.store volatile %20, %to : f64, !llvm.ptr
  %21 = math.erf %x : f64
  llvm.store volatile %21, %to : f64, !llvm.ptr
  %22 = math.erfc %x : f64
  llvm.store volatile %22, %to : f64, !llvm.ptr
  %23 = math.absf %x : f64
  llvm.store volatile %23, %to : f64, !llvm.ptr
  %24 = math.floor %x : f64
  llvm.store volatile %24, %to : f64, !llvm.ptr
  %25 = math.ceil %x : f64
  llvm.store volatile %25, %to : f64, !llvm.ptr
  %26 = math.trunc %x : f64
  llvm.store volatile %26, %to : f64, !llvm.ptr
  %27 = math.round %x : f64
  llvm.store volatile %27, %to : f64, !llvm.ptr
  %28 = math.roundeven %x : f64
  llvm.store volatile %28, %to : f64, !llvm.ptr
  %29 = kdsl.lgamma %x : f64
  llvm.store volatile %29, %to : f64, !llvm.ptr
  return
}

func.func @binary_f64(%x: f64, %y: f64, %n: i64, %to: !llvm.ptr)
    attributes {kdsl.isa = "sm_80"} {
  %0 = math.powf %x, %y : f64
  llvm.store volatile %0, %to : f64, !llvm.ptr
  %1 = math.atan2 %x, %y : f64
  llvm.store volatile %1, %to : f64, !llvm.ptr
  %2 = math.copysign %x, %y : f64
  llvm.store volatile %2, %to : f64, !llvm.ptr
  %3 = math.fma %x, %y, %x : f64
  llvm.store volatile %3, %to : f64, !llvm.ptr
  %4 = math.fpowi %x, %n : f64, i64
  llvm.store volatile %4, %to : f64, !llvm.ptr
  %5 = arith.addf %x, %y : f64
  llvm.store volatile %5, %to : f64, !llvm.ptr
  %6 = arith.subf %x, %y : f64
  llvm.store volatile %6, %to : f64, !llvm.ptr
  %7 = arith.mulf %x, %y : f64
  llvm.store volatile %7, %to : f64, !llvm.ptr
  %8 = arith.divf %x, %y : f64
  llvm.store volatile %8, %to : f64, !llvm.ptr
  %9 = arith.minimumf %x, %y : f64
  llvm.store volatile %9, %to : f64, !llvm.ptr
  %10 = arith.maximumf %x, %y : f64
  llvm.store volatile %10, %to : f64, !llvm.ptr
  %11 = arith.minnumf %x, %y : f64
  llvm.store volatile %11, %to : f64, !llvm.ptr
  %12 = arith.maxnumf %x, %y : f64
  llvm.store volatile %12, %to : f64, !llvm.ptr
  %13 = arith.sitofp %n : i64 to f64
  llvm.store volatile %13, %to : f64, !llvm.ptr
  %14 = arith.uitofp %n : i64 to f64
  llvm.store volatile %14, %to : f64, !llvm.ptr
  return
}

func.func @others_f64(%x: f64, %y: f64, %n: i64, %to: !llvm.ptr)
    attributes {kdsl.isa = "sm_80"} {
  %0 = arith.fptosi %x : f64 to i8
  llvm.store volatile %0, %to : i8, !llvm.ptr
  %1 = arith.fptosi %x : f64 to i16
  llvm.store volatile %1, %to : i16, !llvm.ptr
  %2 = arith.fptosi %x : f64 to i32
  llvm.store volatile %2, %to : i32, !llvm.ptr
  %3 = arith.fptosi %x : f64 to i64
  llvm.store volatile %3, %to : i64, !llvm.ptr
  %4 = arith.cmpf ult, %x, %y : f64
  llvm.store volatile %4, %to : i1, !llvm.ptr
  %5 = math.isnan %x : f64
  llvm.store volatile %5, %to : i1, !llvm.ptr
  %6 = math.isfinite %x : f64
  llvm.store volatile %6, %to : i1, !llvm.ptr
  %7 = math.absi %n : i64
  llvm.store volatile %7, %to : i64, !llvm.ptr
  %8 = math.ctlz %n : i64
  llvm.store volatile %8, %to : i64, !llvm.ptr
  %9 = math.cttz %n : i64
  llvm.store volatile %9, %to : i64, !llvm.ptr
  %10 = math.ctpop %n : i64
  llvm.store volatile %10, %to : i64, !llvm.ptr
  %11 = arith.divsi %n, %n : i64
  llvm.store volatile %11, %to : i64, !llvm.ptr
  %12 = arith.remsi %n, %n : i64
  llvm.store volatile %12, %to : i64, !llvm.ptr
  %13 = arith.remui %n, %n : i64
  llvm.store volatile %13, %to : i64, !llvm.ptr
  %14 = arith.maxsi %n, %n : i64
  llvm.store volatile %14, %to : i64, !llvm.ptr
  %15 = arith.minsi %n, %n : i64
  llvm.store volatile %15, %to : i64, !llvm.ptr
  return
}
