// RUN: kdsl-opt %s | kdsl-opt | FileCheck %s
// RUN: kdsl-opt --mlir-print-op-generic %s | kdsl-opt | FileCheck %s

// Every operation and type in its own syntax.

// CHECK-LABEL: kdsl.program @nearest
kdsl.program @nearest(%x: !kdsl.rows<[M], vector<3xf32>>,
                      %y: !kdsl.rows<[N], vector<3xf32>>,
                      %w: !kdsl.rows<[], f32>, %t: !kdsl.rows<[], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>, !kdsl.rows<[M], vector<3xf32>>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = kdsl.size N
  // CHECK: ktile.grid over %[[I:.*]] in M schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 4, block = 32, unroll = 16>) -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>, !kdsl.rows<[M], vector<3xf32>>) attributes {kdsl.over = "N"} {
  %d, %k, %s = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 4, block = 32, unroll = 16>)
      -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>, !kdsl.rows<[M], vector<3xf32>>)
      attributes {kdsl.over = "N"} {
    // CHECK: %[[A0:.*]] = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    // CHECK: %[[B0:.*]] = ktile.init : <#kdsl.sum, 3 of f32>
    %a0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %b0 = ktile.init : <#kdsl.sum, 3 of f32>
    // CHECK: %[[S:.*]]:2 = ktile.sweep %[[J:.*]] from %{{.*}} to %{{.*}} group 4 block 32 init(%[[A:.*]] = %[[A0]], %[[B:.*]] = %[[B0]]) : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>, !ktile.state<#kdsl.sum, 3 of f32>) {
    %sweep:2 = ktile.sweep %j from %c0 to %n group 4 block 32
        init(%a = %a0, %b = %b0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>, !ktile.state<#kdsl.sum, 3 of f32>) {
      // CHECK: %[[Q:.*]] = ktile.contract add %[[F:.*]] in 3 from %{{.*}} : f32 {
      // CHECK: ktile.load %{{.*}}[%[[I]], %[[F]]] : !kdsl.rows<[M], vector<3xf32>>
      // CHECK: ktile.yield %{{.*}} : f32
      %q = ktile.contract add %f in 3 from %zero : f32 {
        %xf = ktile.load %x[%i, %f] : !kdsl.rows<[M], vector<3xf32>>
        %yf = ktile.load %y[%j, %f] : !kdsl.rows<[N], vector<3xf32>>
        %p = arith.mulf %xf, %yf : f32
        ktile.yield %p : f32
      }
      // CHECK: ktile.load %{{.*}}[] : !kdsl.rows<[], f32>
      %weight = ktile.load %w[] : !kdsl.rows<[], f32>
      %mask = arith.cmpf olt, %q, %weight : f32
      // CHECK: ktile.fold %[[A]] where %{{.*}} for %{{.*}} : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
      %a1 = ktile.fold %a where %mask for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      // CHECK: ktile.fold %[[B]] for %[[E:.*]] : !ktile.state<#kdsl.sum, 3 of f32> {
      %b1 = ktile.fold %b for %e : !ktile.state<#kdsl.sum, 3 of f32> {
        // CHECK: ktile.load %{{.*}}[%[[E]]] : !kdsl.rows<[], vector<3xf32>>
        %te = ktile.load %t[%e] : !kdsl.rows<[], vector<3xf32>>
        ktile.yield %te : f32
      }
      ktile.yield %a1, %b1
          : !ktile.state<#kdsl.argmin<i32>, 1 of f32>, !ktile.state<#kdsl.sum, 3 of f32>
    }
    // CHECK: ktile.put 0 %{{.*}} in 1 {
    // CHECK: ktile.finish value of %[[S]]#0 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %sweep#0 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %v : f32
    }
    // CHECK: ktile.finish index of %[[S]]#0
    // CHECK: ktile.yield %{{.*}} : i32
    ktile.put 1 %e in 1 {
      %v = ktile.finish index of %sweep#0 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %v : i32
    }
    // CHECK: ktile.put 2 %[[P:.*]] in 3 {
    // CHECK: ktile.finish value of %[[S]]#1[%[[P]]] : !ktile.state<#kdsl.sum, 3 of f32>
    ktile.put 2 %e in 3 {
      %v = ktile.finish value of %sweep#1[%e] : !ktile.state<#kdsl.sum, 3 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  // CHECK: ktile.grid schedule({{.*}}) -> (!kdsl.rows<[], f32>) {
  %one = ktile.grid schedule(#kdsl.schedule<lanes = 1, rows = 1, group = 1, block = 32, unroll = 16>)
      -> (!kdsl.rows<[], f32>) {
    ktile.put 0 %e in 1 {
      ktile.yield %zero : f32
    }
    ktile.yield
  }
  kdsl.return %d, %k, %s
      : !kdsl.rows<[M], f32>, !kdsl.rows<[M], i32>, !kdsl.rows<[M], vector<3xf32>>
}

// A batch: the tile has rows of the last axis.
// CHECK-LABEL: kdsl.program @batch
kdsl.program @batch(%x: !kdsl.rows<[B, M], f32> {kdsl.name = "x"}, %w: !kdsl.rows<[M, B], vector<2xf32>> {kdsl.name = "w"}) {
  // CHECK: ktile.grid over %[[B:.*]] in B, %[[I:.*]] in M schedule(
  %a = ktile.grid over %b in B, %i in M schedule(<lanes = 4, rows = 1, group = 1, block = 4, unroll = 4>) -> (!kdsl.rows<[B, M], f32>) {
    %zero = arith.constant 0 : index
    // CHECK: ktile.load %x[%[[B]], %[[I]]] : !kdsl.rows<[B, M], f32>
    %v = ktile.load %x[%b, %i] : !kdsl.rows<[B, M], f32>
    // CHECK: ktile.load %w[%[[I]], %[[B]], %{{.*}}] : !kdsl.rows<[M, B], vector<2xf32>>
    %u = ktile.load %w[%i, %b, %zero] : !kdsl.rows<[M, B], vector<2xf32>>
    ktile.put 0 %e in 1 {
      %s = arith.addf %v, %u : f32
      ktile.yield %s : f32
    }
    ktile.yield
  }
  kdsl.return
}

// CHECK-LABEL: kdsl.program @gather
// CHECK: ktile.gather %v[%{{.*}}, %{{.*}}] : <[M], vector<3xf32>> -> f32
// CHECK: ktile.gather %w[%{{.*}}] : <[M], i32> -> i32
kdsl.program @gather(%v: !kdsl.rows<[M], vector<3xf32>> {kdsl.name = "v"}, %w: !kdsl.rows<[M], i32> {kdsl.name = "w"}, %n: i64 {kdsl.name = "n"}) {
  %c1 = arith.constant 1 : index
  %a = ktile.gather %v[%n, %c1] : !kdsl.rows<[M], vector<3xf32>> -> f32
  %b = ktile.gather %w[%n] : !kdsl.rows<[M], i32> -> i32
  kdsl.return
}

// CHECK-LABEL: kdsl.program @bound
// CHECK: %[[B:.*]] = ktile.init : <#kdsl.kmin_bound<3>, 3 of f32>
// CHECK: ktile.bound %[[B]] : <#kdsl.kmin_bound<3>, 3 of f32> to <#kdsl.argkmin<3, i32>, 3 of f32>
kdsl.program @bound() {
  %b = ktile.init : <#kdsl.kmin_bound<3>, 3 of f32>
  %s = ktile.bound %b : <#kdsl.kmin_bound<3>, 3 of f32> to <#kdsl.argkmin<3, i32>, 3 of f32>
  kdsl.return
}

// CHECK-LABEL: kdsl.program @first_rows
kdsl.program @first_rows(%n: index) {
  %s0 = ktile.init : <#kdsl.sum, 1 of f32>
  // CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} first 64 of 96 group 4 block 32 init(
  %s = ktile.sweep %j from %n to %n first 64 of 96 group 4 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.sum, 1 of f32>) {
    ktile.yield %t : !ktile.state<#kdsl.sum, 1 of f32>
  }
  kdsl.return
}
