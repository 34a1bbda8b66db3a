//===- VectorDistances.cpp - distances that a filter lets through ---------===//
//
// Every distance that is folded is the same sum, whatever a lane is: one of
// every `lanes`th feature, and then those, halves first.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;

namespace kdslc::cpu {

Value VectorTile::addSquare(Value x, Value y, Value sum) {
  Value apart = arith::SubFOp::create(builder, loc, x, y);
  return math::FmaOp::create(builder, loc, apart, apart, sum);
}

/// Of all rows of a vector: a lane is a row i.
Value VectorTile::distancesOf(int64_t r, Value place) {
  SmallVector<Value> sums(size_t(lanes),
                          vectors.constant(builder.getF32Type(), 0));
  foldParts(1, sums, [&](Value d, int64_t width, MutableArrayRef<Value> sums) {
    for (int64_t l = 0; l < width; ++l) {
      Value feature = add(d, number(l));
      Value y = loadSweptRow(distance->ofSweep, place, feature);
      sums[size_t(l)] = addSquare(loadTileRow(distance->ofTile, r, feature),
                                  vectors.splat(y), sums[size_t(l)]);
    }
  });
  for (size_t half = size_t(lanes) / 2; half > 0; half /= 2)
    for (size_t l = 0; l < half; ++l)
      sums[l] = vectors.add(sums[l], sums[l + half]);
  return sums[0];
}

/// Of one row of the tile: a lane is a feature.
Value VectorTile::distanceOf(Value row, Value place) {
  Value last = subtract(add(firstRow, rowCount), number(1));
  row = min(add(firstRow, row), last);
  SmallVector<Value> sum = {vectors.constant(builder.getF32Type(), 0)};
  foldParts(8, sum, [&](Value d, int64_t width, MutableArrayRef<Value> sum) {
    sum[0] = addSquare(
        loadFeatures(tileAddress(accessOf(distance->ofTile), row, d), width),
        loadFeatures(sweptAddress(accessOf(distance->ofSweep), place, d), width),
        sum[0]);
  });
  return vector::ExtractOp::create(builder, loc, sumOverLanes(sum), int64_t(0));
}

/// Of the row at hand in its lane, and elsewhere what changes no state.
SmallVector<Value> VectorTile::distancesOfRow(Value place) {
  Type f32 = builder.getF32Type();
  Value own = vectors.splat(filter->own);
  Value distance = vectors.splat(distanceOf(filter->own, place));
  SmallVector<Value> distances;
  for (int64_t r = 0; r < rows; ++r)
    distances.push_back(vectors.select(
        vectors.compareInt(arith::CmpIPredicate::eq, rowsFrom(number(0), r), own),
        distance,
        vectors.constant(f32, std::numeric_limits<double>::infinity())));
  return distances;
}

std::optional<SpreadValue> VectorTile::computed(ktile::ContractOp op,
                                                ArrayRef<Value> places) {
  auto sweep = op->getParentOfType<ktile::SweepOp>();
  if (!sweep || !sweep.getFiltered())
    return std::nullopt;
  SpreadValue distances;
  distances.spread = Spread::Pair;
  for (Value place : places)
    if (filter)
      distances.members.append(distancesOfRow(place));
    else
      for (int64_t r = 0; r < rows; ++r)
        distances.members.push_back(distancesOf(r, place));
  return distances;
}

} // namespace kdslc::cpu
