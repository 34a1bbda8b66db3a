//===- CheckReduce.cpp - reductions and what their indices range over -----===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

struct ReductionRow {
  Reduction op;
  StringRef name;
  unsigned minArgs, maxArgs;
};

static const ReductionRow &rowOf(StringRef name) {
  static const ReductionRow rows[] = {
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC)                    \
  {Reduction::ENUM, NAME, MIN_ARGS, MAX_ARGS},
#include "compiler/frontend/Builtins.def"
  };
  return *llvm::find_if(rows,
                        [&](const ReductionRow &r) { return r.name == name; });
}

bool kdslc::isCounted(Reduction op) {
  return op == Reduction::KMin || op == Reduction::KMax ||
         op == Reduction::ArgKMin || op == Reduction::ArgKMax;
}

bool kdslc::isArg(Reduction op) {
  return op == Reduction::ArgMin || op == Reduction::ArgMax ||
         op == Reduction::ArgKMin || op == Reduction::ArgKMax;
}

//===----------------------------------------------------------------------===//
// What an index ranges over
//===----------------------------------------------------------------------===//

/// The axis that the first use of `index` as a row subscript tells (rule R2).
std::optional<Checker::FoundAxis> Checker::findAxis(const ast::Expr *expr,
                                                    StringRef index) {
  if (!expr)
    return std::nullopt;
  auto first =
      [&](llvm::ArrayRef<const ast::Expr *> exprs) -> std::optional<FoundAxis> {
    for (const ast::Expr *e : exprs)
      if (auto found = findAxis(e, index))
        return found;
    return std::nullopt;
  };
  switch (expr->kind) {
  case ast::Expr::Number:
  case ast::Expr::Bool:
  case ast::Expr::Name:
    return std::nullopt;
  case ast::Expr::Unary:
    return findAxis(llvm::cast<ast::Unary>(expr)->operand, index);
  case ast::Expr::Chain: {
    const auto *chain = llvm::cast<ast::Chain>(expr);
    if (auto found = findAxis(chain->first, index))
      return found;
    for (const ast::Chain::Link &link : chain->links)
      if (auto found = findAxis(link.operand, index))
        return found;
    return std::nullopt;
  }
  case ast::Expr::Subscript:
    return findAxisInSubscript(*llvm::cast<ast::Subscript>(expr), index);
  case ast::Expr::Concat:
    return first(llvm::cast<ast::Concat>(expr)->elements);
  case ast::Expr::Call:
    return first(llvm::cast<ast::Call>(expr)->args);
  case ast::Expr::Reduce: {
    const auto *reduce = llvm::cast<ast::Reduce>(expr);
    for (const ast::Reduce::Index &inner : reduce->indices)
      if (auto in = program->inputs.find(inner.in.name);
          in != program->inputs.end() &&
          program->checked.inputs[in->second].isRanges)
        for (size_t k = 0; k < std::min<size_t>(inner.rows.size(), 2); ++k)
          if (inner.rows[k].name == index) {
            const Input &ranges = program->checked.inputs[in->second];
            return FoundAxis{ranges.axes[k], fmt::format("'{}'", ranges.name),
                             ranges.range};
          }
    if (auto found = findAxis(reduce->where, index))
      return found;
    return first(reduce->args);
  }
  }
  return std::nullopt;
}

std::optional<Checker::FoundAxis>
Checker::findAxisInSubscript(const ast::Subscript &subscript, StringRef index) {
  llvm::ArrayRef<AxisId> axes;
  FoundAxis found{};
  const auto *array = llvm::dyn_cast<ast::Name>(subscript.base);
  bool isPoisoned = array && program->poisoned.contains(array->name);
  if (const auto *name = array) {
    found.origin = fmt::format("'{}'", name->name.str());
    if (auto in = program->inputs.find(name->name);
        in != program->inputs.end()) {
      axes = program->checked.inputs[in->second].axes;
      found.range = program->checked.inputs[in->second].range;
    } else if (auto let = program->lets.find(name->name);
               let != program->lets.end()) {
      axes = let->second.axes;
      found.range = let->second.statement->name.range;
      found.poisoned = !let->second.valid;
    }
  }
  for (size_t p = 0; p < subscript.subs.size(); ++p) {
    const ast::Subscript::Sub &sub = subscript.subs[p];
    const auto *name = llvm::dyn_cast<ast::Name>(sub.first);
    if (name && name->name == index && !sub.last &&
        (p < axes.size() || isPoisoned)) {
      found.axis = isPoisoned ? 0 : axes[p];
      found.poisoned |= isPoisoned;
      return found;
    }
    if (!name)
      if (auto inner = findAxis(sub.first, index))
        return inner;
  }
  return findAxis(subscript.base, index);
}

