// RUN: kdsl-opt --kdsl-differentiate --split-input-file %s | FileCheck %s
// RUN: kdslc --emit=planned --target=x86-64-v3 %S/Inputs/kernel_norm.kdsl -o - | FileCheck %s --check-prefix=SWEEP

// Half the value is a sum over i, the gradients come with it: one pass.
// SWEEP-LABEL: kdsl.program @kernel_norm_grad
// SWEEP: kdsl.reduce keep(%{{[^)]*}} in N) over(%{{[^)]*}} in N)
// SWEEP-NOT: kdsl.reduce keep(%{{[^)]*}} in N)
// SWEEP-COUNT-1: math.exp
// SWEEP-NOT: math.exp
// SWEEP: kdsl.return

kdsl.program @conv(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                   %y: !kdsl.rows<[N], f32> {kdsl.name = "y"},
                   %s: f32 {kdsl.name = "s"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %p = arith.mulf %xi, %yj : f32
    %q = arith.mulf %p, %s : f32
    %e = math.exp %q : f32
    kdsl.yield %e : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// The row of i: the same index space. The row of j: transposed. The parameter
// joins a pass, and is summed over what that keeps. Values that no result
// needs are gone. What depends on the kept row alone, or on no row, multiplies
// the sum behind it; a sum of no rows is 0 for any such factor.
// CHECK-LABEL: kdsl.program @conv_vjp
// CHECK: %[[I:.*]]:2 = kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N)
// CHECK-NOT: arith.mulf %d_a
// CHECK: kdsl.yield
// CHECK: %[[OFS:.*]] = kdsl.map keep(%[[K:.*]] in M)
// CHECK-SAME: %[[D:.*]] = %d_a[%[[K]]]{{.*}} %[[SUM:.*]] = %[[I]]#1[%[[K]]]
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[SUM]], %[[D]]
// CHECK: %[[SIZE:.*]] = kdsl.size N
// CHECK: %[[NOTHING:.*]] = arith.cmpi eq, %[[SIZE]], %
// CHECK: arith.select %[[NOTHING]], %{{.*}}, %[[PRODUCT]]
// CHECK: %[[OFX:.*]] = kdsl.map keep(%[[K:.*]] in M)
// CHECK-SAME: %d_a[%[[K]]]{{.*}} %[[I]]#0[%[[K]]]
// CHECK: kdsl.reduce keep() over(%{{.*}} in M)
// CHECK-SAME: %[[OFS]][
// CHECK: %[[J:.*]] = kdsl.reduce keep(%{{.*}} in N) over(%[[K:.*]] in M)
// CHECK-SAME: %d_a[%[[K]]]
// CHECK: %[[OFY:.*]] = kdsl.map keep(%{{.*}} in N)
// CHECK-SAME: %[[J]][
// CHECK: kdsl.return %[[OFX]], %[[OFY]], %
kdsl.program @conv_vjp(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                       %y: !kdsl.rows<[N], f32> {kdsl.name = "y"},
                       %s: f32 {kdsl.name = "s"},
                       %d_a: !kdsl.rows<[M], f32> {kdsl.name = "d_a"})
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, !kdsl.rows<[], f32>) {
  %d:3 = kdsl.derive vjp @conv wrt [0, 1, 2] (%x, %y, %s, %d_a)
      : (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, f32, !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, !kdsl.rows<[], f32>)
  kdsl.return %d#0, %d#1, %d#2
      : !kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, !kdsl.rows<[], f32>
}

// Tangents go along with the values.
// CHECK-LABEL: kdsl.program @conv_jvp
// CHECK: %[[A:.*]] = kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N)
// CHECK: %[[T:.*]] = kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N)
// CHECK-SAME: %t_y[
// CHECK: %[[TIMES:.*]] = kdsl.map
// CHECK-SAME: %[[T]][
// CHECK: kdsl.return %[[A]], %[[TIMES]]
kdsl.program @conv_jvp(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                       %y: !kdsl.rows<[N], f32> {kdsl.name = "y"},
                       %s: f32 {kdsl.name = "s"},
                       %t_y: !kdsl.rows<[N], f32> {kdsl.name = "t_y"})
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>) {
  %d:2 = kdsl.derive jvp @conv wrt [1] (%x, %y, %s, %t_y)
      : (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, f32, !kdsl.rows<[N], f32>)
      -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>)
  kdsl.return %d#0, %d#1 : !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>
}

