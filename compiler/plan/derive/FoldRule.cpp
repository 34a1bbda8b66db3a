//===- FoldRule.cpp - derivatives of reductions ---------------------------===//

#include "compiler/plan/derive/FoldRule.h"
#include "compiler/plan/derive/Formula.h"
#include <limits>

using namespace mlir;

namespace kdslc {

/// A copy of the reduce that folds other things of one state's value.
static kdsl::ReduceOp
foldBeside(kdsl::ReduceOp reduce, unsigned state,
           const PairBuilder::Formulas &formulas,
           ArrayRef<std::pair<Attribute, StringRef>> folds,
           function_ref<SmallVector<Value>(Calculator &, Value)> valuesOf,
           function_ref<SmallVector<Type>(Type)> typesOf) {
  PairView view(reduce);
  PairBuilder pair(reduce.getLoc(), view.axes, view.names, formulas);
  IRMapping mapping;
  pair.copy(view, llvm::to_vector(llvm::seq<int64_t>(0, view.axes.size())),
            mapping);
  Value term = mapping.lookupOrDefault(*reduce.getValues(state).begin());
  SmallVector<Value> masks;
  if (!view.masks.empty())
    masks.assign(folds.size(), mapping.lookupOrDefault(view.masks[state]));
  OpBuilder after(reduce->getContext());
  after.setInsertionPointAfter(reduce);
  SmallVector<Attribute> states, projections;
  for (auto [fold, projection] : folds) {
    states.push_back(fold);
    projections.push_back(after.getStringAttr(projection));
  }
  Calculator c(pair.builder, reduce.getLoc());
  return pair.reduce(after, states, projections, typesOf(term.getType()),
                     valuesOf(c, term), masks);
}

/// The type with i64 in place of its reals.
static Type asIntegers(Type type) {
  Type i64 = IntegerType::get(type.getContext(), 64);
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(i64)) : i64;
}

Value SideArrays::chosen(kdsl::ReduceOp reduce, unsigned state) {
  Value &rows = chosenRows[{reduce, state}];
  if (rows)
    return rows;
  MLIRContext *context = reduce.getContext();
  auto i64 = IntegerType::get(context, 64);
  bool isLeast = isa<kdsl::MinAttr, kdsl::ArgMinAttr>(reduce.getState(state));
  Attribute fold = isLeast ? Attribute(kdsl::ArgMinAttr::get(context, i64))
                           : Attribute(kdsl::ArgMaxAttr::get(context, i64));
  auto made = foldBeside(
      reduce, state, formulas, {{fold, "index"}},
      [](Calculator &, Value term) { return SmallVector<Value>{term}; },
      [](Type type) { return SmallVector<Type>{asIntegers(type)}; });
  return rows = made.getResult(0);
}

std::pair<Value, Value> SideArrays::factors(kdsl::ReduceOp reduce,
                                            unsigned state) {
  auto &known = productFactors[{reduce, state}];
  if (known.first)
    return known;
  MLIRContext *context = reduce.getContext();
  auto made = foldBeside(
      reduce, state, formulas,
      {{kdsl::ProdAttr::get(context), "value"},
       {kdsl::SumAttr::get(context), "value"}},
      [](Calculator &c, Value term) {
        Value isZero = c.compare(arith::CmpFPredicate::OEQ, term, 0.0);
        Value one = c.constant(term.getType(), 1);
        Value zeros = arith::ExtUIOp::create(
            c.builder, c.loc, asIntegers(term.getType()), isZero);
        return SmallVector<Value>{c.select(isZero, one, term), zeros};
      },
      [](Type type) {
        return SmallVector<Type>{type, asIntegers(type)};
      });
  return known = {made.getResult(0), made.getResult(1)};
}

bool FoldRule::areKnown(kdsl::ReduceOp reduce) {
  if (reduce.getRanges()) // the set would have to be transposed
    return false;
  for (auto [state, fold] : llvm::enumerate(reduce.getStates()))
    if (isReal(*reduce.getValues(state).begin()) &&
        !isa<kdsl::SumAttr, kdsl::ProdAttr, kdsl::MinAttr, kdsl::MaxAttr,
             kdsl::ArgMinAttr, kdsl::ArgMaxAttr, kdsl::LogSumExpAttr>(fold))
      return false;
  return true;
}

bool FoldRule::exists(kdsl::ReduceOp reduce, unsigned result) {
  if (!isReal(*reduce.getValues(reduce.getResultStates()[result]).begin()))
    return false;
  return cast<StringAttr>(reduce.getProjections()[result]) == "value";
}

FoldRule::FoldRule(kdsl::ReduceOp reduce, unsigned result, PairBuilder &pair,
                   ArrayRef<int64_t> places, IRMapping &mapping,
                   SideArrays &side)
    : builder(pair.builder), loc(reduce.getLoc()) {
  unsigned state = reduce.getResultStates()[result];
  Attribute fold = reduce.getStates()[state];
  term = mapping.lookupOrDefault(*reduce.getValues(state).begin());
  ArrayRef<int64_t> kept = places.drop_back();
  Calculator c(builder, loc);
  auto vector = dyn_cast<VectorType>(term.getType());
  if (isa<kdsl::LogSumExpAttr>(fold)) {
    // exp(t - r) is the weight; a logit of -inf has none, also where all are.
    Value total = pair.read(reduce.getResult(result), kept);
    Value weight = c.call<math::ExpOp>(c.sub(term, total));
    Value isNone = c.compare(arith::CmpFPredicate::OEQ, term,
                             -std::numeric_limits<double>::infinity());
    factor = c.select(isNone, Value(), weight);
  } else if (isa<kdsl::ProdAttr>(fold)) {
    ofProduct(reduce, state, pair, kept, side);
  } else if (!isa<kdsl::SumAttr>(fold)) {
    Value row = pair.read(side.chosen(reduce, state), kept);
    Value own = kdsl::RowNumberOp::create(builder, loc, builder.getI64Type(),
                                          pair.index(places.back()));
    if (vector)
      own = c.spread(own, vector.clone(builder.getI64Type()));
    condition =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, own, row);
  }
}

/// The product of the other factors: without a zero all of them but this one,
/// with one zero nothing but for that, with more nothing.
void FoldRule::ofProduct(kdsl::ReduceOp reduce, unsigned state,
                         PairBuilder &pair, ArrayRef<int64_t> kept,
                         SideArrays &side) {
  Calculator c(builder, loc);
  auto [product, count] = side.factors(reduce, state);
  Value rest = pair.read(product, kept), zeros = pair.read(count, kept);
  auto zerosAre = [&](int64_t number) -> Value {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, zeros,
                                 c.constant(zeros.getType(), double(number)));
  };
  Value isZero = c.compare(arith::CmpFPredicate::OEQ, term, 0.0);
  factor = c.select(isZero, c.select(zerosAre(1), rest, Value()),
                    c.select(zerosAre(0), c.div(rest, term), Value()));
}

Value FoldRule::weighted(Value value) const {
  Calculator c(builder, loc);
  Value product = factor ? c.mul(value, factor) : value;
  return condition ? c.select(condition, product, Value()) : product;
}

} // namespace kdslc
