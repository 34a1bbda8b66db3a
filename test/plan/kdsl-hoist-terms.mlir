// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(kdsl-hoist-terms))' %s | FileCheck %s

// log(w_j) is computed once for each j.
// CHECK-LABEL: kdsl.program @log_weights
// CHECK-SAME: %[[W:[a-z0-9]+]]: !kdsl.rows<[N], f32> {kdsl.name = "w"}
// CHECK: %[[T:.*]] = kdsl.map keep(%{{.*}} in N) rows(%[[WJ:.*]] = %[[W]][%{{.*}}] : !kdsl.rows<[N], f32>) -> (!kdsl.rows<[N], f32>)
// CHECK-NEXT: %[[LOG:.*]] = math.log %[[WJ]]
// CHECK-NEXT: kdsl.yield %[[LOG]]
// CHECK: kdsl.reduce
// CHECK-SAME: %[[TJ:[a-z0-9_]+]] = %[[T]][%{{.*}}]
// CHECK-NOT: math.log
// CHECK: arith.addf %{{.*}}, %[[TJ]]
kdsl.program @log_weights(%x: !kdsl.rows<[M], f32>,
                          %w: !kdsl.rows<[N], f32> {kdsl.name = "w"})
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %wj = %w[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.logsumexp) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %l = math.log %wj : f32
    %t = arith.addf %xi, %l : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// The largest term goes, with all that it is made of.
// CHECK-LABEL: kdsl.program @norms
// CHECK: kdsl.map
// CHECK: kdsl.dot
// CHECK: math.sqrt
// CHECK: arith.mulf
// CHECK: kdsl.reduce
// CHECK-NOT: kdsl.dot
// CHECK-NOT: math.sqrt
// CHECK: arith.addf
// CHECK-NEXT: kdsl.yield
kdsl.program @norms(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], vector<3xf32>>,
                    %s: f32) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.dot %yj, %yj : vector<3xf32>
    %n = math.sqrt %q : f32
    %m = arith.mulf %n, %s : f32
    %t = arith.addf %xi, %m : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// Mere arithmetic stays, and so do terms of row i, of pairs and of row numbers.
// CHECK-LABEL: kdsl.program @stay
// CHECK-NOT: kdsl.map
kdsl.program @stay(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %square = arith.mulf %yj, %yj : f32
    %ofI = math.exp %xi : f32
    %pair = arith.addf %ofI, %square : f32
    %ofPair = math.exp %pair : f32
    %n = kdsl.row_number %j
    %number = arith.sitofp %n : i64 to f32
    %ofNumber = math.exp %number : f32
    %t = arith.addf %ofPair, %ofNumber : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// A term of many operations leaves as a whole.
// CHECK-LABEL: kdsl.program @long_term
// CHECK: kdsl.map
// CHECK-COUNT-8: math.sin
// CHECK: kdsl.yield
// CHECK: kdsl.reduce
// CHECK-NOT: math.sin
// CHECK: kdsl.return
kdsl.program @long_term(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>,
           %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %1 = math.sin %yj : f32
    %2 = math.sin %1 : f32
    %3 = math.sin %2 : f32
    %4 = math.sin %3 : f32
    %5 = math.sin %4 : f32
    %6 = math.sin %5 : f32
    %7 = math.sin %6 : f32
    %8 = math.sin %7 : f32
    %t = arith.addf %xi, %8 : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// A long vector of row i, whose features a loop would compute for each pair; a
// short one is written out, and leaves the sweep as numbers do.
// CHECK-LABEL: kdsl.program @embedded
// CHECK: %[[U:.*]] = kdsl.map keep(%{{.*}} in M)
// CHECK-NEXT: kdsl.matmul
// CHECK: kdsl.reduce keep(%{{.*}} in M) over(%{{.*}} in N) {{.*}} = %[[U]][%{{.*}}] : !kdsl.rows<[M], vector<20xf32>>
// CHECK: math.tanh %{{.*}} : vector<2xf32>
kdsl.program @embedded(%x: !kdsl.rows<[M], vector<20xf32>>, %y: !kdsl.rows<[N], vector<20xf32>>,
                       %a: vector<20x20xf32>, %s: !kdsl.rows<[M], vector<2xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %r = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<20xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<20xf32>>,
           %si = %s[%i] : !kdsl.rows<[M], vector<2xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %u = kdsl.matmul %a, %xi : (vector<20x20xf32>, vector<20xf32>) -> vector<20xf32>
    %d = kdsl.sqdist %u, %yj : vector<20xf32>
    %t = math.tanh %si : vector<2xf32>
    %n = vector.reduction <add>, %t : vector<2xf32> into f32
    %p = arith.mulf %d, %n : f32
    kdsl.yield %p : f32
  }
  kdsl.return %r : !kdsl.rows<[M], f32>
}
