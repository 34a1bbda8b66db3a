//===- TileEmitter.h - one tile of rows as code ---------------------------===//
//
// Emits the body of a grid for a tile of rows: numbers as SpreadValues, sweeps
// as loops over groups of j, feature loops written out or as loops. What a lane
// is, how rows reach it and where results go is the target's part: the virtual
// functions.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_EMIT_TILEEMITTER_H
#define KDSLC_TARGETS_EMIT_TILEEMITTER_H

#include "compiler/Target.h"
#include "compiler/targets/emit/BitMath.h"
#include "compiler/targets/emit/ByRow.h"
#include "compiler/targets/emit/Memory.h"
#include "compiler/targets/emit/Partials.h"
#include "compiler/targets/emit/Spread.h"
#include "compiler/targets/emit/TileState.h"
#include "compiler/targets/emit/TurnedSums.h"
#include "llvm/ADT/DenseSet.h"
#include <memory>

namespace kdslc {

/// Whether an index runs over the rows i of a tile, or the rows j of a sweep.
bool isTileRow(mlir::Value index);
bool isSweptRow(mlir::Value index);
/// Whether a load reads at such an index. One that reads at both has a number
/// for each pair, one that reads at none is the same for the whole tile.
bool readsTileRow(ktile::LoadOp load);
bool readsSweptRow(ktile::LoadOp load);
/// Whether the rows of a program's input follow each other without gaps on the
/// CPU, since some sweep reads nothing but them: the runtime packs them.
bool isPacked(mlir::Value rows);

/// Whether a sweep takes what is left of groups.
bool isRest(ktile::SweepOp sweep);

class TileEmitter : protected BitMath, protected ByRow {
public:
  using IndexMath::Value;
  using Parts = TileParts;

  /// What all tiles share: numbers that depend on parameters only, addresses of
  /// arrays, scratch memory. Once, before any tile.
  void prepare(kdsl::ProgramOp program);
  /// Tile number `tile` (an i64): the tiles of the last axis, for one point of
  /// the batch after the other.
  void emitTileNumber(Value tile);
  /// How many there are.
  Value tileCount();

  int64_t tileRows() const { return rows * lanes; }
  bool hasChain() const { return !chain.empty(); }
  /// Whether each two rows of the axis meet once: parts then share out the tiles,
  /// and results are those of `merge` alone.
  bool isHalved() { return grid.getSchedule().halved; }
  /// Of halved sweeps, all tiles that the part at hand takes.
  void emitPart();
  /// What the next tile takes; not used without a chain. Whether it merges is
  /// said before `prepare`.
  void setParts(const Parts &given) { parts = given; }

protected:
  TileEmitter(mlir::OpBuilder &builder, ktile::GridOp grid, Memory &memory,
              TileLanes &lane);

  using StateValue = TileState;

  //===--- The target's part ----------------------------------------------===//

