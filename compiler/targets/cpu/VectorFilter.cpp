//===- VectorFilter.cpp - filtered sweeps of a tile of vectors ------------===//
//
// In scratch: the center, with zeros up to whole vectors; -2 x' as
// [feature][row]; bounds as [row j][row i]; and limits of the rows i.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/emit/StateComponents.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

namespace kdslc::cpu {

void VectorTile::reserveFilter() {
  grid.walk([&](ktile::SweepOp sweep) {
    if (!sweep.getFiltered() || parts.merge)
      return;
    const int64_t features = ktile::foldedDistance(sweep)->features;
    const int64_t padded =
        int64_t(llvm::alignTo(uint64_t(features), uint64_t(lanes)));
    Filter &filter = filters[sweep];
    filter.center = memory.takeScratch(4 * padded);
    filter.ofTile = memory.takeScratch(
        4 * int64_t(llvm::alignTo(uint64_t(features), hasMatrixUnit() ? 32 : 1)) *
        tileRows());
    filter.bounds = memory.takeScratch(4 * tileRows() * int64_t(sweep.getGroup()));
    filter.limits = memory.takeScratch(4 * tileRows());
    // Of a matrix unit those of the next group, too.
    filter.lowers = memory.takeScratch(4 * int64_t(sweep.getGroup()) *
                                       (hasMatrixUnit() ? 2 : 1));
    if (hasMatrixUnit())
      reserveMatrices(features, filter.matrices);
  });
}

/// Updates some values by all features, `step` at a time; up to `written` turns
/// are written out.
void VectorTile::foldFeatures(
    int64_t count, int64_t step, int64_t written, MutableArrayRef<Value> values,
    function_ref<void(Value feature, MutableArrayRef<Value>)> body) {
  if (count <= written * step) {
    for (int64_t d = 0; d < count; d += step)
      body(number(d), values);
    return;
  }
  auto loop = scf::ForOp::create(builder, loc, number(0), number(count),
                                 number(step), ValueRange(values));
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> inside(loop.getRegionIterArgs());
  body(loop.getInductionVar(), inside);
  if (!inside.empty()) // else the loop was made with its end
    scf::YieldOp::create(builder, loc, inside);
  llvm::copy(loop.getResults(), values.begin());
}

//===----------------------------------------------------------------------===//
// Rows i
//===----------------------------------------------------------------------===//

/// Of three rows i the middle number of each feature, as one of them may be far
/// from all others; or the origin.
void VectorTile::findCenter() {
  Type f32 = builder.getF32Type();
  const int64_t features = distance->features;
  auto real = [&](double value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getF32FloatAttr(float(value)));
  };
  foldFeatures(features, 1, 0, {}, [&](Value d, MutableArrayRef<Value>) {
    Value ofRows = loadTileRow(distance->ofTile, 0, d);
    auto ofLane = [&](int64_t l) -> Value {
      return vector::ExtractOp::create(builder, loc, ofRows, l);
    };
    Value a = ofLane(0), b = ofLane(lanes / 2), c = ofLane(lanes - 1);
    Value low = vectors.minAny(a, b), high = vectors.maxAny(a, b);
    Value middle = vectors.maxAny(low, vectors.minAny(high, c));
    Value size = math::AbsFOp::create(builder, loc, middle);
    Value isNear =
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLE, size,
                              real(DistanceBound::mostOfCenter));
    memory.store(select(isNear, middle, real(0)),
                 memory.address(filter->center, d, f32));
  });
  for (int64_t d = features; d % lanes != 0; ++d)
    memory.store(real(0), memory.address(filter->center, number(d), f32));
}

Value VectorTile::centerOf(Value feature) {
  Type f32 = builder.getF32Type();
  return memory.load(f32, memory.address(filter->center, feature, f32));
}

