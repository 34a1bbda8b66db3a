//===- Load.h - programs from .kdsl, .o and .so files ---------------------===//

#ifndef KDSL_RUN_LOAD_H
#define KDSL_RUN_LOAD_H

#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"
#include "kdsl/kdsl.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kdslrun {

/// How a .kdsl file is compiled.
struct CompileSettings {
  std::vector<std::pair<std::string, std::string>> defines;
  std::vector<std::string> importDirs;
  int optLevel = 3;
  std::vector<std::string> targets; ///< empty: the three x86 levels
};

/// The programs of one file, and what keeps their code in memory.
class LoadedFile {
public:
  virtual ~LoadedFile() = default;

  /// The program called `name`; empty: the only one.
  llvm::Expected<const kdsl_kernel *> find(llvm::StringRef name) const;
  const std::vector<const kdsl_kernel *> &programs() const { return kernels; }

  /// The source of `kernel`, when the file was compiled just now; else null.
  const kdslc::CheckedProgram *source(const kdsl_kernel &kernel) const;

protected:
  /// Takes the descriptor that the function gives, after a look at its version.
  llvm::Error add(const std::string &path, const kdsl_kernel *(*function)());

  kdslc::CheckedFile checked; ///< empty for compiled files

private:
  std::vector<const kdsl_kernel *> kernels;
};

/// Links an object that was made just now of the programs in `checked`. `name`
/// begins the messages.
llvm::Expected<std::unique_ptr<LoadedFile>>
linkObject(const std::string &name, llvm::StringRef object,
           kdslc::CheckedFile checked);

/// Loads a shared library, an object file or a source file; the suffix says
/// which. Source files with errors print them and fail with Exit::Mismatch.
llvm::Expected<std::unique_ptr<LoadedFile>>
loadFile(const std::string &path, const CompileSettings &settings);

} // namespace kdslrun

#endif // KDSL_RUN_LOAD_H
