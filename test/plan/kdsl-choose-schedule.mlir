// RUN: kdsl-opt --split-input-file --kdsl-choose-schedule='targets=x86-64-v4,x86-64-v2' %s | FileCheck %s
// RUN: kdsl-opt --split-input-file --kdsl-choose-schedule %s | FileCheck %s --check-prefix=ALL
// RUN: kdsl-opt --split-input-file --kdsl-choose-schedule='targets=x86-64-v3 opt-level=0' %s | FileCheck %s --check-prefix=NAIVE
// RUN: kdsl-opt --split-input-file --kdsl-choose-schedule='targets=sm_80' %s | FileCheck %s --check-prefix=GPU
// RUN: kdsl-opt --split-input-file --kdsl-choose-schedule='targets=x86-64-v4-amx' %s | FileCheck %s --check-prefix=ALONE
// RUN: not kdsl-opt --split-input-file --kdsl-choose-schedule='targets=x86-64-v9' %s 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// A copy for each target, which remembers the program's name; as many lanes as
// a register holds.
// CHECK: kdsl.program @total_x86_64_v4
// CHECK-SAME: kdsl.program = "total"
// CHECK-SAME: target = "x86-64-v4"
// CHECK: schedule(#kdsl.schedule<lanes = 16,
// CHECK-SAME: kdsl.cost =
// CHECK: kdsl.program @total_x86_64_v2
// CHECK-SAME: target = "x86-64-v2"
// CHECK: schedule(#kdsl.schedule<lanes = 4,


// ALL: kdsl.program @total_x86_64_v4
// ALL: kdsl.program @total_x86_64_v3
// ALL: kdsl.program @total_x86_64_v2

// One row and one pair at a time.
// NAIVE: schedule(#kdsl.schedule<lanes = 1, rows = 1, group = 1,

// What is asked for alone is there.
// ALONE: kdsl.program @total_x86_64_v4_amx

