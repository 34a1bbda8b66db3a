//===- Passes.td - passes of the planner: kdsl to kdsl --------------------===//

#ifndef KDSLC_PLAN_PASSES_TD
#define KDSLC_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def Differentiate : Pass<"kdsl-differentiate", "::mlir::ModuleOp"> {
  let summary = "Derived programs become programs";
  let description = [{
    Every `kdsl.derive` is replaced by maps and reduces: tangents for jvp, and
    cotangents in reverse mode for grad and vjp. Runs before anything is
    printed, so that `--emit=kdsl` shows the derivative as a formula.

    Example: test/plan/kdsl-differentiate.mlir.
    Requires: a derived program stands behind its base.
    Ensures: no `kdsl.derive`.
    Cost: operations linear in those of the base; nothing of pairs is stored.
    Accuracy: derivatives at kinks as the language defines them.
  }];
  let dependentDialects = ["::kdsl::KdslDialect", "::mlir::math::MathDialect"];
}

def SimplifyFormula : Pass<"kdsl-simplify-formula", "::kdsl::ProgramOp"> {
  let summary = "Rewrites formulas into what runs fast at the same accuracy";
  let description = [{
    `exp(u / c)` with a parameter c becomes `exp2(u * s)`, s computed once;
    logsumexp takes its values in units of log 2; signs and constant factors
    join such scales. Powers of an odd number of halves are roots and products;
    features that are counted are 32 bits long.

    Example: test/plan/kdsl-simplify-formula.mlir.
    Requires: nothing.
    Ensures: no `math.exp` of a product or quotient by a parameter; every
    `#kdsl.logsumexp` is in base 2.
    Accuracy: the scale is rounded once more; exp(x) of a computed x may err by
    2|x| u on top of the 2 ulp of exp2. The exponential of an input itself is
    left alone. exp(0) stays 1. A power that is a root, a few products and a
    quotient: (|n| + 4)/2 ulp.
  }];
  let dependentDialects = ["::kdsl::KdslDialect"];
}

def TakeReciprocals : Pass<"kdsl-take-reciprocals", "::kdsl::ProgramOp"> {
  let summary = "Multiplies pairs by the reciprocal of what one row gives";
  let description = [{
    What divides all pairs (a parameter), or all of a row, is the same for all of
    them: its reciprocal is taken once and multiplies them. A number before the
    quotient joins that. 2 * (3 / x) becomes 6 / x.

    A quotient that a comparison, a rounding or a conversion to an integer needs
    stays, as 41 * (1/41) is less than 1.

    Example: test/plan/kdsl-take-reciprocals.mlir.
    Requires: exponents have taken quotients into their own scale
    (`kdsl-simplify-formula`).
    Accuracy: 1 ulp, of 1.1 that are stated of quotients. Divisors whose reciprocals are no
    normal numbers give 0, infinity or NaN, as headers say.
  }];
  let dependentDialects = ["::kdsl::KdslDialect"];
}

def HoistTerms : Pass<"kdsl-hoist-terms", "::kdsl::ProgramOp"> {
  let summary = "Takes expensive terms of one row alone out of the pair";
  let description = [{
    A term of j alone that costs more than arithmetic (a function, a norm)
    becomes a `kdsl.map` over j, computed once for each row and read like an
    input. Of i alone only long vectors do, whose features would be computed in a
    loop for each pair; numbers and short vectors stay, for they leave the sweep
    when it is tiled.

    Example: test/plan/kdsl-hoist-terms.mlir.
    Requires: nothing.
    Ensures: no elementary function of j alone in a pair.
    Cost: O(rows) memory for each term.
  }];
  let dependentDialects = ["::kdsl::KdslDialect"];
}

def SumMoments : Pass<"kdsl-sum-moments", "::kdsl::ProgramOp"> {
  let summary = "Sums of weighted differences as moments";
  let description = [{
    Where a `schedule` asks for `form = expanded`, the sum of w (x - y), with a
    vector y of row j and one x that does not depend on j, becomes
    (x - c) sum w - sum w (y - c), with c the mean of the rows j. Of the product
    w, factors of row j alone multiply y - c in a map; what does not depend on j
    multiplies the sums.

    Example: test/plan/kdsl-sum-moments.mlir.
    Requires: nothing.
    Ensures: no sum of such products, if so asked.
    Cost: O(rows * features) memory for the rows j.
    Accuracy: that of the two sums, u (|x - c| + |y - c|) sum |w|, also where x and
    y are close.
  }];
  let dependentDialects = ["::kdsl::KdslDialect", "::mlir::math::MathDialect"];
}

