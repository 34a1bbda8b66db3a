//===- CheckProgram.cpp - sizes, axes, inputs, statements, outputs --------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

void Checker::checkProgram(const ast::Program &item) {
  forEachBody(item, [&](const std::string &name,
                        const llvm::StringMap<int64_t> &chosen) {
    checkBody(item, name, chosen);
  });
}

void Checker::checkBody(const ast::Program &item, const std::string &name,
                        llvm::StringMap<int64_t> chosen) {
  ProgramState state(item);
  program = &state;
  state.chosen = std::move(chosen);
  state.checked.name = name;
  state.checked.declared = item.name.name.str();
  state.checked.doc = item.doc;
  state.checked.range = item.range;
  inlined.clear(); // its values hold indices of the program before
  collectAxes(item.inputs);
  collectAxes(item.outputs);
  collectSizes(item.inputs);
  collectSizes(item.outputs);
  for (const ast::Param &param : item.inputs)
    declareInput(param);
  for (const ast::Param &param : item.outputs)
    declareOutput(param);
  Scope body;
  Scope *outer = scope;
  scope = &body;
  for (const ast::Statement &statement : item.statements) {
    if (exhausted || diags.errorCount() >= DiagnosticEngine::maxErrors)
      break;
    checkStatement(statement);
    if (!state.checked.source.empty())
      state.checked.source += '\n';
    state.checked.source += sourceText(statement.range);
  }
  scope = outer;
  checkUnused();
  for (const Output &output : state.checked.outputs)
    if (!output.value && !diags.hasErrors())
      fail(Label::K000, output.range,
           fmt::format("'{}' has no value, and no rule says why", output.name));
  for (const auto &[size, value] : state.sizes)
    if (!state.chosen.count(size) && value)
      state.checked.sizes.push_back({size.str(), value});
  llvm::sort(state.checked.sizes);
  program = nullptr;
  if (Signature &signature = signatures[item.name.name]; !signature.valid) {
    signature.inputs = state.checked.inputs;
    signature.outputs = state.checked.outputs;
    signature.axes = state.checked.axes;
    signature.sizes = state.checked.sizes;
    signature.valid = true;
  }
  result.programs.push_back(std::move(state.checked));
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// A name of a program hides nothing and is hidden by nothing.
bool Checker::nameIsFree(const ast::Identifier &name, StringRef what) {
  std::string text = name.name.str();
  SourceRange before;
  if (auto found = declared.find(name.name); found != declared.end())
    before = found->second;
  else if (auto in = program->inputs.find(name.name);
           in != program->inputs.end())
    before = program->checked.inputs[in->second].range;
  else if (auto out = program->outputs.find(name.name);
           out != program->outputs.end())
    before = program->checked.outputs[out->second].range;
  else if (auto let = program->lets.find(name.name); let != program->lets.end())
    before = let->second.statement->name.range;
  else if (auto axis = program->axes.find(name.name);
           axis != program->axes.end())
    before = program->checked.axes[axis->second].range;
  else if (auto size = program->sizeRanges.find(name.name);
           size != program->sizeRanges.end())
    before = size->second;
  else if (!isBuiltinFunction(name.name) && name.name != "pi" &&
           name.name != "inf" && name.name != "nan")
    return true;
  Diagnostic &d =
      error(Label::K042, name.range,
            fmt::format("the name '{}' is taken already; choose another one "
                        "for the {}",
                        text, what.str()));
  if (before.isValid())
    DiagnosticEngine::note(d, before,
                           fmt::format("'{}' is declared here", text));
  return false;
}

/// An index may not hide a name either.
bool Checker::indexIsFree(const ast::Identifier &name) {
  if (scope->values.count(name.name)) {
    fail(Label::K042, name.range,
         fmt::format("the name '{}' is taken already; choose another one for "
                     "the index",
                     name.name.str()));
    return false;
  }
  if (program)
    return nameIsFree(name, "index");
  return true;
}

/// Calls `visit` for each name in a size.
static void forEachSizeName(const ast::Expr *dim,
                            llvm::function_ref<void(const ast::Name &)> visit) {
  if (const auto *name = llvm::dyn_cast<ast::Name>(dim))
    return visit(*name);
  const auto *chain = llvm::dyn_cast<ast::Chain>(dim);
  if (!chain)
    return;
  forEachSizeName(chain->first, visit);
  for (const ast::Chain::Link &link : chain->links)
    forEachSizeName(link.operand, visit);
}

void Checker::collectAxes(llvm::ArrayRef<ast::Param> params) {
  for (const ast::Param &param : params) {
    for (const ast::Identifier &row : param.rows)
      addAxis(row);
    for (const ast::Expr *dim : param.type.dims)
      forEachSizeName(dim, [&](const ast::Name &name) {
        addSpecializedSize(name.name, name.range);
      });
  }
}

void Checker::addAxis(const ast::Identifier &row) {
  rowAxes.insert(row.name);
  auto [entry, isNew] =
      program->axes.try_emplace(row.name, program->checked.axes.size());
  if (!isNew)
    return;
  if (auto found = declared.find(row.name); found != declared.end()) {
    Diagnostic &d =
        error(Label::K042, row.range,
              fmt::format("the name '{}' is taken already; choose another one "
                          "for the row axis",
                          row.name.str()));
    DiagnosticEngine::note(d, found->second,
                           fmt::format("'{}' is declared here",
                                       row.name.str()));
  }
  program->checked.axes.push_back({row.name.str(), row.range});
}

/// A size that `specialize` lists stays an argument of the C function, where
/// it appears first.
void Checker::addSpecializedSize(StringRef name, SourceRange range) {
  auto chosen = program->chosen.find(name);
  bool isKnown = llvm::any_of(program->checked.axes, [&](const Axis &axis) {
    return axis.name == name;
  });
  if (chosen != program->chosen.end() && !isKnown)
    program->checked.axes.push_back({name.str(), range, chosen->second});
}

void Checker::collectSizes(llvm::ArrayRef<ast::Param> params) {
  for (const ast::Param &param : params)
    for (const ast::Expr *dim : param.type.dims)
      forEachSizeName(dim, [&](const ast::Name &name) {
        program->sizeRanges.try_emplace(name.name, name.range);
        auto axis = program->axes.find(name.name);
        if (axis == program->axes.end())
          return;
        std::string text = name.name.str();
        Diagnostic &d = error(
            Label::K032, name.range,
            fmt::format("'{}' is a feature size (of '{}') and cannot also be a "
                        "row axis",
                        text, param.name.name.str()));
        DiagnosticEngine::note(d, program->checked.axes[axis->second].range,
                               fmt::format("'{}' is a row axis here", text));
        program->sizes[name.name] = 0;
      });
}

void Checker::declareInput(const ast::Param &param) {
  nameIsFree(param.name, "input");
  Input input;
  input.name = param.name.name.str();
  input.doc = param.doc;
  input.range = param.name.range;
  input.isRanges = param.isRanges;
  for (const ast::Identifier &row : param.rows)
    input.axes.push_back(program->axes.lookup(row.name));
  llvm::SmallVector<StringRef, 2> sizes;
  bool valid = true;
  if (param.isRanges && param.rows.size() != 2) {
    fail(Label::K049, param.name.range,
         fmt::format("'ranges' has two row axes, the kept and the reduced one; "
                     "'{}' has {}",
                     input.name, param.rows.size()));
    input.axes.resize(2);
    valid = false;
  } else if (!param.isRanges) {
    auto type = evaluateType(param.type, program->sizes, sizes);
    valid = type.has_value();
    if (type)
      input.type = *type;
    for (const ast::Expr *dim : param.type.dims)
      input.dims.push_back(sourceText(dim->range).str());
  }
  program->inputs.try_emplace(input.name, program->checked.inputs.size());
  program->checked.inputs.push_back(std::move(input));
  program->inputSizes.push_back(std::move(sizes));
  program->inputUsed.push_back(false);
  program->inputValid.push_back(valid);
}

void Checker::declareOutput(const ast::Param &param) {
  nameIsFree(param.name, "output");
  Output output;
  output.name = param.name.name.str();
  output.doc = param.doc;
  output.range = param.name.range;
  for (const ast::Identifier &row : param.rows)
    output.axes.push_back(program->axes.lookup(row.name));
  llvm::SmallVector<StringRef, 2> sizes;
  if (param.isRanges) {
    fail(Label::K049, param.name.range,
         fmt::format("the output '{}' cannot be 'ranges'", output.name));
  } else if (auto type = evaluateType(param.type, program->sizes, sizes)) {
    output.type = *type;
    for (const ast::Expr *dim : param.type.dims)
      output.dims.push_back(sourceText(dim->range).str());
  }
  bool valid = !param.isRanges && sizes.size() == param.type.dims.size();
  program->outputs.try_emplace(output.name, program->checked.outputs.size());
  program->checked.outputs.push_back(std::move(output));
  program->outputSizes.push_back(std::move(sizes));
  program->outputValid.push_back(valid);
  program->assigned.emplace_back();
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

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
  if (statement.isLet)
    checkLet(statement);
  else
    checkAssignment(statement);
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
  if (!nameIsFree(statement.name, "let") || !checkLeftIndices(statement))
    return;
  LetState let;
  let.statement = &statement;
  let.valid = statement.value;
  llvm::SmallVector<IndexId, 2> args;
  for (const ast::Identifier &index : statement.indices) {
    auto found = findAxis(statement.value, index.name);
    if (!found) {
      if (statement.value)
        fail(Label::K005, index.range,
             fmt::format("cannot tell what '{}' ranges over: nothing in '{}' "
                         "is subscripted by it",
                         index.name.str(), statement.name.name.str()));
      let.valid = false;
      let.axes.push_back(0);
      continue;
    }
    let.axes.push_back(found->axis);
    bool batch =
        &index != &statement.indices.back() && statement.indices.size() > 2;
    args.push_back(indexId(index.name, found->axis, batch, 0));
  }
  LetState &kept = program->lets[statement.name.name] = std::move(let);
  if (!kept.valid)
    return;
  active.assign(args.begin(), args.end());
  kept.valid = bool(expandLet(kept, args));
}

void Checker::checkAssignment(const ast::Statement &statement) {
  std::string name = statement.name.name.str();
  auto found = program->outputs.find(statement.name.name);
  if (found == program->outputs.end()) {
    std::vector<StringRef> known;
    for (const Output &output : program->checked.outputs)
      known.push_back(output.name);
    fail(Label::K043, statement.name.range,
         fmt::format("'{}' is not an output; outputs are {}, other names need "
                     "'let'{}",
                     name, listNames(known),
                     didYouMean(statement.name.name, known)));
    return;
  }
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
  if (statement.indices.size() != output.axes.size()) {
    std::vector<std::string> axes;
    for (AxisId axis : output.axes)
      axes.push_back(program->checked.axes[axis].name);
    Diagnostic &d = error(
        Label::K052, statement.name.range,
        axes.empty()
            ? fmt::format("'{}' has no rows; write '{} = ...'", name, name)
            : fmt::format("'{}' has {} row ax{} [{}], got {} ind{} on the left "
                          "side",
                          name, axes.size(), axes.size() == 1 ? "is" : "es",
                          fmt::join(axes, ", "), statement.indices.size(),
                          statement.indices.size() == 1 ? "ex" : "ices"));
    DiagnosticEngine::note(d, output.range,
                           fmt::format("'{}' is declared here", name));
    return;
  }
  bindLeftSide(statement, output);
  Value value = check(statement.value);
  if (!value || !program->outputValid[number])
    return;
  value = fitOutput(value, number, statement.value->range);
  output.value = value.expr;
  for (const BoundIndex &index : scope->indices)
    if (value && !index.used)
      warning(
          Label::K047, statement.name.range,
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
  Diagnostic &d = error(
      Label::K008, range,
      fmt::format("'{}' holds {}{}, the right side is {}{}", output.name, held,
                  output.axes.empty() ? "" : " per row", describe(value),
                  output.type.isScalar() && value.rank() == 1
                      ? "; reduce it with 'sum(...)' or 'dot(...)'"
                      : ""));
  DiagnosticEngine::note(d, output.range,
                         fmt::format("'{}' is declared here", output.name));
  return Value();
}

Value Checker::convertForOutput(const Value &value, const Output &output,
                                SourceRange range) {
  Elem to = output.type.elem, from = value.elem();
  auto wrong = [&](Label label, const std::string &instead) {
    Diagnostic &d = error(label, range,
                          fmt::format("'{}' holds {}, the right side is {}; {}",
                                      output.name, elemName(to).str(),
                                      elemName(from).str(), instead));
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
  if (isFloat(to) && isInteger(from) && value.flex == Flex::Fixed)
    return wrong(Label::K048, "write 'real(...)'");
  if (isInteger(to) && isFloat(from))
    return wrong(Label::K048,
                 fmt::format("write '{}(...)'", elemName(to).str()));
  bool narrows = to == Elem::I32 && from == Elem::I64;
  if (narrows && value.flex != Flex::Literal && value.flex != Flex::Place)
    return wrong(Label::K048, "write 'i32(...)'");
  return convert(value, to, range);
}

void Checker::checkUnused() {
  for (size_t i = 0; i < program->checked.outputs.size(); ++i)
    if (!program->assigned[i].isValid())
      fail(Label::K023, program->checked.outputs[i].range,
           fmt::format("output '{}' is never assigned",
                       program->checked.outputs[i].name));
  if (diags.hasErrors())
    return; // what is unused may be so because of an error
  for (size_t i = 0; i < program->checked.inputs.size(); ++i)
    if (!program->inputUsed[i])
      warning(Label::K047, program->checked.inputs[i].range,
              fmt::format("input '{}' is not used",
                          program->checked.inputs[i].name));
  for (const ast::Statement &statement : program->ast.statements)
    if (statement.isLet && !program->lets[statement.name.name].used)
      warning(Label::K047, statement.name.range,
              fmt::format("'{}' is not used", statement.name.name.str()));
}
