//===- ThreadRing.cpp - halved sweeps of a block of threads ---------------===//
//
// The whole tiles of an axis form a ring. Each meets the tiles ahead of it, up to
// half way round, for both of them, and by itself its own rows and, where their
// number is even, the tile opposite; what is left behind the last whole tile meets
// everybody plainly. So all tiles have the same work, and no tile with rows that
// are not there gives anything to rows j.
//
// A part is a window of rows j, as far ahead of every tile: no two blocks of a part
// meet the same rows j, so each state has one writer, and nothing is added in an
// order that the device chooses. In memory the states of parts of rows i come
// first, then those of rows j, of which windows in one tile share one. A launch
// takes some parts of all tiles; the next one continues their states, so that
// memory is as many states of a row as the runtime likes.
//
// In a block every lane of a warp is at another row j, and goes on to the next in
// each step: the sum for a row j, over all rows i of the warp, travels against that
// from lane to lane, and is whole when it comes back. It is one over at most 16
// rows of a thread in each of 32 steps, added up: two short chains, which err by
// 16/4 + 1/2 and 32/4 + 1/2 u (see Sum.cpp). Staged rows stand twice, 32 of them
// behind themselves, so that nobody has to turn back.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/nvptx/ThreadTile.h"
#include "compiler/targets/nvptx/Warp.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::nvptx {

//===----------------------------------------------------------------------===//
// Which rows meet
//===----------------------------------------------------------------------===//

void ThreadTile::enterRing(Value tile) {
  Value size = number(ring.tileRows);
  Value whole = divide(partialRows(), size), left = times(whole, size);
  Value isWhole = isLess(tile, left);
  // Those that it meets for both, ahead of it.
  Value ahead = divide(subtract(whole, number(1)), 2);
  if (parts.merge) {
    // Of them states of rows j are there, for whole tiles.
    Value turned = min(divide(times(parts.count, ring.window), size), ahead);
    parts.count = add(parts.count, select(isWhole, turned, number(0)));
    return;
  }
  Value place = times(add(ring.first, parts.number), ring.window);
  Value distance = divide(place, size);
  Value inside = subtract(place, times(distance, size));
  Value half = divide(whole, 2);
  Value next = add(tile, times(add(distance, number(1)), size));
  next = select(isLess(next, left), next, subtract(next, left));
  Value begin = add(next, inside);
  begin = select(isLess(distance, half), begin, add(tile, inside));
  Value behind = add(left, subtract(place, times(add(half, number(1)), size)));
  begin = select(isLess(half, distance), behind, begin);
  // Of no whole tile all rows j are left: parts of twice as many.
  windowFrom = select(isWhole, begin, times(place, 2));
  windowTo = add(windowFrom, select(isWhole, ring.window, times(ring.window, 2)));
  windowIsBoth = threads.both(isWhole, isLess(distance, ahead));
  parts.turned =
      add(parts.count, divide(times(parts.number, ring.window), size));
}

TileEmitter::MetRows ThreadTile::rowsToMeet(Value from, Value to) {
  Value begin = min(max(windowFrom, from), to);
  Value end = min(max(windowTo, from), to);
  auto ifBoth = [&](Value a, Value b) { return select(windowIsBoth, a, b); };
  return {begin, ifBoth(begin, end), ifBoth(begin, end), end};
}

//===----------------------------------------------------------------------===//
// Sums that travel
//===----------------------------------------------------------------------===//

SmallVector<ThreadTile::Traveller>
ThreadTile::travellersOf(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  SmallVector<Traveller> travellers;
  int64_t offset = 0;
  for (auto fold : sweep.getBody().getOps<ktile::FoldOp>()) {
    ktile::StateType type = fold.getState().getType();
    for (int64_t e = 0; e < int64_t(type.getWidth()); ++e) {
      Type element = TurnedSums::elementOf(type);
      travellers.push_back({fold, e, element, offset});
      offset += bytesOf(element) * schedule.lanes / warpSize * schedule.stage;
    }
  }
  return travellers;
}

/// All staged rows twice, and behind them what the warps have for each.
static int64_t bytesOfTurning(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  return int64_t(
      llvm::alignTo(uint64_t(2 * recordOf(sweep).bytes * schedule.stage), 16));
}

int64_t ThreadTile::turnedBytes(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  int64_t bytes = bytesOfTurning(sweep);
  for (const Traveller &traveller : travellersOf(sweep))
    bytes +=
        bytesOf(traveller.element) * schedule.lanes / warpSize * schedule.stage;
  return bytes;
}

Value ThreadTile::placeOfTurning(Value local) {
  Value chunk = times(divide(local, warpSize), warpSize);
  return add(local, chunk);
}

/// What a warp has for staged row `place`.
Value ThreadTile::sumsOf(const Traveller &traveller, Value warp, Value place) {
  auto sweep = traveller.fold->getParentOfType<ktile::SweepOp>();
  Value start = memory.address(
      shared, number(bytesOfTurning(sweep) + traveller.offset),
      builder.getI8Type());
  Value at = add(times(warp, grid.getSchedule().stage), place);
  return memory.address(start, at, traveller.element);
}

