//===- CheckStatements.cpp - lets, assignments, what outputs hold ---------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

/// How many indices of this name and axis enclose a new one: bodies that are
/// expanded inside each other must not share an index.
unsigned Checker::indexLevel(StringRef name, AxisId axis) const {
  return llvm::count_if(active, [&](IndexId id) {
    const RowIndex &index = program->checked.indices[id];
    return index.name == name && index.axis == axis;
  });
}

IndexId Checker::indexId(StringRef name, AxisId axis, bool batch,
                         unsigned level) {
  auto [entry, isNew] = program->indexIds.try_emplace(
      {name.str(), axis, batch, level}, program->checked.indices.size());
  if (isNew)
    program->checked.indices.push_back({name.str(), axis, batch});
  return entry->second;
}

bool Checker::checkLeftIndices(const ast::Statement &statement) {
  llvm::StringSet<> seen;
  for (const ast::Identifier &index : statement.indices) {
    if (!indexIsFree(index))
      return false;
    if (seen.insert(index.name).second)
      continue;
    fail(Label::K052, index.range,
         fmt::format("'{}' stands twice on the left side", index.name.str()));
    return false;
  }
  return true;
}

void Checker::checkStatement(const ast::Statement &statement) {
  if (statement.name.name.empty())
    return; // the parser has reported it
  inStatement = true;
  statementFailed = false;
  if (statement.isLet)
    checkLet(statement);
  else
    checkAssignment(statement);
  inStatement = false;
  scope->indices.clear();
  active.clear();
}

/// `K[i, j]` of `let K[i, j] = ..`.
std::string Checker::leftSide(const ast::Statement &statement) {
  std::string text = statement.name.name.str();
  for (size_t p = 0; p < statement.indices.size(); ++p)
    text += (p ? ", " : "[") + statement.indices[p].name.str();
  return statement.indices.empty() ? text : text + "]";
}

/// A let is a macro; it is expanded once here so that its errors show where it
/// stands.
void Checker::checkLet(const ast::Statement &statement) {
  if (!nameIsFree(statement.name, "value"))
    return;
  if (!checkLeftIndices(statement)) {
    program->poisoned.insert(statement.name.name);
    return;
  }
  LetState let;
  let.statement = &statement;
  let.valid = statement.value;
  llvm::SmallVector<IndexId, 2> args;
  for (const ast::Identifier &index : statement.indices) {
    auto found = findAxis(statement.value, index.name);
    if (!found) {
      if (statement.value)
        fail(Label::K005, index.range,
             fmt::format("cannot tell what '{0}' ranges over: nothing in "
                         "'{1}' is subscripted by it; leave '{0}' out",
                         index.name.str(), statement.name.name.str()));
      let.valid = false;
      let.axes.push_back(0);
      continue;
    }
    let.axes.push_back(found->axis);
    if (found->poisoned) {
      let.valid = false;
      continue;
    }
    bool batch =
        &index != &statement.indices.back() && statement.indices.size() > 2;
    args.push_back(indexId(index.name, found->axis, batch, 0));
  }
  LetState &kept = program->lets[statement.name.name] = std::move(let);
  if (!kept.valid)
    return;
  active.assign(args.begin(), args.end());
  // Which indices are a batch is said where the let is used: until then all but
  // the last may be.
  if (!args.empty())
    perhapsBatch.assign(args.begin(), args.end() - 1);
  kept.isOpen = true;
  kept.valid = bool(expandLet(kept, args));
  kept.isOpen = false;
  perhapsBatch.clear();
}

