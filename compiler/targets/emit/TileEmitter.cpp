//===- TileEmitter.cpp - numbers of a tile as lane values -----------------===//

#include "compiler/targets/emit/TileEmitter.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace kdslc {

bool isTileRow(Value index) {
  auto argument = dyn_cast<BlockArgument>(index);
  auto grid = argument
                  ? dyn_cast<ktile::GridOp>(argument.getOwner()->getParentOp())
                  : ktile::GridOp();
  return grid && grid.getTileRow() == index;
}

bool isSweptRow(Value index) {
  auto argument = dyn_cast<BlockArgument>(index);
  return argument &&
         isa<ktile::SweepOp>(argument.getOwner()->getParentOp());
}

bool readsTileRow(ktile::LoadOp load) {
  return llvm::any_of(load.getIndices(), isTileRow);
}

bool readsSweptRow(ktile::LoadOp load) {
  return llvm::any_of(load.getIndices(), isSweptRow);
}

bool isPacked(Value rows) {
  return isa<BlockArgument>(rows) &&
         llvm::any_of(rows.getUsers(), [](Operation *user) {
           auto load = dyn_cast<ktile::LoadOp>(user);
           return load && !readsTileRow(load) && !load.getIndices().empty() &&
                  isSweptRow(load.getIndices().back());
         });
}

TileEmitter::TileEmitter(OpBuilder &builder, ktile::GridOp grid, Memory &memory,
                         TileLanes &lane)
    : BitMath(builder, grid.getLoc()), grid(grid), memory(memory), lane(lane),
      lanes(grid.getSchedule().lanes), rows(grid.getSchedule().rows),
      unroll(grid.getSchedule().unroll), chain(findChain(grid)),
      partials(chain) {}

void TileEmitter::forEachFeature(int64_t count,
                                 function_ref<void(Value)> body) {
  if (count > unroll) {
    forLoop(number(0), number(count), 1, body);
    return;
  }
  for (int64_t e = 0; e < count; ++e)
    body(number(e));
}

/// From here on indices are 64-bit integers, and numbers of f16 and bf16 are
/// f32 until they reach memory.
Type TileEmitter::lowered(Type type) {
  return type.isIndex() ? builder.getI64Type() : heldType(type);
}

Value TileEmitter::scalarConstant(Attribute value, Type type) {
  if (isStorage(type))
    value = builder.getF32FloatAttr(
        float(cast<FloatAttr>(value).getValueAsDouble()));
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return arith::ConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(lowered(type), integer.getValue().getSExtValue()));
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(value));
}

SpreadValue TileEmitter::spreadOf(Value value) {
  auto found = numbers.find(value);
  if (found != numbers.end())
    return focus ? narrowed(found->second) : found->second;
  // A constant or a parameter, wherever it stands.
  SpreadValue made;
  Attribute constant;
  if (matchPattern(value, m_Constant(&constant)))
    made.members = {scalarConstant(constant, value.getType())};
  else
    made.members = {memory.parameter(cast<BlockArgument>(value))};
  return made;
}

/// The members at the focus; what was made there is narrow already, and what was
/// made around it narrower than all.
SpreadValue TileEmitter::narrowed(const SpreadValue &value) {
  auto isOf = [&](Patch patch) {
    auto [tall, wide] = membersOf(value.spread, patch);
    return value.members.size() == size_t(tall) * wide;
  };
  const Patch &at = focus->at;
  if (isOf(at))
    return value;
  const Patch from = isOf(focus->around) ? focus->around : allPairs();
  auto [tall, wide] = membersOf(value.spread, at);
  SpreadValue narrow;
  narrow.spread = value.spread;
  for (unsigned g = 0; g < wide; ++g)
    for (unsigned r = 0; r < tall; ++r)
      narrow.members.push_back(value.at(at.row - from.row + r,
                                        at.column - from.column + g, from.rows));
  return narrow;
}

void TileEmitter::emitUniform(Operation &op) {
  if (auto size = dyn_cast<kdsl::SizeOp>(op)) {
    SpreadValue value;
    value.members = {memory.axisSize(size.getAxis())};
    numbers[size] = value;
  } else if (op.getNumResults() == 1 &&
             !isa<ktile::GridOp, kdsl::TurnedOp>(op) &&
             !isa<VectorType>(op.getResult(0).getType()) &&
             !op.hasTrait<OpTrait::ConstantLike>()) {
    emit(op);
  }
}

