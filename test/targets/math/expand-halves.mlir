// Conversions of 16-bit floats: integer arithmetic where the instruction set has
// nothing for them, so that LLVM has no reason to call a library.
// RUN: kdsl-opt --expand-math %s | FileCheck %s

// CHECK-LABEL: func @widen_v2
// CHECK: arith.bitcast %arg0 : vector<4xf16> to vector<4xi16>
// CHECK: arith.shli
// CHECK: arith.mulf
// CHECK-NOT: arith.extf
// CHECK: return
func.func @widen_v2(%x: vector<4xf16>) -> vector<4xf32>
    attributes {kdsl.isa = "x86-64-v2"} {
  %0 = arith.extf %x : vector<4xf16> to vector<4xf32>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func @narrow_v2
// CHECK-NOT: arith.truncf
// CHECK: arith.bitcast %{{.*}} : vector<4xi16> to vector<4xf16>
func.func @narrow_v2(%x: vector<4xf32>) -> vector<4xf16>
    attributes {kdsl.isa = "x86-64-v2"} {
  %0 = arith.truncf %x : vector<4xf32> to vector<4xf16>
  return %0 : vector<4xf16>
}

// AVX2 machines and GPUs convert between f16 and f32.
// CHECK-LABEL: func @native_v3
// CHECK: arith.extf %arg0 : vector<8xf16> to vector<8xf32>
// CHECK: arith.truncf %arg1 : vector<8xf32> to vector<8xf16>
func.func @native_v3(%x: vector<8xf16>, %y: vector<8xf32>)
    -> (vector<8xf32>, vector<8xf16>) attributes {kdsl.isa = "x86-64-v3"} {
  %0 = arith.extf %x : vector<8xf16> to vector<8xf32>
  %1 = arith.truncf %y : vector<8xf32> to vector<8xf16>
  return %0, %1 : vector<8xf32>, vector<8xf16>
}

// An f64 goes through the f32 whose last bit says that something was cut off.
// CHECK-LABEL: func @from_f64
// CHECK: %[[NEAREST:.*]] = arith.truncf %arg0 : f64 to f32
// CHECK: arith.extf %[[NEAREST]] : f32 to f64
// CHECK: %[[ODD:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: arith.truncf %[[ODD]] : f32 to f16
func.func @from_f64(%x: f64) -> f16 attributes {kdsl.isa = "sm_80"} {
  %0 = arith.truncf %x : f64 to f16
  return %0 : f16
}

// bf16 is the upper half of an f32 everywhere.
// CHECK-LABEL: func @bf16
// CHECK: %[[BITS:.*]] = arith.extui %{{.*}} : i16 to i32
// CHECK: arith.shli %[[BITS]]
// CHECK-NOT: arith.truncf
// CHECK: arith.bitcast %{{.*}} : i16 to bf16
// CHECK: arith.sitofp %arg2 : i64 to f64
// CHECK: arith.bitcast %{{.*}} : i16 to bf16
func.func @bf16(%x: bf16, %y: f32, %n: i64) -> (f32, bf16, bf16)
    attributes {kdsl.isa = "sm_90"} {
  %0 = arith.extf %x : bf16 to f32
  %1 = arith.truncf %y : f32 to bf16
  %2 = arith.sitofp %n : i64 to bf16
  return %0, %1, %2 : f32, bf16, bf16
}
