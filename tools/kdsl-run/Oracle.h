//===- Oracle.h - results against the reference interpreter ---------------===//

#ifndef KDSL_RUN_ORACLE_H
#define KDSL_RUN_ORACLE_H

#include "Call.h"
#include "compiler/frontend/Checked.h"

namespace kdslrun {

struct OracleReport {
  bool passes = true;
  std::string text; ///< a line for each output
};

/// Evaluates `program` with the reference interpreter on the inputs of a call
/// that has run, and compares all outputs within the interpreter's own bound on
/// the error of compiled code. Of large problems, rows spread over each axis
/// are taken.
llvm::Expected<OracleReport>
checkAgainstReference(const Call &call, const kdslc::CheckedProgram &program);

} // namespace kdslrun

#endif // KDSL_RUN_ORACLE_H
