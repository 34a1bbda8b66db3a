//===- VectorMerge.cpp - lists that take some values at a time ------------===//
//
// Near rows j come one after the other where rows are in order, and most of what a list
// takes it takes then. Key and row of a value are one integer there, in which rows
// tell equal keys apart: less than 2^32 rows have an order. Some of them wait beside
// the list of their row, are sorted and merged into it by minima and maxima of vectors.
// In scratch:
//
//   [row of the tile][place]   sorted, whole vectors; a key no value has where none is
//   [row of the tile][waiting] a vector of them, and how many there are
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

namespace kdslc::cpu {

static constexpr int64_t none = std::numeric_limits<int64_t>::max();
/// Vectors of one list that are written out.
static constexpr int64_t mostWritten = 4;

/// Integers of a vector: a key takes as much as a row.
int64_t VectorTile::entriesInStep() const { return std::max<int64_t>(1, lanes / 2); }

int64_t VectorTile::entriesOf(ktile::StateType type) const {
  return int64_t(llvm::alignTo(uint64_t(type.getWidth()), uint64_t(entriesInStep())));
}

int64_t VectorTile::entryListBytes(ktile::StateType type) const {
  return int64_t(
      llvm::alignTo(uint64_t(entriesOf(type) + entriesInStep() + 1) * 8, 64));
}

Value VectorTile::entryAt(const StateValue &state, Value row, Value place) {
  return memory.address(listOf(state, row), place, builder.getI64Type());
}

Value VectorTile::waitingOf(const StateValue &state, Value row) {
  return entryAt(state, row,
                 number(entriesOf(state.type) + entriesInStep()));
}

/// No value has been there.
void VectorTile::clearEntries(const StateValue &state) {
  VectorLanes entries(builder, loc, entriesInStep());
  const auto alignment = unsigned(entriesInStep() * 8);
  forLoop(number(0), number(tileRows()), 1, [&](Value row) {
    for (int64_t k = 0; k < entriesOf(state.type); k += entriesInStep())
      memory.store(entries.integer(builder.getI64Type(), none),
                   entryAt(state, row, number(k)), alignment);
    memory.store(number(0), waitingOf(state, row));
  });
}

/// The keys at a place of the rows of each lane value, and the rows j there.
SmallVector<kdsl::RowState> VectorTile::loadEntries(const StateValue &state,
                                                    Value component) {
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  const IntegerType index = state.type.getInterface().getIndexType();
  SmallVector<int32_t> lists;
  for (int64_t l = 0; l < lanes; ++l)
    lists.push_back(int32_t(l * listBytes(state.type) / 4));
  Value ofLanes =
      arith::ConstantOp::create(builder, loc, builder.getI32VectorAttr(lists));
  SmallVector<kdsl::RowState> all;
  for (int64_t r = 0; r < rows; ++r) {
    Value place = entryAt(state, number(r * lanes), component);
    auto half = [&](int64_t bytes) {
      return loadPicked(memory.offsetBy(place, bytes), ofLanes, i32);
    };
    kdsl::RowState &parts = all.emplace_back();
    parts.push_back(half(4));
    if (!index)
      continue;
    Value row = add(arith::ExtUIOp::create(builder, loc, vectors.lane(i64), half(0)),
                    vectors.splat(memory.rowBase(/*reduced=*/true)));
    if (index.getWidth() < 64)
      row = arith::TruncIOp::create(builder, loc, vectors.lane(index), row);
    Value isEmpty = vectors.compareInt(arith::CmpIPredicate::eq, parts.front(),
                                       vectors.integer(i32, none >> 32));
    parts.push_back(vectors.select(isEmpty, vectors.integer(index, -1), row));
  }
  return all;
}

/// The order of some lanes becomes that of their numbers, given that the numbers of
/// `width` lanes each rise and fall.
Value VectorTile::sortedLanes(VectorLanes &entries, Value numbers, int64_t width) {
  for (int64_t step = width / 2; step > 0; step /= 2) {
    SmallVector<int64_t> partner, chosen;
    for (int64_t l = 0; l < entriesInStep(); ++l) {
      partner.push_back(l ^ step);
      chosen.push_back(l & step ? l + entriesInStep() : l);
    }
    Value other = vector::ShuffleOp::create(builder, loc, numbers, numbers, partner);
    numbers = vector::ShuffleOp::create(builder, loc,
                                        entries.minInt(numbers, other),
                                        entries.maxInt(numbers, other), chosen);
  }
  return numbers;
}

/// The lanes of each `width` in the other order, or of their second halves only.
Value VectorTile::turnedLanes(Value numbers, int64_t width, bool second) {
  SmallVector<int64_t> places;
  for (int64_t l = 0; l < entriesInStep(); ++l) {
    const int64_t first = l / width * width, at = l - first;
    places.push_back(!second         ? first + width - 1 - at
                     : at >= width / 2 ? first + width / 2 + (width - 1 - at)
                                       : l);
  }
  return vector::ShuffleOp::create(builder, loc, numbers, numbers, places);
}

/// Takes what waits into the list of a row.
/// \returns the last key.
Value VectorTile::mergeEntries(const StateValue &state, Value row) {
  VectorLanes entries(builder, loc, entriesInStep());
  Type i64 = builder.getI64Type(), many = entries.lane(i64);
  const int64_t step = entriesInStep(), vectorsOfList = entriesOf(state.type) / step;
  const auto alignment = unsigned(step * 8);
  Value carried = memory.load(
      many, entryAt(state, row, number(entriesOf(state.type))), alignment);
  for (int64_t width = 2; width <= step; width *= 2)
    carried = sortedLanes(entries, turnedLanes(carried, width, /*second=*/true), width);
  // The lesser ones stay, the others go on.
  Value stays;
  auto merge = [&](Value place) {
    Value address = entryAt(state, row, place);
    Value here = memory.load(many, address, alignment),
          other = turnedLanes(carried, step, /*second=*/false);
    stays = sortedLanes(entries, entries.minInt(here, other), step);
    carried = sortedLanes(entries, entries.maxInt(here, other), step);
    memory.store(stays, address, alignment);
  };
  if (vectorsOfList <= mostWritten) {
    for (int64_t k = 0; k < vectorsOfList; ++k)
      merge(number(k * step));
  } else {
    stays = carried;
    keepLoop(forLoop(number(0), number(vectorsOfList), {&carried, &stays},
                     [&](Value k) { merge(times(k, step)); }));
  }
  memory.store(number(0), waitingOf(state, row));
  Value last = vector::ExtractOp::create(builder, loc, stays,
                                         (state.type.getWidth() - 1) % step);
  return arith::TruncIOp::create(builder, loc, builder.getI32Type(),
                                 arith::ShRSIOp::create(builder, loc, last, number(32)));
}

/// A key and a row j wait to enter the list of a row, if they come before its last
/// place; `full` runs when there are as many as it takes.
void VectorTile::enterLater(const StateValue &state, Value row, Value key, Value rowJ,
                            ByRow::Carried carried, function_ref<void()> full) {
  Type i64 = builder.getI64Type();
  Value entry = arith::ShLIOp::create(
      builder, loc, arith::ExtSIOp::create(builder, loc, i64, key), number(32));
  if (rowJ)
    entry = arith::OrIOp::create(builder, loc, entry, rowJ);
  Value last = memory.load(
      i64, entryAt(state, row, number(state.type.getWidth() - 1)));
  vectors.where(isLess(entry, last), carried, [&] {
    Value waiting = waitingOf(state, row), count = memory.load(i64, waiting);
    memory.store(entry, entryAt(state, row, add(count, number(entriesOf(state.type)))));
    Value more = add(count, number(1));
    memory.store(more, waiting);
    vectors.where(isEqual(more, number(entriesInStep())), carried, full);
  });
}

/// Takes all that waits, after a sweep.
void VectorTile::mergeAll(const StateValue &state) {
  VectorLanes entries(builder, loc, entriesInStep());
  Type i64 = builder.getI64Type();
  forLoop(number(0), number(tileRows()), 1, [&](Value row) {
    Value count = memory.load(i64, waitingOf(state, row));
    vectors.where(isEqual(count, number(0)), {}, [] {}, [&] {
      // Of a whole vector, of which some are none.
      forLoop(count, number(entriesInStep()), 1, [&](Value k) {
        memory.store(number(none),
                     entryAt(state, row, add(k, number(entriesOf(state.type)))));
      });
      mergeEntries(state, row);
    });
  });
}

} // namespace kdslc::cpu
