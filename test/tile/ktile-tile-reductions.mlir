// RUN: kdsl-opt --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(kdsl.program(ktile-tile-reductions))' %s | FileCheck %s

// A grid over i, a sweep over j; the vector expression becomes a formula of one
// feature.
// CHECK-LABEL: kdsl.program @sum
// CHECK-SAME: %[[X:[a-z0-9]+]]: !kdsl.rows<[M], vector<3xf32>> {kdsl.name = "x"}
// CHECK: %[[A:.*]] = ktile.grid over %[[I:.*]] in M schedule({{.*}}) -> (!kdsl.rows<[M], vector<2xf32>>)
// CHECK: %[[S0:.*]] = ktile.init : <#kdsl.sum, 2 of f32>
// CHECK: %[[N:.*]] = kdsl.size N
// CHECK: %[[S:.*]] = ktile.sweep %[[J:.*]] from %{{.*}} to %[[N]] group 4 block 32 init(%[[SJ:.*]] = %[[S0]])
// CHECK: %[[Q:.*]] = ktile.contract add %[[D:.*]] in 3 from
// CHECK-NEXT: ktile.load %[[X]][%[[I]], %[[D]]]
// CHECK-NEXT: ktile.load %{{.*}}[%[[J]], %[[D]]]
// CHECK-NEXT: arith.subf
// CHECK-NEXT: arith.mulf
// CHECK: ktile.fold %[[SJ]] for %[[E:.*]] : !ktile.state<#kdsl.sum, 2 of f32> {
// CHECK-NEXT: %[[B:.*]] = ktile.load %{{.*}}[%[[J]], %[[E]]] : !kdsl.rows<[N], vector<2xf32>>
// CHECK-NEXT: arith.mulf %[[Q]], %[[B]]
// CHECK: ktile.put 0 %[[F:.*]] in 2 {
// CHECK-NEXT: ktile.finish value of %[[S]][%[[F]]]
// CHECK-NOT: kdsl.reduce
// CHECK: kdsl.return %[[A]]
kdsl.program @sum(%x: !kdsl.rows<[M], vector<3xf32>> {kdsl.name = "x"},
                  %y: !kdsl.rows<[N], vector<3xf32>>,
                  %b: !kdsl.rows<[N], vector<2xf32>>)
    -> (!kdsl.rows<[M], vector<2xf32>>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>,
           %bj = %b[%j] : !kdsl.rows<[N], vector<2xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<2xf32>>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %v = vector.broadcast %q : f32 to vector<2xf32>
    %t = arith.mulf %v, %bj : vector<2xf32>
    kdsl.yield %t : vector<2xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<2xf32>>
}

// -----

// A map that reads only its own row joins the grid; the reduction's result is
// not put, since nobody else reads it.
// CHECK-LABEL: kdsl.program @epilogue
// CHECK: ktile.grid over
// CHECK: ktile.sweep
// CHECK: %[[R:.*]] = ktile.finish value of
// CHECK: ktile.put 0
// CHECK-NOT: ktile.put
// CHECK-NOT: ktile.grid
kdsl.program @epilogue(%y: !kdsl.rows<[N], f32>, %s: f32) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    kdsl.yield %yj : f32
  }
  %b = kdsl.map keep(%i in M) rows(%ai = %a[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %t = arith.mulf %ai, %s : f32
    kdsl.yield %t : f32
  }
  kdsl.return %b : !kdsl.rows<[M], f32>
}

// -----

// What reads other rows of a result needs a grid of its own.
// CHECK-LABEL: kdsl.program @two_passes
// CHECK: %[[W:.*]] = ktile.grid over %{{.*}} in N
// CHECK: ktile.grid over %{{.*}} in N
// CHECK: ktile.sweep %[[J:.*]] from
// CHECK: ktile.load %[[W]][%[[J]]]
kdsl.program @two_passes(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[N], f32>) {
  %w = kdsl.map keep(%i in N) rows(%yi = %y[%i] : !kdsl.rows<[N], f32>)
      -> (!kdsl.rows<[N], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %t = math.log %yi : f32
    kdsl.yield %t : f32
  }
  %a = kdsl.reduce keep(%i in N) over(%j in N)
      rows(%wj = %w[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.max) -> (value of 0 : !kdsl.rows<[N], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    kdsl.yield %wj : f32
  }
  kdsl.return %a : !kdsl.rows<[N], f32>
}

// -----

// Nothing is kept: a grid of one row. The predicate stands at the fold.
// CHECK-LABEL: kdsl.program @one_row
// CHECK: ktile.grid schedule({{.*}}) -> (!kdsl.rows<[], f32>)
// CHECK: %[[MASK:.*]] = arith.cmpf
// CHECK: ktile.fold %{{.*}} where %[[MASK]] for
kdsl.program @one_row(%y: !kdsl.rows<[N], f32>, %s: f32) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N) rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %c = arith.cmpf olt, %yj, %s : f32
    kdsl.yield %yj where %c : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// -----

