//===- Partials.h - derivatives of elementwise operations -----------------===//
//
// One table for both directions: the factor by which a change of an operand
// reaches the result is also the factor by which a cotangent of the result
// reaches the operand.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_PARTIALS_H
#define KDSLC_PLAN_DERIVE_PARTIALS_H

#include "compiler/plan/derive/Calculator.h"

namespace kdslc {

struct Partial {
  unsigned operand;
  mlir::Value factor; ///< null: 1
  bool minus = false; ///< of the factor

  /// The value times the factor.
  mlir::Value times(mlir::Value value, Calculator &calculator) const;
};

/// The factors of an elementwise operation, in the type of its result; operands
/// that the result does not depend on smoothly have none (a floor, an integer).
/// Nothing for an operation that is not elementwise.
std::optional<llvm::SmallVector<Partial, 2>> partials(mlir::Operation *op,
                                                      Calculator &calculator);

/// An operation that takes one of its operands as it is: select, min, max.
struct Choice {
  mlir::Value condition; ///< the first is taken
  unsigned first, second;
};
std::optional<Choice> choiceOf(mlir::Operation *op, Calculator &calculator);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_PARTIALS_H
