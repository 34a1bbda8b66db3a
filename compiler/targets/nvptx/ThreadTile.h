//===- ThreadTile.h - a tile of rows as the code of threads ---------------===//
//
// On a GPU a lane is a thread: a tile has `rows` rows for each thread of a
// block, a multiple of the block apart so that neighbouring threads have
// neighbouring rows. Rows j reach the threads through shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_THREADTILE_H
#define KDSLC_TARGETS_NVPTX_THREADTILE_H

#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/emit/TileEmitter.h"
#include "compiler/targets/nvptx/DistanceFilter.h"
#include "compiler/targets/nvptx/InnerProduct.h"
#include "compiler/targets/nvptx/TensorFilter.h"
#include "compiler/targets/nvptx/TensorProducts.h"
#include "compiler/targets/nvptx/WeightedSums.h"
#include "compiler/targets/nvptx/WeightedValues.h"

namespace kdslc::nvptx {

/// The reductions' view of the row of a thread.
class ThreadLanes : public TileLanes {
public:
  using TileLanes::TileLanes;

  mlir::Type lane(mlir::Type element) override { return element; }
  /// Each thread branches for itself: what is skipped has no barrier.
  mlir::Value any(mlir::Value mask) override { return mask; }
  mlir::Value splat(mlir::Value value) override { return value; }
  bool hasExp2(mlir::Type element) override { return element.isF32(); }
  mlir::Value maxAny(mlir::Value a, mlir::Value b) override;
  mlir::Value minAny(mlir::Value a, mlir::Value b) override;
};

/// What a sweep reads of one row j, side by side in shared memory, but for the
/// factor of what tensor cores compute; of a sweep that filters, the filter's
/// numbers, if it is not tensor cores'.
struct Record {
  struct Field {
    ktile::LoadOp load; ///< one of the loads of this array at these indices
    int64_t offset;     ///< in bytes
  };
  llvm::SmallVector<Field> fields;
  int64_t used = 0;  ///< bytes of all features
  int64_t bytes = 0; ///< 1, 2, 4, 8, or a multiple of 16

  /// Where the array of a load at rows j is; null: not in the record.
  const Field *find(ktile::LoadOp load) const;
  /// The alignment of a place in an array of records.
  unsigned alignmentAt(int64_t offset) const;
};
Record recordOf(ktile::SweepOp sweep);
/// Of all staged records, in front of what tensor cores need.
int64_t bytesOfRecords(ktile::SweepOp sweep, const Record &record);

/// The components that tensor cores add up at once.
WeightedSums::Tiles tilesOf(const WeightedValues &weighted,
                            const std::optional<InnerProduct> &product);
/// Of what stands in front of staged values, a multiple of 16.
int64_t bytesBeforeValues(ktile::SweepOp sweep, const Record &record);

/// Lanes of a warp.
constexpr int64_t warpSize = 32;

/// What a sweep needs of a block's shared memory.
int64_t sharedBytes(ktile::SweepOp sweep);
/// Of halved sweeps, how a launch goes round the tiles (ThreadRing.cpp).
struct Ring {
  int64_t tileRows;          ///< of the sweep kernel
  mlir::Value window, first; ///< rows j of a part; the first part of the launch
};

class ThreadTile : public TileEmitter {
public:
  /// \param shared  the address of the block's shared memory.
  /// \param parts   as the kernel knows them; not used without a chain.
  ThreadTile(mlir::OpBuilder &builder, ktile::GridOp grid, Memory &memory,
             Value shared, const Parts &parts, const Ring &ring);

protected:
  void emitTile(Value tile, Value count) override;
  Value loadTileRow(ktile::LoadOp op, int64_t r, Value feature) override;
  Value loadSweptRow(ktile::LoadOp op, Value place, Value feature) override;
  Value loadPair(ktile::LoadOp op, int64_t r, Value place,
                 Value feature) override;
  Value loadChosen(Value start, Value place, Value feature,
                   mlir::Type element) override {
    return loadUnlessNowhere(start, place, feature, element);
  }
  Value loadPicked(Value base, Value index, mlir::Type element) override {
    return memory.load(element, memory.address(base, index, element));
  }
  Value rowsFrom(Value first, int64_t r) override;
  void putFeature(ktile::PutOp op, Value feature,
                  llvm::ArrayRef<Value> values) override;
  Value laneAddress(Value address, mlir::Type element) override;
  unsigned laneAlignment(mlir::Type element) override {
    return unsigned(bytesOf(element));
  }
  /// Four components wait for memory together; ptxas would write out all, in all
  /// registers.
  void shapeLoop(mlir::scf::ForOp loop) override { keepLoopInSteps(loop, 4); }
  void emitSweptRows(ktile::SweepOp op, Value from, Value to) override;
  std::optional<SpreadValue> computed(ktile::ContractOp op,
                                      llvm::ArrayRef<Value> places) override;
  Value partialRows() override;
  Value partialRow(int64_t r) override { return tileRowAt[r]; }
  void storePartial(Value value, int64_t r, Value address) override;
  Value loadPartial(mlir::Type element, int64_t r, Value address) override;
  MetRows rowsToMeet(Value from, Value to) override;
  void reserveTurned() override {}
  void giveTurned(ktile::SweepOp op, Value firstRow) override;
  void foldTurned(ktile::SweepOp, Value, Value) override {}
  bool collects(ktile::FoldOp op) override {
    return weighted && weighted->op == op;
  }
  /// What tensor cores compute is there for one body.
  bool isComputedOnce() const override { return product || weighted; }
  void collect(llvm::ArrayRef<llvm::SmallVector<Value>> weights) override;
  void changeCollected(
      llvm::function_ref<Value(unsigned r, Value weight)> change) override;
  std::vector<llvm::SmallVector<Value>> weightsOf(ktile::FoldOp op) override;

public:
  /// `sharedBytes` of a halved sweep.
  static int64_t turnedBytes(ktile::SweepOp sweep);

private:
  // ThreadRing.cpp
  /// Sums for rows j, one number of each; they travel through a warp.
  struct Traveller {
    mlir::Operation *fold;
    int64_t component;
    mlir::Type element;
    int64_t offset; ///< of a warp's sums in shared memory
  };
  static llvm::SmallVector<Traveller> travellersOf(ktile::SweepOp op);
  void enterRing(Value tile);
  void emitTurningRows(ktile::SweepOp op, Value from, Value to);
  void turnRows(ktile::SweepOp op, Value chunk,
                llvm::ArrayRef<Traveller> travellers);
  void foldTravelled(ktile::SweepOp op, Value count,
                     llvm::ArrayRef<Traveller> travellers);
  Value fromNextLane(Value value);
  Value sumsOf(const Traveller &traveller, Value warp, Value place);
  /// Where row `local` of the staged ones is, the first of two copies.
  Value placeOfTurning(Value local);