// -----

// (1 + r) e^-r has the derivative e^-r - (1 + r) e^-r. Terms of a sum have factors in
// common, and like terms cancel: - r e^-r. That r cancels with the 1/r of its own
// derivative; where r = 0 that is 0.
kdsl.program @matern(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %one = arith.constant 1.0 : f32
    %e = arith.subf %xi, %yj : f32
    %q = arith.mulf %e, %e : f32
    %r = math.sqrt %q : f32
    %n = arith.negf %r : f32
    %k = math.exp %n : f32
    %p = arith.addf %r, %one : f32
    %t = arith.mulf %p, %k : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
// CHECK-LABEL: kdsl.program @matern_vjp
// CHECK: kdsl.reduce
// CHECK: %[[E:.*]] = arith.subf
// CHECK: %[[R:.*]] = math.sqrt
// CHECK: %[[K:.*]] = math.exp
// CHECK-NOT: arith.addf
// CHECK-NOT: arith.divf
// CHECK: %[[ZERO:.*]] = arith.cmpf oeq
// CHECK: %[[W:.*]] = arith.mulf %[[E]], %[[K]]
// CHECK: %[[T:.*]] = arith.select %[[ZERO]], %{{.*}}, %[[W]] : f32
// CHECK: kdsl.yield %[[T]]
kdsl.program @matern_vjp(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>,
                         %d: !kdsl.rows<[M], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %d_x = kdsl.derive vjp @matern wrt [0] (%x, %y, %d)
      : (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, !kdsl.rows<[M], f32>)
      -> !kdsl.rows<[M], f32>
  kdsl.return %d_x : !kdsl.rows<[M], f32>
}

// -----

// A power is derived as one, and is products then; a program without derivatives
// has them, too.
// CHECK-LABEL: kdsl.program @cube
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[X:.*]], %[[X]]
// CHECK: arith.mulf %[[X]], %[[SQUARE]]
// CHECK-NOT: fpowi
kdsl.program @cube(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>) {
    %n = arith.constant 3 : i64
    %p = math.fpowi %xi, %n : f32, i64
    kdsl.yield %p : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
// CHECK-LABEL: kdsl.program @cube_vjp
// CHECK-DAG: %[[THREE:.*]] = arith.constant 3.0
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[X:.*]], %[[X]]
// CHECK-NEXT: %[[T:.*]] = arith.mulf %{{.*}}, %[[SQUARE]]
// CHECK-NEXT: %[[D:.*]] = arith.mulf %[[T]], %[[THREE]]
// CHECK-NEXT: kdsl.yield %[[D]]
kdsl.program @cube_vjp(%x: !kdsl.rows<[M], f32>, %d: !kdsl.rows<[M], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %d_x = kdsl.derive vjp @cube wrt [0] (%x, %d)
      : (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>) -> !kdsl.rows<[M], f32>
  kdsl.return %d_x : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @root(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>) {
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpf ogt, %xi, %zero : f32
    %r = math.log %xi : f32
    %s = arith.select %c, %r, %zero : f32
    kdsl.yield %s : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// The branch that is not taken is 0, whatever its factor is there.
// CHECK-LABEL: kdsl.program @root_vjp
// CHECK: %[[C:.*]] = arith.cmpf ogt
// CHECK: %[[U:.*]] = arith.select %[[C]], %{{.*}}, %[[ZERO:.*]] : f32
// CHECK: %[[F:.*]] = arith.divf
// CHECK: %[[S:.*]] = arith.select %[[C]], %[[F]], %[[ZERO]] : f32
// CHECK: arith.mulf %[[U]], %[[S]]
kdsl.program @root_vjp(%x: !kdsl.rows<[M], f32>, %d: !kdsl.rows<[M], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %d_x = kdsl.derive vjp @root wrt [0] (%x, %d)
      : (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>)
  kdsl.return %d_x : !kdsl.rows<[M], f32>
}

// -----

// A Laplacian: one reverse pass for the number that the gradient is scaled by,
// and not one for each feature; nothing of the formula is computed twice.
// CHECK-LABEL: kdsl.program @heat
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
// CHECK-NOT: kdsl.partial
// CHECK-NOT: kdsl.divergence
kdsl.program @heat(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %n = arith.negf %q : f32
    %k = math.exp %n : f32
    %g = kdsl.partial %k in %xi : f32 in vector<3xf32>
    %l = kdsl.divergence %g in %xi : vector<3xf32>
    kdsl.yield %l : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Zeros among factors: their product is written with the sums of their powers,
// here up to one zero, which is what a first derivative tells apart.
// CHECK-LABEL: kdsl.program @product_vjp
// CHECK: fold(#kdsl.prod, #kdsl.sum, #kdsl.sum)
kdsl.program @product(%x: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N) rows(%xj = %x[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.prod) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}
kdsl.program @product_vjp(%x: !kdsl.rows<[N], f32>, %d: f32)
    -> (!kdsl.rows<[N], f32>) {
  %d_x = kdsl.derive vjp @product wrt [0] (%x, %d)
      : (!kdsl.rows<[N], f32>, f32) -> (!kdsl.rows<[N], f32>)
  kdsl.return %d_x : !kdsl.rows<[N], f32>
}

// -----

// A list over two indices is one of lists: the numbers of the rows that gave the
// values say which of a row's own stand where, and the cotangent of its list is
// an array, read by the passes over the pairs.
// CHECK-LABEL: kdsl.program @closest_vjp
// CHECK: %[[FOUND:.*]] = kdsl.reduce keep() over(%{{.*}} in M) {{.*}} fold(#kdsl.argkmin_lists<2, i64>) -> (index of 0
// CHECK: %[[PLACES:.*]] = kdsl.map keep(%{{.*}} in M) rows(%{{.*}} = %[[FOUND]][]
// CHECK: kdsl.matmul
// CHECK: %[[LIST:.*]] = kdsl.map keep(%{{.*}} in M) rows(%{{.*}} = %[[PLACES]][%{{.*}}]
// CHECK: kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N) {{.*}} = %[[LIST]][%{{.*}}]
kdsl.program @closest(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[], vector<2xf32>>) {
  %l = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.kmin<2>) -> (value of 0 : !kdsl.rows<[M], vector<2xf32>>) {
    %d = arith.subf %xi, %yj : f32
    kdsl.yield %d : f32
  }
  %a = kdsl.reduce keep() over(%i in M)
      rows(%li = %l[%i] : !kdsl.rows<[M], vector<2xf32>>)
      fold(#kdsl.kmin_lists<2>) -> (value of 0 : !kdsl.rows<[], vector<2xf32>>) {
    %first = vector.extract %li[0] : f32 from vector<2xf32>
    kdsl.yield %first, %li : f32, vector<2xf32>
  }
  kdsl.return %a : !kdsl.rows<[], vector<2xf32>>
}
kdsl.program @closest_vjp(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>,
                          %d: vector<2xf32>) -> (!kdsl.rows<[M], f32>) {
  %d_x = kdsl.derive vjp @closest wrt [0] (%x, %y, %d)
      : (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>, vector<2xf32>)
      -> (!kdsl.rows<[M], f32>)
  kdsl.return %d_x : !kdsl.rows<[M], f32>
}

// -----

// The cotangent of an array over the pairs of a set is 0 outside of it.
// CHECK-LABEL: kdsl.program @weighted_vjp
// CHECK: kdsl.map keep(%[[I:.*]] in M, %[[J:.*]] in N)
// CHECK: %[[HOLDS:.*]] = kdsl.contains %{{.*}}[%[[I]], %[[J]]] : <M, N>, index, index
// CHECK: arith.select %[[HOLDS]]
kdsl.program @weighted(%w: !kdsl.rows<[M, N], f32>, %y: !kdsl.rows<[N], f32>,
                       %r: !kdsl.ranges<M, N>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N) within(%r : !kdsl.ranges<M, N>)
      rows(%wij = %w[%i, %j] : !kdsl.rows<[M, N], f32>, %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %p = arith.mulf %wij, %yj : f32
    kdsl.yield %p : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
kdsl.program @weighted_vjp(%w: !kdsl.rows<[M, N], f32>, %y: !kdsl.rows<[N], f32>,
                           %r: !kdsl.ranges<M, N>, %d: !kdsl.rows<[M], f32>)
    -> (!kdsl.rows<[M, N], f32>) {
  %d_w = kdsl.derive vjp @weighted wrt [0] (%w, %y, %r, %d)
      : (!kdsl.rows<[M, N], f32>, !kdsl.rows<[N], f32>, !kdsl.ranges<M, N>, !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M, N], f32>)
  kdsl.return %d_w : !kdsl.rows<[M, N], f32>
}
