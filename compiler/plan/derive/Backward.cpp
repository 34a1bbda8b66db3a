//===- Backward.cpp - cotangents of a program, from outputs to inputs -----===//
//
// The cotangent of what a pair (i, j) reads is known for that pair; the array's
// own is its sum over the indices that do not subscript it:
//
//   x[i] in a reduce keep(i) over(j)   a reduce keep(i) over(j)
//   y[j]                               a reduce keep(j) over(i), transposed
//   W[i, j]                            a map of (i, j)
//   a parameter                        a reduce keep(i) over(j), then over(i)
//
// What is kept and reduced over equal axes shares one pass: where one array is
// both x[i] and x[j], both contributions are one sum.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/derive/Derivative.h"
#include "compiler/plan/derive/Found.h"
#include "compiler/plan/derive/RowSums.h"
#include "compiler/plan/derive/Turns.h"
#include "dialects/kdsl/Lists.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace kdslc {

namespace {

using Place = PairBuilder::Place;

/// What one pass gives one array.
struct Term {
  Value source;
  Place at; ///< indices of the new operation
  Place diagonal; ///< for each axis of the array its place in `at`
  Value value, mask;
};

class Backward {
public:
  Backward(OpBuilder &builder, const Primal &primal)
      : builder(builder), primal(primal), rows(builder, formulas),
        side(formulas) {}

  void markVaried(ArrayRef<int64_t> wanted);
  void seed(Value output, Value cotangent) {
    if (cotangent && varied.contains(output))
      gathered[output].push_back(cotangent);
  }
  LogicalResult run();
  Value of(Value input);

private:
  LogicalResult through(Operation *step);
  LogicalResult throughParameters();
  SmallVector<Pass, 2> passesOf(const PairView &view);
  Value rangesOf(const PairView &view, bool isTurned);
  LogicalResult emit(const PairView &view, const Pass &pass);
  LogicalResult emitTurn(const PairView &view, const Turn &turn, bool isReduce,
                         PairBuilder &pair, SmallVectorImpl<Term> &terms);
  Value seedReduce(kdsl::ReduceOp reduce, const Turn &turn, PairBuilder &pair,
                   IRMapping &mapping, Cotangents &inner);
  Value seedFound(Found &found, Value y, const Turn &turn,
                  PairBuilder &pair, IRMapping &mapping, Cotangents &inner);
  Value commonMask(const PairView &view);
  bool counts(Value result) { return gathered.count(result); }

