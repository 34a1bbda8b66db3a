// RUN: kdsl-opt %s | kdsl-opt | FileCheck %s
// RUN: kdsl-opt --mlir-print-op-generic %s | kdsl-opt | FileCheck %s

// Every operation, type and attribute in its own syntax.

// CHECK-DAG: #[[$TRANSPOSE:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0) -> (1, d0)>

// CHECK-LABEL: kdsl.program @types
// CHECK-SAME: !kdsl.rows<[M], f32> {kdsl.name = "x"}
// CHECK-SAME: !kdsl.rows<[B, M], vector<3xf64>>
// CHECK-SAME: !kdsl.rows<["odd axis"], i32>
// CHECK-SAME: !kdsl.rows<[], i1>
// CHECK-SAME: -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
// CHECK-SAME: attributes {target = "x86-64-v3"}
kdsl.program @types(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                    %y: !kdsl.rows<[B, M], vector<3xf64>>,
                    %z: !kdsl.rows<["odd axis"], i32>,
                    %c: !kdsl.rows<[], i1>)
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"}) attributes {target = "x86-64-v3"} {
  // CHECK: kdsl.size M
  // CHECK: kdsl.size "odd axis"
  %m = kdsl.size M
  %o = kdsl.size "odd axis"
  // CHECK: kdsl.return %{{.*}} : !kdsl.rows<[M], f32>
  kdsl.return %x : !kdsl.rows<[M], f32>
}

// CHECK-LABEL: kdsl.program @nearest
// CHECK: kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %{{.*}}[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %{{.*}}[%j] : !kdsl.rows<[N], vector<3xf32>>) fold(#kdsl.argmin<i32>, #kdsl.max) -> (value of 0 : !kdsl.rows<[M], f32>, index of 0 : !kdsl.rows<[M], i32>, value of 1 : !kdsl.rows<[M], f32>)
// CHECK-SAME: schedule(#kdsl.schedule<lanes = 16, rows = 2, group = 4, block = 32, unroll = 16>) attributes {kdsl.cost = 1.000000e+00 : f64} {
// CHECK: %[[Q:.*]] = kdsl.sqdist %xi, %yj : vector<3xf32>
// CHECK: %[[P:.*]] = kdsl.dot %xi, %yj : vector<3xf32>
// CHECK: kdsl.lgamma %[[P]] : f32
// CHECK: kdsl.row_number %j
// CHECK: kdsl.yield %[[Q]], %[[P]] where %{{.*}}, %{{.*}} : f32, f32
kdsl.program @nearest(%x: !kdsl.rows<[M], vector<3xf32>>,
                      %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>, !kdsl.rows<[M], f32>) {
  %d, %k, %far = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.argmin<i32>, #kdsl.max)
      -> (value of 0 : !kdsl.rows<[M], f32>, index of 0 : !kdsl.rows<[M], i32>,
          value of 1 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 16, rows = 2, group = 4, block = 32, unroll = 16>)
      attributes {kdsl.cost = 1.0 : f64} {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %p = kdsl.dot %xi, %yj : vector<3xf32>
    %g = kdsl.lgamma %p : f32
    %n = kdsl.row_number %j
    %zero = arith.constant 0 : i64
    %mask = arith.cmpi ne, %n, %zero : i64
    kdsl.yield %q, %p where %mask, %mask : f32, f32
  }
  kdsl.return %d, %k, %far
      : !kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>, !kdsl.rows<[M], f32>
}

// CHECK-LABEL: kdsl.program @map
// CHECK: kdsl.map keep(%i in M) rows(%xi = %{{.*}}[%i] : !kdsl.rows<[M], f32>, %c = %{{.*}}[] : !kdsl.rows<[], vector<2xf32>>) -> (!kdsl.rows<[M], vector<3xf32>>, !kdsl.rows<[M], f32>) {
// CHECK: kdsl.concat %xi, %c : (f32, vector<2xf32>) -> vector<3xf32>
// CHECK: kdsl.yield %{{.*}}, %xi : vector<3xf32>, f32
kdsl.program @map(%x: !kdsl.rows<[M], f32>, %p: !kdsl.rows<[], vector<2xf32>>)
    -> (!kdsl.rows<[M], vector<3xf32>>, !kdsl.rows<[M], f32>) {
  %a, %b = kdsl.map keep(%i in M)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %c = %p[] : !kdsl.rows<[], vector<2xf32>>)
      -> (!kdsl.rows<[M], vector<3xf32>>, !kdsl.rows<[M], f32>) {
    %v = kdsl.concat %xi, %c : (f32, vector<2xf32>) -> vector<3xf32>
    kdsl.yield %v, %xi : vector<3xf32>, f32
  }
  kdsl.return %a, %b : !kdsl.rows<[M], vector<3xf32>>, !kdsl.rows<[M], f32>
}

