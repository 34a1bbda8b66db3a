// RUN: kdsl-opt %s --separate-products | FileCheck %s

// A product and a sum may become one multiply-add ...
// CHECK-LABEL: @joined
// CHECK: arith.mulf {{.*}} fastmath<contract>
// CHECK: arith.addf {{.*}} fastmath<contract>
func.func @joined(%a: f32, %b: f32, %c: f32) -> f32 {
  %p = arith.mulf %a, %b fastmath<contract> : f32
  %s = arith.addf %p, %c fastmath<contract> : f32
  return %s : f32
}

// ... but not where `fma = off` is asked; other flags stay.
// CHECK-LABEL: @separate
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: arith.addf %{{.*}}, %{{.*}} fastmath<nnan> : f32
func.func @separate(%a: f32, %b: f32, %c: f32) -> f32
    attributes {kdsl.fma = "off"} {
  %p = arith.mulf %a, %b fastmath<contract> : f32
  %s = arith.addf %p, %c fastmath<nnan,contract> : f32
  return %s : f32
}

// A multiply-add that was written as one is taken apart there ...
// CHECK-LABEL: @split
// CHECK-NOT: math.fma
// CHECK: %[[P:.*]] = arith.mulf %arg0, %arg1 : f32
// CHECK: arith.addf %[[P]], %arg2 : f32
func.func @split(%a: f32, %b: f32, %c: f32) -> f32
    attributes {kdsl.fma = "off", kdsl.isa = "x86-64-v3"} {
  %s = math.fma %a, %b, %c : f32
  return %s : f32
}

// ... and for x86-64-v2, which cannot do it at once.
// CHECK-LABEL: @without_instruction
// CHECK-NOT: math.fma
// CHECK: arith.mulf
// CHECK: arith.addf
func.func @without_instruction(%a: f32, %b: f32, %c: f32) -> f32
    attributes {kdsl.isa = "x86-64-v2"} {
  %s = math.fma %a, %b, %c : f32
  return %s : f32
}

// CHECK-LABEL: @at_once
// CHECK: math.fma
func.func @at_once(%a: f32, %b: f32, %c: f32) -> f32
    attributes {kdsl.isa = "x86-64-v3"} {
  %s = math.fma %a, %b, %c : f32
  return %s : f32
}
