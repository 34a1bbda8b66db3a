//===- Logits.h - what logsumexp and softmax_sum have in common -----------===//

#ifndef KDSL_REDUCTIONS_LOGITS_H
#define KDSL_REDUCTIONS_LOGITS_H

#include "dialects/kdsl/Kdsl.h"

namespace kdsl {

/// Terms may reach 2^8 before the sum is rescaled: far from overflow, and small
/// enough that the scale hardly costs precision in the blocks already added.
constexpr double logitHeadroom = 8;

/// The largest finite number of a type.
double largestFinite(mlir::Type element);

/// The logits of each row's pairs in units of log 2, excluded pairs at -inf.
llvm::SmallVector<llvm::SmallVector<mlir::Value>>
logitsOf(Lanes &lanes, llvm::ArrayRef<RowGroup> groups, mlir::Type element,
         bool base2);

/// Where a group's logits exceed the scale m of their row, its first part, by
/// more than the headroom.
struct Excess {
  llvm::SmallVector<mlir::Value> tops;     ///< the largest logit of each row
  llvm::SmallVector<mlir::Value> tooLarge; ///< masks
  mlir::Value some;                        ///< in some row
};
Excess
excessOf(Lanes &lanes, llvm::ArrayRef<RowState> rows,
         llvm::ArrayRef<llvm::SmallVector<mlir::Value>> logits);

} // namespace kdsl

#endif // KDSL_REDUCTIONS_LOGITS_H
