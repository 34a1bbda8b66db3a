//===- Passes.h - passes of the planner: kdsl to kdsl ---------------------===//

#ifndef KDSLC_PLAN_PASSES_H
#define KDSLC_PLAN_PASSES_H

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kdslc {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/plan/Passes.h.inc"
} // namespace kdslc

#endif // KDSLC_PLAN_PASSES_H
