//===- WeightedValues.h - sums that tensor cores may add up ---------------===//

#ifndef KDSLC_TARGETS_NVPTX_WEIGHTEDVALUES_H
#define KDSLC_TARGETS_NVPTX_WEIGHTEDVALUES_H

#include "dialects/ktile/Ktile.h"
#include <optional>

namespace kdslc::nvptx {

/// A fold of a sweep whose component e adds up weight[i, j] * values[j, e].
struct WeightedValues {
  ktile::FoldOp op;
  ktile::LoadOp values;
  mlir::Value weight; ///< null: the reduction makes it
  /// Values have numbers of 16 bits, which tensor cores take as they are.
  bool isOfHalves = false;
};

/// That of a sweep whose grid's schedule collects weights, if there is one. Sweeps
/// over what is left of a group, or over ranges, have none.
std::optional<WeightedValues> findWeightedValues(ktile::SweepOp sweep);

/// Rows j whose weights the sweep collects; 0: none.
int64_t windowOf(ktile::SweepOp sweep);

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_WEIGHTEDVALUES_H
