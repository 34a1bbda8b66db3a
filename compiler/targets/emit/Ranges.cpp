//===- Ranges.cpp - block-sparse sets of pairs ----------------------------===//
//
// The rows i of a tile lie in some consecutive blocks. Of each, the slices of
// rows j are swept one after another, and only the rows of the block take part.
// Whether a set holds a pair is looked up in the same blocks.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/TileEmitter.h"

using namespace mlir;

namespace kdslc {

/// numbers[place] of an array of i64.
Value TileEmitter::elementAt(Value numbers, Value place) {
  Type i64 = builder.getI64Type();
  return memory.load(i64, memory.address(numbers, place, i64));
}

/// numbers[place - 1], the begin of what ends at numbers[place]; 0 for the first.
Value TileEmitter::elementBefore(Value numbers, Value place) {
  Value isFirst = isEqual(place, number(0));
  Value before = max(subtract(place, number(1)), number(0));
  return select(isFirst, number(0), elementAt(numbers, before));
}

/// The place of the first of `count` ascending numbers that is above `than`;
/// `count` if there is none.
Value TileEmitter::firstAbove(Value numbers, Value count, Value than) {
  Type i64 = builder.getI64Type();
  auto search = scf::WhileOp::create(builder, loc, TypeRange{i64, i64},
                                     ValueRange{number(0), count});
  OpBuilder::InsertionGuard guard(builder);
  Block *condition = builder.createBlock(&search.getBefore(), {}, {i64, i64},
                                         {loc, loc});
  Value isOpen = isLess(condition->getArgument(0), condition->getArgument(1));
  scf::ConditionOp::create(builder, loc, isOpen, condition->getArguments());
  Block *body = builder.createBlock(&search.getAfter(), {}, {i64, i64},
                                    {loc, loc});
  Value low = body->getArgument(0), high = body->getArgument(1);
  Value middle = divide(add(low, high), 2);
  Value isAbove = arith::CmpIOp::create(builder, loc,
                                        arith::CmpIPredicate::sgt,
                                        elementAt(numbers, middle), than);
  low = select(isAbove, low, add(middle, number(1)));
  high = select(isAbove, middle, high);
  scf::YieldOp::create(builder, loc, ValueRange{low, high});
  return search.getResult(0);
}

/// For each lane value of rows, the lanes whose row is in begin..end.
SmallVector<Value> TileEmitter::rowsWithin(Value begin, Value end) {
  SmallVector<Value> masks;
  for (int64_t r = 0; r < rows; ++r) {
    Value row = rowsFrom(tileRow, r);
    auto compare = [&](arith::CmpIPredicate predicate, Value limit) {
      return lane.compareInt(predicate, row, lane.splat(limit));
    };
    masks.push_back(lane.both(compare(arith::CmpIPredicate::sge, begin),
                              compare(arith::CmpIPredicate::slt, end)));
  }
  return masks;
}

/// Full groups and a remainder.
void TileEmitter::emitSlice(ktile::SweepOp op, Value from, Value to) {
  Value middle = subtract(to, rest(subtract(to, from), int64_t(op.getGroup())));
  emitSweptRows(op, from, middle);
  if (op.getGroup() == 1)
    return;
  group = 1;
  emitSweptRows(op, middle, to);
  group = unsigned(op.getGroup());
}

void TileEmitter::emitRanges(ktile::SweepOp op, Value from, Value to) {
  Memory::Ranges ranges = memory.ranges(op.getRanges());
  Value last = add(tileRow, number(tileRows() - 1));
  Value begin = firstAbove(ranges.rowEnd, ranges.blocks, tileRow);
  Value end = min(add(firstAbove(ranges.rowEnd, ranges.blocks, last), number(1)),
                  ranges.blocks);
  carryStates(op, begin, end, number(1), [&](Value block) {
    rowMask = rowsWithin(elementBefore(ranges.rowEnd, block),
                         elementAt(ranges.rowEnd, block));
    carryStates(op, elementBefore(ranges.sliceEnd, block),
                elementAt(ranges.sliceEnd, block), number(1),
                [&](Value slice) {
                  Value first = max(elementAt(ranges.jBegin, slice), from);
                  Value behind = min(elementAt(ranges.jEnd, slice), to);
                  emitSlice(op, first, max(behind, first));
                });
  });
  rowMask.clear();
}

/// An index, or the number of a row that was found, as it counts the rows of an
/// array.
SpreadValue TileEmitter::placesOf(Value index) {
  SpreadValue places;
  if (index.getType().isInteger(64)) {
    places = spreadOf(index);
    Value shift = subtract(number(0), memory.rowBase(/*reduced=*/true));
    if (isLaneSpread(places.spread))
      shift = lane.splat(shift);
    for (Value &place : places.members)
      place = lane.addInt(place, shift);
    return places;
  }
  if (isSweptRow(index)) {
    places = sweepRows;
    places.spread = Spread::Column;
  } else if (isTileRow(index)) {
    places.spread = Spread::Row;
    for (int64_t r = 0; r < rows; ++r)
      places.members.push_back(rowsFrom(tileRow, r));
  } else {
    return spreadOf(index);
  }
  return focus ? narrowed(places) : places;
}

SpreadValue TileEmitter::emitContains(kdsl::ContainsOp op) {
  Memory::Ranges ranges = memory.ranges(op.getRanges());
  SpreadValue own = placesOf(op.getKept()), other = placesOf(op.getReduced()),
              result;
  result.spread = join(own.spread, other.spread);
  bool isLane = isLaneSpread(result.spread), ofTile = isLaneSpread(own.spread);
  auto [members, columns] = membersAtHand(result.spread);
  unsigned atHand = members; // a binding is not captured
  auto isBetween = [&](Value place, Value begin, Value end) {
    auto compare = [&](arith::CmpIPredicate predicate, Value limit) {
      return lane.compareInt(predicate, isLane ? lane.splat(place) : place,
                             isLane ? lane.splat(limit) : limit);
    };
    return lane.both(compare(arith::CmpIPredicate::sge, begin),
                     compare(arith::CmpIPredicate::slt, end));
  };
  auto loopOver = [&](Value begin, Value end, SmallVector<Value> held,
                      function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    auto loop =
        scf::ForOp::create(builder, loc, begin, end, number(1), held);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(
        builder, loc, body(loop.getInductionVar(), loop.getRegionIterArgs()));
    return SmallVector<Value>(loop.getResults());
  };
  Value no = arith::ConstantIntOp::create(builder, loc, 0, 1);
  for (unsigned g = 0; g < columns; ++g) {
    // The block of a row that is at hand, or those of the tile's rows.
    Value first = ofTile ? tileRow : own.at(0, g, rowsAtHand());
    Value last = ofTile ? add(tileRow, number(tileRows() - 1)) : first;
    Value begin = firstAbove(ranges.rowEnd, ranges.blocks, first);
    Value end =
        min(add(ofTile ? firstAbove(ranges.rowEnd, ranges.blocks, last) : begin,
                number(1)),
            ranges.blocks);
    SmallVector<Value> none(atHand, isLane ? lane.splat(no) : no);
    llvm::append_range(result.members, loopOver(begin, end, none, [&](
        Value block, ValueRange inBlocks) {
      Value low = elementBefore(ranges.rowEnd, block),
            high = elementAt(ranges.rowEnd, block);
      return loopOver(elementBefore(ranges.sliceEnd, block),
                      elementAt(ranges.sliceEnd, block), inBlocks,
                      [&](Value slice, ValueRange held) {
        Value from = elementAt(ranges.jBegin, slice),
              to = elementAt(ranges.jEnd, slice);
        SmallVector<Value> next;
        for (unsigned r = 0; r < atHand; ++r) {
          Value inside = isBetween(other.at(r, g, rowsAtHand()), from, to);
          if (ofTile)
            inside = lane.both(
                inside, isBetween(own.at(r, g, rowsAtHand()), low, high));
          next.push_back(lane.either(held[r], inside));
        }
        return next;
      });
    }));
  }
  return result;
}

} // namespace kdslc
