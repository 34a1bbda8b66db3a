//===- TileLoads.cpp - rows and features as lane values -------------------===//

#include "compiler/targets/emit/TileEmitter.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kdslc {

/// What a lane that chooses no row has for its place.
static constexpr int64_t nowhere = std::numeric_limits<int64_t>::min();

/// A feature of the tile's own rows.
SpreadValue TileEmitter::loadTileRows(ktile::LoadOp op) {
  SpreadValue result;
  result.spread = Spread::Row;
  Value feature = featureOf(op);
  APInt known;
  bool isConstant = matchPattern(feature, m_ConstantInt(&known));
  std::pair<unsigned, int64_t> key{accessOf(op).number,
                                   isConstant ? known.getSExtValue() : -1};
  if (isConstant) {
    auto found = loadedRows.find(key);
    if (found != loadedRows.end())
      return found->second;
  }
  OpBuilder::InsertionGuard guard(builder);
  // Once for the tile, before the sweeps, whose registers a row that only
  // results need would take.
  bool isFirst = isConstant && op->getParentOfType<ktile::SweepOp>();
  if (isFirst) {
    builder.restoreInsertionPoint(tileStart);
    feature = number(key.second);
  }
  for (int64_t r = 0; r < rows; ++r)
    result.members.push_back(loadTileRow(op, r, feature));
  if (isFirst) {
    tileStart = builder.saveInsertionPoint();
    loadedRows[key] = result;
  }
  return result;
}

/// The index of a load that runs over a sweep, for each row at hand.
static Value sweptIndex(ktile::LoadOp op) {
  return *llvm::find_if(op.getIndices(), isSweptRow);
}

SpreadValue TileEmitter::loadSweptRows(ktile::LoadOp op) {
  SpreadValue result;
  result.spread = Spread::Column;
  Value feature = featureOf(op);
  for (Value place : spreadOf(sweptIndex(op)).members)
    result.members.push_back(loadSweptRow(op, place, feature));
  return result;
}

SpreadValue TileEmitter::loadPairs(ktile::LoadOp op) {
  SpreadValue result;
  result.spread = Spread::Pair;
  Value feature = featureOf(op);
  unsigned first = firstRowAtHand();
  for (Value place : spreadOf(sweptIndex(op)).members)
    for (unsigned r = 0; r < rowsAtHand(); ++r)
      result.members.push_back(loadPair(op, first + r, place, feature));
  return result;
}

void TileEmitter::emitLoad(ktile::LoadOp op) {
  bool ofTile = readsTileRow(op), ofSweep = readsSweptRow(op);
  if (ofTile || ofSweep) {
    numbers[op] = !ofSweep  ? loadTileRows(op)
                  : !ofTile ? loadSweptRows(op)
                            : loadPairs(op);
    return;
  }
  // The only row that there is.
  const Memory::Array &array = arrayOf(op.getRows());
  Value base = memory.address(accessOf(op).base, featureOf(op), array.element);
  numbers[op].members = {memory.loadElement(array.element, base)};
}

/// Rows that a reduction has found, one for each row i.
void TileEmitter::emitGather(ktile::GatherOp op) {
  SpreadValue number = spreadOf(op.getNumber());
  Value feature = op.getFeature() ? spreadOf(op.getFeature()).members[0]
                                  : this->number(0);
  const Memory::Array &array = arrayOf(op.getRows());
  auto axes = cast<kdsl::RowsType>(op.getRows().getType()).getAxes();
  Value size = memory.axisSize(axes[size_t(op.getAxes()[0])].getValue());
  Value base = lane.splat(memory.rowBase(/*reduced=*/true));

  // Where the other indices lead: the same for the tile, or for each row i.
  Value start = array.base, tileStride, stride;
  auto more = [&](Value &sum, Value one) { sum = sum ? add(sum, one) : one; };
  auto other = op.getIndices().begin();
  for (auto [axis, apart] : llvm::enumerate(array.strides)) {
    if (llvm::is_contained(op.getAxes(), int64_t(axis))) {
      more(stride, apart);
      continue;
    }
    Value index = *other++;
    if (isTileRow(index))
      more(tileStride, apart);
    else
      start = memory.address(start, times(spreadOf(index).members[0], apart),
                             array.element);
  }
  stride = lane.splat(stride);
  SpreadValue result;
  result.spread = Spread::Row;
  unsigned first = firstRowAtHand();
  for (unsigned r = 0; r < rowsAtHand(); ++r) {
    Value row = arith::SubIOp::create(
        builder, loc, lane.splat(number.at(r, 0, rowsAtHand())), base);
    Value inside = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ult, row, lane.splat(size));
    Value place = times(row, stride);
    if (tileStride)
      place = add(place, times(tileRowsInside(first + r), lane.splat(tileStride)));
    place = arith::SelectOp::create(builder, loc, inside, place,
                                    lane.splat(this->number(nowhere)));
    result.members.push_back(
        loadChosen(start, place, feature, array.element));
  }
  numbers[op] = result;
}

