//===- Passes.td - passes that every target uses on mathematics -----------===//

#ifndef KDSLC_TARGETS_MATH_PASSES
#define KDSLC_TARGETS_MATH_PASSES

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replaces elementary functions by arithmetic";
  let description = [{
    Rewrites the operations of the math dialect and kdsl.lgamma on f32 and f64
    scalars and fixed vectors into arith, intrinsics of single instructions and those math
    operations that are one instruction or a short sequence on every target
    (sqrt, fma, absf, copysign, floor, ceil, trunc, round, roundeven). The code
    is free of calls, on a GPU too, and of branches: but on a GPU logarithms of a group
    have one, behind which are all of them again for what is rare. The same
    is done to conversions from and to f16 and bf16 that the target has no
    instruction for.

    Adjacent operations of one kind, none of which needs another's result, are
    expanded in step: first the first operation of each, then the second of
    each. So a group of vectors that was written stage by stage stays so, and
    the latencies of one vector hide behind the others.

    Example: test/targets/math/expand-math.mlir
    Requires: the string attribute `kdsl.isa` of the function names its
    instruction set: "x86-64-v2" (the default), "x86-64-v3", "x86-64-v4",
    "sm_80", "sm_90", "sm_100" or "sm_120". A GPU's lanes are threads: its
    values are scalars, and a vector there is expanded without the instructions
    that take scalars only. No attribute lets f32 operations flush subnormal
    numbers to 0, and no fast-math flag is added later.
    Ensures: no kdsl.lgamma and no math operation but the native ones above
    remains, on a GPU also math.rsqrt, and of the conversions of 16-bit floats those between f16 and f32
    that are one instruction.
    Options: the string attribute `kdsl.exp` of the function, "accurate" (the
    default) or "fast", chooses the polynomial of exp2. The unit attribute
    `kdsl.bounded` of a math.exp2 states that its operand is not above 64 (or
    NaN), which saves a clamp; it is added where the operand is a product that
    shows to be not above 0, as -2 x x does. On CPUs the larger of two vectors
    without signs is that of their bits, on a GPU the sign of a number; the sine and
    cosine of one angle become one operation.
    Accuracy: the table in ExpandMath.h.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"
  ];
}

def JoinQuotients : Pass<"join-quotients", "::mlir::func::FuncOp"> {
  let summary = "Divides once for several quotients";
  let description = [{
    A CPU has one divider, beside units that add and multiply two vectors or three in
    a cycle. Quotients with one divisor become products with its reciprocal. Of one
    dividend n by a and by b there is one division, r = n / (a b): n / a is r b, and
    n / b is r a. Both are done where sums take the quotients in, or products with
    them: there the last product is a part of a multiply-add, and not rounded.

    What is between must be a normal number. A group of vectors is tested at once for
    what the formula does not say: that the size of a divisor, or of a b, is within
    half the range of exponents of 1, and that n is, or 0. If a lane is not, all of
    them are divided as they were.

    A block that has more to do than its divider keeps its quotients: pairs cost half an
    operation for each, and tests.

    Example: test/targets/math/join-quotients.mlir
    Requires: what `expand-math` requires.
    Ensures: nothing for x86-64-v2, which has no multiply-add, for a GPU, and for one
    lane, as without optimisation. Quotients that a step depends on stay, as do those by
    roots with AVX-512, which are no divisions there.
    Accuracy: with one divisor 0.5 ulp, of pairs 1, before the sum; where they are
    multiplied first, half an ulp more, and nothing for that product.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"
  ];
}

def ShareDivider : Pass<"share-divider", "::mlir::func::FuncOp"> {
  let summary = "Takes divisions and roots away from the divider";
  let description = [{
    A CPU has one divider, which is busy for ten and more cycles with a vector of
    AVX-512, beside units that multiply and add two of them in a cycle. Of the
    vectors that one block divides, every second one is multiplied by a reciprocal,
    from an estimate of 14 bits and multiply-adds; so do square roots. Both units
    are busy then: on CPUs with slow dividers this is up to twice as fast, and
    on others it does not matter which of them does it.

    A quotient by sqrt(x) or by x sqrt(x) would keep the divider busy twice. They
    become products with rsqrt(x) and x^-1.5, which an estimate of the first gives
    both.

    What leaves the divider is marked here with how, and expanded by `expand-math`, in
    step with its neighbours.

    On a GPU the division of f32 calls 95 instructions for its rare cases. What a
    kernel divides once, for all rows, goes by f64, in whose range there are none.

    Example: test/targets/math/share-divider.mlir
    Requires: what `expand-math` requires.
    Ensures: nothing for other instruction sets, and on CPUs where an operand is
    not known to be positive: divisors at least 2^-64, radicands at least 0 (or
    NaN). Quotients and roots that a step depends on, or a pair of
    `join-quotients`, keep to one rounding, by the divider unless a constant of at
    least 1 is divided: whole ones are whole.
    Accuracy: reciprocals 0.52 ulp (all f32 of a binade), of roots 0.77, x^-1.5 1.24,
    roots 0.78, and where they are multiplied half an ulp more; quotients with one
    rounding 0.65. By f64 0.5.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect"
  ];
}

def GroupQuotients : Pass<"group-quotients", "::mlir::func::FuncOp"> {
  let summary = "Divides by estimates, a group of numbers at a time";
  let description = [{
    On a GPU a quotient or a square root of f32 is half a dozen instructions and a
    test for its rare cases, which call 95. Here operations of one kind that follow
    one another get theirs from an estimate and multiply-adds, and are tested
    together: if one of them is rare, all of them are computed again, as they were.
    A divisor that is a root has the estimate of that root's reciprocal already.

    Reciprocal roots, which `expand-math` leaves to this pass, come from the instruction
    that takes small numbers for 0; those of numbers that may be small are tested in
    the same way, and those of f64, which has a guess for them.

    Example: test/targets/math/group-quotients.mlir
    Requires: what `expand-math` ensures.
    Ensures: no math.rsqrt remains on a GPU; nothing for other targets.
    Accuracy: quotients two roundings, one where `kdsl.exact` says that a step
    depends on them (expand-math notes that on a GPU), roots 0.6 ulp.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"
  ];
}

def SeparateProducts : Pass<"separate-products", "::mlir::func::FuncOp"> {
  let summary = "Rounds products before they are added";
  let description = [{
    In functions with `kdsl.fma = "off"`, takes the flag `contract` from every
    operation: no product and sum become one multiply-add. There, and for
    x86-64-v2, which has no instruction for it, math.fma becomes a product and a
    sum. The steps of elementary functions are not products of the formula, and
    keep theirs.

    Example: test/targets/math/separate-products.mlir
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"
  ];
}

#endif // KDSLC_TARGETS_MATH_PASSES
