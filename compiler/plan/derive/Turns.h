//===- Turns.h - how pairs are turned for cotangents ----------------------===//
//
// The cotangent of what a pair reads is summed over the indices that do not
// subscript it: each such leaf asks for a pass that keeps the others. Leaves
// that keep and reduce equal axes share one.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_TURNS_H
#define KDSLC_PLAN_DERIVE_TURNS_H

#include "compiler/plan/PairBuilder.h"

namespace kdslc {

/// A value that a formula reads and that is differentiated in.
struct Leaf {
  mlir::Value source;      ///< rows, or a parameter
  mlir::Value inside;      ///< in the body of the step
  PairBuilder::Place at;   ///< indices of the step, each once
  PairBuilder::Place full; ///< as the array is subscripted: W[i, i] has i twice
};

/// Leaves that see the indices of the step at the same places.
struct Turn {
  PairBuilder::Place places; ///< of the step's indices in the new operation
  llvm::SmallVector<Leaf> leaves;
};

/// Turns that make one new map or reduce.
struct Pass {
  bool isReduce;
  bool isTurned; ///< of a reduce within ranges: they are seen from rows j
  llvm::SmallVector<mlir::Attribute> axes, names;
  llvm::SmallVector<Turn, 1> turns;
};

/// Whether only pairs of a block-sparse set take part. A leaf that both of its
/// rows subscript has no passes then.
bool isWithinRanges(const PairView &view);

/// The passes that give the cotangents of all leaves of a map or a reduce.
llvm::SmallVector<Pass, 2> planPasses(const PairView &view,
                                      llvm::ArrayRef<Leaf> leaves);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_TURNS_H