// CHECK-LABEL: kdsl.program @reductions
// CHECK: fold(#kdsl.sum, #kdsl.min, #kdsl.max, #kdsl.argmin<i64>, #kdsl.argmax<i32>, #kdsl.logsumexp, #kdsl.logsumexp<base2 = true>)
kdsl.program @reductions(%y: !kdsl.rows<[N], f64>) {
  %r:7 = kdsl.reduce keep() over(%j in N) rows(%yj = %y[%j] : !kdsl.rows<[N], f64>)
      fold(#kdsl.sum, #kdsl.min, #kdsl.max, #kdsl.argmin<i64>, #kdsl.argmax<i32>,
           #kdsl.logsumexp, #kdsl.logsumexp<base2 = true>)
      -> (value of 0 : !kdsl.rows<[], f64>, value of 1 : !kdsl.rows<[], f64>,
          value of 2 : !kdsl.rows<[], f64>, index of 3 : !kdsl.rows<[], i64>,
          index of 4 : !kdsl.rows<[], i32>, value of 5 : !kdsl.rows<[], f64>,
          value of 6 : !kdsl.rows<[], f64>) {
    kdsl.yield %yj, %yj, %yj, %yj, %yj, %yj, %yj
        : f64, f64, f64, f64, f64, f64, f64
  }
  kdsl.return
}

// CHECK-LABEL: kdsl.program @products
// CHECK: fold(#kdsl.prod, #kdsl.any, #kdsl.all)
kdsl.program @products(%y: !kdsl.rows<[N], f64>, %b: !kdsl.rows<[N], i1>) {
  %r:3 = kdsl.reduce keep() over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f64>, %bj = %b[%j] : !kdsl.rows<[N], i1>)
      fold(#kdsl.prod, #kdsl.any, #kdsl.all)
      -> (value of 0 : !kdsl.rows<[], f64>, value of 1 : !kdsl.rows<[], i1>,
          value of 2 : !kdsl.rows<[], i1>) {
    kdsl.yield %yj, %bj, %bj : f64, i1, i1
  }
  kdsl.return
}

// CHECK-LABEL: kdsl.program @softmax
// CHECK: fold(#kdsl.softmax_sum, #kdsl.softmax_sum<base2 = true, each = true>)
kdsl.program @softmax(%y: !kdsl.rows<[N], f32>, %v: !kdsl.rows<[N], vector<3xf32>>) {
  %r:4 = kdsl.reduce keep() over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>, %vj = %v[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.softmax_sum, #kdsl.softmax_sum<base2 = true, each = true>)
      -> (value of 0 : !kdsl.rows<[], vector<3xf32>>, log of 0 : !kdsl.rows<[], vector<3xf32>>,
          total of 0 : !kdsl.rows<[], f32>, total of 1 : !kdsl.rows<[], vector<3xf32>>) {
    kdsl.yield %yj, %vj, %vj, %vj : f32, vector<3xf32>, vector<3xf32>, vector<3xf32>
  }
  kdsl.return
}

// CHECK-LABEL: kdsl.program @lists
// CHECK: fold(#kdsl.kmin<4>, #kdsl.kmax<4>, #kdsl.argkmin<4, i64>, #kdsl.argkmax<4, i32>)
kdsl.program @lists(%y: !kdsl.rows<[N], i32>) {
  %r:4 = kdsl.reduce keep() over(%j in N) rows(%yj = %y[%j] : !kdsl.rows<[N], i32>)
      fold(#kdsl.kmin<4>, #kdsl.kmax<4>, #kdsl.argkmin<4, i64>, #kdsl.argkmax<4, i32>)
      -> (value of 0 : !kdsl.rows<[], vector<4xi32>>, value of 1 : !kdsl.rows<[], vector<4xi32>>,
          index of 2 : !kdsl.rows<[], vector<4xi64>>, index of 3 : !kdsl.rows<[], vector<4xi32>>) {
    kdsl.yield %yj, %yj, %yj, %yj : i32, i32, i32, i32
  }
  kdsl.return
}

// CHECK-LABEL: kdsl.program @found
// CHECK: kdsl.each %[[K:.*]] in 4 : vector<12xf32> {
// CHECK: %[[N:.*]] = vector.extract %{{.*}}[%[[K]]] : i64 from vector<4xi64>
// CHECK: kdsl.gather %{{.*}}[%[[N]]] : <[N], vector<3xf32>>
kdsl.program @found(%n: !kdsl.rows<[M], vector<4xi64>>, %v: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], vector<12xf32>>) {
  %a = kdsl.map keep(%i in M) rows(%ni = %n[%i] : !kdsl.rows<[M], vector<4xi64>>)
      -> (!kdsl.rows<[M], vector<12xf32>>) {
    %all = kdsl.each %k in 4 : vector<12xf32> {
      %one = vector.extract %ni[%k] : i64 from vector<4xi64>
      %row = kdsl.gather %v[%one] : !kdsl.rows<[N], vector<3xf32>>
      kdsl.yield %row : vector<3xf32>
    }
    kdsl.yield %all : vector<12xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<12xf32>>
}

// CHECK-LABEL: kdsl.program @features
// CHECK-SAME: vector<3x2xf32>
// CHECK-SAME: !kdsl.rows<[N], vector<2x2xi64>>
// CHECK: kdsl.pick %{{.*}} by #[[$TRANSPOSE]] : vector<3x2xf32> to vector<2x3xf32>
// CHECK: kdsl.pick %{{.*}} by #[[$ROW]] : vector<3x2xf32> to vector<2xf32>
// CHECK: kdsl.matmul %{{.*}}, %{{.*}} : (vector<3x2xf32>, vector<2xf32>) -> vector<3xf32>
// CHECK: kdsl.place largest of %{{.*}} : vector<3xf32>
// CHECK: kdsl.place smallest of %{{.*}} : vector<3xf32>
// CHECK: kdsl.lookup %{{.*}}[%{{.*}}] : vector<3x2xf32>[i64] -> vector<2xf32>
kdsl.program @features(%a: vector<3x2xf32>, %m: !kdsl.rows<[N], vector<2x2xi64>>) {
  %t = kdsl.pick %a by affine_map<(r, c) -> (c, r)> : vector<3x2xf32> to vector<2x3xf32>
  %u = kdsl.pick %a by affine_map<(c) -> (1, c)> : vector<3x2xf32> to vector<2xf32>
  %v = kdsl.matmul %a, %u : (vector<3x2xf32>, vector<2xf32>) -> vector<3xf32>
  %k = kdsl.place largest of %v : vector<3xf32>
  %l = kdsl.place smallest of %v : vector<3xf32>
  %w = kdsl.lookup %a[%k] : vector<3x2xf32>[i64] -> vector<2xf32>
  kdsl.return
}

// CHECK-LABEL: kdsl.program @derivatives
// CHECK: kdsl.sinc %{{.*}} : vector<3xf32>
// CHECK: kdsl.partial %{{.*}} in %{{.*}} : f32 in vector<3xf32>
// CHECK: kdsl.divergence %{{.*}} in %{{.*}} : vector<3xf32>
kdsl.program @derivatives(%x: vector<3xf32>) {
  %s = kdsl.sinc %x : vector<3xf32>
  %q = kdsl.dot %s, %s : vector<3xf32>
  %g = kdsl.partial %q in %x : f32 in vector<3xf32>
  %d = kdsl.divergence %g in %x : vector<3xf32>
  kdsl.return
}

// CHECK-LABEL: kdsl.program @turned
// CHECK: %[[T:.*]] = kdsl.turned %{{.*}} : <M, N> to <N, M>
// CHECK: kdsl.reduce keep(%{{.*}} in N) over(%{{.*}} in M) within(%[[T]] : !kdsl.ranges<N, M>)
kdsl.program @turned(%x: !kdsl.rows<[M], f32>, %r: !kdsl.ranges<M, N>)
    -> (!kdsl.rows<[N], f32>) {
  %t = kdsl.turned %r : !kdsl.ranges<M, N> to !kdsl.ranges<N, M>
  %a = kdsl.reduce keep(%j in N) over(%i in M) within(%t : !kdsl.ranges<N, M>)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[N], f32>) {
    kdsl.yield %xi : f32
  }
  kdsl.return %a : !kdsl.rows<[N], f32>
}

// Lists of lists with their rows, and whether a set holds a pair.
// CHECK-LABEL: kdsl.program @merged
// CHECK: fold(#kdsl.argkmin_lists<4, i64>, #kdsl.argkmax_lists<4, i32>)
// CHECK: kdsl.contains %{{.*}}[%i, %j] : <M, N>, index, index
// CHECK: kdsl.contains %{{.*}}[%i, %{{.*}}] : <M, N>, index, i64
kdsl.program @merged(%l: !kdsl.rows<[M], vector<4xf32>>, %r: !kdsl.ranges<M, N>)
    -> (!kdsl.rows<[], vector<4xi64>>, !kdsl.rows<[], vector<4xi32>>, !kdsl.rows<[M, N], i1>)
    attributes {kdsl.axes = ["M", "N"]} {
  %a, %b = kdsl.reduce keep() over(%i in M)
      rows(%li = %l[%i] : !kdsl.rows<[M], vector<4xf32>>)
      fold(#kdsl.argkmin_lists<4, i64>, #kdsl.argkmax_lists<4, i32>)
      -> (index of 0 : !kdsl.rows<[], vector<4xi64>>, index of 1 : !kdsl.rows<[], vector<4xi32>>) {
    %first = vector.extract %li[0] : f32 from vector<4xf32>
    kdsl.yield %first, %li, %first, %li : f32, vector<4xf32>, f32, vector<4xf32>
  }
  %c = kdsl.map keep(%i in M, %j in N) rows() -> (!kdsl.rows<[M, N], i1>) {
    %n = kdsl.row_number %j
    %p = kdsl.contains %r[%i, %j] : <M, N>, index, index
    %q = kdsl.contains %r[%i, %n] : <M, N>, index, i64
    %both = arith.andi %p, %q : i1
    kdsl.yield %both : i1
  }
  kdsl.return %a, %b, %c : !kdsl.rows<[], vector<4xi64>>, !kdsl.rows<[], vector<4xi32>>, !kdsl.rows<[M, N], i1>
}
