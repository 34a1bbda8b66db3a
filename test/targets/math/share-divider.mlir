// RUN: kdsl-opt --share-divider %s | FileCheck %s --check-prefix=MARKS
// RUN: kdsl-opt --share-divider --expand-math %s | FileCheck %s

// Every second quotient becomes a product with a reciprocal, from an estimate that a
// step makes better. An infinite divisor has 0, which the step takes for the inverse of
// the largest number.
// MARKS-LABEL: func @quotients
// MARKS: arith.divf
// MARKS-NOT: kdsl.estimate
// MARKS: arith.divf {{.*}}{kdsl.estimate = "positive"}
// CHECK-LABEL: func @quotients
// CHECK: scf.for
// CHECK: arith.divf %arg0,
// CHECK: %[[BOUNDED:.*]] = arith.select {{.*}}
// CHECK-NEXT: %[[R:.*]] = llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"(%[[DIVISOR:[^,]*]],
// CHECK: %[[REST:.*]] = math.fma %{{.*}}, %[[BOUNDED]], %[[ONE:.*]] :
// CHECK-NEXT: %[[BETTER:.*]] = math.fma %[[REST]], %[[R]], %[[R]]
// CHECK-NEXT: arith.mulf %arg0, %[[BETTER]] fastmath<contract>
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
  %q0 = arith.divf %n, %d0 fastmath<contract> : vector<16xf32>
  %q1 = arith.divf %n, %d1 fastmath<contract> : vector<16xf32>
  return %q0, %q1 : vector<16xf32>, vector<16xf32>
}

