//===- VectorLists.cpp - lists of which a vector holds some places --------===//
//
// Once a list has filled, few lanes have a value that is of interest, and hardly
// ever two at a time. So the places of a row lie side by side, and a value enters
// the list of its row alone, some places in each step, from the last ones to the
// first.
//
// No branch could foresee which group of pairs has such a value. Each group is
// left in memory, at the place of the next one if it has none, and the block ends
// with a loop over what is there. In scratch:
//
//   [row of the tile][part][place]   whole vectors of each part
//   values, rows                     of pairs that are offered, but not left
//   [group][row j][row i], row j     values that are left, and the first row j
//
// The pairs of a group that are of interest are the bits of an integer, by row j
// first: however many there are, and wherever, one loop takes them.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using kdsl::PairValues;
using kdsl::RowGroup;
using kdsl::RowState;

namespace kdslc::cpu {

namespace {
/// Numbers of one row.
struct NumberLanes : kdsl::Lanes {
  NumberLanes(OpBuilder &builder, Location loc, bool rowsInOrder)
      : Lanes(builder, loc), rowsInOrder(rowsInOrder) {}
  bool areRowsInOrder() override { return rowsInOrder; }
  Type lane(Type element) override { return element; }
  Value any(Value mask) override { return mask; }
  bool rowsInOrder;
};
} // namespace

/// Pairs that an integer has bits for; with a tile of more rows, one for each.
static constexpr int64_t mostOffered = 512;
/// Steps of one list that are written out.
static constexpr int64_t mostSteps = 4;
static constexpr int64_t line = 64; ///< bytes that parts begin at multiples of

/// A vector of each of some pairs, by row j first.
static SmallVector<Value>
inOrder(ArrayRef<RowGroup> offers,
        function_ref<Value(const PairValues &pair)> vectorOf) {
  SmallVector<Value> all;
  for (size_t g = 0; g < offers.front().size(); ++g)
    for (const RowGroup &group : offers)
      all.push_back(vectorOf(group[g]));
  return all;
}

static Value firstValue(const PairValues &pair) { return pair.values[0]; }

/// Of one row.
int64_t VectorTile::listPartBytes(ktile::StateType type, Type element) const {
  const int64_t places = llvm::alignTo(type.getWidth(), lanes);
  return llvm::alignTo(places * bytesOf(element), line);
}

SmallVector<VectorTile::ListPart>
VectorTile::listParts(ktile::StateType type) const {
  SmallVector<ListPart> parts;
  int64_t offset = 0;
  for (Type element :
       type.getInterface().getStateElements(type.getElements())) {
    parts.push_back({element, offset});
    offset += listPartBytes(type, element);
  }
  return parts;
}

int64_t VectorTile::listBytes(ktile::StateType type) const {
  if (takesSteps(type))
    return entryListBytes(type);
  const ListPart last = listParts(type).back();
  return last.offset + listPartBytes(type, last.element);
}

/// That of a row of the tile.
Value VectorTile::listOf(const StateValue &state, Value row) {
  return memory.address(state.memory, times(row, listBytes(state.type)),
                        builder.getI8Type());
}

/// Groups, of one row j at least.
int64_t VectorTile::mostLeft() {
  return grid.getSchedule().block + fewLeft();
}

/// Bytes of two numbers of each pair that may be offered at once.
static int64_t offeredBytes(int64_t tileRows) {
  return 2 * 8 * std::max(mostOffered, tileRows);
}

int64_t VectorTile::bytesByRow(ktile::StateType type) {
  const kdsl::Schedule schedule = grid.getSchedule();
  const int64_t pairs =
      tileRows() * (schedule.block + fewLeft() * schedule.group);
  return tileRows() * listBytes(type) + offeredBytes(tileRows()) +
         llvm::alignTo(8 * mostLeft(), line) + 8 * pairs;
}

/// Where group `number` of those that are left lies, of so many vectors.
VectorTile::Left VectorTile::leftOf(const StateValue &state, Value number,
                                    size_t vectorsOfGroup, Type element) {
  Value rowsJ = memory.offsetBy(listOf(state, this->number(tileRows())),
                                offeredBytes(tileRows()));
  Value values = memory.offsetBy(rowsJ, llvm::alignTo(8 * mostLeft(), line));
  Value first = times(number, int64_t(vectorsOfGroup) * lanes);
  return {memory.address(values, first, element),
          memory.address(rowsJ, number, builder.getI64Type())};
}

void VectorTile::leave(StateValue &state, Offers groups, Value hit) {
  const size_t tall = groups.size(), wide = groups.front().size();
  Type element = kdsl::laneElement(groups.front().front().values[0]);
  Left here = leftOf(state, state.left, tall * wide, element);
  storeVectors(inOrder(groups, firstValue), here.values);
  memory.store(firstSweptRow(), here.row);
  Value some = vectors.any(hit);
  state.left = select(some, add(state.left, number(1)), state.left);
}

void VectorTile::takeLeft(const StateValue &state, ByRow::Carried carried,
                          function_ref<void(Offers)> take) {
  const size_t tall = size_t(rows), wide = size_t(columnsOfGroup());
  Type element = state.type.getElements()[0];
  keepLoop(forLoop(number(0), state.left, carried, [&](Value group) {
    left = leftOf(state, group, tall * wide, element);
    left->row = memory.load(builder.getI64Type(), left->row);
    std::vector<RowGroup> groups(tall);
    for (size_t r = 0; r < tall; ++r)
      for (size_t g = 0; g < wide; ++g) {
        Value place = memory.address(
            left->values, number(int64_t(g * tall + r) * lanes), element);
        groups[r].push_back(
            {{memory.load(vectors.lane(element), place, laneAlignment(element))},
             Value(),
             Value()});
      }
    take(groups);
    left.reset();
  }));
}

void VectorTile::clearByRow(const StateValue &state, ArrayRef<Value> none) {
  if (takesSteps(state.type))
    return clearEntries(state);
  forLoop(number(0), number(tileRows()), 1, [&](Value row) {
    Value list = listOf(state, row);
    for (auto [part, value] : llvm::zip(listParts(state.type), none)) {
      Value first = memory.offsetBy(list, part.offset);
      for (int64_t k = 0; k < state.type.getWidth(); k += lanes)
        memory.store(value, memory.address(first, number(k), part.element),
                     laneAlignment(part.element));
    }
  });
}

/// 0, `step`, 2 `step`, .. as i32s: where `loadPicked` picks from.
Value VectorTile::multiplesOf(int64_t step, int64_t count) {
  SmallVector<int32_t> multiples;
  for (int64_t k = 0; k < count; ++k)
    multiples.push_back(int32_t(k * step));
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32VectorAttr(multiples));
}

