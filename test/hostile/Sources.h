//===- Sources.h - programs of the tree, and what the frontend says of them ===//

#ifndef KDSLC_TEST_HOSTILE_SOURCES_H
#define KDSLC_TEST_HOSTILE_SOURCES_H

#include "compiler/Diagnostics.h"
#include "compiler/Options.h"
#include "mlir/IR/MLIRContext.h"
#include <string>
#include <vector>

namespace kdslc::test {

/// A file of programs. `flags` are the words -D.. and -O.. of its RUN line, or
/// of the line "`kdslc ..`" above the blocks of a page.
struct Source {
  std::string path, text;
  std::string flags;
};

/// Takes -DNAME=VALUE and -O0..-O3; what else stands there is passed over.
Options optionsOf(llvm::StringRef flags);

/// The flags that a text says it is compiled with, in the line of its first
/// "RUN:"; empty if there is none.
llvm::StringRef flagsInside(llvm::StringRef text);

/// The .kdsl files below folders, and the sections of pages whose ```kdsl
/// blocks are programs; in the order of their paths.
std::vector<Source> readSources(const std::vector<std::string> &paths);

/// A context with all that the frontend emits.
std::unique_ptr<mlir::MLIRContext> makeContext();

enum class Judgement { Accepted, Refused, WrongType };

/// Parses, checks, emits and verifies `text`, up to the first error. What is
/// accepted and has a wrong type is known by MLIR's verifiers, which share
/// nothing with the checker; `words` are then theirs.
Judgement judge(llvm::StringRef name, llvm::StringRef text,
                const Options &options, mlir::MLIRContext &context,
                DiagnosticEngine &diags, std::string &words);

} // namespace kdslc::test

#endif // KDSLC_TEST_HOSTILE_SOURCES_H
