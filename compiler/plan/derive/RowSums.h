//===- RowSums.h - cotangents of whole arrays, put together ---------------===//

#ifndef KDSLC_PLAN_DERIVE_ROWSUMS_H
#define KDSLC_PLAN_DERIVE_ROWSUMS_H

#include "compiler/plan/PairBuilder.h"

namespace kdslc {

/// Maps and sums of rows. What is a formula of each row is noted as one, so that
/// whoever reads it computes it again.
class RowSums {
public:
  using Place = PairBuilder::Place;

  RowSums(mlir::OpBuilder &builder, PairBuilder::Formulas &formulas)
      : builder(builder), formulas(formulas) {}

  /// The sum of several arrays of rows, or of parameters.
  mlir::Value sum(llvm::ArrayRef<mlir::Value> parts);
  /// Sums rows over the axes that are not listed, and puts the rest in order.
  mlir::Value sumOver(mlir::Value rows, Place at);
  /// Rows of an array that is read where some of its indices are equal:
  /// elsewhere its cotangent is 0.
  ///
  /// \param array     the type of the whole array.
  /// \param diagonal  for each axis of the array the axis of `rows`.
  mlir::Value onDiagonal(mlir::Value rows, mlir::Type array,
                         const Place &diagonal);

private:
  mlir::Value inOrder(mlir::Value rows, const Place &at);

  mlir::OpBuilder &builder;
  PairBuilder::Formulas &formulas;
};

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_ROWSUMS_H