  /// The tile whose first row is `tile`, of `count` valid rows (i64 values), at
  /// the point of the batch that is set.
  virtual void emitTile(Value tile, Value count) = 0;
  /// Scratch memory that the target itself needs.
  virtual void reserveBuffers() {}
  /// Feature `feature` of the rows of lane value `r`.
  virtual Value loadTileRow(ktile::LoadOp op, int64_t r, Value feature) = 0;
  /// Feature `feature` of row `place` of a sweep.
  virtual Value loadSweptRow(ktile::LoadOp op, Value place, Value feature) = 0;
  /// The same of an array over both rows, for the rows of lane value `r`.
  virtual Value loadPair(ktile::LoadOp op, int64_t r, Value place,
                         Value feature) = 0;
  /// Whether the last stride of an array is known to be its width.
  virtual bool isDense(Value rows) { return false; }
  /// Feature `feature` of the rows that each lane chooses: `place` elements from
  /// `start`, or nowhere, which gives 0.
  virtual Value loadChosen(Value start, Value place, Value feature,
                           mlir::Type element) = 0;
  /// The elements of a table at `base` that each lane's `index` picks.
  virtual Value loadPicked(Value base, Value index, mlir::Type element) = 0;
  /// The numbers of the rows of lane value `r`, counted from `first`.
  virtual Value rowsFrom(Value first, int64_t r) = 0;
  /// That of row `place` of a sweep, counted from the caller's base.
  virtual Value numberOfSwept(Value place);
  /// Whether the numbers of a tile's rows, and of a block's, follow each other.
  virtual bool areNumbersTogether() { return true; }
  /// Takes feature `feature` of a result, a lane value for each of `rows`.
  virtual void putFeature(ktile::PutOp op, Value feature,
                          llvm::ArrayRef<Value> values) = 0;
  /// Where this lane's part of a lane value in scratch lies, and how aligned.
  virtual Value laneAddress(Value address, mlir::Type element) = 0;
  virtual unsigned laneAlignment(mlir::Type element) = 0;
  /// So many groups wait before they are taken; as many of a block may be added.
  int64_t fewLeft() {
    return std::max<int64_t>(1, 32 / (rows * grid.getSchedule().group));
  }
  /// Begins to bring rows j of the next group near, while a loop is at a feature.
  virtual void fetchAhead(ktile::ContractOp op, Value feature) {}
  /// Shapes a finished loop over components in memory.
  virtual void shapeLoop(mlir::scf::ForOp loop) {}
  /// The rows from..to of a sweep, a multiple of the group, with its block
  /// arguments as states.
  virtual void emitSweptRows(ktile::SweepOp op, Value from, Value to);
  /// What a contract of the sweep gives for the rows at `places`, where the
  /// target has computed it before; else nothing.
  virtual std::optional<SpreadValue> computed(ktile::ContractOp op,
                                              llvm::ArrayRef<Value> places) {
    return std::nullopt;
  }
  /// The results of a tile, which are all there, leave it.
  virtual void endTile() {}
  /// How many rows a partial has for one point of the batch, and which of them
  /// lane value `r` has.
  virtual Value partialRows() = 0;
  virtual Value partialRow(int64_t r) = 0;
  /// Leaves or takes a number of the state of lane value `r`; rows that are not
  /// there have no place.
  virtual void storePartial(Value value, int64_t r, Value address) = 0;
  virtual Value loadPartial(mlir::Type element, int64_t r, Value address) = 0;
  /// The rows j of from..to that the tile at hand meets in a halved sweep: those
  /// that take nothing from it, then those that take their share.
  struct MetRows {
    Value plainFrom, plainTo, bothFrom, bothTo;
  };
  virtual MetRows rowsToMeet(Value from, Value to);
  /// Takes what the group at hand gives to the rows j from `firstRow` on, and folds
  /// it into their states when the block of groups is done.
  virtual void reserveTurned();
  virtual void giveTurned(ktile::SweepOp op, Value firstRow);
  virtual void foldTurned(ktile::SweepOp op, Value from, Value to);
  void foldTurnedRows(ktile::SweepOp op, Value from, Value to, unsigned count);
  /// Of halved sweeps: the sum of each of some lane values over its lanes, side
  /// by side as one lane value of `columns`.
  virtual Value sumOverLanes(llvm::ArrayRef<Value> values) {
    llvm_unreachable("sweeps are never halved");
  }
  /// A number that nothing knows to be `value`: what is read there is not kept
  /// from one read to the next.
  virtual Value unshared(Value value) { return value; }
  /// Whether the weighted values of a fold are added up later (see
  /// kdsl::Components::collect), and what takes the weights until then.
  virtual bool collects(ktile::FoldOp op) { return false; }
  virtual void collect(llvm::ArrayRef<llvm::SmallVector<Value>> weights) {}
  virtual void changeCollected(
      llvm::function_ref<Value(unsigned r, Value weight)> change) {}
  /// The weights of a fold of `collects` that shares nothing.
  virtual std::vector<llvm::SmallVector<Value>> weightsOf(ktile::FoldOp op) {
    return {};
  }
  /// As many pairs of a group take each step of a feature loop that is written out
  /// together. Of more, the features of a pair are added up before the next one's.
  virtual unsigned mostInStep() const { return unsigned(rows) * group; }
  /// Before a loop that carries sums of more pairs: what else is alive waits in
  /// memory.
  virtual void clearRegisters() {}
  /// Whether the body of a sweep may be emitted only once.
  virtual bool isComputedOnce() const { return false; }
  /// What builds the states of as many rows j as a group has.
  virtual std::unique_ptr<TileLanes> columnLanes() {
    llvm_unreachable("sweeps are never halved");
  }

  //===--- TileEmitter.cpp: numbers ---------------------------------------===//

  void emitTileBody(Value tile);
  void emit(mlir::Operation &op);
  void emitBody(mlir::Block &block);
  SpreadValue spreadOf(Value value);

  /// An array at indices: what loads of it share.
  struct Access {
    Value rows;
    llvm::SmallVector<Value, 2> indices;
    /// The row at the tile's point of the batch, and otherwise the first.
    Value base;
    unsigned number;

