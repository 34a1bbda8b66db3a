//===- Forward.cpp - tangents of a program, from inputs to outputs --------===//

#include "compiler/plan/derive/Derivative.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kdslc {

bool isPairStep(Operation *op) { return isa<kdsl::MapOp, kdsl::ReduceOp>(op); }

SmallVector<Value> captured(Operation *op) {
  llvm::SetVector<Value> values;
  op->getRegion(0).walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!op->isAncestor(operand.getParentBlock()->getParentOp()))
        values.insert(operand);
  });
  return values.takeVector();
}

Value asRows(OpBuilder &builder, Location loc, Value value, kdsl::RowsType type,
             const PairBuilder::Formulas &formulas) {
  if (value && value.getType() == type)
    return value;
  SmallVector<Attribute> axes(type.getAxes().begin(), type.getAxes().end());
  SmallVector<Attribute> names;
  for (size_t k = 0; k < axes.size(); ++k)
    names.push_back(builder.getStringAttr(
        std::string(1, char('i' + std::min<size_t>(k, 10)))));
  PairBuilder pair(loc, axes, names, formulas);
  auto place = llvm::to_vector(llvm::seq<int64_t>(0, axes.size()));
  Calculator c(pair.builder, loc);
  Value row = value ? pair.read(value, place) : Value();
  row = row ? c.toReal(row, type.getRow()) : c.constant(type.getRow(), 0);
  return pair.map(builder, row).getResult(0);
}

namespace {

class Forward {
public:
  explicit Forward(OpBuilder &builder)
      : builder(builder), known(builder), side(formulas) {}

  void set(Value value, Value tangent) { known.set(value, tangent); }
  Value of(Value value) const { return known.of(value); }
  LogicalResult through(Operation *step);

private:
  LogicalResult throughPair(Operation *step);

  OpBuilder &builder;
  Tangents known;
  PairBuilder::Formulas formulas; // none: tangents are read as they are
  SideArrays side;
};

LogicalResult Forward::through(Operation *step) {
  if (isPairStep(step))
    return throughPair(step);
  known.propagate(step);
  return failure(known.hasFailed());
}

LogicalResult Forward::throughPair(Operation *step) {
  PairView view(step);
  PairBuilder pair(step->getLoc(), view.axes, view.names, formulas);
  Tangents inner(pair.builder);
  auto places = llvm::to_vector(llvm::seq<int64_t>(0, view.axes.size()));
  IRMapping mapping;
  SmallVector<Operation *> copies = pair.copy(view, places, mapping);
  bool changes = false;
  for (unsigned r = 0; r < view.rows.size(); ++r)
    if (Value tangent = of(view.rows[r])) {
      inner.set(mapping.lookup(view.rowArgument(r)),
                pair.read(tangent, view.subscript(r)));
      changes = true;
    }
  for (Value value : captured(step))
    if (Value tangent = of(value)) {
      inner.set(value, tangent);
      changes = true;
    }
  if (!changes)
    return success();
  inner.propagate(copies);

  SmallVector<Value> terms, masks;
  SmallVector<unsigned> results;
  auto reduce = dyn_cast<kdsl::ReduceOp>(step);
  if (reduce && !FoldRule::areKnown(reduce))
    return reduce.emitOpError("folds what has no derivative");
  Calculator c(pair.builder, step->getLoc());
  for (unsigned r = 0; r < step->getNumResults(); ++r) {
    Value term, mask;
    if (!reduce) {
      term = inner.of(mapping.lookupOrDefault(view.values[r]));
    } else if (FoldRule::exists(reduce, r)) {
      FoldRule rule(reduce, r, pair, places, mapping, side);
      term = rule.tangent([&](Value value) { return inner.of(value); });
      mask = rule.pairCondition();
    }
    if (!term)
      continue;
    if (!view.masks.empty()) {
      Value own =
          mapping.lookupOrDefault(view.masks[reduce.getResultStates()[r]]);
      mask = mask ? c.both(own, mask) : own;
    }
    terms.push_back(term);
    masks.push_back(mask);
    results.push_back(r);
  }
  if (terms.empty())
    return failure(inner.hasFailed());
  if (llvm::none_of(masks, [](Value mask) { return bool(mask); }))
    masks.clear();
  for (Value &mask : masks)
    if (!mask)
      mask = c.constant(pair.builder.getI1Type(), 1);
  Operation *made =
      reduce ? pair.sums(builder, terms, masks, reduce.getRanges())
                   .getOperation()
             : pair.map(builder, terms).getOperation();
  for (auto [k, r] : llvm::enumerate(results))
    known.set(step->getResult(r), made->getResult(k));
  return failure(inner.hasFailed());
}

} // namespace

FailureOr<SmallVector<Value>> forward(OpBuilder &builder, const Primal &primal,
                                      ArrayRef<Value> tangents) {
  Forward pass(builder);
  for (auto [input, tangent] : llvm::zip(primal.inputs, tangents))
    if (tangent)
      pass.set(input, tangent);
  for (Operation *step : primal.steps)
    if (failed(pass.through(step)))
      return failure();
  SmallVector<Value> results;
  for (Value output : primal.outputs)
    results.push_back(pass.of(output));
  return results;
}

} // namespace kdslc
