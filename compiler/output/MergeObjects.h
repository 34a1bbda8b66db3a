//===- MergeObjects.h - the objects of units as one -----------------------===//

#ifndef KDSLC_OUTPUT_MERGEOBJECTS_H
#define KDSLC_OUTPUT_MERGEOBJECTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace kdslc {

/// What `ld -r` does, without a linker and in memory: sections of one name and
/// kind follow each other, and symbols that one object needs and another one
/// defines meet. Hidden symbols are local in the result.
///
/// \param objects  x86-64 objects of emitMachineCode(), of which no two define
///                 one symbol.
/// \returns the bytes, which depend on the arguments only.
std::string mergeObjects(llvm::ArrayRef<llvm::StringRef> objects);

} // namespace kdslc

#endif // KDSLC_OUTPUT_MERGEOBJECTS_H
