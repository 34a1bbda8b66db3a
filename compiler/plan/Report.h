//===- Report.h - what the planner has decided, in words ------------------===//

#ifndef KDSLC_PLAN_REPORT_H
#define KDSLC_PLAN_REPORT_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace kdslc {

/// For each program and target of a planned module its passes over pairs and
/// rows: the schedule, what a pair costs, how many a second the target's model
/// expects, and what binds them.
std::string reportSchedules(mlir::ModuleOp planned);

} // namespace kdslc

#endif // KDSLC_PLAN_REPORT_H
