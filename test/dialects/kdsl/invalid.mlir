// RUN: kdsl-opt --split-input-file --verify-diagnostics %s

// expected-error @below {{a row is a number, a vector or a matrix, not 'vector<2x3x4xf32>'}}
kdsl.program @cube_rows(%x: !kdsl.rows<[M], vector<2x3x4xf32>>) {
  kdsl.return
}

// -----

// expected-error @below {{a row holds floats or signless integers, not 'index'}}
kdsl.program @index_rows(%x: !kdsl.rows<[M], index>) {
  kdsl.return
}

// -----

// expected-error @below {{duplicate or unknown field of a schedule: lane}}
#s = #kdsl.schedule<lane = 8>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{duplicate or unknown field of a schedule: lanes}}
#s = #kdsl.schedule<lanes = 8, lanes = 8>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{every number of a schedule is at least 1}}
#s = #kdsl.schedule<lanes = 0, rows = 1, group = 1, block = 32, unroll = 16>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{block 32 is not a multiple of group 5}}
#s = #kdsl.schedule<lanes = 8, rows = 1, group = 5, block = 32, unroll = 16>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{lists of threads, which share a stage, do not lie by row}}
#s = #kdsl.schedule<lanes = 128, rows = 1, group = 8, block = 32, unroll = 16, stage = 64, byRow = true>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{without a stage, matrix units take up to eight vectors of 16 rows i by 16 rows j, and a filter}}
#s = #kdsl.schedule<lanes = 16, rows = 8, group = 16, block = 32, unroll = 16, chain = 32>

// -----

// expected-error @below {{collect 64 is not a multiple of stage 0}}
#s = #kdsl.schedule<lanes = 128, rows = 1, group = 16, block = 32, unroll = 16, collect = 64>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{weights are collected in whole sweeps of one row of a thread}}
#s = #kdsl.schedule<lanes = 128, rows = 2, group = 16, block = 32, unroll = 16, stage = 32, collect = 64>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{values come to memory near the lanes of weights that are collected}}
#s = #kdsl.schedule<lanes = 128, rows = 1, group = 16, block = 32, unroll = 16, stage = 32, values = true>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{the 6 rows of a step are not a multiple of group 4}}
#s = #kdsl.schedule<lanes = 2, rows = 6, group = 4, block = 32, unroll = 16, halved = true, stepRows = 3, stepGroup = 2>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

// expected-error @below {{a step of 3 by 0 pairs is not within 6 rows by a group of 4}}
#s = #kdsl.schedule<lanes = 8, rows = 6, group = 4, block = 32, unroll = 16, halved = true, stepRows = 3>
kdsl.program @p() attributes {s = #s} {
  kdsl.return
}

// -----

kdsl.program @unknown_index(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{unknown index %k}}
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%k] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>) {
    kdsl.yield %xi : f32
  }
  kdsl.return
}

// -----

kdsl.program @other_axis(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{row operand 0 is subscripted by an index that does not range over "M"}}
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @subscripts(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{row operand 0 has 1 axes and another number of subscripts}}
  %a = kdsl.map keep(%i in M) rows(%xi = %x[] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>) {
    kdsl.yield %xi : f32
  }
  kdsl.return
}

// -----

kdsl.program @block_arguments(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{the block has 1 arguments, expected 1 indices and 1 rows}}
  %a = "kdsl.map"(%x) <{keep = ["M"], names = ["i"], subscripts = [array<i64: 0>]}> ({
  ^bb0(%i: index):
    %t = arith.constant 1.0 : f32
    "kdsl.yield"(%t) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (f32) -> ()
  }) : (!kdsl.rows<[M], f32>) -> !kdsl.rows<[M], f32>
  kdsl.return
}

// -----

kdsl.program @index_type(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{block argument 0 is not an index}}
  %a = "kdsl.map"(%x) <{keep = ["M"], names = ["i", "xi"], subscripts = [array<i64: 0>]}> ({
  ^bb0(%i: i64, %xi: f32):
    "kdsl.yield"(%xi) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (f32) -> ()
  }) : (!kdsl.rows<[M], f32>) -> !kdsl.rows<[M], f32>
  kdsl.return
}

