//===- LogSumExp.cpp - log(sum(exp)) with a lazy maximum ------------------===//
//
// In units of log 2, with t the value: sum = (a + h + l) * 2^m. A group is
// tested as a whole: as long as no t exceeds m by more than `logitHeadroom`, its
// terms are 2^(t - m) and nothing else happens. Otherwise m rises to the floor
// of the group's maximum and the sums are scaled by 2^(m - m'), a power of two
// and therefore exact.
//
// A value of -inf gives the weight 2^-inf = 0 wherever it stands, because m
// starts finite; +inf raises m to the largest finite number and gives +inf.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/reductions/Logits.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>

using namespace mlir;
using CmpF = kdsl::Lanes::CmpF;

namespace kdsl {

enum { Max, Inner, High, Low };

std::optional<std::string> LogSumExpAttr::checkValues(TypeRange elements) const {
  if (isa<FloatType>(elements.front()))
    return std::nullopt;
  return "a float";
}

SmallVector<Type> LogSumExpAttr::getStateElements(TypeRange elements) const {
  return SmallVector<Type>(4, elements.front());
}

double largestFinite(Type element) {
  return APFloat::getLargest(cast<FloatType>(element).getFloatSemantics())
      .convertToDouble();
}

SmallVector<Value> LogSumExpAttr::init(Lanes &lanes, TypeRange elements) const {
  Type element = elements.front();
  Value zero = lanes.constant(element, 0.0);
  return {lanes.constant(element, -largestFinite(element)), zero, zero, zero};
}

/// Raises m to `to` in the lanes of `mask`.
static void raise(Lanes &lanes, MutableArrayRef<Value> state, Value mask,
                  Value to) {
  Value before = state[Max];
  state[Max] = lanes.select(mask, to, before);
  Value scale = lanes.exp2(lanes.sub(before, state[Max]));
  for (int part : {Inner, High, Low})
    state[part] = lanes.mul(state[part], scale);
}

SmallVector<SmallVector<Value>> logitsOf(Lanes &lanes,
                                         ArrayRef<RowGroup> groups,
                                         Type element, bool base2) {
  Value never = lanes.constant(element, -INFINITY);
  SmallVector<SmallVector<Value>> terms(groups.size());
  for (auto [list, group] : llvm::zip(terms, groups))
    for (const PairValues &pair : group) {
      Value t = pair.values[0];
      if (!base2)
        t = lanes.mul(t, lanes.constant(element, M_LOG2E));
      list.push_back(pair.mask ? lanes.select(pair.mask, t, never) : t);
    }
  return terms;
}

Excess excessOf(Lanes &lanes, ArrayRef<RowState> rows,
                ArrayRef<SmallVector<Value>> logits) {
  Excess excess;
  Value room = lanes.constant(laneElement(rows[0][Max]), logitHeadroom);
  for (auto [row, list] : llvm::zip(rows, logits)) {
    Value top = list.front();
    for (Value t : ArrayRef(list).drop_front())
      top = lanes.maxAny(t, top);
    Value tooLarge =
        lanes.compare(CmpF::OGT, top, lanes.add(row[Max], room));
    excess.some = excess.some ? lanes.either(excess.some, tooLarge) : tooLarge;
    excess.tops.push_back(top);
    excess.tooLarge.push_back(tooLarge);
  }
  return excess;
}

void LogSumExpAttr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                              ArrayRef<RowGroup> groups) const {
  Type element = laneElement(states[0][Max]);
  auto terms = logitsOf(lanes, groups, element, getBase2());

  // One test for all rows.
  Excess excess = excessOf(lanes, states, terms);
  lanes.whereAny(excess.some, states, [&](MutableArrayRef<RowState> inner) {
    Value cap = lanes.constant(element, largestFinite(element));
    for (auto [state, top, mask] :
         llvm::zip(inner, excess.tops, excess.tooLarge)) {
      Value to = lanes.floor(top);
      to = lanes.select(lanes.compare(CmpF::OLT, to, cap), to, cap);
      raise(lanes, state, mask, to);
    }
  });

  for (auto [state, list] : llvm::zip(states, terms))
    for (Value &t : list)
      t = lanes.sub(t, state[Max]);
  for (auto &list : terms)
    for (Value &t : list)
      t = lanes.exp2(t);
  for (auto [state, list] : llvm::zip(states, terms))
    for (Value t : list)
      state[Inner] = lanes.add(state[Inner], t);
}

bool LogSumExpAttr::hasBlocks() const { return true; }

void LogSumExpAttr::closeBlock(Lanes &lanes,
                               MutableArrayRef<Value> state) const {
  addCompensated(lanes, state[High], state[Low], state[Inner]);
  state[Inner] = lanes.constant(laneElement(state[Inner]), 0.0);
}

void LogSumExpAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                          ArrayRef<Value> from) const {
  Value larger = lanes.compare(CmpF::OGT, from[Max], into[Max]);
  raise(lanes, into, larger, from[Max]);
  Value scale = lanes.exp2(lanes.sub(from[Max], into[Max]));
  for (int part : {Low, High})
    addCompensated(lanes, into[High], into[Low],
                   lanes.mul(from[part], scale));
}

Value LogSumExpAttr::finish(Lanes &lanes, ArrayRef<Value> state,
                            StringRef projection) const {
  Type element = laneElement(state[Max]);
  Value sum = lanes.add(state[High], state[Low]);
  Value result = lanes.add(lanes.log2(sum), state[Max]);
  // Nothing but weights of zero: m still has its start value.
  Value zero = lanes.constant(element, 0.0);
  Value none = lanes.compare(CmpF::OEQ, sum, zero);
  result = lanes.select(none, lanes.constant(element, -INFINITY), result);
  return lanes.mul(result, lanes.constant(element, M_LN2));
}

/// Subtraction, maximum, sum, and an exp2 of five multiply-adds.
double LogSumExpAttr::getFoldCost() const { return 10.0; }

} // namespace kdsl