  void stageRows(const Record &record, Value first, Value count);
  void stageRow(const Record &record, Value first, Value count, Value number);
  void padRecord(const Record &record, Value to);
  void stageNumbers(const Record &record, Value row, Value to);
  void fillGroup(const Record &record, Value local, Value count, Value to);
  void storeNumbers(const Record &record, llvm::ArrayRef<Value> numbers,
                    Value to);
  void startProducts(ktile::SweepOp op, const Record &record);
  void startFilter(ktile::SweepOp op);
  void endFilter(ktile::SweepOp op);
  Value exactDistance(Value place);
  void filterGroups(ktile::SweepOp op, Value count,
                    llvm::function_ref<void(Value local, Value left)> group);
  std::vector<DistanceFilter::Row> loadNumbers(const Record &record,
                                               Value local, int64_t count);
  void filterGroup(ktile::SweepOp op, const Record &record, Value local,
                   Value left);
  void filterProducts(ktile::SweepOp op, Value local, Value left);
  void sweepStages(ktile::SweepOp op, const Record &record, Value from,
                   Value to);
  // ThreadWeights.cpp
  void startWeights(ktile::SweepOp op, const Record &record);
  void sweepWindows(ktile::SweepOp op, const Record &record, Value from,
                    Value to);
  void addUpWindow(Value count);
  Value loadWeighted(Value row, Value component);
  Value loadTileFactor(ktile::LoadOp load, Value row, Value feature);
  Value loadSweptFactor(ktile::LoadOp load, Value row, Value feature);
  Value offsetOf(int64_t r, Value stride);
  Value offsetInside(int64_t r, Value stride);
  Value loadFrom(ktile::LoadOp op, Value base, Value offset, Value feature);
  /// Row `row` of an access, stride elements apart, at a feature.
  Value loadAt(ktile::LoadOp op, Value base, Value row, Value stride,
               Value feature);

  ThreadLanes threads;
  Value shared;

  Value thread, threadNumber;         ///< i64, i32: number in the block
  Value tileFirst, tileLast;          ///< i64: rows of the tile
  llvm::SmallVector<Value> tileRowAt; ///< i64: each row of the thread
  llvm::SmallVector<Value> isInside;  ///< i1: it is a row

  /// The rows j in shared memory: what they hold and which the first is.
  const Record *staged = nullptr;
  Value stagedFirst;

  Ring ring;
  /// The rows j of the part at hand, and whether they take their share.
  Value windowFrom, windowTo, windowIsBoth;
  /// What travels, and the lane that it comes from.
  llvm::SmallVector<Value> travelling;
  Value nextLane;

  /// What tensor cores compute of the sweep at hand.
  std::optional<InnerProduct> product;
  std::optional<TensorProducts> products;
  /// What they add up, and the first row j of the window at hand.
  std::optional<WeightedValues> weighted;
  std::optional<WeightedSums> weightedSums;
  Value windowFirst;
  /// What is told of its pairs before they are folded.
  std::optional<ktile::SquaredDistance> distance;
  std::optional<DistanceFilter> filter;
  std::optional<TensorFilter> tensorFilter;
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_THREADTILE_H
