//===- Passes.td - passes of the x86 target -------------------------------===//

#ifndef KDSLC_TARGETS_CPU_PASSES
#define KDSLC_TARGETS_CPU_PASSES

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"cpu-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replaces elementary functions by arithmetic";
  let description = [{
    Rewrites the operations of the math dialect on f32 and f64 scalars and
    fixed vectors into arith, vector-instruction intrinsics and those math
    operations that are one x86 instruction or a short sequence (sqrt, fma,
    absf, copysign, floor, ceil, trunc, round, roundeven). The code is free of
    branches and of calls.

    Adjacent operations of one kind, none of which needs another's result, are
    expanded in step: first the first operation of each, then the second of
    each. So a group of vectors that was written stage by stage stays so, and
    the latencies of one vector hide behind the others.

    Example: test/targets/cpu/cpu-expand-math.mlir
    Requires: the string attribute `kdsl.isa` of the function names its
    instruction set, "x86-64-v2" (the default), "x86-64-v3" or "x86-64-v4".
    Ensures: no math operation but the native ones above remains.
    Options: the string attribute `kdsl.exp` of the function, "accurate" (the
    default) or "fast", chooses the polynomial of exp2. The unit attribute
    `kdsl.nonpositive` of a math.exp2 states that its operand is not above 0 (or
    NaN) and saves a clamp.
    Accuracy: the table in ExpandMath.h.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect"
  ];
}

def LowerToVector : Pass<"cpu-lower-to-vector", "::mlir::ModuleOp"> {
  let summary = "Turns grids into functions of vector code";
  let description = [{
    Each grid becomes a function of (args, temps, begin, end, scratch) that
    computes its rows tile by tile: rows i in the lanes of vectors, y_j as a
    number that is broadcast where it meets them, each operation for a whole
    group of vectors before the next one. Feature loops up to `unroll` are
    written out. Rows past the end repeat the last one and are not stored.

    Example: test/targets/cpu/cpu-lower-to-vector.mlir.
    Requires: `ktile-tile-reductions`, `ktile-peel-tails`, and a target on every
    program.
    Ensures: no `kdsl` or `ktile` operation; `kdsl.phase` on every function and
    `kdsl.programs` on the module tell the entry point what to call.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // KDSLC_TARGETS_CPU_PASSES
