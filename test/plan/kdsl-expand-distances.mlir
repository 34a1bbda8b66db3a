// RUN: kdsl-opt --split-input-file --kdsl-expand-distances --canonicalize %s | FileCheck %s

// The sum of the rows j; both sides without their mean, y times -2, and their
// squared norms, each once for a row; an inner product in the pair.
// CHECK-LABEL: kdsl.program @near
// CHECK: %[[SUM:.*]] = kdsl.reduce keep() over(%j in N) rows(%[[SUMMAND:.*]] = %arg1[%j]
// CHECK-NEXT: kdsl.yield %[[SUMMAND]]
// CHECK: %[[Y:.*]]:2 = kdsl.map keep(%j in N) rows(%[[YJ:.*]] = %arg1[%j] : {{.*}}, %row = %[[SUM]][]
// CHECK: %[[SIZE:.*]] = kdsl.size N
// CHECK: arith.divf
// CHECK: arith.cmpf olt
// CHECK: %[[CENTRE:.*]] = arith.select
// CHECK: %[[YY:.*]] = kdsl.sqdist %[[YJ]], %[[CENTRE]]
// CHECK: %[[YC:.*]] = arith.mulf {{.*}} : vector<20xf32>
// CHECK: kdsl.yield %[[YC]], %[[YY]]
// CHECK: %[[X:.*]]:2 = kdsl.map keep(%i in M) rows(%[[XI:.*]] = %arg0[%i]
// CHECK: %[[CENTRE:.*]] = arith.select
// CHECK: %[[XC:.*]] = arith.subf %[[XI]], %[[CENTRE]]
// CHECK: %[[XX:.*]] = kdsl.sqdist %[[XI]], %[[CENTRE]]
// CHECK: kdsl.yield %[[XC]], %[[XX]]
// CHECK: kdsl.reduce keep(%i in M) over(%j in N)
// CHECK-SAME: = %[[X]]#0[%i]
// CHECK-SAME: = %[[Y]]#0[%j]
// CHECK-SAME: = %[[Y]]#1[%j]
// CHECK-SAME: = %[[X]]#1[%i]
// CHECK-NOT: kdsl.sqdist
// CHECK: %[[NORMS:.*]] = arith.addf
// CHECK: %[[DOT:.*]] = kdsl.dot
// CHECK: %[[SUM:.*]] = arith.addf %[[NORMS]], %[[DOT]] fastmath<reassoc,contract>
// CHECK: arith.maximumf %[[SUM]], {{.*}} fastmath<nsz>
kdsl.program @near(%x: !kdsl.rows<[M], vector<20xf32>>, %y: !kdsl.rows<[N], vector<20xf32>>) -> (!kdsl.rows<[M], f32>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %d = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<20xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<20xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<20xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %d : !kdsl.rows<[M], f32>
}

// -----

