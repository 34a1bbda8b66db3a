//===- AnyAll.cpp - whether some or all conditions hold -------------------===//
//
// The state is an i32 and no i1, because a vector of single bits has no lanes
// of its own in the memory and in the registers of most targets: 1 once a
// condition has settled the result, which for `all` is one that fails.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/Kdsl.h"

using namespace mlir;
using CmpI = arith::CmpIPredicate;

namespace kdsl {

namespace {

struct Settled {
  bool by; ///< the condition that settles the result

  Type element(Type condition) const {
    return IntegerType::get(condition.getContext(), 32);
  }

  void foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                 ArrayRef<RowGroup> groups) const {
    for (auto [state, group] : llvm::zip(states, groups)) {
      Type type = laneElement(state[0]);
      Value one = lanes.integer(type, 1);
      for (const PairValues &pair : group) {
        Value condition = pair.values[0];
        Value next = by ? lanes.select(condition, one, state[0])
                        : lanes.select(condition, state[0], one);
        state[0] = pair.mask ? lanes.select(pair.mask, next, state[0]) : next;
      }
    }
  }

  Value finish(Lanes &lanes, Value state) const {
    return lanes.compareInt(by ? CmpI::ne : CmpI::eq, state,
                            lanes.integer(laneElement(state), 0));
  }
};

} // namespace

#define SETTLED(ATTR, ORDER)                                                   \
  std::optional<std::string> ATTR::checkValues(TypeRange elements) const {     \
    if (elements.front().isInteger(1))                                         \
      return std::nullopt;                                                     \
    return "i1";                                                               \
  }                                                                            \
  SmallVector<Type> ATTR::getStateElements(TypeRange elements) const {         \
    return {ORDER.element(elements.front())};                                  \
  }                                                                            \
  SmallVector<Value> ATTR::init(Lanes &lanes, TypeRange elements) const {      \
    return {lanes.integer(ORDER.element(elements.front()), 0)};                \
  }                                                                            \
  void ATTR::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,         \
                       ArrayRef<RowGroup> groups) const {                      \
    ORDER.foldGroup(lanes, states, groups);                                    \
  }                                                                            \
  void ATTR::merge(Lanes &lanes, MutableArrayRef<Value> into,                  \
                   ArrayRef<Value> from) const {                               \
    into[0] = lanes.either(into[0], from[0]);                                  \
  }                                                                            \
  Value ATTR::finish(Lanes &lanes, ArrayRef<Value> state, StringRef) const {   \
    return ORDER.finish(lanes, state[0]);                                      \
  }

SETTLED(AnyAttr, (Settled{true}))
SETTLED(AllAttr, (Settled{false}))
#undef SETTLED

} // namespace kdsl
