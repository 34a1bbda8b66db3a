//===- Reductions.h - reductions over rows, with error bounds -------------===//
//
// One object reduces the rows of one kept row: begin(), fold() for each row
// that takes part, finish(). The semantics for empty sets, NaN, infinities and
// ties are those of the language; the bounds hold for any order of the rows.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_REDUCTIONS_H
#define KDSLC_REFERENCE_REDUCTIONS_H

#include "compiler/reference/Accuracy.h"
#include "compiler/reference/Value.h"
#include "llvm/ADT/ArrayRef.h"
#include <memory>
#include <vector>

namespace kdslc::reference {

/// The row numbers that a correct program may give for one element of an index
/// result: those whose value is least (largest, k-th) within its error. -1
/// stands for "no row".
using Choices = std::vector<int64_t>;

class RowReduction {
public:
  /// \param reduce a Reduce node whose reduction and shapes the checker passed.
  static std::unique_ptr<RowReduction> create(const Expr &reduce,
                                              const Precision &precision);

  virtual ~RowReduction() = default;

  virtual void begin() = 0;

  /// Takes one row.
  ///
  /// \param args     values of the body, then of the weight or payload.
  /// \param row      its number.
  /// \param doubtful the predicate is so close to a tie that the compiled code
  ///                 may decide otherwise.
  virtual void fold(llvm::ArrayRef<const Value *> args, int64_t row,
                    bool doubtful) = 0;

  /// Writes reduce.type.count() values. For index results `choices`, if given,
  /// receives as many lists.
  virtual void finish(Value *result, std::vector<Choices> *choices) = 0;
};

/// Whether the reduction's result is a row number.
bool givesIndices(const Expr &reduce);

/// The families behind create().
std::unique_ptr<RowReduction> createFoldingReduction(const Expr &reduce,
                                                     const Precision &precision);
std::unique_ptr<RowReduction> createOrderedReduction(const Expr &reduce);
std::unique_ptr<RowReduction> createSoftmaxReduction(const Expr &reduce,
                                                     const Precision &precision);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_REDUCTIONS_H
