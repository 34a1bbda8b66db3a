//===- TileEmitter.h - one tile of rows as vector code --------------------===//
//
// Emits the body of a grid for a tile of rows: numbers as SpreadValues, sweeps
// as loops over groups of j, feature loops written out or as loops.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_CPU_TILEEMITTER_H
#define KDSLC_TARGETS_CPU_TILEEMITTER_H

#include "compiler/targets/cpu/Memory.h"
#include "compiler/targets/cpu/RowLanes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"

namespace kdslc {

class TileEmitter {
public:
  using Value = mlir::Value;

  TileEmitter(mlir::OpBuilder &builder, ktile::GridOp grid, Memory &memory);

  /// Numbers that depend on parameters only: once for a phase function.
  void emitUniform(mlir::Operation &op);
  /// Buffers of the worker for the rows that the tile reads; once, before any
  /// tile.
  void reserveScratch();
  /// The tile whose first row is `tile`, of `count` valid rows (i64 values).
  void emitTile(Value tile, Value count);

  int64_t tileRows() const { return rows * lanes; }

private:
  /// The states of one reduction: parts of each vector of rows in registers
  /// for each component, or all of it in scratch where it is too wide.
  struct StateValue {
    ktile::StateType type;
    std::vector<llvm::SmallVector<kdsl::RowState>> components;
    Value memory; ///< null: in registers
  };

  // TileEmitter.cpp: numbers.
  void emit(mlir::Operation &op);
  void emitBody(mlir::Block &block);
  void emitElementwise(mlir::Operation &op);
  void emitContract(ktile::ContractOp op);
  void emitLoad(ktile::LoadOp op);
  void emitVectorExtract(mlir::vector::ExtractOp op);
  SpreadValue spreadOf(Value value);
  SpreadValue narrowed(const SpreadValue &value);
  SpreadValue emitFeatureLoop(ktile::ContractOp op, const SpreadValue &init);
  Value combine(ktile::ContractOp op, Value value, Value sum);
  Value scalarConstant(mlir::Attribute value, mlir::Type type);
  mlir::Type lowered(mlir::Type type);
  Value asVector(Value value) { return lanesOf().splat(value); }
  VectorLanes lanesOf() { return VectorLanes(builder, loc, lanes); }
  unsigned membersOf(Spread spread);
  /// Of a vector of rows in scratch, which begins at a multiple of 64 bytes.
  unsigned vectorAlignment(mlir::Type element) {
    return unsigned(std::min<int64_t>(64, lanes * bytesOf(element)));
  }
  SpreadValue loadTileRows(ktile::LoadOp op);

  // TileSweep.cpp: states and sweeps, rows in and out.
  void emitSweep(ktile::SweepOp op);
  void emitGroup(ktile::SweepOp op, Value firstRow);
  void emitFold(ktile::FoldOp op);
  void foldComponent(ktile::FoldOp op, const StateValue &state, Value component,
                     llvm::MutableArrayRef<kdsl::RowState> states);
  void emitFinish(ktile::FinishOp op);
  void emitPut(ktile::PutOp op);
  StateValue initState(ktile::StateType type, Value buffer);
  void closeBlock(StateValue &state);
  void forEachStored(const StateValue &state,
                     llvm::function_ref<
                         void(Value component,
                              llvm::MutableArrayRef<kdsl::RowState>)> body);
  void forEachPart(const StateValue &state, Value component,
                   llvm::function_ref<void(mlir::Type element, Value address,
                                           unsigned part, int64_t row)>
                       body);
  llvm::SmallVector<kdsl::RowState> loadState(const StateValue &state,
                                              Value component);
  void storeState(const StateValue &state, Value component,
                  llvm::ArrayRef<kdsl::RowState> states);
  llvm::SmallVector<Value> flatten(llvm::ArrayRef<Value> stateValues);
  void unflatten(llvm::ArrayRef<Value> stateValues, mlir::ValueRange flat);
  void gatherRows(const Memory::Array &array, Value buffer, Value tile,
                  Value count);
  void scatterRows(const Memory::Array &array, Value buffer, Value tile,
                   Value count);
  SpreadValue rowNumbers(bool reduced);
  void forLoop(Value from, Value to, int64_t step,
               llvm::function_ref<void(Value)> body);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  ktile::GridOp grid;
  Memory &memory;
  int64_t lanes, rows, unroll;
  unsigned group = 1; ///< rows j at hand: those of the sweep being emitted

  /// The one vector of rows and row of the group that a feature loop is being
  /// emitted for: values are narrowed to it when they are read.
  struct Focus {
    unsigned row, column;
  };
  std::optional<Focus> focus;
  unsigned rowsAtHand() const { return focus ? 1 : unsigned(rows); }
  unsigned columnsAtHand() const { return focus ? 1 : group; }

  llvm::DenseMap<Value, SpreadValue> numbers;
  llvm::DenseMap<Value, StateValue> states;
  /// Arrays that the tile reads at its own rows, as [feature][row] in scratch.
  llvm::MapVector<Value, Value> tileBuffers;
  llvm::DenseMap<mlir::Operation *, Value> putBuffers;
  /// States too wide for registers, by the operand that brings them to a sweep:
  /// equal `ktile.init`s are one operation, their states are two.
  llvm::DenseMap<mlir::OpOperand *, Value> stateBuffers;
  /// Features of tile rows already in registers, and where to load more: before
  /// the sweeps.
  llvm::DenseMap<std::pair<Value, int64_t>, SpreadValue> loadedRows;
  mlir::OpBuilder::InsertPoint tileStart;
  llvm::DenseMap<Value, Memory::Array> columnArrays;
  Value tileRow;          ///< i64: the tile's first row
  SpreadValue sweepRows;  ///< i64: the rows j of the group
};

} // namespace kdslc

#endif // KDSLC_TARGETS_CPU_TILEEMITTER_H
