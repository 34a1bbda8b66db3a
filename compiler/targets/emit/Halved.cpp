//===- Halved.cpp - sweeps in which each two rows meet once ---------------===//
//
// A tile sweeps over its own rows as usual, and then over the rows behind it with
// what each pair gives to row j as well: summed over the rows i of the tile, and
// folded into the state of row j in memory. A part takes every so-many-th tile, so
// that all parts have about the same work, and has a state for each row: of its
// tiles as rows i, and of the rows behind them. The merge of all parts is that of
// split sweeps (Partials.cpp).
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/TileEmitter.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc {

void TileEmitter::emitPart() {
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

/// The rows j from..to that the tile's own rows meet: among themselves each pair
/// both ways, behind them once.
void TileEmitter::emitHalvedRows(ktile::SweepOp op, Value from, Value to) {
  Value begin = min(max(tileRow, from), to);
  Value end = min(max(add(tileRow, number(tileRows())), from), to);
  emitSweptRows(op, begin, end);
  llvm::SaveAndRestore both(servesBoth, true);
  emitSweptRows(op, end, to);
}

/// Formulas without feature loops are emitted for one lane value of rows i after
/// the other: all at once would not fit the registers.
bool TileEmitter::emitsByRow(ktile::SweepOp op) {
  if (!isHalved() || rows == 1)
    return false;
  bool hasLoops = false;
  op.getBody().walk([&](ktile::ContractOp contract) {
    hasLoops |= int64_t(contract.getSize()) > unroll;
  });
  return !hasLoops;
}

/// What the pairs at hand give to the rows j, summed over the lane values.
void TileEmitter::collectTurned(ktile::FoldOp op) {
  Block &body = op.getTurned().front();
  int64_t width = op.getState().getType().getWidth();
  auto &sums = turnedSums[op];
  sums.resize(size_t(width));
  for (int64_t e = 0; e < width; ++e) {
    numbers[body.getArgument(0)].members = {number(e)};
    numbers[body.getArgument(0)].spread = Spread::Uniform;
    emitBody(body);
    SpreadValue value = spreadOf(body.getTerminator()->getOperand(0));
    SmallVector<Value> &columns = sums[size_t(e)];
    columns.resize(group);
    for (unsigned r = 0; r < rowsAtHand(); ++r)
      for (unsigned g = 0; g < group; ++g) {
        Value term = lane.splat(value.at(r, g, rowsAtHand()));
        columns[g] = !columns[g] ? term
                     : isa<FloatType>(kdsl::laneElement(term))
                         ? lane.addContract(columns[g], term)
                         : lane.addInt(columns[g], term);
      }
  }
}

/// Folds it into the states of the rows j, as one value of each. A sum over the
/// rows of a tile is one over few terms, so each is a block of its own.
void TileEmitter::foldTurned(ktile::SweepOp op, Value firstRow) {
  if (turnedSums.empty())
    return;
  std::unique_ptr<TileLanes> columns = columnLanes();
  Operation *yield = op.getBody().front().getTerminator();
  for (auto &[fold, components] : turnedSums) {
    auto state = llvm::find(yield->getOperands(), fold->getResult(0));
    auto [family, first] =
        partials.placeOf(unsigned(state - yield->operand_begin()));
    ktile::StateType type = partials.getFamilies()[family].type;
    for (auto [e, values] : llvm::enumerate(components)) {
      Value component = number(first + int64_t(e));
      RowState parts(type.getInterface().init(*columns, type.getElements()));
      SmallVector<std::pair<unsigned, Value>> places;
      forEachPartial(family, this->parts.number, component, firstRow,
                     [&](Type element, unsigned word, size_t, Value address) {
                       places.push_back({word, address});
                       parts[word] = memory.load(columns->lane(element), address,
                                                 unsigned(bytesOf(element)));
                     });
      kdsl::PairValues value;
      value.values = {sumOverLanes(values)};
      kdsl::RowGroup pairs{value};
      type.getInterface().foldGroup(*columns, parts, pairs);
      type.getInterface().closeBlock(*columns, parts);
      for (auto [word, address] : places)
        memory.store(parts[word], address,
                     unsigned(bytesOf(kdsl::laneElement(parts[word]))));
    }
  }
  turnedSums.clear();
}

} // namespace kdslc
