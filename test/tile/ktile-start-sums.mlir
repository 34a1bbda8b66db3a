// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(ktile-start-sums))' %s | FileCheck %s

// 1 + |x|^2 and s^2 + |x|^2 are sums that begin at 1 and at s^2.
// CHECK-LABEL: kdsl.program @squares
// CHECK: %[[SS:.*]] = arith.mulf %s, %s
// CHECK: %[[A:.*]] = ktile.contract add %{{.*}} in 3 from %cst_0
// CHECK: %[[B:.*]] = ktile.contract add %{{.*}} in 3 from %[[SS]]
// CHECK-NOT: arith.addf
// CHECK: arith.divf %[[A]], %[[B]]
kdsl.program @squares(%x: !kdsl.rows<[M], vector<3xf32>>, %s: f32 {kdsl.name = "s"}) -> (!kdsl.rows<[M], f32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %ss = arith.mulf %s, %s : f32
  %a = ktile.grid over %i in M schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>)
      -> (!kdsl.rows<[M], f32>) {
    ktile.put 0 %e in 1 {
      %p = ktile.contract add %d in 3 from %zero : f32 {
        %v = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %q = arith.mulf %v, %v : f32
        ktile.yield %q : f32
      }
      %r = ktile.contract add %d in 3 from %zero : f32 {
        %v = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %q = arith.mulf %v, %v : f32
        ktile.yield %q : f32
      }
      %f = arith.addf %one, %p : f32
      %g = arith.addf %r, %ss : f32
      %h = arith.divf %f, %g : f32
      ktile.yield %h : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// What may be negative could cancel, and is added at the end; so is what another
// operation needs without it.
// CHECK-LABEL: kdsl.program @others
// CHECK: %[[P:.*]] = ktile.contract add %{{.*}} in 3 from %cst
// CHECK: %[[R:.*]] = ktile.contract add %{{.*}} in 3 from %cst
// CHECK: arith.addf %[[P]], %s
// CHECK: arith.addf %[[R]]
kdsl.program @others(%x: !kdsl.rows<[M], vector<3xf32>>, %s: f32 {kdsl.name = "s"}) -> (!kdsl.rows<[M], f32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %a = ktile.grid over %i in M schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>)
      -> (!kdsl.rows<[M], f32>) {
    ktile.put 0 %e in 1 {
      %p = ktile.contract add %d in 3 from %zero : f32 {
        %v = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %q = arith.mulf %v, %v : f32
        ktile.yield %q : f32
      }
      %r = ktile.contract add %d in 3 from %zero : f32 {
        %v = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %q = arith.mulf %v, %v : f32
        ktile.yield %q : f32
      }
      %f = arith.addf %p, %s : f32
      %g = arith.addf %r, %one : f32
      %h = arith.divf %f, %g : f32
      %k = arith.mulf %h, %r : f32
      ktile.yield %k : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
