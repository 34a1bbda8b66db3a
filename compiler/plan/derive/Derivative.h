//===- Derivative.h - a derived program under construction ----------------===//
//
//   Differentiate.cpp    the pass: copies the base program, asks for
//   derive/Forward.cpp   tangents, from inputs to outputs, or
//   derive/Backward.cpp  cotangents, from outputs to inputs
//
// Both see the base program as a list of steps: operations of parameters, maps
// and reduces. A derivative of a map or a reduce is maps and reduces over the
// same symbolic matrix, whose bodies repeat what they need of the formula: it
// is cheaper than memory, and equal terms meet when passes are fused.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_DERIVATIVE_H
#define KDSLC_PLAN_DERIVE_DERIVATIVE_H

#include "compiler/plan/derive/FoldRule.h"
#include "compiler/plan/derive/Formula.h"

namespace kdslc {

/// The base program, copied to where its derivative is made.
struct Primal {
  llvm::SmallVector<mlir::Operation *> steps;
  llvm::SmallVector<mlir::Value> inputs, outputs;
};

/// A map or a reduce.
bool isPairStep(mlir::Operation *op);
/// What the body of a pair step reads from the level of the program.
llvm::SmallVector<mlir::Value> captured(mlir::Operation *op);

/// The rows that a program gives for a value: of a parameter, of null (zeros),
/// or of another real type.
mlir::Value asRows(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value value, kdsl::RowsType type,
                   const PairBuilder::Formulas &formulas);

/// Changes of the outputs, null where there is none.
///
/// \param tangents one for each input; null: the input does not change.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
forward(mlir::OpBuilder &builder, const Primal &primal,
        llvm::ArrayRef<mlir::Value> tangents);

/// Cotangents of the inputs `wanted`, null where nothing depends on one.
///
/// \param cotangents one for each output; null: it does not count.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
backward(mlir::OpBuilder &builder, const Primal &primal,
         llvm::ArrayRef<mlir::Value> cotangents,
         llvm::ArrayRef<int64_t> wanted);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_DERIVATIVE_H
