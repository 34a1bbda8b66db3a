//===- TileSweep.cpp - sweeps and results of a tile -----------------------===//

#include "compiler/targets/emit/CarriedStates.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/emit/StateComponents.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc {

/// The state of no pair at all.
static bool isInitial(Value state) {
  return isa_and_nonnull<ktile::InitOp, ktile::BoundOp>(state.getDefiningOp());
}

void TileEmitter::reserveScratch() {
  grid.walk([&](ktile::LoadOp load) {
    if (!arrays.count(load.getRows()))
      arrays[load.getRows()] = memory.array(load.getRows());
    if (llvm::none_of(accesses,
                      [&](Access &access) { return access.isOf(load); }))
      accesses.push_back({load.getRows(),
                          llvm::to_vector<2>(load.getIndices()), Value(),
                          unsigned(accesses.size())});
  });
  grid.walk([&](ktile::GatherOp gather) {
    if (!arrays.count(gather.getRows()))
      arrays[gather.getRows()] = memory.array(gather.getRows());
  });
  reserveBuffers();
  reserveTurned();
  grid.walk([&](ktile::SweepOp sweep) {
    for (OpOperand &init : sweep.getInitsMutable()) {
      auto type = cast<ktile::StateType>(init.get().getType());
      if (!isInitial(init.get()) || isInRegisters(type))
        continue;
      stateBuffers[&init] = memory.takeScratch(scratchBytes(type));
    }
  });
}

//===----------------------------------------------------------------------===//
// Row numbers and results
//===----------------------------------------------------------------------===//

Value TileEmitter::numberOfSwept(Value place) {
  return add(memory.rowBase(/*reduced=*/true), place);
}

/// j as numbers, counted from the caller's base.
SpreadValue TileEmitter::sweptNumbers() {
  SpreadValue result;
  result.spread = Spread::Column;
  for (Value j : sweepRows.members)
    result.members.push_back(numberOfSwept(j));
  return result;
}

/// i or j as numbers, counted from the caller's base, or the point of a batch.
SpreadValue TileEmitter::rowNumbers(Value index) {
  if (isSweptRow(index))
    return sweptNumbers();
  if (!isTileRow(index))
    return spreadOf(index);
  SpreadValue result;
  result.spread = Spread::Row;
  Value first = add(memory.rowBase(/*reduced=*/false), tileRow);
  for (int64_t r = 0; r < rows; ++r)
    result.members.push_back(rowsFrom(first, r));
  return result;
}

void TileEmitter::emitPut(ktile::PutOp op) {
  Block &body = op.getBody().front();
  auto storeFeature = [&](Value place) {
    numbers[body.getArgument(0)].members = {place};
    numbers[body.getArgument(0)].spread = Spread::Uniform;
    emitBody(body);
    SpreadValue value = spreadOf(body.getTerminator()->getOperand(0));
    SmallVector<Value> values;
    for (int64_t r = 0; r < rows; ++r)
      values.push_back(lane.splat(value.at(r, 0, rows)));
    putFeature(op, place, values);
  };
  int64_t size = op.getSize();
  llvm::SaveAndRestore written(copies, size <= unroll ? size : 1);
  forEachFeature(size, storeFeature);
}

//===----------------------------------------------------------------------===//
// Sweeps
//===----------------------------------------------------------------------===//

/// The parts in registers of a state, in one order.
void TileEmitter::forEachRegister(StateValue &state,
                                  function_ref<void(Value &)> body) {
  for (RowState &row : state.shared)
    for (Value &part : row)
      body(part);
  for (auto &component : state.components)
    for (RowState &row : component)
      for (Value &part : row)
        body(part);
  for (Value &limit : state.limits)
    body(limit);
  if (state.left)
    body(state.left);
}

/// Those of some states, in one list for a loop to carry.
SmallVector<Value> TileEmitter::flatten(ValueRange stateValues) {
  SmallVector<Value> flat;
  for (Value value : stateValues)
    forEachRegister(stateOf(value), [&](Value &part) { flat.push_back(part); });
  return flat;
}

void TileEmitter::unflatten(ValueRange stateValues, ValueRange flat) {
  auto next = flat.begin();
  for (Value value : stateValues)
    forEachRegister(stateOf(value), [&](Value &part) { part = *next++; });
}

