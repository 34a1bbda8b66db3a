//===- Oracle.h - results against the reference interpreter ---------------===//

#ifndef KDSL_RUN_ORACLE_H
#define KDSL_RUN_ORACLE_H

#include "Call.h"
#include "compiler/reference/Interpreter.h"

namespace kdslrun {

/// Evaluates `program` with the reference interpreter on the inputs of a call.
/// Of large problems, rows spread over each axis are taken.
llvm::Expected<std::vector<kdslc::reference::OutputData>>
evaluate(const Call &call, const kdslc::CheckedProgram &program);

struct OracleReport {
  bool passes = true;
  std::string text; ///< a line for each output
};

/// Compares all outputs of a call that has run with `evaluate`, within the
/// interpreter's own bound on the error of compiled code.
llvm::Expected<OracleReport>
checkAgainstReference(const Call &call, const kdslc::CheckedProgram &program);

/// A set of pairs as the reference takes it.
kdslc::reference::Ranges referenceRanges(const kdsl_ranges &ranges);

} // namespace kdslrun

#endif // KDSL_RUN_ORACLE_H
