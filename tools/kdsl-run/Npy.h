//===- Npy.h - NumPy's .npy files -----------------------------------------===//

#ifndef KDSL_RUN_NPY_H
#define KDSL_RUN_NPY_H

#include "Array.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace kdslrun {

/// Reads the bytes of a .npy file of version 1 to 3 with elements b1, i4, i8,
/// f2, f4 or f8, little-endian. Arrays in Fortran order are transposed to
/// row-major. Any byte string is safe; `name` begins the messages.
llvm::Expected<Array> parseNpy(llvm::StringRef name, llvm::StringRef bytes);

/// A .npy file of version 1. bf16, which NumPy lacks, is written as f4.
std::string formatNpy(const Array &array);

} // namespace kdslrun

#endif // KDSL_RUN_NPY_H
