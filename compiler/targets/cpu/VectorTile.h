//===- VectorTile.h - a tile of rows as vector code -----------------------===//
//
// On the CPU a lane is an element of a vector. The rows of a tile are gathered
// into scratch memory as [feature][row], and its results are scattered from
// there.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_CPU_VECTORTILE_H
#define KDSLC_TARGETS_CPU_VECTORTILE_H

#include "compiler/targets/cpu/DistanceBound.h"
#include "compiler/targets/emit/TileEmitter.h"
#include "llvm/ADT/MapVector.h"

namespace kdslc::cpu {

/// The reductions' view of a vector of rows.
class VectorLanes : public TileLanes {
public:
  VectorLanes(mlir::OpBuilder &builder, mlir::Location loc, int64_t lanes,
              bool longPairs = false, bool rowsInOrder = true)
      : TileLanes(builder, loc), lanes(lanes), longPairs(longPairs),
        rowsInOrder(rowsInOrder) {}

  bool arePairsLong() override { return longPairs; }
  bool areRowsInOrder() override { return rowsInOrder; }

  mlir::Type lane(mlir::Type element) override {
    return mlir::VectorType::get(lanes, element);
  }
  mlir::Value any(mlir::Value mask) override {
    return mlir::vector::ReductionOp::create(
        builder, loc, mlir::vector::CombiningKind::OR, mask);
  }
  mlir::Value splat(mlir::Value value) override {
    if (mlir::isa<mlir::VectorType>(value.getType()))
      return value;
    return mlir::vector::BroadcastOp::create(builder, loc,
                                             lane(value.getType()), value);
  }

private:
  int64_t lanes;
  bool longPairs, rowsInOrder;
};

class VectorTile : public TileEmitter {
public:
  /// \param rowOrder  where the kdsl_row_order lies that rows are met in; null:
  ///                  they are met as they were given.
  VectorTile(mlir::OpBuilder &builder, ktile::GridOp grid, Memory &memory,
             bool isAvx2, Value rowOrder = {})
      : TileEmitter(builder, grid, memory, vectors),
        vectors(builder, grid.getLoc(), grid.getSchedule().lanes,
                /*longPairs=*/hasLongLoops(grid), /*rowsInOrder=*/!rowOrder),
        isAvx2(isAvx2) {
    if (!rowOrder)
      return;
    order.emplace().address = rowOrder;
    takeAllRows();
  }

  /// The distance of a grid that rows in an order of space are for; nothing if there
  /// is none.
  static std::optional<ktile::SquaredDistance> orderedIn(ktile::GridOp grid);
  /// Numbers of a record of a kdsl_row_order.
  static int64_t numbersOfRecord(int64_t features);

  /// At the end of a function: what follows would save and restore them.
  void releaseMatrices();

protected:
  void emitTile(Value tile, Value count) override;
  void emitSweptRows(ktile::SweepOp op, Value from, Value to) override;
  std::optional<SpreadValue> computed(ktile::ContractOp op,
                                      llvm::ArrayRef<Value> places) override;
  void reserveBuffers() override;
  Value loadTileRow(ktile::LoadOp op, int64_t r, Value feature) override;
  Value loadSweptRow(ktile::LoadOp op, Value place, Value feature) override;
  Value loadPair(ktile::LoadOp op, int64_t r, Value place,
                 Value feature) override;
  void endTile() override;
  Value partialRows() override;
  Value partialRow(int64_t r) override;
  void storePartial(Value value, int64_t r, Value address) override;
  Value loadPartial(mlir::Type element, int64_t r, Value address) override {
    return memory.load(lane.lane(element), address, laneAlignment(element));
  }
  Value sumOverLanes(llvm::ArrayRef<Value> values) override;
  std::unique_ptr<TileLanes> columnLanes() override;
  /// The differences of more would not be in registers until they are squared.
  unsigned mostInStep() const override { return 8; }
  void fetchAhead(ktile::ContractOp op, Value feature) override;
  int64_t bytesByRow(ktile::StateType type) override;
  void clearByRow(const StateValue &state,
                  llvm::ArrayRef<Value> none) override;
  llvm::SmallVector<kdsl::RowState> loadByRow(const StateValue &state,
                                              Value component) override;
  void enterByRow(const StateValue &state, Offers offers,
                  ByRow::Carried carried,
                  const kdsl::Components::Entry &entry) override;
  void leave(StateValue &state, Offers groups, Value hit) override;
  void takeLeft(const StateValue &state, ByRow::Carried carried,
                llvm::function_ref<void(Offers)> take) override;
  Value unshared(Value value) override;
  void clearRegisters() override;
  bool isDense(Value rows) override { return isPacked(rows); }
  Value loadChosen(Value start, Value place, Value feature,
                   mlir::Type element) override;
  Value loadPicked(Value base, Value index, mlir::Type element) override {
    return loadPicked(lane, base, index, element);
  }
  Value rowsFrom(Value first, int64_t r) override;
  Value numberOfSwept(Value place) override;
  bool areNumbersTogether() override { return !order; }
  void putFeature(ktile::PutOp op, Value feature,
                  llvm::ArrayRef<Value> values) override;
  Value laneAddress(Value address, mlir::Type) override { return address; }
  /// Vectors in scratch begin at multiples of 64 bytes.
  unsigned laneAlignment(mlir::Type element) override {
    return unsigned(std::min<int64_t>(64, lanes * bytesOf(element)));
  }

private:
  static bool hasLongLoops(ktile::GridOp grid);
  /// What a load at rows i of the tile needs.
  struct TileAccess {
    ktile::LoadOp load; ///< one of them
    Value buffer;       ///< [feature][row] in scratch; null: of pairs
    /// Of pairs: where the rows of each lane value are, in elements.
    llvm::SmallVector<Value> offsets;
  };

