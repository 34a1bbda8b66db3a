//===- KMinMax.cpp - kmin, kmax, argkmin, argkmax -------------------------===//
//
// A sorted list, one component for each place. The shared part is a threshold:
// a value that does not pass it is of no interest, so that a pair costs one
// comparison once the list has filled with good values.
//
// The list holds keys (OrderedKeys.h), on which a value enters by one step for
// each place that does not depend on the step before:
//
//   place[k] = max(place[k - 1], min(place[k], key))
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/reductions/Extremum.h"
#include "dialects/kdsl/reductions/OrderedKeys.h"
#include <limits>

using namespace mlir;

namespace kdsl {

namespace {

struct List : OrderedKeys {
  IntegerType index;  ///< of the rows; null: values only
  int64_t listed = 0; ///< values of the list that a pair brings; 0: one number

  using Carried = SmallVector<Value *>;

  /// Everything passes.
  SmallVector<Value> initShared(Lanes &lanes, Type type) const {
    if (isa<FloatType>(type))
      return {lanes.constant(type, std::numeric_limits<double>::quiet_NaN())};
    return {worst(lanes, type)};
  }

  SmallVector<Type> parts(Type value) const {
    SmallVector<Type> all{keyType(value)};
    if (index)
      all.push_back(index);
    return all;
  }

  SmallVector<Value> init(Lanes &lanes, Type value) const {
    SmallVector<Value> place{lanes.integer(keyType(value), emptyKey(value))};
    if (index)
      place.push_back(lanes.integer(index, -1));
    return place;
  }

  /// The thresholds, which branches and loops carry.
  static Carried carriedOf(MutableArrayRef<RowState> shared) {
    Carried all;
    for (RowState &row : shared)
      all.push_back(&row[0]);
    return all;
  }

  /// Whether the key of a row comes before the one at a place, of the parts `at`.
  ///
  /// \param mask  where an integer that may have the key of an empty place takes
  ///              part; other keys do wherever they are not empty.
  Value comesBefore(Lanes &lanes, Value key, Value row, ArrayRef<Value> at,
                    Type type, Value mask) const {
    Value before = lanes.compareInt(CmpI::slt, key, at[0]);
    if (index && !lanes.areRowsInOrder())
      before = lanes.either(
          before, lanes.both(lanes.compareInt(CmpI::eq, key, at[0]),
                             lanes.compareInt(CmpI::slt, row, at[1])));
    if (!isa<IntegerType>(type))
      return before;
    Value empty =
        lanes.compareInt(CmpI::slt, at[1], lanes.integer(index, 0));
    return lanes.either(before, lanes.both(mask, empty));
  }

  /// What a key makes of a place, of the parts `at`, behind one with the parts
  /// `stood`.
  ///
  /// \param moves, before  whether the key comes before what stood there, and here.
  void step(Lanes &lanes, RowState &at, ArrayRef<Value> stood, Value key,
            Value row, Value moves, Value before) const {
    at[0] = lanes.maxInt(stood[0], lanes.minInt(at[0], key));
    if (index)
      at[1] = lanes.select(before, lanes.select(moves, stood[1], row), at[1]);
  }

  /// Of the place before the first: no key comes before it.
  RowState outside(Lanes &lanes, Type type) const {
    RowState parts{lanes.integer(keyType(type), keyOfNaN(type))};
    if (index)
      parts.push_back(lanes.integer(index, 0));
    return parts;
  }

  /// Puts a key in its place in the list of row `r` and gives the last one.
  /// What it meets is older, so that it goes behind its equals, unless rows are met
  /// in another order.
  Value enter(Lanes &lanes, Components &components, unsigned r, Value key,
              Type type, Value row, Value mask) const {
    RowState stood = outside(lanes, type);
    // Whether what stood at the place before moves on.
    Value moves = lanes.integer(IntegerType::get(key.getContext(), 1), 0);
    Value last = key;
    Carried carried = {&stood[0], &last};
    if (index)
      carried.append({&stood[1], &moves});
    components.forEach(carried, [&](Value, MutableArrayRef<RowState> parts) {
      const RowState old = parts[r];
      Value before =
          index ? comesBefore(lanes, key, row, old, type, mask) : Value();
      step(lanes, parts[r], stood, key, row, moves, before);
      stood = old;
      moves = before;
      last = parts[r][0]; // at the end: the last place
    });
    return last;
  }

