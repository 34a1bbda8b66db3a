// RUN: kdsl-opt --split-input-file --kdsl-sum-moments --canonicalize --cse %s | FileCheck %s

// The rows j without their mean, times what row j has of the weight; the sum of
// the weight and that of the products; both put together for row i.
// CHECK-LABEL: kdsl.program @force
// CHECK: %[[SUM:.*]] = kdsl.reduce keep() over(%j in N)
// CHECK: %[[Y:.*]] = kdsl.map keep(%j in N) rows(%[[BJ:.*]] = %arg2[%j] : {{.*}}, %[[YJ:.*]] = %arg1[%j] : {{.*}}, %{{.*}} = %[[SUM]][]
// CHECK: %[[CENTRE:.*]] = arith.select
// CHECK: %[[YC:.*]] = arith.subf %[[YJ]], %[[CENTRE]]
// CHECK: %[[B:.*]] = vector.broadcast %[[BJ]]
// CHECK: %[[BYC:.*]] = arith.mulf %[[YC]], %[[B]]
// CHECK: kdsl.yield %[[BYC]]
// CHECK: %[[S:.*]]:2 = kdsl.reduce keep(%i in M) over(%j in N)
// CHECK-SAME: %[[BY:[a-z0-9_]*]] = %[[Y]][%j]
// CHECK-SAME: fold(#kdsl.sum, #kdsl.sum)
// CHECK-NEXT: %[[Q:.*]] = kdsl.sqdist
// CHECK-NEXT: %[[E:.*]] = math.exp2 %[[Q]]
// CHECK-NEXT: %[[V:.*]] = vector.broadcast %[[E]]
// CHECK-NEXT: %[[FIRST:.*]] = arith.mulf %[[V]], %[[BY]]
// CHECK-NEXT: %[[ZEROTH:.*]] = arith.mulf %[[E]], %_j
// CHECK-NEXT: kdsl.yield %[[ZEROTH]], %[[FIRST]]
// CHECK: %[[R:.*]] = kdsl.map keep(%i in M)
// CHECK-SAME: %[[S0:[a-z0-9_]*]] = %[[S]]#0[%i]
// CHECK-SAME: %[[S1:[a-z0-9_]*]] = %[[S]]#1[%i]
// CHECK: %[[XC:.*]] = arith.subf %_i
// CHECK: %[[W:.*]] = vector.broadcast %[[S0]]
// CHECK: %[[XW:.*]] = arith.mulf %[[XC]], %[[W]]
// CHECK: %[[D:.*]] = arith.subf %[[XW]], %[[S1]]
// CHECK: arith.cmpi eq
// CHECK: %[[OF:.*]] = arith.select %{{.*}}, %cst, %[[D]]
// CHECK: kdsl.yield %[[OF]]
// CHECK: kdsl.return %[[R]]
kdsl.program @force(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>, %b: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[M], vector<3xf32>>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %y_j = %y[%j] : !kdsl.rows<[N], vector<3xf32>>, %b_j = %b[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<3xf32>>) {
    %q = kdsl.sqdist %x_i, %y_j : vector<3xf32>
    %e = math.exp2 %q : f32
    %w = arith.mulf %e, %b_j : f32
    %v = vector.broadcast %w : f32 to vector<3xf32>
    %d = arith.subf %x_i, %y_j : vector<3xf32>
    %t = arith.mulf %v, %d : vector<3xf32>
    kdsl.yield %t : vector<3xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<3xf32>>
}

// -----

// Of a product with signs and quotients: what row i and the parameters have of it
// multiplies the sums. A difference of y and x is the other one's negative.
// CHECK-LABEL: kdsl.program @parts
// CHECK: %[[Y:.*]]:2 = kdsl.map keep(%j in N)
// CHECK: arith.divf %{{.*}}, %{{.*}} : f32
// CHECK: kdsl.yield %{{.*}}, %{{.*}} : vector<3xf32>, f32
// CHECK: kdsl.reduce keep(%i in M) over(%j in N)
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK-NEXT: %[[K:.*]] = math.sqrt %[[Q]]
// CHECK-NEXT: %[[V:.*]] = vector.broadcast %[[K]]
// CHECK-NEXT: arith.mulf %[[V]]
// CHECK-NEXT: arith.mulf %[[K]]
// CHECK-NEXT: kdsl.yield
// CHECK: kdsl.map keep(%i in M)
// CHECK: %[[D:.*]] = arith.subf {{.*}} : vector<3xf32>
// CHECK-NOT: arith.negf
// CHECK: arith.mulf %{{.*}}, %{{.*}} : vector<3xf32>
// CHECK: arith.divf %{{.*}}, %{{.*}} : vector<3xf32>
kdsl.program @parts(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>, %b: !kdsl.rows<[N], f32>, %u: !kdsl.rows<[M], f32>, %s: f32) -> (!kdsl.rows<[M], vector<3xf32>>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %y_j = %y[%j] : !kdsl.rows<[N], vector<3xf32>>, %b_j = %b[%j] : !kdsl.rows<[N], f32>, %u_i = %u[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<3xf32>>) {
    %q = kdsl.sqdist %x_i, %y_j : vector<3xf32>
    %k = math.sqrt %q : f32
    %n = arith.negf %k : f32
    %r = arith.mulf %n, %u_i : f32
    %w = arith.divf %r, %b_j : f32
    %z = arith.divf %w, %s : f32
    %v = vector.broadcast %z : f32 to vector<3xf32>
    %d = arith.subf %y_j, %x_i : vector<3xf32>
    %t = arith.mulf %d, %v : vector<3xf32>
    kdsl.yield %t : vector<3xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<3xf32>>
}

// -----

// Pairs that a mask leaves out are none of either sum. They may be all: a factor
// of row i that is infinite is nothing then, and stays with the pairs.
// CHECK-LABEL: kdsl.program @masked
// CHECK: kdsl.reduce keep(%i in M) over(%j in N)
// CHECK-SAME: %[[U:[a-z0-9_]*]] = %arg2[%i]
// CHECK: %[[P:.*]] = arith.cmpf
// CHECK: %[[W:.*]] = arith.mulf %{{.*}}, %[[U]]
// CHECK: kdsl.yield %[[W]], %{{.*}} where %[[P]], %[[P]] : f32, vector<3xf32>
// CHECK: kdsl.map keep(%i in M)
// CHECK-NOT: %arg2
// CHECK: kdsl.return
kdsl.program @masked(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>, %u: !kdsl.rows<[M], f32>, %s: f32) -> (!kdsl.rows<[M], vector<3xf32>>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %y_j = %y[%j] : !kdsl.rows<[N], vector<3xf32>>, %u_i = %u[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<3xf32>>) {
    %q = kdsl.sqdist %x_i, %y_j : vector<3xf32>
    %p = arith.cmpf olt, %q, %s : f32
    %w = arith.mulf %q, %u_i : f32
    %v = vector.broadcast %w : f32 to vector<3xf32>
    %d = arith.subf %x_i, %y_j : vector<3xf32>
    %t = arith.mulf %d, %v : vector<3xf32>
    kdsl.yield %t where %p : vector<3xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<3xf32>>
}

// -----

// The difference itself, two of them, and one below a function stay.
// CHECK-LABEL: kdsl.program @others
// CHECK-NOT: kdsl.map
kdsl.program @others(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>) -> (!kdsl.rows<[M], vector<3xf32>>, !kdsl.rows<[M], vector<3xf32>>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a:2 = kdsl.reduce keep(%i in M) over(%j in N) rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %y_j = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum, #kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<3xf32>>, value of 1 : !kdsl.rows<[M], vector<3xf32>>) {
    %d = arith.subf %x_i, %y_j : vector<3xf32>
    %e = math.exp %d : vector<3xf32>
    kdsl.yield %d, %e : vector<3xf32>, vector<3xf32>
  }
  kdsl.return %a#0, %a#1 : !kdsl.rows<[M], vector<3xf32>>, !kdsl.rows<[M], vector<3xf32>>
}

// -----

// Nobody asked.
// CHECK-LABEL: kdsl.program @direct
// CHECK-NOT: kdsl.map
kdsl.program @direct(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>) -> (!kdsl.rows<[M], vector<3xf32>>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %y_j = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<3xf32>>) {
    %q = kdsl.sqdist %x_i, %y_j : vector<3xf32>
    %v = vector.broadcast %q : f32 to vector<3xf32>
    %d = arith.subf %x_i, %y_j : vector<3xf32>
    %t = arith.mulf %v, %d : vector<3xf32>
    kdsl.yield %t : vector<3xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<3xf32>>
}
