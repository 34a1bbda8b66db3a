//===- VectorOrder.cpp - a tile meets the nearest cells of rows j ---------===//
//
// Rows i and j are given in an order of space (kdsl_row_order), so that those of a
// tile and those of a cell lie in small boxes. A box that is as far from the tile
// as its rows have seen, or farther, holds nothing that could change a state. How
// far they have seen is known best from what is near, so cells are visited in
// rounds, the first of them those whose boxes meet the tile's: mostly there is one
// more, with all that is within reach then.
//
// How far boxes and rows are apart is told by the bits of the square of a float, as
// integers, which are in the same order while it is not negative. Let
// u = 2^-24 and D features. A gap g_d = fl(low_d - x_d) errs by u of itself, as a
// difference fl(y_d - x_d) of a row of the box does, which is not less: rounding
// keeps order. The squares are added up in any order, so that each sum is within
// (D + 1) u of the exact one, or, where it underflows, within D + 1 of the least
// steps. So the distance of each row of the box, as computed, is at least the
// square of the gap less 2 D + 8 steps.
//
// Rows with equal distances are told apart by their numbers, so that states are
// those of rows j one after the other (see kdsl::Lanes::areRowsInOrder).
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "compiler/targets/emit/CarriedStates.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using Predicate = arith::CmpIPredicate;

namespace kdslc::cpu {

/// As bits: what is farther than every number; no cell at all.
static constexpr int64_t infinite = 0x7f800000, nowhere = 0x7fffffff;
/// Cells of a group.
static constexpr int64_t cellsOfGroup = 16;

int64_t VectorTile::numbersOfRecord(int64_t features) {
  return std::max<int64_t>(4, int64_t(llvm::PowerOf2Ceil(uint64_t(features + 1))));
}

std::optional<ktile::SquaredDistance> VectorTile::orderedIn(ktile::GridOp grid) {
  std::optional<ktile::SquaredDistance> found;
  grid.walk([&](ktile::SweepOp sweep) {
    if (sweep.getOrdered())
      found = ktile::foldedDistance(sweep, /*mayBeMasked=*/true);
  });
  return found;
}

/// The members of the order, once for all tiles.
void VectorTile::readOrder() {
  order->distance = *orderedIn(grid);
  order->record = numbersOfRecord(order->distance.features);
  auto member = [&](int64_t number, Type type) -> Value {
    return LLVM::LoadOp::create(builder, loc, type,
                                memory.offsetBy(order->address, 8 * number), 8);
  };
  Type pointer = order->address.getType();
  order->kept = member(0, pointer);
  order->reduced = member(1, pointer);
  order->cells = member(2, pointer);
  order->groups = member(3, pointer);
  order->stride = member(4, builder.getI64Type());
}

//===----------------------------------------------------------------------===//
// Numbers of rows
//===----------------------------------------------------------------------===//

/// The row at a place of an order, an i64.
Value VectorTile::numberIn(Value records, Value place) {
  Type i32 = builder.getI32Type();
  Value at = add(times(place, order->record), number(order->record - 1));
  Value row = memory.load(i32, memory.address(records, at, i32));
  return arith::ExtUIOp::create(builder, loc, builder.getI64Type(), row);
}

/// The row of the tile at a place.
Value VectorTile::rowAt(Value place) {
  return order ? numberIn(order->kept, place) : place;
}

Value VectorTile::numberOfSwept(Value place) {
  return TileEmitter::numberOfSwept(order ? numberIn(order->reduced, place)
                                          : place);
}

/// Of lane value `r`, i64s.
Value VectorTile::rowsInOrder(int64_t r) {
  Type i32 = builder.getI32Type();
  Value at = add(times(add(firstRow, number(r * lanes)), order->record),
                 number(order->record - 1));
  Value rows = loadPicked(memory.address(order->kept, at, i32),
                          multiplesOf(order->record, lanes), i32);
  return arith::ExtUIOp::create(builder, loc, vectors.lane(builder.getI64Type()),
                                rows);
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

/// The least and the largest number of each feature of the tile.
VectorTile::Box VectorTile::boxOfTile() {
  Box box;
  for (int64_t d = 0; d < order->distance.features; ++d) {
    Value low, high;
    for (int64_t r = 0; r < rows; ++r) {
      Value numbers = loadTileRow(order->distance.ofTile, r, number(d));
      low = low ? vectors.minAny(low, numbers) : numbers;
      high = high ? vectors.maxAny(high, numbers) : numbers;
    }
    box.low.push_back(vectors.splat(vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::MINIMUMF, low)));
    box.high.push_back(vectors.splat(vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::MAXIMUMF, high)));
  }
  return box;
}