// Feature d of a concatenation is that of the part that holds it.
// CHECK-LABEL: kdsl.program @concat
// CHECK: ktile.put 0 %[[D:.*]] in 3 {
// CHECK: arith.cmpi sge, %[[D]], %{{.*}} : index
// CHECK: arith.select
kdsl.program @concat(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[M], vector<2xf32>>)
    -> (!kdsl.rows<[M], vector<3xf32>>) {
  %a = kdsl.map keep(%i in M)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yi = %y[%i] : !kdsl.rows<[M], vector<2xf32>>)
      -> (!kdsl.rows<[M], vector<3xf32>>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %v = kdsl.concat %xi, %yi : (f32, vector<2xf32>) -> vector<3xf32>
    kdsl.yield %v : vector<3xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<3xf32>>
}

// -----

// Numbers that parameters alone give are computed outside of every grid.
// CHECK-LABEL: kdsl.program @parameters
// CHECK-SAME: %[[W:[a-z0-9]+]]: vector<3xf32>
// CHECK: %[[SUM:.*]] = ktile.contract add %[[D:.*]] in 3 from
// CHECK-NEXT: vector.extract %[[W]][%[[D]]] : f32 from vector<3xf32>
// CHECK: ktile.grid
// CHECK: arith.mulf %{{.*}}, %[[SUM]]
kdsl.program @parameters(%x: !kdsl.rows<[M], f32>, %w: vector<3xf32>)
    -> (!kdsl.rows<[M], f32>) {
  %sum = vector.reduction <add>, %w : vector<3xf32> into f32
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %t = arith.mulf %xi, %sum : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Batch axes are axes of the grid; a load has an index for each axis.
// CHECK-LABEL: kdsl.program @batch
// CHECK: ktile.grid over %[[B:.*]] in B, %[[I:.*]] in M
// CHECK: ktile.sweep %[[J:.*]] from
// CHECK-DAG: ktile.load %x[%[[B]], %[[I]]] : !kdsl.rows<[B, M], f32>
// CHECK-DAG: ktile.load %w[%[[I]], %[[J]]] : !kdsl.rows<[M, N], f32>
kdsl.program @batch(%x: !kdsl.rows<[B, M], f32> {kdsl.name = "x"},
                    %w: !kdsl.rows<[M, N], f32> {kdsl.name = "w"})
    -> (!kdsl.rows<[B, M], f32>) {
  %a = kdsl.reduce keep(%b in B, %i in M) over(%j in N)
      rows(%xi = %x[%b, %i] : !kdsl.rows<[B, M], f32>,
           %wij = %w[%i, %j] : !kdsl.rows<[M, N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[B, M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %t = arith.mulf %xi, %wij : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[B, M], f32>
}

// -----

// abs(i - j) <= w and j >= 3: what each row i needs of the rows j limits the
// sweep; the predicate stays as the mask of the fold.
// CHECK-LABEL: kdsl.program @band
// CHECK-SAME: %[[W:[a-z0-9]+]]: i64
// CHECK: %[[BELOW:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : i64
// CHECK: %[[ABOVE:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : i64
// CHECK: %[[BEGIN:.*]] = arith.subi %{{.*}}, %{{.*}} : i64
// CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} near(%[[BELOW]], %[[ABOVE]], %[[BEGIN]], %{{.*}}) group 4
// CHECK: ktile.fold %{{.*}} where %{{.*}} for
kdsl.program @band(%y: !kdsl.rows<[N], f32>, %w: i64) -> (!kdsl.rows<[N], f32>) {
  %c3 = arith.constant 3 : i64
  %a = kdsl.reduce keep(%i in N) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[N], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %ni = kdsl.row_number %i
    %nj = kdsl.row_number %j
    %d = arith.subi %ni, %nj : i64
    %far = math.absi %d : i64
    %near = arith.cmpi sle, %far, %w : i64
    %late = arith.cmpi sge, %nj, %c3 : i64
    %both = arith.andi %near, %late : i1
    kdsl.yield %yj where %both : f32
  }
  kdsl.return %a : !kdsl.rows<[N], f32>
}

// -----

// Of two reductions in one pass, one needs all rows.
// CHECK-LABEL: kdsl.program @one_without_band
// CHECK-NOT: near
kdsl.program @one_without_band(%y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[N], f32>, !kdsl.rows<[N], f32>) {
  %a, %b = kdsl.reduce keep(%i in N) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum, #kdsl.max)
      -> (value of 0 : !kdsl.rows<[N], f32>, value of 1 : !kdsl.rows<[N], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %ni = kdsl.row_number %i
    %nj = kdsl.row_number %j
    %causal = arith.cmpi sle, %nj, %ni : i64
    %other = arith.cmpi ne, %nj, %ni : i64
    kdsl.yield %yj, %yj where %causal, %other : f32, f32
  }
  kdsl.return %a, %b : !kdsl.rows<[N], f32>, !kdsl.rows<[N], f32>
}

// -----

// A block-sparse set limits the sweep.
// CHECK-LABEL: kdsl.program @within
// CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} in %R : !kdsl.ranges<M, N> group 4
kdsl.program @within(%y: !kdsl.rows<[N], f32>, %r: !kdsl.ranges<M, N> {kdsl.name = "R"})
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N) within(%r : !kdsl.ranges<M, N>)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    kdsl.yield %yj : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @unscheduled(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  // expected-error @below {{has no schedule; run kdsl-choose-schedule first}}
  %a = kdsl.reduce keep() over(%j in N) rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %yj : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// -----

kdsl.program @two_schedules(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N) rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    kdsl.yield %yj : f32
  }
  // expected-error @below {{has another schedule than its grid; run kdsl-choose-schedule first}}
  %b = kdsl.reduce keep() over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], f32>, %low = %a[] : !kdsl.rows<[], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 8, block = 32, unroll = 16>) {
    %t = arith.subf %yj, %low : f32
    kdsl.yield %t : f32
  }
  kdsl.return %b : !kdsl.rows<[], f32>
}

