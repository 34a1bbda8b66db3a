//===- DistanceFilter.h - distances that cannot be small enough -----------===//
//
// Of the pairs that min, argmin and lists of the smallest distances meet, few
// change a state. In a filtered sweep threads compute a lower bound of
// |x - y|^2, one multiply-add a feature, and the distance itself, as the program
// has it, for those pairs alone that the bound lets through: results are the
// same, bit by bit.
//
// With c a row i of the tile, x' = fl(x - c) and y' = fl(y - c), so that what is
// far from the origin loses nothing, A = |x'|^2 and B = |y'|^2 as computed, T
// what the distance has to be below (getThreshold of the reduction):
//
//   lower = fl((1 - k u) B - tiny)   once for a row j, in shared memory
//   bound = fl(lower - 2 x'.y')      for each pair
//   limit = fl((1 + m u) T - fl((1 - k u) A))   when T changes
//
// and a pair is left out if bound >= limit. Why its distance q, as computed, is
// at least T then: let u = 2^-24, D features, a = |x'|^2 and b = |y'|^2 exactly,
// and terms of u^2 aside, for which k has 2 u more than it must.
//
//   1. |bound - (lower - 2 x'.y')| <= D u (a + 2 b): each of D steps rounds a
//      number of at most b + 2 sqrt(a b).
//   2. lower <= (1 - (k - D - 1) u) b, as B <= (1 + D u) b; the same of A.
//      limit >= (1 + (m - 1) u) T - (1 - (k - D - 2) u) a.
//   3. So bound >= limit gives
//      |x' - y'|^2 = a + b - 2 x'.y' >= (1 + (m - 1) u) T
//                    + (k - 2 D - 2) u a + (k - 3 D - 1) u b.
//   4. |x - y|^2 >= |x' - y'|^2 - 4 u (a + b), as each difference moved by at
//      most u of itself.
//   5. q >= (1 - (D + 2) u) |x - y|^2: of a difference, its square, and D sums.
//
// k = 3 D + 8 and m = D + 4 give q >= T. Where numbers underflow each of some
// 4 D roundings is off by 2^-126 at most, even where they are flushed (products
// with features beyond 2^63 by more, which u (a + b) outweighs): `tiny` is
// 2^-110. Nothing overflows while A and B are at most 2^124; where one is more,
// or no number, the bound or the limit is NaN. A NaN, T too, lets a pair through.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_DISTANCEFILTER_H
#define KDSLC_TARGETS_NVPTX_DISTANCEFILTER_H

#include "dialects/kdsl/Lanes.h"

namespace kdslc::nvptx {

/// The numbers that the filter has of a row j.
inline int64_t filterNumbers(int64_t features) { return features + 1; }

class DistanceFilter {
public:
  using Value = mlir::Value;
  using Row = llvm::SmallVector<Value>; ///< a number for each feature

  /// \param center  any row near the tile.
  /// \param rows    those of a thread.
  DistanceFilter(kdsl::Lanes &lane, llvm::ArrayRef<Value> center,
                 llvm::ArrayRef<Row> rows);

  /// Of a row j: -2 y', and `lower`; of no row: what no pair passes.
  Row numbersOf(llvm::ArrayRef<Value> row);
  Row numbersOfNone();
  Value limit(unsigned r, Value threshold);
  /// Whether a pair may change a state, [row i of the thread][row j].
  std::vector<llvm::SmallVector<Value>> passing(llvm::ArrayRef<Row> numbers,
                                                llvm::ArrayRef<Value> limits);

private:
  Row fromCenter(llvm::ArrayRef<Value> row);
  Value square(llvm::ArrayRef<Value> row);
  Value number(double value);
  Value multiplyAdd(Value a, Value b, Value c);
  Value orNaN(Value norm, Value value);

  kdsl::Lanes &lane;
  int64_t features;
  Row center;
  std::vector<Row> moved; ///< x'
  Row norms;              ///< (1 - k u) A
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_DISTANCEFILTER_H