  OpBuilder &builder;
  const Primal &primal;
  Varied varied;
  PairBuilder::Formulas formulas; ///< cotangents that are formulas of a row
  RowSums rows;
  SideArrays side;
  std::optional<Found> found; ///< the step at hand, if it is of that kind
  Value foundCotangent;
  llvm::MapVector<Value, SmallVector<Value>> gathered;
};

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

void Backward::markVaried(ArrayRef<int64_t> wanted) {
  for (int64_t input : wanted)
    varied.insert(primal.inputs[input]);
  for (Operation *step : primal.steps) {
    if (!isPairStep(step)) {
      grow(varied, step);
      continue;
    }
    SmallVector<Value> reads = captured(step);
    llvm::append_range(reads, step->getOperands());
    if (llvm::none_of(reads, [&](Value v) { return varied.contains(v); }))
      continue;
    for (Value result : step->getResults())
      if (isa<FloatType>(cast<kdsl::RowsType>(result.getType()).getElement()))
        varied.insert(result);
  }
}

/// The sum of what was gathered.
Value Backward::of(Value value) {
  auto found = gathered.find(value);
  if (found == gathered.end())
    return {};
  SmallVector<Value> &parts = found->second;
  if (parts.size() > 1)
    parts.assign(1, rows.sum(parts));
  return parts[0];
}

LogicalResult Backward::run() {
  for (Operation *step : llvm::reverse(primal.steps))
    if (isPairStep(step) && failed(through(step)))
      return failure();
  return throughParameters();
}

/// Parameters are numbers of the whole program, and so are their cotangents:
/// one map without indices takes them back to the inputs.
LogicalResult Backward::throughParameters() {
  SmallVector<Operation *> steps;
  for (Operation *step : primal.steps)
    if (!isPairStep(step))
      steps.push_back(step);
  SmallVector<Value> inputs;
  for (Value input : primal.inputs)
    if (varied.contains(input) && !isa<kdsl::RowsType>(input.getType()))
      inputs.push_back(input);
  if (inputs.empty())
    return success();
  Location loc = inputs.front().getLoc();
  PairBuilder pair(loc, {}, {}, formulas);
  Cotangents inner(pair.builder, varied);
  for (auto &[value, parts] : gathered)
    if (!isa<kdsl::RowsType>(value.getType()))
      for (Value part : parts)
        inner.add(value, pair.read(part, {}));
  inner.propagate(steps);
  SmallVector<Value> values;
  for (Value input : inputs)
    values.push_back(
        Calculator(pair.builder, loc).orZero(inner.of(input), input.getType()));
  kdsl::MapOp map = pair.map(builder, values);
  for (auto [input, result] : llvm::zip(inputs, map.getResults()))
    gathered[input].assign(1, result);
  return failure(inner.hasFailed());
}

//===----------------------------------------------------------------------===//
// One map or reduce
//===----------------------------------------------------------------------===//

LogicalResult Backward::through(Operation *step) {
  if (llvm::none_of(step->getResults(), [&](Value v) { return counts(v); }))
    return success();
  auto reduce = dyn_cast<kdsl::ReduceOp>(step);
  if (reduce && !FoldRule::areKnown(reduce))
    return reduce.emitOpError("folds what has no derivative");
  found = std::nullopt;
  if (auto map = dyn_cast<kdsl::MapOp>(step)) {
    found = foundBy(map);
    if (found) {
      foundCotangent = of(map.getResult(0));
      step = found->pairs;
    }
  }
  PairView view(step);
  for (const Pass &pass : passesOf(view))
    if (failed(emit(view, pass)))
      return failure();
  return success();
}

SmallVector<Pass, 2> Backward::passesOf(const PairView &view) {
  SmallVector<Leaf> leaves;
  for (unsigned r = 0; r < view.rows.size(); ++r)
    if (varied.contains(view.rows[r])) {
      Leaf &leaf = leaves.emplace_back(Leaf{
          view.rows[r], view.rowArgument(r), {}, Place(view.subscript(r))});
      for (int64_t index : leaf.full)
        if (!llvm::is_contained(leaf.at, index))
          leaf.at.push_back(index);
    }
  for (Value value : captured(view.op))
    if (varied.contains(value))
      leaves.push_back({value, value, {}, {}});
  return planPasses(view, leaves);
}

/// The set of pairs of a reduce, as a new pass sees it; null if there is none.
Value Backward::rangesOf(const PairView &view, bool isTurned) {
  if (!isWithinRanges(view))
    return {};
  Value ranges = cast<kdsl::ReduceOp>(view.op).getRanges();
  if (!isTurned)
    return ranges;
  auto type = cast<kdsl::RangesType>(ranges.getType());
  return builder.createOrFold<kdsl::TurnedOp>(
      view.op->getLoc(),
      kdsl::RangesType::get(builder.getContext(), type.getReduced(),
                            type.getKept()),
      ranges);
}

/// The predicate that keeps a pair out of every result that counts, if it is
/// the same one; it then guards the new pass as well.
Value Backward::commonMask(const PairView &view) {
  auto reduce = dyn_cast<kdsl::ReduceOp>(view.op);
  if (!reduce || view.masks.empty())
    return {};
  Value common;
  for (unsigned r = 0; r < reduce.getNumResults(); ++r) {
    if (!counts(reduce.getResult(r)))
      continue;
    Value mask = view.masks[reduce.getResultStates()[r]];
    if (common && common != mask)
      return {};
    common = mask;
  }
  return common;
}

/// Cotangents of the values of a pair. Returns the predicate that guards the
/// new pass, null if it takes all pairs.
Value Backward::seedReduce(kdsl::ReduceOp reduce, const Turn &turn,
                           PairBuilder &pair, IRMapping &mapping,
                           Cotangents &inner) {
  ArrayRef<int64_t> kept = ArrayRef(turn.places).drop_back();
  Calculator c(pair.builder, reduce.getLoc());
  OperandRange masks = reduce.getYield().getMasks();
  Value mask = commonMask(PairView(reduce));
  bool isGuarded = bool(mask) || masks.empty();
  if (mask)
    mask = mapping.lookupOrDefault(mask);
  SmallVector<unsigned> results;
  for (unsigned r = 0; r < reduce.getNumResults(); ++r)
    if (counts(reduce.getResult(r)) && FoldRule::exists(reduce, r))
      results.push_back(r);
  for (unsigned r : results) {
    Value y = pair.read(of(reduce.getResult(r)), kept);
    FoldRule rule(reduce, r, pair, turn.places, mapping, side);
    Value condition = rule.pairCondition();
    if (!isGuarded) {
      Value own = mapping.lookupOrDefault(masks[reduce.getResultStates()[r]]);
      condition = condition ? c.both(own, condition) : own;
    } else if (condition && results.size() == 1) {
      // The only one: its condition is that of the pair.
      mask = mask ? c.both(mask, condition) : condition;
      condition = {};
    }
    for (FoldRule::Returned &to : rule.cotangents(y)) {
      if (condition) {
        to.cotangent = c.select(condition, to.cotangent, Value());
        to.active = to.active ? c.both(to.active,
                                       c.spread(condition, to.active.getType()))
                              : condition;
      }
      inner.add(to.term, to.cotangent, to.active);
    }
  }
  return mask;
}

/// The same for a map of rows that were found, seen as its pairs.
Value Backward::seedFound(Found &found, Value y, const Turn &turn,
                          PairBuilder &pair, IRMapping &mapping,
                          Cotangents &inner) {
  Location loc = found.pairs.getLoc();
  Place at;
  for (int64_t index : found.at)
    at.push_back(turn.places[index]);
  Value own = kdsl::RowNumberOp::create(pair.builder, loc,
                                        pair.builder.getI64Type(),
                                        pair.index(turn.places.back()));
  Value value =
      mapping.lookupOrDefault(*found.pairs.getValues(0).begin());
  Calculator c(pair.builder, loc);
  auto [cotangent, mask] = cotangentOfFound(
      pair.read(y, ArrayRef(turn.places).drop_back()),
      pair.read(found.numbers, at), own, value.getType(), c);
  inner.add(value, cotangent);
  return mask;
}

LogicalResult Backward::emitTurn(const PairView &view, const Turn &turn,
                                 bool isReduce, PairBuilder &pair,
                                 SmallVectorImpl<Term> &terms) {
  IRMapping mapping;
  SmallVector<Operation *> copies = pair.copy(view, turn.places, mapping);
  Varied own;
  for (const Leaf &leaf : turn.leaves)
    own.insert(mapping.lookupOrDefault(leaf.inside));
  grow(own, copies);
  Cotangents inner(pair.builder, own);
  Value mask;
  if (found && view.op == found->pairs) {
    mask = seedFound(*found, foundCotangent, turn, pair, mapping, inner);
  } else if (auto reduce = dyn_cast<kdsl::ReduceOp>(view.op)) {
    mask = seedReduce(reduce, turn, pair, mapping, inner);
    if (reduce.getRanges() && !isReduce) { // of all pairs, those of the set
      Value inSet = kdsl::ContainsOp::create(
          pair.builder, reduce.getLoc(), pair.builder.getI1Type(),
          reduce.getRanges(), pair.index(turn.places[view.kept - 1]),
          pair.index(turn.places[view.kept]));
      mask = mask ? Calculator(pair.builder, reduce.getLoc()).both(mask, inSet)
                  : inSet;
    }
  } else {
    for (auto [result, value] : llvm::zip(view.op->getResults(), view.values))
      if (counts(result))
        inner.add(mapping.lookupOrDefault(value),
                  pair.read(of(result), turn.places));
  }
  inner.propagate(copies);
  Calculator c(pair.builder, view.op->getLoc());
  for (const Leaf &leaf : turn.leaves) {
    Value value = inner.of(mapping.lookupOrDefault(leaf.inside));
    if (!value)
      continue;
    Place at, diagonal;
    for (int64_t index : leaf.at)
      at.push_back(turn.places[index]);
    for (int64_t index : leaf.full)
      diagonal.push_back(llvm::find(leaf.at, index) - leaf.at.begin());
    auto *same = llvm::find_if(terms, [&](const Term &term) {
      return term.source == leaf.source && term.at == at &&
             term.diagonal == diagonal && term.mask == mask;
    });
    if (same == terms.end())
      terms.push_back({leaf.source, at, diagonal, value, mask});
    else
      same->value = c.add(same->value, value);
  }
  return failure(inner.hasFailed());
}

LogicalResult Backward::emit(const PairView &view, const Pass &pass) {
  PairBuilder pair(view.op->getLoc(), pass.axes, pass.names, formulas);
  SmallVector<Term> terms;
  for (const Turn &turn : pass.turns)
    if (failed(emitTurn(view, turn, pass.isReduce, pair, terms)))
      return failure();
  if (terms.empty())
    return success();
  Calculator c(pair.builder, view.op->getLoc());
  bool anyMask = llvm::any_of(terms, [](const Term &t) { return t.mask; });
  SmallVector<Value> values, masks;
  for (const Term &term : terms) {
    bool selects = term.mask && !pass.isReduce;
    values.push_back(selects ? c.select(term.mask, term.value, Value())
                             : term.value);
    if (anyMask && pass.isReduce)
      masks.push_back(term.mask ? term.mask
                                : c.constant(pair.builder.getI1Type(), 1));
  }
  Operation *made;
  if (pass.isReduce) {
    made = pair.sums(builder, values, masks, rangesOf(view, pass.isTurned));
  } else {
    made = pair.map(builder, values);
    // What lists give costs more than to be read.
    auto reduce = dyn_cast<kdsl::ReduceOp>(view.op);
    if (!reduce || llvm::none_of(reduce.getStates(), kdsl::mergesLists))
      formulas.insert(made);
  }
  for (auto [term, result] : llvm::zip(terms, made->getResults()))
    gathered[term.source].push_back(
        rows.onDiagonal(rows.sumOver(result, term.at),
                        term.source.getType(), term.diagonal));
  return success();
}

} // namespace

FailureOr<SmallVector<Value>> backward(OpBuilder &builder, const Primal &primal,
                                       ArrayRef<Value> cotangents,
                                       ArrayRef<int64_t> wanted) {
  Backward pass(builder, primal);
  pass.markVaried(wanted);
  for (auto [output, cotangent] : llvm::zip(primal.outputs, cotangents))
    pass.seed(output, cotangent);
  if (failed(pass.run()))
    return failure();
  SmallVector<Value> results;
  for (int64_t input : wanted)
    results.push_back(pass.of(primal.inputs[input]));
  return results;
}

} // namespace kdslc
