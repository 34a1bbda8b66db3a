//===- FormulaLimits.h - how much a file may ask for ----------------------===//

#ifndef KDSLC_FRONTEND_FORMULALIMITS_H
#define KDSLC_FRONTEND_FORMULALIMITS_H

#include "compiler/frontend/Checked.h"

namespace kdslc {

/// Reports too many programs or operations (K046), at the first program past the
/// limit: what is made of them takes memory and time for each operation, long
/// before it is known how much code that gives.
///
/// \param severity  Error, or Warning when the user only wants the file
/// checked. \returns false after errors.
bool checkFormulaLimits(const CheckedFile &checked, Severity severity,
                        DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_FRONTEND_FORMULALIMITS_H