/// The numbers of the tile's rows; those past the last one repeat it.
Value TileEmitter::tileRowsInside(int64_t r) {
  Value size = memory.axisSize(grid.getAxes().getValue().back());
  return arith::MinSIOp::create(builder, loc, rowsFrom(tileRow, r),
                                lane.splat(subtract(size, number(1))));
}

Value TileEmitter::loadUnlessNowhere(Value start, Value place, Value feature,
                                     Type element) {
  Value somewhere =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, place,
                            this->number(nowhere));
  return loadIf(somewhere, element, [&] {
    Value row = memory.address(start, place, element);
    return memory.loadElement(element, memory.address(row, feature, element));
  });
}

Value TileEmitter::loadIf(Value condition, Type element,
                          function_ref<Value()> load) {
  Type held = heldType(element);
  auto branch = scf::IfOp::create(builder, loc, TypeRange(held), condition,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(builder, loc, load());
  builder.setInsertionPointToStart(branch.elseBlock());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(held));
  scf::YieldOp::create(builder, loc, zero);
  return branch.getResult(0);
}

/// A feature of a vector parameter, or of a constant vector. Its place is one
/// number for all, or one that each row or pair has for itself.
void TileEmitter::emitVectorExtract(vector::ExtractOp op) {
  Value source = op.getSource();
  SpreadValue place;
  if (op.getDynamicPosition().empty()) {
    int64_t flat = 0;
    for (auto [position, size] : llvm::zip(
             op.getStaticPosition(), op.getSourceVectorType().getShape()))
      flat = flat * size + position;
    place.members = {number(flat)};
  } else {
    place = spreadOf(op.getDynamicPosition()[0]);
  }
  // Matrices lie row by row, as their features are counted.
  while (auto cast = source.getDefiningOp<vector::ShapeCastOp>())
    source = cast.getSource();
  SpreadValue result;
  result.spread = place.spread;
  for (Value at : place.members)
    result.members.push_back(extractFeature(source, at));
  numbers[op] = result;
}

Value TileEmitter::extractFeature(Value source, Value place) {
  Type element = kdsl::featureElement(source.getType());
  bool isLane = isa<VectorType>(place.getType());
  if (auto argument = dyn_cast<BlockArgument>(source))
    return isLane ? loadPicked(memory.parameterBase(argument), place, element)
                  : memory.parameterFeature(argument, place);
  DenseElementsAttr elements;
  matchPattern(source, m_Constant(&elements));
  APInt known;
  if (matchPattern(place, m_ConstantInt(&known)) && !isLane)
    return scalarConstant(
        elements.getValues<Attribute>()[known.getZExtValue()], element);
  // A table in the code.
  Value table = arith::ConstantOp::create(builder, loc, elements);
  auto at = [&](Value number) -> Value {
    Value index = arith::IndexCastOp::create(builder, loc,
                                             builder.getIndexType(), number);
    return vector::ExtractOp::create(builder, loc, table, OpFoldResult(index));
  };
  if (!isLane)
    return at(place);
  SmallVector<Value> picked;
  for (int64_t k = 0; k < lanes; ++k)
    picked.push_back(at(vector::ExtractOp::create(builder, loc, place, k)));
  return vector::FromElementsOp::create(builder, loc,
                                        VectorType::get(lanes, element), picked);
}

} // namespace kdslc
