//===- Features.h - derivatives of what joins and folds features ----------===//
//
// Operations whose result is not elementwise: folds, distances, slices and
// linear algebra. All of them are linear in each operand but for products and
// for the choice of an extreme.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FEATURES_H
#define KDSLC_PLAN_DERIVE_FEATURES_H

#include "compiler/plan/derive/Calculator.h"

namespace kdslc {

/// The change of the result from those of the operands (null: none); nothing
/// for an operation that has no rule here.
std::optional<mlir::Value>
tangentOfFeatures(mlir::Operation *op, llvm::ArrayRef<mlir::Value> tangents,
                  Calculator &calculator);

/// Where a cotangent goes.
struct Given {
  unsigned operand;
  mlir::Value cotangent;
  int64_t feature = -1; ///< of one feature of the operand; -1: of all
};

/// What the operands get of a cotangent of the result.
///
/// \param wants whether anything is asked for an operand.
/// \returns nothing for an operation that has no rule here.
std::optional<llvm::SmallVector<Given>>
cotangentsOfFeatures(mlir::Operation *op, mlir::Value cotangent,
                     llvm::function_ref<bool(unsigned)> wants,
                     Calculator &calculator);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FEATURES_H
