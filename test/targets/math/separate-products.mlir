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
