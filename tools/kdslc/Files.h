//===- Files.h - reading sources and writing outputs ----------------------===//

#ifndef KDSLC_TOOLS_KDSLC_FILES_H
#define KDSLC_TOOLS_KDSLC_FILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace kdslc {

/// Reads a regular file, or stdin for "-". Devices, FIFOs and directories are
/// errors: opening them could block or never end.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readSource(llvm::StringRef path);

/// An error if writing one of `paths` would replace a source, or another one.
llvm::Error checkOutputs(llvm::ArrayRef<std::string> paths,
                         llvm::ArrayRef<std::string> sources);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_FILES_H
