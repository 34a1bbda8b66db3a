// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(ktile-filter-distances))' %s | FileCheck %s

// The schedule asks for it, and the sweep folds a squared distance of f32 and
// nothing else: most pairs are told by a lower bound.
// CHECK-LABEL: kdsl.program @nearest
// CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} filtered group 8 block 32 init(
kdsl.program @nearest(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 4, group = 8, block = 32, unroll = 16, stage = 128, filter = true>)
      -> (!kdsl.rows<[M], i32>) {
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 3 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<3xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// Vectors, which have no stage, filter what is not written out.
// CHECK-LABEL: kdsl.program @vector_nearest
// CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} filtered group 8 block 32 init(
kdsl.program @vector_nearest(%x: !kdsl.rows<[M], vector<40xf32>>, %y: !kdsl.rows<[N], vector<40xf32>>)
    -> (!kdsl.rows<[M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 16, rows = 3, group = 8, block = 32, unroll = 16, filter = true>)
      -> (!kdsl.rows<[M], i32>) {
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 40 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<40xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<40xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// CHECK-LABEL: kdsl.program @vector_of_few
// CHECK: ktile.sweep
// CHECK-NOT: filtered
kdsl.program @vector_of_few(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 16, rows = 3, group = 8, block = 32, unroll = 16, filter = true>)
      -> (!kdsl.rows<[M], i32>) {
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 3 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<3xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// Of more features than are written out, if tensor cores bound them.
// CHECK-LABEL: kdsl.program @far_nearest
// CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} filtered group 32 block 32 init(
kdsl.program @far_nearest(%x: !kdsl.rows<[M], vector<40xf32>>, %y: !kdsl.rows<[N], vector<40xf32>>)
    -> (!kdsl.rows<[M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 256, rows = 1, group = 32, block = 32, unroll = 16, stage = 64, chain = 48, filter = true>)
      -> (!kdsl.rows<[M], i32>) {
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 32 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 40 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<40xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<40xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// CHECK-LABEL: kdsl.program @not_written_out
// CHECK: ktile.sweep
// CHECK-NOT: filtered
kdsl.program @not_written_out(%x: !kdsl.rows<[M], vector<40xf32>>, %y: !kdsl.rows<[N], vector<40xf32>>)
    -> (!kdsl.rows<[M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 4, group = 8, block = 32, unroll = 16, stage = 128, filter = true>)
      -> (!kdsl.rows<[M], i32>) {
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 40 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<40xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<40xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// The largest distance has no use for a lower bound.
// CHECK-LABEL: kdsl.program @farthest
// CHECK: ktile.sweep
// CHECK-NOT: filtered
kdsl.program @farthest(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 4, group = 8, block = 32, unroll = 16, stage = 128, filter = true>)
      -> (!kdsl.rows<[M], f32>) {
    %s0 = ktile.init : <#kdsl.max, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.max, 1 of f32>) {
      %q = ktile.contract add %d in 3 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<3xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.max, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.max, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.max, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// Pairs that a mask leaves out are folded as they are written.
// CHECK-LABEL: kdsl.program @others
// CHECK: ktile.sweep
// CHECK-NOT: filtered
kdsl.program @others(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[M], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size M
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 4, group = 8, block = 32, unroll = 16, stage = 128, filter = true>)
      -> (!kdsl.rows<[M], f32>) {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %other = arith.cmpi ne, %i, %j : index
      %q = ktile.contract add %d in 3 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[M], vector<3xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t where %other for %e : !ktile.state<#kdsl.min, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.min, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.min, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// Of vectors, many rows of few features are met in an order of space where the schedule
// has cells; a predicate may leave out pairs.
// CHECK-LABEL: kdsl.program @ordered
// CHECK: ktile.sweep %{{.*}} from %{{.*}} to %{{.*}} ordered group 4 block 32 init(
kdsl.program @ordered(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 4, block = 32, unroll = 16, cells = 64>)
      -> (!kdsl.rows<[M], i32>) {
    %own = kdsl.row_number %i
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 4 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 3 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<3xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %other = kdsl.row_number %j
      %apart = arith.cmpi ne, %own, %other : i64
      %t1 = ktile.fold %t where %apart for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// Rows at each point of a batch have no order.
// CHECK-LABEL: kdsl.program @batch
// CHECK-NOT: ordered
kdsl.program @batch(%x: !kdsl.rows<[B, M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[B, M], i32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %b in B, %i in M
      schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 4, block = 32, unroll = 16, cells = 64>)
      -> (!kdsl.rows<[B, M], i32>) {
    %own = kdsl.row_number %i
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 4 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 3 from %zero : f32 {
        %xd = ktile.load %x[%b, %i, %d] : !kdsl.rows<[B, M], vector<3xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<3xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %other = kdsl.row_number %j
      %apart = arith.cmpi ne, %own, %other : i64
      %t1 = ktile.fold %t where %apart for %e : !ktile.state<#kdsl.argmin<i32>, 1 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %k = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %k : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[B, M], i32>
}
