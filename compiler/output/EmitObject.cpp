//===- EmitObject.cpp - LLVM IR to assembly or an object file -------------===//

#include "compiler/output/EmitObject.h"
#include "compiler/output/EmitLlvm.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/Support/raw_ostream.h"

namespace kdslc {

namespace {
/// Keeps passes of LLVM from where they lose: its scheduler of machine
/// instructions from some functions, and strength reduction from some modules; on
/// GPUs its counters of 64 bits took up to 20 registers of a thread more for as many
/// instructions. (LLVM asks with the name of the function for the former only.)
class PassGate : public llvm::OptPassGate {
public:
  explicit PassGate(llvm::Module &module)
      : context(module.getContext()), before(context.getOptPassGate()),
        reducesStrength(!module.getTargetTriple().isNVPTX()) {
    for (const llvm::Function &function : module) {
      if (function.hasFnAttribute(keepsOrder))
        ordered.insert(function.getName());
      reducesStrength &= !function.hasFnAttribute(keepsAddresses);
    }
    context.setOptPassGate(*this);
  }
  ~PassGate() override { context.setOptPassGate(before); }

  bool isEnabled() const override { return true; }
  bool shouldRunPass(llvm::StringRef pass,
                     llvm::StringRef unit) const override {
    if (pass == "Loop Strength Reduction" && !reducesStrength)
      return false;
    if (pass != "machine-scheduler")
      return !before.isEnabled() || before.shouldRunPass(pass, unit);
    unit.consume_front("function (");
    unit.consume_back(")");
    return !ordered.contains(unit);
  }

private:
  llvm::LLVMContext &context;
  llvm::OptPassGate &before;
  bool reducesStrength;
  llvm::StringSet<> ordered;
};
} // namespace

std::optional<std::string> emitMachineCode(llvm::Module &module,
                                           llvm::TargetMachine &machine,
                                           MachineCode kind,
                                           std::string &error) {
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  auto fileType = kind == MachineCode::Object
                      ? llvm::CodeGenFileType::ObjectFile
                      : llvm::CodeGenFileType::AssemblyFile;
  if (machine.addPassesToEmitFile(passes, os, nullptr, fileType)) {
    error = ("LLVM cannot emit this kind of file for " +
             machine.getTargetCPU())
                .str();
    return std::nullopt;
  }
  PassGate gate(module);
  passes.run(module);
  return std::string(bytes);
}

} // namespace kdslc
