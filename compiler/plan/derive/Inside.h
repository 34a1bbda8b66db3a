//===- Inside.h - derivatives inside of formulas --------------------------===//

#ifndef KDSLC_PLAN_DERIVE_INSIDE_H
#define KDSLC_PLAN_DERIVE_INSIDE_H

#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// Replaces every `kdsl.partial` and `kdsl.divergence`; whether there was any.
mlir::FailureOr<bool> expandPartials(kdsl::ProgramOp program);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_INSIDE_H