// -----

kdsl.program @subscript_count(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{has 0 subscripts for 1 row operands}}
  %a = "kdsl.map"(%x) <{keep = ["M"], names = ["i", "xi"], subscripts = []}> ({
  ^bb0(%i: index, %xi: f32):
    "kdsl.yield"(%xi) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (f32) -> ()
  }) : (!kdsl.rows<[M], f32>) -> !kdsl.rows<[M], f32>
  kdsl.return
}

// -----

kdsl.program @row_type(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{row operand 0 has rows of type 'f32', the block expects 'f64'}}
  %a = "kdsl.map"(%x) <{keep = ["M"], names = ["i", "xi"], subscripts = [array<i64: 0>]}> ({
  ^bb0(%i: index, %xi: f64):
    "kdsl.yield"(%xi) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (f64) -> ()
  }) : (!kdsl.rows<[M], f32>) -> !kdsl.rows<[M], f64>
  kdsl.return
}

// -----

kdsl.program @result_axes(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{result type '!kdsl.rows<[N], f32>' does not have the kept axes}}
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[N], f32>) {
    kdsl.yield %xi : f32
  }
  kdsl.return
}

// -----

kdsl.program @two_axes(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{reduces over one axis, got 2}}
  %a = kdsl.reduce keep() over(%j in M, %k in N)
      rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @no_reduction(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{folds "sum", which is not a reduction}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold("sum") -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @values(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{the states take 1 values, the body yields 2}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj, %xj : f32, f32
  }
  kdsl.return
}

// -----

kdsl.program @masks(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{yields 1 predicates for 2 states; expected none or one each}}
  %a, %b = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum, #kdsl.min)
      -> (value of 0 : !kdsl.rows<[], f32>, value of 1 : !kdsl.rows<[], f32>) {
    %c = arith.cmpf olt, %xj, %xj : f32
    kdsl.yield %xj, %xj where %c : f32, f32
  }
  kdsl.return
}

// -----

kdsl.program @no_state(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{result 0 reads state 1 of 1}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 1 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @unnamed_result(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{every result names its state and its projection}}
  %a = "kdsl.reduce"(%x) <{keep = [], over = ["M"], names = ["j", "xj"],
      subscripts = [array<i64: 0>], states = [#kdsl.sum],
      resultStates = array<i64>, projections = [],
      operandSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%j: index, %xj: f32):
    "kdsl.yield"(%xj) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (f32) -> ()
  }) : (!kdsl.rows<[M], f32>) -> !kdsl.rows<[], f32>
  kdsl.return
}

// -----

kdsl.program @element(%x: !kdsl.rows<[M], i32>) {
  // expected-error @below {{#kdsl.logsumexp takes a float, got 'i32'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], i32>)
      fold(#kdsl.logsumexp) -> (value of 0 : !kdsl.rows<[], i32>) {
    kdsl.yield %xj : i32
  }
  kdsl.return
}

// -----

kdsl.program @element_of_sum(%x: !kdsl.rows<[M], i8>) {
  // expected-error @below {{#kdsl.sum takes a float, i1, i32 or i64, got 'i8'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], i8>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], i8>) {
    kdsl.yield %xj : i8
  }
  kdsl.return
}

// -----

kdsl.program @projection(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{#kdsl.sum has no projection 'index'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (index of 0 : !kdsl.rows<[], i32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @result_type(%x: !kdsl.rows<[M], vector<3xf32>>) {
  // expected-error @below {{result 0 has rows of 'f32', the state gives 3 of 'f32'}}
  %a = kdsl.reduce keep() over(%j in M)
      rows(%xj = %x[%j] : !kdsl.rows<[M], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : vector<3xf32>
  }
  kdsl.return
}

// -----

kdsl.program @map_values(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{yields one value for each result and no predicate}}
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f32>) {
    kdsl.yield %xi, %xi : f32, f32
  }
  kdsl.return
}

// -----

