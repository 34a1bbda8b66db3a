//===- KdslDialect.cpp - registration of the kdsl dialect -----------------===//

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/kdsl/KdslDialect.cpp.inc"

void kdsl::KdslDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/kdsl/KdslOps.cpp.inc"
      >();
  registerTypes();
  registerAttributes();
}

/// What folds of this dialect's operations become: numbers are arith's.
mlir::Operation *
kdsl::KdslDialect::materializeConstant(mlir::OpBuilder &builder,
                                       mlir::Attribute value, mlir::Type type,
                                       mlir::Location loc) {
  return mlir::arith::ConstantOp::materialize(builder, value, type, loc);
}
