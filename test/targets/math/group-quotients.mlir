// RUN: kdsl-opt --group-quotients %s | FileCheck %s

// Two quotients by estimates of the divisors' reciprocals, which are wrong by less than
// a half where nothing is rare: one test for both, and behind it the divisions
// themselves, which LLVM must not compute always.
// CHECK-LABEL: func @quotients
// CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"(%arg2)
// CHECK: %[[E:.*]] = math.fma %{{.*}}, %arg2, %{{.*}}
// CHECK-NEXT: %[[BETTER:.*]] = math.fma %[[E]], %[[R]], %[[R]]
// CHECK-NEXT: %[[P:.*]] = arith.mulf %arg0, %[[BETTER]]
// CHECK: %[[USUAL:.*]] = arith.cmpf olt
// CHECK: %[[ALL:.*]] = arith.andi %[[USUAL]], %{{.*}}
// CHECK-NEXT: %[[BOTH:.*]]:2 = scf.if %[[ALL]]
// CHECK-NEXT: scf.yield %[[P]], %{{.*}}
// CHECK-NEXT: } else {
// CHECK-NEXT: llvm.inline_asm has_side_effects
// CHECK-NEXT: arith.divf %arg0, %arg2
// CHECK-NEXT: arith.divf %arg1, %arg3
// CHECK: return %[[BOTH]]#0, %[[BOTH]]#1
func.func @quotients(%a: f32, %b: f32, %c: f32, %d: f32) -> (f32, f32)
    attributes {kdsl.isa = "sm_90"} {
  %p = arith.divf %a, %c : f32
  %q = arith.divf %b, %d : f32
  return %p, %q : f32, f32
}

// Roots begin with estimates of their reciprocals; a number that is 0, infinite or
// below 0 makes NaN. What is divided by such a root begins there too.
// CHECK-LABEL: func @roots
// CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rsqrt.approx.ftz.f"(%arg0)
// CHECK: %[[ROOT:.*]]:2 = scf.if
// CHECK: math.sqrt %arg0
// CHECK-NOT: rcp.approx
// CHECK: math.fma %{{.*}}, %[[ROOT]]#0, %{{.*}}
// CHECK-NEXT: math.fma %{{.*}}, %[[R]], %[[R]]
// CHECK: arith.divf %arg1, %[[ROOT]]#0
func.func @roots(%a: f32, %b: f32) -> (f32, f32) attributes {kdsl.isa = "sm_90"} {
  %s = math.sqrt %a : f32
  %t = math.sqrt %b : f32
  %p = arith.divf %b, %s : f32
  %q = arith.divf %a, %t : f32
  return %p, %q : f32, f32
}

// What is at least 2^-64 has a reciprocal root by one instruction, which needs no test.
// CHECK-LABEL: func @reciprocal_roots
// CHECK: "llvm.nvvm.rsqrt.approx.ftz.f"
// CHECK: "llvm.nvvm.rsqrt.approx.ftz.f"
// CHECK-NOT: scf.if
// CHECK: "llvm.nvvm.rsqrt.approx.f"
func.func @reciprocal_roots(%a: f32, %b: f32) -> (f32, f32, f32)
    attributes {kdsl.isa = "sm_90"} {
  %one = arith.constant 1.0 : f32
  %aa = arith.mulf %a, %a : f32
  %bb = arith.mulf %b, %b : f32
  %c = arith.addf %aa, %one : f32
  %d = arith.addf %bb, %one : f32
  %p = math.rsqrt %c : f32
  %q = math.rsqrt %d : f32
  %e = arith.negf %a : f32
  %r = math.rsqrt %e : f32
  return %p, %q, %r : f32, f32, f32
}

// Those of f64 have a guess of all numbers but small ones, and two steps.
// CHECK-LABEL: func @reciprocal_roots_f64
// CHECK: "llvm.nvvm.rsqrt.approx.ftz.d"(%arg0)
// CHECK-COUNT-5: math.fma
// CHECK: arith.cmpf ole
// CHECK: scf.if
// CHECK: } else {
// CHECK: math.sqrt %arg0
func.func @reciprocal_roots_f64(%a: f64, %b: f64) -> (f64, f64)
    attributes {kdsl.isa = "sm_90"} {
  %p = math.rsqrt %a : f64
  %q = math.rsqrt %b : f64
  return %p, %q : f64, f64
}

// What steps depend on (as `expand-math` notes) is rounded once: 41 / 41 is 1.
// CHECK-LABEL: func @whole
// CHECK: %[[G:.*]] = llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"(%arg1)
// CHECK: %[[R:.*]] = math.fma %{{.*}}, %[[G]], %[[G]]
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %arg0, %[[R]]
// CHECK-NEXT: %[[MINUS:.*]] = arith.negf %[[Q]]
// CHECK-NEXT: %[[REST:.*]] = math.fma %[[MINUS]], %arg1, %arg0
// CHECK-NEXT: math.fma %[[REST]], %[[R]], %[[Q]]
func.func @whole(%a: f32, %b: f32) -> (f32, f32)
    attributes {kdsl.isa = "sm_90"} {
  %p = arith.divf %a, %b {kdsl.exact} : f32
  %q = arith.divf %b, %a {kdsl.exact} : f32
  return %p, %q : f32, f32
}

// One alone, and other targets, divide.
// CHECK-LABEL: func @alone
// CHECK-NOT: scf.if
// CHECK: arith.divf %arg0, %arg1 : f32
func.func @alone(%a: f32, %b: f32) -> f32 attributes {kdsl.isa = "sm_90"} {
  %p = arith.divf %a, %b : f32
  return %p : f32
}
// CHECK-LABEL: func @cpu
// CHECK-NOT: scf.if
// CHECK: return
func.func @cpu(%a: f32, %b: f32) -> (f32, f32) attributes {kdsl.isa = "x86-64-v3"} {
  %p = arith.divf %a, %b : f32
  %q = arith.divf %b, %a : f32
  return %p, %q : f32, f32
}