/// `j in N`, `j in R[i]`, or what the arguments tell.
std::optional<Checker::FoundAxis>
Checker::axisOf(const ast::Reduce &reduce, const ast::Reduce::Index &index,
                RangesUse &ranges) {
  if (index.in.name.empty()) {
    for (const ast::Expr *arg : reduce.args)
      if (auto found = findAxis(arg, index.name.name))
        return found;
    return findAxis(reduce.where, index.name.name);
  }
  FoundAxis found{};
  found.origin = fmt::format("'in {}'", index.in.name.str());
  found.range = index.in.range;
  if (auto axis = program->axes.find(index.in.name);
      axis != program->axes.end() && index.rows.empty()) {
    found.axis = axis->second;
    return found;
  }
  if (!findRanges(index, ranges, found))
    return std::nullopt;
  return found;
}

/// `j in R[i]` or `j in R[i, j]`, where R is a `ranges` input; `i in R[i, j]` are
/// the same pairs seen from j.
bool Checker::findRanges(const ast::Reduce::Index &index, RangesUse &ranges,
                         FoundAxis &found) {
  std::string name = index.in.name.str();
  auto input = program->inputs.find(index.in.name);
  if (input == program->inputs.end() ||
      !program->checked.inputs[input->second].isRanges) {
    std::vector<StringRef> known;
    for (const auto &axis : program->axes)
      known.push_back(axis.first());
    for (const Input &other : program->checked.inputs)
      if (other.isRanges)
        known.push_back(other.name);
    llvm::sort(known);
    Diagnostic &d = error(
        Label::K043, index.in.range,
        fmt::format("'{}' is neither a row axis nor a 'ranges' input{}", name,
                    didYouMean(name, known)));
    if (StringRef closest = closestName(name, known); !closest.empty())
      d.replaceBy(closest.str());
    return false;
  }
  program->inputUsed[input->second] = true;
  const Input &in = program->checked.inputs[input->second];
  StringRef own = index.name.name;
  bool isPair = index.rows.size() == 2 && (index.rows[0].name == own) !=
                                              (index.rows[1].name == own);
  if (index.rows.size() != 1 && !isPair) {
    fail(Label::K001, index.in.range,
         index.rows.empty()
             ? fmt::format("'{}' has rows; write '{}[i]' with the kept row "
                           "index",
                           name, name)
             : fmt::format("'{0}' takes the kept row alone, 'in {0}[{1}]', or "
                           "both rows of a pair, of which one is '{2}'",
                           name, index.rows[0].name.str(), own.str()));
    return false;
  }
  ranges.input = input->second;
  ranges.range = index.in.range;
  ranges.isTurned = isPair && index.rows[0].name == own;
  const ast::Identifier &other = index.rows[ranges.isTurned ? 1 : 0];
  ast::Name row;
  row.name = other.name;
  row.range = other.range;
  ast::Subscript::Sub sub;
  sub.first = &row;
  found.axis = in.axes[ranges.isTurned ? 0 : 1];
  ranges.kept =
      rowIndex(sub, in.axes[ranges.isTurned ? 1 : 0], in.name, in.range);
  return ranges.kept.has_value();
}

/// The set at the indices of its pairs, once the reduced one has a number.
const Expr *Checker::rangesAt(const RangesUse &ranges, IndexId reduced) {
  Expr node;
  node.kind = ExprKind::Input;
  node.type.elem = Elem::Bool;
  node.input = ranges.input;
  node.subscripts = {*ranges.kept, reduced};
  if (ranges.isTurned)
    std::swap(node.subscripts[0], node.subscripts[1]);
  node.range = ranges.range;
  return made(pool.make(std::move(node)), ranges.range).expr;
}

//===----------------------------------------------------------------------===//
// The reduction
//===----------------------------------------------------------------------===//

/// A row axis for a message.
static std::string exampleAxis(const CheckedProgram &program) {
  for (const Axis &axis : llvm::reverse(program.axes))
    if (axis.fixed < 0)
      return axis.name;
  return "N";
}

