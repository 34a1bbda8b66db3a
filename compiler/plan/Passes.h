//===- Passes.h - passes of the planner: kdsl to kdsl ---------------------===//

#ifndef KDSLC_PLAN_PASSES_H
#define KDSLC_PLAN_PASSES_H

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace kdslc {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/plan/Passes.h.inc"

/// How bodies are cleaned: bottom up, which takes a quarter of the time of top
/// down on long ones, with the same result; and without a look at the blocks of
/// their regions, which have one each.
inline mlir::GreedyRewriteConfig cleanupConfig() {
  return mlir::GreedyRewriteConfig()
      .setUseTopDownTraversal(false)
      .setRegionSimplificationLevel(mlir::GreedySimplifyRegionLevel::Disabled);
}
} // namespace kdslc

#endif // KDSLC_PLAN_PASSES_H