/// How far boxes are apart at least: not above what rows of both have as their
/// distance, as bits.
Value VectorTile::apart(const Box &a, const Box &b) {
  Type f32 = builder.getF32Type(), i32 = builder.getI32Type();
  Value zero = vectors.constant(f32, 0), sum;
  for (size_t d = 0; d < a.low.size(); ++d) {
    Value gap = vectors.maxAny(vectors.maxAny(vectors.sub(a.low[d], b.high[d]),
                                              vectors.sub(b.low[d], a.high[d])),
                               zero);
    sum = sum ? vectors.addProduct(sum, gap, gap) : vectors.mul(gap, gap);
  }
  const int64_t steps = 2 * int64_t(a.low.size()) + 8;
  Value less = vectors.addInt(vectors.bitcast(sum, i32),
                              vectors.integer(i32, -steps));
  return vectors.maxInt(less, vectors.integer(i32, 0));
}

/// The boxes of cells, or of groups of them, that lie `stride` apart by feature and
/// side: at one place for all lanes, or from `first` on one in each lane.
VectorTile::Box VectorTile::boxesAt(Value bounds, Value stride, Value first,
                                    bool forAll) {
  Type f32 = builder.getF32Type();
  auto load = [&](int64_t line) {
    Value at = memory.address(bounds, add(times(stride, line), first), f32);
    return forAll ? vectors.splat(memory.load(f32, at))
                  : memory.load(vectors.lane(f32), at, laneAlignment(f32));
  };
  Box boxes;
  for (int64_t d = 0; d < order->distance.features; ++d) {
    boxes.low.push_back(load(2 * d));
    boxes.high.push_back(load(2 * d + 1));
  }
  return boxes;
}

/// How far a box is from as many as there are lanes, from `first` on; `nowhere`
/// where there is none.
Value VectorTile::apartFrom(const Box &box, Value bounds, Value stride,
                            Value first) {
  const Box boxes = boxesAt(bounds, stride, first, /*forAll=*/false);
  Value isThere = vectors.compare(kdsl::Lanes::CmpF::OLE, boxes.low.front(),
                                  boxes.high.front());
  return vectors.select(isThere, apart(boxes, box),
                        vectors.integer(builder.getI32Type(), nowhere));
}

/// How far the rows of the tile have seen: what is farther changes no state. As
/// bits, of the rows of lane value `r`; those of NaN are beyond all.
Value VectorTile::reachOf(const StateValue &state, unsigned r) {
  return vectors.bitcast(thresholdOf(state, r), builder.getI32Type());
}

/// The farthest of them, an i32 that is `infinite` at most.
Value VectorTile::reach(const StateValue &state) {
  Value farthest;
  for (unsigned r = 0; r < unsigned(rows); ++r) {
    Value own = reachOf(state, r);
    farthest = farthest ? vectors.maxInt(farthest, own) : own;
  }
  return min(vector::ReductionOp::create(builder, loc,
                                         vector::CombiningKind::MAXSI, farthest),
             word(infinite));
}

//===----------------------------------------------------------------------===//
// Sweeps
//===----------------------------------------------------------------------===//

