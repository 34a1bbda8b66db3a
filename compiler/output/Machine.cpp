//===- Machine.cpp - LLVM's description of what code is emitted for -------===//

#include "compiler/output/Machine.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

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
createTargetMachine(llvm::StringRef machine, int optLevel, std::string &error) {
  initialiseBackEnds();
  bool isHost = machine == hostMachine;
  llvm::Triple triple(isHost ? "x86_64-unknown-linux-gnu"
                             : "nvptx64-nvidia-cuda");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  auto level = optLevel == 0 ? llvm::CodeGenOptLevel::None
                             : llvm::CodeGenOptLevel::Aggressive;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, machine, /*Features=*/"", options, llvm::Reloc::PIC_,
      /*CodeModel=*/std::nullopt, level));
}

} // namespace kdslc