// -----

// Places of a matrix are counted row by row: feature f of the transpose of a
// 3 x 2 matrix is feature (f mod 3) * 2 + f / 3 of the matrix. A product is a
// fold inside the fold that reads it.
// CHECK-LABEL: kdsl.program @matrices
// CHECK-SAME: %[[P:[a-z0-9]+]]: vector<2x3xf32> {kdsl.name = "p"}
// CHECK: ktile.fold %{{.*}} for %[[E:.*]] :
// CHECK: %[[R:.*]] = arith.divui %[[E]], %c2
// CHECK: %[[C:.*]] = arith.remui %[[E]], %c2
// CHECK: ktile.contract add %[[K:.*]] in 3 from
// CHECK: arith.muli %[[R]], %c3
// CHECK: vector.shape_cast %[[P]] : vector<2x3xf32> to vector<6xf32>
// CHECK: vector.extract
// CHECK: arith.mulf
kdsl.program @matrices(%x: !kdsl.rows<[M], vector<2xf32>>,
                       %p: vector<2x3xf32> {kdsl.name = "p"},
                       %y: !kdsl.rows<[N], vector<2x3xf32>>)
    -> (!kdsl.rows<[M], vector<2x2xf32>>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%yj = %y[%j] : !kdsl.rows<[N], vector<2x3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<2x2xf32>>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %t = kdsl.pick %yj by affine_map<(r, c) -> (c, r)> : vector<2x3xf32> to vector<3x2xf32>
    %v = kdsl.matmul %p, %t : (vector<2x3xf32>, vector<3x2xf32>) -> vector<2x2xf32>
    kdsl.yield %v : vector<2x2xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<2x2xf32>>
}

// -----

