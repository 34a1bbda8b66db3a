//===- Supported.cpp - what this version compiles -------------------------===//

#include "compiler/frontend/Supported.h"
#include "compiler/Limits.h"
#include "llvm/ADT/DenseSet.h"
#include <fmt/format.h>
#include <set>

using namespace kdslc;

namespace {

class Gate {
public:
  /// Reports what was refused, in the order of the source.
  void report(DiagnosticEngine &diags, Severity severity);
  bool accepts() const { return refused.empty() && !full; }

  void program(const CheckedProgram &program);

private:
  void expressions(const CheckedProgram &program);
  void derivation(const CheckedProgram &program);
  void sizes(const CheckedProgram &program);
  void refuse(SourceRange range, const std::string &what);

  std::vector<std::pair<SourceRange, std::string>> refused;
  int64_t programs = 0, operations = 0;
  std::optional<std::pair<SourceRange, std::string>> full; ///< a limit, once
};

} // namespace

void Gate::refuse(SourceRange range, const std::string &what) {
  refused.push_back({range, "not supported yet: " + what});
}

void Gate::report(DiagnosticEngine &diags, Severity severity) {
  llvm::sort(refused, [](const auto &a, const auto &b) {
    return std::make_pair(a.first.Start.getPointer(), a.second) <
           std::make_pair(b.first.Start.getPointer(), b.second);
  });
  if (refused.size() > DiagnosticEngine::maxErrors)
    refused.resize(DiagnosticEngine::maxErrors);
  auto say = [&](Label label, SourceRange range, const std::string &message) {
    if (severity == Severity::Error)
      diags.error(label, range, message);
    else
      diags.warning(label, range, message);
  };
  for (auto &[range, message] : refused)
    say(Label::K045, range, message);
  if (full)
    say(Label::K046, full->first, full->second);
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

static std::string severalIndices(const Expr &reduce) {
  return fmt::format("'{}' over {} indices",
                     reductionName(reduce.reduction).str(),
                     reduce.subscripts.size());
}

/// Walks the nodes that the outputs use, without recursion: chains of terms
/// are as deep as they are long.
void Gate::expressions(const CheckedProgram &program) {
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
  operations += int64_t(seen.size());
}

/// What is made of the programs takes memory and time for each operation, long
/// before it is known how much code that gives.
void Gate::sizes(const CheckedProgram &program) {
  auto tooMany = [&](const std::string &what) {
    full = {program.range, what};
  };
  if (full)
    return;
  if (++programs > maxPrograms)
    tooMany(fmt::format("a file has at most {} programs, bodies of "
                        "'specialize' and derivatives counted",
                        maxPrograms));
  else if (operations > maxFormula)
    tooMany(fmt::format("the programs up to here have {} operations; a file "
                        "has at most {}",
                        operations, maxFormula));
}

/// What of a base program has no rule of differentiation, whether or not the
/// chosen inputs reach it.
static std::string withoutDerivative(const Expr &e) {
  if (e.kind != ExprKind::Reduce)
    return {};
  if (e.count > 0 && e.subscripts.size() > 1)
    return severalIndices(e);
  return {};
}

/// Reductions over ranges that read an array over their pairs: its cotangent
/// would be one of each pair, of which all are an output.
static std::string ofRangesPairs(const Expr &e, const CheckedProgram &base,
                                 const std::set<std::string> &differentiated) {
  if (e.kind != ExprKind::Reduce || !e.ranges)
    return {};
  llvm::DenseSet<const Expr *> seen;
  std::vector<const Expr *> work(e.args.begin(), e.args.end());
  while (!work.empty()) {
    const Expr *leaf = work.back();
    work.pop_back();
    if (!seen.insert(leaf).second || leaf->kind == ExprKind::Reduce)
      continue;
    llvm::append_range(work, leaf->args);
    if (leaf->kind == ExprKind::Input &&
        differentiated.count(base.inputs[leaf->input].name) &&
        llvm::all_of(e.ranges->subscripts, [&](IndexId index) {
          return llvm::is_contained(leaf->subscripts, index);
        }))
      return "'" + reductionName(e.reduction).str() +
             "' over ranges of an array over their pairs";
  }
  return {};
}

void Gate::derivation(const CheckedProgram &program) {
  llvm::DenseSet<const Expr *> seen;
  std::vector<const Expr *> work;
  std::set<std::string> found;
  const CheckedProgram *base = &program;
  std::set<std::string> backward; // inputs that cotangents are asked of
  while (base->derivation) {
    const Derivation &how = *base->derivation;
    base = how.base.get();
    for (unsigned input : how.inputs)
      if (how.mode != Derivation::Jvp)
        backward.insert(base->inputs[input].name);
  }
  for (const Output &output : base->outputs)
    work.push_back(output.value);
  while (!work.empty()) {
    const Expr *e = work.back();
    work.pop_back();
    if (!e || !seen.insert(e).second)
      continue;
    if (std::string what = withoutDerivative(*e); !what.empty())
      found.insert(what);
    if (std::string what = ofRangesPairs(*e, *base, backward); !what.empty())
      found.insert(what);
    llvm::append_range(work, e->args);
    work.push_back(e->where);
  }
  for (const std::string &what : found)
    refuse(program.range, "the derivative of " + what);
}

void Gate::program(const CheckedProgram &program) {
  if (program.derivation) // of types that its base has
    derivation(program);
  else
    expressions(program);
  sizes(program);
}

bool kdslc::checkSupported(const CheckedFile &checked,
                           Severity severity, DiagnosticEngine &diags) {
  Gate gate;
  for (const CheckedProgram &program : checked.programs)
    gate.program(program);
  gate.report(diags, severity);
  return gate.accepts() || severity == Severity::Warning;
}
