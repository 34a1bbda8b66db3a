// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(kdsl-take-reciprocals,canonicalize))' %s | FileCheck %s

// 2 * (3 / x) is 6 / x.
// CHECK-LABEL: kdsl.program @sixth
// CHECK: %[[SIX:.*]] = arith.constant 6.0
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK-NEXT: %[[T:.*]] = arith.divf %[[SIX]], %[[Q]]
// CHECK-NEXT: kdsl.yield %[[T]]
kdsl.program @sixth(%x: !kdsl.rows<[M], vector<3xf32>>,
                    %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %two = arith.constant 2.0 : f32
    %three = arith.constant 3.0 : f32
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %t = arith.divf %three, %q : f32
    %u = arith.mulf %t, %two : f32
    kdsl.yield %u : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// What divides all pairs, or all of a row, multiplies by its reciprocal instead. A
// number before it joins that; what both rows divide by stays.
// CHECK-LABEL: kdsl.program @quotients
// CHECK-SAME: %[[S:[a-z0-9]+]]: f32)
// CHECK: %[[FIVE:.*]] = arith.constant 5.0
// CHECK: kdsl.reduce
// CHECK-SAME: %[[H:[a-z]+]] = %arg2[
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK: %[[BYS:.*]] = arith.divf %[[FIVE]], %[[S]]
// CHECK: %[[T:.*]] = arith.mulf %[[Q]], %[[BYS]]
// CHECK: %[[BYH:.*]] = arith.divf %{{.*}}, %[[H]]
// CHECK: %[[U:.*]] = arith.mulf %[[T]], %[[BYH]]
// CHECK: arith.divf %[[U]], %
kdsl.program @quotients(%x: !kdsl.rows<[M], vector<3xf32>>,
                        %y: !kdsl.rows<[N], vector<3xf32>>,
                        %h: !kdsl.rows<[N], f32>, %s: f32)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>,
           %hj = %h[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %five = arith.constant 5.0 : f32
    %one = arith.constant 1.0 : f32
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %p = arith.mulf %q, %five : f32
    %t = arith.divf %p, %s : f32
    %u = arith.divf %t, %hj : f32
    %v = arith.addf %q, %one : f32
    %w = arith.divf %u, %v : f32
    kdsl.yield %w : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// 41 * (1/41) is less than 1: what a comparison, a rounding or an integer is made of
// stays a quotient.
// CHECK-LABEL: kdsl.program @bins
// CHECK-SAME: %[[S:[a-z0-9]+]]: f32)
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK-NEXT: %[[T:.*]] = arith.divf %[[Q]], %[[S]]
// CHECK-NEXT: %[[U:.*]] = arith.addf %[[T]]
// CHECK-NEXT: math.floor %[[U]]
kdsl.program @bins(%x: !kdsl.rows<[M], vector<3xf32>>,
                   %y: !kdsl.rows<[N], vector<3xf32>>, %s: f32)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %one = arith.constant 1.0 : f32
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %t = arith.divf %q, %s : f32
    %u = arith.addf %t, %one : f32
    %v = math.floor %u : f32
    kdsl.yield %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