Value Checker::checkReduce(const ast::Reduce &reduce) {
  if (!program || !frames.empty())
    return fail(Label::K044, reduce.op.range,
                fmt::format("'{}[...]' reduces the rows of a program; kernels "
                            "and constants have no rows",
                            reduce.op.name.str()));
  size_t outerIndices = scope->indices.size();
  size_t outerActive = active.size();
  unsigned errorsBefore = diags.errorCount();
  const Expr *ranges = nullptr;
  Value value;
  bool bound = bindIndices(reduce, ranges);
  if (bound) {
    Expr node;
    node.ranges = ranges;
    value = buildReduce(reduce, std::move(node), outerIndices);
    bool silent = diags.errorCount() == errorsBefore;
    for (size_t i = outerIndices; silent && i < scope->indices.size(); ++i)
      if (!scope->indices[i].id && !scope->indices[i].poisoned)
        fail(Label::K005, reduce.indices[i - outerIndices].name.range,
             fmt::format("cannot tell what '{}' ranges over; write '{}[{} in "
                         "{}](...)'",
                         scope->indices[i].name.str(), reduce.op.name.str(),
                         scope->indices[i].name.str(),
                         exampleAxis(program->checked)));
  }
  scope->indices.truncate(outerIndices);
  active.resize(outerActive);
  return value;
}

/// Brings the indices of the bracket into scope. An index whose axis nothing
/// tells is in scope without one.
bool Checker::bindIndices(const ast::Reduce &reduce, const Expr *&ranges) {
  for (const ast::Reduce::Index &index : reduce.indices) {
    StringRef name = index.name.name;
    if (BoundIndex *outer = findIndex(name)) {
      std::string text = name.str();
      fail(Label::K006, index.name.range,
           outer->origin.empty() ||
                   outer->originRange.Start == index.name.range.Start
               ? fmt::format("'{}' is bound already", text)
               : fmt::format("'{}' is already {}; choose another name for the "
                             "reduced index",
                             text, outer->role));
      return false;
    }
    if (!indexIsFree(index.name))
      return false;
    if (!index.rows.empty() && &index != &reduce.indices.back())
      return !!fail(Label::K043, index.in.range,
                    "only the last index of a bracket runs over ranges; put "
                    "it there");
    unsigned errorsBefore = diags.errorCount();
    bool failedBefore = statementFailed;
    RangesUse use;
    std::optional<FoundAxis> found = axisOf(reduce, index, use);
    if (!found && (diags.errorCount() != errorsBefore ||
                   statementFailed != failedBefore))
      return false;
    BoundIndex bound;
    bound.name = name;
    bound.role = fmt::format("reduced by '{}'", reduce.op.name.str());
    bound.poisoned = found && found->poisoned;
    if (found && !found->poisoned) {
      bool batch = &index != &reduce.indices.back();
      bound.id =
          indexId(name, found->axis, batch, indexLevel(name, found->axis));
      bound.origin = found->origin;
      bound.originRange = found->range;
      active.push_back(*bound.id);
      if (use.kept)
        ranges = rangesAt(use, *bound.id);
    }
    scope->indices.push_back(bound);
  }
  return true;
}

/// Checks predicate and arguments and makes the node.
Value Checker::buildReduce(const ast::Reduce &reduce, Expr node,
                           size_t firstIndex) {
  const ReductionRow &row = rowOf(reduce.op.name);
  node.kind = ExprKind::Reduce;
  node.reduction = row.op;
  node.range = reduce.range;
  Value where;
  if (reduce.where) {
    where = check(reduce.where);
    if (where && (where.elem() != Elem::Bool || !where.isScalar()))
      where = where.elem() == Elem::Bool
                  ? fail(Label::K048, reduce.where->range,
                         fmt::format("'where' needs one bool, got {}; write "
                                     "'all(...)' or 'any(...)'",
                                     describeTyped(where)))
                  : needsBool("where", where);
  }
  llvm::SmallVector<Value, 3> args;
  for (const ast::Expr *arg : reduce.args)
    args.push_back(check(arg));
  if (args.size() < row.minArgs || args.size() > row.maxArgs)
    return wrongArgCount(reduce, row.minArgs, row.maxArgs);
  if (isCounted(row.op) && !reductionCount(reduce, args[1], node.count))
    return Value();
  if (isCounted(row.op))
    args.erase(args.begin() + 1);
  if (llvm::any_of(args, [](const Value &v) { return !v; }) ||
      (reduce.where && !where))
    return Value();
  for (size_t i = firstIndex; i < scope->indices.size(); ++i) {
    if (!scope->indices[i].id)
      return Value();
    node.subscripts.push_back(*scope->indices[i].id);
  }
  Flex flex = Flex::Fixed;
  if (!typeReduction(reduce, row.op, args, node, flex))
    return Value();
  for (const Value &arg : args)
    node.args.push_back(arg.expr);
  node.where = where.expr;
  Value value = finishReduce(reduce, std::move(node), flex);
  if (value && value.type().shape == args[0].type().shape)
    value.sizes = args[0].sizes;
  return value;
}

