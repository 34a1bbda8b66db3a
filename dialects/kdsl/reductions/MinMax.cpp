//===- MinMax.cpp - min, max, argmin, argmax ------------------------------===//
//
// The four share one fold. A group of values is first tested against the state
// as a whole; only when some lane has a value that is better, or a NaN, is the
// group folded value by value. After the first rows this is rare, so that a
// pair costs one comparison. Where pairs are long, three are little beside a
// branch that was not foreseen: the best of the group is taken every time, and
// only a NaN or an empty state is folded value by value.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/reductions/Extremum.h"
#include <limits>

using namespace mlir;

namespace kdsl {

namespace {

/// One extremum: the four differ in their order and in whether they keep the
/// row.
struct Single : Extremum {
  void take(Lanes &lanes, MutableArrayRef<Value> state, Value value, Value row,
            Value mask) const {
    Value taken = comesBefore(lanes, value, row, state);
    if (mask)
      taken = lanes.both(taken, mask);
    state[0] = lanes.select(taken, value, state[0]);
    if (index)
      state[1] = lanes.select(taken, row, state[1]);
  }

  /// The best value of a group without a NaN, if it is better than the state's.
  void takeBest(Lanes &lanes, MutableArrayRef<Value> state,
                const RowGroup &group) const {
    CmpF better = largest ? CmpF::OGT : CmpF::OLT;
    Value best, place;
    for (auto [g, pair] : llvm::enumerate(group)) {
      Value value = pair.values[0], here;
      if (index)
        here = lanes.integer(index, int64_t(g));
      if (g == 0) {
        best = value;
        place = here;
        continue;
      }
      Value taken = lanes.compare(better, value, best);
      best = lanes.select(taken, value, best);
      if (index)
        place = lanes.select(taken, here, place);
    }
    Value taken = lanes.compare(better, best, state[0]);
    state[0] = lanes.select(taken, best, state[0]);
    if (index)
      state[1] = lanes.select(
          taken, lanes.addInt(group.front().index, place), state[1]);
  }

  /// Whether a value or a state is NaN, or a state is empty: two values in one
  /// comparison.
  Value anyUnusual(Lanes &lanes, ArrayRef<RowState> states,
                   ArrayRef<RowGroup> groups) const {
    Value unusual;
    auto more = [&](Value one) {
      unusual = unusual ? lanes.either(unusual, one) : one;
    };
    for (auto [state, group] : llvm::zip(states, groups)) {
      SmallVector<Value> all{state[0]};
      for (const PairValues &pair : group)
        all.push_back(pair.values[0]);
      for (size_t k = 0; k < all.size(); k += 2)
        more(lanes.compare(CmpF::UNO, all[k],
                           all[std::min(k + 1, all.size() - 1)]));
      if (index)
        more(isEmpty(lanes, state[1]));
    }
    return unusual;
  }

  void foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                 ArrayRef<RowGroup> groups) const {
    SmallVector<Value *> parts;
    for (RowState &state : states)
      for (Value &part : state)
        parts.push_back(&part);
    auto oneByOne = [&] {
      for (auto [state, group] : llvm::zip(states, groups))
        for (const PairValues &pair : group)
          take(lanes, state, pair.values[0], pair.index, pair.mask);
    };
    const PairValues &first = groups.front().front();
    bool isWhole = groups.front().size() > 1 && !first.mask;
    if (!lanes.arePairsLong() || !isWhole ||
        !isa<FloatType>(laneElement(first.values[0])))
      return lanes.whereAny(anyHit(lanes, states, groups), parts, oneByOne);
    lanes.whereAny(anyUnusual(lanes, states, groups), parts, oneByOne, [&] {
      for (auto [state, group] : llvm::zip(states, groups))
        takeBest(lanes, state, group);
    });
  }

  /// The other state holds later rows: it wins only if it is better, so that
  /// ties go to the smaller row.
  void merge(Lanes &lanes, MutableArrayRef<Value> into,
             ArrayRef<Value> from) const {
    Value present;
    if (index)
      present = lanes.compareInt(CmpI::sge, from[1], lanes.integer(index, 0));
    take(lanes, into, from[0], index ? from[1] : Value(), present);
  }
};

} // namespace

#define EXTREMUM(ATTR, ORDER)                                                  \
  std::optional<std::string> ATTR::checkValues(TypeRange elements) const {     \
    return checkOrdered(elements);                                             \
  }                                                                            \
  SmallVector<Type> ATTR::getStateElements(TypeRange elements) const {         \
    return ORDER.elements(elements.front());                                   \
  }                                                                            \
  SmallVector<Value> ATTR::init(Lanes &lanes, TypeRange elements) const {      \
    return ORDER.init(lanes, elements.front());                                \
  }                                                                            \
  void ATTR::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,         \
                       ArrayRef<RowGroup> groups) const {                      \
    ORDER.foldGroup(lanes, states, groups);                                    \
  }                                                                            \
  void ATTR::merge(Lanes &lanes, MutableArrayRef<Value> into,                  \
                   ArrayRef<Value> from) const {                               \
    ORDER.merge(lanes, into, from);                                            \
  }                                                                            \
  Value ATTR::finish(Lanes &, ArrayRef<Value> state, StringRef projection)     \
      const {                                                                  \
    return state[projection == "index" ? 1 : 0];                               \
  }                                                                            \
  double ATTR::getFoldCost() const { return 1.5; }

EXTREMUM(MinAttr, (Single{{false, {}}}))
EXTREMUM(MaxAttr, (Single{{true, {}}}))
EXTREMUM(ArgMinAttr, (Single{{false, getIndex()}}))
EXTREMUM(ArgMaxAttr, (Single{{true, getIndex()}}))
#undef EXTREMUM

bool MinAttr::hasThreshold() const { return true; }
bool ArgMinAttr::hasThreshold() const { return true; }
/// The first row is taken whatever its value is.
Value ArgMinAttr::getThreshold(Lanes &lanes, ArrayRef<Value> state) const {
  Extremum order{false, getIndex()};
  Value nan = lanes.constant(laneElement(state[0]),
                             std::numeric_limits<double>::quiet_NaN());
  return lanes.select(order.isEmpty(lanes, state[1]), nan, state[0]);
}

// `argmin` serves `min`.
KDSL_INDEXED_EXTREMUM(ArgMinAttr, isa<MinAttr>(other))
KDSL_INDEXED_EXTREMUM(ArgMaxAttr, isa<MaxAttr>(other))

} // namespace kdsl