    bool isOf(ktile::LoadOp load) const {
      return rows == load.getRows() &&
             llvm::equal(indices, load.getIndices());
    }
  };
  Access &accessOf(ktile::LoadOp load) {
    return *llvm::find_if(accesses,
                          [&](Access &access) { return access.isOf(load); });
  }
  const Memory::Array &arrayOf(Value loaded) {
    return arrays.find(loaded)->second;
  }
  /// How far apart, in elements, neighbouring rows of a tile or a sweep are.
  Value tileStride(const Access &access) { return strideOf(access, isTileRow); }
  Value sweptStride(const Access &access) {
    return strideOf(access, isSweptRow);
  }
  /// The number of the tile's point of the batch, and the array there.
  Value batchNumber;
  Memory::Array atBatch(Memory::Array array);
  /// What `load` gives where the condition holds, and 0 elsewhere.
  Value loadIf(Value condition, mlir::Type element,
               llvm::function_ref<Value()> load);
  /// `loadChosen` for one lane.
  Value loadUnlessNowhere(Value start, Value place, Value feature,
                          mlir::Type element);
  /// Features 0 .. count - 1: written out up to `unroll`, else a loop.
  void forEachFeature(int64_t count, llvm::function_ref<void(Value)> body);

  //===--- TileSweep.cpp, TileStates.cpp: sweeps and states ---------------===//

  /// Rows from..to in blocks, after each of which the states are closed.
  /// \param base     where from..to are counted from, if they are no i64.
  /// \param gathers  states that can gather blocks do; the caller closes them.
  /// \param unit     what a row counts: bytes, if that is what its place needs.
  void emitBlocks(ktile::SweepOp op, Value from, Value to, Value base = {},
                  bool gathers = false, int64_t unit = 1);
  void closeGathered(ktile::SweepOp op);
  void closeBlock(StateValue &state, bool gathers = false);
  void closeComponents(StateValue &state);
  void settle(ktile::SweepOp op, int64_t few);
  void limitToBand(ktile::SweepOp op, Value &from, Value &to);
  void limitToFirst(ktile::SweepOp op, Value from, Value &to);
  /// A loop that carries the states of a sweep, which `body` updates.
  void carryStates(ktile::SweepOp op, Value from, Value to, Value step,
                   llvm::function_ref<void(Value)> body);
  /// Runs `then` where the i1 is set, else `otherwise`; both update the states of
  /// a sweep.
  void whereStates(ktile::SweepOp op, Value condition,
                   llvm::function_ref<void()> then,
                   llvm::function_ref<void()> otherwise = nullptr);
  /// The body for the rows of lane value `r` alone, or for all, and, one by
  /// one, the rows j that stand from `first` on where an i32 has a bit.
  void emitPairs(ktile::SweepOp op, std::optional<unsigned> r, Value first,
                 Value bits);
  /// The same for the states of a sweep.
  using BitMath::forEachBit;
  void forEachBit(ktile::SweepOp op, Value bits,
                  llvm::function_ref<void(Value place)> body);
  /// What numbers have to be below to change the state of lane value `r`.
  Value thresholdOf(const StateValue &state, unsigned r);
  StateValue initState(ktile::StateType type, Value buffer);
  StateValue initialState(mlir::OpOperand &init);
  StateValue &stateOf(Value value) { return states.find(value)->second; }
  void setState(Value value, StateValue state) { states[value] = state; }
  /// Scratch of the state that `init` brings to its sweep; null: registers.
  Value bufferOf(mlir::OpOperand &init) { return stateBuffers.lookup(&init); }
  void forEachComponent(
      StateValue &state,
      llvm::function_ref<void(Value component,
                              llvm::MutableArrayRef<kdsl::RowState>)>
          body);
  /// What each row meets in a group: some values of the pairs.
  std::vector<kdsl::RowGroup> pairsOf(ktile::FoldOp op,
                                      mlir::ValueRange values);
  /// Part `part` of a component in scratch, of the first row of the tile.
  Value partAddress(const StateValue &state, unsigned part, Value component);
  /// Whether the components of each row of a state lie side by side in scratch.
  bool liesByRow(ktile::StateType type) {
    return grid.getSchedule().byRow && type.getInterface().mayLieByRow();
  }
  bool liesByRow(const StateValue &state) { return liesByRow(state.type); }
  bool isInRegisters(ktile::StateType type) {
    return type.getWidth() <= widestInRegisters && !liesByRow(type);
  }
  class StateComponents;
  class CarriedStates; ///< the states of a sweep in loops and branches
  /// From here on rows j are never split into parts.
  void takeAllRows() { chain.clear(); }
  int64_t columnsOfGroup() const { return int64_t(group); }
  /// The lane values of rows i at hand.
  unsigned rowsAtHand() const { return atHand().rows; }
  unsigned firstRowAtHand() const { return atHand().row; }
  /// The first row j of the group at hand.
  Value firstSweptRow() const { return sweepRows.members.front(); }
  Parts parts;
  /// Whether results depend on an operation of the grid, the sweeps done.
  bool mergeNeeds(mlir::Operation *op);

