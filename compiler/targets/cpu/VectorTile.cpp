//===- VectorTile.cpp - rows in and out of a tile of vectors --------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include <numeric>

using namespace mlir;

namespace kdslc::cpu {

void VectorTile::reserveBuffers() {
  grid.walk([&](ktile::LoadOp load) {
    Value array = load.getRows();
    if (!readsTileRow(load) || tileBuffers.count(array))
      return;
    auto type = cast<kdsl::RowsType>(array.getType());
    tileBuffers[array] = memory.takeScratch(type.getWidth() * tileRows() *
                                            bytesOf(type.getElement()));
  });
  for (auto put : grid.getBody().getOps<ktile::PutOp>()) {
    auto type = cast<kdsl::RowsType>(grid.getResult(put.getResult()).getType());
    putBuffers[put] = memory.takeScratch(type.getWidth() * tileRows() *
                                         bytesOf(type.getElement()));
  }
}

/// buffer[feature][r] = row tile + r; rows past the last one repeat it, so that
/// every lane computes something valid.
void VectorTile::gatherRows(const Memory::Array &array, Value buffer,
                            Value tile, Value count) {
  Value last = arith::SubIOp::create(builder, loc, count, number(1));
  forLoop(number(0), number(tileRows()), 1, [&](Value r) {
    Value inside = arith::MinSIOp::create(builder, loc, r, last);
    Value row = add(tile, inside);
    Value from = memory.address(
        array.base, arith::MulIOp::create(builder, loc, row, array.stride),
        array.element);
    auto copy = [&](Value feature) {
      Value place = add(times(feature, tileRows()), r);
      memory.store(
          memory.load(array.element,
                      memory.address(from, feature, array.element)),
          memory.address(buffer, place, array.element));
    };
    forLoop(number(0), number(array.width), 1, copy);
  });
}

/// row tile + r of the array = buffer[feature][r], for the valid rows.
void VectorTile::scatterRows(const Memory::Array &array, Value buffer,
                             Value tile, Value count) {
  forLoop(number(0), count, 1, [&](Value r) {
    Value row = add(tile, r);
    Value to = memory.address(
        array.base, arith::MulIOp::create(builder, loc, row, array.stride),
        array.element);
    forLoop(number(0), number(array.width), 1, [&](Value e) {
      Value place = add(times(e, tileRows()), r);
      memory.store(memory.load(array.element,
                               memory.address(buffer, place, array.element)),
                   memory.address(to, e, array.element));
    });
  });
}

/// Vector `r` of feature `feature` in a buffer [feature][row].
Value VectorTile::placeOf(Value buffer, Type element, int64_t r,
                          Value feature) {
  Value place = add(times(feature, tileRows()), number(r * lanes));
  return memory.address(buffer, place, element);
}

Value VectorTile::loadTileRow(ktile::LoadOp op, int64_t r, Value feature) {
  Type element = op.getType();
  Value buffer = tileBuffers.find(op.getRows())->second;
  return memory.load(vectors.lane(element),
                     placeOf(buffer, element, r, feature),
                     laneAlignment(element));
}

/// Rows j are dense: the runtime packs them.
Value VectorTile::loadSweptRow(ktile::LoadOp op, Value place, Value feature) {
  const Memory::Array &array = arrayOf(op.getRows());
  Value row = memory.address(array.base, times(place, array.width),
                             array.element);
  return memory.load(array.element,
                     memory.address(row, feature, array.element));
}

Value VectorTile::rowsFrom(Value first, int64_t r) {
  SmallVector<int64_t> offsets(lanes);
  std::iota(offsets.begin(), offsets.end(), r * lanes);
  Value offset = arith::ConstantOp::create(builder, loc,
                                           builder.getI64VectorAttr(offsets));
  return add(vectors.splat(first), offset);
}

void VectorTile::putFeature(ktile::PutOp op, Value feature,
                            ArrayRef<Value> values) {
  Type element = kdsl::laneElement(values[0]);
  for (auto [r, value] : llvm::enumerate(values))
    memory.store(value,
                 placeOf(putBuffers.lookup(op), element, int64_t(r), feature),
                 laneAlignment(element));
}

void VectorTile::emitTile(Value tile, Value count) {
  for (auto [array, buffer] : tileBuffers)
    gatherRows(arrayOf(array), buffer, tile, count);
  emitTileBody(tile);
  for (auto put : grid.getBody().getOps<ktile::PutOp>())
    for (const Memory::Array &array :
         memory.destinations(grid.getResult(put.getResult())))
      scatterRows(array, putBuffers.lookup(put), tile, count);
}

} // namespace kdslc::cpu
