// RUN: kdsl-opt --split-input-file --nvptx-lower-to-threads --canonicalize --cse %s | FileCheck %s

// What the entry point has to know is written on the module and the kernels.
// CHECK: module attributes {kdsl.programs = [{axes = ["M", "N"], inputs = ["x", "y"], name = "least", outputs = ["a"]

// Records of one row j: one number, 4 bytes for each of 64 rows.
// CHECK: llvm.mlir.global internal @least_sm_80_0_rows() {addr_space = 3 : i32, alignment = 16 : i64, kdsl.isa = "sm_80"} : !llvm.array<256 x i8>
// CHECK: func.func @least_sm_80_0(%[[ARGS:.*]]: !llvm.ptr {{{.*}}llvm.byval{{.*}}}, %{{.*}}: !llvm.ptr {{{.*}}llvm.byval{{.*}}}, %{{.*}}: !llvm.ptr<1>, %[[PARTIALS:.*]]: !llvm.ptr<1>, %[[PARTROWS:.*]]: i64, %[[PARTS:.*]]: i64)
// CHECK-SAME: kdsl.phase = {axes = ["M"]
// CHECK-SAME: part_rows = 128 : i64
// CHECK-SAME: state_bytes = 8 : i64, target = "sm_80", threads = 128 : i64, tile_rows = 256 : i64

// Block y takes part y of the rows j.
// CHECK: %[[Y:.*]] = nvvm.read.ptx.sreg.ctaid.y
// CHECK: %[[Y64:.*]] = arith.extui %[[Y]]
// CHECK: %[[BEGIN:.*]] = arith.muli %[[Y64]], %[[PARTROWS]]
// CHECK: %[[END:.*]] = arith.addi %[[BEGIN]], %[[PARTROWS]]
// CHECK: nvvm.read.ptx.sreg.tid.x

// Two rows of each thread; past the end they are the last one.
// CHECK: scf.for
// CHECK: arith.minsi
// CHECK: arith.cmpi slt
// CHECK: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32

// Rows j to shared memory between two barriers, then groups of them.
// CHECK: %[[FROM:.*]] = arith.maxsi %[[BEGIN]]
// CHECK: %[[TO:.*]] = arith.minsi %{{.*}}, %[[END]]
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[TO]] step %c64_i64
// CHECK: nvvm.barrier0
// CHECK: scf.if
// CHECK: llvm.store %{{.*}} {alignment = 4 : i64} : f32, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK-COUNT-2: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK-COUNT-4: arith.mulf

// One part: the result; more: the states, for the valid rows.
// CHECK: %[[WHOLE:.*]] = arith.cmpi eq, %[[PARTS]]
// CHECK: scf.if %[[WHOLE]]
// CHECK: scf.if
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<1>
// CHECK: } else {
// CHECK: scf.if
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<1>

