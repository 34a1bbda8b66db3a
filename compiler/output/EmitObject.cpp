//===- EmitObject.cpp - LLVM IR to assembly or an object file -------------===//

#include "compiler/output/EmitObject.h"
#include "compiler/output/EmitLlvm.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

namespace kdslc {

std::optional<std::string> emitMachineCode(llvm::Module &module,
                                           MachineCode kind, int optLevel,
                                           std::string &error,
                                           llvm::StringRef machineName) {
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(machineName, optLevel, error);
  if (!machine)
    return std::nullopt;
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  auto fileType = kind == MachineCode::Object
                      ? llvm::CodeGenFileType::ObjectFile
                      : llvm::CodeGenFileType::AssemblyFile;
  if (machine->addPassesToEmitFile(passes, os, nullptr, fileType)) {
    error = ("LLVM cannot emit this kind of file for " + machineName).str();
    return std::nullopt;
  }
  passes.run(module);
  return std::string(bytes);
}

} // namespace kdslc