/// Reports an assignment of what is no output. What it meant to define is not
/// missed a second time.
void Checker::noOutput(const ast::Statement &statement) {
  StringRef name = statement.name.name;
  std::string text = name.str();
  std::vector<StringRef> known;
  for (const Output &output : program->checked.outputs)
    known.push_back(output.name);
  StringRef what = program->inputs.count(name) ? "an input"
                   : program->lets.count(name) ? "a value"
                   : consts.count(name)        ? "a constant"
                                               : "";
  if (!what.empty()) {
    fail(Label::K043, statement.name.range,
         fmt::format("'{}' is {} and cannot be assigned; outputs are {}", text,
                     what.str(), listNames(known)));
    return;
  }
  if (StringRef closest = closestName(name, known); !closest.empty()) {
    Diagnostic &d = error(Label::K043, statement.name.range,
                          fmt::format("'{}' is not an output; did you mean "
                                      "'{}'?",
                                      text, closest.str()));
    d.replaceBy(closest.str());
    SourceRange &assigned =
        program->assigned[program->outputs.lookup(closest)];
    if (!assigned.isValid())
      assigned = statement.name.range;
    return;
  }
  Diagnostic &d = error(Label::K043, statement.name.range,
                        fmt::format("'{}' is not an output; outputs are {}, "
                                    "other names need 'let'",
                                    text, listNames(known)));
  d.insertBefore("let ");
  program->poisoned.insert(name);
}

/// Reports a left side with too few or too many indices.
void Checker::wrongLeftSide(const ast::Statement &statement,
                            const Output &output) {
  if (!program->outputValid[program->outputs.lookup(output.name)])
    return; // its declaration is wrong
  std::string name = output.name, axes;
  for (AxisId axis : output.axes)
    axes += (axes.empty() ? "" : ", ") + program->checked.axes[axis].name;
  std::string message = fmt::format("'{0}' has no rows; write '{0} = ...'",
                                    name);
  std::string rows = output.axes.size() == 1 ? "i" : "i, j";
  for (size_t p = 2; p < output.axes.size(); ++p)
    rows = fmt::format("b{}, ", p - 2) + rows;
  if (!axes.empty() && statement.indices.size() < output.axes.size())
    message = fmt::format("'{0}' has rows [{1}]; name the row that is "
                          "computed, '{0}[{2}] = ...'",
                          name, axes, rows);
  else if (!axes.empty())
    message = fmt::format("'{}' has rows [{}], the left side names {} indices; "
                          "what is not kept is reduced on the right side",
                          name, axes, statement.indices.size());
  Diagnostic &d = error(Label::K052, statement.name.range, message);
  DiagnosticEngine::note(d, output.range,
                         fmt::format("'{}' is declared here", name));
}

static SourceRange indexRange(const ast::Statement &statement,
                              StringRef index) {
  for (const ast::Identifier &each : statement.indices)
    if (each.name == index)
      return each.range;
  return statement.name.range;
}

void Checker::checkAssignment(const ast::Statement &statement) {
  std::string name = statement.name.name.str();
  auto found = program->outputs.find(statement.name.name);
  if (found == program->outputs.end())
    return noOutput(statement);
  unsigned number = found->second;
  Output &output = program->checked.outputs[number];
  SourceRange &first = program->assigned[number];
  if (first.isValid()) {
    Diagnostic &d = error(Label::K024, statement.name.range,
                          fmt::format("'{}' is assigned twice", name));
    DiagnosticEngine::note(d, first, "first assignment here");
    return;
  }
  first = statement.name.range;
  if (!checkLeftIndices(statement))
    return;
  if (statement.indices.size() != output.axes.size())
    return wrongLeftSide(statement, output);
  bindLeftSide(statement, output);
  Value value = check(statement.value);
  if (!value || !program->outputValid[number])
    return;
  value = fitOutput(value, number, statement.value->range);
  output.value = value.expr;
  for (const BoundIndex &index : scope->indices)
    if (value && !index.used)
      warning(
          Label::K047, indexRange(statement, index.name),
          fmt::format("'{}' is not used on the right side", index.name.str()));
}

void Checker::bindLeftSide(const ast::Statement &statement, Output &output) {
  for (size_t p = 0; p < statement.indices.size(); ++p) {
    const ast::Identifier &name = statement.indices[p];
    BoundIndex index;
    index.name = name.name;
    index.role = fmt::format("the row of '{}'", output.name);
    index.origin = fmt::format("'{}'", output.name);
    index.originRange = output.range;
    index.id =
        indexId(name.name, output.axes[p], p + 1 < statement.indices.size(), 0);
    output.indices.push_back(*index.id);
    active.push_back(*index.id);
    scope->indices.push_back(index);
  }
}

