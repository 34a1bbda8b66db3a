//===- Supported.h - what this version compiles ---------------------------===//
//
// The language is larger than the compiler of this version. Everything is
// parsed and checked; what has no code yet is refused here, with its place,
// and nowhere else.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_SUPPORTED_H
#define KDSLC_FRONTEND_SUPPORTED_H

#include "compiler/frontend/Ast.h"
#include "compiler/frontend/Checked.h"

namespace kdslc {

/// Reports "not supported yet: ..." (K045) for each item and expression that
/// this version cannot compile.
///
/// \param severity  Error, or Warning when the user only wants the file
/// checked. \returns false after errors.
bool checkSupported(const CheckedFile &checked, Severity severity,
                    DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_FRONTEND_SUPPORTED_H