  /// Puts the value of a pair in the list of row `r` in the lanes of its mask.
  void insert(Lanes &lanes, MutableArrayRef<RowState> shared,
              Components &components, unsigned r,
              const PairValues &pair) const {
    components.whereAny(pair.mask, carriedOf(shared), [&] {
      Type type = laneElement(shared[r][0]);
      Value key = lanes.select(pair.mask, keyOf(lanes, pair.values[0]),
                               lanes.integer(keyType(type), emptyKey(type)));
      Value last = enter(lanes, components, r, key, type, pair.index, pair.mask);
      shared[r][0] =
          tighter(lanes, thresholdOf(lanes, last, type), shared[r][0]);
    });
  }

  /// Lets values, of whose pairs all have a mask, into the lists of their rows.
  void enterByRow(Lanes &lanes, MutableArrayRef<RowState> shared,
                  ArrayRef<RowGroup> offers, Components &components) const {
    Type type = laneElement(shared.front()[0]);
    auto isBefore = [&](Lanes &places, Value key, Value row, ArrayRef<Value> at) {
      Value all = places.integer(IntegerType::get(key.getContext(), 1), 1);
      return comesBefore(places, key, row, at, type, all);
    };
    auto take = [&](Lanes &places, Value key, Value row,
                    ArrayRef<Value> stood, RowState &at) {
      Value moves, before;
      if (index) {
        moves = isBefore(places, key, row, stood);
        before = isBefore(places, key, row, at);
      }
      step(places, at, stood, key, row, moves, before);
    };
    auto taken = [&](unsigned r, Value last, Value isRow) {
      Value &threshold = shared[r][0];
      Value next = tighter(lanes, thresholdOf(lanes, last, type), threshold);
      threshold = lanes.select(isRow, next, threshold);
    };
    components.enter(
        offers, carriedOf(shared),
        {[&](Lanes &places) { return outside(places, type); },
         [&](Lanes &one, Value value) { return keyOf(one, value); }, isBefore, take,
         taken});
  }

  /// Whether a pair has a value that passes.
  Value wanted(Lanes &lanes, const PairValues &pair, Value threshold) const {
    Value mask = passes(lanes, pair.values[0], threshold);
    return pair.mask ? lanes.both(mask, pair.mask) : mask;
  }

  /// The pairs that are wanted by the thresholds `limits`.
  std::vector<RowGroup> offersOf(Lanes &lanes, ArrayRef<RowState> limits,
                                 ArrayRef<RowGroup> groups) const {
    std::vector<RowGroup> offers(groups);
    for (auto [limit, group] : llvm::zip(limits, offers))
      for (PairValues &pair : group)
        pair = {{pair.values[0]},
                listed ? pair.index : Value(),
                wanted(lanes, pair, limit[0])};
    return offers;
  }

  /// Takes the values of a group into the lists of its rows where they pass.
  void offer(Lanes &lanes, MutableArrayRef<RowState> shared,
             ArrayRef<RowGroup> groups, Components &components) const {
    if (components.liesByRow())
      return enterByRow(lanes, shared, offersOf(lanes, shared, groups),
                        components);
    for (unsigned g = 0; g < groups.front().size(); ++g)
      for (unsigned r = 0; r < groups.size(); ++r) {
        PairValues pair = groups[r][g];
        pair.mask = wanted(lanes, pair, shared[r][0]);
        insert(lanes, shared, components, r, pair);
      }
  }

  /// Of a list the groups have the first value, and the components all.
  void fold(Lanes &lanes, MutableArrayRef<RowState> shared,
            ArrayRef<RowGroup> groups, Components &components) const {
    Value hit = anyPair(lanes, groups, [&](unsigned r, Value value) {
      return passes(lanes, value, shared[r][0]);
    });
    if (!listed && components.canLeave(groups))
      return components.leave(groups, hit);
    components.whereAny(hit, carriedOf(shared), [&] {
      if (!listed)
        return offer(lanes, shared, groups, components);
      // Of equal values the earlier row comes first, with its whole list.
      for (unsigned g = 0; g < groups.front().size(); ++g)
        components.loop(listed, carriedOf(shared), [&](Value place) {
          std::vector<RowGroup> one(groups.size());
          for (auto [own, all] : llvm::zip(one, components.valuesOf(place)))
            own.push_back(all[g]);
          offer(lanes, shared, one, components);
        });
    });
  }

  /// By the thresholds so far: no group waits for those that another one leaves.
  void takeLeft(Lanes &lanes, MutableArrayRef<RowState> shared,
                Components &components) const {
    const SmallVector<RowState> limits(shared);
    components.takeLeft(carriedOf(shared), [&](ArrayRef<RowGroup> groups) {
      enterByRow(lanes, shared, offersOf(lanes, limits, groups), components);
    });
  }

