// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(kdsl-fuse-reductions))' %s | FileCheck %s

// Two sums of one matrix: one pass, the exponential once.
// CHECK-LABEL: kdsl.program @two_sums
// CHECK: %[[R:.*]]:2 = kdsl.reduce {{.*}} fold(#kdsl.sum, #kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>, value of 1 : !kdsl.rows<[M], f32>)
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
// CHECK-NOT: kdsl.reduce
// CHECK: kdsl.return %[[R]]#0, %[[R]]#1
kdsl.program @two_sums(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %p = arith.mulf %xi, %yj : f32
    %e = math.exp %p : f32
    kdsl.yield %e : f32
  }
  %b = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>,
           %xi = %x[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %p = arith.mulf %xi, %yj : f32
    %e = math.exp %p : f32
    %t = arith.mulf %e, %yj : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a, %b : !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>
}

// The state of argmin holds the minimum.
// CHECK-LABEL: kdsl.program @min_and_argmin
// CHECK: kdsl.reduce {{.*}} fold(#kdsl.argmin<i32>) -> (value of 0 : !kdsl.rows<[M], f32>, index of 0 : !kdsl.rows<[M], i32>)
// CHECK: kdsl.yield %[[V:[a-z0-9_]+]] : f32
kdsl.program @min_and_argmin(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %p = arith.mulf %xi, %yj : f32
    kdsl.yield %p : f32
  }
  %b = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.argmin<i32>) -> (index of 0 : !kdsl.rows<[M], i32>) {
    %p = arith.mulf %xi, %yj : f32
    kdsl.yield %p : f32
  }
  kdsl.return %a, %b : !kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>
}

// Each state keeps its predicate; one without gets "true". Other predicates
// mean other states.
// CHECK-LABEL: kdsl.program @predicates
// CHECK: fold(#kdsl.sum, #kdsl.sum)
// CHECK: %[[MASK:.*]] = arith.cmpf olt
// CHECK: %[[TRUE:.*]] = arith.constant true
// CHECK: kdsl.yield %[[Y:.*]], %[[Y]] where %[[MASK]], %[[TRUE]] : f32, f32
kdsl.program @predicates(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %c = arith.cmpf olt, %xi, %yj : f32
    kdsl.yield %yj where %c : f32
  }
  %b = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %yj : f32
  }
  kdsl.return %a, %b : !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>
}

// The second needs the first; the third reduces another axis.
// CHECK-LABEL: kdsl.program @apart
// CHECK-COUNT-3: kdsl.reduce
kdsl.program @apart(%x: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[N], f32>, !kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep(%i in N) over(%j in N)
      rows(%xj = %x[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[N], f32>) {
    kdsl.yield %xj : f32
  }
  %b = kdsl.reduce keep(%i in N) over(%j in N)
      rows(%aj = %a[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[N], f32>) {
    kdsl.yield %aj : f32
  }
  %c = kdsl.reduce keep() over(%j in N)
      rows(%xj = %x[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return %b, %c : !kdsl.rows<[N], f32>, !kdsl.rows<[], f32>
}

// The total runs beside the sum; what it needs, the counts, moves to the front,
// and the minimum runs beside them there.
// CHECK-LABEL: kdsl.program @crossed
// CHECK: kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N){{.*}} fold(#kdsl.sum, #kdsl.min)
// CHECK: kdsl.reduce keep() over(%{{.*}} in M){{.*}} fold(#kdsl.sum, #kdsl.sum)
// CHECK-NOT: kdsl.reduce
kdsl.program @crossed(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[], f32>, !kdsl.rows<[M], f32>, !kdsl.rows<[], f32>) {
  %sum = kdsl.reduce keep() over(%j in M)
      rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  %min = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %yj : f32
  }
  %counts = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %yj : f32
  }
  %total = kdsl.reduce keep() over(%j in M)
      rows(%cj = %counts[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %cj : f32
  }
  kdsl.return %sum, %min, %total : !kdsl.rows<[], f32>, !kdsl.rows<[M], f32>, !kdsl.rows<[], f32>
}

// The logsumexp of the logits of a softmax_sum, and the values of a list whose
// rows are asked for: one state each.
// CHECK-LABEL: kdsl.program @served
// CHECK: fold(#kdsl.softmax_sum, #kdsl.argkmin<4, i32>)
// CHECK-SAME: total of 0 : !kdsl.rows<[], f32>, value of 0 : !kdsl.rows<[], vector<2xf32>>
// CHECK-SAME: value of 1 : !kdsl.rows<[], vector<4xf32>>, index of 1 : !kdsl.rows<[], vector<4xi32>>
kdsl.program @served(%t: !kdsl.rows<[N], f32>, %v: !kdsl.rows<[N], vector<2xf32>>)
    -> (!kdsl.rows<[], f32>, !kdsl.rows<[], vector<2xf32>>,
        !kdsl.rows<[], vector<4xf32>>, !kdsl.rows<[], vector<4xi32>>) {
  %a = kdsl.reduce keep() over(%j in N) rows(%tj = %t[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.logsumexp) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %tj : f32
  }
  %b = kdsl.reduce keep() over(%j in N)
      rows(%tj = %t[%j] : !kdsl.rows<[N], f32>, %vj = %v[%j] : !kdsl.rows<[N], vector<2xf32>>)
      fold(#kdsl.softmax_sum) -> (value of 0 : !kdsl.rows<[], vector<2xf32>>) {
    kdsl.yield %tj, %vj : f32, vector<2xf32>
  }
  %c = kdsl.reduce keep() over(%j in N) rows(%tj = %t[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.kmin<4>) -> (value of 0 : !kdsl.rows<[], vector<4xf32>>) {
    kdsl.yield %tj : f32
  }
  %d = kdsl.reduce keep() over(%j in N) rows(%tj = %t[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.argkmin<4, i32>) -> (index of 0 : !kdsl.rows<[], vector<4xi32>>) {
    kdsl.yield %tj : f32
  }
  kdsl.return %a, %b, %c, %d : !kdsl.rows<[], f32>, !kdsl.rows<[], vector<2xf32>>,
      !kdsl.rows<[], vector<4xf32>>, !kdsl.rows<[], vector<4xi32>>
}
