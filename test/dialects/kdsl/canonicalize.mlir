// RUN: kdsl-opt --canonicalize %s | FileCheck %s

// dot(x - y, x - y) is |x - y|^2.
// CHECK-LABEL: kdsl.program @dot_of_difference
// CHECK: kdsl.sqdist
// CHECK-NOT: kdsl.dot
kdsl.program @dot_of_difference(%x: !kdsl.rows<[M], vector<3xf32>>,
                                %y: vector<3xf32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>)
      -> (!kdsl.rows<[M], f32>) {
    %d = arith.subf %xi, %y : vector<3xf32>
    %q = kdsl.dot %d, %d : vector<3xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// Two constants fold: |(1, 2) - (4, 6)|^2.
// CHECK-LABEL: kdsl.program @constants
// CHECK: arith.constant 2.500000e+01 : f32
// CHECK-NOT: kdsl.sqdist
kdsl.program @constants(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>) {
    %u = arith.constant dense<[1.0, 2.0]> : vector<2xf32>
    %v = arith.constant dense<[4.0, 6.0]> : vector<2xf32>
    %q = kdsl.sqdist %u, %v : vector<2xf32>
    %t = arith.addf %xi, %q : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// |x - x|^2 stays: a NaN in x must show.
// CHECK-LABEL: kdsl.program @same
// CHECK: kdsl.sqdist %[[X:.*]], %[[X]]
kdsl.program @same(%x: !kdsl.rows<[M], vector<3xf32>>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>)
      -> (!kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %xi : vector<3xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// A formula without use goes.
// CHECK-LABEL: kdsl.program @unused
// CHECK-NOT: kdsl.reduce
kdsl.program @unused(%x: !kdsl.rows<[], f32>) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N) rows() fold(#kdsl.sum)
      -> (value of 0 : !kdsl.rows<[], i64>) {
    %n = kdsl.row_number %j
    kdsl.yield %n : i64
  }
  kdsl.return %x : !kdsl.rows<[], f32>
}

// Rows and results that nobody reads go, and the states of the results.
// CHECK-LABEL: kdsl.program @unread
// CHECK: %[[A:.*]] = kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N) rows(%{{[a-z]*}} = %{{.*}}[%{{.*}}] : !kdsl.rows<[N], f32>) fold(#kdsl.max) -> (value of 0 : !kdsl.rows<[M], f32>)
// CHECK: kdsl.yield %{{[a-z]*}} : f32
// CHECK: kdsl.return %[[A]]
kdsl.program @unread(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %a:2 = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum, #kdsl.max) -> (value of 0 : !kdsl.rows<[M], f32>,
                                     value of 1 : !kdsl.rows<[M], f32>) {
    kdsl.yield %yj, %yj : f32, f32
  }
  kdsl.return %a#1 : !kdsl.rows<[M], f32>
}

// A set that is turned twice is the set.
// CHECK-LABEL: kdsl.program @turned_twice
// CHECK-NOT: kdsl.turned
// CHECK: within(%{{.*}} : !kdsl.ranges<M, N>)
kdsl.program @turned_twice(%y: !kdsl.rows<[N], f32>, %r: !kdsl.ranges<M, N>)
    -> (!kdsl.rows<[M], f32>) {
  %t = kdsl.turned %r : !kdsl.ranges<M, N> to !kdsl.ranges<N, M>
  %u = kdsl.turned %t : !kdsl.ranges<N, M> to !kdsl.ranges<M, N>
  %a = kdsl.reduce keep(%i in M) over(%j in N) within(%u : !kdsl.ranges<M, N>)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %yj : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
