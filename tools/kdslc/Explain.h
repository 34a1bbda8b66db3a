//===- Explain.h - what --explain prints ----------------------------------===//

#ifndef KDSLC_TOOLS_KDSLC_EXPLAIN_H
#define KDSLC_TOOLS_KDSLC_EXPLAIN_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace kdslc {

/// Prints the entry of Diagnostics.def for a label, or all of them as one page,
/// ErrorIndex.md. Wrong programs are compiled, so that the messages are those
/// of this version.
///
/// \returns false if there is no such label; nothing is printed then.
bool explain(llvm::StringRef label, llvm::raw_ostream &os);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_EXPLAIN_H