kdsl.program @map_type(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{yields 'f32' for a result of '!kdsl.rows<[M], f64>'}}
  %a = kdsl.map keep(%i in M) rows(%xi = %x[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], f64>) {
    kdsl.yield %xi : f32
  }
  kdsl.return
}

// -----

kdsl.program @returned(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f64>) {
  // expected-error @below {{returns other types than the program declares}}
  kdsl.return %x : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @concat_elements(%a: f32, %b: vector<2xf64>) {
  // expected-error @below {{joins 'vector<2xf64>' into 'vector<3xf32>'}}
  %v = kdsl.concat %a, %b : (f32, vector<2xf64>) -> vector<3xf32>
  kdsl.return
}

// -----

kdsl.program @concat_size(%a: f32, %b: vector<2xf32>) {
  // expected-error @below {{joins 3 features into 'vector<4xf32>'}}
  %v = kdsl.concat %a, %b : (f32, vector<2xf32>) -> vector<4xf32>
  kdsl.return
}

// -----

kdsl.program @two_widths(%a: vector<2xf32>, %b: vector<3xf32>) {
  // expected-note @above {{prior use here}}
  // expected-error @below {{expects different type than prior uses}}
  %q = kdsl.sqdist %a, %b : vector<2xf32>
  kdsl.return
}

// -----

kdsl.program @product_of_conditions(%x: !kdsl.rows<[M], i1>) {
  // expected-error @below {{#kdsl.prod takes a float, i32 or i64, got 'i1'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], i1>)
      fold(#kdsl.prod) -> (value of 0 : !kdsl.rows<[], i1>) {
    kdsl.yield %xj : i1
  }
  kdsl.return
}

// -----

kdsl.program @any_of_numbers(%x: !kdsl.rows<[M], f32>) {
  // expected-error @below {{#kdsl.any takes i1, got 'f32'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.any) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @within(%x: !kdsl.rows<[N], f32>, %r: !kdsl.ranges<N, M>) {
  // expected-error @below {{is within '!kdsl.ranges<N, M>', which is not of its last kept and its reduced axis}}
  %a = kdsl.reduce keep(%i in M) over(%j in N) within(%r : !kdsl.ranges<N, M>)
      rows(%xj = %x[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %xj : f32
  }
  kdsl.return
}

// -----

kdsl.program @logits(%x: !kdsl.rows<[M], vector<2xf32>>) {
  // expected-error @below {{#kdsl.softmax_sum takes a number for all its components, got 'vector<2xf32>'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], vector<2xf32>>)
      fold(#kdsl.softmax_sum) -> (value of 0 : !kdsl.rows<[], vector<2xf32>>) {
    kdsl.yield %xj, %xj : vector<2xf32>, vector<2xf32>
  }
  kdsl.return
}

// -----

kdsl.program @logits_and_weights(%x: !kdsl.rows<[M], vector<2xf32>>, %y: !kdsl.rows<[M], vector<3xf32>>) {
  // expected-error @below {{#kdsl.softmax_sum<each = true> takes values of one width, got 'vector<2xf32>' for 3}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], vector<2xf32>>, %yj = %y[%j] : !kdsl.rows<[M], vector<3xf32>>)
      fold(#kdsl.softmax_sum<each = true>) -> (value of 0 : !kdsl.rows<[], vector<3xf32>>) {
    kdsl.yield %xj, %yj : vector<2xf32>, vector<3xf32>
  }
  kdsl.return
}

// -----

kdsl.program @softmax_elements(%x: !kdsl.rows<[M], f32>, %w: !kdsl.rows<[M], f64>) {
  // expected-error @below {{#kdsl.softmax_sum takes two floats of one type, got 'f32'}}
  %a = kdsl.reduce keep() over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>, %wj = %w[%j] : !kdsl.rows<[M], f64>)
      fold(#kdsl.softmax_sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    kdsl.yield %xj, %wj : f32, f64
  }
  kdsl.return
}

// -----

// expected-error @below {{a list has at least one place, got 0}}
#l = #kdsl.kmin<0>

// -----

// expected-error @below {{a list has at least one place, got 0}}
#l = #kdsl.argkmax<0, i32>

// -----

kdsl.program @each_width(%v: !kdsl.rows<[M], vector<3xf32>>) {
  %a = kdsl.map keep(%i in M) rows(%vi = %v[%i] : !kdsl.rows<[M], vector<3xf32>>)
      -> (!kdsl.rows<[M], vector<8xf32>>) {
    // expected-error @below {{joins 2 of 'vector<3xf32>' into 'vector<8xf32>'}}
    %all = kdsl.each %k in 2 : vector<8xf32> {
      kdsl.yield %vi : vector<3xf32>
    }
    kdsl.yield %all : vector<8xf32>
  }
  kdsl.return
}

// -----

kdsl.program @each_yields(%v: !kdsl.rows<[M], f32>) {
  %a = kdsl.map keep(%i in M) rows(%vi = %v[%i] : !kdsl.rows<[M], f32>)
      -> (!kdsl.rows<[M], vector<2xf32>>) {
    // expected-error @below {{yields one value and no predicate}}
    %all = kdsl.each %k in 2 : vector<2xf32> {
      kdsl.yield %vi, %vi : f32, f32
    }
    kdsl.yield %all : vector<2xf32>
  }
  kdsl.return
}

// -----

kdsl.program @gathered_axes(%s: !kdsl.rows<[], f32>, %n: !kdsl.rows<[M], i64>) {
  %a = kdsl.map keep(%i in M) rows(%ni = %n[%i] : !kdsl.rows<[M], i64>)
      -> (!kdsl.rows<[M], f32>) {
    // expected-error @below {{failed to verify that each axis takes the number or an index}}
    %r = kdsl.gather %s[%ni] : !kdsl.rows<[], f32>
    kdsl.yield %r : f32
  }
  kdsl.return
}

// -----

kdsl.program @pick_outside(%a: vector<3x2xf32>) {
  // expected-error @below {{place 3 is outside of 'vector<3x2xf32>'}}
  %t = kdsl.pick %a by affine_map<(c) -> (c + 1, 0)> : vector<3x2xf32> to vector<3xf32>
  kdsl.return
}

// -----

kdsl.program @pick_scaled(%a: vector<4xf32>) {
  // expected-error @below {{a subscript is a place, a constant or their sum}}
  %t = kdsl.pick %a by affine_map<(c) -> (c * 2)> : vector<4xf32> to vector<2xf32>
  kdsl.return
}

// -----

kdsl.program @pick_rank(%a: vector<3x2xf32>) {
  // expected-error @below {{the map takes a place in 'vector<2xf32>' to one in 'vector<3x2xf32>'}}
  %t = kdsl.pick %a by affine_map<(c) -> (c)> : vector<3x2xf32> to vector<2xf32>
  kdsl.return
}

// -----

kdsl.program @pick_element(%a: vector<3xf32>) {
  // expected-error @below {{picks 'vector<2xf64>' from 'vector<3xf32>'}}
  %t = kdsl.pick %a by affine_map<(c) -> (c)> : vector<3xf32> to vector<2xf64>
  kdsl.return
}

// -----

kdsl.program @product(%a: vector<3x2xf32>, %u: vector<3xf32>) {
  // expected-error @below {{the product of 'vector<3x2xf32>' and 'vector<3xf32>' is not 'vector<3xf32>'}}
  %v = kdsl.matmul %a, %u : (vector<3x2xf32>, vector<3xf32>) -> vector<3xf32>
  kdsl.return
}

// -----

kdsl.program @label(%w: vector<3x2xf32>, %l: i32) {
  // expected-error @below {{a label picks 'vector<2xf32>', not 'f32'}}
  %v = kdsl.lookup %w[%l] : vector<3x2xf32>[i32] -> f32
  kdsl.return
}

// -----

kdsl.program @of_nothing(%x: f32) {
  // expected-error @below {{derives @absent, which is not a program}}
  %a = kdsl.derive grad @absent wrt [0] (%x) : (f32) -> (!kdsl.rows<[], f32>)
  kdsl.return
}

// -----

kdsl.program @base(%x: f32, %n: i32) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.map keep() rows() -> (!kdsl.rows<[], f32>) {
    kdsl.yield %x : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}
kdsl.program @mode(%x: f32, %n: i32) {
  // expected-error @below {{has the mode 'hessian', expected grad, vjp or jvp}}
  %a = kdsl.derive hessian @base wrt [0] (%x, %n) : (f32, i32) -> (!kdsl.rows<[], f32>)
  kdsl.return
}

// -----

kdsl.program @base(%x: f32, %n: i32) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.map keep() rows() -> (!kdsl.rows<[], f32>) {
    kdsl.yield %x : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}
kdsl.program @whole(%x: f32, %n: i32) {
  // expected-error @below {{derives in input 1, which is not a real input of the program}}
  %a = kdsl.derive grad @base wrt [1] (%x, %n) : (f32, i32) -> (!kdsl.rows<[], f32>)
  kdsl.return
}

// -----

kdsl.program @base(%x: f32, %n: i32) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.map keep() rows() -> (!kdsl.rows<[], f32>) {
    kdsl.yield %x : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}
kdsl.program @operands(%x: f32, %n: i32) {
  // expected-error @below {{takes operands of other types than the program's inputs and derivatives}}
  %a = kdsl.derive vjp @base wrt [0] (%x, %n) : (f32, i32) -> (!kdsl.rows<[], f32>)
  kdsl.return
}

// -----

kdsl.program @base(%x: f32, %n: i32) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.map keep() rows() -> (!kdsl.rows<[], f32>) {
    kdsl.yield %x : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}
kdsl.program @results(%x: f32, %n: i32) {
  // expected-error @below {{has other results than the program's outputs and derivatives}}
  %a = kdsl.derive grad @base wrt [0] (%x, %n) : (f32, i32) -> (!kdsl.rows<[], f32>)
  kdsl.return
}

// -----

kdsl.program @turned(%r: !kdsl.ranges<N, M>) {
  // expected-error @below {{turns '!kdsl.ranges<N, M>' into '!kdsl.ranges<N, M>', whose axes are not exchanged}}
  %t = kdsl.turned %r : !kdsl.ranges<N, M> to !kdsl.ranges<N, M>
  kdsl.return
}

// -----

// The exchanged pair gives the same numbers, of rows of one axis.
kdsl.program @p(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  // expected-error @+1 {{yields other types for the exchanged pair}}
  %a = kdsl.reduce keep(%i in M) over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %k = arith.constant 1 : i32
    kdsl.yield %xj : f32 turned %k : i32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @p(%x: !kdsl.rows<[M], f32>, %y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[M], f32>) {
  // expected-error @+1 {{exchanges rows of two axes}}
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, %yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    kdsl.yield %yj : f32 turned %xi : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @p(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  // expected-error @+3 {{the 12 rows of a halved tile are not a multiple of group 8}}
  %a = kdsl.reduce keep(%i in M) over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 4, rows = 3, group = 8, block = 32, unroll = 16, halved = true>) {
    kdsl.yield %xj : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @p(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  // expected-error @+3 {{a filter takes whole sweeps}}
  %a = kdsl.reduce keep(%i in M) over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 128, rows = 4, group = 8, block = 32, unroll = 16, halved = true, filter = true>) {
    kdsl.yield %xj : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @p(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  // expected-error @+3 {{cells of 40 rows are not a multiple of block 32}}
  %a = kdsl.reduce keep(%i in M) over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 16, cells = 40>) {
    kdsl.yield %xj : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// -----

kdsl.program @p(%x: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  // expected-error @+3 {{cells are for whole sweeps of vectors, without a filter}}
  %a = kdsl.reduce keep(%i in M) over(%j in M) rows(%xj = %x[%j] : !kdsl.rows<[M], f32>)
      fold(#kdsl.min) -> (value of 0 : !kdsl.rows<[M], f32>)
      schedule(#kdsl.schedule<lanes = 8, rows = 2, group = 2, block = 32, unroll = 16, filter = true, cells = 64>) {
    kdsl.yield %xj : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}
