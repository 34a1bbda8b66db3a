//===- StateComponents.cpp - all components of a state, for its reduction -===//

#include "compiler/targets/emit/StateComponents.h"

using namespace mlir;
using kdsl::RowGroup;
using kdsl::RowState;

namespace kdslc {

/// What a loop or a branch hands on: `carried`, and the parts in registers.
SmallVector<Value *>
TileEmitter::StateComponents::withRegisters(Carried carried) {
  SmallVector<Value *> all(carried);
  for (auto &component : state.components)
    for (RowState &row : component)
      for (Value &part : row)
        all.push_back(&part);
  return all;
}

void TileEmitter::StateComponents::forEach(
    Carried carried,
    function_ref<void(Value, MutableArrayRef<RowState>)> body) {
  // Of the rows i that are folded.
  auto atHand = [&](Value component, MutableArrayRef<RowState> parts) {
    body(component, parts.slice(tile.firstRowAtHand(), tile.rowsAtHand()));
  };
  if (!state.memory)
    return tile.forEachComponent(state, atHand);
  loop(state.type.getWidth(), carried, [&](Value component) {
    SmallVector<RowState> parts = tile.loadState(state, component);
    atHand(component, parts);
    tile.storeState(state, component, parts);
  });
}

bool TileEmitter::StateComponents::canLeave(ArrayRef<RowGroup> groups) {
  return tile.inBlocks && state.left &&
         llvm::all_of(groups, [](const RowGroup &group) {
           return llvm::all_of(group, [](const kdsl::PairValues &pair) {
             return !pair.mask;
           });
         });
}

std::vector<RowGroup>
TileEmitter::StateComponents::valuesOf(Value component) {
  Block &body = fold.getBody().front();
  SpreadValue index;
  index.members = {component};
  tile.numbers[body.getArgument(0)] = index;
  tile.emitBody(body);
  return tile.pairsOf(fold, body.getTerminator()->getOperands().drop_front(
                                state.type.getInterface().getNumShared()));
}

void TileEmitter::StateComponents::loop(int64_t count, Carried carried,
                                        function_ref<void(Value)> body) {
  loop(tile.number(0), tile.number(count), carried, body);
}

void TileEmitter::StateComponents::loop(Value from, Value to, Carried carried,
                                        function_ref<void(Value)> body) {
  tile.shapeLoop(tile.forLoop(from, to, withRegisters(carried), body));
}

void TileEmitter::StateComponents::whereAny(Value mask, Carried carried,
                                            function_ref<void()> then,
                                            function_ref<void()> otherwise) {
  tile.lane.whereAny(mask, withRegisters(carried), then, otherwise);
}

} // namespace kdslc
