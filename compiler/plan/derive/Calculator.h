//===- Calculator.h - arithmetic of derivatives ---------------------------===//
//
// Builds the arithmetic that rules of differentiation need, for numbers and for
// feature vectors alike. A null value stands for zero: what is known to be
// nothing is never computed.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_CALCULATOR_H
#define KDSLC_PLAN_DERIVE_CALCULATOR_H

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace kdslc {

class Calculator {
public:
  Calculator(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  mlir::Value constant(mlir::Type type, double value);
  /// The value itself, or zeros of the type if it is null.
  mlir::Value orZero(mlir::Value value, mlir::Type type) {
    return value ? value : constant(type, 0);
  }

  /// Null if both are null.
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  /// A number meets a vector feature by feature.
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  mlir::Value scale(mlir::Value a, double factor) {
    return mul(a, constant(a.getType(), factor));
  }

  /// x^n by repeated squaring, at most 2 log2(n) products; of integers, too.
  mlir::Value power(mlir::Value x, int64_t n);

  /// a where the condition holds, else b; null if both are. A condition of one
  /// number serves all features.
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  /// A comparison; unordered predicates hold for NaN.
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value a,
                      mlir::Value b);
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value a,
                      double b) {
    return compare(predicate, a, constant(a.getType(), b));
  }
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value either(mlir::Value a, mlir::Value b);
  mlir::Value no(mlir::Value a);

  /// One number as all features of a vector type; anything else as it is.
  mlir::Value spread(mlir::Value value, mlir::Type type);
  mlir::Value feature(mlir::Value vector, int64_t at);
  /// The sum of all features of a vector or matrix; a number as it is.
  mlir::Value total(mlir::Value value);
  mlir::Value dot(mlir::Value a, mlir::Value b);
  /// Whether one of the features is true; a bool as it is.
  mlir::Value any(mlir::Value conditions);
  /// Null if one is null.
  mlir::Value matmul(mlir::Value a, mlir::Value b, mlir::Type type);
  /// The features in order in another shape.
  mlir::Value shaped(mlir::Value value, mlir::Type type);
  /// Feature (r, c) of the result is the feature of the source at `places`.
  mlir::Value pick(mlir::Value source, llvm::ArrayRef<int64_t> shape,
                   llvm::ArrayRef<mlir::AffineExpr> places);
  mlir::Value transpose(mlir::Value matrix);
  /// A vector of `size`: the number or vector from place `at` on, zeros around.
  mlir::Value padded(mlir::Value value, int64_t at, int64_t size);
  /// For each place of a vector of `count` whether it is the given one.
  mlir::Value isPlace(mlir::Value place, int64_t count);
  /// Conversion between real types.
  mlir::Value toReal(mlir::Value value, mlir::Type type);

  /// A function of one operand, as math.exp.
  template <typename OpTy> mlir::Value call(mlir::Value x) {
    return OpTy::create(builder, loc, x);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_CALCULATOR_H
