//===- TurnedSums.h - what pairs give to rows j ---------------------------===//

#ifndef KDSLC_TARGETS_EMIT_TURNEDSUMS_H
#define KDSLC_TARGETS_EMIT_TURNEDSUMS_H

#include "dialects/ktile/Ktile.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include <vector>

namespace kdslc {

/// Of a halved sweep: what its pairs give to rows j, on the way to their
/// states.
struct TurnedSums {
  using Value = mlir::Value;

  /// What they are for a state; of bools counts.
  static mlir::Type elementOf(ktile::StateType state) {
    mlir::Type element = state.getElements().front();
    return element.isInteger(1) ? mlir::IntegerType::get(element.getContext(), 32)
                                : element;
  }

  /// Whether the rows j that are swept take their share.
  bool servesBoth = false;
  /// What the group at hand has for them, [fold][component][row of the group],
  /// over its lanes.
  llvm::MapVector<mlir::Operation *, std::vector<llvm::SmallVector<Value>>>
      ofGroup;
  /// Where that of a block of rows j waits, for each component of a fold.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Value>> buffers;
  Value firstOfBlock; ///< row j of the block at hand
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_TURNEDSUMS_H