// What is rounded to an integer is rounded once before: 41 / 41 is 1, and the root of 9
// is 3. Of a constant an estimate does that, too; where its step makes NaN, of an
// infinite divisor, the estimate stays. Of a subnormal number the step would lose
// digits, as it would of its root.
// MARKS-LABEL: func @steps
// MARKS: arith.divf %[[C:.*]], %{{.*}} : vector
// MARKS: arith.divf %[[C]], %{{.*}} {kdsl.estimate = "rounded once"}
// MARKS: arith.divf %arg0, %{{.*}} : vector
// MARKS: math.sqrt %{{.*}} : vector
// CHECK-LABEL: func @steps
// CHECK: %[[C:.*]] = arith.constant dense<4.100000e+01>
// CHECK: arith.divf %[[C]],
// CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"(%[[DIVISOR:[^,]*]],
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[C]], %[[R]]
// CHECK: %[[REST:.*]] = math.fma %{{.*}}, %[[DIVISOR]], %[[C]]
// CHECK-NEXT: %[[BETTER:.*]] = math.fma %[[REST]], %[[R]], %[[Q]]
// CHECK: %[[QUOTIENT:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.fixupimm.ps.512"(%[[BETTER]], %[[Q]],
// CHECK: math.floor %[[QUOTIENT]]
func.func @steps(%n: vector<16xf32>, %x: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
    attributes {kdsl.isa = "x86-64-v4"} {
  %c = arith.constant dense<41.0> : vector<16xf32>
  %one = arith.constant dense<1.0> : vector<16xf32>
  %a = math.absf %x : vector<16xf32>
  %d = arith.addf %a, %one : vector<16xf32>
  %e = arith.addf %d, %one : vector<16xf32>
  %q0 = arith.divf %c, %d : vector<16xf32>
  %q1 = arith.divf %c, %e : vector<16xf32>
  %q2 = arith.divf %n, %e : vector<16xf32>
  %r = math.sqrt %e : vector<16xf32>
  %f0 = math.floor %q0 : vector<16xf32>
  %f1 = math.floor %q1 : vector<16xf32>
  %f2 = math.floor %q2 : vector<16xf32>
  %f3 = math.floor %r : vector<16xf32>
  return %f0, %f1, %f2, %f3 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// No quotient by a root is left to the divider, nor the reciprocal of one: n / sqrt(x)
// is n times that reciprocal, and n / (x sqrt(x)) has its cube, where a guess y leaves
// y^3 (1 - e)^-1.5 with e = 1 - x y^2. Of 0, which x may be, the guess is infinite.
// MARKS-LABEL: func @of_roots
// MARKS-SAME: %[[N:arg0]]: vector<16xf32>
// MARKS: %[[X:.*]] = math.absf %arg1
// MARKS-NOT: arith.divf
// MARKS: %[[RSQRT:.*]] = math.rsqrt %[[X]] {kdsl.estimate = "unsigned"}
// MARKS: %[[CUBE:.*]] = math.powf %[[X]], %{{.*}} {kdsl.estimate = "unsigned"}
// MARKS: arith.mulf %[[N]], %[[CUBE]] fastmath<contract>
// MARKS: arith.mulf %[[N]], %[[RSQRT]] fastmath<contract>
// MARKS: math.rsqrt %[[X]] {kdsl.estimate = "unsigned"}
// MARKS: math.rsqrt %{{.*}} {kdsl.estimate = "positive"}
// CHECK-LABEL: func @of_roots
// CHECK: %[[X:.*]] = math.absf %arg1
// CHECK: %[[GUESS:.*]] = llvm.call_intrinsic "llvm.x86.avx512.rsqrt14.ps.512"(%[[X]],
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.fixupimm.ps.512"(%{{.*}}, %[[GUESS]],
// CHECK: %[[Y:.*]] = llvm.call_intrinsic "llvm.x86.avx512.rsqrt14.ps.512"(%[[X]],
// CHECK-NEXT: %[[SQUARE:.*]] = arith.mulf %[[Y]], %[[Y]]
// CHECK-NEXT: %[[CUBE:.*]] = arith.mulf %[[SQUARE]], %[[Y]]
// CHECK: %[[E:.*]] = math.fma %{{.*}}, %[[X]],
// CHECK-NEXT: %[[SLOPE:.*]] = math.fma %[[E]],
// CHECK-NEXT: %[[LOST:.*]] = arith.mulf %[[CUBE]], %[[E]]
// CHECK-NEXT: math.fma %[[LOST]], %[[SLOPE]], %[[CUBE]]
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.fixupimm.ps.512"
func.func @of_roots(%n: vector<16xf32>, %x: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
    attributes {kdsl.isa = "x86-64-v4"} {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %a = math.absf %x : vector<16xf32>
  %root = math.sqrt %a : vector<16xf32>
  %power = arith.mulf %a, %root : vector<16xf32>
  %q0 = arith.divf %n, %root fastmath<contract> : vector<16xf32>
  %q1 = arith.divf %n, %power fastmath<contract> : vector<16xf32>
  %q2 = math.rsqrt %a : vector<16xf32>
  %b = arith.addf %a, %one : vector<16xf32>
  %q3 = math.rsqrt %b : vector<16xf32>
  return %q0, %q1, %q2, %q3 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// Every second root, too; f64 has a step more.
// MARKS-LABEL: func @roots
// MARKS: math.sqrt {{.*}} : vector<16xf32>
// MARKS: math.sqrt {{.*}} {kdsl.estimate = "unsigned"} : vector<16xf32>
// MARKS: math.sqrt {{.*}} : vector<8xf64>
// MARKS: math.sqrt {{.*}} {kdsl.estimate = "unsigned"} : vector<8xf64>
// CHECK-LABEL: func @roots
// CHECK: llvm.x86.avx512.rsqrt14.ps.512
// CHECK-COUNT-2: math.fma
// CHECK: llvm.x86.avx512.mask.fixupimm.ps.512
// CHECK: llvm.x86.avx512.rsqrt14.pd.512
// CHECK-COUNT-5: math.fma
// CHECK: llvm.x86.avx512.mask.fixupimm.pd.512
// CHECK: arith.divf
// CHECK: llvm.x86.avx512.rcp14.pd.512
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
// MARKS-LABEL: func @unknown
// MARKS-NOT: kdsl.estimate
// MARKS: return
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
// MARKS-LABEL: func @others
// MARKS-NOT: kdsl.estimate
// MARKS: return
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
