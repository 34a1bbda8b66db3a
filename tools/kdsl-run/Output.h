//===- Output.h - files that are written whole or not at all --------------===//

#ifndef KDSL_RUN_OUTPUT_H
#define KDSL_RUN_OUTPUT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace kdslrun {

/// Writes a file as a whole or not at all: to a temporary name beside it, which
/// is then renamed. "-" is stdout; an existing device is written to directly.
llvm::Error writeOutput(llvm::StringRef path, llvm::StringRef bytes);

/// What is written to one would take the place of what is written to the other:
/// both are one name in one folder, whatever stands there.
bool areSamePlace(llvm::StringRef a, llvm::StringRef b);

} // namespace kdslrun

#endif // KDSL_RUN_OUTPUT_H
