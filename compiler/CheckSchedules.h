//===- CheckSchedules.h - whether targets can do what is asked ------------===//

#ifndef KDSLC_CHECKSCHEDULES_H
#define KDSLC_CHECKSCHEDULES_H

#include "compiler/Diagnostics.h"
#include "compiler/frontend/Checked.h"

namespace kdslc {

/// Reports settings of `schedule` blocks that a target does not have or cannot
/// do: every setting that is accepted acts. The checker has looked at the keys.
///
/// \param targets  those of this compilation; a block that names another one
///                 must be right for that.
void checkSchedules(const CheckedFile &file,
                    llvm::ArrayRef<std::string> targets, DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_CHECKSCHEDULES_H