  /// The other list holds later rows: its values go behind their equals.
  void merge(Lanes &lanes, int64_t count, MutableArrayRef<RowState> shared,
             Components &components, OtherComponent other) const {
    Type type = laneElement(shared.front()[0]);
    components.loop(count, carriedOf(shared), [&](Value place) {
      std::vector<RowGroup> offers;
      for (auto [from, own] : llvm::zip(other(place), shared)) {
        Value key = from[0], value = valueOf(lanes, key, type);
        Value present =
            index ? lanes.compareInt(CmpI::sge, from[1], lanes.integer(index, 0))
                  : lanes.compareInt(CmpI::ne, key,
                                     lanes.integer(keyType(type), emptyKey(type)));
        offers.push_back({{{value},
                           index ? from[1] : Value(),
                           lanes.both(present, passes(lanes, value, own[0]))}});
      }
      if (components.liesByRow())
        return enterByRow(lanes, shared, offers, components);
      for (unsigned r = 0; r < offers.size(); ++r)
        insert(lanes, shared, components, r, offers[r].front());
    });
  }

  /// `state`: the threshold, then the parts of the place asked for.
  Value finish(Lanes &lanes, ArrayRef<Value> state, StringRef projection) const {
    if (projection == "index")
      return state[2];
    Type type = laneElement(state[0]);
    Value value = valueOf(lanes, state[1], type);
    if (isa<IntegerType>(type))
      return value;
    return lanes.select(isEmpty(lanes, state[1]), worst(lanes, type), value);
  }
};

/// The shared part is the best value of the block at hand; the list holds those
/// of the blocks.
struct Bound : List {
  Value better(Lanes &lanes, Value a, Value b) const {
    if (isa<IntegerType>(laneElement(a)))
      return largest ? lanes.maxInt(a, b) : lanes.minInt(a, b);
    return largest ? lanes.maxAny(a, b) : lanes.minAny(a, b);
  }

  void fold(Lanes &lanes, MutableArrayRef<RowState> best,
            ArrayRef<RowGroup> groups) const {
    for (unsigned g = 0; g < groups.front().size(); ++g)
      for (auto [row, group] : llvm::zip(best, groups)) {
        const PairValues &pair = group[g];
        // Of a NaN the second one is taken.
        Value found = better(lanes, pair.values[0], row[0]);
        row[0] = pair.mask ? lanes.select(pair.mask, found, row[0]) : found;
      }
  }

