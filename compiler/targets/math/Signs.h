//===- Signs.h - what is known of the signs of values ---------------------===//

#ifndef KDSLC_TARGETS_MATH_SIGNS_H
#define KDSLC_TARGETS_MATH_SIGNS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseMap.h"

namespace kdslc::elementary {

/// What is known of the numbers of a function, which must not change meanwhile.
/// NaN is always possible.
class Signs {
public:
  bool isNonNegative(mlir::Value value);
  /// Of a product with a negative factor, as of -c |x - y|^2.
  bool isNonPositive(mlir::Value value);
  /// At least 2^-64: the reciprocal is a number.
  bool isPositive(mlir::Value value) { return atLeast(value) >= 0x1p-64; }
  /// What a positive number is at least; 0 of what is not known to be one.
  double atLeast(mlir::Value value);

private:
  bool findNonNegative(mlir::Value value);
  double findBound(mlir::Value value);
  /// Of a product, quotient or negation: 1 or -1 for a number that is not below
  /// or above 0, 0 if its sign depends on the data.
  int signOfProduct(mlir::Value value);
  /// Sums in loops are what they start as, and what is added to them.
  bool isNonNegativeInLoop(mlir::scf::ForOp loop, unsigned number) {
    return isNonNegative(loop.getInitArgs()[number]) &&
           isNonNegative(loop.getYieldedValues()[number]);
  }

  llvm::DenseMap<mlir::Value, bool> known;
  llvm::DenseMap<mlir::Value, double> bounds;
};

} // namespace kdslc::elementary

#endif // KDSLC_TARGETS_MATH_SIGNS_H
