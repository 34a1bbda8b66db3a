//===- Ptxas.cpp - the assembler of CUDA, an external tool ----------------===//

#include "compiler/output/Ptxas.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using llvm::StringRef;

namespace kdslc {

std::optional<std::string> findPtxas(StringRef cudaPath) {
  llvm::SmallString<128> folder(cudaPath);
  llvm::sys::path::append(folder, "bin");
  StringRef folders[] = {folder};
  auto found = cudaPath.empty()
                   ? llvm::sys::findProgramByName("ptxas")
                   : llvm::sys::findProgramByName("ptxas", folders);
  if (!found)
    return std::nullopt;
  return *found;
}

namespace {
/// A file that is gone at the end of the scope.
class TemporaryFile {
public:
  explicit TemporaryFile(StringRef suffix) {
    failure = llvm::sys::fs::createTemporaryFile("kdslc", suffix, path);
    remover.setFile(path, /*deleteIt=*/!failure);
  }
  StringRef name() const { return path; }
  std::error_code error() const { return failure; }

  std::optional<std::string> read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer)
      return std::nullopt;
    return (*buffer)->getBuffer().str();
  }

private:
  llvm::SmallString<128> path;
  std::error_code failure;
  llvm::FileRemover remover;
};
} // namespace

std::optional<std::string> assemblePtx(StringRef ptx, StringRef target,
                                       StringRef cudaPath, std::string &error) {
  std::optional<std::string> tool = findPtxas(cudaPath);
  if (!tool) {
    error = "code for " + target.str() + " needs ptxas of CUDA 12.8 or newer, " +
            "which is not in " +
            (cudaPath.empty() ? "PATH" : "'" + cudaPath.str() + "/bin'") +
            "; --cuda-path=DIR says where CUDA is, and the target 'ptx' needs "
            "no tool";
    return std::nullopt;
  }
  TemporaryFile input("ptx"), output("cubin"), words("txt");
  std::error_code failure = input.error();
  for (const TemporaryFile *file : {&output, &words})
    if (!failure)
      failure = file->error();
  if (!failure) {
    llvm::raw_fd_ostream os(input.name(), failure);
    os << ptx;
    os.close();
    failure = failure ? failure : os.error();
    os.clear_error();
  }
  if (failure) {
    error = "cannot write a temporary file for ptxas: " + failure.message();
    return std::nullopt;
  }
  std::string architecture = "--gpu-name=" + target.str();
  StringRef arguments[] = {*tool,          architecture,  "--output-file",
                           output.name(), input.name()};
  std::optional<StringRef> redirects[] = {StringRef(), words.name(),
                                          words.name()};
  std::string reason;
  int code = llvm::sys::ExecuteAndWait(*tool, arguments, std::nullopt,
                                       redirects, 0, 0, &reason);
  std::optional<std::string> cubin;
  if (code == 0)
    cubin = output.read();
  if (cubin && !cubin->empty())
    return cubin;
  if (reason.empty())
    reason = StringRef(words.read().value_or("")).trim().str();
  if (reason.empty())
    reason = code == 0 ? "it made no file" : "exit code " + std::to_string(code);
  error = "'" + *tool + "' failed for " + target.str() + ": " + reason;
  return std::nullopt;
}

} // namespace kdslc
