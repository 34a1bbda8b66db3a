//===- Ktile.h - the ktile dialect ----------------------------------------===//
//
// The one header for users of the dialect.
//
//===----------------------------------------------------------------------===//

#ifndef KTILE_KTILE_H
#define KTILE_KTILE_H

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

#include "dialects/ktile/KtileDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/ktile/KtileTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/ktile/KtileOps.h.inc"

namespace ktile {

/// A row i of the tile and a row j of the sweep.
struct RowPair {
  LoadOp ofTile, ofSweep;
};

/// The two that `sides` load at a feature, if they are one of each.
std::optional<RowPair> rowPairOf(mlir::ValueRange sides,
                                 mlir::Value feature);

/// A squared distance |x[i] - y[j]|^2 of rows of f32 as they are loaded.
struct SquaredDistance : RowPair {
  int64_t features;
};

/// That of a sweep that folds nothing else, into one state with a threshold.
///
/// \param mayBeMasked  else it leaves out no pair.
std::optional<SquaredDistance> foldedDistance(SweepOp sweep,
                                              bool mayBeMasked = false);

} // namespace ktile

#endif // KTILE_KTILE_H
