//===- KeepLoops.h - loops that later tools must leave as they are --------===//

#ifndef KDSLC_TARGETS_EMIT_KEEPLOOPS_H
#define KDSLC_TARGETS_EMIT_KEEPLOOPS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace kdslc {

/// Later tools must not write the loop out: ptxas would keep all features of row
/// i in registers, and spill.
void keepLoop(mlir::scf::ForOp loop);
/// The same, with `step` of its turns in one where that divides them.
void keepLoopInSteps(mlir::scf::ForOp loop, int64_t step);

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_KEEPLOOPS_H
