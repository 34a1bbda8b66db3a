//===- Special.h - slopes that need more than one formula -----------------===//
//
// Written with operations that have derivatives, so that those of any order
// follow, and accurate where a single formula would cancel.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_SPECIAL_H
#define KDSLC_PLAN_DERIVE_SPECIAL_H

#include "compiler/plan/derive/Calculator.h"

namespace kdslc {

/// The derivative of lgamma.
mlir::Value digamma(mlir::Value x, Calculator &calculator);
/// The derivative of y = sinc(x).
mlir::Value slopeOfSinc(mlir::Value x, mlir::Value y, Calculator &calculator);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_SPECIAL_H