  Value asBits(Value mask, mlir::IntegerType type);
  Value joinedBits(llvm::ArrayRef<Value> masks, mlir::IntegerType word);
  void storeVectors(llvm::ArrayRef<Value> values, Value buffer);
  Value loadPicked(TileLanes &lanes, Value base, Value index,
                   mlir::Type element);
  Value placeOf(Value buffer, mlir::Type element, int64_t r, Value feature);
  void moveRows(int64_t width, Value stride, Value count,
                llvm::function_ref<void()> asVectors,
                llvm::function_ref<void()> oneByOne);
  Value tileAddress(const Access &access, Value row, Value feature);
  Value sweptAddress(const Access &access, Value row, Value feature);
  Value addressOf(const Access &access, Value row, Value stride, Value feature);
  llvm::SmallVector<Value> transposed(llvm::ArrayRef<Value> square);
  void forEachNumber(Value rowCount, int64_t begin, int64_t width,
                     llvm::function_ref<void(Value row, Value feature)> body);
  Value denseRows(const Memory::Array &array, Value base, Value tile,
                  int64_t r);
  Value appended(Value front, Value back);
  void gatherRows(const TileAccess &rows, Value tile, Value count);
  void scatterRows(const Memory::Array &array, Value buffer, Value tile,
                   Value count);
  llvm::SmallVector<Value> pairOffsets(const Access &access, Value tile,
                                       Value count);

  // FetchRows.cpp
  void fetch(Value place);
  void fetchNext(ktile::LoadOp load, Value first, int64_t count, Value feature);
  void fetchPart(ktile::LoadOp load, Value first, int64_t count, Value part,
                 int64_t parts);

  // VectorLists.cpp
  /// Where a part of a row lies in its list.
  struct ListPart {
    mlir::Type element;
    int64_t offset; ///< in bytes
  };
  /// Pairs that are taken from where they were left: their values, by row j first,
  /// and the first row j.
  struct Left {
    Value values, row;
  };
  std::optional<Left> left;
  Value multiplesOf(int64_t step, int64_t count);
  llvm::SmallVector<ListPart> listParts(ktile::StateType type) const;
  int64_t listPartBytes(ktile::StateType type, mlir::Type element) const;
  int64_t listBytes(ktile::StateType type) const;
  Value listOf(const StateValue &state, Value row);
  int64_t mostLeft();
  Left leftOf(const StateValue &state, Value number, size_t vectors,
              mlir::Type element);
  mlir::IntegerType wordFor(int64_t pairs);
  void tellTaken(size_t rowsOffered, Value own, Value last,
                 const kdsl::Components::Entry &entry);
  void enterSome(const StateValue &state, Offers offers, unsigned column,
                 ByRow::Carried carried,
                 const kdsl::Components::Entry &entry);
  Value numberOf(const StateValue &state, Value place);
  Value comesBeforeLast(const StateValue &state, Value row, Value value,
                        Value number, const kdsl::Components::Entry &entry);
  Value enterList(const StateValue &state, Value row, Value value, Value number,
                  const kdsl::Components::Entry &entry);

  // MatrixUnit.cpp
  /// In scratch, as a matrix unit takes them: halves of the rows i of a tile and of the
  /// rows j of a group, and where products begin.
  struct Matrices {
    Value ofTile, ofGroup, starts;
    Value first, last; ///< groups of the sweep, by their first rows j
  };
  bool hasMatrixUnit() { return grid.getSchedule().chain > 0; }
  void reserveMatrices(int64_t features, Matrices &matrices);
  void callUnit(llvm::StringRef intrinsic, llvm::ArrayRef<int64_t> matrices,
                Value address = {}, int64_t stride = 0);
  Value halves(Value low, Value high);
  void packTile();
  Value slotOf(Value first, Value buffers, int64_t bytes);
  void packFirst(Value start, Value end);
  void packGroup(Value first);
  Value multiply(Value first);
  llvm::SmallVector<Value> loadBounds();