Value Checker::finishReduce(const ast::Reduce &reduce, Expr node, Flex flex) {
  for (IndexId id : node.subscripts) {
    bool used = node.where && llvm::is_contained(node.where->free, id);
    for (const Expr *arg : node.args)
      used |= llvm::is_contained(arg->free, id);
    if (!used)
      warning(Label::K054, reduce.range,
              fmt::format("the body of '{}' does not depend on '{}'",
                          reduce.op.name.str(),
                          program->checked.indices[id].name));
  }
  // The body and the predicate meet in one term, bound indices included.
  llvm::SmallVector<IndexId, 4> free;
  for (const Expr *arg : node.args)
    free.append(arg->free.begin(), arg->free.end());
  for (const Expr *limit : {node.where, node.ranges})
    if (limit)
      free.append(limit->free.begin(), limit->free.end());
  std::vector<const Expr *> parts = node.args;
  if (node.where)
    parts.push_back(node.where);
  if (!checkPairIndices(free, parts, reduce.range))
    return Value();
  return made(pool.make(std::move(node)), reduce.range, flex);
}

/// "sum[j]" of `sum[j where c](e)`.
std::string Checker::headOf(const ast::Reduce &reduce) {
  std::string head = reduce.op.name.str();
  for (const ast::Reduce::Index &index : reduce.indices)
    head += (&index == &reduce.indices[0] ? "[" : ", ") + index.name.name.str();
  return head + "]";
}

Value Checker::wrongArgCount(const ast::Reduce &reduce, unsigned least,
                             unsigned most) {
  const ReductionRow &row = rowOf(reduce.op.name);
  std::string head = headOf(reduce);
  std::string shape =
      isCounted(row.op)                   ? head + "(e, K)"
      : row.op == Reduction::SoftmaxSum   ? head + "(e, v)"
                                          : head + "(e)";
  std::string more;
  if ((row.op == Reduction::Min || row.op == Reduction::Max) &&
      reduce.args.size() == 2)
    more = fmt::format("; what belongs to that row is 'arg{}(e, v)'", head);
  if (row.op == Reduction::Sum && reduce.args.size() == 2)
    more = fmt::format("; a weight is a factor, '{}(w * e)'", head);
  return fail(Label::K020, reduce.range,
              fmt::format("'{}' takes {}{} argument{}, as in '{}', got {}{}",
                          row.name.str(), least,
                          most > least ? fmt::format(" or {}", most) : "",
                          most == 1 ? "" : "s", shape, reduce.args.size(),
                          more));
}

/// K of a k-reduction: a constant or a feature size.
bool Checker::reductionCount(const ast::Reduce &reduce, const Value &value,
                             int64_t &count) {
  if (!value)
    return false;
  std::string name = reduce.op.name.str();
  SourceRange range = reduce.args[1]->range;
  std::string text = quoted(sourceText(range));
  if (!value.isLiteral() || !isInteger(value.elem())) {
    StringRef what = value.expr->kind == ExprKind::Input      ? "an input"
                     : value.expr->kind == ExprKind::AxisSize ? "a number of "
                                                                "rows"
                     : value.isLiteral()                      ? "not whole"
                                                              : "neither";
    if (llvm::isa<ast::Number>(reduce.args[0]))
      fail(Label::K028, reduce.args[0]->range,
           fmt::format("the count of '{}' comes second, as in '{}(e, {})'",
                       name, headOf(reduce),
                       sourceText(reduce.args[0]->range).str()));
    else
      fail(Label::K028, range,
           fmt::format("the count of '{}' must be a constant or a size, '{}' "
                       "is {}",
                       name, text, what.str()));
    return false;
  }
  count = value.expr->integer;
  if (count >= 1 && count <= maxCount)
    return true;
  fail(Label::K029, range,
       fmt::format("'{}' count must be 1..{}, got {}", name, maxCount, count));
  return false;
}
