//===- FoldRule.cpp - derivatives of reductions ---------------------------===//

#include "compiler/plan/derive/FoldRule.h"
#include "compiler/plan/derive/Formula.h"
#include "dialects/kdsl/Lists.h"
#include <limits>

using namespace mlir;

namespace kdslc {

//===----------------------------------------------------------------------===//
// Side arrays
//===----------------------------------------------------------------------===//

/// A copy of the reduce that folds one state's first value otherwise.
static Value foldBeside(kdsl::ReduceOp reduce, unsigned state,
                        const PairBuilder::Formulas &formulas, Attribute fold,
                        StringRef projection, Type rowType) {
  PairView view(reduce);
  PairBuilder pair(reduce.getLoc(), view.axes, view.names, formulas);
  IRMapping mapping;
  pair.copy(view, mapping);
  unsigned count = cast<kdsl::ReductionAttrInterface>(fold).getNumValues();
  SmallVector<Value> terms;
  for (Value value : reduce.getValues(state).take_front(count))
    terms.push_back(mapping.lookupOrDefault(value));
  SmallVector<Value> masks;
  if (!view.masks.empty())
    masks.push_back(mapping.lookupOrDefault(view.masks[state]));
  OpBuilder after(reduce->getContext());
  after.setInsertionPointAfter(reduce);
  return pair
      .reduce(after, fold, Attribute(after.getStringAttr(projection)), rowType,
              terms, masks, reduce.getRanges())
      .getResult(0);
}

static bool isOfList(Attribute fold) {
  return isa<kdsl::KMinAttr, kdsl::KMaxAttr, kdsl::ArgKMinAttr,
             kdsl::ArgKMaxAttr>(fold);
}

static bool isLeast(Attribute fold) {
  return isa<kdsl::MinAttr, kdsl::ArgMinAttr, kdsl::KMinAttr,
             kdsl::ArgKMinAttr, kdsl::KMinListsAttr, kdsl::ArgKMinListsAttr>(
      fold);
}

Value SideArrays::chosen(kdsl::ReduceOp reduce, unsigned state) {
  Value &rows = chosenRows[{reduce, state}];
  if (rows)
    return rows;
  MLIRContext *context = reduce.getContext();
  auto i64 = IntegerType::get(context, 64);
  Attribute order = reduce.getStates()[state], fold;
  Type rowType = i64;
  OperandRange values = reduce.getValues(state);
  int64_t width = reduce.getState(state).getWidth(values.getTypes());
  if (kdsl::mergesLists(order)) {
    rowType = VectorType::get(width, i64);
    fold = isLeast(order)
               ? Attribute(kdsl::ArgKMinListsAttr::get(context, width, i64))
               : Attribute(kdsl::ArgKMaxListsAttr::get(context, width, i64));
  } else if (isOfList(order)) {
    rowType = VectorType::get(width, i64);
    fold = isLeast(order)
               ? Attribute(kdsl::ArgKMinAttr::get(context, width, i64))
               : Attribute(kdsl::ArgKMaxAttr::get(context, width, i64));
  } else {
    if (auto vector = dyn_cast<VectorType>(values.front().getType()))
      rowType = vector.clone(i64);
    fold = isLeast(order) ? Attribute(kdsl::ArgMinAttr::get(context, i64))
                          : Attribute(kdsl::ArgMaxAttr::get(context, i64));
  }
  return rows = foldBeside(reduce, state, formulas, fold, "index", rowType);
}

Value SideArrays::places(kdsl::ReduceOp reduce, unsigned state) {
  Value &rows = placesOfLists[{reduce, state}];
  if (!rows)
    rows = kdsl::placesInLists(cast<OpResult>(chosen(reduce, state)));
  return rows;
}

Value SideArrays::total(kdsl::ReduceOp reduce, unsigned state) {
  Value &rows = totals[{reduce, state}];
  if (!rows)
    rows = foldBeside(reduce, state, formulas,
                      kdsl::LogSumExpAttr::get(reduce.getContext(), false),
                      "value", reduce.getValues(state).front().getType());
  return rows;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

bool FoldRule::areKnown(kdsl::ReduceOp reduce) {
  for (auto [state, fold] : llvm::enumerate(reduce.getStates()))
    if (isReal(*reduce.getValues(state).begin()) &&
        !isa<kdsl::SumAttr, kdsl::ProdAttr, kdsl::MinAttr, kdsl::MaxAttr,
             kdsl::ArgMinAttr, kdsl::ArgMaxAttr, kdsl::LogSumExpAttr,
             kdsl::SoftmaxSumAttr>(fold) &&
        !isOfList(fold) && !kdsl::mergesLists(fold))
      return false;
  return true;
}

bool FoldRule::exists(kdsl::ReduceOp reduce, unsigned result) {
  if (!isReal(*reduce.getValues(reduce.getResultStates()[result]).begin()))
    return false;
  return cast<StringAttr>(reduce.getProjections()[result]) != "index";
}

/// exp(t - total), for pairs that `common` leaves.
Value FoldRule::softWeight(Value logit, Value total) {
  Calculator c(builder, loc);
  return c.call<math::ExpOp>(c.sub(logit, total));
}

FoldRule::FoldRule(kdsl::ReduceOp reduce, unsigned result, PairBuilder &pair,
                   ArrayRef<int64_t> places, IRMapping &mapping,
                   SideArrays &side)
    : builder(pair.builder), loc(reduce.getLoc()) {
  unsigned state = reduce.getResultStates()[result];
  Attribute fold = reduce.getStates()[state];
  auto projection = cast<StringAttr>(reduce.getProjections()[result]);
  rowType = cast<kdsl::RowsType>(reduce.getResult(result).getType()).getRow();
  Value term = mapping.lookupOrDefault(*reduce.getValues(state).begin());
  ArrayRef<int64_t> kept = places.drop_back();
  Calculator c(builder, loc);
  auto own = [&] { return pair.read(reduce.getResult(result), kept); };
  // A logit of -inf weighs nothing, also where all of them are.
  auto weighs = [&] {
    return c.compare(arith::CmpFPredicate::UNE, term,
                     -std::numeric_limits<double>::infinity());
  };
  if (isa<kdsl::LogSumExpAttr>(fold) || projection == "total") {
    weight = softWeight(term, own());
    shares.push_back({term, Value(), weighs()});
  } else if (isa<kdsl::SoftmaxSumAttr>(fold)) {
    Value other =
        mapping.lookupOrDefault(*std::next(reduce.getValues(state).begin()));
    Value total = pair.read(side.total(reduce, state), kept);
    Value condition = weighs();
    if (projection == "value") {
      weight = softWeight(term, total);
      shares.push_back({term, c.sub(other, own()), condition});
      shares.push_back({other, Value(), condition});
    } else { // log(sum(exp(t) g)), relative to the sum of the weights
      Value least = c.constant(rowType, -std::numeric_limits<double>::infinity());
      Value none = c.compare(arith::CmpFPredicate::OEQ, own(), least);
      Value share = c.call<math::ExpOp>(c.sub(c.spread(total, rowType), own()));
      weight = c.mul(c.spread(softWeight(term, total), rowType),
                     c.select(none, Value(), share));
      shares.push_back({term, other, condition});
      shares.push_back({other, Value(), condition});
    }
  } else if (isa<kdsl::ProdAttr>(fold)) { // without zeros, see Products.cpp
    weight = c.div(own(), term);
    shares.push_back({term, Value(), Value()});
  } else if (isa<kdsl::SumAttr>(fold)) {
    shares.push_back({term, Value(), Value()});
  } else if (kdsl::mergesLists(fold)) {
    Value list =
        mapping.lookupOrDefault(*std::next(reduce.getValues(state).begin()));
    shares.push_back({list, Value(), Value()});
    inList = pair.read(side.places(reduce, state), places);
  } else {
    Value row = pair.read(side.chosen(reduce, state), kept);
    Value number = kdsl::RowNumberOp::create(
        builder, loc, builder.getI64Type(), pair.index(places.back()));
    Value isChosen = arith::CmpIOp::create(builder, loc,
                                           arith::CmpIPredicate::eq,
                                           c.spread(number, row.getType()), row);
    shares.push_back({term, Value(), isChosen});
  }
  Value condition = shares.front().condition;
  if (condition && !isa<VectorType>(condition.getType())) {
    common = condition; // of one pair: the same for all shares
    for (Share &share : shares)
      share.condition = {};
  }
}

Value FoldRule::tangent(function_ref<Value(Value)> changeOf) const {
  Calculator c(builder, loc);
  Value sum;
  for (const Share &share : shares) {
    Value change = changeOf(share.term);
    if (!change)
      continue;
    if (inList)
      return kdsl::givenByList(builder, loc, inList, change);
    if (share.factor)
      change = c.mul(change, share.factor);
    if (weight)
      change = c.mul(change, weight);
    change = c.spread(change, rowType);
    if (share.condition)
      change = c.select(share.condition, change, Value());
    sum = c.add(sum, change);
  }
  return sum;
}

SmallVector<FoldRule::Returned, 2> FoldRule::cotangents(Value y) const {
  Calculator c(builder, loc);
  SmallVector<Returned, 2> all;
  if (inList)
    return {{shares[0].term, kdsl::returnedToList(builder, loc, inList, y),
             Value()}};
  bool isNumber = weight && !isa<VectorType>(weight.getType());
  for (const Share &share : shares) {
    Value cotangent = weight && !isNumber ? c.mul(y, weight) : y;
    Value active;
    if (share.condition) {
      cotangent = c.select(share.condition, cotangent, Value());
      active = share.condition;
    }
    if (!isa<VectorType>(share.term.getType())) {
      bool isVector = isa<VectorType>(rowType);
      cotangent = !share.factor ? c.total(cotangent)
                  : isVector    ? c.dot(cotangent, share.factor)
                                : c.mul(cotangent, share.factor);
      active = active ? c.any(active) : active;
    } else if (share.factor) {
      cotangent = c.mul(cotangent, share.factor);
    }
    if (isNumber)
      cotangent = c.mul(cotangent, weight);
    all.push_back({share.term, cotangent, active});
  }
  return all;
}

} // namespace kdslc
