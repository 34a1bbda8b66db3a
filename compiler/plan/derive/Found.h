//===- Found.h - values at the rows that an order has found ---------------===//
//
// argmin[j](key, value) is a map that gathers the rows j that were found. What
// gathers forward scatters backward, and a row j does not know who found it: so
// the cotangents are sums over all pairs, of which those that found each other
// count.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FOUND_H
#define KDSLC_PLAN_DERIVE_FOUND_H

#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/PairBuilder.h"

namespace kdslc {

/// A map of gathered rows as the formula of all its pairs.
struct Found {
  kdsl::ReduceOp pairs;  ///< sums the values; for its body, not for its result
  mlir::Value numbers;   ///< the rows that were found
  PairBuilder::Place at; ///< indices of the map that subscript them
  int64_t places = 0;    ///< how many; 0: one row, no list
};

/// Nothing for a map that does not depend on rows that were found.
std::optional<Found> foundBy(kdsl::MapOp map);

/// The cotangent of the value of a pair, and where it is anything at all.
///
/// \param y      of the map's row: the values of all places, one after another.
/// \param found  the numbers of the rows at those places.
/// \param own    the number of row j.
std::pair<mlir::Value, mlir::Value> cotangentOfFound(mlir::Value y,
                                                     mlir::Value found,
                                                     mlir::Value own,
                                                     mlir::Type value,
                                                     Calculator &calculator);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FOUND_H
