// RUN: kdsl-opt --join-quotients %s | FileCheck %s
// RUN: kdsl-opt --join-quotients --share-divider %s | FileCheck %s --check-prefix=SHARED

// One division for two divisors, which the sums multiply it by. Their product is at
// least 1 and no NaN, so that one comparison tells whether it is usual, and the dividend
// may be large. It is one number for all lanes: 0, or from 2^-63 on, without its sign.
// Otherwise all is done as it was.
// CHECK-LABEL: func @one_dividend
// CHECK-SAME: %[[N:arg0]]: f32
// CHECK-DAG: %[[MOST:.*]] = arith.constant dense<9.22337203E+18> : vector<8xf32>
// CHECK: %[[V:.*]] = vector.broadcast %[[N]]
// CHECK: %[[A:.*]] = arith.addf
// CHECK: %[[B:.*]] = arith.addf
// CHECK: %[[AB:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT: %[[USUAL:.*]] = arith.cmpf ole, %[[AB]], %[[MOST]]
// CHECK-NEXT: %[[BITS:.*]] = arith.bitcast %[[N]] : f32 to i32
// CHECK-NEXT: %[[SIZE:.*]] = arith.shli %[[BITS]]
// CHECK-NEXT: %[[LESS:.*]] = arith.subi %[[SIZE]]
// CHECK-NEXT: %[[MODERATE:.*]] = arith.cmpi uge, %[[LESS]]
// CHECK-NEXT: %[[LANES:.*]] = llvm.bitcast %[[USUAL]] : vector<8xi1> to i8
// CHECK-NEXT: %[[ALL:.*]] = arith.cmpi eq, %[[LANES]]
// CHECK-NEXT: %[[BOTH:.*]] = arith.andi %[[ALL]], %[[MODERATE]]
// CHECK-NEXT: %[[SUM:.*]] = scf.if %[[BOTH]]
// CHECK-NEXT: %[[R:.*]] = arith.divf %[[V]], %[[AB]] {kdsl.exact}
// CHECK-NEXT: %[[S:.*]] = math.fma %[[R]], %[[B]], %arg3
// CHECK-NEXT: %[[T:.*]] = math.fma %[[R]], %[[A]], %[[S]]
// CHECK-NEXT: scf.yield %[[T]]
// CHECK: else
// CHECK-NEXT: %[[Q0:.*]] = arith.divf %[[V]], %[[A]]
// CHECK-NEXT: %[[Q1:.*]] = arith.divf %[[V]], %[[B]]
// CHECK-NEXT: arith.addf %arg3, %[[Q0]]
// CHECK-NEXT: arith.addf %{{.*}}, %[[Q1]]
// CHECK: return %[[SUM]]
func.func @one_dividend(%n: f32, %x: vector<8xf32>, %y: vector<8xf32>, %sum: vector<8xf32>)
    -> vector<8xf32> attributes {kdsl.isa = "x86-64-v3"} {
  %one = arith.constant dense<1.0> : vector<8xf32>
  %v = vector.broadcast %n : f32 to vector<8xf32>
  %p = math.absf %x : vector<8xf32>
  %q = math.absf %y : vector<8xf32>
  %a = arith.addf %p, %one : vector<8xf32>
  %b = arith.addf %one, %q : vector<8xf32>
  %q0 = arith.divf %v, %a fastmath<contract> : vector<8xf32>
  %q1 = arith.divf %v, %b fastmath<contract> : vector<8xf32>
  %s = arith.addf %sum, %q0 fastmath<contract> : vector<8xf32>
  %t = arith.addf %s, %q1 fastmath<contract> : vector<8xf32>
  return %t : vector<8xf32>
}

// Quotients by one divisor are products with its reciprocal. Nothing is known of it:
// both ends are tested.
// CHECK-LABEL: func @one_divisor
// CHECK: %[[SIZE:.*]] = math.absf %arg2
// CHECK: arith.cmpf ole, %[[SIZE]]
// CHECK: arith.cmpf oge, %[[SIZE]]
// CHECK: %[[SUMS:.*]]:2 = scf.if
// CHECK-NEXT: %[[R:.*]] = arith.divf %{{.*}}, %arg2 : vector<16xf32>
// CHECK-NEXT: math.fma %[[R]], %arg0, %arg3
// CHECK-NEXT: math.fma %[[R]], %arg1, %arg3
// CHECK: return %[[SUMS]]#0, %[[SUMS]]#1
func.func @one_divisor(%m: vector<16xf32>, %n: vector<16xf32>, %d: vector<16xf32>,
                       %sum: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>) attributes {kdsl.isa = "x86-64-v4"} {
  %q0 = arith.divf %m, %d fastmath<contract> : vector<16xf32>
  %q1 = arith.divf %n, %d fastmath<contract> : vector<16xf32>
  %s = arith.addf %sum, %q0 fastmath<contract> : vector<16xf32>
  %t = arith.addf %q1, %sum fastmath<contract> : vector<16xf32>
  return %s, %t : vector<16xf32>, vector<16xf32>
}

