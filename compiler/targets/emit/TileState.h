//===- TileState.h - states of a tile, and how rows j are shared out ------===//

#ifndef KDSLC_TARGETS_EMIT_TILESTATE_H
#define KDSLC_TARGETS_EMIT_TILESTATE_H

#include "dialects/kdsl/Kdsl.h"
#include "dialects/ktile/Ktile.h"

namespace kdslc {

/// The states of one reduction: parts of each lane value of rows in registers
/// for each component, or all components in scratch where they are too many.
struct TileState {
  using Value = mlir::Value;

  ktile::StateType type;
  /// The shared parts of each lane value; empty if there are none.
  llvm::SmallVector<kdsl::RowState> shared;
  std::vector<llvm::SmallVector<kdsl::RowState>> components;
  Value memory; ///< null: in registers
  /// What a target compares with before it folds pairs, one for each lane value;
  /// empty if it folds all.
  llvm::SmallVector<Value> limits;
  /// Groups of pairs that wait in scratch, an i64; null: none ever do.
  Value left;
  /// Its components take up what is collected, and only then are closed.
  bool isCollected = false;
};

/// Blocks that states gather before they are closed, as Sum.cpp counts on.
inline constexpr int64_t mostGathered = 16;

/// How the rows j of a chain are shared out.
struct TileParts {
  using Value = mlir::Value;

  Value number;       ///< of the part at hand
  Value begin, end;   ///< its rows j
  Value count;        ///< of all parts; 1: results follow the sweeps
  Value memory;       ///< the partials
  bool merge = false; ///< this code takes the states of all parts
  /// Of halved sweeps: the part that has the states of the rows j, and whether
  /// all states continue what is in memory (an i1; null: they do).
  Value turned, continues;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_TILESTATE_H
