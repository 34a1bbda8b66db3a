//===- Band.h - rows j that a predicate leaves out ------------------------===//
//
// A predicate such as `j <= i` or `abs(i - j) < w` keeps row i to rows j near
// it. What is known of that for all pairs of a reduction becomes the limits of
// its sweep; the predicate itself stays and decides each pair.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TILE_BAND_H
#define KDSLC_TILE_BAND_H

#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// Reads the predicates of a reduction. Of row number i, only the rows j take
/// part that are numbered i - below to i + above, and begin to end - 1:
/// \returns below, above, begin and end as i64 values at the builder's place,
/// outside of the reduction; nothing if no limit is known.
llvm::SmallVector<mlir::Value> findBand(kdsl::ReduceOp reduce,
                                        mlir::OpBuilder &builder);

} // namespace kdslc

#endif // KDSLC_TILE_BAND_H