  //===--- Halved.cpp -----------------------------------------------------===//

  /// Folds terms for component `e` of a fold into the states of the rows j from
  /// `firstRow` on, as many as `columns` has lanes.
  void foldIntoPartial(TileLanes &columns, ktile::SweepOp op,
                       mlir::Operation *fold, int64_t e, Value firstRow,
                       llvm::function_ref<llvm::SmallVector<Value>()> terms);
  TurnedSums turned;

  /// The parts in registers of some states, in one list for a loop to carry.
  llvm::SmallVector<Value> flatten(mlir::ValueRange stateValues);
  void unflatten(mlir::ValueRange stateValues, mlir::ValueRange flat);
  /// One group of rows j, `step` from each one to the next.
  void emitGroup(ktile::SweepOp op, Value firstRow, int64_t step = 1);

  ktile::GridOp grid;
  Memory &memory;
  TileLanes &lane;
  int64_t lanes, rows, unroll;

private:
  // TileEmitter.cpp, TileContract.cpp, TileLoads.cpp
  void emitUniform(mlir::Operation &op);
  void emitElementwise(mlir::Operation &op);
  void emitContract(ktile::ContractOp op);
  void emitLoad(ktile::LoadOp op);
  void emitGather(ktile::GatherOp op);
  Value tileRowsInside(int64_t r);
  void emitVectorExtract(mlir::vector::ExtractOp op);
  Value extractFeature(Value source, Value place);
  SpreadValue loadTileRows(ktile::LoadOp op);
  SpreadValue loadSweptRows(ktile::LoadOp op);
  SpreadValue loadPairs(ktile::LoadOp op);
  Value featureOf(ktile::LoadOp op) {
    return op.getFeature() ? spreadOf(op.getFeature()).members[0] : number(0);
  }
  Value strideOf(const Access &access, llvm::function_ref<bool(Value)> runs);
  Value tilesOfAxis();
  Value findBatch(Value tile);
  SpreadValue narrowed(const SpreadValue &value);
  SpreadValue firstSums(ktile::ContractOp op);
  void forEachSum(SpreadValue &sums, llvm::function_ref<void(Value &sum)> body);
  SpreadValue termOf(ktile::ContractOp op, Value feature);
  Value addFeature(ktile::ContractOp op, Value feature, Value sum);
  SpreadValue emitFeatureLoop(ktile::ContractOp op);
  SpreadValue emitInStep(ktile::ContractOp op);
  SpreadValue writeOut(ktile::ContractOp op);
  Value combine(ktile::ContractOp op, Value value, Value sum);
  Value scalarConstant(mlir::Attribute value, mlir::Type type);
  mlir::Type lowered(mlir::Type type);

  // Settled.cpp
  /// Whether the predicates hold for all pairs of the tile and the rows j
  /// first .. end - 1; null where that is not known before.
  Value settledFor(ktile::SweepOp op, Value first, Value end);

  // Ranges.cpp
  void emitRanges(ktile::SweepOp op, Value from, Value to);
  void emitSlice(ktile::SweepOp op, Value from, Value to);
  Value firstAbove(Value numbers, Value count, Value than);
  Value elementAt(Value numbers, Value place);
  Value elementBefore(Value numbers, Value place);
  llvm::SmallVector<Value> rowsWithin(Value begin, Value end);
  SpreadValue placesOf(Value index);
  SpreadValue emitContains(kdsl::ContainsOp op);

