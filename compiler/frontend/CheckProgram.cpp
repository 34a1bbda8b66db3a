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
  state.checked.range = item.name.range;
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
  if (!before.isValid()) {
    fail(Label::K042, name.range,
         fmt::format("'{}' is built in; choose another name for the {}", text,
                     what.str()));
    return false;
  }
  Diagnostic &d =
      error(Label::K042, name.range,
            fmt::format("the name '{}' is taken already; choose another one "
                        "for the {}",
                        text, what.str()));
  DiagnosticEngine::note(d, before, fmt::format("'{}' is declared here", text));
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
  input.written = sourceText(param.type.range).str();
  program->saysReal |= param.type.elem == "real";
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
  output.written = sourceText(param.type.range).str();
  program->saysReal |= param.type.elem == "real";
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

void Checker::checkUnused() {
  if (!program->ast.isWhole)
    return; // what is missed may be in what was not understood
  for (size_t i = 0; i < program->checked.outputs.size(); ++i)
    if (!program->assigned[i].isValid() && program->poisoned.empty())
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