// The mean of each point of a batch; centred rows x for each pair of a batch and
// a row.
// CHECK-LABEL: kdsl.program @batches
// CHECK: %[[SUM:.*]] = kdsl.reduce keep(%b in B) over(%j in N)
// CHECK: kdsl.map keep(%b in B, %j in N) rows({{.*}} = %arg1[%b, %j] : {{.*}}, %row_b = %[[SUM]][%b]
// CHECK: kdsl.map keep(%b in B, %i in M) rows({{.*}} = %arg0[%i] : {{.*}}, %row_b = %[[SUM]][%b]
kdsl.program @batches(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[B, N], vector<3xf32>>) -> (!kdsl.rows<[B, M], f32>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %d = kdsl.reduce keep(%b in B, %i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%b, %j] : !kdsl.rows<[B, N], vector<3xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[B, M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %d : !kdsl.rows<[B, M], f32>
}

// -----

// A distance between two rows of i is no matter of pairs.
// CHECK-LABEL: kdsl.program @rows
// CHECK-NOT: kdsl.map
// CHECK: kdsl.sqdist
kdsl.program @rows(%x: !kdsl.rows<[M], vector<3xf32>>, %z: !kdsl.rows<[M], vector<3xf32>>, %b: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[M], f32>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %d = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %zi = %z[%i] : !kdsl.rows<[M], vector<3xf32>>, %bj = %b[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %zi : vector<3xf32>
    %t = arith.mulf %q, %bj : f32
    kdsl.yield %t : f32
  }
  kdsl.return %d : !kdsl.rows<[M], f32>
}

// -----

// Nobody asked.
// CHECK-LABEL: kdsl.program @direct
// CHECK-NOT: kdsl.map
kdsl.program @direct(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>) -> (!kdsl.rows<[M], f32>)
    attributes {kdsl.wishes = [{form = "direct"}, {target = "x86-64-v4", tile_j = 4}]} {
  %d = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %d : !kdsl.rows<[M], f32>
}

// -----

// In an exponential what is a little below zero may stay. A factor that is the
// same for all pairs meets the row j and both norms.
// CHECK-LABEL: kdsl.program @gauss
// CHECK: kdsl.map keep(%j in N)
// CHECK: %[[YY:.*]] = kdsl.sqdist
// CHECK: %[[YC:.*]] = arith.mulf
// CHECK: %[[KYY:.*]] = arith.mulf %[[YY]], %arg2
// CHECK: %[[K:.*]] = vector.broadcast %arg2
// CHECK: %[[KYC:.*]] = arith.mulf %[[YC]], %[[K]]
// CHECK: kdsl.yield %[[KYC]], %[[KYY]]
// CHECK: kdsl.map keep(%i in M)
// CHECK: %[[XC:.*]] = arith.subf
// CHECK: %[[XX:.*]] = kdsl.sqdist
// CHECK: %[[KXX:.*]] = arith.mulf %[[XX]], %arg2
// CHECK: kdsl.yield %[[XC]], %[[KXX]]
// CHECK: kdsl.reduce keep(%i in M) over(%j in N)
// CHECK-NEXT: arith.addf
// CHECK-NEXT: kdsl.dot
// CHECK-NEXT: %[[SUM:.*]] = arith.addf {{.*}} fastmath<reassoc,contract>
// CHECK-NEXT: math.exp2 %[[SUM]]
kdsl.program @gauss(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>, %c: f32) -> (!kdsl.rows<[M], f32>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %t = arith.mulf %q, %c : f32
    %e = math.exp2 %t : f32
    kdsl.yield %e : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// A factor of row i meets its own vector and norm, and the norm of row j in the
// pair. What row j adds joins its norm; what it adds behind the factor stays.
// CHECK-LABEL: kdsl.program @ofRow
// CHECK: kdsl.map keep(%j in N)
// CHECK: %[[YY:.*]] = kdsl.sqdist
// CHECK: %[[N:.*]] = arith.negf %[[YY]]
// CHECK: %[[T:.*]] = arith.addf %[[N]]
// CHECK: kdsl.yield %{{.*}}, %[[T]] : vector<3xf32>, f32
// CHECK: %[[X:.*]]:3 = kdsl.map keep(%i in M)
// CHECK: kdsl.yield %{{.*}}, %{{.*}}, %{{.*}} : vector<3xf32>, f32, f32
// CHECK: kdsl.reduce keep(%i in M) over(%j in N) rows(%[[V:[a-z]*]] = %arg2
// CHECK-SAME: %[[W:[a-z0-9_]*]] = %[[X]]#2[%i]
// CHECK: %[[T:.*]] = arith.mulf %[[W]], %{{.*}}
// CHECK: arith.addf {{.*}}%[[T]]
// CHECK: kdsl.dot
// CHECK: %[[D:.*]] = arith.addf {{.*}} fastmath<reassoc,contract>
// CHECK: arith.addf %[[D]], %[[V]]
kdsl.program @ofRow(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>, %v: !kdsl.rows<[N], f32>, %w: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>, %vj = %v[%j] : !kdsl.rows<[N], f32>, %wi = %w[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %s = arith.subf %vj, %q : f32
    %t = arith.mulf %s, %wi : f32
    %u = arith.addf %t, %vj : f32
    %e = math.exp2 %u : f32
    kdsl.yield %e : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// What row i adds to all of its logits is added to the log-sum-exp, in its
// units; a softmax would not know of rows whose logits are all -inf.
// CHECK-LABEL: kdsl.program @logits
// CHECK: %[[X:.*]]:2 = kdsl.map keep(%i in M)
// CHECK: %[[R:.*]] = kdsl.reduce keep(%i in M) over(%j in N)
// CHECK-NOT: %[[X]]#1
// CHECK: kdsl.dot
// CHECK-NEXT: %[[SUM:.*]] = arith.addf {{.*}} fastmath<reassoc,contract>
// CHECK-NEXT: kdsl.yield %[[SUM]]
// CHECK: %[[L:.*]] = kdsl.map keep(%i in M) rows(%[[OWN:.*]] = %[[R]][%i] : {{.*}}, %[[XX:.*]] = %[[X]]#1[%i]
// CHECK: %[[MORE:.*]] = arith.mulf %[[XX]], %cst
// CHECK: arith.cmpf oeq, %[[OWN]]
// CHECK: arith.addf %[[OWN]], %[[MORE]]
// CHECK: %[[S:.*]] = kdsl.reduce keep(%i in M) over(%j in N)
// CHECK: kdsl.yield
// CHECK: kdsl.return %[[L]], %[[S]]
kdsl.program @logits(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>, %v: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>)
    attributes {kdsl.wishes = [{form = "expanded"}]} {
  %a = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.logsumexp<base2 = true>) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %t = arith.negf %q : f32
    kdsl.yield %t : f32
  }
  %s = kdsl.reduce keep(%i in M) over(%j in N) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>, %vj = %v[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.softmax_sum<base2 = true>) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %t = arith.negf %q : f32
    kdsl.yield %t, %vj : f32, f32
  }
  kdsl.return %a, %s : !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>
}