SmallVector<RowState> VectorTile::loadByRow(const StateValue &state,
                                            Value component) {
  if (takesSteps(state.type))
    return loadEntries(state, component);
  SmallVector<RowState> rowsOfComponent(rows);
  for (const ListPart &part : listParts(state.type)) {
    // Of 32 bits: half as many instructions gather them.
    Value ofLanes =
        multiplesOf(listBytes(state.type) / bytesOf(part.element), lanes);
    for (int64_t r = 0; r < rows; ++r) {
      Value list = memory.offsetBy(listOf(state, number(r * lanes)),
                                   part.offset);
      rowsOfComponent[r].push_back(
          loadPicked(memory.address(list, component, part.element), ofLanes,
                     part.element));
    }
  }
  return rowsOfComponent;
}

/// One value enters the list of a row of the tile.
///
/// \returns the first part of the last place.
Value VectorTile::enterList(const StateValue &state, Value row, Value value,
                            Value number,
                            const kdsl::Components::Entry &entry) {
  const SmallVector<ListPart> parts = listParts(state.type);
  const int64_t width = state.type.getWidth(),
                steps = llvm::divideCeil(width, lanes);
  Value list = listOf(state, row);
  NumberLanes one(builder, loc, vectors.areRowsInOrder());
  Value key = vectors.splat(entry.key(one, value));
  if (number)
    number = vectors.splat(number);
  auto addressOf = [&](const ListPart &part, Value step) {
    return memory.address(memory.offsetBy(list, part.offset),
                          times(step, lanes), part.element);
  };
  auto load = [&](Value step) {
    RowState places;
    for (const ListPart &part : parts)
      places.push_back(memory.load(vectors.lane(part.element),
                                   addressOf(part, step),
                                   laneAlignment(part.element)));
    return places;
  };
  SmallVector<int64_t> shifted(lanes);
  std::iota(shifted.begin(), shifted.end(), lanes - 1);
  // `before`: the places of the step before.
  auto take = [&](Value step, RowState places, const RowState &before) {
    RowState stood;
    for (auto [a, b] : llvm::zip(before, places))
      stood.push_back(vector::ShuffleOp::create(builder, loc, a, b, shifted));
    entry.take(vectors, key, number, stood, places);
    for (auto [part, changed] : llvm::zip(parts, places))
      memory.store(changed, addressOf(part, step),
                   laneAlignment(part.element));
    return places.front();
  };
  auto at = [&](int64_t step) { return this->number(step); };
  RowState here = load(at(steps - 1));
  Value last;
  auto goBack = [&](Value step) {
    RowState before = load(subtract(step, at(1)));
    Value first = take(step, here, before);
    llvm::copy(before, here.begin());
    return first;
  };
  if (steps <= mostSteps) {
    for (int64_t step = steps - 1; step > 0; --step)
      if (Value first = goBack(at(step)); !last)
        last = first;
  } else {
    last = goBack(at(steps - 1));
    SmallVector<Value *> carried;
    for (Value &part : here)
      carried.push_back(&part);
    keepLoop(forLoop(at(2), at(steps), carried,
                     [&](Value k) { goBack(subtract(at(steps), k)); }));
  }
  Value first = take(at(0), here, entry.first(vectors));
  return vector::ExtractOp::create(builder, loc, last ? last : first,
                                   (width - 1) % lanes);
}

