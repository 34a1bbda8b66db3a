//===- Report.h - what the planner has decided, in words ------------------===//

#ifndef KDSLC_PLAN_REPORT_H
#define KDSLC_PLAN_REPORT_H

#include "dialects/kdsl/Kdsl.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace kdslc {

/// One pass of a planned program, in words.
struct PassReport {
  bool ofPairs = false; ///< or of rows
  std::string what;     ///< "sum over j in N for each i in M"
  std::string schedule; ///< "16 lanes x 2 rows i, .."
  std::string cost;     ///< "a pair: arithmetic 8, .."
  std::string expected; ///< "about 6 billion a second on .., bound by .."
};

/// The passes of a program for one target, in order.
void forEachPass(kdsl::ProgramOp program,
                 llvm::function_ref<void(const PassReport &)> see);

/// For each program and target of a planned module its passes over pairs and
/// rows: the schedule, what a pair costs, how many a second the target's model
/// expects, and what binds them.
std::string reportSchedules(mlir::ModuleOp planned);

} // namespace kdslc

#endif // KDSLC_PLAN_REPORT_H
