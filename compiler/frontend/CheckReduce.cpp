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

static bool isCounted(Reduction op) {
  return op == Reduction::KMin || op == Reduction::KMax ||
         op == Reduction::ArgKMin || op == Reduction::ArgKMax;
}

static bool isArg(Reduction op) {
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
          in != program->inputs.end() && inner.rows.size() == 1 &&
          inner.rows[0].name == index) {
        const Input &ranges = program->checked.inputs[in->second];
        if (ranges.isRanges)
          return FoundAxis{ranges.axes[0], fmt::format("'{}'", ranges.name),
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
  if (const auto *name = llvm::dyn_cast<ast::Name>(subscript.base)) {
    found.origin = fmt::format("'{}'", name->name.str());
    if (auto in = program->inputs.find(name->name);
        in != program->inputs.end()) {
      axes = program->checked.inputs[in->second].axes;
      found.range = program->checked.inputs[in->second].range;
    } else if (auto let = program->lets.find(name->name);
               let != program->lets.end()) {
      axes = let->second.axes;
      found.range = let->second.statement->name.range;
    }
  }
  for (size_t p = 0; p < subscript.subs.size(); ++p) {
    const ast::Subscript::Sub &sub = subscript.subs[p];
    const auto *name = llvm::dyn_cast<ast::Name>(sub.first);
    if (p < axes.size() && name && name->name == index && !sub.last) {
      found.axis = axes[p];
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
                const Expr *&ranges) {
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

/// `j in R[i]`, where R is a `ranges` input.
bool Checker::findRanges(const ast::Reduce::Index &index, const Expr *&ranges,
                         FoundAxis &found) {
  std::string name = index.in.name.str();
  auto input = program->inputs.find(index.in.name);
  if (input == program->inputs.end() ||
      !program->checked.inputs[input->second].isRanges) {
    std::vector<StringRef> known;
    for (const auto &axis : program->axes)
      known.push_back(axis.first());
    llvm::sort(known);
    fail(Label::K043, index.in.range,
         fmt::format("'{}' is neither a row axis nor a 'ranges' input{}", name,
                     didYouMean(name, known)));
    return false;
  }
  program->inputUsed[input->second] = true;
  const Input &in = program->checked.inputs[input->second];
  if (index.rows.size() != 1) {
    fail(Label::K001, index.in.range,
         fmt::format("'{}' has rows; write '{}[i]' with the kept row index",
                     name, name));
    return false;
  }
  ast::Name row;
  row.name = index.rows[0].name;
  row.range = index.rows[0].range;
  ast::Subscript::Sub sub;
  sub.first = &row;
  found.axis = in.axes[1];
  std::optional<IndexId> kept = rowIndex(sub, in.axes[0], in.name, in.range);
  if (!kept)
    return false;
  Expr node;
  node.kind = ExprKind::Input;
  node.type.elem = Elem::Bool;
  node.input = input->second;
  node.subscripts.push_back(*kept);
  node.range = index.in.range;
  ranges = made(pool.make(std::move(node)), index.in.range).expr;
  return ranges;
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
      if (!scope->indices[i].id)
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
    unsigned errorsBefore = diags.errorCount();
    const Expr *rangesBefore = ranges;
    std::optional<FoundAxis> found = axisOf(reduce, index, ranges);
    if (!found && diags.errorCount() != errorsBefore)
      return false;
    if (ranges && ranges != rangesBefore && &index != &reduce.indices.back())
      return !!fail(Label::K043, index.in.range,
                    "only the last index of a bracket runs over ranges; put "
                    "it there");
    BoundIndex bound;
    bound.name = name;
    bound.role = fmt::format("reduced by '{}'", reduce.op.name.str());
    if (found) {
      bool batch = &index != &reduce.indices.back();
      bound.id =
          indexId(name, found->axis, batch, indexLevel(name, found->axis));
      bound.origin = found->origin;
      bound.originRange = found->range;
      active.push_back(*bound.id);
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
      where = fail(Label::K048, reduce.where->range,
                   fmt::format("'where' needs one bool, got {} of {}",
                               describe(where), elemName(where.elem()).str()));
  }
  llvm::SmallVector<Value, 3> args;
  for (const ast::Expr *arg : reduce.args)
    args.push_back(check(arg));
  if (args.size() < row.minArgs || args.size() > row.maxArgs)
    return fail(
        Label::K020, reduce.range,
        fmt::format(
            "'{}' takes {}{} argument{}, got {}", row.name.str(), row.minArgs,
            row.maxArgs > row.minArgs ? fmt::format(" or {}", row.maxArgs) : "",
            row.maxArgs == 1 ? "" : "s", args.size()));
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
  if (!typeReduction(row.op, args, node, flex))
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
  if (!checkPairIndices(free, reduce.range))
    return Value();
  return made(pool.make(std::move(node)), reduce.range, flex);
}

/// K of a k-reduction: a constant or a feature size.
bool Checker::reductionCount(const ast::Reduce &reduce, const Value &value,
                             int64_t &count) {
  if (!value)
    return false;
  std::string name = reduce.op.name.str();
  SourceRange range = reduce.args[1]->range;
  std::string text = sourceText(range).take_front(40).str();
  if (!value.isLiteral() || !isInteger(value.elem())) {
    bool isInput = value.expr->kind == ExprKind::Input;
    fail(Label::K028, range,
         fmt::format("the count of '{}' must be a constant or a size, '{}' is "
                     "{}",
                     name, text, isInput ? "an input" : "neither"));
    return false;
  }
  count = value.expr->integer;
  if (count >= 1 && count <= maxCount)
    return true;
  fail(Label::K029, range,
       fmt::format("'{}' count must be 1..{}, got {}", name, maxCount, count));
  return false;
}

//===----------------------------------------------------------------------===//
// Types of reductions
//===----------------------------------------------------------------------===//

/// Converts the arguments and sets the type of the node.
bool Checker::typeReduction(Reduction op, llvm::MutableArrayRef<Value> args,
                            Expr &node, Flex &flex) {
  std::string name = reductionName(op).str();
  Value &body = args[0];
  if (op == Reduction::Any || op == Reduction::All || op == Reduction::Count) {
    if (body.elem() != Elem::Bool) {
      fail(Label::K048, body.range,
           fmt::format("'{}' needs bool, got {}; write a comparison", name,
                       elemName(body.elem()).str()));
      return false;
    }
    bool counts = op == Reduction::Count;
    node.type = {counts ? Elem::I64 : Elem::Bool, body.type().shape};
    flex = counts ? Flex::Place : Flex::Fixed;
    return true;
  }
  if (body.elem() == Elem::Bool) {
    fail(Label::K015, body.range,
         fmt::format("'bool' has no arithmetic; use 'count[j]({})' or "
                     "'{}[j](real({}))'",
                     nameOf(body), name, nameOf(body)));
    return false;
  }
  bool toReal = op == Reduction::Mean || op == Reduction::LogSumExp ||
                op == Reduction::SoftmaxSum;
  if (op == Reduction::Mean && isInteger(body.elem()))
    body = convert(body, real, body.range);
  if (!body || !unify(Function::Add, args.take_front(1), toReal, flex))
    return false;
  node.type = body.type();
  if (op == Reduction::LogSumExp || op == Reduction::SoftmaxSum)
    return typeWeighted(op, args, node);
  if (isArg(op) || isCounted(op))
    return typePlaced(op, args, node, flex);
  // A sum of i32 may need 64 bits; a smallest or largest one does not.
  if ((op == Reduction::Sum || op == Reduction::Prod) &&
      body.elem() == Elem::I32) {
    body = convert(body, Elem::I64, body.range);
    node.type.elem = Elem::I64;
  }
  return true;
}

/// logsumexp(e, w) and softmax_sum(e, g): reals of one type; the second one is
/// a number or, for one logit, anything.
bool Checker::typeWeighted(Reduction op, llvm::MutableArrayRef<Value> args,
                           Expr &node) {
  if (args.size() == 1)
    return true;
  Flex flex;
  if (!unify(Function::Mul, args, /*toReal=*/true, flex))
    return false;
  Value shape;
  if (!sameShape(Function::Mul, args, args[1].range, shape))
    return false;
  if (op == Reduction::SoftmaxSum && !args[0].isScalar() &&
      args[1].isScalar()) {
    fail(Label::K049, args[0].range,
         fmt::format("'softmax_sum' needs one logit for each value, got {} for "
                     "a number",
                     describe(args[0])));
    return false;
  }
  node.type = {args[0].elem(), shape.type().shape};
  return true;
}

/// argmin, argkmin and the other reductions that keep places or payloads.
bool Checker::typePlaced(Reduction op, llvm::MutableArrayRef<Value> args,
                         Expr &node, Flex &flex) {
  std::string name = reductionName(op).str();
  bool payload = args.size() == 2;
  if ((isCounted(op) || payload) && !args[0].isScalar()) {
    fail(Label::K049, args[0].range,
         fmt::format("'{}'{} needs one number as its key, got {}", name,
                     payload ? " with a value" : "", describe(args[0])));
    return false;
  }
  if (payload && args[1].flex == Flex::Literal) {
    Flex ignoredFlex;
    if (!unify(Function::Add, args.drop_front(), false, ignoredFlex))
      return false;
  }
  if (payload) {
    node.type = args[1].type();
    flex = Flex::Fixed;
  } else if (isArg(op)) {
    node.type.elem = Elem::I64;
    flex = Flex::Place;
  }
  if (!isCounted(op))
    return true;
  if (node.type.shape.size() > 1) {
    fail(Label::K049, args[1].range,
         fmt::format("the value of '{}' is a number or a vector, got {}", name,
                     describe(args[1])));
    return false;
  }
  node.type.shape.insert(node.type.shape.begin(), node.count);
  return true;
}