/// Whether a value, which may equal the last one of the list of a row, comes before
/// it.
Value VectorTile::comesBeforeLast(const StateValue &state, Value row, Value value,
                                  Value number,
                                  const kdsl::Components::Entry &entry) {
  NumberLanes one(builder, loc, vectors.areRowsInOrder());
  RowState last;
  for (const ListPart &part : listParts(state.type))
    last.push_back(memory.load(
        part.element, memory.address(memory.offsetBy(listOf(state, row), part.offset),
                                     this->number(state.type.getWidth() - 1),
                                     part.element)));
  return entry.before(one, entry.key(one, value), number, last);
}

/// An integer with a bit for each of some pairs.
IntegerType VectorTile::wordFor(int64_t pairs) {
  return builder.getIntegerType(
      unsigned(std::max<uint64_t>(32, llvm::PowerOf2Ceil(uint64_t(pairs)))));
}

/// Tells what has entered the list of row `own` of those that are offered.
void VectorTile::tellTaken(size_t rowsOffered, Value own, Value last,
                           const kdsl::Components::Entry &entry) {
  // As wide as what the mask chooses from.
  auto type = builder.getIntegerType(last.getType().getIntOrFloatBitWidth());
  if (type.getWidth() < 64)
    own = arith::TruncIOp::create(builder, loc, type, own);
  for (size_t r = 0; r < rowsOffered; ++r) {
    SmallVector<Attribute> numbers;
    for (int64_t l = 0; l < lanes; ++l)
      numbers.push_back(builder.getIntegerAttr(type, int64_t(r) * lanes + l));
    Value rowsOfLanes = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(cast<VectorType>(vectors.lane(type)), numbers));
    entry.taken(unsigned(r), vectors.splat(last),
                vectors.compareInt(arith::CmpIPredicate::eq, rowsOfLanes,
                                   vectors.splat(own)));
  }
}

