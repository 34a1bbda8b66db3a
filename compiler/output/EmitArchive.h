//===- EmitArchive.h - a static library of one object ---------------------===//

#ifndef KDSLC_OUTPUT_EMITARCHIVE_H
#define KDSLC_OUTPUT_EMITARCHIVE_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace kdslc {

/// The bytes of an archive that holds `object` as its member `name`, with a
/// symbol table, and without times or owners: equal objects, equal archives.
std::string emitArchive(llvm::StringRef object, llvm::StringRef name);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITARCHIVE_H
