//===- CheckRows.cpp - subscripts: rows, features, lets -------------------===//
//
// The first bracket after an array with rows holds row indices, one for each
// axis; every other bracket holds features.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Checker.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>
#include <utility>

using namespace kdslc;
using llvm::StringRef;

Value Checker::checkSubscript(const ast::Subscript &subscript) {
  if (subscript.member)
    return checkMember(subscript);
  const auto *name = llvm::dyn_cast<ast::Name>(subscript.base);
  if (name && program && frames.empty() && !scope->values.count(name->name)) {
    if (auto in = program->inputs.find(name->name);
        in != program->inputs.end()) {
      const Input &input = program->checked.inputs[in->second];
      if (!input.isRanges && !input.axes.empty())
        return checkInputRows(subscript, in->second);
    }
    if (auto let = program->lets.find(name->name); let != program->lets.end())
      if (!let->second.statement->indices.empty())
        return checkLetRows(subscript, name->name, let->second);
    if (program->outputs.count(name->name))
      return checkName(name->name, name->range); // says that it is an output
  }
  Value base = check(subscript.base);
  return checkFeatures(base, subscript, sourceText(subscript.base->range));
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// "[B, M]".
static std::string listAxes(const CheckedProgram &program,
                            llvm::ArrayRef<AxisId> axes) {
  std::string text = "[";
  for (size_t i = 0; i < axes.size(); ++i)
    text += (i ? ", " : "") + program.axes[axes[i]].name;
  return text + "]";
}

/// Indices for axes, for examples: those in scope that have the axis, or else
/// the innermost whose axis nothing has told yet, or else a new one.
std::string Checker::exampleRows(llvm::ArrayRef<AxisId> axes) const {
  std::vector<std::string> names;
  auto propose = [&](StringRef name) {
    if (llvm::is_contained(names, name))
      return false;
    names.push_back(name.str());
    return true;
  };
  for (AxisId axis : axes) {
    bool isLast = names.size() + 1 == axes.size();
    std::vector<StringRef> good, free;
    for (const BoundIndex &index : scope->indices) {
      if (index.id && program->checked.indices[*index.id].axis == axis)
        good.push_back(index.name);
      if (!index.id || isLast)
        free.push_back(index.name);
    }
    // Batches are named outside, pairs inside.
    if (isLast)
      std::reverse(good.begin(), good.end());
    std::reverse(free.begin(), free.end());
    if (good.empty())
      good = std::move(free);
    if (llvm::none_of(good, propose))
      names.push_back(freshIndex());
  }
  return llvm::join(names, ", ");
}

/// Reports an array with rows that has no row index, or not enough of them.
Value Checker::rowsMissing(unsigned input, SourceRange range) {
  const Input &in = program->checked.inputs[input];
  std::string example = exampleRows(in.axes);
  bool one = in.axes.size() == 1;
  Diagnostic &d =
      error(Label::K001, range,
            fmt::format("'{}' has rows {}; give it {}, for example '{}[{}]'",
                        in.name, listAxes(program->checked, in.axes),
                        one ? "a row index"
                            : fmt::format("{} row indices", in.axes.size()),
                        in.name, example));
  DiagnosticEngine::note(d, in.range,
                         fmt::format("'{}' is declared here", in.name));
  return Value();
}

Value Checker::checkInputRows(const ast::Subscript &subscript, unsigned input) {
  program->inputUsed[input] = true;
  const Input &in = program->checked.inputs[input];
  if (subscript.subs.size() < in.axes.size())
    return rowsMissing(input, subscript.range);
  if (subscript.subs.size() > in.axes.size()) {
    size_t rows = in.axes.size();
    SourceRange first = subscript.subs[rows].first->range;
    Diagnostic &d = error(
        Label::K002, first,
        fmt::format("'{}' has {} row {}; features stand in a bracket of "
                    "their own, for example '{}[{}][0]'",
                    in.name, rows, rows == 1 ? "axis" : "axes", in.name,
                    exampleRows(in.axes)));
    if (!in.type.isScalar())
      d.fixIts.push_back(
          {{subscript.subs[rows - 1].first->range.End, first.Start}, "]["});
    return Value();
  }
  llvm::SmallVector<IndexId, 2> rows;
  for (size_t p = 0; p < in.axes.size(); ++p) {
    auto id = rowIndex(subscript.subs[p], in.axes[p], in.name, in.range);
    if (!id)
      return Value();
    rows.push_back(*id);
  }
  return program->inputValid[input] ? inputValue(input, rows, subscript.range)
                                    : Value();
}

/// `j in R[i]` in a formula: whether a set holds the pair.
Value Checker::checkMember(const ast::Subscript &subscript) {
  const auto *set = llvm::cast<ast::Name>(subscript.base);
  StringRef name = set->name;
  StringRef own = llvm::cast<ast::Name>(subscript.member)->name;
  if (!program || !frames.empty())
    return fail(Label::K044, subscript.range,
                "whether a set holds a pair is asked in a program; kernels and "
                "constants have no rows");
  auto input = program->inputs.find(name);
  if (input == program->inputs.end() ||
      !program->checked.inputs[input->second].isRanges)
    return fail(Label::K043, set->range,
                fmt::format("'{}' is not a 'ranges' input; outside of the "
                            "bracket of a reduction 'in' asks whether one "
                            "holds a pair",
                            name.str()));
  program->inputUsed[input->second] = true;
  const Input &in = program->checked.inputs[input->second];
  auto isOwn = [&](const ast::Subscript::Sub &sub) {
    return llvm::cast<ast::Name>(sub.first)->name == own;
  };
  if (subscript.subs.size() != 2 || llvm::none_of(subscript.subs, isOwn))
    return fail(Label::K001, subscript.range,
                fmt::format("'{0}' takes the kept row alone, '{1} in {0}[i]', "
                            "or both rows of a pair, of which one is '{1}'",
                            name.str(), own.str()));
  if (!findIndex(own) && isKnownName(own))
    return fail(Label::K012, subscript.member->range,
                fmt::format("'{}' is no row index; 'any[j in {}[i]](j == {})' "
                            "asks for the row of a number",
                            own.str(), name.str(), own.str()));
  Expr node;
  node.kind = ExprKind::Member;
  node.type.elem = Elem::Bool;
  node.input = input->second;
  node.range = subscript.range;
  for (size_t p = 0; p < 2; ++p) {
    auto id = rowIndex(subscript.subs[p], in.axes[p], in.name, in.range);
    if (!id)
      return Value();
    node.subscripts.push_back(*id);
  }
  return made(pool.make(std::move(node)), subscript.range);
}

/// The index that a row subscript names, if it ranges over `axis`.
std::optional<IndexId> Checker::rowIndex(const ast::Subscript::Sub &sub,
                                         AxisId axis, StringRef array,
                                         SourceRange declaredAt) {
  const auto *name = llvm::dyn_cast<ast::Name>(sub.first);
  if (!name || sub.last)
    return badRow(sub, array);
  BoundIndex *index = findIndex(name->name);
  if (!index) {
    std::string text = name->name.str();
    if (text == "None" || text == "newaxis") {
      fail(Label::K011, name->range,
           "no axes are added: indices name the rows, and 'x[i] - y[j]' is "
           "taken for all pairs");
      return std::nullopt;
    }
    if (isKnownName(name->name))
      return badRow(sub, array);
    fail(Label::K004, name->range,
         fmt::format("'{}' is not bound: no reduction over '{}' encloses it; "
                     "did you mean 'sum[{}](...)'?",
                     text, text, text));
    return std::nullopt;
  }
  index->used = true;
  if (!index->id)
    return std::nullopt;
  AxisId has = program->checked.indices[*index->id].axis;
  if (has == axis)
    return index->id;
  StringRef other;
  for (const BoundIndex &bound : scope->indices)
    if (bound.id && program->checked.indices[*bound.id].axis == axis)
      other = bound.name;
  Diagnostic &d = error(
      Label::K003, name->range,
      fmt::format("index '{}' ranges over {} (from {}) and over {} (from "
                  "'{}'){}",
                  name->name.str(), program->checked.axes[has].name,
                  index->origin, program->checked.axes[axis].name, array.str(),
                  other.empty() ? ""
                                : fmt::format("; '{}' is an index of {}",
                                              other.str(),
                                              program->checked.axes[axis].name)));
  if (index->originRange.isValid())
    DiagnosticEngine::note(d, index->originRange,
                           fmt::format("{} is declared here", index->origin));
  DiagnosticEngine::note(d, declaredAt,
                         fmt::format("'{}' is declared here", array.str()));
  return std::nullopt;
}

/// Whether an unbound name in a row subscript names something else.
bool Checker::isKnownName(StringRef name) const {
  return scope->values.count(name) || program->inputs.count(name) ||
         program->lets.count(name) || program->sizes.count(name) ||
         program->axes.count(name) || consts.count(name) ||
         program->outputs.count(name);
}

/// Reports a row subscript that is not a plain index.
std::nullopt_t Checker::badRow(const ast::Subscript::Sub &subscript,
                               StringRef array) {
  const ast::Expr *sub = subscript.first;
  std::string text = quoted(sourceText(sub->range));
  std::string j = freshIndex();
  for (const BoundIndex &index : scope->indices)
    if (!index.id)
      j = index.name.str(); // nothing tells its axis yet: it was meant here
  std::string sum = fmt::format("'sum[{0} where {0} == {2}]({1}[{0}])'", j,
                                array.str(), text);
  bool byData = llvm::isa<ast::Subscript>(sub);
  if (const auto *name = llvm::dyn_cast<ast::Name>(sub))
    byData = program->inputs.count(name->name) ||
             program->lets.count(name->name);
  if (subscript.last) {
    fail(Label::K011, {sub->range.Start, subscript.last->range.End},
         fmt::format("rows are not sliced; a reduction leaves rows out, "
                     "'where {0} <= {1} and {1} < {2}'",
                     text, j,
                     quoted(sourceText(subscript.last->range))));
    return std::nullopt;
  }
  if (const auto *reduce = llvm::dyn_cast<ast::Reduce>(sub);
      reduce && reduce->op.name.starts_with("arg")) {
    fail(Label::K012, sub->range,
         fmt::format("a row cannot be picked by data in this version; '{}' "
                     "takes what it gives at that row as one argument more",
                     reduce->op.name.str()));
    return std::nullopt;
  }
  if (byData || llvm::isa<ast::Reduce>(sub)) {
    fail(Label::K012, sub->range,
         "a row cannot be picked by data in this version; use " + sum);
    return std::nullopt;
  }
  if (const auto *name = llvm::dyn_cast<ast::Name>(sub);
      name && program->axes.count(name->name)) {
    fail(Label::K011, sub->range,
         fmt::format("row subscripts are plain indices; '{}' is the number of "
                     "rows",
                     text));
    return std::nullopt;
  }
  const auto *unary = llvm::dyn_cast<ast::Unary>(sub);
  if (unary && llvm::isa<ast::Number>(unary->operand)) {
    fail(Label::K011, sub->range,
         "row subscripts are plain indices; rows are not counted from the end");
    return std::nullopt;
  }
  fail(Label::K011, sub->range,
       fmt::format("row subscripts are plain indices; '{}[{}]' is not "
                   "supported, use {}",
                   array.str(), text, sum));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Lets
//===----------------------------------------------------------------------===//

/// Reports `let y[i] = y[i] + 1`.
Value Checker::ownLet(StringRef name, SourceRange range) {
  return fail(Label::K043, range,
              fmt::format("'{}' stands in its own 'let'; what is made of it "
                          "has a name of its own",
                          name.str()));
}

Value Checker::checkLetRows(const ast::Subscript &subscript, StringRef name,
                            LetState &let) {
  let.used = true;
  if (let.isOpen)
    return ownLet(name, subscript.range);
  if (!let.valid)
    return Value();
  if (subscript.subs.size() != let.axes.size())
    return fail(Label::K001, subscript.range,
                fmt::format("'{}' takes {} row {}, as in '{}', got {}",
                            name.str(), let.axes.size(),
                            let.axes.size() == 1 ? "index" : "indices",
                            leftSide(*let.statement), subscript.subs.size()));
  llvm::SmallVector<IndexId, 2> args;
  for (size_t p = 0; p < let.axes.size(); ++p) {
    auto id = rowIndex(subscript.subs[p], let.axes[p], name,
                       let.statement->name.range);
    if (!id)
      return Value();
    args.push_back(*id);
  }
  return expandLet(let, args);
}

/// The body of a let with its parameters bound to `args`.
Value Checker::expandLet(LetState &let, llvm::ArrayRef<IndexId> args) {
  // Indices that the body binds must differ from those active around it.
  std::vector<IndexId> key(args.begin(), args.end());
  key.push_back(IndexId(args.size()));
  if (!args.empty()) {
    key.insert(key.end(), active.begin(), active.end());
    llvm::sort(key.begin() + args.size() + 1, key.end());
  }
  // Where a let is checked for itself an index may be a batch that is none where
  // it is used: then it is expanded again.
  auto known = let.expansions.find(key);
  if (known != let.expansions.end() &&
      (!known->second.needsBatch || !perhapsBatch.empty())) {
    needsBatch |= known->second.needsBatch;
    return known->second.value;
  }

  Scope inner;
  for (size_t p = 0; p < args.size(); ++p) {
    BoundIndex index;
    index.name = let.statement->indices[p].name;
    index.id = args[p];
    index.origin = fmt::format("'{}'", let.statement->name.name.str());
    index.originRange = let.statement->name.range;
    inner.indices.push_back(index);
  }
  Scope *outer = scope;
  scope = &inner;
  const bool before = std::exchange(needsBatch, false);
  Value value = check(let.statement->value);
  let.expansions[key] = {value, needsBatch};
  needsBatch |= before;
  scope = outer;
  return value;
}