void VectorTile::startFilter(ktile::SweepOp op) {
  filter = &filters.find(op)->second;
  filter->rests.clear();
  findCenter();

  Type f32 = builder.getF32Type();
  const DistanceBound bound = boundOfFeatures();
  auto real = [&](double value) { return vectors.constant(f32, value); };
  // |c|^2, then |x'|^2 and x'.c of each vector of rows.
  SmallVector<Value> sums(size_t(1 + 2 * rows), real(0));
  foldFeatures(distance->features, 1, 0, sums,
               [&](Value d, MutableArrayRef<Value> sums) {
                 Value center = vectors.splat(centerOf(d));
                 sums[0] = vectors.addProduct(sums[0], center, center);
                 for (int64_t r = 0; r < rows; ++r) {
                   Value apart =
                       vectors.sub(loadTileRow(distance->ofTile, r, d), center);
                   Value &norm = sums[size_t(1 + 2 * r)],
                         &product = sums[size_t(2 + 2 * r)];
                   norm = vectors.addProduct(norm, apart, apart);
                   product = vectors.addProduct(product, apart, center);
                   Value factor = vectors.mul(apart, real(-2));
                   memory.store(factor, placeOf(filter->ofTile, f32, r, d),
                                laneAlignment(f32));
                 }
               });
  StateValue &state = stateOf(op.getBody().getArgument(1));
  for (int64_t r = 0; r < rows; ++r) {
    Value norm = sums[size_t(1 + 2 * r)], product = sums[size_t(2 + 2 * r)];
    auto root = [&](Value square) -> Value {
      return math::SqrtOp::create(builder, loc, square);
    };
    Value rest = vectors.mul(norm, real(bound.shareOfNorm));
    if (!hasMatrixUnit()) {
      rest = vectors.addProduct(rest, product, real(2));
      rest = vectors.sub(rest, vectors.mul(vectors.mul(root(norm), root(sums[0])),
                                           real(bound.shareOfProduct)));
    }
    filter->rests.push_back(orNaN(vectors, norm, rest));
    state.limits.push_back(limitOf(state, unsigned(r)));
  }
  if (hasMatrixUnit())
    packTile();
}

DistanceBound VectorTile::boundOfFeatures() {
  return {distance->features, hasMatrixUnit() ? BoundBy::MatrixUnit : BoundBy::Vectors};
}

/// A value made of a norm that is too large, or no number, is NaN.
Value VectorTile::orNaN(TileLanes &lanes, Value norm, Value value) {
  Type f32 = builder.getF32Type();
  return lanes.select(
      lanes.compare(kdsl::Lanes::CmpF::OLE, norm,
                    lanes.constant(f32, DistanceBound::mostOfNorm)),
      value, lanes.constant(f32, std::numeric_limits<double>::quiet_NaN()));
}

Value VectorTile::limitOf(const StateValue &state, unsigned r) {
  const DistanceBound bound = boundOfFeatures();
  return vectors.sub(vectors.mul(thresholdOf(state, r),
                                 vectors.constant(builder.getF32Type(),
                                                  bound.shareOfThreshold)),
                     filter->rests[r]);
}

//===----------------------------------------------------------------------===//
// Rows j
//===----------------------------------------------------------------------===//

/// Some features of a row, and zeros behind them: what lies there is not read.
Value VectorTile::loadFeatures(Value address, int64_t count) {
  Type type = vectors.lane(builder.getF32Type());
  if (count == lanes)
    return memory.load(type, address, 4);
  SmallVector<bool> isThere(size_t(lanes), false);
  std::fill_n(isThere.begin(), count, true);
  Value mask = arith::ConstantOp::create(builder, loc,
                                         builder.getBoolVectorAttr(isThere));
  Value none = vectors.constant(builder.getF32Type(), 0);
  return LLVM::MaskedLoadOp::create(builder, loc, type, address, mask, none, 4);
}

/// Updates some values by every vector of features.
void VectorTile::foldParts(
    int64_t written, MutableArrayRef<Value> values,
    function_ref<void(Value feature, int64_t count, MutableArrayRef<Value>)>
        body) {
  const int64_t features = distance->features, rest = features % lanes;
  foldFeatures(
      features - rest, lanes, written, values,
      [&](Value d, MutableArrayRef<Value> values) { body(d, lanes, values); });
  if (rest > 0)
    body(number(features - rest), rest, values);
}

/// |fl(y - c)|^2 of the rows j of a group, side by side.
Value VectorTile::normsOfGroup(Value first, int64_t count) {
  Type f32 = builder.getF32Type();
  const Access &access = accessOf(distance->ofSweep);
  SmallVector<Value> sums(size_t(count), vectors.constant(f32, 0));
  foldParts(8, sums, [&](Value d, int64_t width, MutableArrayRef<Value> sums) {
    Value center =
        memory.load(vectors.lane(f32), memory.address(filter->center, d, f32),
                    laneAlignment(f32));
    for (int64_t g = 0; g < count; ++g) {
      Value apart = vectors.sub(
          loadFeatures(sweptAddress(access, add(first, number(g)), d), width),
          center);
      sums[size_t(g)] = vectors.addProduct(sums[size_t(g)], apart, apart);
    }
  });
  return sumOverLanes(sums);
}

