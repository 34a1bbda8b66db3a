// RUN: kdsl-opt --split-input-file --verify-diagnostics %s

// expected-error @below {{"sum" is not a reduction}}
!s = !ktile.state<"sum", 1 of f32>
kdsl.program @p(%s: !s) { kdsl.return }

// -----

// expected-error @below {{a state has at least one component, got 0}}
!s = !ktile.state<#kdsl.sum, 0 of f32>
kdsl.program @p(%s: !s) { kdsl.return }

// -----

// expected-error @below {{#kdsl.sum takes 1 values, got 2}}
!s = !ktile.state<#kdsl.sum, 1 of f32, f32>
kdsl.program @p(%s: !s) { kdsl.return }

// -----

// expected-error @below {{#kdsl.logsumexp takes a float, got 'i32'}}
!s = !ktile.state<#kdsl.logsumexp, 1 of i32>
kdsl.program @p(%s: !s) { kdsl.return }

// -----

#schedule = #kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>
kdsl.program @row_index() {
  // expected-error @below {{the body takes an index for each axis and nothing else}}
  "ktile.grid"() <{axes = ["M"], schedule = #schedule}> ({
  ^bb0:
    "ktile.yield"() : () -> ()
  }) : () -> ()
  kdsl.return
}

// -----

#schedule = #kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>
kdsl.program @no_such_result(%s: f32) {
  %a = ktile.grid over %i in M schedule(#schedule) -> (!kdsl.rows<[M], f32>) {
    ktile.put 0 %e in 1 {
      ktile.yield %s : f32
    }
    // expected-error @below {{gives result 1 of a grid with 1}}
    ktile.put 1 %e in 1 {
      ktile.yield %s : f32
    }
    ktile.yield
  }
  kdsl.return
}

// -----

#schedule = #kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>
kdsl.program @put_width(%s: f32) {
  %a = ktile.grid over %i in M schedule(#schedule) -> (!kdsl.rows<[M], vector<3xf32>>) {
    // expected-error @below {{does not give rows of 'vector<3xf32>'}}
    ktile.put 0 %e in 2 {
      ktile.yield %s : f32
    }
    ktile.yield
  }
  kdsl.return
}

// -----

#schedule = #kdsl.schedule<lanes = 8, rows = 1, group = 4, block = 32, unroll = 16>
kdsl.program @put_twice(%s: f32) {
  // expected-error @below {{result 0 is given 2 times, expected once}}
  %a = ktile.grid over %i in M schedule(#schedule) -> (!kdsl.rows<[M], f32>) {
    ktile.put 0 %e in 1 {
      ktile.yield %s : f32
    }
    ktile.put 0 %e in 1 {
      ktile.yield %s : f32
    }
    ktile.yield
  }
  kdsl.return
}

// -----

kdsl.program @put_outside(%s: f32) {
  // expected-error @below {{'ktile.put' op expects parent op 'ktile.grid'}}
  ktile.put 0 %e in 1 {
    ktile.yield %s : f32
  }
  kdsl.return
}

// -----

kdsl.program @block_of_sweep(%n: index) {
  %s0 = ktile.init : <#kdsl.sum, 1 of f32>
  // expected-error @below {{block 32 is not a multiple of group 5}}
  %s = ktile.sweep %j from %n to %n group 5 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.sum, 1 of f32>) {
    ktile.yield %t : !ktile.state<#kdsl.sum, 1 of f32>
  }
  kdsl.return
}

// -----

kdsl.program @filter_of_nothing(%n: index) {
  %s0 = ktile.init : <#kdsl.min, 1 of f32>
  // expected-error @below {{is filtered, but does more than fold a squared distance into one state with a threshold}}
  %s = ktile.sweep %j from %n to %n filtered group 4 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.min, 1 of f32>) {
    ktile.yield %t : !ktile.state<#kdsl.min, 1 of f32>
  }
  kdsl.return
}

// -----

kdsl.program @order_of_nothing(%n: index) {
  %s0 = ktile.init : <#kdsl.min, 1 of f32>
  // expected-error @below {{is ordered, but does more than fold a squared distance into one state with a threshold}}
  %s = ktile.sweep %j from %n to %n ordered group 4 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.min, 1 of f32>) {
    ktile.yield %t : !ktile.state<#kdsl.min, 1 of f32>
  }
  kdsl.return
}

// -----

kdsl.program @first_of_none(%n: index) {
  %s0 = ktile.init : <#kdsl.sum, 1 of f32>
  // expected-error @below {{'first' takes two numbers, and no ranges}}
  %s = ktile.sweep %j from %n to %n first 0 of 32 group 4 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.sum, 1 of f32>) {
    ktile.yield %t : !ktile.state<#kdsl.sum, 1 of f32>
  }
  kdsl.return
}

// -----

