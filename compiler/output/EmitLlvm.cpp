//===- EmitLlvm.cpp - LLVM dialect to optimised LLVM IR -------------------===//

#include "compiler/output/EmitLlvm.h"
#include "compiler/output/Machine.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"

using namespace mlir;

namespace kdslc {

/// Files and symbols of the module carry no path: equal input, equal bytes.
static constexpr llvm::StringLiteral moduleName = "kdsl";

/// The conversion of loops leaves their annotation on the branch back, where the
/// translation does not look for it.
static void keepLoopAnnotations(ModuleOp module) {
  module.walk([](LLVM::BrOp branch) {
    if (auto annotation = branch->getAttrOfType<LLVM::LoopAnnotationAttr>(
            "llvm.loop_annotation"))
      branch.setLoopAnnotationAttr(annotation);
  });
}

/// What is left to do for LLVM after the passes of MLIR, in a third of the time
/// of its -O3 and with equally fast code: addresses, that is loops rotated, what
/// does not change in them before them, and redundant parts gone. Its
/// vectorisers and unrollers would undo the order that the lowering chose.
static constexpr llvm::StringLiteral passes =
    "function(early-cse<memssa>,simplifycfg,loop-mssa(loop-rotate,licm),"
    "loop(indvars,loop-deletion),gvn,instcombine<no-verify-fixpoint>,adce,"
    "simplifycfg),globaldce";

/// These passes keep the order of a block's operations. The scheduler of the
/// code generator does not: it shortens the lives of values, so that a
/// polynomial that was written in step over a group of vectors becomes one
/// chain for each vector again. That is left so on purpose: without the
/// scheduler
/// (-enable-misched=false), or with empty inline assembly between the steps, a
/// Gaussian sum spilled and ran 0 to 5 % slower with AVX-512; with AVX2 it
/// gained up to 4 % at two vectors by two columns and lost at other shapes.
bool optimise(llvm::Module &module, llvm::TargetMachine &machine,
              std::string &error) {
  llvm::raw_string_ostream os(error);
  if (llvm::verifyModule(module, &os)) {
    error = "the translation to LLVM is not valid: " + error;
    return false;
  }
  if (machine.getOptLevel() == llvm::CodeGenOptLevel::None)
    return true;
  llvm::PassBuilder builder(&machine);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager manager;
  llvm::cantFail(builder.parsePassPipeline(manager, passes));
  manager.run(module, modules);
  return true;
}

static void describeMachine(llvm::Module &module, llvm::StringRef machineName) {
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(machineName, /*optLevel=*/0);
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
}

std::unique_ptr<llvm::Module> emptyModule(llvm::LLVMContext &context,
                                          llvm::StringRef machineName) {
  auto module = std::make_unique<llvm::Module>(moduleName, context);
  describeMachine(*module, machineName);
  return module;
}

std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                        llvm::LLVMContext &context,
                                        llvm::StringRef machineName) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  registerNVVMDialectTranslation(*module.getContext());
  keepLoopAnnotations(module);
  std::unique_ptr<llvm::Module> result =
      translateModuleToLLVMIR(module, context, moduleName);
  if (!result) // reported by the translation
    return nullptr;
  describeMachine(*result, machineName);
  return result;
}

std::string emitLlvmText(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, nullptr);
  return text;
}

} // namespace kdslc
