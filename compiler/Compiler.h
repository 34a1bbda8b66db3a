//===- Compiler.h - the compiler's one entry point ------------------------===//
//
// compile(source, options) gives artefacts or diagnostics. Everything else in
// this library is reached through it; kdslc is a shell over it.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_COMPILER_H
#define KDSLC_COMPILER_H

#include "compiler/Diagnostics.h"
#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <vector>

namespace kdslc {

/// One output of a compilation: bytes of the kind that was asked for.
struct Artefact {
  Emit kind;
  std::string bytes;
};

struct CompileResult {
  /// Errors were reported (to the engine that the caller gave), or not.
  bool ok = false;
  /// The error was outside: an external tool, or that it is not there, or a file
  /// that cannot be written.
  bool outsideFailed = false;
  /// One for each requested kind, in the order of the request.
  std::vector<Artefact> artefacts;
  /// Files that the compilation read, the source first (for -MD).
  std::vector<std::string> dependencies;
  /// The checked programs, for tools that run them against the reference.
  CheckedFile checked;
};

/// Compiles one buffer.
///
/// \param name    how diagnostics and dependency files call the source; a name
///                that ends in `.mlir` enters at the stage that the module's
///                operations show.
/// \param text    UTF-8 source, or MLIR text.
/// \param emit    what to produce; empty means check only.
/// \param diags   receives errors and warnings; its SourceMgr takes the text.
/// Never throws and never exits. Internal failures are errors labelled K000.
CompileResult compile(llvm::StringRef name, llvm::StringRef text,
                      llvm::ArrayRef<Emit> emit, const Options &options,
                      DiagnosticEngine &diags);

/// What is wrong with a request whatever the source is: a target that nobody
/// knows, a kind of output that no target gives, a prefix that is no name.
std::optional<std::string> checkRequest(llvm::ArrayRef<Emit> emit,
                                        const Options &options);

/// The instruction sets and other targets that this build can emit, one a line
/// with what they need, and the external tools that were found.
std::string listTargets(llvm::StringRef cudaPath);

/// The x86 levels that this machine runs, the best first.
std::vector<std::string> nativeTargets();

/// What Options::targets may hold.
std::vector<std::string> targetNames();

} // namespace kdslc

#endif // KDSLC_COMPILER_H
