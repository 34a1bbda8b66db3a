//===- ExpandedForm.h - formulas for `form = expanded` --------------------===//

#ifndef KDSLC_REFERENCE_EXPANDEDFORM_H
#define KDSLC_REFERENCE_EXPANDEDFORM_H

#include "compiler/frontend/Checked.h"
#include "llvm/ADT/DenseSet.h"

namespace kdslc::reference {

/// A program whose squared distances are norms and inner products of centred
/// rows, and the nodes that it adds.
struct ExpandedForm {
  CheckedProgram program;
  std::deque<Expr> exprs;
  /// The centres. Any point would serve: their own error is none of the result,
  /// whose bound is that of the other operations.
  llvm::DenseSet<const Expr *> centres;
  /// Differences of centred rows that a sum over j may take apart, so that its
  /// rounding is as large as the two rows.
  llvm::DenseSet<const Expr *> parted;
};

/// In every reduction over j, a distance of what depends on j and of what does
/// not: |x - c|^2 + |y - c|^2 - 2 (x - c).(y - c), where c is the mean of y over
/// all rows j. In an exponent, what multiplies it meets every term, and what is
/// added is one of the terms: all are rounded as the largest one is.
std::unique_ptr<ExpandedForm> expandDistances(const CheckedProgram &program);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_EXPANDEDFORM_H
