//===- CheckReports.cpp - how the checker speaks --------------------------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

Diagnostic &Checker::report(Severity severity, Label label, SourceRange range,
                            std::string message) {
  // A kernel is checked at each call: what was said once is enough. So is
  // anything after the last error that will be printed.
  bool isError = severity == Severity::Error;
  if (inStatement && statementFailed) {
    ignored = Diagnostic();
    return ignored;
  }
  statementFailed |= isError;
  bool isNew = !range.isValid() ||
               reported.insert({range.Start.getPointer(), label}).second;
  if (!isNew ||
      (isError && diags.errorCount() >= DiagnosticEngine::maxErrors)) {
    ignored = Diagnostic();
    return ignored;
  }
  Diagnostic &d = isError ? diags.error(label, range, std::move(message))
                          : diags.warning(label, range, std::move(message));
  constexpr size_t maxFrames = 8;
  for (size_t i = frames.size(); i-- > 0 && frames.size() - i <= maxFrames;) {
    DiagnosticEngine::note(d, frames[i].call,
                           fmt::format("in '{}' called from here with {}",
                                       frames[i].kernel->name.name.str(),
                                       frames[i].args));
    d.notes.back().label = Label::K021;
  }
  return d;
}

Value Checker::fail(Label label, SourceRange range, std::string message) {
  error(label, range, std::move(message));
  return Value();
}

StringRef Checker::sourceText(SourceRange range) {
  if (!range.isValid())
    return "";
  const char *begin = range.Start.getPointer();
  return {begin, size_t(range.End.getPointer() - begin)};
}

/// The source of a value, short enough for a message.
std::string Checker::nameOf(const Value &value) {
  StringRef text = sourceText(value.range);
  bool simple = text.size() <= 40 && !text.contains('\n');
  return simple ? text.str() : std::string("...");
}

void Checker::wrapIn(Diagnostic &d, SourceRange range, StringRef with) {
  // In a kernel it is a change for all of its calls.
  if (!frames.empty() || !range.isValid())
    return;
  d.fixIts.push_back({{range.Start, range.Start}, (with + "(").str()});
  d.fixIts.push_back({{range.End, range.End}, ")"});
}

std::string Checker::elemWord(Elem elem) const {
  bool saysReal = program && program->saysReal;
  return saysReal && elem == real ? "real" : elemName(elem).str();
}

std::string Checker::elemWord(const Value &value) const {
  if (value.flex == Flex::Literal && value.elem() != Elem::Bool)
    return isFloat(value.elem()) ? "real" : "a whole constant";
  if (value.expr->kind == ExprKind::Input && program)
    return StringRef(program->checked.inputs[value.expr->input].written)
        .split('[')
        .first.str();
  return elemWord(value.elem());
}

std::string Checker::describeTyped(const Value &value) const {
  return value.isScalar()
             ? elemWord(value)
             : fmt::format("{} ({})", describe(value), elemWord(value));
}

/// A name for one more index, for examples.
std::string Checker::freshIndex() const {
  for (const char *name : {"j", "k", "l", "m", "n"})
    if (llvm::none_of(scope->indices, [&](const BoundIndex &index) {
          return index.name == name;
        }))
      return name;
  return "j2";
}

/// Points at the declarations of the inputs among the arguments.
void Checker::noteInputs(Diagnostic &to, llvm::ArrayRef<Value> args) {
  if (!program)
    return;
  for (const Value &arg : args) {
    if (arg.expr->kind != ExprKind::Input)
      continue;
    const Input &input = program->checked.inputs[arg.expr->input];
    DiagnosticEngine::note(to, input.range,
                           fmt::format("'{}' is declared here", input.name));
  }
}
