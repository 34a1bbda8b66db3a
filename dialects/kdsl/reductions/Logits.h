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

} // namespace kdsl

#endif // KDSL_REDUCTIONS_LOGITS_H
