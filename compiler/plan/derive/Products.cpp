//===- Products.cpp - products written so that zeros have derivatives -----===//

#include "compiler/plan/derive/Products.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kdslc {

/// t == 0 ? 1 : t, as it is written below.
static bool isNeverZero(Value value) {
  auto select = value.getDefiningOp<arith::SelectOp>();
  if (!select || !matchPattern(select.getTrueValue(), m_OneFloat()))
    return false;
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  return compare && compare.getPredicate() == arith::CmpFPredicate::OEQ &&
         compare.getLhs() == select.getFalseValue() &&
         matchPattern(compare.getRhs(), m_AnyZeroFloat());
}

/// The type with i64 in place of its reals.
static Type asIntegers(Type type) {
  Type i64 = IntegerType::get(type.getContext(), 64);
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(i64)) : i64;
}

/// The product of `zeros` numbers, of which the sums of powers are known.
static Value productOf(unsigned zeros, ArrayRef<Value> p, Calculator &c) {
  auto square = [&](Value v) { return c.mul(v, v); };
  switch (zeros) {
  case 0:
    return c.constant(p[0].getType(), 1);
  case 1:
    return p[0];
  case 2:
    return c.scale(c.sub(square(p[0]), p[1]), 1.0 / 2);
  case 3: {
    Value inner = c.sub(square(p[0]), c.scale(p[1], 3));
    return c.scale(c.add(c.mul(p[0], inner), c.scale(p[2], 2)), 1.0 / 6);
  }
  default: {
    Value pairs = c.mul(square(p[0]), c.sub(square(p[0]), c.scale(p[1], 6)));
    Value rest = c.add(c.scale(square(p[1]), 3),
                       c.scale(c.mul(p[0], p[2]), 8));
    return c.scale(c.add(pairs, c.sub(rest, c.scale(p[3], 6))), 1.0 / 24);
  }
  }
}

/// The reduce of the product without zeros, the number of zeros, and the sums of
/// their powers.
static kdsl::ReduceOp emitParts(kdsl::ReduceOp reduce, unsigned state,
                                unsigned order, OpBuilder &at) {
  static const PairBuilder::Formulas none;
  PairView view(reduce);
  PairBuilder pair(reduce.getLoc(), view.axes, view.names, none);
  IRMapping mapping;
  pair.copy(view, mapping);
  Value term = mapping.lookupOrDefault(*reduce.getValues(state).begin());
  Type type = term.getType(), counts = asIntegers(type);
  Calculator c(pair.builder, reduce.getLoc());
  Value isZero = c.compare(arith::CmpFPredicate::OEQ, term, 0.0);
  Attribute sum = kdsl::SumAttr::get(reduce.getContext());
  SmallVector<Attribute> folds{kdsl::ProdAttr::get(reduce.getContext()), sum};
  SmallVector<Type> types{type, counts};
  SmallVector<Value> values{
      c.select(isZero, c.constant(type, 1), term),
      arith::ExtUIOp::create(c.builder, c.loc, counts, isZero)};
  Value zero = c.select(isZero, term, Value()), power = zero;
  for (unsigned k = 0; k < order; ++k) {
    folds.push_back(sum);
    types.push_back(type);
    values.push_back(power);
    power = c.mul(power, zero);
  }
  SmallVector<Attribute> projections(folds.size(), at.getStringAttr("value"));
  SmallVector<Value> masks;
  if (!view.masks.empty())
    masks.assign(folds.size(), mapping.lookupOrDefault(view.masks[state]));
  return pair.reduce(at, folds, projections, types, values, masks,
                     reduce.getRanges());
}

/// The product again, a formula of each row.
static kdsl::MapOp emitJoined(kdsl::ReduceOp parts, OpBuilder &at) {
  static const PairBuilder::Formulas none;
  ArrayRef<Attribute> axes = parts.getKeep().getValue();
  ArrayRef<Attribute> names = parts.getNames().getValue();
  PairBuilder pair(parts.getLoc(), axes, names.take_front(axes.size()), none);
  auto place = llvm::to_vector(llvm::seq<int64_t>(0, axes.size()));
  SmallVector<Value> sums;
  for (Value part : parts.getResults())
    sums.push_back(pair.read(part, place));
  Value product = sums[0], zeros = sums[1];
  ArrayRef<Value> powers = ArrayRef(sums).drop_front(2);
  Calculator c(pair.builder, parts.getLoc());
  Value ofZeros;
  for (unsigned number = powers.size() + 1; number-- > 0;) {
    Value are = arith::CmpIOp::create(c.builder, c.loc,
                                      arith::CmpIPredicate::eq, zeros,
                                      c.constant(zeros.getType(), number));
    ofZeros = c.select(are, productOf(number, powers, c), ofZeros);
  }
  return pair.map(at, c.mul(product, ofZeros));
}

void expandProducts(Primal &primal, unsigned order) {
  SmallVector<Operation *> steps;
  for (Operation *step : primal.steps) {
    steps.push_back(step);
    auto reduce = dyn_cast<kdsl::ReduceOp>(step);
    for (unsigned r = 0; reduce && r < reduce.getNumResults(); ++r) {
      unsigned state = reduce.getResultStates()[r];
      Value term = *reduce.getValues(state).begin(), own = reduce.getResult(r);
      if (!isa<kdsl::ProdAttr>(reduce.getStates()[state]) || !isReal(term) ||
          isNeverZero(term))
        continue;
      OpBuilder at(reduce->getContext());
      at.setInsertionPointAfter(steps.back());
      kdsl::ReduceOp parts = emitParts(reduce, state, order, at);
      kdsl::MapOp joined = emitJoined(parts, at);
      own.replaceAllUsesWith(joined.getResult(0));
      llvm::replace(primal.outputs, own, Value(joined.getResult(0)));
      steps.append({parts, joined});
    }
  }
  primal.steps = std::move(steps);
}

} // namespace kdslc
