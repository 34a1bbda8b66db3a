//===- main.cpp - kdsl-opt: passes on MLIR text, for tests ----------------===//
//
// Reads a module of any stage, runs the passes that the command line names and
// prints the result. A developer's tool: what it reads is trusted.
//
//===----------------------------------------------------------------------===//

#include "compiler/Pipeline.h"
#include "compiler/plan/Passes.h"
#include "compiler/targets/cpu/Passes.h"
#include "compiler/targets/emit/LlvmConversion.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/targets/nvptx/Passes.h"
#include "compiler/tile/Passes.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  kdslc::registerDialects(registry);
  registry.insert<mlir::index::IndexDialect, mlir::ub::UBDialect>();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerLoopInvariantCodeMotionPass();
  kdslc::registerPlanPasses();
  kdslc::registerTilePasses();
  kdslc::cpu::registerKdslCpuPasses();
  kdslc::nvptx::registerKdslNvptxPasses();
  kdslc::elementary::registerKdslMathPasses();
  mlir::PassPipelineRegistration<> toLlvm(
      "lower-to-llvm", "Converts vectors and loops to the LLVM dialect",
      kdslc::addLlvmConversionPasses);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "kdslc optimizer driver\n", registry));
}
