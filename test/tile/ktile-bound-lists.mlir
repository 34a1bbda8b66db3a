// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(ktile-bound-lists))' %s | FileCheck %s

// A first sweep over at most 640 rows, if there are two blocks for each place,
// folds the same values into the bound of the list. The sum has none.
// CHECK-LABEL: kdsl.program @near
// CHECK-DAG: %[[SUM:.*]] = ktile.init : <#kdsl.sum, 1 of f32>
// CHECK-DAG: %[[NONE:.*]] = ktile.init : <#kdsl.kmin_bound<10>, 10 of f32>
// CHECK: %[[BOUND:.*]] = ktile.sweep %[[J:.*]] from %[[ZERO:.*]] to %[[N:.*]] first 640 of 640 group 4 block 32 init(%[[B:.*]] = %[[NONE]]) : (!ktile.state<#kdsl.kmin_bound<10>, 10 of f32>) {
// CHECK-NEXT: %[[Y:.*]] = ktile.load %{{.*}}[%[[J]]]
// CHECK-NEXT: %[[MASK:.*]] = arith.cmpf ogt, %[[Y]]
// CHECK-NEXT: %[[NEXT:.*]] = ktile.fold %[[B]] where %[[MASK]]
// CHECK-NEXT: ktile.yield %[[Y]] : f32
// CHECK: ktile.yield %[[NEXT]] : !ktile.state<#kdsl.kmin_bound<10>, 10 of f32>
// CHECK: %[[START:.*]] = ktile.bound %[[BOUND]] : <#kdsl.kmin_bound<10>, 10 of f32> to <#kdsl.argkmin<10, i32>, 10 of f32>
// CHECK: ktile.sweep %{{.*}} from %[[ZERO]] to %[[N]] group 4 block 32 init(%{{.*}} = %[[SUM]], %{{.*}} = %[[START]])
kdsl.program @near(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], vector<10xi32>>, !kdsl.rows<[], f32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = kdsl.size N
  %a:2 = ktile.grid schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16, bound = 640>)
      -> (!kdsl.rows<[], vector<10xi32>>, !kdsl.rows<[], f32>) {
    %none = ktile.init : <#kdsl.sum, 1 of f32>
    %empty = ktile.init : <#kdsl.argkmin<10, i32>, 10 of f32>
    %s:2 = ktile.sweep %j from %c0 to %n group 4 block 32 init(%t = %none, %l = %empty)
        : (!ktile.state<#kdsl.sum, 1 of f32>, !ktile.state<#kdsl.argkmin<10, i32>, 10 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %positive = arith.cmpf ogt, %yj, %zero : f32
      %sum = ktile.fold %t for %e : !ktile.state<#kdsl.sum, 1 of f32> {
        ktile.yield %yj : f32
      }
      %list = ktile.fold %l where %positive for %e : !ktile.state<#kdsl.argkmin<10, i32>, 10 of f32> {
        ktile.yield %yj : f32
      }
      ktile.yield %sum, %list : !ktile.state<#kdsl.sum, 1 of f32>, !ktile.state<#kdsl.argkmin<10, i32>, 10 of f32>
    }
    ktile.put 0 %e in 10 {
      %v = ktile.finish index of %s#1[%e] : !ktile.state<#kdsl.argkmin<10, i32>, 10 of f32>
      ktile.yield %v : i32
    }
    ktile.put 1 %e in 1 {
      %v = ktile.finish value of %s#0 : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a#0, %a#1 : !kdsl.rows<[], vector<10xi32>>, !kdsl.rows<[], f32>
}

// In a band, the first rows of it. A list that goes on starts from what it has.
// CHECK-LABEL: kdsl.program @band
// CHECK: %[[BAND:.*]] = ktile.sweep {{.*}} near(%[[THREE:.*]], %[[THREE]], %[[THREE]], %[[THREE]]) first 640 of 128 group 4
// CHECK: %[[START:.*]] = ktile.bound %[[BAND]]
// CHECK: %[[LIST:.*]] = ktile.sweep {{.*}} group 4 block 32 init(%{{.*}} = %[[START]])
// CHECK-NOT: ktile.bound
// CHECK: ktile.sweep {{.*}} group 1 block 32 init(%{{.*}} = %[[LIST]])
kdsl.program @band(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[M], vector<2xf32>>) {
  %c0 = arith.constant 0 : index
  %three = arith.constant 3 : i64
  %n = kdsl.size N
  %a = ktile.grid over %i in M schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16, bound = 640>)
      -> (!kdsl.rows<[M], vector<2xf32>>) {
    %empty = ktile.init : <#kdsl.kmin<2>, 2 of f32>
    %s = ktile.sweep %j from %c0 to %n near(%three, %three, %three, %three) group 4 block 32 init(%l = %empty)
        : (!ktile.state<#kdsl.kmin<2>, 2 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %list = ktile.fold %l for %e : !ktile.state<#kdsl.kmin<2>, 2 of f32> {
        ktile.yield %yj : f32
      }
      ktile.yield %list : !ktile.state<#kdsl.kmin<2>, 2 of f32>
    }
    %t = ktile.sweep %j from %n to %n near(%three, %three, %three, %three) group 1 block 32 init(%l = %s)
        : (!ktile.state<#kdsl.kmin<2>, 2 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %list = ktile.fold %l for %e : !ktile.state<#kdsl.kmin<2>, 2 of f32> {
        ktile.yield %yj : f32
      }
      ktile.yield %list : !ktile.state<#kdsl.kmin<2>, 2 of f32>
    }
    ktile.put 0 %e in 2 {
      %v = ktile.finish value of %t[%e] : !ktile.state<#kdsl.kmin<2>, 2 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], vector<2xf32>>
}
