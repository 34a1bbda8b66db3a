//===- Passes.td - passes of the x86 target -------------------------------===//

#ifndef KDSLC_TARGETS_CPU_PASSES
#define KDSLC_TARGETS_CPU_PASSES

include "mlir/Pass/PassBase.td"

def LowerToVector : Pass<"cpu-lower-to-vector", "::mlir::ModuleOp"> {
  let summary = "Turns grids into functions of vector code";
  let description = [{
    Each grid becomes a function that computes its rows tile by tile: rows i in
    the lanes of vectors, y_j as a number that is broadcast where it meets them,
    each operation for a whole group of vectors before the next one. Feature
    loops up to `unroll` are written out. Rows past the end repeat the last one
    and are not stored.

    A filtered sweep looks at those pairs only that a lower bound of their distance,
    one multiply-add a feature, does not leave out (DistanceBound.h). Where a
    schedule has a `chain`, AMX multiplies for it.

    A grid whose sweeps are one chain of states can be given the rows j in parts:
    the function leaves states then, and a second one, `.._merge`, makes results
    of those of all parts.

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