// A product that a sum takes in is not rounded, so that the quotient may be. A moderate
// constant needs no test.
// CHECK-LABEL: func @products
// CHECK-NOT: arith.cmpi u
// CHECK: scf.if
// CHECK-NEXT: %[[R:.*]] = arith.divf %{{.*}}, %[[AB:.*]] {kdsl.exact} : vector<4xf64>
// CHECK-NEXT: %[[Q0:.*]] = arith.mulf %[[R]], %[[B:.*]] : vector<4xf64>
// CHECK-NEXT: %[[S:.*]] = math.fma %[[Q0]], %arg0, %arg3
// CHECK-NEXT: %[[Q1:.*]] = arith.mulf %[[R]], %[[A:.*]] : vector<4xf64>
// CHECK-NEXT: math.fma %[[Q1]], %arg0, %[[S]]
func.func @products(%w: vector<4xf64>, %x: vector<4xf64>, %y: vector<4xf64>,
                    %sum: vector<4xf64>)
    -> vector<4xf64> attributes {kdsl.isa = "x86-64-v3"} {
  %c = arith.constant dense<-3.0> : vector<4xf64>
  %a = math.absf %x : vector<4xf64>
  %b = math.absf %y : vector<4xf64>
  %q0 = arith.divf %c, %a fastmath<contract> : vector<4xf64>
  %q1 = arith.divf %c, %b fastmath<contract> : vector<4xf64>
  %p0 = arith.mulf %q0, %w fastmath<contract> : vector<4xf64>
  %p1 = arith.mulf %w, %q1 fastmath<contract> : vector<4xf64>
  %s = arith.addf %sum, %p0 fastmath<contract> : vector<4xf64>
  %t = arith.addf %s, %p1 fastmath<contract> : vector<4xf64>
  return %t : vector<4xf64>
}

// Quotients that stay: of a sum that is not to be joined, of what is no sum, two of one
// sum, two of one product, and what a step needs.
// CHECK-LABEL: func @kept
// CHECK-NOT: scf.if
// CHECK: return
func.func @kept(%n: vector<8xf32>, %k: vector<8xf32>, %l: vector<8xf32>, %a: vector<8xf32>,
                %b: vector<8xf32>, %c: vector<8xf32>, %d: vector<8xf32>, %e: vector<8xf32>,
                %f: vector<8xf32>, %g: vector<8xf32>, %h: vector<8xf32>, %sum: vector<8xf32>)
    -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
    attributes {kdsl.isa = "x86-64-v3"} {
  %q0 = arith.divf %n, %a fastmath<contract> : vector<8xf32>
  %q1 = arith.divf %n, %b fastmath<contract> : vector<8xf32>
  %r0 = arith.addf %sum, %q0 : vector<8xf32>
  %r1 = arith.mulf %sum, %q1 fastmath<contract> : vector<8xf32>
  %q2 = arith.divf %k, %c fastmath<contract> : vector<8xf32>
  %q3 = arith.divf %k, %d fastmath<contract> : vector<8xf32>
  %r2 = arith.addf %q2, %q3 fastmath<contract> : vector<8xf32>
  %q4 = arith.divf %l, %e fastmath<contract> : vector<8xf32>
  %q5 = arith.divf %l, %f fastmath<contract> : vector<8xf32>
  %p = arith.mulf %q4, %q5 fastmath<contract> : vector<8xf32>
  %r3 = arith.addf %sum, %p fastmath<contract> : vector<8xf32>
  %q6 = arith.divf %sum, %g fastmath<contract> : vector<8xf32>
  %q7 = arith.divf %sum, %h fastmath<contract> : vector<8xf32>
  %s = arith.addf %n, %q6 fastmath<contract> : vector<8xf32>
  %t = arith.addf %s, %q7 fastmath<contract> : vector<8xf32>
  %r4 = math.floor %t : vector<8xf32>
  return %r0, %r1, %r2, %r3, %r4 : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
}