// UNKNOWN: error: unknown target 'x86-64-v9'
kdsl.program @total(%b: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N) rows(%bj = %b[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %bj : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// -----

// f64 has half the lanes; maps get a schedule too.
// CHECK-LABEL: kdsl.program @wide_x86_64_v4
// CHECK: kdsl.map {{.*}} schedule(#kdsl.schedule<lanes = 8,
kdsl.program @wide(%b: !kdsl.rows<[N], f64>) -> (!kdsl.rows<[N], f64>) {
  %a = kdsl.map keep(%j in N) rows(%bj = %b[%j] : !kdsl.rows<[N], f64>)
      -> (!kdsl.rows<[N], f64>) {
    %t = arith.addf %bj, %bj : f64
    kdsl.yield %t : f64
  }
  kdsl.return %a : !kdsl.rows<[N], f64>
}

// -----

// Vectors of a formula are written in step, as many as hide what each of them waits
// for: four with AVX-512, eight of a single sum of exponentials, which LLVM orders.
// CHECK-LABEL: kdsl.program @step_x86_64_v4
// CHECK: fold(#kdsl.sum)
// CHECK-SAME: schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 8,
// CHECK: fold(#kdsl.min)
// CHECK-SAME: schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 4,
kdsl.program @step(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %d = kdsl.sqdist %xi, %yj : vector<3xf32>
    %e = math.exp2 %d : f32
    kdsl.yield %e : f32
  }
  %b = kdsl.reduce keep(%i in N) over(%j in M)
      rows(%yi = %y[%i] : !kdsl.rows<[N], vector<3xf32>>, %xj = %x[%j] : !kdsl.rows<[M], vector<3xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[N], f32>) {
    %d = kdsl.sqdist %yi, %xj : vector<3xf32>
    kdsl.yield %d : f32
  }
  kdsl.return %a, %b : !kdsl.rows<[M], f32>, !kdsl.rows<[N], f32>
}

// -----

// What `schedule` blocks ask: those for all targets, then those for one.
// CHECK-LABEL: kdsl.program @wished_x86_64_v4
// CHECK-NOT: kdsl.wishes
// CHECK: schedule(#kdsl.schedule<lanes = 16, rows = 2, group = 2, block = 32, unroll = 8>)
// CHECK-LABEL: kdsl.program @wished_x86_64_v2
// CHECK: schedule(#kdsl.schedule<lanes = 2, rows = 4, group = 2, block = 32, unroll = 16>)
kdsl.program @wished(%b: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>)
    attributes {kdsl.wishes = [{target = "x86-64-v4", tile_i = 32, unroll = 8},
                               {tile_i = 8, tile_j = 2},
                               {target = "x86-64-v2", vector = 2}]} {
  %a = kdsl.reduce keep() over(%j in N) rows(%bj = %b[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %bj : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// -----

// Precision: other states for sums of floats, attributes for what comes later.
// CHECK-LABEL: kdsl.program @precise_x86_64_v4
// CHECK-SAME: kdsl.exp = "fast"
// CHECK-SAME: kdsl.fma = "off"
// CHECK: fold(#kdsl.sum_f64, #kdsl.sum, #kdsl.max)
// CHECK-LABEL: kdsl.program @precise_x86_64_v2
// CHECK: fold(#kdsl.sum_compensated, #kdsl.sum, #kdsl.max)
kdsl.program @precise(%b: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[], f32>, !kdsl.rows<[], i64>, !kdsl.rows<[], f32>)
    attributes {kdsl.wishes = [{accumulate = "f64", exp = "fast", fma = "off"},
                               {target = "x86-64-v2", accumulate = "compensated"}]} {
  %c = arith.constant 1 : i64
  %a:3 = kdsl.reduce keep() over(%j in N) rows(%bj = %b[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum, #kdsl.sum, #kdsl.max)
      -> (value of 0 : !kdsl.rows<[], f32>, value of 1 : !kdsl.rows<[], i64>,
          value of 2 : !kdsl.rows<[], f32>) {
    kdsl.yield %bj, %c, %bj : f32, i64, f32
  }
  kdsl.return %a#0, %a#1, %a#2 : !kdsl.rows<[], f32>, !kdsl.rows<[], i64>, !kdsl.rows<[], f32>
}

// -----

// What a pair gives to row j stays where one meeting of each two rows is cheaper
// than two; -O0 takes each pair by itself.
// CHECK-LABEL: kdsl.program @density_x86_64_v4
// CHECK: schedule(#kdsl.schedule<lanes = 16, rows = 8, group = 2,
// CHECK-SAME: halved = true
// CHECK: turned
// NAIVE-LABEL: kdsl.program @density
// NAIVE-NOT: turned
// GPU-LABEL: kdsl.program @density_sm_80
// GPU: halved = true
// GPU: turned
kdsl.program @density(%x: !kdsl.rows<[M], vector<3xf32>>, %b: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %x_j = %x[%j] : !kdsl.rows<[M], vector<3xf32>>,
           %b_j = %b[%j] : !kdsl.rows<[M], f32>, %b_i = %b[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %x_i, %x_j : vector<3xf32>
    %k = math.exp2 %q : f32
    %v = arith.mulf %k, %b_j : f32
    %t = arith.mulf %k, %b_i : f32
    kdsl.yield %v : f32 turned %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// A product alone is not worth it.
// CHECK-LABEL: kdsl.program @product_x86_64_v4
// CHECK-NOT: turned
kdsl.program @product(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in M)
      rows(%x_i = %x[%i] : !kdsl.rows<[M], f32>, %x_j = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %v = arith.mulf %x_i, %x_j : f32
    kdsl.yield %v : f32 turned %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// The nearest of rows of many features: a GPU tells by tensor cores which pairs
// matter, and a CPU by AMX, for which other programs have no copy. As many rows j at once
// as two blocks have registers for. Vectors of AVX-512 tell it without differences; those
// of AVX2 have units for them beside products.
// ALL-NOT: _x86_64_v4_amx
// ALL-LABEL: kdsl.program @nearest_of_many_x86_64_v4_amx
// ALL: schedule(#kdsl.schedule<lanes = 16, rows = 8, group = 16, block = 32, unroll = 16, chain = 32, filter = true>)
// ALL-LABEL: kdsl.program @nearest_of_many_x86_64_v4(
// ALL: schedule(#kdsl.schedule<lanes = 16, rows = 3, group = 8, block = 32, unroll = 16, filter = true>)
// ALL-LABEL: kdsl.program @nearest_of_many_x86_64_v3
// ALL: schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 6, block = 30, unroll = 8>)
// GPU-LABEL: kdsl.program @nearest_of_many_sm_80
// GPU: schedule(#kdsl.schedule<lanes = 256, rows = 1, group = 16, block = 32, unroll = 16, stage = 64, chain = 64, filter = true>)
kdsl.program @nearest_of_many(%x: !kdsl.rows<[M], vector<60xf32>>, %y: !kdsl.rows<[N], vector<60xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<60xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<60xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<60xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Exponentials of roots: sixteen vectors of AVX-512 hide the divider.
// ALL-LABEL: kdsl.program @laplace_x86_64_v4(
// ALL: schedule(#kdsl.schedule<lanes = 16, rows = 2, group = 8, block = 32, unroll = 16>)
// ALL-LABEL: kdsl.program @laplace_x86_64_v3
// ALL: schedule(#kdsl.schedule<lanes = 8, rows = 3, group = 4, block = 32, unroll = 4>)
kdsl.program @laplace(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %r = math.sqrt %q : f32
    %n = arith.negf %r : f32
    %k = math.exp2 %n : f32
    kdsl.yield %k : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// The nearest of many rows of few features: on a CPU they are met in an order of space, by
// cells of 64 rows j. A GPU meets all.
// ALL-LABEL: kdsl.program @nearest_of_few_x86_64_v4(
// ALL: schedule(#kdsl.schedule<lanes = 16, rows = 1, group = 4, block = 32, unroll = 16, cells = 64>)
// ALL-LABEL: kdsl.program @nearest_of_few_x86_64_v3
// ALL: schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 8, cells = 64>)
// GPU-LABEL: kdsl.program @nearest_of_few_sm_80
// GPU-NOT: cells
kdsl.program @nearest_of_few(%x: !kdsl.rows<[M], vector<7xf32>>, %y: !kdsl.rows<[N], vector<7xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<7xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<7xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<7xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Boxes of eight features reach too far.
// ALL-LABEL: kdsl.program @nearest_of_eight_x86_64_v4(
// ALL-NOT: cells
kdsl.program @nearest_of_eight(%x: !kdsl.rows<[M], vector<8xf32>>, %y: !kdsl.rows<[N], vector<8xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<8xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<8xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<8xf32>
    kdsl.yield %q : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

// Sums of weighted values that are too wide for registers: a GPU collects the weights
// of 64 rows j for its tensor cores, has one row in each thread, and splits values
// once for as many rows i as its shared memory has room for.
// GPU-LABEL: kdsl.program @wide_sm_80
// GPU: schedule(#kdsl.schedule<lanes = 256, rows = 1, group = 16, block = 32, unroll = 16, stage = 64, collect = 64, values = true>)
kdsl.program @wide(%x: !kdsl.rows<[M], f32>, %b: !kdsl.rows<[N], vector<40xf32>>) -> (!kdsl.rows<[M], vector<40xf32>>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, %bj = %b[%j] : !kdsl.rows<[N], vector<40xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<40xf32>>) {
    %k = math.exp2 %xi : f32
    %all = vector.broadcast %k : f32 to vector<40xf32>
    %v = arith.mulf %all, %bj : vector<40xf32>
    kdsl.yield %v : vector<40xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<40xf32>>
}

// -----

// A reduction that reads the result of another at its own row shares its grid, and its
// schedule: that of the one which takes most of the time, with lanes for the widest
// numbers.
// CHECK-LABEL: kdsl.program @shared_x86_64_v4
// CHECK: kdsl.reduce
// CHECK-SAME: fold(#kdsl.min)
// CHECK-SAME: schedule([[SHARED:#kdsl.schedule<lanes = 8, rows = 3, group = 8,[^)]*]])
// CHECK: kdsl.reduce
// CHECK-SAME: fold(#kdsl.sum)
// CHECK-SAME: schedule([[SHARED]])
// CHECK: kdsl.map
// CHECK-SAME: schedule([[SHARED]])

// On a GPU tensor cores multiply for both, in a chain that suits either; alone, the
// second would take 80 features to a sum, with which the first cannot keep its promise.
// GPU-LABEL: kdsl.program @products_sm_80
// GPU: schedule([[SHARED:#kdsl.schedule<lanes = 256, rows = 1, group = 16, block = 32, unroll = 16, stage = 32, chain = 32>]])
// GPU: schedule([[SHARED]])
kdsl.program @shared(%x: !kdsl.rows<[M], vector<40xf32>>, %y: !kdsl.rows<[N], vector<40xf32>>, %b: !kdsl.rows<[N], f64>)
    -> (!kdsl.rows<[M], f64>) {
  %z = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<40xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<40xf32>>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<40xf32>
    kdsl.yield %q : f32
  }
  %s = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%zi = %z[%i] : !kdsl.rows<[M], f32>, %bj = %b[%j] : !kdsl.rows<[N], f64>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f64>) {
    %w = arith.extf %zi : f32 to f64
    %v = arith.mulf %w, %bj : f64
    kdsl.yield %v : f64
  }
  %a = kdsl.map keep(%i in M) rows(%si = %s[%i] : !kdsl.rows<[M], f64>) -> (!kdsl.rows<[M], f64>) {
    %t = arith.addf %si, %si : f64
    kdsl.yield %t : f64
  }
  kdsl.return %a : !kdsl.rows<[M], f64>
}
kdsl.program @products(%x: !kdsl.rows<[M], vector<64xf32>>, %y: !kdsl.rows<[N], vector<64xf32>>,
                       %p: !kdsl.rows<[M], vector<128xf32>>, %q: !kdsl.rows<[N], vector<128xf32>>)
    -> (!kdsl.rows<[M], f32>) {
  %z = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<64xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<64xf32>>)
      fold(#kdsl.max) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %d = kdsl.dot %xi, %yj : vector<64xf32>
    kdsl.yield %d : f32
  }
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%pi = %p[%i] : !kdsl.rows<[M], vector<128xf32>>, %qj = %q[%j] : !kdsl.rows<[N], vector<128xf32>>,
           %zi = %z[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.max) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %d = kdsl.dot %pi, %qj : vector<128xf32>
    %t = arith.subf %d, %zi : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
