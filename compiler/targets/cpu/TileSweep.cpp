//===- TileSweep.cpp - states, sweeps, rows in and out of a tile ----------===//

#include "compiler/targets/cpu/TileEmitter.h"
#include <numeric>

using namespace mlir;
using kdsl::PairValues;
using kdsl::RowGroup;
using kdsl::RowState;

namespace kdslc {

void TileEmitter::forLoop(Value from, Value to, int64_t step,
                          function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(builder, loc, from, to, memory.constant(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

//===----------------------------------------------------------------------===//
// Rows in and out
//===----------------------------------------------------------------------===//

void TileEmitter::reserveScratch() {
  grid.walk([&](ktile::LoadOp load) {
    Value row = load.getRow();
    bool ofTile =
        row && isa<ktile::GridOp>(row.getParentBlock()->getParentOp());
    if (!ofTile) {
      columnArrays.try_emplace(load.getRows(), memory.array(load.getRows()));
      return;
    }
    auto type = cast<kdsl::RowsType>(load.getRows().getType());
    if (!tileBuffers.count(load.getRows()))
      tileBuffers[load.getRows()] = memory.takeScratch(
          type.getWidth() * tileRows() * bytesOf(type.getElement()));
  });
  for (auto put : grid.getBody().getOps<ktile::PutOp>()) {
    auto type = cast<kdsl::RowsType>(grid.getResult(put.getResult()).getType());
    putBuffers[put] = memory.takeScratch(type.getWidth() * tileRows() *
                                         bytesOf(type.getElement()));
  }
  grid.walk([&](ktile::SweepOp sweep) {
    for (OpOperand &init : sweep.getInitsMutable()) {
      auto type = cast<ktile::StateType>(init.get().getType());
      if (!init.get().getDefiningOp<ktile::InitOp>() ||
          type.getWidth() <= unroll)
        continue;
      int64_t partBytes = 0;
      for (Type part : type.getInterface().getStateElements(type.getElements()))
        partBytes += bytesOf(part);
      stateBuffers[&init] =
          memory.takeScratch(type.getWidth() * tileRows() * partBytes);
    }
  });
}

/// buffer[feature][r] = row tile + r; rows past the last one repeat it, so that
/// every lane computes something valid.
void TileEmitter::gatherRows(const Memory::Array &array, Value buffer,
                             Value tile, Value count) {
  Value last = arith::SubIOp::create(builder, loc, count, memory.constant(1));
  forLoop(memory.constant(0), memory.constant(tileRows()), 1, [&](Value r) {
    Value inside = arith::MinSIOp::create(builder, loc, r, last);
    Value row = arith::AddIOp::create(builder, loc, tile, inside);
    Value from = memory.address(
        array.base, arith::MulIOp::create(builder, loc, row, array.stride),
        array.element);
    auto copy = [&](Value feature) {
      Value place = arith::AddIOp::create(
          builder, loc,
          arith::MulIOp::create(builder, loc, feature,
                                memory.constant(tileRows())),
          r);
      memory.store(
          memory.load(array.element,
                      memory.address(from, feature, array.element)),
          memory.address(buffer, place, array.element));
    };
    forLoop(memory.constant(0), memory.constant(array.width), 1, copy);
  });
}

/// row tile + r of the array = buffer[feature][r], for the valid rows.
void TileEmitter::scatterRows(const Memory::Array &array, Value buffer,
                              Value tile, Value count) {
  forLoop(memory.constant(0), count, 1, [&](Value r) {
    Value row = arith::AddIOp::create(builder, loc, tile, r);
    Value to = memory.address(
        array.base, arith::MulIOp::create(builder, loc, row, array.stride),
        array.element);
    forLoop(memory.constant(0), memory.constant(array.width), 1, [&](Value e) {
      Value place = arith::AddIOp::create(
          builder, loc,
          arith::MulIOp::create(builder, loc, e, memory.constant(tileRows())),
          r);
      memory.store(memory.load(array.element,
                               memory.address(buffer, place, array.element)),
                   memory.address(to, e, array.element));
    });
  });
}

/// i or j as numbers, counted from the caller's base.
SpreadValue TileEmitter::rowNumbers(bool reduced) {
  SpreadValue result;
  Value base = memory.rowBase(reduced);
  if (reduced) {
    result.spread = Spread::Column;
    for (Value j : sweepRows.members)
      result.members.push_back(arith::AddIOp::create(builder, loc, base, j));
    return result;
  }
  result.spread = Spread::Row;
  Value first = arith::AddIOp::create(builder, loc, base, tileRow);
  for (int64_t r = 0; r < rows; ++r) {
    SmallVector<int64_t> offsets(lanes);
    std::iota(offsets.begin(), offsets.end(), r * lanes);
    Value offset = arith::ConstantOp::create(
        builder, loc, builder.getI64VectorAttr(offsets));
    result.members.push_back(
        arith::AddIOp::create(builder, loc, asVector(first), offset));
  }
  return result;
}

void TileEmitter::emitPut(ktile::PutOp op) {
  Block &body = op.getBody().front();
  Value buffer = putBuffers.lookup(op);
  auto storeFeature = [&](Value place) {
    SpreadValue index;
    index.members = {place};
    numbers[body.getArgument(0)] = index;
    emitBody(body);
    SpreadValue value = spreadOf(body.getTerminator()->getOperand(0));
    Value first = arith::MulIOp::create(builder, loc, place,
                                        memory.constant(tileRows()));
    for (int64_t r = 0; r < rows; ++r) {
      Value vector = asVector(value.at(r, 0, rows));
      Type element = kdsl::laneElement(vector);
      Value at = arith::AddIOp::create(builder, loc, first,
                                       memory.constant(r * lanes));
      memory.store(vector, memory.address(buffer, at, element),
                   vectorAlignment(element));
    }
  };
  int64_t size = op.getSize();
  if (size <= unroll)
    for (int64_t e = 0; e < size; ++e)
      storeFeature(memory.constant(e));
  else
    forLoop(memory.constant(0), memory.constant(size), 1, storeFeature);
}

void TileEmitter::emitTile(Value tile, Value count) {
  tileRow = tile;
  for (auto [rowsRead, buffer] : tileBuffers)
    gatherRows(memory.array(rowsRead), buffer, tile, count);
  // Loads of the tile's rows go here, in front of everything that follows.
  auto anchor = arith::ConstantIntOp::create(builder, loc, 0, 64);
  OpBuilder::InsertionGuard guard(builder);
  tileStart = OpBuilder::InsertPoint(anchor->getBlock(),
                                     Block::iterator(anchor));
  builder.setInsertionPointAfter(anchor);
  group = 1;
  emitBody(grid.getBody().front());
  for (auto put : grid.getBody().getOps<ktile::PutOp>())
    for (const Memory::Array &array :
         memory.destinations(grid.getResult(put.getResult())))
      scatterRows(array, putBuffers.lookup(put), tile, count);
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

TileEmitter::StateValue TileEmitter::initState(ktile::StateType type,
                                               Value buffer) {
  StateValue state;
  state.type = type;
  state.memory = buffer;
  VectorLanes vectors = lanesOf();
  RowState one = RowState(type.getInterface().init(vectors, type.getElements()));
  SmallVector<RowState> component(rows, one);
  if (!buffer) {
    state.components.assign(type.getWidth(), component);
    return state;
  }
  forEachStored(state, [&](Value, MutableArrayRef<RowState> parts) {
    for (RowState &row : parts)
      row = one;
  });
  return state;
}

/// Loads, changes and stores each component of a state in scratch.
void TileEmitter::forEachStored(
    const StateValue &state,
    function_ref<void(Value, MutableArrayRef<RowState>)> body) {
  forLoop(memory.constant(0), memory.constant(state.type.getWidth()), 1,
          [&](Value component) {
            SmallVector<RowState> parts = loadState(state, component);
            body(component, parts);
            storeState(state, component, parts);
          });
}

/// The parts of one component in scratch, [component][part][row of vectors]:
/// for each its element type, its address, and whose part it is.
void TileEmitter::forEachPart(
    const StateValue &state, Value component,
    function_ref<void(Type element, Value address, unsigned part, int64_t row)>
        body) {
  SmallVector<Type> parts =
      state.type.getInterface().getStateElements(state.type.getElements());
  int64_t componentBytes = 0;
  for (Type part : parts)
    componentBytes += tileRows() * bytesOf(part);
  Type byte = builder.getI8Type();
  Value base = memory.address(
      state.memory,
      arith::MulIOp::create(builder, loc, component,
                            memory.constant(componentBytes)),
      byte);
  int64_t offset = 0;
  for (auto [part, element] : llvm::enumerate(parts))
    for (int64_t r = 0; r < rows; ++r) {
      body(element, memory.address(base, memory.constant(offset), byte),
           unsigned(part), r);
      offset += lanes * bytesOf(element);
    }
}

SmallVector<RowState> TileEmitter::loadState(const StateValue &state,
                                             Value component) {
  SmallVector<RowState> states(rows);
  forEachPart(state, component,
              [&](Type element, Value address, unsigned, int64_t r) {
                states[r].push_back(
                    memory.load(VectorType::get(lanes, element), address,
                                vectorAlignment(element)));
              });
  return states;
}

void TileEmitter::storeState(const StateValue &state, Value component,
                             ArrayRef<RowState> states) {
  forEachPart(state, component,
              [&](Type element, Value address, unsigned part, int64_t r) {
                memory.store(states[r][part], address,
                             vectorAlignment(element));
              });
}

void TileEmitter::closeBlock(StateValue &state) {
  auto reduction = state.type.getInterface();
  auto close = [&](MutableArrayRef<RowState> parts) {
    VectorLanes vectors = lanesOf();
    for (RowState &row : parts)
      reduction.closeBlock(vectors, row);
  };
  if (state.memory)
    forEachStored(state, [&](Value, MutableArrayRef<RowState> parts) {
      close(parts);
    });
  for (auto &component : state.components)
    close(component);
}

void TileEmitter::foldComponent(ktile::FoldOp op, const StateValue &state,
                                Value component,
                                MutableArrayRef<RowState> parts) {
  Block &body = op.getBody().front();
  SpreadValue index;
  index.members = {component};
  numbers[body.getArgument(0)] = index;
  emitBody(body);
  auto reduction = state.type.getInterface();
  SpreadValue rowNumber;
  if (reduction.getIndexType())
    rowNumber = rowNumbers(/*reduced=*/true);
  VectorLanes vectors = lanesOf();
  std::vector<RowGroup> groups(rows);
  for (int64_t r = 0; r < rows; ++r)
    for (unsigned g = 0; g < group; ++g) {
      PairValues pair;
      for (Value value : body.getTerminator()->getOperands())
        pair.values.push_back(asVector(spreadOf(value).at(r, g, rows)));
      if (op.getMask())
        pair.mask = asVector(spreadOf(op.getMask()).at(r, g, rows));
      if (IntegerType type = reduction.getIndexType()) {
        Value number = rowNumber.at(r, g, rows);
        if (type.getWidth() < 64)
          number = arith::TruncIOp::create(builder, loc, type, number);
        pair.index = asVector(number);
      }
      groups[r].push_back(pair);
    }
  reduction.foldGroup(vectors, parts, groups);
}

void TileEmitter::emitFold(ktile::FoldOp op) {
  StateValue state = states.find(op.getState())->second;
  if (state.memory)
    forEachStored(state, [&](Value e, MutableArrayRef<RowState> parts) {
      foldComponent(op, state, e, parts);
    });
  for (auto [e, component] : llvm::enumerate(state.components))
    foldComponent(op, state, memory.constant(int64_t(e)), component);
  states[op] = state;
}

void TileEmitter::emitFinish(ktile::FinishOp op) {
  StateValue &state = states.find(op.getState())->second;
  Value component = op.getComponent() ? spreadOf(op.getComponent()).members[0]
                                      : memory.constant(0);
  SmallVector<RowState> parts;
  if (state.memory) {
    parts = loadState(state, component);
  } else {
    APInt known(64, 0);
    if (auto constant = component.getDefiningOp<arith::ConstantIntOp>())
      known = APInt(64, constant.value());
    parts = state.components[known.getZExtValue()];
  }
  VectorLanes vectors = lanesOf();
  SpreadValue result;
  result.spread = Spread::Row;
  for (RowState &row : parts)
    result.members.push_back(
        state.type.getInterface().finish(vectors, row, op.getProjection()));
  numbers[op] = result;
}

//===----------------------------------------------------------------------===//
// Sweeps
//===----------------------------------------------------------------------===//

/// The parts in registers of some states, in one list for a loop to carry.
SmallVector<Value> TileEmitter::flatten(ArrayRef<Value> stateValues) {
  SmallVector<Value> flat;
  for (Value value : stateValues)
    for (auto &component : states.find(value)->second.components)
      for (RowState &row : component)
        flat.append(row.begin(), row.end());
  return flat;
}

void TileEmitter::unflatten(ArrayRef<Value> stateValues, ValueRange flat) {
  auto next = flat.begin();
  for (Value value : stateValues)
    for (auto &component : states.find(value)->second.components)
      for (RowState &row : component)
        for (Value &part : row)
          part = *next++;
}

/// One group of rows j: the body, with the states that it leaves taken over by
/// the block arguments.
void TileEmitter::emitGroup(ktile::SweepOp op, Value firstRow) {
  SpreadValue index;
  index.spread = Spread::Column;
  for (unsigned g = 0; g < group; ++g)
    index.members.push_back(
        g == 0 ? firstRow
               : Value(arith::AddIOp::create(builder, loc, firstRow,
                                             memory.constant(g))));
  numbers[op.getRow()] = index;
  sweepRows = index;
  Block &body = op.getBody().front();
  emitBody(body);
  for (auto [argument, yielded] : llvm::zip(
           body.getArguments().drop_front(), body.getTerminator()->getOperands()))
    states[argument] = StateValue(states.find(yielded)->second);
}

void TileEmitter::emitSweep(ktile::SweepOp op) {
  // A loop that carries nothing, since all states are in scratch, was made with
  // its end.
  auto yieldParts = [&](ArrayRef<Value> parts) {
    if (!parts.empty())
      scf::YieldOp::create(builder, loc, parts);
  };
  unsigned outerGroup = std::exchange(group, unsigned(op.getGroup()));
  Block &body = op.getBody().front();
  SmallVector<Value> arguments(body.getArguments().drop_front());
  for (auto [argument, init] : llvm::zip(arguments, op.getInitsMutable()))
    states[argument] =
        init.get().getDefiningOp<ktile::InitOp>()
            ? initState(cast<ktile::StateType>(init.get().getType()),
                        stateBuffers.lookup(&init))
            : StateValue(states.find(init.get())->second);
  Value from = spreadOf(op.getFrom()).members[0];
  Value to = spreadOf(op.getTo()).members[0];
  Value block = memory.constant(op.getBlock());

  auto outer = scf::ForOp::create(builder, loc, from, to, block,
                                  flatten(arguments));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(outer.getBody());
    unflatten(arguments, outer.getRegionIterArgs());
    Value first = outer.getInductionVar();
    Value end = arith::MinSIOp::create(
        builder, loc, arith::AddIOp::create(builder, loc, first, block), to);
    auto inner = scf::ForOp::create(builder, loc, first, end,
                                    memory.constant(op.getGroup()),
                                    flatten(arguments));
    {
      OpBuilder::InsertionGuard innerGuard(builder);
      builder.setInsertionPointToStart(inner.getBody());
      unflatten(arguments, inner.getRegionIterArgs());
      emitGroup(op, inner.getInductionVar());
      yieldParts(flatten(arguments));
    }
    unflatten(arguments, inner.getResults());
    for (Value argument : arguments)
      closeBlock(states.find(argument)->second);
    yieldParts(flatten(arguments));
  }
  unflatten(arguments, outer.getResults());
  for (auto [argument, result] : llvm::zip(arguments, op.getResults()))
    states[result] = StateValue(states.find(argument)->second);
  group = outerGroup;
}

} // namespace kdslc
