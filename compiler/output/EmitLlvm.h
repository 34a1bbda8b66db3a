//===- EmitLlvm.h - LLVM dialect to optimised LLVM IR ---------------------===//
//
// Stage `llvm`: translates a module of the LLVM dialect and runs the chosen part
// of LLVM's optimiser.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_EMITLLVM_H
#define KDSLC_OUTPUT_EMITLLVM_H

#include "compiler/output/Machine.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <memory>
#include <string>

namespace kdslc {

/// Translates and optimises.
///
/// \param module    operations of the LLVM dialect only. Private functions
///                  become local symbols.
/// \param optLevel  0: no optimisation. Else LLVM's pipeline of level 3 without
///                  loop unrolling and without the loop and SLP vectorisers:
///                  the loops are unrolled and vectorised already, in an order
///                  of operations that those would undo.
/// \param complete  may add to the module after its translation, before it is
///                  verified and optimised.
/// \param machine   as createTargetMachine takes it.
/// \returns null after an error, which was reported at the module.
std::unique_ptr<llvm::Module>
emitLlvm(mlir::ModuleOp module, llvm::LLVMContext &context, int optLevel = 3,
         llvm::function_ref<void(llvm::Module &)> complete = nullptr,
         llvm::StringRef machine = hostMachine);

/// The module as LLVM assembly.
std::string emitLlvmText(const llvm::Module &module);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITLLVM_H
