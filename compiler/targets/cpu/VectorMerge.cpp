//===- VectorMerge.cpp - lists that take some values at a time ------------===//
//
// Near rows j come one after the other where rows are in order, and most of what a list
// takes it takes then. Key and row of a value are one integer in a long list, in which
// rows tell equal keys apart: less than 2^32 rows have an order. A step of them waits
// beside the list of their row, is sorted, and merged into it step by step, by minima
// and maxima of vectors (Batcher's bitonic networks). In scratch:
//
//   [row of the tile][place]   sorted, whole steps; a key no value has where none is
//   [row of the tile][waiting] a step of them, and how many there are
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

namespace kdslc::cpu {

static constexpr int64_t none = std::numeric_limits<int64_t>::max();

/// Whether a list is one of these: of few places, each value enters alone as fast, and
/// SSE takes minima of such integers apart.
bool VectorTile::takesSteps(ktile::StateType type) const {
  return order && lanes >= 8 && type.getWidth() > lanes;
}

/// Integers of a vector: a key takes as much as a row.
int64_t VectorTile::entriesInVector() const { return lanes / 2; }

/// Of a step: more are merged by less for each of them, but enter later.
int64_t VectorTile::entriesInStep(ktile::StateType type) const {
  constexpr int64_t mostVectors = 4;
  const int64_t vectorsOfHalf = type.getWidth() / (2 * entriesInVector());
  return entriesInVector() *
         std::clamp<int64_t>(int64_t(llvm::bit_floor(uint64_t(vectorsOfHalf))), 1,
                             mostVectors);
}

int64_t VectorTile::entriesOf(ktile::StateType type) const {
  return int64_t(
      llvm::alignTo(uint64_t(type.getWidth()), uint64_t(entriesInStep(type))));
}

int64_t VectorTile::entryListBytes(ktile::StateType type) const {
  return int64_t(
      llvm::alignTo(uint64_t(entriesOf(type) + entriesInStep(type) + 1) * 8, 64));
}

Value VectorTile::entryAt(const StateValue &state, Value row, Value place) {
  return memory.address(listOf(state, row), place, builder.getI64Type());
}

Value VectorTile::waitingOf(const StateValue &state, Value row) {
  return entryAt(state, row,
                 number(entriesOf(state.type) + entriesInStep(state.type)));
}

/// No value has been there.
void VectorTile::clearEntries(const StateValue &state) {
  VectorLanes entries(builder, loc, entriesInVector());
  forLoop(number(0), number(tileRows()), 1, [&](Value row) {
    for (int64_t k = 0; k < entriesOf(state.type); k += entriesInVector())
      memory.store(entries.integer(builder.getI64Type(), none),
                   entryAt(state, row, number(k)),
                   laneAlignment(builder.getI32Type()));
    memory.store(number(0), waitingOf(state, row));
  });
}

/// The keys at a place of the rows of each lane value, and the rows j there.
SmallVector<kdsl::RowState> VectorTile::loadEntries(const StateValue &state,
                                                    Value component) {
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  const IntegerType index = state.type.getInterface().getIndexType();
  Value ofLanes = multiplesOf(listBytes(state.type) / 4, lanes);
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

/// Some vectors of numbers, one behind the other, of which each `width` rise and then
/// fall, or fall and then rise: sorts each.
void VectorTile::sortSides(MutableArrayRef<Value> numbers, int64_t width) {
  VectorLanes entries(builder, loc, entriesInVector());
  const int64_t wide = entriesInVector();
  for (int64_t apart = width / 2; apart >= wide; apart /= 2)
    for (size_t k = 0; k < numbers.size(); ++k)
      if (size_t other = k + size_t(apart / wide); !(k & size_t(apart / wide))) {
        Value less = entries.minInt(numbers[k], numbers[other]);
        numbers[other] = entries.maxInt(numbers[k], numbers[other]);
        numbers[k] = less;
      }
  for (int64_t apart = std::min(width, wide) / 2; apart > 0; apart /= 2) {
    SmallVector<int64_t> partner, chosen;
    for (int64_t l = 0; l < wide; ++l) {
      partner.push_back(l ^ apart);
      chosen.push_back(l & apart ? l + wide : l);
    }
    for (Value &here : numbers) {
      Value other = vector::ShuffleOp::create(builder, loc, here, here, partner);
      here = vector::ShuffleOp::create(builder, loc, entries.minInt(here, other),
                                       entries.maxInt(here, other), chosen);
    }
  }
}

/// Turns round the second half of each `width` numbers of some vectors.
SmallVector<Value> VectorTile::secondTurned(ArrayRef<Value> numbers, int64_t width) {
  const int64_t wide = entriesInVector();
  SmallVector<int64_t> places;
  for (int64_t l = 0; l < wide; ++l) {
    const int64_t at = l % width, half = width / 2;
    places.push_back(width > wide ? wide - 1 - l : at < half ? l : l - at + half + width - 1 - at);
  }
  SmallVector<Value> turned(numbers);
  for (size_t k = 0; k < numbers.size(); ++k) {
    size_t from = k;
    if (const auto half = size_t(width / 2 / wide); half > 0) {
      if (!(k & half)) // of the first half
        continue;
      from = k - k % half + half - 1 - k % half;
    }
    turned[k] = vector::ShuffleOp::create(builder, loc, numbers[from], numbers[from],
                                          places);
  }
  return turned;
}

/// The least of two sorted steps, sorted; the others are left in the second one.
SmallVector<Value> VectorTile::splitSteps(ArrayRef<Value> first,
                                          SmallVectorImpl<Value> &second) {
  // As if they were one, of which the second half is turned round.
  SmallVector<Value> both(first);
  both.append(second);
  const int64_t width = int64_t(first.size()) * entriesInVector();
  both = secondTurned(both, 2 * width);
  sortSides(both, 2 * width);
  second.assign(both.begin() + int64_t(first.size()), both.end());
  both.truncate(first.size());
  return both;
}

/// Takes what waits into the list of a row.
/// \returns the last key.
Value VectorTile::mergeEntries(const StateValue &state, Value row) {
  Type i64 = builder.getI64Type(),
       many = VectorType::get(entriesInVector(), i64);
  const int64_t wide = entriesInVector(), step = entriesInStep(state.type),
                steps = entriesOf(state.type) / step;
  auto places = [&](Value first, function_ref<void(Value address)> body) {
    for (int64_t k = 0; k < step; k += wide)
      body(entryAt(state, row, add(first, number(k))));
  };
  auto load = [&](Value first) {
    SmallVector<Value> numbers;
    places(first, [&](Value address) {
      numbers.push_back(
          memory.load(many, address, laneAlignment(builder.getI32Type())));
    });
    return numbers;
  };
  SmallVector<Value> carried = load(number(entriesOf(state.type))), stay = carried;
  for (int64_t width = 2; width <= step; width *= 2) {
    carried = secondTurned(carried, width);
    sortSides(carried, width);
  }
  // The lesser ones stay, the others go on.
  auto merge = [&](Value first) {
    llvm::copy(splitSteps(load(first), carried), stay.begin());
    auto next = stay.begin();
    places(first, [&](Value address) {
      memory.store(*next++, address, laneAlignment(builder.getI32Type()));
    });
  };
  SmallVector<Value *> all;
  for (Value &one : carried)
    all.push_back(&one);
  for (Value &one : stay)
    all.push_back(&one);
  keepLoop(forLoop(number(0), number(steps), all,
                   [&](Value k) { merge(times(k, step)); }));
  memory.store(number(0), waitingOf(state, row));
  const int64_t place = (state.type.getWidth() - 1) % step;
  Value last = vector::ExtractOp::create(builder, loc, stay[size_t(place / wide)],
                                         place % wide);
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
    vectors.where(isEqual(more, number(entriesInStep(state.type))), carried, full);
  });
}

/// Takes all that waits, after a sweep.
void VectorTile::mergeAll(const StateValue &state) {
  Type i64 = builder.getI64Type();
  forLoop(number(0), number(tileRows()), 1, [&](Value row) {
    Value count = memory.load(i64, waitingOf(state, row));
    vectors.where(isEqual(count, number(0)), {}, [] {}, [&] {
      // Of a whole step, of which some are none.
      forLoop(count, number(entriesInStep(state.type)), 1, [&](Value k) {
        memory.store(number(none),
                     entryAt(state, row, add(k, number(entriesOf(state.type)))));
      });
      mergeEntries(state, row);
    });
  });
}

} // namespace kdslc::cpu
