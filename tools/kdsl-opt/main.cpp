//===- main.cpp - kdsl-opt: passes on MLIR text, for tests ----------------===//
//
// Reads a module of any stage, runs the passes that the command line names and
// prints the result. A developer's tool: what it reads is trusted.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/LlvmConversion.h"
#include "compiler/targets/cpu/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
                  mlir::func::FuncDialect, mlir::index::IndexDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::ub::UBDialect,
                  mlir::vector::VectorDialect>();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  kdslc::cpu::registerKdslCpuPasses();
  mlir::PassPipelineRegistration<> toLlvm(
      "cpu-to-llvm", "Converts vectors and loops to the LLVM dialect",
      kdslc::cpu::addLlvmConversionPasses);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "kdslc optimizer driver\n", registry));
}
