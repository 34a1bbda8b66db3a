//===- Sum.cpp - the sum, blocked and compensated -------------------------===//
//
// |error| <= 16 u sum|t|: the inner accumulator takes at most 32 terms, so it
// errs by at most about 32/4 + 1/2 u of their magnitude (measured worst 8.5);
// the outer level is Kahan's and errs by O(u) at any number of blocks.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/Kdsl.h"

using namespace mlir;

namespace kdsl {

/// Kahan's step h, l += y without rounding to be lost. An infinite or NaN sum
/// has no meaningful remainder: the remainder is then 0, so that inf stays inf.
void addCompensated(Lanes &lanes, Value &high, Value &low, Value term) {
  Value y = lanes.add(term, low);
  Value sum = lanes.add(high, y);
  Value rest = lanes.sub(y, lanes.sub(sum, high));
  Value zero = lanes.constant(laneElement(term), 0.0);
  low = lanes.select(lanes.compare(Lanes::CmpF::ORD, rest, rest), rest, zero);
  high = sum;
}

static bool isFloatSum(TypeRange elements) {
  return isa<FloatType>(elements.front());
}

std::optional<std::string> SumAttr::checkValues(TypeRange elements) const {
  if (isa<FloatType>(elements.front()) || elements.front().isInteger(32) ||
      elements.front().isInteger(64))
    return std::nullopt;
  return "a float, i32 or i64";
}

SmallVector<Type> SumAttr::getStateElements(TypeRange elements) const {
  return SmallVector<Type>(isFloatSum(elements) ? 3 : 1, elements.front());
}

SmallVector<Value> SumAttr::init(Lanes &lanes, TypeRange elements) const {
  if (isFloatSum(elements))
    return SmallVector<Value>(3, lanes.constant(elements.front(), 0.0));
  return {lanes.integer(elements.front(), 0)};
}

void SumAttr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                        ArrayRef<RowGroup> groups) const {
  for (unsigned g = 0; g < groups.front().size(); ++g)
    for (auto [state, group] : llvm::zip(states, groups)) {
      const PairValues &pair = group[g];
      Value sum = state.size() == 3
                      ? lanes.addContract(state[0], pair.values[0])
                      : lanes.addInt(state[0], pair.values[0]);
      state[0] = pair.mask ? lanes.select(pair.mask, sum, state[0]) : sum;
    }
}

bool SumAttr::hasBlocks() const { return true; }

void SumAttr::closeBlock(Lanes &lanes, MutableArrayRef<Value> state) const {
  if (state.size() == 1)
    return;
  addCompensated(lanes, state[1], state[2], state[0]);
  state[0] = lanes.constant(laneElement(state[0]), 0.0);
}

void SumAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                    ArrayRef<Value> from) const {
  if (into.size() == 1) {
    into[0] = lanes.addInt(into[0], from[0]);
    return;
  }
  addCompensated(lanes, into[1], into[2], from[2]);
  addCompensated(lanes, into[1], into[2], from[1]);
}

Value SumAttr::finish(Lanes &lanes, ArrayRef<Value> state,
                      StringRef projection) const {
  return state.size() == 1 ? state[0] : lanes.add(state[1], state[2]);
}

/// One add a pair, four a block of 32.
double SumAttr::getFoldCost() const { return 1.0 + 4.0 / 32; }

} // namespace kdsl
