//===- Waiting.cpp - values that wait for a list in memory ----------------===//
//
// A long list takes a value at the same cost for one lane as for all of them.
// So what passes its threshold waits, lane by lane, until a lane has no room
// left; then the list takes the first of every lane, the second of every lane,
// and so on. In scratch, behind the components of the state:
//
//   slot[0] .. slot[wait - 1]   as components
//   outbox                      a component that is being left
//   count[row]                  slots taken, i64
//   fullest[row of vectors]     the largest count of its lanes
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/StateComponents.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc {

/// How many values wait for each row; 0: none.
int64_t TileEmitter::slotsOf(ktile::StateType type) {
  return type.getInterface().mayWait() ? grid.getSchedule().wait : 0;
}

int64_t TileEmitter::componentBytes(ktile::StateType type) {
  int64_t bytes = 0;
  for (Type part : type.getInterface().getStateElements(type.getElements()))
    bytes += partBytes(part);
  return bytes;
}

/// Components and what lies behind them as such.
int64_t TileEmitter::placesOf(ktile::StateType type) {
  int64_t slots = slotsOf(type);
  return type.getWidth() + (slots == 0 ? 0 : slots + 1);
}

/// Of a state in scratch, with what waits for it.
int64_t TileEmitter::scratchBytes(ktile::StateType type) {
  return placesOf(type) * componentBytes(type) +
         (slotsOf(type) == 0 ? 0 : 2 * partBytes(builder.getI64Type()));
}

/// The address of a lane value of counts, or of the largest of them.
Value TileEmitter::waitingCount(const StateValue &state, unsigned r,
                                bool fullest) {
  Type i64 = builder.getI64Type();
  int64_t offset = placesOf(state.type) * componentBytes(state.type) +
                   (fullest ? partBytes(i64) : 0) + r * lanes * bytesOf(i64);
  return laneAddress(
      memory.address(state.memory, number(offset), builder.getI8Type()), i64);
}

void TileEmitter::nothingWaits(const StateValue &state, unsigned r) {
  Type i64 = builder.getI64Type();
  memory.store(lane.integer(i64, 0), waitingCount(state, r, /*fullest=*/false),
               laneAlignment(i64));
  memory.store(number(0), waitingCount(state, r, /*fullest=*/true));
}

/// Takes what waits, at the end of a sweep.
void TileEmitter::settle(StateValue &state) {
  if (!canWait(state))
    return;
  StateComponents components(*this, state, ktile::FoldOp());
  state.type.getInterface().settleShared(lane, state.shared, components);
}

void TileEmitter::StateComponents::leave(unsigned r, ArrayRef<Value> parts,
                                         Value mask) {
  r += tile.firstRowAtHand(); // of the tile
  Memory &memory = tile.memory;
  Type i64 = tile.builder.getI64Type();
  const int64_t width = state.type.getWidth();
  Value outbox = tile.number(width + tile.slotsOf(state.type));
  auto forEachPart = [&](Value component, auto body) {
    tile.forEachPart(state, component,
                     [&](Type element, Value address, unsigned part,
                         int64_t row) {
                       if (row == r)
                         body(element, address, part);
                     });
  };
  forEachPart(outbox, [&](Type element, Value address, unsigned part) {
    memory.store(parts[part], address, tile.laneAlignment(element));
  });
  Value counts = tile.waitingCount(state, r, /*fullest=*/false);
  Value fullest = tile.waitingCount(state, r, /*fullest=*/true);
  tile.forEachLane(mask, [&](Value lane) {
    Value countAt = memory.address(counts, lane, i64);
    Value count = memory.load(i64, countAt);
    Value slot = tile.add(tile.number(width), count);
    SmallVector<Value> from;
    forEachPart(outbox, [&](Type element, Value address, unsigned) {
      from.push_back(memory.address(address, lane, element));
    });
    forEachPart(slot, [&](Type element, Value address, unsigned part) {
      memory.copy(element, from[part], memory.address(address, lane, element));
    });
    count = tile.add(count, tile.number(1));
    memory.store(count, countAt);
    memory.store(tile.max(count, memory.load(i64, fullest)), fullest);
  });
}

void TileEmitter::StateComponents::settle(
    unsigned r, bool all, Carried carried,
    function_ref<void(ArrayRef<Value>, Value)> take) {
  r += tile.firstRowAtHand();
  Memory &memory = tile.memory;
  Type i64 = tile.builder.getI64Type();
  // The largest count that leaves room for a group.
  int64_t most =
      all ? 0 : tile.slotsOf(state.type) - tile.grid.getSchedule().group;
  Value fullest =
      memory.load(i64, tile.waitingCount(state, r, /*fullest=*/true));
  Value full = arith::CmpIOp::create(tile.builder, tile.loc,
                                     arith::CmpIPredicate::sgt, fullest,
                                     tile.number(most));
  tile.lane.where(full, withRegisters(carried), [&] {
    Value counts = memory.load(tile.lane.lane(i64),
                               tile.waitingCount(state, r, /*fullest=*/false),
                               tile.laneAlignment(i64));
    loop(tile.number(0), fullest, carried, [&](Value slot) {
      Value component = tile.add(slot, tile.number(state.type.getWidth()));
      RowState parts = tile.loadState(state, component)[r];
      take(parts, tile.lane.compareInt(arith::CmpIPredicate::sgt, counts,
                                       tile.lane.splat(slot)));
    });
    tile.nothingWaits(state, r);
  });
}

} // namespace kdslc