// The states of all parts, in their order, with no row j read.
// CHECK: func.func @least_sm_80_0_merge(
// CHECK-NOT: nvvm.barrier0
// CHECK: scf.for %{{.*}} = %c1_i64 to %{{.*}} step %c1_i64 iter_args
// CHECK-NOT: nvvm.barrier0
// CHECK: return
// CHECK-NOT: ktile
kdsl.program @least_sm_80(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                          %y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "least", target = "sm_80"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 2, group = 2, block = 32, unroll = 16, stage = 64>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %xi = ktile.load %x[%i] : !kdsl.rows<[M], f32>
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 2 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %p = arith.mulf %xi, %yj : f32
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
        ktile.yield %p : f32
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

// -----

// Without a stage, rows j are read where they are; sweeps that are no chain are
// not split, so there is no second kernel.
// CHECK-NOT: llvm.mlir.global
// CHECK: func.func @two_sm_90_0(
// CHECK-NOT: nvvm.barrier0
// CHECK: return
// CHECK-NOT: @two_sm_90_0_merge
kdsl.program @two_sm_90(%y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[N], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["N"], kdsl.program = "two", target = "sm_90"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in N
      schedule(#kdsl.schedule<lanes = 128, rows = 1, group = 1, block = 32, unroll = 16>)
      -> (!kdsl.rows<[N], f32>) {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 1 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
        ktile.yield %yj : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.min, 1 of f32>
    }
    %low = ktile.finish value of %s : !ktile.state<#kdsl.min, 1 of f32>
    %m0 = ktile.init : <#kdsl.max, 1 of f32>
    %m = ktile.sweep %j from %c0 to %n group 1 block 32 init(%t = %m0)
        : (!ktile.state<#kdsl.max, 1 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %above = arith.subf %yj, %low : f32
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.max, 1 of f32> {
        ktile.yield %above : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.max, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %m : !ktile.state<#kdsl.max, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[N], f32>
}

// -----

// A stage of more rows than threads: each copies two. It is counted in bytes of
// records, in 32 bits: where a row is needs no more. What is left of a compensated sum takes in the sums of blocks, and one
// step without rounding error closes the stage.
// CHECK: func.func @total_sm_90_0(
// CHECK: %[[COUNT:.*]] = arith.minsi %{{.*}}, %c64_i64
// CHECK: nvvm.barrier0
// CHECK-COUNT-2: llvm.store %{{.*}} : f32, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK: %[[BYTES:.*]] = arith.muli %[[COUNT]], %c4_i64
// CHECK: %[[SHORT:.*]] = arith.trunci %[[BYTES]] : i64 to i32
// CHECK: %[[BLOCKS:.*]] = scf.for %{{.*}} = %c0_i32 to %[[SHORT]] step %c128_i32 iter_args(%[[REST:.*]] = %{{.*}}) -> (f32)
// CHECK: %[[INNER:.*]] = scf.for %[[AT:.*]] = {{.*}} step %c4_i32
// CHECK: %[[WIDE:.*]] = arith.extui %[[AT]]
// CHECK: arith.divui %[[WIDE]], %c4_i64 exact
// CHECK: arith.addf
// CHECK: }
// CHECK-NEXT: %[[NEXT:.*]] = arith.addf %[[REST]], %[[INNER]] : f32
// CHECK-NEXT: scf.yield %[[NEXT]]
// CHECK: arith.addf %[[BLOCKS]]
// CHECK: math.absf
// CHECK: return
kdsl.program @total_sm_90(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                          %y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "total", target = "sm_90"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 32, rows = 1, group = 1, block = 32, unroll = 16, stage = 64>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %xi = ktile.load %x[%i] : !kdsl.rows<[M], f32>
    %s0 = ktile.init : <#kdsl.sum, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 1 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.sum, 1 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %p = arith.mulf %xi, %yj : f32
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.sum, 1 of f32> {
        ktile.yield %p : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.sum, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Tensor cores: 32 rows j of 3 x 16 numbers and their scales, 128 rows i of 8
// products and 4 more, a flag of each warp.
// CHECK: llvm.mlir.global internal @inner_sm_80_0_rows() {{{.*}} : !llvm.array<12432 x i8>
// CHECK: func.func @inner_sm_80_0(

// Rows i are scaled by their largest number, which four lanes look for, and
// split, before the sweep. Of 36 features, there are none from 36 on.
// CHECK: scf.for
// CHECK: nvvm.bar.warp.sync
// CHECK: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: %[[IN:.*]] = arith.cmpi slt, %{{.*}}, %c36_i64
// CHECK: arith.select %[[IN]]
// CHECK: arith.maxui
// CHECK-COUNT-2: nvvm.shfl.sync bfly
// CHECK: nvvm.convert.f32x2.to.f16x2
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: arith.subf
// CHECK: nvvm.convert.f32x2.to.f16x2
// CHECK: nvvm.bar.warp.sync
// CHECK: %[[SCALE:.*]] = llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK: scf.for %{{.*}} step %c32_i64

// Rows j are split between the barriers.
// CHECK: nvvm.barrier0
// CHECK: nvvm.convert.f32x2.to.f16x2
// CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<3>
// CHECK: nvvm.vote.sync any %c-1_i32
// CHECK: nvvm.vote.sync any %c-1_i32
// CHECK: llvm.store %{{.*}} : i32, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK: %[[OUT:.*]] = nvvm.vote.sync any %c-1_i32
// CHECK: %[[TINY:.*]] = nvvm.vote.sync any %c-1_i32

// In each group: 32 x 8 products in three steps, three for each. Chains of one
// step, and small products, are scaled as they are added up.
// CHECK: scf.for %{{.*}} step %c8_i32
// CHECK: nvvm.bar.warp.sync
// CHECK: %[[THREADS:.*]] = scf.if %[[OUT]] -> (i1) {
// CHECK: } else {
// CHECK-COUNT-6: nvvm.mma.sync {{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 16>} : (vector<2xf16>, vector<2xf16>, f32)
// CHECK-COUNT-12: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK-COUNT-16: math.fma
// CHECK: llvm.store %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<3>
// CHECK: scf.if %[[TINY]] -> (i1) {
// CHECK: nvvm.vote.sync any %c-1_i32

// What tensor cores cannot multiply, threads do one by one.
// CHECK: scf.if %[[THREADS]] {
// CHECK: scf.for
// CHECK: scf.for %{{.*}} to %c36_i64

// Each thread takes up those of its row.
// CHECK: nvvm.bar.warp.sync
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>

// What is left of a group: feature by feature.
// CHECK: scf.for
// CHECK-NOT: nvvm.barrier0
// CHECK: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: return
kdsl.program @inner_sm_80(%x: !kdsl.rows<[M], vector<36xf32>> {kdsl.name = "x"},
                          %y: !kdsl.rows<[N], vector<36xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "inner", target = "sm_80"} {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %n = kdsl.size N
  %rest = arith.remui %n, %c8 : index
  %middle = arith.subi %n, %rest : index
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 1, group = 8, block = 32, unroll = 16, stage = 32, chain = 16>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s1 = ktile.sweep %j from %c0 to %middle group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %p = ktile.contract add %d in 36 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<36xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<36xf32>>
        %xy = arith.mulf %xd, %yd fastmath<contract> : f32
        ktile.yield %xy : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
        ktile.yield %p : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.min, 1 of f32>
    }
    %s = ktile.sweep %j from %middle to %n group 1 block 32 init(%t = %s1)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %p = ktile.contract add %d in 36 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<36xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<36xf32>>
        %xy = arith.mulf %xd, %yd fastmath<contract> : f32
        ktile.yield %xy : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
        ktile.yield %p : f32
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

// -----

// Numbers of 16 bits are neither scaled nor split, and start from another sum.
// CHECK: func.func @brains_sm_80_0(
// CHECK-NOT: nvvm.shfl
// CHECK: scf.for %{{.*}} step %c8_i32
// CHECK-COUNT-8: nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<bf16>
// CHECK-NOT: nvvm.mma.sync
// CHECK: nvvm.bar.warp.sync
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>
// CHECK-COUNT-8: arith.addf %{{.*}}, %{{.*}} fastmath<contract>
// CHECK: return
kdsl.program @brains_sm_80(%x: !kdsl.rows<[M], vector<64xbf16>> {kdsl.name = "x"},
                           %y: !kdsl.rows<[N], vector<64xbf16>> {kdsl.name = "y"},
                           %b: !kdsl.rows<[M], f32> {kdsl.name = "b"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "brains", target = "sm_80"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 1, group = 8, block = 32, unroll = 16, stage = 32, chain = 32>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %bi = ktile.load %b[%i] : !kdsl.rows<[M], f32>
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %p = ktile.contract add %d in 64 from %bi : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<64xbf16>>
        %xw = arith.extf %xd : bf16 to f32
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<64xbf16>>
        %yw = arith.extf %yd : bf16 to f32
        %xy = arith.mulf %xw, %yw fastmath<contract> : f32
        ktile.yield %xy : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
        ktile.yield %p : f32
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

// -----

// A filtered sweep: a record has -2 (y - c) and the norm of y - c, less what
// roundings may be; behind the last row j, what no pair passes. Each pair takes a
// multiply-add a feature and a comparison.
// CHECK: llvm.mlir.global internal @filter_sm_90_0_rows() {{{.*}} : !llvm.array<512 x i8>
// CHECK: func.func @filter_sm_90_0(
// CHECK-DAG: %[[INF:.*]] = arith.constant 0x7F800000 : f32
// CHECK-DAG: %[[MINUSTWO:.*]] = arith.constant -2.000000e+00 : f32
// CHECK: %[[COUNT:.*]] = arith.minsi %{{.*}}, %c64_i64
// CHECK: nvvm.barrier0
// CHECK: scf.if
// CHECK-COUNT-1: arith.mulf %{{.*}}, %[[MINUSTWO]]
// CHECK: } else {
// CHECK: llvm.store %[[INF]], %{{.*}} : f32, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK: scf.for %{{.*}} step %c4_i32
// CHECK-COUNT-8: math.fma
// CHECK-COUNT-8: arith.cmpf ult
// CHECK-NEXT: arith.ori

// Where some pair passes, those of each row i are computed and folded one by one,
// with rows j from where they are.
// CHECK: scf.if %[[ANY:.*]] ->
// CHECK: math.ctpop
// CHECK: scf.for
// CHECK: llvm.intr.cttz
// CHECK: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: arith.subf
// CHECK-NEXT: arith.mulf
// CHECK: math.ctpop
kdsl.program @filter_sm_90(%x: !kdsl.rows<[M], vector<1xf32>> {kdsl.name = "x"},
                           %y: !kdsl.rows<[N], vector<1xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "filter", target = "sm_90"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 64, rows = 2, group = 4, block = 32, unroll = 16, stage = 64, filter = true>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n filtered group 4 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %q = ktile.contract add %d in 1 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<1xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<1xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
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

// -----

// Of many features tensor cores bound the distances. Shared memory has the center
// of the tile, 48 numbers, rows j as f16, and two numbers of each.
// CHECK: llvm.mlir.global internal @bounds_sm_90_0_rows() {{{.*}} : !llvm.array<3520 x i8>
// CHECK: func.func @bounds_sm_90_0(
// CHECK-DAG: %[[INF:.*]] = arith.constant 0x7F800000 : f32
// CHECK-DAG: %[[LARGE:.*]] = arith.constant 1.329228E+36 : f32
// CHECK-DAG: %[[NAN:.*]] = arith.constant 0x7FC00000 : f32

// The center, then the scale of the warp.
// CHECK: nvvm.barrier0
// CHECK: scf.for
// CHECK-COUNT-8: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK: scf.for
// CHECK: nvvm.shfl.sync bfly
// CHECK: nvvm.redux.sync umax

// Four rows i of a lane as f16, with what that loses; one that is too large bounds
// nothing. Each lane has their limits from the threads whose rows they are.
// CHECK-COUNT-4: nvvm.convert.f32x2.to.f16x2
// CHECK: %[[SMALL:.*]] = arith.cmpf ole, %[[NORM:.*]], %[[LARGE]]
// CHECK: %[[KNOWN:.*]] = arith.select %[[SMALL]], %{{.*}}, %[[NAN]]
// CHECK-COUNT-4: nvvm.shfl.sync idx

// Rows j alike; behind the last one is what no pair passes.
// CHECK: nvvm.barrier0
// CHECK: nvvm.convert.f32x2.to.f16x2
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[INF]]
// CHECK: nvvm.barrier0

// Three steps of 16 x 8 pairs, two times those of the warp, a multiply-add for each
// of a lane's pairs, and their least.
// CHECK: scf.for %{{.*}} step %c8_i32
// CHECK-COUNT-6: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK-COUNT-8: math.fma
// CHECK-COUNT-4: arith.cmpf ult
// CHECK: %[[ANY:.*]] = nvvm.vote.sync any

// Where one passes, each thread learns which are its own, and computes those as
// they are written, 8 features at once and what is left; limits follow.
// CHECK: scf.if %[[ANY]] ->
// CHECK-COUNT-4: nvvm.shfl.sync idx
// CHECK: math.ctpop
// CHECK: llvm.intr.cttz
// CHECK: scf.for %{{.*}} = %c0_i64 to %c40_i64 step %c8_i64
// CHECK-COUNT-8: arith.subf %{{.*}}, %{{.*}} fastmath<contract>
// CHECK: } {llvm.loop_annotation
// CHECK-COUNT-4: arith.subf %{{.*}}, %{{.*}} fastmath<contract>
// CHECK-NOT: arith.subf %{{.*}}, %{{.*}} fastmath<contract>
// CHECK-COUNT-4: nvvm.shfl.sync idx
// CHECK: return
kdsl.program @bounds_sm_90(%x: !kdsl.rows<[M], vector<44xf32>> {kdsl.name = "x"},
                           %y: !kdsl.rows<[N], vector<44xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "bounds", target = "sm_90"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 128, rows = 1, group = 8, block = 32, unroll = 16, stage = 32, chain = 48, filter = true>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n filtered group 8 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %q = ktile.contract add %d in 44 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<44xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<44xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.min, 1 of f32> {
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

// -----

// Programs for the CPU are left alone.
// CHECK: kdsl.program @other_x86_64_v3
kdsl.program @other_x86_64_v3(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M"], kdsl.program = "other", target = "x86-64-v3"} {
  kdsl.return %x : !kdsl.rows<[M], f32>
}

// -----

// Each two rows once: 64 rows j stand twice in shared memory, 32 of them behind
// themselves, before what two warps have for each. Nothing waits in scratch memory,
// which would bound the blocks of a launch.
// CHECK: @both_sm_90_0_rows() {{{.*}}} : !llvm.array<1024 x i8>
// CHECK: func.func @both_sm_90_0({{.*}}, %{{.*}}: i64, %[[FIRST:.*]]: i64)
// CHECK-SAME: part_rows = 0 : i64
// CHECK-SAME: scratch_bytes = 0 : i64
// CHECK-SAME: tile_rows = 128 : i64
// CHECK-DAG: nvvm.read.ptx.sreg.nctaid.y
// CHECK-DAG: %[[CONTINUES:.*]] = arith.cmpi ne, %[[FIRST]], %c0_i64

// Rows that do not take their share come as ever.
// CHECK: nvvm.barrier0
// CHECK: nvvm.barrier0
// CHECK-NOT: nvvm.shfl.sync
// CHECK: nvvm.barrier0

// Of the others each is stored twice.
// CHECK: llvm.store %[[ROW:.*]], %{{.*}} : f32, !llvm.ptr<3>
// CHECK: llvm.store %[[ROW]], %{{.*}} : f32, !llvm.ptr<3>
// CHECK: nvvm.barrier0

// Two rows j in a step; the sum for each goes to the lane before.
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.for {{.*}} iter_args
// CHECK: nvvm.shfl.sync  idx
// CHECK: nvvm.shfl.sync  idx
// CHECK-NOT: nvvm.shfl.sync
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<3>

// The sums of both warps, one after the other, into states that go on.
// CHECK: nvvm.barrier0
// CHECK: scf.if %[[CONTINUES]]
// CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK-COUNT-2: llvm.store %{{.*}} : f32, !llvm.ptr<1>

// Then those of the rows i; results are the merge's.
// CHECK: scf.if %[[CONTINUES]]
// CHECK: return
// CHECK: func.func @both_sm_90_0_merge
// CHECK: arith.select
// CHECK: scf.for {{.*}} iter_args
kdsl.program @both_sm_90(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M"], kdsl.program = "both", target = "sm_90"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size M
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 64, rows = 2, group = 2, block = 32, unroll = 16, stage = 64, halved = true>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "M"} {
    %none = ktile.init : !ktile.state<#kdsl.sum, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 2 block 32 init(%before = %none) : (!ktile.state<#kdsl.sum, 1 of f32>) {
      %xi = ktile.load %x[%i] : !kdsl.rows<[M], f32>
      %xj = ktile.load %x[%j] : !kdsl.rows<[M], f32>
      %k = arith.mulf %xi, %xj : f32
      %t = ktile.fold %before for %e : !ktile.state<#kdsl.sum, 1 of f32> {
        ktile.yield %k : f32
      } turned %e {
        ktile.yield %k : f32
      }
      ktile.yield %t : !ktile.state<#kdsl.sum, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Weights of 64 rows i and 64 rows j, which are in shared memory alone.
// CHECK: llvm.mlir.global internal @wide_sm_90_0_rows() {{{.*}} : !llvm.array<16384 x i8>
// CHECK: func.func @wide_sm_90_0(
// CHECK-DAG: %[[MASK:.*]] = arith.constant -8192 : i32
// CHECK-DAG: %[[NONE:.*]] = arith.constant -2147483648 : i32

// Sixteen windows of 64 rows j, two stages each, in which a thread leaves the
// weights of its row by fours.
// CHECK: scf.for %{{.*}} step %c1024_i64
// CHECK: scf.for %{{.*}} step %c64_i64
// CHECK: scf.for %{{.*}} step %c32_i64
// CHECK: nvvm.barrier0
// CHECK: scf.for %{{.*}} step %c16_i32
// CHECK-COUNT-4: llvm.store %{{.*}} {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr<3>
// CHECK-NOT: llvm.load %{{.*}} : !llvm.ptr<1> -> f32

// A warp takes the weights of its 32 rows, 16 rows j at a time, each number as two.
// CHECK: nvvm.bar.warp.sync
// CHECK: scf.for %{{.*}} step %c16_i64 iter_args
// CHECK-COUNT-4: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>

// Of 20 components there are three tiles of 8: values where they are, 32 rows i twice
// 16, three products in two steps. Behind the last component it is the last one.
// CHECK: arith.minsi %{{.*}}, %c19_i64
// CHECK-COUNT-4: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: arith.andi %{{.*}}, %[[MASK]]
// CHECK-COUNT-12: nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<tf32>{{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 8>
// CHECK-COUNT-24: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: scf.yield

// Sums that are not finite threads add up, but for pairs that are none.
// CHECK-COUNT-16: math.fma
// CHECK: scf.if
// CHECK: arith.cmpi ne, %{{.*}}, %[[NONE]]
// CHECK: math.fma
// CHECK: arith.select

// What is left of a compensated sum takes in each of them; its other part is not
// touched but after sixteen windows.
// CHECK: arith.cmpi slt, %{{.*}}, %c20_i64
// CHECK: scf.if
// CHECK-COUNT-4: llvm.load %{{.*}} : !llvm.ptr<1> -> f32
// CHECK-NEXT: arith.addf
// CHECK-NEXT: llvm.store %{{.*}} : f32, !llvm.ptr<1>
// CHECK: nvvm.bar.warp.sync
// CHECK: math.absf
// CHECK: nvvm.bar.warp.sync
// CHECK: return
kdsl.program @wide_sm_90(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}, %y: !kdsl.rows<[N], vector<20xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], vector<20xf32>> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "wide", target = "sm_90"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 64, rows = 1, group = 16, block = 32, unroll = 16, stage = 32, collect = 64>)
      -> (!kdsl.rows<[M], vector<20xf32>>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %none = ktile.init : !ktile.state<#kdsl.sum, 20 of f32>
    %s = ktile.sweep %j from %c0 to %n group 16 block 32 init(%before = %none) : (!ktile.state<#kdsl.sum, 20 of f32>) {
      %xi = ktile.load %x[%i] : !kdsl.rows<[M], f32>
      %t = ktile.fold %before for %e : !ktile.state<#kdsl.sum, 20 of f32> {
        %yj = ktile.load %y[%j, %e] : !kdsl.rows<[N], vector<20xf32>>
        %p = arith.mulf %xi, %yj : f32
        ktile.yield %p : f32
      }
      ktile.yield %t : !ktile.state<#kdsl.sum, 20 of f32>
    }
    ktile.put 0 %e in 20 {
      %v = ktile.finish value of %s[%e] : !ktile.state<#kdsl.sum, 20 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], vector<20xf32>>
}

// -----

// Values that a block splits once. Its shared memory has the weights of 256 rows i,
// and behind them two numbers of each value of 64 rows j. Launches give so much.
// CHECK: llvm.mlir.global external @staged_sm_90_0_rows() {addr_space = 3 : i32, alignment = 16 : i64, kdsl.isa = "sm_90"} : !llvm.array<0 x i8>
// CHECK-LABEL: func.func @staged_sm_90_0
// CHECK-SAME: shared_bytes = 77824 : i64

// Of 8 warps three have the three tiles of 8 components in every second 16 rows j,
// and three in the others. Two times four values are on their way together; behind
// the last rows j those of a whole 16 before are read.
// CHECK: nvvm.barrier0
// CHECK: scf.if
// CHECK: arith.minsi
// CHECK-COUNT-4: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK: arith.minsi
// CHECK-COUNT-4: llvm.load %{{.*}} invariant {{.*}} : !llvm.ptr<1> -> f32
// CHECK-COUNT-4: llvm.store %{{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<3>
// CHECK: nvvm.barrier0

// Each warp reads big and small parts of a tile where others have left them.
// CHECK: nvvm.bar.warp.sync
// CHECK: scf.for %{{.*}} step %c16_i64 iter_args
// CHECK-COUNT-4: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xi32>
// CHECK-NOT: llvm.load
// CHECK: nvvm.mma.sync
kdsl.program @staged_sm_90(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}, %y: !kdsl.rows<[N], vector<20xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], vector<20xf32>> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "staged", target = "sm_90"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 256, rows = 1, group = 16, block = 32, unroll = 16, stage = 64, collect = 64, values = true>)
      -> (!kdsl.rows<[M], vector<20xf32>>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %none = ktile.init : !ktile.state<#kdsl.sum, 20 of f32>
    %s = ktile.sweep %j from %c0 to %n group 16 block 32 init(%before = %none) : (!ktile.state<#kdsl.sum, 20 of f32>) {
      %xi = ktile.load %x[%i] : !kdsl.rows<[M], f32>
      %t = ktile.fold %before for %e : !ktile.state<#kdsl.sum, 20 of f32> {
        %yj = ktile.load %y[%j, %e] : !kdsl.rows<[N], vector<20xf32>>
        %p = arith.mulf %xi, %yj : f32
        ktile.yield %p : f32
      }
      ktile.yield %t : !ktile.state<#kdsl.sum, 20 of f32>
    }
    ktile.put 0 %e in 20 {
      %v = ktile.finish value of %s[%e] : !ktile.state<#kdsl.sum, 20 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], vector<20xf32>>
}
