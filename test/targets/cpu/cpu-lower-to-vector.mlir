// RUN: kdsl-opt --split-input-file --verify-diagnostics --cpu-lower-to-vector %s | FileCheck %s

// What the entry point has to know is written on the module and the function.
// CHECK: module attributes {kdsl.programs = [{axes = ["M", "N"], inputs = ["x", "y"], name = "least", outputs = ["a"], reduced = array<i1: false, true>, temporaries = []
// CHECK: func.func @least_x86_64_v3_0(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64, %{{.*}}: !llvm.ptr, %[[PARTIALS:.*]]: !llvm.ptr, %[[PARTROWS:.*]]: i64, %[[PARTS:.*]]: i64)
// CHECK-SAME: kdsl.isa = "x86-64-v3"
// CHECK-SAME: kdsl.phase = {axes = ["M"], cost = 5.000000e-01 : f64, merge = 0 : i64, number = 0 : i64, over = "N", part_rows = 32 : i64, program = "least"
// CHECK-SAME: state_bytes = 128 : i64, target = "x86-64-v3", tile_rows = 16 : i64
// CHECK-SAME: ["target-cpu", "x86-64-v3"], "stackrealign", "kdsl-keeps-order"]

// Tiles of two registers. An item may be a part of the rows j of one. All rows of
// a tile are read as vectors if they follow each other; else the last row stands in
// for those past the end.
// CHECK: scf.for %[[ITEM:.*]] = %[[BEGIN]] to %[[END]] step
// CHECK: %[[PART:.*]] = arith.remsi %[[ITEM]], %[[PARTS]]
// CHECK: arith.divsi %[[ITEM]], %[[PARTS]]
// CHECK: %[[FROM:.*]] = arith.muli %[[PART]], %[[PARTROWS]]
// CHECK: arith.addi %[[FROM]], %[[PARTROWS]]
// CHECK: arith.cmpi eq, %{{.*}}, %c16_i64
// CHECK: scf.if
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
// CHECK: llvm.store %{{.*}} {alignment = 32 : i64} : vector<8xf32>
// CHECK: } else {
// CHECK: arith.minsi
// CHECK: llvm.load %{{.*}} {alignment = 32 : i64} : !llvm.ptr -> vector<8xf32>
// CHECK: llvm.load %{{.*}} {alignment = 32 : i64} : !llvm.ptr -> vector<8xf32>

// Two rows j at once, each met by both registers of rows i.
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> f32
// CHECK: vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK-COUNT-4: arith.mulf %{{.*}} : vector<8xf32>
// CHECK: arith.cmpf {{.*}} : vector<8xf32>

// All of them: results. Else states, of whole tiles.
// CHECK: %[[WHOLE:.*]] = arith.cmpi eq, %[[PARTS]]
// CHECK: scf.if %[[WHOLE]]
// CHECK: scf.if
// CHECK: llvm.store %{{.*}} {alignment = 4 : i64} : vector<8xf32>
// CHECK: } else {
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr
// CHECK: } else {
// CHECK: llvm.getelementptr %[[PARTIALS]]
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<8xf32>, !llvm.ptr
// CHECK: return

// They are merged in the order of the parts.
// CHECK: func.func @least_x86_64_v3_0_merge
// CHECK-SAME: merge = 1 : i64, number = 0 : i64
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-2: llvm.load %{{.*}} : !llvm.ptr -> vector<8xf32>
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr
// CHECK: return
// CHECK-NOT: ktile
kdsl.program @least_x86_64_v3(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                              %y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "least", target = "x86-64-v3"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 16>)
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