// The first feature that equals the smallest, or is NaN; a label picks from a
// table in memory at a place that is always inside, from others by comparison.
// CHECK-LABEL: kdsl.program @places
// CHECK: %[[BEST:.*]] = ktile.contract minimumf
// CHECK: %[[AT:.*]] = ktile.contract minsi
// CHECK: arith.cmpf oeq, %{{.*}}, %[[BEST]]
// CHECK: arith.cmpf uno
// CHECK: %[[LABEL:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: %[[LOW:.*]] = arith.maxsi %[[LABEL]], %c0
// CHECK: %[[IN:.*]] = arith.minsi %[[LOW]], %c3
// CHECK: vector.extract %{{.*}}[%[[IN]]] : f32 from vector<4xf32>
// CHECK: arith.cmpi ult, %[[LABEL]], %c4
// CHECK: arith.select
// CHECK: ktile.contract add %[[D:.*]] in 4 from
// CHECK: arith.cmpi eq, %[[D]],
// CHECK: arith.select
kdsl.program @places(%x: !kdsl.rows<[N], vector<4xf32>>, %w: vector<4xf32>)
    -> (!kdsl.rows<[N], f32>) {
  %a = kdsl.map keep(%i in N) rows(%xi = %x[%i] : !kdsl.rows<[N], vector<4xf32>>)
      -> (!kdsl.rows<[N], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>) {
    %k = kdsl.place smallest of %xi : vector<4xf32>
    %u = kdsl.lookup %w[%k] : vector<4xf32>[i64] -> f32
    %v = kdsl.lookup %xi[%k] : vector<4xf32>[i64] -> f32
    %s = arith.addf %u, %v : f32
    kdsl.yield %s : f32
  }
  kdsl.return %a : !kdsl.rows<[N], f32>
}

// -----

// The value at the row that a reduction has found, here of an array over pairs:
// the grid that has found it reads it.
// CHECK-LABEL: kdsl.program @payload
// CHECK: ktile.grid over %[[I:.*]] in M
// CHECK: %[[K:.*]] = ktile.finish index of
// CHECK: ktile.gather %{{.*}}[%[[K]]] axes [1] others(%[[I]]) : <[M, N], f32> -> f32
kdsl.program @payload(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>,
                      %w: !kdsl.rows<[M, N], f32>) -> (!kdsl.rows<[M], f32>)
    attributes {target = "x86-64-v4"} {
  %n = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.argmin<i64>) -> (index of 0 : !kdsl.rows<[M], i64>)
      schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 4, block = 32, unroll = 16>) {
    %p = arith.mulf %xi, %yj : f32
    kdsl.yield %p : f32
  }
  %v = kdsl.map keep(%i in M) rows(%k = %n[%i] : !kdsl.rows<[M], i64>)
      -> (!kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 4, block = 32, unroll = 16>) {
    %g = kdsl.gather %w[%k] axes [1] others(%i) : !kdsl.rows<[M, N], f32>
    kdsl.yield %g : f32
  }
  kdsl.return %v : !kdsl.rows<[M], f32>
}

// What a pair reads of a matrix times a row is stored, not computed for each pair
// again: a grid of its own.
// CHECK-LABEL: kdsl.program @embedded
// CHECK: %[[U:.*]] = ktile.grid over %{{.*}} in M
// CHECK: ktile.grid over %[[I:.*]] in M
// CHECK: ktile.sweep
// CHECK: ktile.load %[[U]][%[[I]],
kdsl.program @embedded(%x: !kdsl.rows<[M], vector<2xf32>>, %y: !kdsl.rows<[N], vector<2xf32>>, %a: vector<2x2xf32>)
    -> (!kdsl.rows<[M], f32>) {
  %u = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], vector<2xf32>>)
      -> (!kdsl.rows<[M], vector<2xf32>>) schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 1, block = 32, unroll = 16>) {
    %m = kdsl.matmul %a, %xi : (vector<2x2xf32>, vector<2xf32>) -> vector<2xf32>
    kdsl.yield %m : vector<2xf32>
  }
  %s = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%ui = %u[%i] : !kdsl.rows<[M], vector<2xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<2xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 1, block = 32, unroll = 16>) {
    %d = kdsl.dot %ui, %yj : vector<2xf32>
    kdsl.yield %d : f32
  }
  kdsl.return %s : !kdsl.rows<[M], f32>
}

// What a pair gives to row j is a second body of the fold.
// CHECK-LABEL: kdsl.program @both
// CHECK: ktile.sweep %[[J:.*]] from
// CHECK: %[[BI:.*]] = ktile.load %{{.*}}[%{{.*}}]
// CHECK: ktile.fold
// CHECK: ktile.yield
// CHECK: } turned %{{.*}} {
// CHECK: ktile.yield
kdsl.program @both(%x: !kdsl.rows<[M], f32>, %b: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %s = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, %xj = %x[%j] : !kdsl.rows<[M], f32>,
           %bi = %b[%i] : !kdsl.rows<[M], f32>, %bj = %b[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 16, halved = true>) {
    %k = arith.mulf %xi, %xj : f32
    %v = arith.mulf %k, %bj : f32
    %t = arith.mulf %k, %bi : f32
    kdsl.yield %v : f32 turned %t : f32
  }
  kdsl.return %s : !kdsl.rows<[M], f32>
}