kdsl.program @state_lost(%n: index) {
  %s0 = ktile.init : <#kdsl.sum, 1 of f32>
  // expected-error @below {{the body yields the states that it carries}}
  %s = ktile.sweep %j from %n to %n group 4 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.sum, 1 of f32>) {
    ktile.yield
  }
  kdsl.return
}

// -----

kdsl.program @state_types(%n: index) {
  %s0 = ktile.init : <#kdsl.sum, 1 of f32>
  // expected-error @below {{expected 1 state types}}
  %s = ktile.sweep %j from %n to %n group 4 block 32 init(%t = %s0)
      : (!ktile.state<#kdsl.sum, 1 of f32>, !ktile.state<#kdsl.sum, 1 of f32>) {
    ktile.yield %t : !ktile.state<#kdsl.sum, 1 of f32>
  }
  kdsl.return
}

// -----

kdsl.program @load_places(%x: !kdsl.rows<[M], f32>, %i: index) {
  // expected-error @below {{expected 1 row indices and perhaps a feature}}
  %v = ktile.load %x[%i, %i, %i] : !kdsl.rows<[M], f32>
  kdsl.return
}

// -----

kdsl.program @load_feature(%x: !kdsl.rows<[M], f32>, %i: index) {
  // expected-error @below {{takes a feature exactly of rows that are vectors}}
  %v = ktile.load %x[%i, %i] : !kdsl.rows<[M], f32>
  kdsl.return
}

// -----

kdsl.program @load_axes(%x: !kdsl.rows<[B, M], f32>, %i: index) {
  // expected-error @below {{takes an index for each axis of '!kdsl.rows<[B, M], f32>'}}
  %v = "ktile.load"(%x, %i) <{operandSegmentSizes = array<i32: 1, 1, 0>}> : (!kdsl.rows<[B, M], f32>, index) -> f32
  kdsl.return
}

// -----

kdsl.program @contract_kind(%s: f32) {
  // expected-error @below {{unknown combining kind 'plus'}}
  %q = ktile.contract plus %d in 3 from %s : f32 {
    ktile.yield %s : f32
  }
  kdsl.return
}

// -----

kdsl.program @contract_type(%s: f32, %t: f64) {
  // expected-error @below {{start, body and result are of one type}}
  %q = ktile.contract add %d in 3 from %s : f32 {
    ktile.yield %t : f64
  }
  kdsl.return
}

// -----

kdsl.program @fold_values(%s: f32) {
  %s0 = ktile.init : <#kdsl.sum, 1 of f32>
  // expected-error @below {{the body yields the values of one component}}
  %s1 = ktile.fold %s0 for %e : !ktile.state<#kdsl.sum, 1 of f32> {
    ktile.yield %s, %s : f32, f32
  }
  kdsl.return
}

// -----

kdsl.program @band(%s: !ktile.state<#kdsl.sum, 1 of f32>, %w: i64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{has a band of 2 limits, expected 4}}
  %t = "ktile.sweep"(%c0, %c0, %w, %w, %s) <{block = 1 : i64, group = 1 : i64,
      operandSegmentSizes = array<i32: 1, 1, 2, 0, 1>}> ({
  ^bb0(%j: index, %u: !ktile.state<#kdsl.sum, 1 of f32>):
    "ktile.yield"(%u) : (!ktile.state<#kdsl.sum, 1 of f32>) -> ()
  }) : (index, index, i64, i64, !ktile.state<#kdsl.sum, 1 of f32>) -> !ktile.state<#kdsl.sum, 1 of f32>
  kdsl.return
}

// -----

kdsl.program @fold_shared(%s: f32) {
  %s0 = ktile.init : <#kdsl.softmax_sum, 2 of f32, f32>
  // expected-error @below {{the body yields the first 1 values from outside: all components share them}}
  %s1 = ktile.fold %s0 for %e : !ktile.state<#kdsl.softmax_sum, 2 of f32, f32> {
    %t = arith.addf %s, %s : f32
    ktile.yield %t, %s : f32, f32
  }
  kdsl.return
}

// -----

kdsl.program @gather_feature(%v: !kdsl.rows<[M], vector<3xf32>>, %n: i64) {
  // expected-error @below {{takes one number of '!kdsl.rows<[M], vector<3xf32>>'}}
  %a = ktile.gather %v[%n] : !kdsl.rows<[M], vector<3xf32>> -> f32
  kdsl.return
}

// -----

kdsl.program @bound_of_another() {
  %b = ktile.init : <#kdsl.kmax_bound<3>, 3 of f32>
  // expected-error @below {{needs the state of a bound of #kdsl.kmin<3>}}
  %s = ktile.bound %b : <#kdsl.kmax_bound<3>, 3 of f32> to <#kdsl.kmin<3>, 3 of f32>
  kdsl.return
}
