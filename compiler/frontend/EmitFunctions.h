//===- EmitFunctions.h - functions of values in arith, math and kdsl ------===//

#ifndef KDSLC_FRONTEND_EMITFUNCTIONS_H
#define KDSLC_FRONTEND_EMITFUNCTIONS_H

#include "compiler/frontend/Checked.h"
#include "mlir/IR/Builders.h"

namespace kdslc {

/// The MLIR type of an element: f32, i64, i1, ...
mlir::Type mlirElement(Elem elem, mlir::MLIRContext *context);
/// The MLIR type of a value: an element or a vector of features.
mlir::Type mlirType(const ValueType &type, mlir::MLIRContext *context);

/// Builds the operations of one node of a formula.
class FunctionEmitter {
public:
  FunctionEmitter(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// A constant of a number or a splat vector type.
  mlir::Value constant(mlir::Type type, double value);
  /// `function` of the operands; numbers among vectors are broadcast first.
  /// `expr` gives the result type and constant exponents.
  mlir::Value apply(const Expr &expr, llvm::ArrayRef<mlir::Value> operands);
  /// Conversion between element types, one rounding.
  mlir::Value convert(mlir::Value value, mlir::Type element);
  /// A feature of a vector, a row of a matrix.
  mlir::Value extract(mlir::Value value, int64_t place);
  /// Features begin .. end - 1 of a vector, those rows of a matrix.
  mlir::Value slice(mlir::Value value, int64_t begin, int64_t end);

private:
  mlir::Value binary(Function function, mlir::Value a, mlir::Value b);
  mlir::Value compare(Function function, mlir::Value a, mlir::Value b);
  mlir::Value elementary(Function function, mlir::Value x);
  mlir::Value piecewise(Function function, llvm::ArrayRef<mlir::Value> v);
  mlir::Value ofVectors(Function function, llvm::ArrayRef<mlir::Value> v);
  mlir::Value ofMatrices(const Expr &expr, llvm::ArrayRef<mlir::Value> v);
  mlir::Value derivative(Function function, llvm::ArrayRef<mlir::Value> v);
  mlir::Value pick(mlir::Value value, llvm::ArrayRef<int64_t> shape,
                   llvm::ArrayRef<mlir::AffineExpr> places);
  mlir::Value places(int64_t count, mlir::Type element);
  mlir::Value power(mlir::Value base, const Expr &exponent, mlir::Value value);
  mlir::Value toInteger(mlir::Value value, mlir::Type to);
  mlir::Value floorDivide(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_EMITFUNCTIONS_H
