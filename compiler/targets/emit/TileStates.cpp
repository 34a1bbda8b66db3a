//===- TileStates.cpp - states of a tile in registers and scratch ---------===//

#include "compiler/targets/emit/StateComponents.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using kdsl::PairValues;
using kdsl::RowGroup;
using kdsl::RowState;

namespace kdslc {

TileEmitter::StateValue TileEmitter::initState(ktile::StateType type,
                                               Value buffer) {
  StateValue state;
  state.type = type;
  state.memory = buffer;
  auto reduction = type.getInterface();
  if (reduction.getNumShared() > 0)
    state.shared.assign(
        rows, RowState(reduction.initShared(lane, type.getElements())));
  RowState one = RowState(reduction.init(lane, type.getElements()));
  SmallVector<RowState> component(rows, one);
  if (!buffer) {
    state.components.assign(type.getWidth(), component);
    return state;
  }
  if (liesByRow(state)) {
    clearByRow(state, one);
    return state;
  }
  forEachComponent(state, [&](Value, MutableArrayRef<RowState> parts) {
    for (RowState &row : parts)
      row = one;
  });
  return state;
}

/// That of an `init` or a `bound`.
TileEmitter::StateValue TileEmitter::initialState(OpOperand &init) {
  auto type = cast<ktile::StateType>(init.get().getType());
  StateValue state = initState(type, bufferOf(init));
  if (liesByRow(state))
    state.left = number(0);
  auto bounded = init.get().getDefiningOp<ktile::BoundOp>();
  if (!bounded)
    return state;
  StateValue &bound = stateOf(bounded.getBound());
  SmallVector<RowState> last =
      bound.memory ? loadState(bound, number(bound.type.getWidth() - 1))
                   : bound.components.back();
  for (auto [row, parts] : llvm::zip(state.shared, last))
    row = RowState(
        type.getInterface().initBounded(lane, type.getElements(), parts));
  return state;
}

/// Changes each component of a state; in scratch, it is loaded and stored. What lies
/// by row is only read.
void TileEmitter::forEachComponent(
    StateValue &state,
    function_ref<void(Value, MutableArrayRef<RowState>)> body) {
  for (auto [e, component] : llvm::enumerate(state.components))
    body(number(int64_t(e)), component);
  if (!state.memory)
    return;
  scf::ForOp loop = forLoop(number(0), number(state.type.getWidth()), 1,
                            [&](Value component) {
                              SmallVector<RowState> parts =
                                  loadState(state, component);
                              body(component, parts);
                              if (!liesByRow(state))
                                storeState(state, component, parts);
                            });
  shapeLoop(loop);
}

/// Scratch of one part for a whole tile; every part begins at a multiple of 64
/// bytes, whatever the sizes of the others are.
int64_t TileEmitter::partBytes(Type element) {
  return int64_t(llvm::alignTo(uint64_t(tileRows() * bytesOf(element)), 64));
}

int64_t TileEmitter::scratchBytes(ktile::StateType type) {
  if (liesByRow(type))
    return bytesByRow(type);
  int64_t bytes = 0;
  for (Type part : type.getInterface().getStateElements(type.getElements()))
    bytes += type.getWidth() * partBytes(part);
  return bytes;
}

/// Scratch has [part][component][row]: a fold reads and writes one part of each
/// component, which lie close together so.
Value TileEmitter::partAddress(const StateValue &state, unsigned part,
                               Value component) {
  SmallVector<Type> parts =
      state.type.getInterface().getStateElements(state.type.getElements());
  int64_t offset = 0;
  for (Type before : ArrayRef(parts).take_front(part))
    offset += state.type.getWidth() * partBytes(before);
  Type byte = builder.getI8Type();
  Value base = memory.address(
      state.memory, times(component, partBytes(parts[part])), byte);
  return memory.address(base, number(offset), byte);
}

/// The parts of one component in scratch, of all rows: for each its element type,
/// its address, and whose part it is.
void TileEmitter::forEachPart(
    const StateValue &state, Value component,
    function_ref<void(Type element, Value address, unsigned part, int64_t row)>
        body) {
  SmallVector<Type> parts =
      state.type.getInterface().getStateElements(state.type.getElements());
  for (auto [part, element] : llvm::enumerate(parts)) {
    Value first = partAddress(state, unsigned(part), component);
    for (int64_t r = 0; r < rows; ++r) {
      Value address = memory.address(first, number(r * lanes), element);
      body(element, laneAddress(address, element), unsigned(part), r);
    }
  }
}

SmallVector<RowState> TileEmitter::loadState(const StateValue &state,
                                             Value component) {
  if (liesByRow(state))
    return loadByRow(state, component);
  SmallVector<RowState> states(rows);
  forEachPart(state, component,
              [&](Type element, Value address, unsigned, int64_t r) {
                states[r].push_back(memory.load(lane.lane(element), address,
                                                laneAlignment(element)));
              });
  return states;
}

void TileEmitter::storeState(const StateValue &state, Value component,
                             ArrayRef<RowState> states) {
  forEachPart(state, component,
              [&](Type element, Value address, unsigned part, int64_t r) {
                memory.store(states[r][part], address, laneAlignment(element));
              });
}

void TileEmitter::closeBlock(StateValue &state, bool gathers) {
  auto reduction = state.type.getInterface();
  if (!reduction.hasBlocks())
    return;
  if (gathers && reduction.gathersBlocks()) {
    if (!state.shared.empty())
      reduction.gatherShared(lane, state.shared);
    if (state.isCollected)
      return;
    forEachComponent(state, [&](Value, MutableArrayRef<RowState> parts) {
      for (RowState &row : parts)
        reduction.gatherBlock(lane, row);
    });
    return;
  }
  if (!state.shared.empty()) {
    StateComponents components(*this, state, ktile::FoldOp());
    reduction.closeShared(lane, state.shared, components);
  }
  if (!state.isCollected)
    closeComponents(state);
}

void TileEmitter::closeComponents(StateValue &state) {
  auto reduction = state.type.getInterface();
  forEachComponent(state, [&](Value, MutableArrayRef<RowState> parts) {
    for (RowState &row : parts)
      reduction.closeBlock(lane, row);
  });
}

/// What each row meets in a group: some values of the fold's body, with the
/// pair's predicate and number where they are asked for.
std::vector<RowGroup> TileEmitter::pairsOf(ktile::FoldOp op,
                                           ValueRange values) {
  auto reduction = op.getState().getType().getInterface();
  SpreadValue rowNumber;
  if (reduction.getIndexType())
    rowNumber = sweptNumbers();
  const auto [row, tall, column, wide] = atHand();
  std::vector<RowGroup> groups(tall);
  for (unsigned r = 0; r < tall; ++r)
    for (unsigned g = 0; g < wide; ++g) {
      PairValues pair;
      for (Value value : values)
        pair.values.push_back(lane.splat(spreadOf(value).at(r, g, tall)));
      if (op.getMask() && !isSettled)
        pair.mask = lane.splat(spreadOf(op.getMask()).at(r, g, tall));
      if (!rowMask.empty()) {
        Value member = rowMask[row + r];
        pair.mask = pair.mask ? lane.both(pair.mask, member) : member;
      }
      if (IntegerType type = reduction.getIndexType()) {
        Value number = rowNumber.members[column + g];
        if (type.getWidth() < 64)
          number = arith::TruncIOp::create(builder, loc, type, number);
        pair.index = lane.splat(number);
      }
      groups[r].push_back(pair);
    }
  return groups;
}

void TileEmitter::foldComponent(ktile::FoldOp op, const StateValue &state,
                                Value component,
                                MutableArrayRef<RowState> parts) {
  Block &body = op.getBody().front();
  SpreadValue index;
  index.members = {component};
  numbers[body.getArgument(0)] = index;
  emitBody(body);
  state.type.getInterface().foldGroup(
      lane, parts.slice(firstRowAtHand(), rowsAtHand()),
      pairsOf(op, body.getTerminator()->getOperands()));
}

void TileEmitter::emitFold(ktile::FoldOp op) {
  StateValue state = states.find(op.getState())->second;
  llvm::SaveAndRestore written(
      copies, std::max<int64_t>(1, int64_t(state.components.size())));
  auto reduction = state.type.getInterface();
  if (unsigned shared = reduction.getNumShared()) {
    StateComponents components(*this, state, op);
    Operation *yield = op.getBody().front().getTerminator();
    reduction.foldShared(lane,
                         MutableArrayRef(state.shared)
                             .slice(firstRowAtHand(), rowsAtHand()),
                         pairsOf(op, yield->getOperands().take_front(shared)),
                         components);
  } else if (collects(op)) {
    collect(weightsOf(op));
  } else {
    forEachComponent(state, [&](Value e, MutableArrayRef<RowState> parts) {
      foldComponent(op, state, e, parts);
    });
  }
  states[op] = state;
  if (turned.servesBoth)
    collectTurned(op);
}

Value TileEmitter::thresholdOf(const StateValue &state, unsigned r) {
  return state.type.getInterface().getThreshold(
      lane, state.shared.empty() ? state.components.front()[r]
                                 : state.shared[r]);
}

/// One component of several; in a loop over features, one of all.
SmallVector<RowState>
TileEmitter::componentInRegisters(const StateValue &state, Value component) {
  if (auto constant = component.getDefiningOp<arith::ConstantIntOp>())
    return state.components[size_t(constant.value())];
  SmallVector<RowState> parts = state.components.front();
  for (size_t c = 1; c < state.components.size(); ++c) {
    Value here = isEqual(component, number(int64_t(c)));
    for (auto [row, other] : llvm::zip(parts, state.components[c]))
      for (auto [part, value] : llvm::zip(row, other))
        part = select(here, value, part);
  }
  return parts;
}

void TileEmitter::emitFinish(ktile::FinishOp op) {
  StateValue &state = states.find(op.getState())->second;
  Value component = op.getComponent() ? spreadOf(op.getComponent()).members[0]
                                      : number(0);
  SmallVector<RowState> parts;
  if (state.type.getInterface().isShared(op.getProjection())) {
    parts.resize(rows);
  } else if (state.memory) {
    parts = loadState(state, component);
  } else {
    parts = componentInRegisters(state, component);
  }
  SpreadValue result;
  result.spread = Spread::Row;
  for (auto [r, row] : llvm::enumerate(parts)) {
    if (!state.shared.empty())
      row.insert(row.begin(), state.shared[r].begin(), state.shared[r].end());
    result.members.push_back(
        state.type.getInterface().finish(lane, row, op.getProjection()));
  }
  numbers[op] = result;
}

} // namespace kdslc