  using Values = llvm::MutableArrayRef<Value>;
  // VectorMerge.cpp
  bool takesSteps(ktile::StateType type) const;
  int64_t entriesInVector() const;
  int64_t entriesInStep(ktile::StateType type) const;
  int64_t entriesOf(ktile::StateType type) const;
  int64_t entryListBytes(ktile::StateType type) const;
  Value entryAt(const StateValue &state, Value row, Value place);
  Value waitingOf(const StateValue &state, Value row);
  void clearEntries(const StateValue &state);
  llvm::SmallVector<kdsl::RowState> loadEntries(const StateValue &state,
                                                Value component);
  void sortSides(Values numbers, int64_t width);
  llvm::SmallVector<Value> secondTurned(llvm::ArrayRef<Value> numbers, int64_t width);
  llvm::SmallVector<Value> splitSteps(llvm::ArrayRef<Value> first,
                                      llvm::SmallVectorImpl<Value> &second);
  Value mergeEntries(const StateValue &state, Value row);
  void enterLater(const StateValue &state, Value row, Value key, Value rowJ,
                  ByRow::Carried carried, llvm::function_ref<void()> full);
  void mergeAll(const StateValue &state);

  // VectorOrder.cpp
  /// The members of a kdsl_row_order, which lies at `address`.
  struct RowOrder {
    Value address, kept, reduced, cells, groups, stride;
    ktile::SquaredDistance distance;
    int64_t record = 0; ///< numbers of a record
  };
  std::optional<RowOrder> order;
  /// Of the tile at hand: the least and the largest number of each feature.
  struct Box {
    llvm::SmallVector<Value> low, high;
  };
  void readOrder();
  Value numberIn(Value records, Value place);
  Value rowAt(Value place);
  Value rowsInOrder(int64_t r);
  Box boxOfTile();
  Value apart(const Box &a, const Box &b);
  Box boxesAt(Value bounds, Value stride, Value first, bool forAll);
  Value apartFrom(const Box &box, Value bounds, Value stride, Value first);
  Value reachOf(const StateValue &state, unsigned r);
  Value reach(const StateValue &state);
  Value nearestCell(const Box &box);
  void emitBound(ktile::SweepOp op, Value to);
  void emitNearCells(ktile::SweepOp op, Value to);
  void visitCells(ktile::SweepOp op, const Box &box, Value reached, Value limit,
                  Value &nearest, Value to);
  void visitCell(ktile::SweepOp op, Value cell, Value to);

  // VectorFilter.cpp
  /// What a filtered sweep has beside its states (see DistanceBound.h).
  struct Filter {
    Value center, ofTile, lowers, bounds, limits; ///< scratch
    Matrices matrices;
    llvm::SmallVector<Value> rests;                  ///< of each vector of rows
    Value first; ///< row j of the group at hand
    /// The row of the tile whose pairs are folded, and its row j in a list.
    Value own, place;
  };
  void reserveFilter();
  void emitFiltered(ktile::SweepOp op, Value from, Value to);
  void startFilter(ktile::SweepOp op);
  DistanceBound boundOfFeatures();
  void findCenter();
  Value centerOf(Value feature);
  Value limitOf(const StateValue &state, unsigned r);
  Value orNaN(TileLanes &lanes, Value norm, Value value);
  Value loadFeatures(Value address, int64_t count);
  Value normsOfGroup(Value first, int64_t count);
  Value lowersOf(Value norms);
  Value isUnknown(Value lowers);
  Value leastOf(llvm::ArrayRef<Value> values);
  llvm::SmallVector<Value> boundsOf(Value first, int64_t count);
  Value mayPass(TileLanes &lanes, Value bound, Value limit);
  void filterGroup(ktile::SweepOp op, Value first);
  void foldNear(ktile::SweepOp op, llvm::ArrayRef<Value> hits, Value unknown);
  void foldRow(ktile::SweepOp op, Value row);
  void enterPair(ktile::SweepOp op, Value place);
  void foldFeatures(int64_t count, int64_t step, int64_t written,
                    Values values,
                    llvm::function_ref<void(Value feature, Values)> body);
  void foldParts(
      int64_t written, Values values,
      llvm::function_ref<void(Value feature, int64_t count, Values)> body);

  VectorLanes vectors;
  bool isAvx2; ///< and no more
  Value firstRow, rowCount; ///< of the tile at hand
  llvm::MapVector<unsigned, TileAccess> tileAccesses; ///< by Access::number
  llvm::DenseMap<mlir::Operation *, Value> putBuffers;
  // VectorDistances.cpp
  Value addSquare(Value x, Value y, Value sum);
  Value distancesOf(int64_t r, Value place);
  Value distanceOf(Value row, Value place);
  llvm::SmallVector<Value> distancesOfRow(Value place);

  llvm::DenseMap<mlir::Operation *, Filter> filters; ///< by sweep
  /// Of the filtered sweep at hand, and of its groups, if bounds are known.
  std::optional<ktile::SquaredDistance> distance;
  Filter *filter = nullptr;
  /// The numbers of the rows that lanes choose, and what was found there.
  Value chosenPlaces, chosenNumbers;
};

} // namespace kdslc::cpu

#endif // KDSLC_TARGETS_CPU_VECTORTILE_H
