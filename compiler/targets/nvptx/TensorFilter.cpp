//===- TensorFilter.cpp - distances of many features that are too large ---===//
//
// In shared memory: the center, rows j as TensorSteps.h has those of one number,
// and {-2 V, lower} of each.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/nvptx/TensorFilter.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/nvptx/Warp.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace kdslc::nvptx {

static constexpr double u = 0x1p-24, tiny = 0x1p-100;
static constexpr double h = 0.8 * 0x1p-12, g = (1 + 0x1p-9) / h;
/// Of A and B.
static constexpr double mostOfNorm = 0x1p120;
/// Of a number of the center: one that is far off would let all pairs through.
static constexpr double mostOfCenter = 0x1p60;
/// Rows i that it is the mean of.
static constexpr int64_t rowsOfCenter = 8;

static double shareOfNorm(int64_t features) {
  return 1 - double(10 * features + 16) * u - h;
}
/// To the next number of f32 above.
static double shareOfThreshold(int64_t features) {
  return 1 + std::ceil(double(features + 6) / 2) * 2 * u;
}

int64_t TensorFilter::groupFor(int64_t features, int64_t states) {
  // Where 128 registers suffice a multiprocessor has two blocks, which do not wait
  // for rows j at the same time.
  constexpr int64_t ofTwoBlocks = 50;
  if (12 * stepsOf(features) + states <= ofTwoBlocks)
    return 2 * stepColumns;
  // Rows i, and bounds with what they are compared with.
  constexpr int64_t budget = 190;
  for (int64_t group : {4 * stepColumns, 2 * stepColumns, stepColumns})
    if (4 * rowParts * stepsOf(features) + 3 * group / 2 + 2 * states <= budget)
      return group;
  return 0;
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

/// Of the center, with zeros for what lanes read behind the features.
static int64_t numbersOfCenter(int64_t features, int64_t turns) {
  constexpr int64_t at = TensorSteps::laneFeatures;
  const int64_t places = TensorSteps::stepsOf(features) * 4;
  return at * int64_t(llvm::alignTo(uint64_t(places), uint64_t(turns)));
}

int64_t TensorFilter::sharedBytes(int64_t features,
                                  const kdsl::Schedule &schedule) {
  const int64_t rows = schedule.stage;
  return 4 * (numbersOfCenter(features, schedule.lanes / rows) +
              rows * (numbersOfRow(features, /*parts=*/1) + 2));
}

TensorFilter::TensorFilter(kdsl::Lanes &lane, Memory &memory, int64_t features,
                           const kdsl::Schedule &schedule, Value thread,
                           Value shared)
    : TensorSteps(lane.builder, lane.loc, memory, features, Factors::F16,
                  schedule.lanes, thread),
      lane(lane), halves(lane.builder, lane.loc, Factors::F16),
      group(schedule.group), rows(schedule.stage),
      rowNumbers(numbersOfRow(features, /*parts=*/1)), center(shared) {
  staged = place(center, number(numbersOfCenter(features, threads / rows)));
  ofRows = place(staged, number(rows * rowNumbers));
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value TensorFilter::bitsOf(Value x) {
  return lane.bitcast(x, builder.getI32Type());
}

Value TensorFilter::numberOf(Value bits) {
  return lane.bitcast(bits, builder.getF32Type());
}

Value TensorFilter::multiplyAdd(Value a, Value b, Value c) {
  return math::FmaOp::create(builder, loc, a, b, c);
}

/// The bits of 2^k as f32.
static constexpr int64_t power(int64_t k) { return (k + 127) << 23; }

/// The power of two by which a row is divided.
/// \param largest  of its magnitudes, as bits.
Value TensorFilter::scaleOf(Value largest) {
  constexpr int64_t top = 14, least = -48, most = 60;
  Value exponent =
      arith::AndIOp::create(builder, loc, largest, word(0x7f800000));
  exponent = lane.maxInt(lane.minInt(exponent, word(power(most))),
                         word(power(least)));
  return numberOf(lane.addInt(exponent, word(-(top << 23))));
}

/// Of a power of two.
Value TensorFilter::inverse(Value scale) {
  return numberOf(
      arith::SubIOp::create(builder, loc, word(2 * power(0)), bitsOf(scale)));
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// The mean of some rows i, in shared memory.
void TensorFilter::findCenter(Load load) {
  Type f32 = builder.getF32Type();
  auto loop = scf::ForOp::create(
      builder, loc, thread,
      number(numbersOfCenter(features, threads / rows)), number(threads));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value feature = loop.getInductionVar(), sum = real(0);
  for (int64_t k = 0; k < rowsOfCenter; ++k)
    sum = lane.add(sum, load(number(k * threads / rowsOfCenter),
                             min(feature, number(features - 1))));
  Value mean = lane.mul(sum, real(1.0f / rowsOfCenter));
  Value isNear = lane.compare(kdsl::Lanes::CmpF::OLE, lane.absolute(mean),
                              lane.constant(f32, mostOfCenter));
  Value isThere = lane.both(isNear, isLess(feature, number(features)));
  LLVM::StoreOp::create(builder, loc, lane.select(isThere, mean, real(0)),
                        place(center, feature), 4);
}

/// Of a row that lanes take in turns of four features, x - c for this one.
SmallVector<Value> TensorFilter::loadApart(Load load, Value row, Value turn,
                                           int64_t turns) {
  SmallVector<Value> apart;
  for (int64_t first = 0; first < 4 * steps; first += turns) {
    Value from = times(turn, laneFeatures);
    Value near = loadNumbers(place(center, from, first * laneFeatures),
                             laneFeatures);
    for (int64_t k = 0; k < laneFeatures; ++k) {
      const int64_t more = first * laneFeatures + k;
      Value loaded = loadWithin(load, row, add(from, number(more)),
                                more + (turns - 1) * laneFeatures);
      apart.push_back(lane.sub(
          loaded, vector::ExtractOp::create(builder, loc, near, k)));
    }
  }
  return apart;
}

/// The numbers of f16 that stand for a row, and what bounds its squares from
/// below: NaN where it is too large, or no number.
TensorFilter::Row TensorFilter::roundRow(ArrayRef<Value> apart, Value scale,
                                         int64_t sharers) {
  Row row;
  Type f32 = builder.getF32Type();
  Value up = inverse(scale), down = arith::NegFOp::create(builder, loc, scale);
  Value norm = real(0), lost = real(0);
  for (size_t k = 0; k < apart.size(); k += 2) {
    row.words.push_back(
        halves.pack(lane.mul(apart[k], up), lane.mul(apart[k + 1], up)));
    for (size_t n = 0; n < 2; ++n) {
      Value x = apart[k + n];
      Value off =
          multiplyAdd(halves.unpack(row.words.back(), int64_t(n)), down, x);
      norm = multiplyAdd(x, x, norm);
      lost = multiplyAdd(off, off, lost);
    }
  }
  auto add = [&](Value a, Value b) { return lane.add(a, b); };
  norm = overLanes(builder, loc, norm, sharers, add);
  lost = overLanes(builder, loc, lost, sharers, add);
  Value least = multiplyAdd(
      lost, lane.constant(f32, -g),
      lane.mul(norm, lane.constant(f32, shareOfNorm(features))));
  row.norm = lane.select(
      lane.compare(kdsl::Lanes::CmpF::OLE, norm,
                   lane.constant(f32, mostOfNorm)),
      least, lane.constant(f32, std::numeric_limits<double>::quiet_NaN()));
  return row;
}

/// That of the warp's rows i. Those that are too large have no say.
Value TensorFilter::findScale(Load load) {
  constexpr int64_t most = power(60);
  auto loop = scf::ForOp::create(builder, loc, number(0), number(2 * rowParts),
                                 number(1), word(0));
  keepLoop(loop);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value row = add(add(warpRow, quad), times(loop.getInductionVar(), 8));
    Value largest = halves.largest(loadApart(load, row, inQuad, 4), 4);
    Value isOut =
        lane.compareInt(arith::CmpIPredicate::sgt, largest, word(most));
    Value counted = lane.select(isOut, word(0), largest);
    scf::YieldOp::create(
        builder, loc, lane.maxInt(counted, loop.getRegionIterArgs().front()));
  }
  Value ofWarp = NVVM::ReduxOp::create(
      builder, loc, builder.getI32Type(), loop.getResult(0),
      NVVM::ReduxKind::UMAX, word(-1));
  return scaleOf(ofWarp);
}

void TensorFilter::loadTile(Load load) {
  // Others may still read what a sweep before has there.
  NVVM::Barrier0Op::create(builder, loc);
  findCenter(load);
  NVVM::Barrier0Op::create(builder, loc);
  scale = findScale(load);
  tileRows.assign(rowParts, std::vector<SmallVector<Value, 4>>(
                                size_t(steps), SmallVector<Value, 4>(4)));
  norms.clear();
  for (int64_t n = 0; n < 2 * rowParts; ++n) {
    Value at = add(add(warpRow, quad), number(8 * n));
    Row row = roundRow(loadApart(load, at, inQuad, 4), scale, 4);
    for (auto [k, two] : llvm::enumerate(row.words))
      tileRows[size_t(n / 2)][k / laneWords][2 * (k % laneWords) +
                                             size_t(n % 2)] = two;
    norms.push_back(row.norm);
  }
}

SmallVector<Value> TensorFilter::limits(Value threshold, Value isInside) {
  Type f32 = builder.getF32Type(), i32 = builder.getI32Type();
  // No pair passes of a row that is not there.
  Value own = lane.select(
      isInside,
      lane.mul(threshold, lane.constant(f32, shareOfThreshold(features))),
      lane.constant(f32, -std::numeric_limits<double>::infinity()));
  Value from = arith::TruncIOp::create(builder, loc, i32, quad);
  SmallVector<Value> limits;
  for (auto [n, norm] : llvm::enumerate(norms))
    limits.push_back(lane.sub(
        ofLane(builder, loc, own, lane.addInt(from, word(8 * int64_t(n)))), norm));
  return limits;
}

void TensorFilter::stage(Value count, Load load) {
  // Some threads take turns with what lanes have of a row.
  const int64_t turns = threads / rows, places = 4 * steps;
  Type f32 = builder.getF32Type();
  Value at = divide(thread, turns), turn = rest(thread, turns);
  Value from = min(at, subtract(count, number(1)));
  SmallVector<Value> apart = loadApart(load, from, turn, turns);
  Value scale = scaleOf(halves.largest(apart, turns));
  Row row = roundRow(apart, scale, turns);

  auto storeIf = [&](Value condition, ArrayRef<Value> what, Value where) {
    OpBuilder::InsertionGuard guard(builder);
    if (condition)
      builder.setInsertionPointToStart(
          scf::IfOp::create(builder, loc, condition).thenBlock());
    auto type = VectorType::get(int64_t(what.size()), what.front().getType());
    LLVM::StoreOp::create(
        builder, loc, vector::FromElementsOp::create(builder, loc, type, what),
        where, unsigned(4 * what.size()));
  };
  Value to =
      place(staged, add(times(at, rowNumbers), times(turn, laneWords)));
  for (int64_t first = 0; first < places; first += turns)
    storeIf(first + turns > places // the last turns are of some threads only
                ? isLess(turn, number(places - first))
                : Value(),
            ArrayRef(row.words).slice(size_t(first / turns * laneWords),
                                      size_t(laneWords)),
            place(to, number(laneWords * first)));
  // Behind the last row j is what no pair passes.
  Value lower = lane.select(
      isLess(at, count), lane.add(row.norm, lane.constant(f32, -tiny)),
      lane.constant(f32, std::numeric_limits<double>::infinity()));
  storeIf(isLess(turn, number(1)), {lane.mul(scale, real(-2)), lower},
          place(ofRows, times(at, 2)));
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

TensorFilter::Bounds TensorFilter::bounds(Value first) {
  const auto parts = size_t(rowParts), columns = size_t(group / stepColumns);
  std::vector<Sums> sums(parts * columns, noSums());
  Value row = add(first, quad);
  Value at = add(times(row, rowNumbers), times(inQuad, laneWords));
  auto words = VectorType::get(laneWords, builder.getI32Type());
  // None waits for the one before it.
  for (size_t step = 0; step < size_t(steps); ++step)
    for (size_t column = 0; column < columns; ++column) {
      const int64_t to = int64_t(column) * stepColumns * rowNumbers +
                         int64_t(step) * 4 * laneWords;
      Value read = LLVM::LoadOp::create(builder, loc, words,
                                        place(staged, at, to),
                                        unsigned(4 * laneWords));
      SmallVector<Value> y;
      for (int64_t k = 0; k < laneWords; ++k)
        y.push_back(vector::ExtractOp::create(builder, loc, read, k));
      for (size_t part = 0; part < parts; ++part) {
        Sums &sum = sums[column * parts + part];
        sum = multiply(tileRows[part][step], y, sum);
      }
    }
  Bounds bounds(2 * parts);
  for (size_t column = 0; column < columns; ++column) {
    Value four = loadNumbers(
        place(ofRows, times(add(first, times(inQuad, 2)), 2),
              2 * stepColumns * int64_t(column)),
        4);
    SmallVector<Value> scales, lowers;
    for (int64_t k = 0; k < 2; ++k) {
      scales.push_back(lane.mul(
          vector::ExtractOp::create(builder, loc, four, 2 * k), scale));
      lowers.push_back(
          vector::ExtractOp::create(builder, loc, four, 2 * k + 1));
    }
    for (size_t n = 0; n < 2 * parts; ++n)
      for (size_t k = 0; k < 2; ++k)
        bounds[n].push_back(
            multiplyAdd(sums[column * parts + n / 2][2 * (n % 2) + k],
                        scales[k], lowers[k]));
  }
  return bounds;
}

/// The least of a row first, NaN if one is: so there is little to compare where
/// none passes.
Value TensorFilter::anyPasses(const Bounds &bounds, ArrayRef<Value> limits) {
  Value any;
  for (auto [ofRow, limit] : llvm::zip(bounds, limits)) {
    Value least = ofRow.front();
    for (Value bound : ArrayRef(ofRow).drop_front())
      least = arith::MinimumFOp::create(builder, loc, least, bound);
    Value passes = isBelow(least, limit);
    any = any ? lane.either(any, passes) : passes;
  }
  return anyOfWarp(any);
}

/// Or one is NaN.
Value TensorFilter::isBelow(Value bound, Value limit) {
  return lane.compare(kdsl::Lanes::CmpF::ULT, bound, limit);
}

Value TensorFilter::ownPasses(const Bounds &bounds, ArrayRef<Value> limits) {
  Type i32 = builder.getI32Type();
  // Of 8 rows j a lane has 8 bits, two for each of its rows i.
  Value bits = word(0);
  for (auto [n, ofRow] : llvm::enumerate(bounds))
    for (auto [k, bound] : llvm::enumerate(ofRow))
      bits = arith::OrIOp::create(
          builder, loc, bits,
          lane.select(isBelow(bound, limits[n]),
                      word(int64_t(1) << (8 * (k / 2) + 2 * n + k % 2)),
                      word(0)));
  Value number = arith::TruncIOp::create(builder, loc, i32, rest(thread, warp));
  Value inPart = arith::AndIOp::create(builder, loc, number, word(7));
  Value from = arith::ShLIOp::create(builder, loc, inPart, word(2));
  Value shift = arith::ShLIOp::create(
      builder, loc, arith::ShRUIOp::create(builder, loc, number, word(3)),
      word(1));
  Value own = word(0);
  for (int64_t t = 0; t < 4; ++t) {
    Value two = arith::AndIOp::create(
        builder, loc,
        arith::ShRUIOp::create(
            builder, loc,
            ofLane(builder, loc, bits, lane.addInt(from, word(t))), shift),
        word(0x03030303));
    own = arith::OrIOp::create(
        builder, loc, own,
        arith::ShLIOp::create(builder, loc, two, word(2 * t)));
  }
  return own;
}

} // namespace kdslc::nvptx
