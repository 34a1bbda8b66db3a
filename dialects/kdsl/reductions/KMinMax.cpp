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

  /// Puts a key in its place in the list of row `r` and gives the last one.
  /// What it meets is older, so that it goes behind its equals.
  ///
  /// \param mask  where an integer that may have the key of an empty place, and
  ///              its row, takes part; other keys do wherever they are not empty.
  Value enter(Lanes &lanes, Components &components, unsigned r, Value key,
              Type type, Value row, Value mask) const {
    // What stood at the place before, and whether it moves on.
    Value stood = lanes.integer(keyType(type), keyOfNaN(type)), stoodRow = row;
    Value moves = lanes.integer(IntegerType::get(key.getContext(), 1), 0);
    Value last = key;
    Carried carried = {&stood, &last};
    if (index)
      carried.append({&stoodRow, &moves});
    components.forEach(carried, [&](Value, MutableArrayRef<RowState> parts) {
      RowState old = parts[r];
      RowState &place = parts[r];
      place[0] = lanes.maxInt(stood, lanes.minInt(old[0], key));
      if (index) {
        Value before = lanes.compareInt(CmpI::slt, key, old[0]);
        // An integer may have the key of an empty place.
        if (isa<IntegerType>(type))
          before = lanes.either(
              before,
              lanes.both(mask, lanes.compareInt(CmpI::slt, old[1],
                                                lanes.integer(index, 0))));
        place[1] = lanes.select(
            before, lanes.select(moves, stoodRow, row), old[1]);
        moves = before;
        stoodRow = old[1];
      }
      stood = old[0];
      last = place[0]; // at the end: the last place
    });
    return last;
  }

  /// Puts a key in the list of row `r` in the lanes of `mask`.
  void insert(Lanes &lanes, MutableArrayRef<RowState> shared,
              Components &components, unsigned r, Value key, Value row,
              Value mask) const {
    Type type = laneElement(shared[r][0]);
    key = lanes.select(mask, key,
                       lanes.integer(keyType(type), emptyKey(type)));
    Value last = enter(lanes, components, r, key, type, row, mask);
    shared[r][0] =
        tighter(lanes, thresholdOf(lanes, last, type), shared[r][0]);
  }

  /// Takes a value into the list of row `r` in the lanes where it passes.
  void offer(Lanes &lanes, MutableArrayRef<RowState> shared,
             Components &components, unsigned r, Value value, Value row,
             Value mask) const {
    Value wanted = passes(lanes, value, shared[r][0]);
    if (mask)
      wanted = lanes.both(wanted, mask);
    components.whereAny(wanted, carriedOf(shared), [&] {
      Value key = keyOf(lanes, value);
      if (!components.canWait())
        return insert(lanes, shared, components, r, key, row, wanted);
      SmallVector<Value> place{key};
      if (index)
        place.push_back(row);
      components.leave(r, place, wanted);
    });
  }

  /// One candidate of each lane enters at once: a list of many places costs the
  /// same for all lanes as for one. Until then the threshold lets in more than
  /// it had to.
  void settle(Lanes &lanes, MutableArrayRef<RowState> shared,
              Components &components, bool all) const {
    if (!components.canWait())
      return;
    for (unsigned r = 0; r < shared.size(); ++r)
      components.settle(r, all, carriedOf(shared),
                        [&](ArrayRef<Value> place, Value mask) {
                          insert(lanes, shared, components, r, place[0],
                                 index ? place[1] : Value(), mask);
                        });
  }

  /// Of a list the groups have the first value, and the components all.
  void fold(Lanes &lanes, MutableArrayRef<RowState> shared,
            ArrayRef<RowGroup> groups, Components &components) const {
    auto offerAll = [&](unsigned g, ArrayRef<RowGroup> values) {
      for (unsigned r = 0; r < groups.size(); ++r)
        offer(lanes, shared, components, r, values[r][g].values[0],
              groups[r][g].index, groups[r][g].mask);
    };
    Value hit = anyPair(lanes, groups, [&](unsigned r, Value value) {
      return passes(lanes, value, shared[r][0]);
    });
    components.whereAny(hit, carriedOf(shared), [&] {
      // Of equal values the earlier row comes first, with its whole list.
      for (unsigned g = 0; g < groups.front().size(); ++g)
        if (!listed)
          offerAll(g, groups);
        else
          components.loop(listed, carriedOf(shared), [&](Value place) {
            offerAll(g, components.valuesOf(place));
            settle(lanes, shared, components, /*all=*/false);
          });
      if (!listed)
        settle(lanes, shared, components, /*all=*/false);
    });
  }

  /// The other list holds later rows: its values go behind their equals.
  void merge(Lanes &lanes, int64_t count, MutableArrayRef<RowState> shared,
             Components &components, OtherComponent other) const {
    components.loop(count, carriedOf(shared), [&](Value place) {
      SmallVector<RowState> from = other(place);
      for (unsigned r = 0; r < shared.size(); ++r) {
        Value key = from[r][0], row, present;
        Type type = laneElement(shared[r][0]);
        if (index) {
          row = from[r][1];
          present = lanes.compareInt(CmpI::sge, row, lanes.integer(index, 0));
        } else {
          present = lanes.compareInt(
              CmpI::ne, key,
              lanes.integer(laneElement(key), emptyKey(laneElement(key))));
        }
        present = lanes.both(
            present, passes(lanes, valueOf(lanes, key, type), shared[r][0]));
        components.whereAny(present, carriedOf(shared), [&] {
          insert(lanes, shared, components, r, key, row, present);
        });
      }
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
  bool ATTR::mayWait() const { return true; }                                  \
  void ATTR::settleShared(Lanes &lanes, MutableArrayRef<RowState> shared,      \
                          Components &components) const {                      \
    ORDER.settle(lanes, shared, components, /*all=*/true);                     \
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
