//===- FormulaLimits.cpp - how much a file may ask for --------------------===//

#include "compiler/frontend/FormulaLimits.h"
#include "compiler/Limits.h"
#include "llvm/ADT/DenseSet.h"
#include <fmt/format.h>

using namespace kdslc;

/// The nodes that the outputs use, found without recursion: chains of terms are
/// as deep as they are long.
static int64_t operationsOf(const CheckedProgram &program) {
  llvm::DenseSet<const Expr *> seen;
  std::vector<const Expr *> work;
  auto push = [&](const Expr *e) {
    if (e && seen.insert(e).second)
      work.push_back(e);
  };
  for (const Output &output : program.outputs)
    push(output.value);
  while (!work.empty()) {
    const Expr *e = work.back();
    work.pop_back();
    for (const Expr *arg : e->args)
      push(arg);
    push(e->where);
  }
  return int64_t(seen.size());
}

bool kdslc::checkFormulaLimits(const CheckedFile &checked, Severity severity,
                               DiagnosticEngine &diags) {
  int64_t programs = 0, operations = 0;
  for (const CheckedProgram &program : checked.programs) {
    if (!program.derivation) // a derivative is formulas of its base
      operations += operationsOf(program);
    std::string tooMany;
    if (++programs > maxPrograms)
      tooMany = fmt::format("a file has at most {} programs, bodies of "
                            "'specialize' and derivatives counted",
                            maxPrograms);
    else if (operations > maxFormula)
      tooMany = fmt::format("the programs up to here have {} operations; a file "
                            "has at most {}",
                            operations, maxFormula);
    if (tooMany.empty())
      continue;
    if (severity == Severity::Error)
      diags.error(Label::K046, program.range, tooMany);
    else
      diags.warning(Label::K046, program.range, tooMany);
    return severity == Severity::Warning;
  }
  return true;
}