void TileEmitter::prepare(kdsl::ProgramOp program) {
  for (Operation &op : program.getBody().front().without_terminator())
    emitUniform(op);
  reserveScratch();
  preparePartials();
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// Tiles of the last axis, at each point of the batch.
Value TileEmitter::tilesOfAxis() {
  if (grid.getAxes().empty())
    return number(1);
  Value rowsOfAxis = memory.axisSize(grid.getAxes().getValue().back());
  return divide(add(rowsOfAxis, number(tileRows() - 1)), tileRows());
}

Value TileEmitter::tileCount() {
  Value count = tilesOfAxis();
  for (unsigned k = 0; k < grid.getBatch().size(); ++k)
    count = times(count, memory.axisSize(grid.getAxes()[k]));
  return count;
}

/// Sets the point of the batch of a tile; returns the tile's number in it.
Value TileEmitter::findBatch(Value tile) {
  batchNumber = number(0);
  if (grid.getBatch().empty())
    return tile;
  Value tiles = tilesOfAxis();
  batchNumber = divide(tile, tiles);
  Value left = batchNumber;
  for (BlockArgument index : llvm::reverse(grid.getBatch())) {
    Value at = left;
    if (index.getArgNumber() > 0) {
      Value size = memory.axisSize(grid.getAxes()[index.getArgNumber()]);
      left = divide(at, size);
      at = subtract(at, times(left, size));
    }
    numbers[index].members = {at};
  }
  return subtract(tile, times(batchNumber, tiles));
}

Value TileEmitter::strideOf(const Access &access,
                            function_ref<bool(Value)> runs) {
  const Memory::Array &array = arrayOf(access.rows);
  Value sum;
  for (auto [k, index] : llvm::enumerate(access.indices)) {
    if (!runs(index))
      continue;
    bool isLast = k + 1 == access.indices.size();
    Value stride = isLast && isDense(access.rows) ? number(array.width)
                                                  : array.strides[k];
    sum = sum ? add(sum, stride) : stride;
  }
  return sum;
}

Memory::Array TileEmitter::atBatch(Memory::Array array) {
  for (BlockArgument index : grid.getBatch())
    array.base = memory.address(
        array.base,
        times(spreadOf(index).members[0], array.strides[index.getArgNumber()]),
        array.element);
  return array;
}

void TileEmitter::emitTileNumber(Value tile) {
  Value inBatch = findBatch(tile);
  for (Access &access : accesses) {
    const Memory::Array &array = arrayOf(access.rows);
    access.base = array.base;
    for (auto [index, stride] : llvm::zip(access.indices, array.strides))
      if (llvm::is_contained(grid.getBatch(), index))
        access.base = memory.address(
            access.base, times(spreadOf(index).members[0], stride),
            array.element);
  }
  if (grid.getAxes().empty())
    return emitTile(number(0), number(1));
  Value first = times(inBatch, tileRows());
  Value left =
      subtract(memory.axisSize(grid.getAxes().getValue().back()), first);
  emitTile(first, min(left, number(tileRows())));
}

void TileEmitter::emitTileBody(Value tile) {
  tileRow = tile;
  // Loads of the tile's rows go here, in front of everything that follows.
  auto anchor = arith::ConstantIntOp::create(builder, loc, 0, 64);
  OpBuilder::InsertionGuard guard(builder);
  tileStart = OpBuilder::InsertPoint(anchor->getBlock(),
                                     Block::iterator(anchor));
  builder.setInsertionPointAfter(anchor);
  group = 1;
  for (Operation &op : grid.getBody().front().without_terminator()) {
    if (!parts.merge || mergeNeeds(&op))
      emit(op);
    if (isHalved() && !parts.merge && &op == chain.back().getOperation())
      return; // what follows needs all tiles
  }
  endTile();
}

void TileEmitter::emitBody(Block &block) {
  for (Operation &op : block.without_terminator())
    emit(op);
}

void TileEmitter::emit(Operation &op) {
  if (auto load = dyn_cast<ktile::LoadOp>(op))
    return emitLoad(load);
  if (auto gather = dyn_cast<ktile::GatherOp>(op))
    return emitGather(gather);
  if (auto contract = dyn_cast<ktile::ContractOp>(op))
    return emitContract(contract);
  if (auto sweep = dyn_cast<ktile::SweepOp>(op))
    return emitSweep(sweep);
  if (auto fold = dyn_cast<ktile::FoldOp>(op))
    return emitFold(fold);
  if (auto finish = dyn_cast<ktile::FinishOp>(op))
    return emitFinish(finish);
  if (auto put = dyn_cast<ktile::PutOp>(op))
    return emitPut(put);
  if (isa<ktile::InitOp, ktile::BoundOp>(op))
    return; // made by each sweep that takes it
  if (auto extract = dyn_cast<vector::ExtractOp>(op))
    return emitVectorExtract(extract);
  if (auto number = dyn_cast<kdsl::RowNumberOp>(op)) {
    numbers[number] = rowNumbers(number.getIndex());
    return;
  }
  if (auto contains = dyn_cast<kdsl::ContainsOp>(op)) {
    numbers[contains] = emitContains(contains);
    return;
  }
  if (auto size = dyn_cast<kdsl::SizeOp>(op)) {
    numbers[size].members = {memory.axisSize(size.getAxis())};
    return;
  }
  if (op.hasTrait<OpTrait::ConstantLike>() || isa<vector::ShapeCastOp>(op))
    return; // made where it is used
  emitElementwise(op);
}

//===----------------------------------------------------------------------===//
// Elementwise operations
//===----------------------------------------------------------------------===//

/// The same operation for each member that its operands differ by.
void TileEmitter::emitElementwise(Operation &op) {
  SmallVector<SpreadValue> operands;
  Spread spread = Spread::Uniform;
  for (Value operand : op.getOperands()) {
    operands.push_back(spreadOf(operand));
    spread = join(spread, operands.back().spread);
  }
  Type type = lowered(op.getResult(0).getType());
  // Index and i64 are the same here, and so are f16, bf16 and f32.
  bool sameType = isa<arith::IndexCastOp, arith::ExtFOp>(op) &&
                  lowered(op.getOperand(0).getType()) == type;
  if (sameType) {
    numbers[op.getResult(0)] = operands[0];
    return;
  }
  StringRef name = op.getName().getStringRef();
  if (isa<arith::IndexCastOp>(op))
    name = type.isInteger(32) ? arith::TruncIOp::getOperationName()
                              : arith::ExtSIOp::getOperationName();

  SpreadValue result;
  result.spread = spread;
  auto [tileRows, columns] = membersAtHand(spread);
  for (unsigned g = 0; g < columns; ++g)
    for (unsigned r = 0; r < tileRows; ++r) {
      SmallVector<Value> inputs;
      for (const SpreadValue &operand : operands) {
        Value input = operand.at(r, g, rowsAtHand());
        inputs.push_back(isLaneSpread(spread) ? lane.splat(input) : input);
      }
      auto laneType = [&](Type element) {
        return isLaneSpread(spread) ? lane.lane(element) : element;
      };
      Type written = op.getResult(0).getType();
      bool rounds =
          isa<arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp>(op) &&
          isStorage(written);
      OperationState state(op.getLoc(), name, inputs,
                           laneType(rounds ? written : type), op.getAttrs());
      Operation *made = builder.create(state);
      if (rounds) {
        result.members.push_back(arith::ExtFOp::create(
            builder, op.getLoc(), laneType(type), made->getResult(0)));
        continue;
      }
      // Feature numbers must fold to constants to become addresses.
      SmallVector<OpFoldResult> folded;
      Value value = made->getResult(0);
      if (!isLaneSpread(spread) && succeeded(made->fold(folded)) &&
          folded.size() == 1) {
        value = dyn_cast<Value>(folded[0]);
        if (!value)
          value = scalarConstant(cast<Attribute>(folded[0]), type);
        if (value != made->getResult(0))
          made->erase();
      }
      result.members.push_back(value);
    }
  numbers[op.getResult(0)] = result;
}

} // namespace kdslc
