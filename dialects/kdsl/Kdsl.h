//===- Kdsl.h - the kdsl dialect ------------------------------------------===//
//
// The one header for users of the dialect: types, attributes, operations, and
// the interface of reductions.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_KDSL_DIALECT_H
#define KDSL_KDSL_DIALECT_H

#include "dialects/kdsl/Lanes.h"
#include "dialects/kdsl/Schedule.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <optional>
#include <string>

namespace kdsl {
/// The value's features: itself for a number, the element type for a vector.
mlir::Type featureElement(mlir::Type type);
/// 1 for a number, n for a vector of n.
int64_t featureCount(mlir::Type type);
/// The number as a constant of the type, in all its features.
mlir::Value constantOf(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Type type, double value);
/// The real number that a value is, or all of its features are, if it is constant.
std::optional<double> numberOf(mlir::Value value);
/// x^n of reals or integers: products, when derivatives are made.
mlir::Value powerOf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    int64_t n);
/// Further than any row is from another; sums of a few do not overflow.
inline constexpr int64_t beyondRows = int64_t(1) << 58;
} // namespace kdsl

#include "dialects/kdsl/KdslDialect.h.inc"
#include "dialects/kdsl/KdslInterfaces.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/kdsl/KdslTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kdsl/KdslAttrs.h.inc"

namespace kdsl {
class YieldOp;

/// Kahan's step: high + low += term, nothing lost. An infinite or NaN sum has
/// the remainder 0.
void addCompensated(Lanes &lanes, mlir::Value &high, mlir::Value &low,
                    mlir::Value term);
/// low += inner, which is 0 afterwards: less work, which the next of these steps
/// makes good where it adds 0.
void gatherBlock(Lanes &lanes, mlir::Value &inner, mlir::Value &low);
/// high + low += fromHigh + fromLow, of which the latter is a remainder too: what
/// its addition rounds off is a rounding of a rounding.
void mergeCompensated(Lanes &lanes, mlir::Value &high, mlir::Value &low,
                      mlir::Value fromHigh, mlir::Value fromLow);

/// The name of argument or result number `position` of a program, in the
/// attribute `kdsl.name`; empty if it has none.
llvm::StringRef argumentName(mlir::FunctionOpInterface program,
                             unsigned position);
llvm::StringRef resultName(mlir::FunctionOpInterface program,
                           unsigned position);
} // namespace kdsl

#define GET_OP_CLASSES
#include "dialects/kdsl/KdslOps.h.inc"

#endif // KDSL_KDSL_DIALECT_H