  void close(Lanes &lanes, MutableArrayRef<RowState> best,
             Components &components) const {
    for (unsigned r = 0; r < best.size(); ++r) {
      Type type = laneElement(best[r][0]);
      enter(lanes, components, r, keyOf(lanes, best[r][0]), type, Value(),
            Value());
      best[r][0] = worst(lanes, type);
    }
  }
};

} // namespace

#define LIST_OF_KEYS(ATTR, ORDER)                                              \
  LogicalResult ATTR::verify(function_ref<InFlightDiagnostic()> emitError      \
                                 LIST_PARAMETERS) {                            \
    if (count >= 1)                                                            \
      return success();                                                        \
    return emitError() << "a list has at least one place, got " << count;      \
  }                                                                            \
  unsigned ATTR::getNumShared() const { return 1; }                            \
  int64_t ATTR::getWidth(TypeRange) const { return getCount(); }               \
  std::optional<std::string> ATTR::checkValues(TypeRange elements) const {     \
    return checkOrdered(elements);                                             \
  }                                                                            \
  SmallVector<Type> ATTR::getSharedElements(TypeRange elements) const {        \
    return {elements.front()};                                                 \
  }                                                                            \
  SmallVector<Type> ATTR::getStateElements(TypeRange elements) const {         \
    return ORDER.parts(elements.front());                                      \
  }                                                                            \
  SmallVector<Value> ATTR::init(Lanes &lanes, TypeRange elements) const {      \
    return ORDER.init(lanes, elements.front());                                \
  }                                                                            \
  void ATTR::mergeShared(Lanes &lanes, MutableArrayRef<RowState> into,         \
                         ArrayRef<RowState>, Components &components,           \
                         OtherComponent other) const {                         \
    ORDER.merge(lanes, getCount(), into, components, other);                   \
  }                                                                            \
  Value ATTR::finish(Lanes &lanes, ArrayRef<Value> state,                      \
                     StringRef projection) const {                             \
    return ORDER.finish(lanes, state, projection);                             \
  }                                                                            \
  double ATTR::getSharedCost() const { return 2.0; }                           \
  /* Few values reach the list. */                                             \
  double ATTR::getFoldCost() const { return 0.02; }

#define LIST(ATTR, ORDER)                                                      \
  LIST_OF_KEYS(ATTR, ORDER)                                                    \
  SmallVector<Value> ATTR::initShared(Lanes &lanes, TypeRange elements)        \
      const {                                                                  \
    return ORDER.initShared(lanes, elements.front());                          \
  }                                                                            \
  void ATTR::foldShared(Lanes &lanes, MutableArrayRef<RowState> shared,        \
                        ArrayRef<RowGroup> groups, Components &components)     \
      const {                                                                  \
    ORDER.fold(lanes, shared, groups, components);                             \
  }                                                                            \
  bool ATTR::mayLieByRow() const { return true; }                              \
  void ATTR::enterByRow(Lanes &lanes, MutableArrayRef<RowState> shared,        \
                        ArrayRef<RowGroup> offers, Components &components)     \
      const {                                                                  \
    ORDER.enterByRow(lanes, shared, offers, components);                       \
  }                                                                            \
  void ATTR::takeLeft(Lanes &lanes, MutableArrayRef<RowState> shared,          \
                      Components &components) const {                          \
    ORDER.takeLeft(lanes, shared, components);                                 \
  }

#define BOUND(ATTR, ORDER)                                                     \
  LIST_OF_KEYS(ATTR, ORDER)                                                    \
  SmallVector<Value> ATTR::initShared(Lanes &lanes, TypeRange elements)        \
      const {                                                                  \
    return {ORDER.worst(lanes, elements.front())};                             \
  }                                                                            \
  void ATTR::foldShared(Lanes &lanes, MutableArrayRef<RowState> shared,        \
                        ArrayRef<RowGroup> groups, Components &) const {       \
    ORDER.fold(lanes, shared, groups);                                         \
  }                                                                            \
  bool ATTR::hasBlocks() const { return true; }                                \
  void ATTR::closeShared(Lanes &lanes, MutableArrayRef<RowState> shared,       \
                         Components &components) const {                       \
    ORDER.close(lanes, shared, components);                                    \
  }

/// The lists that a sweep over the values themselves fills.
#define BOUNDED(ATTR, BOUND_ATTR, ORDER)                                       \
  LIST(ATTR, ORDER)                                                            \
  Attribute ATTR::getBound() const {                                           \
    return BOUND_ATTR::get(getContext(), getCount());                          \
  }                                                                            \
  SmallVector<Value> ATTR::initBounded(Lanes &lanes, TypeRange elements,       \
                                       ArrayRef<Value> bound) const {          \
    return {ORDER.thresholdAt(lanes, bound[0], elements.front())};             \
  }

#define LIST_PARAMETERS , int64_t count
BOUNDED(KMinAttr, KMinBoundAttr, (List{{false}, {}}))
BOUNDED(KMaxAttr, KMaxBoundAttr, (List{{true}, {}}))
BOUND(KMinBoundAttr, (Bound{{{false}, {}}}))
BOUND(KMaxBoundAttr, (Bound{{{true}, {}}}))
LIST(KMinListsAttr, (List{{false}, {}, getCount()}))
LIST(KMaxListsAttr, (List{{true}, {}, getCount()}))
#undef LIST_PARAMETERS
#define LIST_PARAMETERS , int64_t count, IntegerType
BOUNDED(ArgKMinAttr, KMinBoundAttr, (List{{false}, getIndex()}))
BOUNDED(ArgKMaxAttr, KMaxBoundAttr, (List{{true}, getIndex()}))
LIST(ArgKMinListsAttr, (List{{false}, getIndex(), getCount()}))
LIST(ArgKMaxListsAttr, (List{{true}, getIndex(), getCount()}))
#undef LIST_PARAMETERS
#undef LIST_OF_KEYS
#undef LIST
#undef BOUND
#undef BOUNDED

bool KMinAttr::hasThreshold() const { return true; }
bool ArgKMinAttr::hasThreshold() const { return true; }

unsigned KMinListsAttr::getNumValues() const { return 2; }
unsigned KMaxListsAttr::getNumValues() const { return 2; }
unsigned ArgKMinListsAttr::getNumValues() const { return 2; }
unsigned ArgKMaxListsAttr::getNumValues() const { return 2; }

// `argkmin` serves `kmin` of as many places.
KDSL_INDEXED_EXTREMUM(ArgKMinAttr,
                      other == KMinAttr::get(getContext(), getCount()))
KDSL_INDEXED_EXTREMUM(ArgKMaxAttr,
                      other == KMaxAttr::get(getContext(), getCount()))
KDSL_INDEXED_EXTREMUM(ArgKMinListsAttr,
                      other == KMinListsAttr::get(getContext(), getCount()))
KDSL_INDEXED_EXTREMUM(ArgKMaxListsAttr,
                      other == KMaxListsAttr::get(getContext(), getCount()))

} // namespace kdsl
