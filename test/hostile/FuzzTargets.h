//===- FuzzTargets.h - what is fuzzed --------------------------------------===//
//
// Three depths of the compiler as functions of any bytes. Each ends the process
// (abort) where the compiler breaks its word: a crash or an assertion; errors
// without a place, K000, more errors than are allowed; a refusal without an
// error; an accepted program that MLIR's verifiers refuse; an answer that takes
// too long.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_HOSTILE_FUZZTARGETS_H
#define KDSLC_TEST_HOSTILE_FUZZTARGETS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace kdslc::test {

struct FuzzTarget {
  const char *name;
  void (*run)(llvm::StringRef text);
  size_t most; ///< bytes of an input that are worth their time
};

/// "parser", "checker" and "compiler": text to the tree, to verified kdsl, to
/// objects for a CPU and a GPU with a header. A text may say its -D and -O0 in a
/// line "// RUN: -DD=3"; imports are those of unit/frontend/messages/imports.
llvm::ArrayRef<FuzzTarget> fuzzTargets();

/// The target of this name, or null.
const FuzzTarget *fuzzTarget(llvm::StringRef name);

} // namespace kdslc::test

#endif // KDSLC_TEST_HOSTILE_FUZZTARGETS_H
