//===- MinMax.cpp - min, max, argmin, argmax ------------------------------===//
//
// The four share one fold. A group of values is first tested against the state
// as a whole; only when some lane has a value that is better, or a NaN, is the
// group folded value by value. After the first rows this is rare, so that a
// pair costs one comparison.
//
// NaN comes first (NumPy's rule): the first NaN wins and stays.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/Kdsl.h"
#include <limits>

using namespace mlir;
using CmpF = kdsl::Lanes::CmpF;
using CmpI = arith::CmpIPredicate;

namespace kdsl {

namespace {

/// The order of a reduction and its parts: state[0] the value, state[1], if
/// any, the number of its row (-1: no row yet).
struct Extremum {
  bool largest;
  IntegerType index; ///< null: values only

  SmallVector<Type> elements(Type value) const {
    return index ? SmallVector<Type>{value, index} : SmallVector<Type>{value};
  }

  SmallVector<Value> init(Lanes &lanes, Type value) const {
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

  /// a is better than b; with floats also if one of them is NaN.
  Value betterOrNaN(Lanes &lanes, Value a, Value b) const {
    if (isa<IntegerType>(laneElement(a)))
      return lanes.compareInt(largest ? CmpI::sgt : CmpI::slt, a, b);
    return lanes.compare(largest ? CmpF::UGT : CmpF::ULT, a, b);
  }

  /// No row was taken yet.
  Value isEmpty(Lanes &lanes, Value row) const {
    return lanes.compareInt(CmpI::slt, row, lanes.integer(index, 0));
  }

  /// One value: it is taken if it is better than the state, or a NaN while the
  /// state is none, or the first row of all.
  void take(Lanes &lanes, MutableArrayRef<Value> state, Value value, Value row,
            Value mask) const {
    Value taken = betterOrNaN(lanes, value, state[0]);
    if (isa<FloatType>(laneElement(value)))
      taken = lanes.both(taken, lanes.compare(CmpF::ORD, state[0], state[0]));
    if (index)
      taken = lanes.either(taken, isEmpty(lanes, state[1]));
    if (mask)
      taken = lanes.both(taken, mask);
    state[0] = lanes.select(taken, value, state[0]);
    if (index)
      state[1] = lanes.select(taken, row, state[1]);
  }

  /// Some lane of some row has a value to take.
  Value anyHit(Lanes &lanes, ArrayRef<RowState> states,
               ArrayRef<RowGroup> groups) const {
    Value hit;
    auto include = [&](Value mask) {
      hit = hit ? lanes.either(hit, mask) : mask;
    };
    for (auto [state, group] : llvm::zip(states, groups)) {
      for (const PairValues &pair : group) {
        Value one = betterOrNaN(lanes, pair.values[0], state[0]);
        include(pair.mask ? lanes.both(one, pair.mask) : one);
      }
      if (index)
        include(isEmpty(lanes, state[1]));
    }
    return hit;
  }

  void foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                 ArrayRef<RowGroup> groups) const {
    lanes.whereAny(anyHit(lanes, states, groups), states,
                   [&](MutableArrayRef<RowState> inner) {
                     for (auto [state, group] : llvm::zip(inner, groups))
                       for (const PairValues &pair : group)
                         take(lanes, state, pair.values[0], pair.index,
                              pair.mask);
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

static std::optional<std::string> checkOrdered(TypeRange elements) {
  Type type = elements.front();
  if (isa<FloatType>(type) || type.isInteger(32) || type.isInteger(64))
    return std::nullopt;
  return "a float, i32 or i64";
}

// The four attributes differ in their order and in whether they keep the row.
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

EXTREMUM(MinAttr, (Extremum{false, {}}))
EXTREMUM(MaxAttr, (Extremum{true, {}}))
EXTREMUM(ArgMinAttr, (Extremum{false, getIndex()}))
EXTREMUM(ArgMaxAttr, (Extremum{true, getIndex()}))
#undef EXTREMUM

// What only the two that keep the row have; `argmin` serves `min`.
#define INDEXED(ATTR, PLAIN)                                                   \
  SmallVector<StringRef> ATTR::getProjections() const {                        \
    return {"value", "index"};                                                 \
  }                                                                            \
  Type ATTR::getResultElement(StringRef projection, TypeRange elements)        \
      const {                                                                  \
    return projection == "index" ? Type(getIndex()) : elements.front();        \
  }                                                                            \
  IntegerType ATTR::getIndexType() const { return getIndex(); }                \
  std::optional<StringRef> ATTR::serves(Attribute other, StringRef theirs)     \
      const {                                                                  \
    if (other == *this)                                                        \
      return theirs;                                                           \
    if (isa<PLAIN>(other))                                                     \
      return StringRef("value");                                               \
    return std::nullopt;                                                       \
  }

INDEXED(ArgMinAttr, MinAttr)
INDEXED(ArgMaxAttr, MaxAttr)
#undef INDEXED

} // namespace kdsl