/// The number of a row j as a list has it, if it has.
Value VectorTile::numberOf(const StateValue &state, Value place) {
  auto index = state.type.getInterface().getIndexType();
  if (!index)
    return Value();
  Value number = numberOfSwept(place);
  return index.getWidth() < 64
             ? arith::TruncIOp::create(builder, loc, index, number)
             : number;
}

/// Those of some rows j of the group, from `column` on.
void VectorTile::enterSome(const StateValue &state, Offers offers,
                           unsigned column, ByRow::Carried carried,
                           const kdsl::Components::Entry &entry) {
  const int64_t tall = int64_t(offers.size()) * lanes,
                wide = int64_t(offers.front().size());
  IntegerType word = wordFor(tall * wide);
  const PairValues &sample = offers.front().front();
  const Type element = kdsl::laneElement(sample.values[0]);
  const bool hasRows = bool(sample.index);
  Value offered = listOf(state, number(tileRows())), values = offered;
  Value rowsJ = memory.offsetBy(offered, offeredBytes(tileRows()) / 2);
  if (!left)
    storeVectors(inOrder(offers, firstValue), offered);
  else
    values = memory.address(left->values, number(int64_t(column) * tall),
                            element);
  if (hasRows)
    storeVectors(inOrder(offers, [](const PairValues &pair) { return pair.index; }),
                 rowsJ);
  const SmallVector<Value> masks =
      inOrder(offers, [](const PairValues &pair) { return pair.mask; });
  auto index = state.type.getInterface().getIndexType();
  forEachBit(joinedBits(masks, word), carried, [&](Value at) {
    Value own = wide == 1 ? at : rest(at, tall);
    Value row = add(own, number(int64_t(firstRowAtHand()) * lanes));
    auto sweptRow = [&] {
      Value g = wide == 1 ? number(0) : divide(at, tall);
      return add(left ? left->row : firstSweptRow(), add(number(column), g));
    };
    Value value = memory.load(element, memory.address(values, at, element));
    if (takesSteps(state.type)) {
      Value found = index ? numberIn(order->reduced, sweptRow()) : Value();
      NumberLanes one(builder, loc, vectors.areRowsInOrder());
      return enterLater(state, row, entry.key(one, value), found, carried, [&] {
        tellTaken(offers.size(), own, mergeEntries(state, row), entry);
      });
    }
    Value rowJ;
    if (hasRows)
      rowJ = memory.load(index, memory.address(rowsJ, at, index));
    else if (index)
      rowJ = numberOf(state, sweptRow());
    auto enter = [&] {
      tellTaken(offers.size(), own, enterList(state, row, value, rowJ, entry),
                entry);
    };
    if (order)
      vectors.where(comesBeforeLast(state, row, value, rowJ, entry), carried, enter);
    else
      enter();
  });
}

void VectorTile::enterByRow(const StateValue &state, Offers offers,
                            ByRow::Carried carried,
                            const kdsl::Components::Entry &entry) {
  if (filter) {
    Value last = enterList(state, filter->own,
                           distanceOf(filter->own, filter->place),
                           numberOf(state, filter->place), entry);
    return tellTaken(size_t(rows), filter->own, last, entry);
  }
  const size_t wide = offers.front().size(),
               step = std::max<size_t>(
                   1, size_t(mostOffered) / (offers.size() * size_t(lanes)));
  for (size_t g = 0; g < wide; g += step) {
    std::vector<RowGroup> some;
    for (const RowGroup &row : offers)
      some.emplace_back(
          ArrayRef(row).slice(g, std::min(step, wide - g)));
    enterSome(state, some, unsigned(g), carried, entry);
  }
}

} // namespace kdslc::cpu