def FuseReductions : Pass<"kdsl-fuse-reductions", "::kdsl::ProgramOp"> {
  let summary = "Merges reductions over one index space into one pass";
  let description = [{
    Reductions that keep the same axes and reduce the same axes, none of which
    needs another's result, become one `kdsl.reduce`. Equal states become one,
    and a state that another one holds (min in argmin) is read from there.

    Example: test/plan/kdsl-fuse-reductions.mlir.
    Requires: nothing.
    Ensures: the language's fusion guarantee.
  }];
  let dependentDialects = ["::kdsl::KdslDialect"];
}

def ExpandDistances : Pass<"kdsl-expand-distances", "::kdsl::ProgramOp"> {
  let summary = "Squared distances as norms and an inner product";
  let description = [{
    Where a `schedule` asks for `form = expanded`, the squared distance of a row j
    and of what does not depend on j becomes
    |x - c|^2 + |y - c|^2 - 2 (x - c).(y - c), at least 0, with c the mean of the
    rows j. Centred rows and their norms are maps, read like inputs. In an
    exponent, a factor of one row or of none multiplies the rows and norms, and
    what is added joins the norm of its row; what row i adds to a logit is added
    to the log-sum-exp.

    Example: test/plan/kdsl-expand-distances.mlir.
    Requires: nothing.
    Ensures: no `kdsl.sqdist` of row j and another row, if so asked.
    Cost: O(rows * features) memory for each side of a distance.
    Accuracy: about (features + 4) u (|x - c|^2 + |y - c|^2), where the sum of
    squared differences is off by that many u of the distance itself. So `auto`
    does not choose it: the promise would not hold for points that are close.
  }];
  let dependentDialects = ["::kdsl::KdslDialect", "::mlir::math::MathDialect"];
}

def TurnPairs : Pass<"kdsl-turn-pairs", "::kdsl::ProgramOp"> {
  let summary = "What the formula of a sum is for the exchanged pair";
  let description = [{
    A reduce that keeps and reduces the rows of one axis yields, besides the
    values of (i, j), those of (j, i): most of a formula of distances is the same
    for both, and a difference is its own negative. So one sweep over half of the
    pairs can serve both rows. Whether it does is decided for each target, which
    drops these values where it does not pay.

    Example: test/plan/kdsl-turn-pairs.mlir.
    Requires: nothing.
    Ensures: only sums have values of the exchanged pair, and alone keep the
    rows that they keep.
    Accuracy: each value has the same operations, but for signs.
  }];
  let dependentDialects = ["::kdsl::KdslDialect"];
}

def ChooseSchedule : Pass<"kdsl-choose-schedule", "::mlir::ModuleOp"> {
  let summary = "Gives each target its copy of the program and a schedule";
  let description = [{
    For each program and each target a copy named `PROGRAM_TARGET`, with
    `#kdsl.schedule` on every reduce and map, chosen by the target's cost model
    from the counted operations of a pair: one for all that share a grid, by what a
    pair of each of its reductions costs. Later passes obey it. Settings of
    `schedule` blocks, in the program's attribute `kdsl.wishes`, go before the
    model's. Their `accumulate` chooses another state for sums of floats; `exp`
    and `fma` become attributes of the program, for `expand-math` and
    `separate-products`.

    Example: test/plan/kdsl-choose-schedule.mlir.
    Requires: programs without a target.
    Ensures: every program has `target`, every reduce and map the schedule of its
    grid.
  }];
  let options = [
    ListOption<"targets", "targets", "std::string",
               "names of targets; none: all three x86 levels">,
    Option<"optLevel", "opt-level", "int", "3",
           "0: one row and one pair at a time">
  ];
  let dependentDialects = ["::kdsl::KdslDialect"];
}

#endif // KDSLC_PLAN_PASSES_TD