/// One group of rows j: the body, with the states that it leaves taken over by
/// the block arguments. It may be the body of a patch of the pairs after the other:
/// all rows i meet some rows j before the next ones.
void TileEmitter::emitGroup(ktile::SweepOp op, Value firstRow, int64_t step) {
  Block &body = op.getBody().front();
  auto emitFrom = [&](Value first) {
    SpreadValue index;
    index.spread = Spread::Column;
    for (unsigned g = 0; g < group; ++g)
      index.members.push_back(g == 0 ? first : add(first, number(g * step)));
    numbers[op.getRow()] = index;
    sweepRows = index;
    emitBody(body);
    for (auto [argument, yielded] :
         llvm::zip(body.getArguments().drop_front(),
                   body.getTerminator()->getOperands()))
      setState(argument, StateValue(stateOf(yielded)));
  };
  const kdsl::Schedule schedule = grid.getSchedule();
  const unsigned tall = unsigned(schedule.stepRows),
                 wide = std::min(unsigned(schedule.stepGroup), group);
  Value first = firstRow;
  if (tall == 0 || focus)
    emitFrom(first);
  else
    for (unsigned column = 0; column < group; column += wide) {
      const auto row = unsigned(rowOfStep);
      Patch at{row, std::min(tall, unsigned(rows) - row), column,
               std::min(wide, group - column)};
      llvm::SaveAndRestore some(focus, std::optional(Focus{at, allPairs()}));
      emitFrom(first);
      first = unshared(first);
    }
  giveTurned(op, firstRow);
}

void TileEmitter::carryStates(ktile::SweepOp op, Value from, Value to,
                              Value step, function_ref<void(Value)> body) {
  ValueRange arguments = op.getBody().getArguments().drop_front();
  auto loop =
      scf::ForOp::create(builder, loc, from, to, step, flatten(arguments));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    unflatten(arguments, loop.getRegionIterArgs());
    body(loop.getInductionVar());
    // A loop that carries nothing, since all states are in scratch, was made
    // with its end.
    if (SmallVector<Value> parts = flatten(arguments); !parts.empty())
      scf::YieldOp::create(builder, loc, parts);
  }
  unflatten(arguments, loop.getResults());
}

void TileEmitter::whereStates(ktile::SweepOp op, Value condition,
                              function_ref<void()> then,
                              function_ref<void()> otherwise) {
  CarriedStates states(*this, op);
  auto taking = [&](function_ref<void()> body) {
    return [&, body] { states.update(body); };
  };
  if (otherwise)
    lane.where(condition, states.addresses(), taking(then), taking(otherwise));
  else
    lane.where(condition, states.addresses(), taking(then));
  states.finish();
}

void TileEmitter::emitPairs(ktile::SweepOp op, std::optional<unsigned> r,
                            Value first, Value bits) {
  llvm::SaveAndRestore single(group, 1u);
  llvm::SaveAndRestore some(focus);
  llvm::SaveAndRestore atOnce(inBlocks, false);
  if (r)
    focus = Focus{{*r, 1, 0, 1}, allPairs()};
  forEachBit(op, bits, [&](Value place) { emitGroup(op, add(first, place)); });
}

void TileEmitter::forEachBit(ktile::SweepOp op, Value bits,
                             function_ref<void(Value)> body) {
  CarriedStates states(*this, op);
  forEachBit(bits, states.addresses(), [&](Value place) {
    states.update([&] { body(place); });
  });
  states.finish();
}

/// Takes the groups that the states of a sweep have left, if there are a few.
void TileEmitter::settle(ktile::SweepOp op, int64_t few) {
  for (Value argument : op.getBody().getArguments().drop_front()) {
    StateValue &state = stateOf(argument);
    if (!state.left)
      continue;
    Value enough = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sge, state.left, number(few));
    whereStates(op, enough, [&] {
      StateComponents components(*this, state, ktile::FoldOp());
      state.type.getInterface().takeLeft(lane, state.shared, components);
      state.left = number(0);
    });
  }
}

/// Whether a pair may have a predicate, so that what has none is folded behind
/// what has one.
static bool canBeMasked(ktile::SweepOp op) {
  return llvm::any_of(op.getBody().getOps<ktile::FoldOp>(),
                      [](ktile::FoldOp fold) { return bool(fold.getMask()); });
}

/// For the rows i that are met in step, one after the other; once for all, where all
/// are.
void TileEmitter::forEachStep(function_ref<void()> body) {
  const int64_t step = grid.getSchedule().stepRows;
  for (rowOfStep = 0; rowOfStep < rows; rowOfStep += step ? step : rows)
    body();
  rowOfStep = 0;
}