// AVX-512 shares the divider with estimates, but that of a pair has rounded a product
// before, and is rounded once.
// CHECK-LABEL: func @estimates
// CHECK: scf.if
// SHARED-LABEL: func @estimates
// SHARED: scf.if
// SHARED-NOT: kdsl.estimate
// SHARED: else
func.func @estimates(%n: vector<16xf32>, %m: vector<16xf32>, %x: vector<16xf32>, %sum: vector<16xf32>)
    -> vector<16xf32> attributes {kdsl.isa = "x86-64-v4"} {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %x1 = math.absf %x : vector<16xf32>
  %a = arith.addf %x1, %one : vector<16xf32>
  %b = arith.addf %a, %one : vector<16xf32>
  %c = arith.addf %b, %one : vector<16xf32>
  %d = arith.addf %c, %one : vector<16xf32>
  %q0 = arith.divf %n, %a fastmath<contract> : vector<16xf32>
  %q1 = arith.divf %n, %b fastmath<contract> : vector<16xf32>
  %q2 = arith.divf %m, %c fastmath<contract> : vector<16xf32>
  %q3 = arith.divf %m, %d fastmath<contract> : vector<16xf32>
  %s0 = arith.addf %sum, %q0 fastmath<contract> : vector<16xf32>
  %s1 = arith.addf %s0, %q1 fastmath<contract> : vector<16xf32>
  %s2 = arith.addf %s1, %q2 fastmath<contract> : vector<16xf32>
  %s3 = arith.addf %s2, %q3 fastmath<contract> : vector<16xf32>
  return %s3 : vector<16xf32>
}

// Beside a polynomial the divider has time.
// CHECK-LABEL: func @busy
// CHECK-NOT: scf.if
// CHECK: return
func.func @busy(%n: vector<8xf32>, %a: vector<8xf32>, %b: vector<8xf32>, %sum: vector<8xf32>)
    -> vector<8xf32> attributes {kdsl.isa = "x86-64-v3"} {
  %e = math.exp2 %n : vector<8xf32>
  %f = math.exp2 %a : vector<8xf32>
  %q0 = arith.divf %e, %f fastmath<contract> : vector<8xf32>
  %q1 = arith.divf %e, %b fastmath<contract> : vector<8xf32>
  %s = arith.addf %sum, %q0 fastmath<contract> : vector<8xf32>
  %t = arith.addf %s, %q1 fastmath<contract> : vector<8xf32>
  return %t : vector<8xf32>
}

// Without a multiply-add the last product would be rounded. A quotient by a root is a
// product with AVX-512. One lane is what there is without optimisation.
// CHECK-LABEL: func @rounded
// CHECK-NOT: scf.if
// CHECK: func @of_roots
// CHECK-NOT: scf.if
// CHECK: func @one_lane
// CHECK-NOT: scf.if
func.func @rounded(%m: vector<4xf32>, %n: vector<4xf32>, %d: vector<4xf32>, %sum: vector<4xf32>)
    -> vector<4xf32> attributes {kdsl.isa = "x86-64-v2"} {
  %q0 = arith.divf %m, %d fastmath<contract> : vector<4xf32>
  %q1 = arith.divf %n, %d fastmath<contract> : vector<4xf32>
  %s = arith.addf %sum, %q0 fastmath<contract> : vector<4xf32>
  %t = arith.addf %s, %q1 fastmath<contract> : vector<4xf32>
  return %t : vector<4xf32>
}
func.func @of_roots(%m: vector<16xf32>, %n: vector<16xf32>, %d: vector<16xf32>, %sum: vector<16xf32>)
    -> vector<16xf32> attributes {kdsl.isa = "x86-64-v4"} {
  %root = math.sqrt %d : vector<16xf32>
  %q0 = arith.divf %m, %root fastmath<contract> : vector<16xf32>
  %q1 = arith.divf %n, %root fastmath<contract> : vector<16xf32>
  %s = arith.addf %sum, %q0 fastmath<contract> : vector<16xf32>
  %t = arith.addf %s, %q1 fastmath<contract> : vector<16xf32>
  return %t : vector<16xf32>
}
func.func @one_lane(%m: vector<1xf32>, %n: vector<1xf32>, %d: vector<1xf32>, %sum: vector<1xf32>)
    -> vector<1xf32> attributes {kdsl.isa = "x86-64-v3"} {
  %q0 = arith.divf %m, %d fastmath<contract> : vector<1xf32>
  %q1 = arith.divf %n, %d fastmath<contract> : vector<1xf32>
  %s = arith.addf %sum, %q0 fastmath<contract> : vector<1xf32>
  %t = arith.addf %s, %q1 fastmath<contract> : vector<1xf32>
  return %t : vector<1xf32>
}
