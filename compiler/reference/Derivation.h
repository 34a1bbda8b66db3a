//===- Derivation.h - formulas for derived programs -----------------------===//

#ifndef KDSLC_REFERENCE_DERIVATION_H
#define KDSLC_REFERENCE_DERIVATION_H

#include "compiler/frontend/Checked.h"
#include "llvm/Support/Error.h"

namespace kdslc::reference {

/// A program whose outputs all have formulas, and the nodes that it adds.
struct Expanded {
  CheckedProgram program;
  std::deque<Expr> exprs;
};

/// Whether a program has derivatives to expand: it is derived, or a formula of
/// it has `grad`.
bool hasDerivatives(const CheckedProgram &program);

/// The formulas of a derived program, and of `grad` in formulas, by forward
/// mode. A cotangent is found from the changes of a formula under a change of
/// each element of each leaf, summed over the rows that the leaf is not
/// subscripted by.
llvm::Expected<std::unique_ptr<Expanded>>
expandDerivatives(const CheckedProgram &program);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_DERIVATION_H
