//===- WorkLimit.h - how much code a file may ask for ---------------------===//
//
// Small files can ask for code without end: a line names a hundred reductions,
// `specialize` makes 64 bodies of it. What code a program needs is known once
// its schedules are, before most of the work; a file that needs too much is
// refused then, so that every file gets its answer in seconds.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_WORKLIMIT_H
#define KDSLC_WORKLIMIT_H

#include "compiler/Diagnostics.h"
#include "compiler/frontend/Checked.h"
#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// Refuses a planned module whose code is estimated at more than `limit`
/// operations (K046, at the program that takes the most). The estimate depends
/// on the source and the targets alone. 0: no limit.
bool checkWork(mlir::ModuleOp planned, const CheckedFile &source, int64_t limit,
               DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_WORKLIMIT_H