/// Sweeps a cell if it is near enough to some row of the tile.
void VectorTile::visitCell(ktile::SweepOp op, Value cell, Value to) {
  StateValue &state = stateOf(op.getBody().getArgument(1));
  const Box box = boxesAt(order->cells, order->stride, cell, /*forAll=*/true);
  Value isNear;
  for (int64_t r = 0; r < rows; ++r) {
    Box own;
    for (int64_t d = 0; d < order->distance.features; ++d)
      own.low.push_back(loadTileRow(order->distance.ofTile, r, number(d)));
    own.high = own.low;
    Value one = vectors.compareInt(Predicate::sle, apart(box, own),
                                   reachOf(state, unsigned(r)));
    isNear = isNear ? vectors.either(isNear, one) : one;
  }
  whereStates(op, vectors.any(isNear), [&] {
    const int64_t rowsOfCell = grid.getSchedule().cells;
    Value from = times(cell, rowsOfCell);
    emitBlocks(op, from, min(add(from, number(rowsOfCell)), to));
  });
}

/// Visits the cells that are farther than `reached`, up to `limit`, by groups of
/// them. `nearest`: beyond that, in some lane.
void VectorTile::visitCells(ktile::SweepOp op, const Box &box, Value reached,
                            Value limit, Value &nearest, Value to) {
  auto within = [&] {
    return vectors.splat(min(limit, reach(stateOf(op.getBody().getArgument(1)))));
  };
  auto note = [&](Value apart) {
    Value isBeyond =
        vectors.compareInt(Predicate::sgt, apart, vectors.splat(limit));
    nearest = vectors.select(isBeyond, vectors.minInt(nearest, apart), nearest);
  };
  auto forSome = [&](Value count, function_ref<void(Value first)> body) {
    CarriedStates states(*this, op, &nearest);
    keepLoop(forLoop(number(0), count, states.addresses(), [&](Value k) {
      states.update([&] { body(times(k, lanes)); });
    }));
    states.finish();
  };
  auto forEach = [&](Value mask, function_ref<void(Value place)> body) {
    CarriedStates states(*this, op, &nearest);
    forEachBit(asBits(mask, builder.getI32Type()), states.addresses(),
               [&](Value place) { states.update([&] { body(place); }); });
    states.finish();
  };
  Value groups = divide(order->stride, cellsOfGroup);
  forSome(divide(groups, lanes), [&](Value first) {
    Value ofGroups = apartFrom(box, order->groups, groups, first);
    note(ofGroups);
    forEach(vectors.compareInt(Predicate::sle, ofGroups, within()),
            [&](Value place) {
      Value firstCell = times(add(first, place), cellsOfGroup);
      forSome(number(cellsOfGroup / lanes), [&](Value some) {
        Value cell = add(firstCell, some);
        Value ofCells = apartFrom(box, order->cells, order->stride, cell);
        note(ofCells);
        Value isNear = vectors.both(
            vectors.compareInt(Predicate::sgt, ofCells, vectors.splat(reached)),
            vectors.compareInt(Predicate::sle, ofCells, within()));
        forEach(isNear, [&](Value one) { visitCell(op, add(cell, one), to); });
      });
    });
  });
}

/// The rows j before `to`, in whole groups, that are near enough.
void VectorTile::emitNearCells(ktile::SweepOp op, Value to) {
  Type i32 = builder.getI32Type();
  const Box box = boxOfTile();
  StateValue &state = stateOf(op.getBody().getArgument(1));
  // What was visited, and what comes next.
  Value reached = word(-1), next = word(0);
  CarriedStates states(*this, op, {&reached, &next});
  auto isNear = [&] {
    Value near;
    states.update([&] {
      near = arith::CmpIOp::create(builder, loc, Predicate::sle, next, reach(state));
    });
    return near;
  };
  auto visit = [&] {
    // Twice as far as the nearest, while some row has not seen enough.
    Value seen = reach(state);
    constexpr int64_t twice = 2 << 23; // of the distance, not its square
    Value farther = add(min(next, word(infinite - twice)), word(twice));
    Value limit = select(isEqual(seen, word(infinite)), farther, seen);
    Value nearest = vectors.integer(i32, nowhere);
    visitCells(op, box, reached, limit, nearest, to);
    reached = limit;
    next = vector::ReductionOp::create(builder, loc, vector::CombiningKind::MINSI,
                                       nearest);
  };
  whileLoop(states.addresses(), isNear, [&] { states.update(visit); });
  states.finish();
}

