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

/// Of the rows in some lanes, one after the other.
Value VectorTile::distancesIn(Value mask, int64_t r, Value place) {
  Type f32 = builder.getF32Type();
  memory.store(vectors.constant(f32, std::numeric_limits<double>::infinity()),
               filter->distances, laneAlignment(f32));
  forEachLane(mask, [&](Value lane) {
    memory.store(distanceOf(add(number(r * lanes), lane), place),
                 memory.address(filter->distances, lane, f32));
  });
  return memory.load(vectors.lane(f32), filter->distances, laneAlignment(f32));
}

/// One by one where few lanes pass, as they do but for points that are too
/// close for their distance from the origin.
Value VectorTile::distancesWhere(Value mask, int64_t r, Value place) {
  Value bits = asBits(mask, builder.getI32Type());
  Value areMany = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::ugt,
      math::CtPopOp::create(builder, loc, bits), word(lanes / 2));
  Value distances = vectors.constant(builder.getF32Type(), 0);
  vectors.where(
      areMany, {&distances}, [&] { distances = distancesOf(r, place); },
      [&] { distances = distancesIn(mask, r, place); });
  return distances;
}

std::optional<SpreadValue> VectorTile::computed(ktile::ContractOp op,
                                                ArrayRef<Value> places) {
  auto sweep = op->getParentOfType<ktile::SweepOp>();
  if (!sweep || !sweep.getFiltered())
    return std::nullopt;
  Type f32 = builder.getF32Type();
  const unsigned first = firstRowAtHand();
  SpreadValue distances;
  distances.spread = Spread::Pair;
  for (Value place : places)
    for (unsigned r = first; r < first + rowsAtHand(); ++r) {
      if (!filter) {
        distances.members.push_back(distancesOf(r, place));
        continue;
      }
      Value at = times(subtract(place, filter->first), lanes);
      Value bound = memory.load(vectors.lane(f32),
                                memory.address(filter->bounds, at, f32),
                                laneAlignment(f32));
      // The state has seen the rows j of the group before this one.
      StateValue &state = stateOf(sweep.getBody().getArgument(1));
      distances.members.push_back(
          distancesWhere(mayPass(bound, limitOf(state, r)), r, place));
    }
  return distances;
}

} // namespace kdslc::cpu
