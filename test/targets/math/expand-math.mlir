// RUN: kdsl-opt --expand-math --split-input-file --verify-diagnostics %s | FileCheck %s

// Two vectors go in step, by the two AVX-512 instructions.
// CHECK-LABEL: func @exp2_v4
// CHECK: %[[F0:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%arg0,
// CHECK-NEXT: %[[F1:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%arg1,
// CHECK-NEXT: %[[P0:.*]] = math.fma %{{.*}}, %[[F0]],
// CHECK-NEXT: %[[P1:.*]] = math.fma %{{.*}}, %[[F1]],
// CHECK-COUNT-8: math.fma
// CHECK-NOT: math.fma
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%{{.*}}, %arg0,
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%{{.*}}, %arg1,
// CHECK-NOT: math.exp2
func.func @exp2_v4(%a: vector<16xf32>, %b: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>) attributes {kdsl.isa = "x86-64-v4"} {
  %0 = math.exp2 %a : vector<16xf32>
  %1 = math.exp2 %b : vector<16xf32>
  return %0, %1 : vector<16xf32>, vector<16xf32>
}

// A chain cannot go in step.
// CHECK-LABEL: func @exp2_chain
// CHECK: scalef.ps.512"(%{{.*}}, %arg0,
// CHECK: reduce.ps.512
func.func @exp2_chain(%a: vector<16xf32>) -> vector<16xf32>
    attributes {kdsl.isa = "x86-64-v4"} {
  %0 = math.exp2 %a : vector<16xf32>
  %1 = math.exp2 %0 : vector<16xf32>
  return %1 : vector<16xf32>
}

// CHECK-LABEL: func @exp2_fast
// CHECK-COUNT-4: math.fma
// CHECK-NOT: math.fma
func.func @exp2_fast(%a: vector<16xf32>) -> vector<16xf32>
    attributes {kdsl.isa = "x86-64-v4", kdsl.exp = "fast"} {
  %0 = math.exp2 %a : vector<16xf32>
  return %0 : vector<16xf32>
}

// Clamps on both sides, exponent by integer addition.
// CHECK-LABEL: func @exp2_v3
// CHECK: arith.cmpf ogt, %arg0
// CHECK: arith.cmpf olt
// CHECK: math.floor
// CHECK: llvm.call_intrinsic "llvm.x86.avx.cvt.ps2dq.256"
// CHECK: arith.shli
// CHECK-COUNT-5: math.fma
// CHECK: arith.addi
func.func @exp2_v3(%a: vector<8xf32>) -> vector<8xf32>
    attributes {kdsl.isa = "x86-64-v3"} {
  %0 = math.exp2 %a : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func @exp2_nonpositive
// CHECK-NOT: arith.cmpf ogt
// CHECK: arith.cmpf olt, %arg0
func.func @exp2_nonpositive(%a: vector<8xf32>) -> vector<8xf32>
    attributes {kdsl.isa = "x86-64-v3"} {
  %0 = math.exp2 %a {kdsl.nonpositive} : vector<8xf32>
  return %0 : vector<8xf32>
}

// The default is x86-64-v2, without fused multiply-add.
// CHECK-LABEL: func @scalar_default
// CHECK-NOT: math.fma
// CHECK-NOT: call_intrinsic
// CHECK: arith.mulf
// CHECK-NOT: math.log
// CHECK: return
func.func @scalar_default(%a: f64) -> f64 {
  %0 = math.log %a : f64
  return %0 : f64
}

// CHECK-LABEL: func @native
// CHECK: math.sqrt
// CHECK-NEXT: math.floor
// CHECK-NEXT: math.copysign
func.func @native(%a: vector<3xf32>) -> vector<3xf32> {
  %0 = math.sqrt %a : vector<3xf32>
  %1 = math.floor %0 : vector<3xf32>
  %2 = math.copysign %1, %a : vector<3xf32>
  return %2 : vector<3xf32>
}

// x^5 = x (x^2)^2.
// CHECK-LABEL: func @constant_power
// CHECK: %[[S:.*]] = arith.mulf %arg0, %arg0
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[S]], %[[S]]
// CHECK-NEXT: %[[P:.*]] = arith.mulf %arg0, %[[Q]]
// CHECK-NEXT: return %[[P]]
func.func @constant_power(%a: f32) -> f32 {
  %five = arith.constant 5 : i32
  %0 = math.fpowi %a, %five : f32, i32
  return %0 : f32
}

// CHECK-LABEL: func @both
// CHECK-NOT: math.sincos
// CHECK: return
func.func @both(%a: vector<4xf64>) -> (vector<4xf64>, vector<4xf64>) {
  %s, %c = math.sincos %a : vector<4xf64>
  return %s, %c : vector<4xf64>, vector<4xf64>
}

// -----

func.func @half(%a: f16) -> f16 {
  // expected-error @below {{cannot expand 'math.exp' on 'f16' for x86: expected a known function of f32 or f64, scalar or fixed vector}}
  %0 = math.exp %a : f16
  return %0 : f16
}

// -----

func.func @scalable(%a: vector<[4]xf32>) -> vector<[4]xf32> {
  // expected-error @below {{cannot expand 'math.exp'}}
  %0 = math.exp %a : vector<[4]xf32>
  return %0 : vector<[4]xf32>
}

// -----

// expected-error @below {{unknown instruction set 'avx9': expected x86-64-v2, x86-64-v3 or x86-64-v4}}
func.func @no_such_isa(%a: f32) -> f32 attributes {kdsl.isa = "avx9"} {
  return %a : f32
}

// -----

// expected-error @below {{unknown precision 'exact' of 'exp': expected accurate or fast}}
func.func @no_such_precision(%a: f32) -> f32 attributes {kdsl.exp = "exact"} {
  return %a : f32
}