/// The value of the next lane of the warp, of the last one that of the first.
Value ThreadTile::fromNextLane(Value value) {
  Type type = value.getType(), i32 = builder.getI32Type();
  auto word = [&](int64_t n) -> Value {
    return arith::ConstantIntOp::create(builder, loc, i32, n);
  };
  if (type.getIntOrFloatBitWidth() == 32)
    return ofLane(builder, loc, value, nextLane);
  Type pair = VectorType::get(2, i32);
  Value words = LLVM::BitcastOp::create(builder, loc, pair, value);
  Value moved = words;
  for (int64_t k = 0; k < 2; ++k) {
    Value half = LLVM::ExtractElementOp::create(builder, loc, words, word(k));
    moved = LLVM::InsertElementOp::create(
        builder, loc, moved, ofLane(builder, loc, half, nextLane), word(k));
  }
  return LLVM::BitcastOp::create(builder, loc, type, moved);
}

/// Adds what the group at hand has to the sums that are here, one row j after the
/// other, and sends them on.
void ThreadTile::giveTurned(ktile::SweepOp op, Value) {
  auto sum = travelling.begin();
  for (auto &[fold, components] : turned.ofGroup)
    for (ArrayRef<Value> values : components) {
      for (Value value : values) {
        *sum = isa<FloatType>(value.getType()) ? threads.add(*sum, value)
                                               : threads.addInt(*sum, value);
        *sum = fromNextLane(*sum);
      }
      ++sum;
    }
  turned.ofGroup.clear();
}

/// The 32 staged rows from `chunk` (an i64), for both.
void ThreadTile::turnRows(ktile::SweepOp op, Value chunk,
                          ArrayRef<Traveller> travellers) {
  Type i32 = builder.getI32Type();
  // Where a record is read from, if its row is a shift away.
  const int64_t unit =
      llvm::isPowerOf2_64(uint64_t(staged->bytes)) ? staged->bytes : 1;
  auto word = [&](int64_t n) -> Value {
    return arith::ConstantIntOp::create(builder, loc, i32, n);
  };
  Value laneNumber = arith::AndIOp::create(builder, loc, thread,
                                           number(warpSize - 1));
  Value start = arith::TruncIOp::create(
      builder, loc, i32, times(add(times(chunk, 2), laneNumber), unit));
  ValueRange arguments = op.getBody().getArguments().drop_front();
  SmallVector<Value> carried = flatten(arguments);
  const size_t ofStates = carried.size();
  for (const Traveller &traveller : travellers)
    carried.push_back(arith::ConstantOp::create(
        builder, loc, builder.getZeroAttr(traveller.element)));
  auto loop = scf::ForOp::create(builder, loc, word(0), word(warpSize * unit),
                                 word(int64_t(op.getGroup()) * unit), carried);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    ValueRange inside = loop.getRegionIterArgs();
    unflatten(arguments, inside.take_front(ofStates));
    llvm::append_range(travelling, inside.drop_front(ofStates));
    Value at = arith::AddIOp::create(builder, loc, start,
                                     loop.getInductionVar());
    Value place = arith::DivUIOp::create(
        builder, loc,
        arith::ExtUIOp::create(builder, loc, builder.getI64Type(), at),
        number(unit), /*isExact=*/true);
    emitGroup(op, add(stagedFirst, place));
    carried = flatten(arguments);
    llvm::append_range(carried, travelling);
    scf::YieldOp::create(builder, loc, carried);
    travelling.clear();
  }
  unflatten(arguments, loop.getResults().take_front(ofStates));
  for (Value argument : arguments)
    closeBlock(stateOf(argument), /*gathers=*/true);
  Value warp = divide(thread, warpSize);
  for (auto [traveller, sum] :
       llvm::zip(travellers, loop.getResults().drop_front(ofStates)))
    memory.store(sum, sumsOf(traveller, warp, add(chunk, laneNumber)));
}

/// Folds what all warps have for the staged rows into their states.
void ThreadTile::foldTravelled(ktile::SweepOp op, Value count,
                               ArrayRef<Traveller> travellers) {
  for (int64_t k = 0; k < grid.getSchedule().stage; k += lanes) {
    Value local = add(thread, number(k));
    auto takes = scf::IfOp::create(builder, loc, isLess(local, count));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(takes.thenBlock());
    for (const Traveller &traveller : travellers)
      foldIntoPartial(threads, op, traveller.fold, traveller.component,
                      add(stagedFirst, local), [&] {
                        SmallVector<Value> sums;
                        for (int64_t w = 0; w < lanes / warpSize; ++w)
                          sums.push_back(memory.load(
                              traveller.element,
                              sumsOf(traveller, number(w), local)));
                        return sums;
                      });
  }
}

/// Rows j of whole tiles: a multiple of 32.
void ThreadTile::emitTurningRows(ktile::SweepOp op, Value from, Value to) {
  if (isRest(op))
    return;
  Record record = recordOf(op);
  SmallVector<Traveller> travellers = travellersOf(op);
  nextLane = arith::AndIOp::create(
      builder, loc,
      arith::AddIOp::create(builder, loc, threadNumber,
                            arith::ConstantIntOp::create(builder, loc, 1, 32)),
      arith::ConstantIntOp::create(builder, loc, warpSize - 1, 32));
  Value step = number(grid.getSchedule().stage);
  carryStates(op, from, to, step, [&](Value first) {
    Value count = min(step, subtract(to, first));
    staged = &record;
    stagedFirst = first;
    NVVM::Barrier0Op::create(builder, loc);
    stageRows(record, first, count);
    NVVM::Barrier0Op::create(builder, loc);
    carryStates(op, number(0), count, number(warpSize),
                [&](Value chunk) { turnRows(op, chunk, travellers); });
    closeGathered(op);
    NVVM::Barrier0Op::create(builder, loc);
    foldTravelled(op, count, travellers);
  });
  staged = nullptr;
}

} // namespace kdslc::nvptx
