//===- Logits.h - what logsumexp and softmax_sum have in common -----------===//
//
// Both keep a scale m for each row i and sum 2^(t - m) over its logits t. m lags
// behind the largest logit: it rises only where some t - m exceeds what `roomOf`
// m allows, and t itself is not needed before. Where t is a product, t - m is one
// multiply-add until then. An m so large that the rounding of t counts has no room:
// t is rounded first, and differences of two such numbers are what they seem.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_REDUCTIONS_LOGITS_H
#define KDSL_REDUCTIONS_LOGITS_H

#include "dialects/kdsl/Kdsl.h"
#include <cmath>

namespace kdsl {

/// Terms may reach 2^8 before the sum is rescaled: far from overflow, and small
/// enough that the scale hardly costs precision in the blocks already added.
constexpr double logitHeadroom = 8;

/// The headroom of a scale; `none` for one of 2^20 and more.
mlir::Value roomOf(Lanes &lanes, mlir::Value scale,
                   double room = logitHeadroom, double none = -HUGE_VAL);

/// The largest finite number of a type.
double largestFinite(mlir::Type element);

/// A number for each of a row's pairs.
using RowNumbers = llvm::SmallVector<mlir::Value>;

/// The logits of a group in units of log 2, excluded pairs at -inf.
class Logits {
public:
  using Value = mlir::Value;

  Logits(Lanes &lanes, llvm::ArrayRef<RowGroup> groups, mlir::Type element,
         bool base2);

  /// t - m of row `r`, whose scale is m, in one rounding or with t rounded.
  RowNumbers above(unsigned r, Value scale) const;
  RowNumbers roundedAbove(unsigned r, Value scale) const;
  /// t of row `r`.
  RowNumbers of(unsigned r) const;

private:
  /// a * b, or a.
  struct Logit {
    Value a, b, mask;
  };
  Value masked(const Logit &logit, Value value) const;

  Lanes &lanes;
  Value never; ///< -inf
  std::vector<llvm::SmallVector<Logit>> rows;
};

/// The largest of some numbers; if one is NaN, any of them.
mlir::Value topOf(Lanes &lanes, llvm::ArrayRef<mlir::Value> numbers);

/// A mask: in some row, some t - m exceeds its room.
mlir::Value excessOf(Lanes &lanes, llvm::ArrayRef<RowNumbers> above,
                     llvm::ArrayRef<mlir::Value> rooms);

} // namespace kdsl

#endif // KDSL_REDUCTIONS_LOGITS_H
