//===- Halved.cpp - sweeps in which each two rows meet once ---------------===//
//
// A tile sweeps over its own rows as usual, and then over the rows behind it with
// what each pair gives to row j as well: summed over the rows i of the tile, left
// for all lanes until a block of rows j is done, and then, summed over lanes, folded
// into the states of these rows in memory. Where a schedule has steps, a few vectors
// of rows i meet the whole block before the next ones: their sums are in registers
// meanwhile, those of the rows j wait for all vectors, and only the rows of one step
// meet each other both ways. On the CPU a part takes every
// so-many-th tile, so that all parts have about the same work, and has a state for
// each row: of its tiles as rows i, and of the rows behind them. What a part is on
// a GPU is told in ThreadRing.cpp. The merge of all parts is that of split sweeps
// (Partials.cpp).
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/TileEmitter.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc {

void TileEmitter::emitPart() {
  parts.turned = parts.number;
  clearPartials();
  auto tiles = scf::ForOp::create(builder, loc, parts.number, tileCount(),
                                  parts.count);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(tiles.getBody());
  emitTileNumber(tiles.getInductionVar());
}

/// The states of no pair, for all rows.
void TileEmitter::clearPartials() {
  batchNumber = number(0);
  for (const PartialLayout::Word &word : partials.getWords()) {
    const PartialLayout::Family &family =
        partials.getFamilies()[word.family];
    Value nothing = family.type.getInterface().init(
        lane, family.type.getElements())[word.part];
    Value array = partialArray(word, parts.number, /*component=*/{});
    forLoop(number(0), times(allRows, family.width), lanes, [&](Value place) {
      memory.store(nothing, memory.address(array, place, word.element),
                   laneAlignment(word.element));
    });
  }
}

/// Among themselves the tile's rows meet each pair both ways, behind them once.
TileEmitter::MetRows TileEmitter::rowsToMeet(Value from, Value to) {
  Value begin = min(max(tileRow, from), to);
  Value end = min(max(add(tileRow, number(tileRows())), from), to);
  return {begin, end, end, to};
}

/// The row i behind those at hand where rows are met step by step.
Value TileEmitter::endOfStep() {
  const int64_t end =
      std::min(rowOfStep + grid.getSchedule().stepRows, rows) * lanes;
  return add(tileRow, number(end));
}

/// The same for the rows of each step: those behind it may be of its own tile.
void TileEmitter::emitHalvedSteps(ktile::SweepOp op, Value from, Value to) {
  auto within = [&](Value row) { return min(max(row, from), to); };
  Value begin = tileRow;
  forEachStep([&] {
    carryStates(op, within(begin), within(endOfStep()), number(group),
                [&](Value row) { emitGroup(op, row); });
    begin = endOfStep();
  });
  for (Value argument : op.getBody().getArguments().drop_front())
    closeBlock(stateOf(argument));
  llvm::SaveAndRestore both(turned.servesBoth, true);
  llvm::SaveAndRestore plain(isSettled, true);
  emitSweptRows(op, within(endOfStep()), to);
}

void TileEmitter::emitHalvedRows(ktile::SweepOp op, Value from, Value to) {
  if (grid.getSchedule().stepRows > 0)
    return emitHalvedSteps(op, from, to);
  MetRows met = rowsToMeet(from, to);
  emitSweptRows(op, met.plainFrom, met.plainTo);
  // They are rows of other tiles: of no pair i and j are equal.
  llvm::SaveAndRestore both(turned.servesBoth, true);
  llvm::SaveAndRestore plain(isSettled, true);
  emitSweptRows(op, met.bothFrom, met.bothTo);
}

/// What the pairs at hand give to the rows j, summed over the lane values.
void TileEmitter::collectTurned(ktile::FoldOp op) {
  Block &body = op.getTurned().front();
  int64_t width = op.getState().getType().getWidth();
  Type element = TurnedSums::elementOf(op.getState().getType());
  auto &sums = turned.ofGroup[op];
  sums.resize(size_t(width));
  for (int64_t e = 0; e < width; ++e) {
    numbers[body.getArgument(0)].members = {number(e)};
    numbers[body.getArgument(0)].spread = Spread::Uniform;
    emitBody(body);
    SpreadValue value = spreadOf(body.getTerminator()->getOperand(0));
    SmallVector<Value> &columns = sums[size_t(e)];
    columns.resize(group);
    const auto [row, tall, column, wide] = atHand();
    for (unsigned r = 0; r < tall; ++r)
      for (unsigned g = 0; g < wide; ++g) {
        Value term = lane.splat(value.at(r, g, tall));
        if (kdsl::laneElement(term).isInteger(1))
          term = lane.select(term, lane.integer(element, 1),
                             lane.integer(element, 0));
        Value &sum = columns[column + g];
        if (!sum && rowOfStep > 0)
          sum = memory.load(term.getType(),
                            placeOfTurned(turned.buffers[op][size_t(e)],
                                          firstSweptRow(), column + g, element),
                            laneAlignment(element));
        sum = !sum ? term
              : isa<FloatType>(kdsl::laneElement(term))
                  ? lane.addContract(sum, term)
                  : lane.addInt(sum, term);
      }
  }
}

void TileEmitter::reserveTurned() {
  if (!isHalved())
    return;
  grid.walk([&](ktile::FoldOp fold) {
    auto sweep = fold->getParentOfType<ktile::SweepOp>();
    ktile::StateType type = fold.getState().getType();
    int64_t bytes = int64_t(sweep.getBlock()) * lanes *
                    bytesOf(TurnedSums::elementOf(type));
    for (int64_t e = 0; e < int64_t(type.getWidth()); ++e)
      turned.buffers[fold].push_back(memory.takeScratch(bytes));
  });
}

Value TileEmitter::placeOfTurned(Value buffer, Value row, unsigned g,
                                 Type element) {
  Value place = add(subtract(row, turned.firstOfBlock), number(g));
  return memory.address(buffer, times(place, lanes), element);
}

/// Side by side, for all lanes: their sums, and what these go through, would wait
/// for themselves at the end of each group.
void TileEmitter::giveTurned(ktile::SweepOp op, Value firstRow) {
  for (auto &[fold, components] : turned.ofGroup)
    for (auto [buffer, values] : llvm::zip(turned.buffers[fold], components))
      for (auto [g, value] : llvm::enumerate(values)) {
        Type element = kdsl::laneElement(value);
        memory.store(value, placeOfTurned(buffer, firstRow, unsigned(g), element),
                     laneAlignment(element));
      }
  turned.ofGroup.clear();
}

/// As one value of each row j: their sum over the tile. As many at once as there are
/// lanes, which takes the fewest shuffles.
void TileEmitter::foldTurned(ktile::SweepOp op, Value from, Value to) {
  if (!turned.servesBoth)
    return;
  if (lanes > group && !isRest(op)) {
    Value whole = subtract(to, rest(subtract(to, from), lanes));
    foldTurnedRows(op, from, whole, unsigned(lanes));
    from = whole;
  }
  foldTurnedRows(op, from, to, group);
}

/// \param count  so many at once.
void TileEmitter::foldTurnedRows(ktile::SweepOp op, Value from, Value to,
                                 unsigned count) {
  llvm::SaveAndRestore atOnce(group, count);
  std::unique_ptr<TileLanes> columns = columnLanes();
  forLoop(from, to, group, [&](Value row) {
    for (auto fold : op.getBody().getOps<ktile::FoldOp>()) {
      Type element = TurnedSums::elementOf(fold.getState().getType());
      ArrayRef<Value> buffers = turned.buffers[fold];
      for (size_t e = 0; e < buffers.size(); ++e)
        foldIntoPartial(*columns, op, fold, int64_t(e), row, [&] {
          SmallVector<Value> values;
          for (unsigned g = 0; g < group; ++g)
            values.push_back(memory.load(
                lane.lane(element), placeOfTurned(buffers[e], row, g, element),
                laneAlignment(element)));
          return SmallVector<Value>{sumOverLanes(values)};
        });
    }
  });
}

/// What `then` takes from the states of a part, if there are some.
SmallVector<Value>
TileEmitter::continued(ArrayRef<Value> otherwise,
                       function_ref<SmallVector<Value>()> then) {
  if (!parts.continues)
    return then();
  auto branch =
      scf::IfOp::create(builder, loc, ValueRange(otherwise).getTypes(),
                        parts.continues, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(builder, loc, then());
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc, otherwise);
  return SmallVector<Value>(branch.getResults());
}

/// In halved sweeps the rows of a tile may have met some before.
void TileEmitter::continueStates(unsigned family, Value component,
                                 MutableArrayRef<RowState> states) {
  auto flat = [](ArrayRef<RowState> rows) {
    SmallVector<Value> words;
    for (const RowState &row : rows)
      llvm::append_range(words, row);
    return words;
  };
  SmallVector<Value> words = continued(flat(states), [&] {
    SmallVector<RowState> sums = partialOf(family, parts.number, component);
    auto reduction = partials.getFamilies()[family].type.getInterface();
    for (auto [sum, row] : llvm::zip(sums, states))
      reduction.merge(lane, sum, row);
    return flat(sums);
  });
  auto next = words.begin();
  for (RowState &row : states)
    for (Value &word : row)
      word = *next++;
}

/// Each term is a sum over some rows of the tile, of few terms: a block of its
/// own.
void TileEmitter::foldIntoPartial(TileLanes &columns, ktile::SweepOp op,
                                  Operation *fold, int64_t e, Value firstRow,
                                  function_ref<SmallVector<Value>()> terms) {
  Operation *yield = op.getBody().front().getTerminator();
  auto state = llvm::find(yield->getOperands(), fold->getResult(0));
  auto [family, first] =
      partials.placeOf(unsigned(state - yield->operand_begin()));
  ktile::StateType type = partials.getFamilies()[family].type;
  auto reduction = type.getInterface();
  SmallVector<std::pair<unsigned, Value>> places;
  forEachPartial(family, parts.turned, number(first + e), firstRow,
                 [&](Type, unsigned word, size_t, Value address) {
                   places.push_back({word, address});
                 });
  RowState nothing(reduction.init(columns, type.getElements()));
  RowState row(continued(nothing, [&] {
    SmallVector<Value> words(nothing.begin(), nothing.end());
    for (auto [word, address] : places) {
      Type element = kdsl::laneElement(nothing[word]);
      words[word] = memory.load(columns.lane(element), address,
                                unsigned(bytesOf(element)));
    }
    return words;
  }));
  for (Value term : terms()) {
    kdsl::PairValues value;
    value.values = {term};
    kdsl::RowGroup pairs{value};
    reduction.foldGroup(columns, row, pairs);
    reduction.closeBlock(columns, row);
  }
  for (auto [word, address] : places)
    memory.store(row[word], address,
                 unsigned(bytesOf(kdsl::laneElement(row[word]))));
}

} // namespace kdslc
