//===- Extremum.cpp - what a smallest or largest value is -----------------===//

#include "dialects/kdsl/reductions/Extremum.h"
#include <limits>

using namespace mlir;

namespace kdsl {

std::optional<std::string> checkOrdered(TypeRange elements) {
  Type type = elements.front();
  if (isa<FloatType>(type) || type.isInteger(32) || type.isInteger(64))
    return std::nullopt;
  return "a float, i32 or i64";
}

Value anyPair(Lanes &lanes, ArrayRef<RowGroup> groups,
              function_ref<Value(unsigned, Value)> test) {
  Value hit;
  for (auto [r, group] : llvm::enumerate(groups))
    for (const PairValues &pair : group) {
      Value one = test(unsigned(r), pair.values[0]);
      if (pair.mask)
        one = lanes.both(one, pair.mask);
      hit = hit ? lanes.either(hit, one) : one;
    }
  return hit;
}

SmallVector<Type> Extremum::elements(Type value) const {
  return index ? SmallVector<Type>{value, index} : SmallVector<Type>{value};
}

SmallVector<Value> Extremum::init(Lanes &lanes, Type value) const {
  SmallVector<Value> state;
  if (auto integer = dyn_cast<IntegerType>(value)) {
    auto bits = integer.getWidth();
    APInt worst = largest ? APInt::getSignedMinValue(bits)
                          : APInt::getSignedMaxValue(bits);
    state.push_back(lanes.integer(value, worst.getSExtValue()));
  } else {
    double inf = std::numeric_limits<double>::infinity();
    state.push_back(lanes.constant(value, largest ? -inf : inf));
  }
  if (index)
    state.push_back(lanes.integer(index, -1));
  return state;
}

Value Extremum::betterOrNaN(Lanes &lanes, Value a, Value b) const {
  if (isa<IntegerType>(laneElement(a)))
    return lanes.compareInt(largest ? CmpI::sgt : CmpI::slt, a, b);
  return lanes.compare(largest ? CmpF::UGT : CmpF::ULT, a, b);
}

Value Extremum::areEqual(Lanes &lanes, Value a, Value b) const {
  return isa<IntegerType>(laneElement(a)) ? lanes.compareInt(CmpI::eq, a, b)
                                          : lanes.compare(CmpF::OEQ, a, b);
}

Value Extremum::mayComeBefore(Lanes &lanes, Value a, Value b) const {
  if (!hasTies(lanes))
    return betterOrNaN(lanes, a, b);
  if (isa<IntegerType>(laneElement(a)))
    return lanes.compareInt(largest ? CmpI::sge : CmpI::sle, a, b);
  return lanes.compare(largest ? CmpF::UGE : CmpF::ULE, a, b);
}

Value Extremum::isEmpty(Lanes &lanes, Value row) const {
  return lanes.compareInt(CmpI::slt, row, lanes.integer(index, 0));
}

Value Extremum::comesBefore(Lanes &lanes, Value value, Value row,
                            ArrayRef<Value> state) const {
  Value before = betterOrNaN(lanes, value, state[0]);
  if (hasTies(lanes))
    before = lanes.either(
        before, lanes.both(areEqual(lanes, value, state[0]),
                           lanes.compareInt(CmpI::slt, row, state[1])));
  if (isa<FloatType>(laneElement(value)))
    before = lanes.both(before, lanes.compare(CmpF::ORD, state[0], state[0]));
  return index ? lanes.either(before, isEmpty(lanes, state[1])) : before;
}

Value Extremum::anyHit(Lanes &lanes, ArrayRef<RowState> states,
                       ArrayRef<RowGroup> groups) const {
  Value hit = anyPair(lanes, groups, [&](unsigned r, Value value) {
    return mayComeBefore(lanes, value, states[r][0]);
  });
  for (const RowState &state : states)
    if (index)
      hit = lanes.either(hit, isEmpty(lanes, state[1]));
  return hit;
}

} // namespace kdsl
