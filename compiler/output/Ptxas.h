//===- Ptxas.h - the assembler of CUDA, an external tool ------------------===//

#ifndef KDSLC_OUTPUT_PTXAS_H
#define KDSLC_OUTPUT_PTXAS_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace kdslc {

/// The full path of ptxas, in `cudaPath`/bin or, if that is empty, in PATH.
std::optional<std::string> findPtxas(llvm::StringRef cudaPath);

/// Assembles PTX to a cubin.
///
/// \param target  "sm_90".
/// \param error   receives the reason of a failure: no such tool, or its words.
std::optional<std::string> assemblePtx(llvm::StringRef ptx,
                                       llvm::StringRef target,
                                       llvm::StringRef cudaPath,
                                       std::string &error);

} // namespace kdslc

#endif // KDSLC_OUTPUT_PTXAS_H
