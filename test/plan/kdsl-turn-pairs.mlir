// RUN: kdsl-opt --split-input-file --pass-pipeline='builtin.module(kdsl.program(kdsl-turn-pairs))' %s | FileCheck %s

// The kernel is the same for both pairs, the weight is that of the other row,
// which becomes one more operand.
// CHECK-LABEL: kdsl.program @density
// CHECK: rows({{.*}}, %[[BI:.*]] = %b[%i] : !kdsl.rows<[M], f32>)
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK: %[[K:.*]] = math.exp2 %[[Q]]
// CHECK: %[[A:.*]] = arith.mulf %[[K]], %b_j
// CHECK: %[[B:.*]] = arith.mulf %[[K]], %[[BI]]
// CHECK: kdsl.yield %[[A]] : f32 turned %[[B]] : f32
kdsl.program @density(%x: !kdsl.rows<[M], vector<3xf32>> {kdsl.name = "x"}, %b: !kdsl.rows<[M], f32> {kdsl.name = "b"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %x_j = %x[%j] : !kdsl.rows<[M], vector<3xf32>>, %b_j = %b[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %x_i, %x_j : vector<3xf32>
    %k = math.exp2 %q : f32
    %v = arith.mulf %k, %b_j : f32
    kdsl.yield %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// A difference is its own negative, and so is a product with what is the same; its
// sine, which the pass does not know to be odd, is taken of the negative.
// CHECK-LABEL: kdsl.program @differences
// CHECK: %[[D:.*]] = arith.subf %x_i, %x_j
// CHECK: %[[P:.*]] = arith.mulf %[[D]], %s
// CHECK: %[[S:.*]] = math.sin %[[P]]
// CHECK: %[[N:.*]] = arith.negf %[[P]]
// CHECK: %[[T:.*]] = math.sin %[[N]]
// CHECK: kdsl.yield %[[P]], %[[S]] : f32, f32 turned %[[N]], %[[T]] : f32, f32
kdsl.program @differences(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}, %s: f32 {kdsl.name = "s"}) -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>) {
  %a, %b = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], f32>, %x_j = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum, #kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>, value of 1 : !kdsl.rows<[M], f32>) {
    %d = arith.subf %x_i, %x_j : f32
    %p = arith.mulf %d, %s : f32
    %r = math.sin %p : f32
    kdsl.yield %p, %r : f32, f32
  }
  kdsl.return %a, %b : !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>
}

// -----

// Nothing is exchanged where the numbers of rows matter, where the two rows are of
// two axes, where a reduction is no sum, and where two passes share a grid.
// CHECK-LABEL: kdsl.program @numbered
// CHECK-NOT: turned
kdsl.program @numbered(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M) rows(%x_j = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %n = kdsl.row_number %i
    %r = arith.sitofp %n : i64 to f32
    %v = arith.mulf %x_j, %r : f32
    kdsl.yield %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// CHECK-LABEL: kdsl.program @two_axes
// CHECK-NOT: turned
kdsl.program @two_axes(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}, %y: !kdsl.rows<[N], f32> {kdsl.name = "y"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], f32>, %y_j = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %v = arith.mulf %x_i, %y_j : f32
    kdsl.yield %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// CHECK-LABEL: kdsl.program @least
// CHECK-NOT: turned
kdsl.program @least(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], f32>, %x_j = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %v = arith.mulf %x_i, %x_j : f32
    kdsl.yield %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// CHECK-LABEL: kdsl.program @twice
// CHECK-NOT: turned
kdsl.program @twice(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], f32>, %x_j = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %v = arith.mulf %x_i, %x_j : f32
    kdsl.yield %v : f32
  }
  %b = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%a_i = %a[%i] : !kdsl.rows<[M], f32>, %x_j = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %v = arith.mulf %a_i, %x_j : f32
    kdsl.yield %v : f32
  }
  kdsl.return %b : !kdsl.rows<[M], f32>
}

// -----

// A predicate that leaves out a row's pair with itself does so for both; no other
// one is known to.
// CHECK-LABEL: kdsl.program @others
// CHECK: %[[MASK:.*]] = arith.cmpi ne
// CHECK: kdsl.yield %[[C:.*]] where %[[MASK]] : i1 turned %[[C]] : i1
kdsl.program @others(%x: !kdsl.rows<[M], vector<3xf32>> {kdsl.name = "x"}) -> (!kdsl.rows<[M], i64>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %x_j = %x[%j] : !kdsl.rows<[M], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], i64>) {
    %near = arith.constant 1.0 : f32
    %q = kdsl.sqdist %x_i, %x_j : vector<3xf32>
    %c = arith.cmpf olt, %q, %near : f32
    %m = kdsl.row_number %i
    %n = kdsl.row_number %j
    %mask = arith.cmpi ne, %n, %m : i64
    kdsl.yield %c where %mask : i1
  }
  kdsl.return %a : !kdsl.rows<[M], i64>
}

// CHECK-LABEL: kdsl.program @before
// CHECK-NOT: turned
kdsl.program @before(%x: !kdsl.rows<[M], vector<3xf32>> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %x_j = %x[%j] : !kdsl.rows<[M], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %x_i, %x_j : vector<3xf32>
    %m = kdsl.row_number %i
    %n = kdsl.row_number %j
    %mask = arith.cmpi slt, %n, %m : i64
    kdsl.yield %q where %mask : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
