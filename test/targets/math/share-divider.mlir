// RUN: kdsl-opt --share-divider %s | FileCheck %s

// Every second quotient from an estimate, where the divisor is at least 1. Where
// the step makes NaN, of an infinite quotient for one, the estimate stays.
// CHECK-LABEL: func @quotients
// CHECK: scf.for
// CHECK: arith.divf %arg0,
// CHECK-NEXT: %[[R:.*]] = llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"(%[[DIVISOR:[^,]*]],
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %arg0, %[[R]]
// CHECK: %[[REST:.*]] = math.fma %{{.*}}, %[[DIVISOR]], %arg0
// CHECK-NEXT: %[[BETTER:.*]] = math.fma %[[REST]], %[[R]], %[[Q]]
// CHECK-NEXT: %[[NAN:.*]] = arith.cmpf uno, %[[BETTER]], %[[BETTER]]
// CHECK-NEXT: arith.select %[[NAN]], %[[Q]], %[[BETTER]]
func.func @quotients(%n: vector<16xf32>, %x: vector<16xf32>, %count: i64)
    -> (vector<16xf32>, vector<16xf32>) attributes {kdsl.isa = "x86-64-v4"} {
  %zero = arith.constant 0 : i64
  %step = arith.constant 1 : i64
  %one = arith.constant dense<1.0> : vector<16xf32>
  // A sum of squares, which nothing but itself and squares flow into.
  %d:2 = scf.for %k = %zero to %count step %step iter_args(%a = %one, %b = %one)
      -> (vector<16xf32>, vector<16xf32>) : i64 {
    %s = arith.mulf %x, %x : vector<16xf32>
    %c = arith.addf %a, %s : vector<16xf32>
    %e = arith.addf %b, %s : vector<16xf32>
    scf.yield %c, %e : vector<16xf32>, vector<16xf32>
  }
  %d0 = arith.addf %d#0, %one : vector<16xf32>
  %d1 = arith.addf %one, %d#1 : vector<16xf32>
  %q0 = arith.divf %n, %d0 : vector<16xf32>
  %q1 = arith.divf %n, %d1 : vector<16xf32>
  return %q0, %q1 : vector<16xf32>, vector<16xf32>
}

// The same of roots; f64 has one step more, and its roots stay.
// CHECK-LABEL: func @roots
// CHECK: math.sqrt {{.*}} : vector<16xf32>
// CHECK: llvm.x86.avx512.rsqrt14.ps.512
// CHECK-NOT: math.sqrt {{.*}} : vector<16xf32>
// CHECK: math.sqrt {{.*}} : vector<8xf64>
// CHECK: math.sqrt {{.*}} : vector<8xf64>
// CHECK: arith.divf
// CHECK-NEXT: llvm.x86.avx512.rcp14.pd.512
// CHECK-COUNT-4: math.fma
func.func @roots(%x: vector<16xf32>, %y: vector<8xf64>)
    -> (vector<16xf32>, vector<16xf32>, vector<8xf64>, vector<8xf64>, vector<8xf64>, vector<8xf64>)
    attributes {kdsl.isa = "x86-64-v4"} {
  %one = arith.constant dense<1.0> : vector<8xf64>
  %a = math.absf %x : vector<16xf32>
  %e = math.exp %x : vector<16xf32>
  %r0 = math.sqrt %a : vector<16xf32>
  %r1 = math.sqrt %e : vector<16xf32>
  %b = math.absf %y : vector<8xf64>
  %c = math.exp %y : vector<8xf64>
  %r2 = math.sqrt %b : vector<8xf64>
  %r3 = math.sqrt %c : vector<8xf64>
  %b1 = arith.addf %b, %one : vector<8xf64>
  %c1 = arith.addf %c, %one : vector<8xf64>
  %q0 = arith.divf %y, %b1 : vector<8xf64>
  %q1 = arith.divf %y, %c1 : vector<8xf64>
  return %r0, %r1, %r2, %r3, %q0, %q1 : vector<16xf32>, vector<16xf32>, vector<8xf64>, vector<8xf64>, vector<8xf64>, vector<8xf64>
}

// Nothing is known of these: the estimate of a reciprocal may be infinite, and a
// root NaN. A sum that something else is added to may be negative.
// CHECK-LABEL: func @unknown
// CHECK-NOT: llvm.call_intrinsic
// CHECK: return
func.func @unknown(%n: vector<16xf32>, %x: vector<16xf32>, %count: i64)
    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>) attributes {kdsl.isa = "x86-64-v4"} {
  %zero = arith.constant 0 : i64
  %step = arith.constant 1 : i64
  %tiny = arith.constant dense<1.0e-30> : vector<16xf32>
  %none = arith.constant dense<0.0> : vector<16xf32>
  %sum = scf.for %k = %zero to %count step %step iter_args(%a = %none) -> (vector<16xf32>) : i64 {
    %c = arith.addf %a, %x : vector<16xf32>
    scf.yield %c : vector<16xf32>
  }
  %s = arith.mulf %x, %x : vector<16xf32>
  %d = arith.addf %s, %tiny : vector<16xf32>
  %q0 = arith.divf %n, %d : vector<16xf32>
  %q1 = arith.divf %n, %x : vector<16xf32>
  %r0 = math.sqrt %x : vector<16xf32>
  %r1 = math.sqrt %sum : vector<16xf32>
  %q2 = arith.addf %q0, %q1 : vector<16xf32>
  return %q2, %r0, %r1 : vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// Other instruction sets have estimates of fewer bits, or other units.
// CHECK-LABEL: func @others
// CHECK-NOT: llvm.call_intrinsic
// CHECK: return
func.func @others(%x: vector<8xf32>) -> (vector<8xf32>, vector<8xf32>)
    attributes {kdsl.isa = "x86-64-v3"} {
  %a = math.absf %x : vector<8xf32>
  %e = math.exp %x : vector<8xf32>
  %r0 = math.sqrt %a : vector<8xf32>
  %r1 = math.sqrt %e : vector<8xf32>
  return %r0, %r1 : vector<8xf32>, vector<8xf32>
}

// What a kernel divides before its loops goes by f64. There the estimate and two
// steps are right wherever a float is; where they make NaN, the estimate says it.
// CHECK-LABEL: func @once
// CHECK: %[[D:.*]] = arith.extf %arg1 : f32 to f64
// CHECK: %[[N:.*]] = arith.extf %arg0 : f32 to f64
// CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.d"(%[[D]])
// CHECK-COUNT-4: math.fma {{.*}} : f64
// CHECK: arith.select
// CHECK: arith.truncf
// CHECK: scf.for
// CHECK-NOT: call_intrinsic
// CHECK: arith.divf
func.func @once(%a: f32, %b: f32, %count: i64) -> f32
    attributes {kdsl.isa = "sm_90"} {
  %zero = arith.constant 0 : i64
  %step = arith.constant 1 : i64
  %q = arith.divf %a, %b : f32
  %sum = scf.for %k = %zero to %count step %step iter_args(%s = %q) -> (f32) : i64 {
    %p = arith.divf %s, %b : f32
    scf.yield %p : f32
  }
  return %sum : f32
}
