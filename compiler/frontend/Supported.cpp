//===- Supported.cpp - what this version compiles -------------------------===//

#include "compiler/frontend/Supported.h"
#include "llvm/ADT/DenseSet.h"
#include <fmt/format.h>

using namespace kdslc;

namespace {

class Gate {
public:
  /// Reports what was refused, in the order of the source.
  void report(DiagnosticEngine &diags, Severity severity);
  bool accepts() const { return refused.empty(); }

  void items(const ast::File &file);
  void program(const CheckedProgram &program);

private:
  void expressions(const CheckedProgram &program);
  void expression(const Expr &e);
  void reduction(const Expr &e);
  void refuse(SourceRange range, const std::string &what);

  std::vector<std::pair<SourceRange, std::string>> refused;
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
  for (auto &[range, message] : refused)
    if (severity == Severity::Error)
      diags.error(Label::K045, range, message);
    else
      diags.warning(Label::K045, range, message);
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

void Gate::items(const ast::File &file) {
  for (const auto &item : file.items) {
    switch (item->kind) {
    case ast::Item::Derive:
      refuse(item->name.range, "'derive'");
      break;
    case ast::Item::Schedule: // Schedules.cpp
    case ast::Item::Specialize:
    case ast::Item::Test:   // of a program that is compiled, or refused
    case ast::Item::Import: // its constants and kernels are in the file
    case ast::Item::Const:
    case ast::Item::Kernel:
    case ast::Item::Program:
      break;
    }
  }
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// Walks the nodes that the outputs use, without recursion: chains of terms
/// are as deep as they are long.
/// Operations of one program: each is emitted for several pairs and for every
/// instruction set, so this bounds the compile time.
static constexpr size_t maxFormula = 4096;

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
    expression(*e);
    for (const Expr *arg : e->args)
      push(arg);
    push(e->where);
  }
  if (seen.size() > maxFormula)
    refuse(program.range,
           fmt::format("a program of {} operations, more than {}", seen.size(),
                       maxFormula));
}

void Gate::expression(const Expr &e) {
  switch (e.kind) {
  case ExprKind::Reduce:
    return reduction(e);
  case ExprKind::Apply:
    if (e.function == Function::Partial)
      refuse(e.range, fmt::format("the function '{}'",
                                  functionName(e.function).str()));
    return;
  case ExprKind::Number:
  case ExprKind::Input:
  case ExprKind::RowIndex:
  case ExprKind::AxisSize:
  case ExprKind::Extract:
  case ExprKind::Slice:
  case ExprKind::Concat:
  case ExprKind::Convert:
    return;
  }
}

/// Whether a value reads what has more row axes than the one of `index`.
static bool readsPairs(const Expr &value, IndexId index) {
  llvm::DenseSet<const Expr *> seen;
  std::vector<const Expr *> work{&value};
  while (!work.empty()) {
    const Expr *e = work.back();
    work.pop_back();
    if (!seen.insert(e).second)
      continue;
    bool isReduce = e->kind == ExprKind::Reduce;
    const auto &rows = isReduce ? e->free : e->subscripts;
    if ((isReduce || e->kind == ExprKind::Input) && rows.size() > 1 &&
        llvm::is_contained(rows, index))
      return true;
    if (!isReduce)
      work.insert(work.end(), e->args.begin(), e->args.end());
  }
  return false;
}

void Gate::reduction(const Expr &e) {
  std::string name = reductionName(e.reduction).str();
  bool placed = e.reduction == Reduction::ArgMin ||
                e.reduction == Reduction::ArgMax || e.count > 0;
  bool several = e.subscripts.size() > 1;
  if (several && placed &&
      (e.count > 0 || e.args.size() == 1 || !e.free.empty()))
    return refuse(e.range, fmt::format("'{}' over {} indices", name,
                                       e.subscripts.size()));
  if (placed && e.args.size() > 1 &&
      readsPairs(*e.args[1], e.subscripts.back()))
    return refuse(e.args[1]->range,
                  fmt::format("'{}' with a value that reads pairs of rows",
                              name));
}

void Gate::program(const CheckedProgram &program) {
  expressions(program);
}

bool kdslc::checkSupported(const ast::File &file, const CheckedFile &checked,
                           Severity severity, DiagnosticEngine &diags) {
  Gate gate;
  gate.items(file);
  for (const CheckedProgram &program : checked.programs)
    gate.program(program);
  gate.report(diags, severity);
  return gate.accepts() || severity == Severity::Warning;
}