void TileEmitter::emitBlocks(ktile::SweepOp op, Value from, Value to,
                             Value base, bool gathers, int64_t unit) {
  auto count = [&](int64_t n) -> Value {
    return arith::ConstantIntOp::create(builder, loc, from.getType(), n * unit);
  };
  auto rowAt = [&](Value place) -> Value {
    if (!base)
      return place;
    Value wide =
        arith::ExtUIOp::create(builder, loc, builder.getI64Type(), place);
    return add(base, arith::DivUIOp::create(builder, loc, wide, number(unit),
                                            /*isExact=*/true));
  };
  Value block = count(op.getBlock());
  llvm::SaveAndRestore waiting(inBlocks, true);
  carryStates(op, from, to, block, [&](Value first) {
    Value end = min(add(first, block), to);
    turned.firstOfBlock = first;
    // The sums of some rows i are in registers until all rows j of the block are
    // met.
    auto sweepBlock = [&] {
      forEachStep([&] {
        Value begin = rowOfStep > 0 ? max(first, endOfStep()) : first;
        carryStates(op, begin, end, count(group),
                    [&](Value row) { emitGroup(op, rowAt(row)); });
      });
    };
    Value settled = isRest(op) || isComputedOnce() || isSettled
                        ? Value()
                        : settledFor(op, rowAt(first), rowAt(end));
    if (settled)
      whereStates(
          op, settled,
          [&] {
            llvm::SaveAndRestore plain(isSettled, true);
            sweepBlock();
          },
          sweepBlock);
    else
      sweepBlock();
    foldTurned(op, first, end);
    settle(op, canBeMasked(op) ? 1 : fewLeft());
    for (Value argument : op.getBody().getArguments().drop_front())
      closeBlock(stateOf(argument), gathers);
  });
  settle(op, 1);
}

/// What is left of a group are a few rows, the last ones of all: what gathers
/// them needs no closing.
bool isRest(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  return int64_t(sweep.getGroup()) < schedule.group && !sweep.getRanges();
}

/// Closes what was gathered of some blocks.
void TileEmitter::closeGathered(ktile::SweepOp op) {
  for (Value argument : op.getBody().getArguments().drop_front())
    if (StateValue &state = stateOf(argument);
        state.type.getInterface().gathersBlocks())
      closeBlock(state);
}

void TileEmitter::emitSweptRows(ktile::SweepOp op, Value from, Value to) {
  bool gathers = llvm::any_of(
      op.getInits().getTypes(), [](Type type) {
        return cast<ktile::StateType>(type).getInterface().gathersBlocks();
      });
  if (!gathers || isRest(op))
    return emitBlocks(op, from, to, /*base=*/{}, gathers);
  Value step = number(mostGathered * int64_t(op.getBlock()));
  carryStates(op, from, to, step, [&](Value first) {
    emitBlocks(op, first, min(add(first, step), to), /*base=*/{},
               /*gathers=*/true);
    closeGathered(op);
  });
}

/// The rows that some row of the tile needs, in whole groups from `from`: what
/// is too much there is masked.
void TileEmitter::limitToBand(ktile::SweepOp op, Value &from, Value &to) {
  if (op.getBand().empty())
    return;
  SmallVector<Value> band;
  for (Value limit : op.getBand())
    band.push_back(spreadOf(limit).members[0]);
  Value base = memory.rowBase(/*reduced=*/true);
  Value first = add(memory.rowBase(/*reduced=*/false), tileRow);
  Value end = add(first, number(tileRows()));
  Value begin = subtract(max(subtract(first, band[0]), band[2]), base);
  end = subtract(min(add(end, band[1]), band[3]), base);
  auto inGroups = [&](Value rowsFrom, int64_t round) {
    Value groups = arith::DivSIOp::create(
        builder, loc, add(rowsFrom, number(round)), number(op.getGroup()));
    return add(from, times(groups, op.getGroup()));
  };
  Value none = number(0);
  Value start = inGroups(max(subtract(begin, from), none), 0);
  Value stop = inGroups(max(subtract(end, from), none), op.getGroup() - 1);
  from = start;
  to = max(min(to, stop), from);
}

/// The first rows of those that are visited, in whole blocks.
void TileEmitter::limitToFirst(ktile::SweepOp op, Value from, Value &to) {
  if (!op.getFirst())
    return;
  Value count = max(subtract(to, from), number(0));
  Value blocks = divide(min(count, number(int64_t(*op.getFirst()))),
                        int64_t(op.getBlock()));
  Value enough =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, count,
                            number(int64_t(*op.getOf())));
  to = add(from, select(enough, times(blocks, op.getBlock()), number(0)));
}

/// All states of a sweep after its rows.
void TileEmitter::emitWholeSweep(ktile::SweepOp op) {
  unsigned outerGroup = std::exchange(group, unsigned(op.getGroup()));
  ValueRange arguments = op.getBody().getArguments().drop_front();
  for (auto [argument, init] : llvm::zip(arguments, op.getInitsMutable()))
    setState(argument,
             isInitial(init.get()) ? initialState(init)
                                   : StateValue(stateOf(init.get())));
  Value from = spreadOf(op.getFrom()).members[0];
  Value to = spreadOf(op.getTo()).members[0];
  limitToBand(op, from, to);
  limitToPart(from, to);
  limitToFirst(op, from, to);
  if (op.getRanges())
    emitRanges(op, from, to);
  else if (isHalved())
    emitHalvedRows(op, from, to);
  else
    emitSweptRows(op, from, to);
  for (auto [argument, result] : llvm::zip(arguments, op.getResults()))
    setState(result, StateValue(stateOf(argument)));
  group = outerGroup;
}

} // namespace kdslc