/// The number of the first of as many cells as a bound takes that are together and
/// near the middle of the tile.
Value VectorTile::nearestCell(const Box &box) {
  Type f32 = builder.getF32Type(), i32 = builder.getI32Type();
  Box middle;
  for (auto [low, high] : llvm::zip(box.low, box.high)) {
    Value half = vectors.constant(f32, 0.5);
    middle.low.push_back(
        vectors.add(vectors.mul(low, half), vectors.mul(high, half)));
  }
  middle.high = middle.low;
  // Of `count` boxes from `first` on the nearest one.
  auto nearestOf = [&](Value bounds, Value stride, Value first, Value count) {
    Value nearest = vectors.integer(i32, nowhere), at = vectors.integer(i32, 0);
    forLoop(number(0), divide(count, lanes), {&nearest, &at}, [&](Value k) {
      Value some = add(first, times(k, lanes));
      Value apart = apartFrom(middle, bounds, stride, some);
      Value isNearer = vectors.compareInt(Predicate::slt, apart, nearest);
      nearest = vectors.select(isNearer, apart, nearest);
      Value place = arith::TruncIOp::create(builder, loc, i32, some);
      at = vectors.select(isNearer, vectors.splat(place), at);
    });
    Value least = vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::MINSI, nearest);
    Value bits = asBits(
        vectors.compareInt(Predicate::eq, nearest, vectors.splat(least)),
        builder.getI32Type());
    Value lane = LLVM::CountTrailingZerosOp::create(builder, loc, i32, bits,
                                                    /*is_zero_poison=*/true);
    Value place = vector::ExtractOp::create(
        builder, loc, at,
        OpFoldResult(arith::IndexCastOp::create(builder, loc,
                                                builder.getIndexType(), lane)));
    return Value(arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                        add(place, lane)));
  };
  Value groups = divide(order->stride, cellsOfGroup);
  Value group = nearestOf(order->groups, groups, number(0), groups);
  return nearestOf(order->cells, order->stride, times(group, cellsOfGroup),
                   number(cellsOfGroup));
}

/// Bounds a list by the best values of blocks of near rows j. What is nearest stands
/// side by side, so that the rows of a block are taken from far apart: the last of as
/// many as the list has places is hardly above the last one of all these rows then.
void VectorTile::emitBound(ktile::SweepOp op, Value to) {
  constexpr int64_t blocksOfPlace = 2, groupsOfBlock = 4;
  const int64_t places = cast<ktile::StateType>(op.getResultTypes()[0]).getWidth(),
                blocks = int64_t(llvm::PowerOf2Ceil(uint64_t(blocksOfPlace * places))),
                window = blocks * groupsOfBlock * columnsOfGroup();
  Value cell = nearestCell(boxOfTile());
  // A subtree of the order, if it is whole.
  Value near = times(cell, grid.getSchedule().cells);
  Value first = min(subtract(near, rest(near, window)), subtract(to, number(window)));
  Value count = select(isLess(first, number(0)), number(0), number(blocks));
  carryStates(op, number(0), count, number(1), [&](Value block) {
    for (int64_t k = 0; k < groupsOfBlock; ++k)
      emitGroup(op, add(add(first, block), number(k * columnsOfGroup() * blocks)), blocks);
    closeBlock(stateOf(op.getBody().getArgument(1)));
  });
}

void VectorTile::emitSweptRows(ktile::SweepOp op, Value from, Value to) {
  if (op.getFiltered())
    return emitFiltered(op, from, to);
  if (!order)
    return TileEmitter::emitSweptRows(op, from, to);
  if (op.getFirst())
    return emitBound(op, spreadOf(op.getTo()).members[0]);
  if (isRest(op))
    TileEmitter::emitSweptRows(op, from, to);
  else
    emitNearCells(op, to);
  if (StateValue &state = stateOf(op.getBody().getArgument(1));
      liesByRow(state) && takesSteps(state.type))
    mergeAll(state);
}

} // namespace kdslc::cpu
