// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(ktile-peel-tails))' %s | FileCheck %s

// Full groups up to the largest multiple of 4, then the rest one by one from
// the states of the first sweep.
// CHECK-LABEL: kdsl.program @sum
// CHECK: %[[N:.*]] = kdsl.size N
// CHECK: %[[COUNT:.*]] = arith.subi %[[N]], %[[ZERO:.*]] : index
// CHECK: %[[REST:.*]] = arith.remui %[[COUNT]], %{{.*}} : index
// CHECK: %[[MIDDLE:.*]] = arith.subi %[[N]], %[[REST]] : index
// CHECK: %[[FULL:.*]] = ktile.sweep %{{.*}} from %[[ZERO]] to %[[MIDDLE]] group 4 block 32 init(%{{.*}} = %{{.*}})
// CHECK: %[[ALL:.*]] = ktile.sweep %{{.*}} from %[[MIDDLE]] to %[[N]] group 1 block 32 init(%{{.*}} = %[[FULL]])
// CHECK: ktile.finish value of %[[ALL]]
kdsl.program @sum(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>)
      -> (!kdsl.rows<[], f32>) {
    %zero = ktile.init : <#kdsl.sum, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 4 block 32 init(%t = %zero)
        : (!ktile.state<#kdsl.sum, 1 of f32>) {
      %next = ktile.fold %t for %e : !ktile.state<#kdsl.sum, 1 of f32> {
        %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
        ktile.yield %yj : f32
      }
      ktile.yield %next : !ktile.state<#kdsl.sum, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// A sweep that takes one row at a time has no tail.
// CHECK-LABEL: kdsl.program @single
// CHECK-COUNT-1: ktile.sweep
// CHECK-NOT: ktile.sweep
kdsl.program @single(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid schedule(#kdsl.schedule<lanes = 1, rows = 1, group = 1, block = 32, unroll = 16>)
      -> (!kdsl.rows<[], f32>) {
    %zero = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 1 block 32 init(%t = %zero)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %next = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
        %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
        ktile.yield %yj : f32
      }
      ktile.yield %next : !ktile.state<#kdsl.min, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.min, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// Slices of a block-sparse set have remainders of their own.
// CHECK-LABEL: kdsl.program @within
// CHECK-COUNT-1: ktile.sweep
// CHECK-NOT: ktile.sweep
kdsl.program @within(%y: !kdsl.rows<[N], f32>, %r: !kdsl.ranges<M, N>) -> (!kdsl.rows<[M], f32>) {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>)
      -> (!kdsl.rows<[M], f32>) {
    %zero = ktile.init : <#kdsl.sum, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n in %r : !kdsl.ranges<M, N> group 4 block 32 init(%t = %zero)
        : (!ktile.state<#kdsl.sum, 1 of f32>) {
      %next = ktile.fold %t for %e : !ktile.state<#kdsl.sum, 1 of f32> {
        %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
        ktile.yield %yj : f32
      }
      ktile.yield %next : !ktile.state<#kdsl.sum, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
