//===- Passes.h - passes that every target uses on mathematics ------------===//

#ifndef KDSLC_TARGETS_MATH_PASSES_H
#define KDSLC_TARGETS_MATH_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace kdslc::elementary {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/targets/math/Passes.h.inc"

} // namespace kdslc::elementary

#endif // KDSLC_TARGETS_MATH_PASSES_H