  // Partials.cpp
  void preparePartials();
  void emitSweep(ktile::SweepOp op);
  void limitToPart(Value &from, Value &to);
  void savePartials(ktile::SweepOp last);
  mlir::Value partialArray(const PartialLayout::Word &word, Value part,
                           Value component);
  void savePartial(unsigned family, Value part, Value component,
                   llvm::ArrayRef<kdsl::RowState> states);
  llvm::SmallVector<kdsl::RowState> partialOf(unsigned family, Value part,
                                              Value component);
  void mergeShared(unsigned family, StateValue &state);
  void mergePartials(ktile::SweepOp last);
  void mergeComponent(unsigned family, Value component);
  mlir::OpOperand &rootInit(unsigned state);
  void forEachPartial(
      unsigned family, Value part, Value component,
      llvm::ArrayRef<Value> firstRows,
      llvm::function_ref<void(mlir::Type element, unsigned word, size_t r,
                              Value address)>
          body);
  llvm::SmallVector<Value> rowsOfPartials();

  // Halved.cpp
  void clearPartials();
  Value endOfStep();
  void emitHalvedSteps(ktile::SweepOp op, Value from, Value to);
  void emitHalvedRows(ktile::SweepOp op, Value from, Value to);
  void collectTurned(ktile::FoldOp op);
  Value placeOfTurned(Value buffer, Value row, unsigned g, mlir::Type element);
  void continueStates(unsigned family, Value component,
                      llvm::MutableArrayRef<kdsl::RowState> states);
  llvm::SmallVector<Value>
  continued(llvm::ArrayRef<Value> otherwise,
            llvm::function_ref<llvm::SmallVector<Value>()> then);

  // TileSweep.cpp, TileStates.cpp
  void emitWholeSweep(ktile::SweepOp op);
  void forEachStep(llvm::function_ref<void()> body);
  void reserveScratch();
  void emitFold(ktile::FoldOp op);
  void foldComponent(ktile::FoldOp op, const StateValue &state, Value component,
                     llvm::MutableArrayRef<kdsl::RowState> states);
  void emitFinish(ktile::FinishOp op);
  llvm::SmallVector<kdsl::RowState>
  componentInRegisters(const StateValue &state, Value component);
  void emitPut(ktile::PutOp op);
  int64_t partBytes(mlir::Type element);
  int64_t scratchBytes(ktile::StateType type);
  void forEachPart(const StateValue &state, Value component,
                   llvm::function_ref<void(mlir::Type element, Value address,
                                           unsigned part, int64_t row)>
                       body);
  llvm::SmallVector<kdsl::RowState> loadState(const StateValue &state,
                                              Value component);
  void storeState(const StateValue &state, Value component,
                  llvm::ArrayRef<kdsl::RowState> states);
  static void forEachRegister(StateValue &state,
                              llvm::function_ref<void(Value &)> body);
  SpreadValue rowNumbers(Value index);
  SpreadValue sweptNumbers();

  int64_t rowOfStep = 0; ///< lane value that the pairs at hand begin with
  unsigned group = 1; ///< rows j at hand: those of the sweep being emitted
  bool inBlocks = false;  ///< `settle` follows what is folded
  bool isSettled = false; ///< predicates hold for all pairs at hand
  /// The rows i that take part in what is folded; empty: all.
  llvm::SmallVector<Value> rowMask;
  /// How often the operations at hand are written out by feature loops.
  int64_t copies = 1;

  std::optional<Focus> focus;
  Patch allPairs() const { return {0, unsigned(rows), 0, group}; }
  Patch atHand() const { return focus ? focus->at : allPairs(); }
  std::pair<unsigned, unsigned> membersAtHand(Spread spread) const {
    return membersOf(spread, atHand());
  }

  llvm::SmallVector<ktile::SweepOp> chain;
  PartialLayout partials;
  Value axisRows, allRows; ///< of the partials, for one point of the batch and all
  llvm::DenseSet<mlir::Operation *> neededByMerge; ///< found at the first question
  std::vector<Access> accesses;
  llvm::DenseMap<Value, Memory::Array> arrays;
  llvm::DenseMap<Value, SpreadValue> numbers;
  llvm::DenseMap<Value, StateValue> states;
  /// States too wide for registers, by the operand that brings them to a sweep:
  /// equal `ktile.init`s are one operation, their states are two.
  llvm::DenseMap<mlir::OpOperand *, Value> stateBuffers;
  /// Features of tile rows already in registers, and where to load more: before
  /// the sweeps.
  llvm::DenseMap<std::pair<unsigned, int64_t>, SpreadValue> loadedRows;
  mlir::OpBuilder::InsertPoint tileStart;
  Value tileRow;          ///< i64: the tile's first row
  SpreadValue sweepRows;  ///< i64: the rows j of the group
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_TILEEMITTER_H
