//===- Pipeline.h - every pass in order -----------------------------------===//

#ifndef KDSLC_PIPELINE_H
#define KDSLC_PIPELINE_H

#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace kdslc {

/// The stages of a module, in order. The names are those of `--emit`.
enum class Stage { Kdsl, Planned, Tiled, Lowered, LlvmDialect };

/// Adds the passes that lead from the stage before to `stage`.
void addStage(mlir::OpPassManager &pm, Stage stage, const Options &options);

/// Loads what the passes need into a registry.
void registerDialects(mlir::DialectRegistry &registry);

/// The stage that a module's operations show, for MLIR text as input.
Stage stageOf(mlir::ModuleOp module);

/// Checks what a stage promises: valid operations, and nothing of the stage
/// before.
/// Emits an error and fails otherwise.
llvm::LogicalResult verifyStage(mlir::ModuleOp module, Stage stage);

} // namespace kdslc

#endif // KDSLC_PIPELINE_H