//===----------------------------------------------------------------------===//
// Sweeps
//===----------------------------------------------------------------------===//

/// Bounds of all pairs of a group, [row j][row i].
SmallVector<Value> VectorTile::boundsOf(Value first, int64_t count) {
  Type f32 = builder.getF32Type();
  SmallVector<Value> bounds(size_t(count * rows), vectors.constant(f32, 0));
  foldFeatures(
      distance->features, 1, 0, bounds,
      [&](Value d, MutableArrayRef<Value> products) {
        fetchNext(distance->ofSweep, first, count, d);
        SmallVector<Value> factors;
        for (int64_t r = 0; r < rows; ++r)
          factors.push_back(memory.load(vectors.lane(f32),
                                        placeOf(filter->ofTile, f32, r, d),
                                        laneAlignment(f32)));
        for (int64_t g = 0; g < count; ++g) {
          Value feature = vectors.splat(
              loadSweptRow(distance->ofSweep, add(first, number(g)), d));
          for (int64_t r = 0; r < rows; ++r) {
            Value &product = products[size_t(g * rows + r)];
            product = vectors.addProduct(product, factors[size_t(r)], feature);
          }
        }
      });
  // Behind the products, which need not wait for it.
  for (int64_t g = 0; g < count; ++g) {
    Value lower = vectors.splat(
        memory.load(f32, memory.address(filter->lowers, number(g), f32)));
    for (int64_t r = 0; r < rows; ++r) {
      Value &bound = bounds[size_t(g * rows + r)];
      bound = vectors.add(bound, lower);
    }
  }
  return bounds;
}

/// The lanes whose bound does not leave a pair out.
Value VectorTile::mayPass(TileLanes &lanes, Value bound, Value limit) {
  return lanes.compare(kdsl::Lanes::CmpF::ULT, bound, limit);
}

/// `lower` of the rows j of a group, side by side.
Value VectorTile::lowersOf(Value norms) {
  Type f32 = builder.getF32Type();
  const DistanceBound constants = boundOfFeatures();
  std::unique_ptr<TileLanes> columns = columnLanes();
  auto real = [&](double value) { return columns->constant(f32, value); };
  return orNaN(*columns, norms,
               columns->sub(columns->mul(norms, real(constants.shareOfNorm)),
                            real(constants.tiny)));
}

/// Whether the bound of some row j is NaN for all rows i.
Value VectorTile::isUnknown(Value lowers) {
  std::unique_ptr<TileLanes> columns = columnLanes();
  return columns->any(
      columns->compare(kdsl::Lanes::CmpF::UNO, lowers, lowers));
}

/// The least of some vectors, where none is NaN.
Value VectorTile::leastOf(ArrayRef<Value> values) {
  if (values.size() == 1)
    return values.front();
  const size_t half = values.size() / 2;
  return vectors.minAny(leastOf(values.drop_front(half)),
                        leastOf(values.take_front(half)));
}

/// The least bound of each row i tells, where none is NaN, whether some row j
/// has to be looked at.
void VectorTile::filterGroup(ktile::SweepOp op, Value first) {
  const auto count = int64_t(op.getGroup());
  filter->first = first;
  Value unknown;
  SmallVector<Value> bounds, hits;
  if (hasMatrixUnit()) {
    unknown = multiply(first);
    bounds = loadBounds();
  } else {
    Value lowers = lowersOf(normsOfGroup(first, count));
    // Volatile: LLVM would move all of this behind the loop over features, where
    // registers are full.
    LLVM::StoreOp::create(builder, loc, lowers, filter->lowers, 4,
                          /*isVolatile=*/true);
    unknown = isUnknown(lowers);
    bounds = boundsOf(first, count);
  }
  auto ofRow = [&](int64_t r) {
    SmallVector<Value> some;
    for (size_t k = size_t(r); k < bounds.size(); k += size_t(rows))
      some.push_back(bounds[k]);
    return some;
  };
  ArrayRef<Value> limits = stateOf(op.getBody().getArgument(1)).limits;
  Value some;
  for (int64_t r = 0; r < rows; ++r) {
    hits.push_back(mayPass(vectors, leastOf(ofRow(r)), limits[size_t(r)]));
    some = some ? vectors.either(some, hits.back()) : hits.back();
  }
  Value isNear = arith::OrIOp::create(builder, loc, vectors.any(some), unknown);
  whereStates(op, isNear, [&] {
    if (!hasMatrixUnit())
      storeVectors(bounds, filter->bounds);
    foldNear(op, hits, unknown);
  });
}

