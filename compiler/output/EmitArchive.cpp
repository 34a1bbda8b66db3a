//===- EmitArchive.cpp - a static library of one object -------------------===//

#include "compiler/output/EmitArchive.h"
#include "llvm/Object/ArchiveWriter.h"

namespace kdslc {

std::string emitArchive(llvm::StringRef object, llvm::StringRef name) {
  std::vector<llvm::NewArchiveMember> members;
  members.emplace_back(llvm::MemoryBufferRef(object, name));
  auto archive = llvm::writeArchiveToBuffer(
      members, llvm::SymtabWritingMode::NormalSymtab,
      llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  // Only a member that is no object fails, and ours comes from our own emitter.
  return llvm::cantFail(std::move(archive))->getBuffer().str();
}

} // namespace kdslc
