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
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <memory>
#include <string>

namespace kdslc {

/// \param machine  as createTargetMachine takes it.
std::unique_ptr<llvm::Module> emptyModule(llvm::LLVMContext &context,
                                          llvm::StringRef machine);

/// \param module    operations of the LLVM dialect only.
/// \param machine   as createTargetMachine takes it.
/// \returns null after an error, which was reported at the module.
std::unique_ptr<llvm::Module> translate(mlir::ModuleOp module,
                                        llvm::LLVMContext &context,
                                        llvm::StringRef machine = hostMachine);

/// Verifies and optimises.
/// \param machine  that of the module. Of level 0: no optimisation. Else LLVM's
///                 pipeline of level 3 without loop unrolling and without the
///                 loop and SLP vectorisers: the loops are unrolled and
///                 vectorised already, in an order of operations that those
///                 would undo.
/// \param error    receives what LLVM's verifier says of a wrong module.
/// \returns false after an error.
bool optimise(llvm::Module &module, llvm::TargetMachine &machine,
              std::string &error);

/// The module as LLVM assembly.
std::string emitLlvmText(const llvm::Module &module);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITLLVM_H