/// The value in the shape and the element type of its output.
Value Checker::fitOutput(const Value &value, unsigned number,
                         SourceRange range) {
  const Output &output = program->checked.outputs[number];
  if (value.type().shape == output.type.shape)
    return convertForOutput(value, output, range);
  std::string held = describe(output.type, program->outputSizes[number]);
  if (output.type.isScalar())
    held = "one number";
  std::string instead;
  if (output.type.isScalar() && value.expr->count > 0)
    instead = fmt::format("; declare '{}' as {}[{}]", output.name,
                          output.written, value.expr->count);
  else if (output.type.isScalar() && value.rank() == 1)
    instead = "; reduce it with 'sum(...)' or 'dot(...)'";
  else if (output.type.shape.size() == 1 && value.isScalar())
    instead = fmt::format("; a number does not fill a vector, add 'zeros({})' "
                          "to it",
                          output.type.shape[0]);
  else if (output.type.shape.size() == 2 && value.rank() == 1)
    instead = "; a matrix is an input, or made by 'outer(u, v)' and products";
  Diagnostic &d =
      error(Label::K008, range,
            fmt::format("'{}' holds {}{}, the right side is {}{}", output.name,
                        held, output.axes.empty() ? "" : " per row",
                        describe(value), instead));
  DiagnosticEngine::note(d, output.range,
                         fmt::format("'{}' is declared here", output.name));
  return Value();
}

/// Whether the value is a quotient of what were integers.
static bool dividesIntegers(const Expr &value) {
  auto wasInteger = [](const Expr *e) {
    return e->kind == ExprKind::Number ||
           (e->kind == ExprKind::Convert && isInteger(e->args[0]->type.elem));
  };
  return value.kind == ExprKind::Apply && value.function == Function::Div &&
         llvm::all_of(value.args, wasInteger);
}

Value Checker::convertForOutput(const Value &value, const Output &output,
                                SourceRange range) {
  Elem to = output.type.elem, from = value.elem();
  std::string holds = StringRef(output.written).split('[').first.str();
  auto wrong = [&](Label label, const std::string &instead,
                   StringRef fix = "") {
    Diagnostic &d = error(label, range,
                          fmt::format("'{}' holds {}, the right side is {}; {}",
                                      output.name, holds, elemWord(value),
                                      instead));
    if (!fix.empty())
      wrapIn(d, range, fix);
    DiagnosticEngine::note(d, output.range,
                           fmt::format("'{}' is declared here", output.name));
    return Value();
  };
  if ((to == Elem::Bool) != (from == Elem::Bool))
    return wrong(Label::K048, to == Elem::Bool ? "write a comparison"
                                               : "use 'select(c, a, b)' or "
                                                 "'real(c)'");
  if (isFloat(to) && value.flex == Flex::Place) {
    const Expr &e = *value.expr;
    std::string source = e.kind == ExprKind::Reduce
                             ? reductionName(e.reduction).str()
                             : functionName(e.function).str();
    bool counts = e.kind == ExprKind::Reduce && e.reduction == Reduction::Count;
    Diagnostic &d = error(
        Label::K030, range,
        fmt::format("'{}' gives {}; declare '{}' as i32 or i64", source,
                    counts ? "whole numbers" : "row numbers", output.name));
    DiagnosticEngine::note(d, output.range,
                           fmt::format("'{}' is declared here", output.name));
    return Value();
  }
  std::string conversion =
      to == Elem::F16 || to == Elem::BF16 ? "real" : holds;
  if (isFloat(to) && isInteger(from) && value.flex == Flex::Fixed)
    return wrong(Label::K048, fmt::format("write '{}(...)'", conversion),
                 conversion);
  if (isInteger(to) && isFloat(from) && dividesIntegers(*value.expr))
    return wrong(Label::K048, "'/' is real division, write 'idiv(a, b)'");
  if (isInteger(to) && isFloat(from))
    return wrong(Label::K048,
                 fmt::format("write '{}(...)'", elemName(to).str()));
  bool narrows = to == Elem::I32 && from == Elem::I64;
  if (narrows && value.flex != Flex::Literal && value.flex != Flex::Place)
    return wrong(Label::K048,
                 fmt::format("declare '{}' as i64, or write 'i32(...)'",
                             output.name));
  return convert(value, to, range);
}