/// Folds the pairs of the group at hand that may change a state: those of each row i
/// that has some by their own distances; or all, where nearly all rows have.
void VectorTile::foldNear(ktile::SweepOp op, ArrayRef<Value> hits,
                          Value unknown) {
  IntegerType type = wordFor(tileRows());
  Value bits = joinedBits(hits, type);
  const int64_t few = tileRows() - int64_t(llvm::divideCeil(tileRows(), 16));
  Value areMany = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::ugt,
      math::CtPopOp::create(builder, loc, bits),
      arith::ConstantIntOp::create(builder, loc, type, few));
  whereStates(
      op, arith::OrIOp::create(builder, loc, areMany, unknown),
      [&] {
        Filter *known = std::exchange(filter, nullptr);
        const auto count = int64_t(op.getGroup());
        emitPairs(op, std::nullopt, known->first,
                  word(int64_t(llvm::maskTrailingOnes<uint32_t>(unsigned(count)))));
        filter = known;
      },
      [&] {
        storeVectors(stateOf(op.getBody().getArgument(1)).limits, filter->limits);
        forEachBit(op, bits, [&](Value row) { foldRow(op, row); });
      });
  StateValue &state = stateOf(op.getBody().getArgument(1));
  for (unsigned r = 0; r < unsigned(rows); ++r)
    state.limits[r] = limitOf(state, r);
}

/// Those of a row of the tile.
void VectorTile::foldRow(ktile::SweepOp op, Value row) {
  Type f32 = builder.getF32Type();
  std::unique_ptr<TileLanes> columns = columnLanes();
  const auto count = int64_t(op.getGroup());
  Value bounds = loadPicked(
      *columns, memory.address(filter->bounds, row, f32),
      multiplesOf(tileRows(), count), f32);
  Value limit = memory.load(f32, memory.address(filter->limits, row, f32));
  Value bits = asBits(mayPass(*columns, bounds, columns->splat(limit)),
                      builder.getI32Type());
  filter->own = row;
  StateValue &state = stateOf(op.getBody().getArgument(1));
  if (liesByRow(state))
    forEachBit(op, bits, [&](Value g) { enterPair(op, add(filter->first, g)); });
  else
    emitPairs(op, std::nullopt, filter->first, bits);
  filter->own = Value();
}

/// A pair of that row and row j `place` enters a list.
void VectorTile::enterPair(ktile::SweepOp op, Value place) {
  StateValue &state = stateOf(op.getBody().getArgument(1));
  StateComponents components(*this, state, ktile::FoldOp());
  filter->place = place;
  state.type.getInterface().enterByRow(lane, state.shared, /*offers=*/{},
                                       components);
}

/// Some first rows j, behind which there are whole groups, are met without a
/// bound: states that have seen none take what they meet.
void VectorTile::emitFiltered(ktile::SweepOp op, Value from, Value to) {
  distance = ktile::foldedDistance(op);
  const auto group = int64_t(op.getGroup());
  Value count = max(subtract(to, from), number(0));
  // 1 to `group` of them, which is at most 32, or none of none.
  Value head =
      min(add(rest(add(count, number(group - 1)), group), number(1)), count);
  Value some = arith::TruncIOp::create(builder, loc, builder.getI32Type(), head);
  Value bits = firstOf(word(-1), some, group);
  emitPairs(op, std::nullopt, from,
            select(isEqual(head, number(0)), word(0), bits));
  startFilter(op);
  Value start = add(from, head), end = add(from, count);
  if (hasMatrixUnit())
    packFirst(start, end);
  carryStates(op, start, end, number(group),
              [&](Value first) { filterGroup(op, first); });
  stateOf(op.getBody().getArgument(1)).limits.clear();
  filter = nullptr;
}

} // namespace kdslc::cpu
