//===- KMinMax.cpp - kmin, kmax, argkmin, argkmax -------------------------===//
//
// A sorted list, one component for each place. The shared parts are a copy of
// the last place: a value that does not come before it is of no interest, so
// that a pair costs one comparison once the list has filled with good values.
// A value that does moves through the list and pushes those behind it on.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/reductions/Extremum.h"

using namespace mlir;

namespace kdsl {

namespace {

struct List : Extremum {
  int64_t listed = 0; ///< values of the list that a pair brings; 0: one number

  using Carried = SmallVector<Value *>;

  /// The shared parts, which branches and loops carry.
  static Carried carriedOf(MutableArrayRef<RowState> shared) {
    Carried all;
    for (RowState &row : shared)
      for (Value &part : row)
        all.push_back(&part);
    return all;
  }

  /// Puts a value in its place in the list of row `r`, in the lanes of `mask`.
  /// What it meets is older, so that it goes behind its equals.
  void insert(Lanes &lanes, MutableArrayRef<RowState> shared,
              Components &components, unsigned r, Value value, Value row,
              Value mask) const {
    Value moving[] = {value, row};
    // The value has its place, and what moves on is what stood there.
    Value placed =
        lanes.integer(IntegerType::get(value.getContext(), 1), 0);
    Carried carried = {&moving[0], &placed};
    if (index)
      carried.push_back(&moving[1]);
    for (Value &part : shared[r])
      carried.push_back(&part);
    components.forEach(
        carried, [&](Value, MutableArrayRef<RowState> parts) {
          RowState &place = parts[r];
          Value before =
              lanes.both(mask, comesBefore(lanes, moving[0], place));
          placed = lanes.either(placed, before);
          for (unsigned p = 0; p < place.size(); ++p) {
            Value stood = place[p];
            place[p] = lanes.select(placed, moving[p], stood);
            moving[p] = lanes.select(placed, stood, moving[p]);
            shared[r][p] = place[p]; // at the end: the last place
          }
        });
  }

  /// Takes a value into the list of row `r` in the lanes where it comes before
  /// the last place.
  void offer(Lanes &lanes, MutableArrayRef<RowState> shared,
             Components &components, unsigned r, Value value, Value row,
             Value mask) const {
    Value wanted = comesBefore(lanes, value, shared[r]);
    if (mask)
      wanted = lanes.both(wanted, mask);
    components.whereAny(wanted, carriedOf(shared), [&] {
      insert(lanes, shared, components, r, value, row, wanted);
    });
  }

  /// Of a list the groups have the first value, and the components all.
  void fold(Lanes &lanes, MutableArrayRef<RowState> shared,
            ArrayRef<RowGroup> groups, Components &components) const {
    auto offerAll = [&](ArrayRef<RowGroup> values) {
      for (unsigned g = 0; g < groups.front().size(); ++g)
        for (unsigned r = 0; r < groups.size(); ++r)
          offer(lanes, shared, components, r, values[r][g].values[0],
                groups[r][g].index, groups[r][g].mask);
    };
    components.whereAny(anyHit(lanes, shared, groups), carriedOf(shared), [&] {
      if (!listed)
        return offerAll(groups);
      components.loop(listed, carriedOf(shared), [&](Value place) {
        offerAll(components.valuesOf(place));
      });
    });
  }

  /// The other list holds later rows: its values go behind their equals.
  void merge(Lanes &lanes, int64_t count, MutableArrayRef<RowState> shared,
             Components &components, OtherComponent other) const {
    components.loop(count, carriedOf(shared), [&](Value place) {
      SmallVector<RowState> from = other(place);
      for (unsigned r = 0; r < shared.size(); ++r) {
        Value present, row;
        if (index) {
          row = from[r][1];
          present = lanes.compareInt(CmpI::sge, row, lanes.integer(index, 0));
        }
        offer(lanes, shared, components, r, from[r][0], row, present);
      }
    });
  }
};

} // namespace

#define LIST(ATTR, ORDER)                                                      \
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
    return ORDER.elements(elements.front());                                   \
  }                                                                            \
  SmallVector<Type> ATTR::getStateElements(TypeRange elements) const {         \
    return ORDER.elements(elements.front());                                   \
  }                                                                            \
  SmallVector<Value> ATTR::initShared(Lanes &lanes, TypeRange elements)        \
      const {                                                                  \
    return ORDER.init(lanes, elements.front());                                \
  }                                                                            \
  SmallVector<Value> ATTR::init(Lanes &lanes, TypeRange elements) const {      \
    return ORDER.init(lanes, elements.front());                                \
  }                                                                            \
  void ATTR::foldShared(Lanes &lanes, MutableArrayRef<RowState> shared,        \
                        ArrayRef<RowGroup> groups, Components &components)     \
      const {                                                                  \
    ORDER.fold(lanes, shared, groups, components);                             \
  }                                                                            \
  void ATTR::mergeShared(Lanes &lanes, MutableArrayRef<RowState> into,         \
                         ArrayRef<RowState>, Components &components,           \
                         OtherComponent other) const {                         \
    ORDER.merge(lanes, getCount(), into, components, other);                   \
  }                                                                            \
  /* The parts of the last place, then those of the place asked for. */        \
  Value ATTR::finish(Lanes &, ArrayRef<Value> state, StringRef projection)     \
      const {                                                                  \
    return projection == "index" ? state[3] : state[state.size() / 2];         \
  }                                                                            \
  double ATTR::getSharedCost() const { return 2.0; }                           \
  /* Few values reach the list. */                                             \
  double ATTR::getFoldCost() const { return 0.02; }

#define LIST_PARAMETERS , int64_t count
LIST(KMinAttr, (List{{false, {}}}))
LIST(KMaxAttr, (List{{true, {}}}))
LIST(KMinListsAttr, (List{{false, {}}, getCount()}))
LIST(KMaxListsAttr, (List{{true, {}}, getCount()}))
#undef LIST_PARAMETERS
#define LIST_PARAMETERS , int64_t count, IntegerType
LIST(ArgKMinAttr, (List{{false, getIndex()}}))
LIST(ArgKMaxAttr, (List{{true, getIndex()}}))
#undef LIST_PARAMETERS
#undef LIST

unsigned KMinListsAttr::getNumValues() const { return 2; }
unsigned KMaxListsAttr::getNumValues() const { return 2; }

// `argkmin` serves `kmin` of as many places.
KDSL_INDEXED_EXTREMUM(ArgKMinAttr,
                      other == KMinAttr::get(getContext(), getCount()))
KDSL_INDEXED_EXTREMUM(ArgKMaxAttr,
                      other == KMaxAttr::get(getContext(), getCount()))

} // namespace kdsl
