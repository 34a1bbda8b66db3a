//===- Phases.h - what a lowering says about its phases -------------------===//
//
// Both lowerings leave the same notes for the entry point: `kdsl.phase` on each
// function says which grid of which program it runs, and `kdsl.programs` on the
// module holds the signatures. CollectPrograms reads them.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_EMIT_PHASES_H
#define KDSLC_TARGETS_EMIT_PHASES_H

#include "dialects/ktile/Ktile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kdslc {

/// Adds the signature and the temporaries of a program to `kdsl.programs`,
/// unless another target has done so.
void noteProgram(mlir::ModuleOp module, kdsl::ProgramOp program);

/// A function `PROGRAM_TARGET_PHASE<suffix>` for a grid, before `program`.
///
/// \param numbers  what else the runtime has to know: tile_rows, ..
mlir::func::FuncOp
createPhase(mlir::OpBuilder &builder, kdsl::ProgramOp program,
            int64_t phase, llvm::StringRef suffix,
            mlir::FunctionType type);

/// Sets `kdsl.phase` of a function.
void notePhase(
    mlir::func::FuncOp function, kdsl::ProgramOp program, ktile::GridOp grid,
    int64_t phase,
    llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>> numbers);

/// The programs of a module whose target is a GPU, or is none.
llvm::SmallVector<kdsl::ProgramOp> programsFor(mlir::ModuleOp module,
                                               bool device);

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_PHASES_H
