//===- Machine.cpp - LLVM's description of what code is emitted for -------===//

#include "compiler/output/Machine.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

namespace kdslc {

static void initialiseBackEnds() {
  static const bool once = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)once;
}

std::unique_ptr<llvm::TargetMachine>
createTargetMachine(llvm::StringRef machine, int optLevel) {
  initialiseBackEnds();
  bool isHost = machine == hostMachine;
  llvm::Triple triple(isHost ? "x86_64-unknown-linux-gnu"
                             : "nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  assert(target && "both were linked, and registered above");
  llvm::TargetOptions options;
  auto level = optLevel == 0 ? llvm::CodeGenOptLevel::None
                             : llvm::CodeGenOptLevel::Aggressive;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, machine, /*Features=*/"", options, llvm::Reloc::PIC_,
      /*CodeModel=*/std::nullopt, level));
}

} // namespace kdslc
