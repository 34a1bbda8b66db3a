//===- LlvmConversion.cpp - vectors and loops to the LLVM dialect ---------===//

#include "compiler/targets/emit/LlvmConversion.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"

using namespace mlir;

void kdslc::registerLlvmConversions(DialectRegistry &registry) {
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  index::registerConvertIndexToLLVMInterface(registry);
  registerConvertFuncToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  ub::registerConvertUBToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
}

void kdslc::addLlvmConversionPasses(OpPassManager &pm) {
  pm.addPass(createSCFToControlFlowPass());
  // All dialects in one pass, which takes back nothing: a pass for each of them
  // walked over all operations, a quarter of the time of a compilation.
  ConvertToLLVMPassOptions options;
  options.allowPatternRollback = false;
  pm.addPass(createConvertToLLVMPass(options));
  pm.addPass(createReconcileUnrealizedCastsPass());
}