// The result of the first grid that the second one reads is a temporary; each
// grid is a phase of its own.
// CHECK: temporaries = [{axes = ["N"], row_bytes = 4 : i64}]
// CHECK: func.func @logs_x86_64_v2_0
// CHECK-SAME: number = 0
// CHECK: math.log %{{.*}} : vector<4xf32>
// CHECK: func.func @logs_x86_64_v2_1
// CHECK-SAME: number = 1
kdsl.program @logs_x86_64_v2(%y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["N"], kdsl.program = "logs", target = "x86-64-v2"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %w = ktile.grid over %i in N
      schedule(#kdsl.schedule<lanes = 4, rows = 1, group = 1, block = 32, unroll = 16>)
      -> (!kdsl.rows<[N], f32>) {
    %yi = ktile.load %y[%i] : !kdsl.rows<[N], f32>
    %l = math.log %yi : f32
    ktile.put 0 %e in 1 {
      ktile.yield %l : f32
    }
    ktile.yield
  }
  %a = ktile.grid schedule(#kdsl.schedule<lanes = 4, rows = 1, group = 1, block = 32, unroll = 16>)
      -> (!kdsl.rows<[], f32>) {
    %s0 = ktile.init : <#kdsl.sum, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 1 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.sum, 1 of f32>) {
      %wj = ktile.load %w[%j] : !kdsl.rows<[N], f32>
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.sum, 1 of f32> {
        ktile.yield %wj : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.sum, 1 of f32>
    }
    ktile.put 0 %e in 1 {
      %v = ktile.finish value of %s : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %v : f32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// -----

// expected-error @below {{has no target; run kdsl-choose-schedule first}}
kdsl.program @untargeted(%y: !kdsl.rows<[N], f32>) {
  kdsl.return
}

// -----

// Whether a set holds a pair: of the blocks that the rows of a tile lie in, the
// slices are looked through.
// CHECK-LABEL: func.func @members_x86_64_v3_0
// CHECK: scf.while
// CHECK: scf.while
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<8xi1>)
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<8xi1>)
// CHECK: arith.cmpi sge
// CHECK: arith.cmpi slt
// CHECK: arith.ori
kdsl.program @members_x86_64_v3(%r: !kdsl.ranges<M, N> {kdsl.name = "R"}, %y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "members", target = "x86-64-v3"} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 1, block = 32, unroll = 16>)
      -> (!kdsl.rows<[M], f32>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n group 1 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %in = kdsl.contains %r[%i, %j] : <M, N>, index, index
      %p = arith.select %in, %yj, %zero : f32
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

// Each two rows once. An item is a part, which has a state for every row and takes
// every so-many-th tile.
// CHECK: func.func @both_x86_64_v4_0(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %[[PARTS:.*]]: i64)
// CHECK-SAME: part_rows = 0 : i64
// CHECK: scf.for %[[PART:.*]] = %{{.*}} to %{{.*}} step
// CHECK-COUNT-2: scf.for
// CHECK: scf.for %{{.*}} = %[[PART]] to %{{.*}} step %[[PARTS]]

// The own rows of each step, of one vector: nothing for row j. Then the rows behind
// the first step, in blocks of 32, of which one step after the other meets those behind
// it. What the first has for two rows j waits side by side, what the second has is added
// to it, until the block is done: then it goes into memory through the sums over lanes,
// of eight rows j at once, and of two where fewer are left.
// CHECK-COUNT-2: scf.for
// CHECK-NOT: llvm.shufflevector
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.inline_asm
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<8xf32>, !llvm.ptr
// CHECK: arith.maxsi
// CHECK: scf.for
// CHECK-COUNT-2: llvm.load %{{.*}} : !llvm.ptr -> vector<8xf32>
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<8xf32>, !llvm.ptr
// CHECK: scf.for
// CHECK-COUNT-8: llvm.load %{{.*}} : !llvm.ptr -> vector<8xf32>
// CHECK: llvm.shufflevector {{.*}} [0, 8, 1, 9, 4, 12, 5, 13]
// CHECK: llvm.store %{{.*}} : vector<8xf32>, !llvm.ptr
// CHECK: scf.for
// CHECK-COUNT-2: llvm.load %{{.*}} : !llvm.ptr -> vector<8xf32>
// CHECK: llvm.shufflevector {{.*}} [0, 8, 1, 9, 4, 12, 5, 13]
// CHECK: llvm.shufflevector {{.*}} [2, 10, 3, 11, 6, 14, 7, 15]
// CHECK-COUNT-3: arith.addf
// CHECK: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr

// No results: they follow the merge, which is as it always is.
// CHECK: return
// CHECK: func.func @both_x86_64_v4_0_merge
// CHECK: scf.for {{.*}} iter_args
kdsl.program @both_x86_64_v4(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M"], kdsl.program = "both", target = "x86-64-v4"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size M
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 16, halved = true, stepRows = 1, stepGroup = 2>)
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

// A step of two rows of vectors by one row j: both fold the first row j of the group
// before they meet the next one.
// CHECK-LABEL: func.func @steps_x86_64_v3_0
// CHECK: scf.for %{{.*}} iter_args
// CHECK: scf.for %{{.*}} iter_args
// CHECK: arith.mulf %[[UPPER:[0-9a-z]+]], %{{.*}} : vector<8xf32>
// CHECK: arith.mulf %[[LOWER:[0-9a-z]+]], %{{.*}} : vector<8xf32>
// CHECK-NOT: arith.mulf
// CHECK: arith.addf
// CHECK: arith.mulf %[[UPPER]], %{{.*}} : vector<8xf32>
// CHECK: arith.mulf %[[LOWER]], %{{.*}} : vector<8xf32>
// CHECK: scf.yield
kdsl.program @steps_x86_64_v3(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"}) -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M"], kdsl.program = "steps", target = "x86-64-v3"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size M
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 16, halved = true, stepRows = 2, stepGroup = 1>)
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

// Lists that lie by row: each group is left behind those that have a value of interest,
// with its first row j. When some have gathered, the pairs of each are bits, and every
// bit a value that enters the list of its row, eight places in a step from the last ones
// on: what stood one place before moves on. The end of the rows j takes what is left.
// CHECK-LABEL: func.func @byrow_x86_64_v3_0
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.store %{{.*}} : vector<8xf32>
// CHECK: llvm.store %{{.*}} : vector<8xf32>
// CHECK: llvm.store %{{.*}} : i64
// CHECK: %[[ANY:.*]] = vector.reduction <or>
// CHECK: %[[MORE:.*]] = arith.addi %[[LEFT:.*]], %{{.*}} : i64
// CHECK: arith.select %[[ANY]], %[[MORE]], %[[LEFT]]
// CHECK: arith.cmpi sge
// CHECK: scf.if
// CHECK: scf.for
// CHECK: llvm.bitcast %{{.*}} : vector<8xi1> to i8
// CHECK: math.ctpop %[[BITS:.*]] : i32
// CHECK: scf.for
// CHECK: llvm.intr.cttz
// CHECK: vector.shuffle %{{.*}} [7, 8, 9, 10, 11, 12, 13, 14] : vector<8xi32>, vector<8xi32>
// CHECK: arith.minsi %{{.*}} : vector<8xi32>
// CHECK: arith.maxsi %{{.*}} : vector<8xi32>
// CHECK: llvm.store %{{.*}} : vector<8xi32>
// CHECK: vector.extract %{{.*}}[3] : i32 from vector<8xi32>
// CHECK: scf.if
kdsl.program @byrow_x86_64_v3(%x: !kdsl.rows<[M], f32> {kdsl.name = "x"},
                              %y: !kdsl.rows<[N], f32> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], vector<20xi32>> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "byrow", target = "x86-64-v3"} {
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 2, block = 32, unroll = 16, byRow = true>)
      -> (!kdsl.rows<[M], vector<20xi32>>) attributes {kdsl.cost = 0.5 : f64, kdsl.over = "N"} {
    %xi = ktile.load %x[%i] : !kdsl.rows<[M], f32>
    %s0 = ktile.init : <#kdsl.argkmin<20, i32>, 20 of f32>
    %s = ktile.sweep %j from %c0 to %n group 2 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argkmin<20, i32>, 20 of f32>) {
      %yj = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %p = arith.mulf %xi, %yj : f32
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argkmin<20, i32>, 20 of f32> {
        ktile.yield %p : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argkmin<20, i32>, 20 of f32>
    }
    ktile.put 0 %e in 20 {
      %v = ktile.finish index of %s[%e] : !ktile.state<#kdsl.argkmin<20, i32>, 20 of f32>
      ktile.yield %v : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], vector<20xi32>>
}

// -----

// Of a filtered sweep the first rows j are met as they are. Then those of a group have a
// number each, which is left in memory before the loop over features: its products tell
// with them whether some row i needs to be looked at. Meanwhile the rows j of the next group
// are fetched. If nearly all rows i do, all pairs are met as they are; else, one row i after
// the other, those whose bounds, which were left in memory, are below its limit.
// CHECK-LABEL: func.func @nearest_x86_64_v4_0
// CHECK: arith.subf %{{.*}} : vector<4xf32>
// CHECK: math.sqrt %{{.*}} : vector<4xf32>
// CHECK: llvm.intr.masked.load
// CHECK: llvm.store volatile %{{.*}} : vector<2xf32>
// CHECK: %[[PRODUCTS:.*]]:2 = scf.for
// CHECK-NOT: arith.subf
// CHECK: llvm.intr.prefetch
// CHECK-COUNT-2: arith.mulf
// CHECK: scf.yield
// CHECK: arith.addf %[[PRODUCTS]]#0
// CHECK: arith.cmpf ult, %{{.*}} : vector<4xf32>
// CHECK: scf.if
// CHECK: llvm.store %{{.*}} : vector<4xf32>
// CHECK: math.ctpop
// CHECK: scf.if
// CHECK: math.fma
// CHECK: llvm.intr.cttz
// CHECK: llvm.intr.masked.gather
// CHECK: llvm.intr.cttz
// CHECK: math.fma
kdsl.program @nearest_x86_64_v4(%x: !kdsl.rows<[M], vector<6xf32>> {kdsl.name = "x"},
                                %y: !kdsl.rows<[N], vector<6xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "nearest", target = "x86-64-v4"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 4, rows = 1, group = 2, block = 32, unroll = 4, filter = true>)
      -> (!kdsl.rows<[M], f32>) {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n filtered group 2 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %q = ktile.contract add %d in 6 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<6xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<6xf32>>
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

// With `chain` bounds come from the matrix unit: three times 32 features of 16 rows j by two
// vectors of rows i. The rows j of a group are rounded to 16 bits, in pairs of features,
// while the products of the group before are under way, and those behind it are fetched.
// CHECK-LABEL: func.func @nearest_x86_64_v4_amx_0
// CHECK-SAME: ["target-cpu", "x86-64-v4"]
// CHECK-SAME: ["target-features", "+amx-tile,+amx-bf16"]
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: arith.shrui %{{.*}} : vector<16xi32>
// CHECK: arith.ori %{{.*}} : vector<16xi32>
// CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK: llvm.intr.prefetch
// CHECK-COUNT-5: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK: arith.subf %{{.*}} : vector<16xf32>
// CHECK: arith.shrui %{{.*}} : vector<16xi32>
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK: arith.cmpf ult, %{{.*}} : vector<16xf32>
// CHECK: llvm.intr.masked.gather
// CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
// CHECK: return
kdsl.program @nearest_x86_64_v4_amx(%x: !kdsl.rows<[M], vector<70xf32>> {kdsl.name = "x"},
                                %y: !kdsl.rows<[N], vector<70xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], f32> {kdsl.name = "a"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "nearest", target = "x86-64-v4-amx"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 16, rows = 2, group = 16, block = 32, unroll = 4, chain = 32, filter = true>)
      -> (!kdsl.rows<[M], f32>) {
    %s0 = ktile.init : <#kdsl.min, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n filtered group 16 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.min, 1 of f32>) {
      %q = ktile.contract add %d in 70 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<70xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<70xf32>>
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

// Rows in an order of space have a function of their own. A tile reads its rows i by their
// numbers, sweeps the cells in rounds, from those that its box meets on, and of these
// the ones that are near enough to some row; equal values are told apart by their
// numbers.
// CHECK-LABEL: func.func @ordered_x86_64_v3_0(
// CHECK-NOT: scf.while
// CHECK-LABEL: func.func @ordered_x86_64_v3_0_merge(
// CHECK-LABEL: func.func @ordered_x86_64_v3_0_ordered(
// CHECK-SAME: cell_rows = 32 : i64{{.*}}fewest_rows = 520 : i64{{.*}}kept = 0 : i64{{.*}}record = 4 : i64, reduced = 1 : i64
// CHECK: arith.extui %{{.*}} : i32 to i64
// CHECK: vector.reduction <minimumf>
// CHECK: vector.reduction <maximumf>
// CHECK: scf.while
// CHECK: arith.cmpi sle
// CHECK: scf.condition
// CHECK: arith.cmpf ole
// CHECK: llvm.intr.cttz
// CHECK: vector.reduction <or>
// CHECK: arith.cmpf ule
// CHECK: arith.cmpf oeq
// CHECK: arith.cmpi slt
// CHECK: vector.reduction <minsi>
kdsl.program @ordered_x86_64_v3(%x: !kdsl.rows<[M], vector<2xf32>> {kdsl.name = "x"},
                                %y: !kdsl.rows<[N], vector<2xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], i32> {kdsl.name = "k"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "ordered", target = "x86-64-v3"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 2, block = 32, unroll = 4, cells = 32>)
      -> (!kdsl.rows<[M], i32>) {
    %s0 = ktile.init : <#kdsl.argmin<i32>, 1 of f32>
    %s = ktile.sweep %j from %c0 to %n ordered group 2 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argmin<i32>, 1 of f32>) {
      %q = ktile.contract add %d in 2 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<2xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<2xf32>>
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
      %v = ktile.finish index of %s : !ktile.state<#kdsl.argmin<i32>, 1 of f32>
      ktile.yield %v : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], i32>
}

// -----

// Long lists take some values at a time there: key and row in one integer, which waits beside
// the list until there are as many as two vectors have; sorted, these are merged into it.
// CHECK-LABEL: func.func @ordered_list_x86_64_v3_0_ordered(
// CHECK: arith.shli %{{.*}} : i64
// CHECK: arith.ori %{{.*}} : i64
// CHECK: scf.if
// CHECK: llvm.store
// CHECK: scf.if
// CHECK: vector.shuffle %{{.*}} [1, 0, 3, 2] : vector<4xi64>
// CHECK: arith.minsi %{{.*}} : vector<4xi64>
// CHECK: arith.maxsi %{{.*}} : vector<4xi64>
// CHECK: scf.for
// CHECK-COUNT-2: vector.shuffle %{{.*}} [3, 2, 1, 0] : vector<4xi64>
// CHECK: arith.shrsi %{{.*}} : i64
kdsl.program @ordered_list_x86_64_v3(%x: !kdsl.rows<[M], vector<2xf32>> {kdsl.name = "x"},
                                     %y: !kdsl.rows<[N], vector<2xf32>> {kdsl.name = "y"})
    -> (!kdsl.rows<[M], vector<20xi32>> {kdsl.name = "k"})
    attributes {kdsl.axes = ["M", "N"], kdsl.program = "ordered_list", target = "x86-64-v3"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = kdsl.size N
  %a = ktile.grid over %i in M
      schedule(#kdsl.schedule<lanes = 8, rows = 1, group = 2, block = 32, unroll = 4, byRow = 1, cells = 32>)
      -> (!kdsl.rows<[M], vector<20xi32>>) {
    %s0 = ktile.init : <#kdsl.argkmin<20, i32>, 20 of f32>
    %s = ktile.sweep %j from %c0 to %n ordered group 2 block 32 init(%t = %s0)
        : (!ktile.state<#kdsl.argkmin<20, i32>, 20 of f32>) {
      %q = ktile.contract add %d in 2 from %zero : f32 {
        %xd = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<2xf32>>
        %yd = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<2xf32>>
        %c = arith.subf %xd, %yd fastmath<contract> : f32
        %p = arith.mulf %c, %c fastmath<contract> : f32
        ktile.yield %p : f32
      }
      %t1 = ktile.fold %t for %e : !ktile.state<#kdsl.argkmin<20, i32>, 20 of f32> {
        ktile.yield %q : f32
      }
      ktile.yield %t1 : !ktile.state<#kdsl.argkmin<20, i32>, 20 of f32>
    }
    ktile.put 0 %e in 20 {
      %v = ktile.finish index of %s[%e] : !ktile.state<#kdsl.argkmin<20, i32>, 20 of f32>
      ktile.yield %v : i32
    }
    ktile.yield
  }
  kdsl.return %a : !kdsl.rows<[M], vector<20xi32>>
}
