//===- WeightedSums.cpp - weighted values by tensor cores -----------------===//
//
// A step multiplies 16 rows i by 8 components in 8 rows j: mma.m16n8k8. Which row j
// stands where does not matter as long as both factors agree, so that in two steps
// lane 4 g + t takes the neighbours 4 t to 4 t + 3:
//
//   of weights    rows g, g + 8 at rows j 4 t .., one vector each
//   of values     component g of rows j 4 t ..
//   of sums       rows g, g + 8 of components 2 t, 2 t + 1
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/nvptx/WeightedSums.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/emit/TileState.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <array>

using namespace mlir;

namespace kdslc::nvptx {

/// The more tiles have their sums in registers, the fewer times weights are read, but
/// beside as many numbers that a lane keeps meanwhile.
WeightedSums::Tiles WeightedSums::tilesOf(int64_t width, int64_t kept) {
  const int64_t most = kept > 64 ? 2 : kept > 32 ? 4 : 8;
  const auto all = int64_t(llvm::divideCeil(width, stepColumns));
  const auto batches = int64_t(llvm::divideCeil(all, most));
  return {int64_t(llvm::divideCeil(all, batches)), batches};
}

int64_t WeightedSums::gatheredRows(int64_t window) {
  constexpr int64_t most = 1024;
  return std::min(mostGathered * window, most);
}

int64_t WeightedSums::weightBytes(int64_t threads, int64_t window) {
  return 4 * threads * window;
}

WeightedSums::WeightedSums(OpBuilder &builder, Location loc, Memory &memory,
                           int64_t width, bool halves, Tiles tiles,
                           const kdsl::Schedule &schedule, Value thread,
                           const ThreadRows &weights, Value values)
    : TensorSteps(builder, loc, memory, width, Factors::F32, schedule.lanes,
                  thread),
      group(schedule.group), stageRows(schedule.stage), halves(halves),
      tiles(tiles), weights(weights), values(values) {}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Value WeightedSums::weightAt(Value row, Value column) {
  Value at = rest(column, placeRows);
  return place(fourAt(weights, row, subtract(column, at)), at);
}

void WeightedSums::leave(Value first, ArrayRef<Value> left) {
  const auto count = int64_t(left.size());
  const int64_t size = count % placeRows == 0 ? placeRows : 1;
  auto type = VectorType::get(size, builder.getF32Type());
  for (int64_t k = 0; k < count; k += size) {
    Value column = add(first, number(k));
    if (size == 1) {
      LLVM::StoreOp::create(builder, loc, left[size_t(k)],
                            weightAt(thread, column), 4);
      continue;
    }
    Value four = vector::FromElementsOp::create(
        builder, loc, type, left.slice(size_t(k), size_t(size)));
    LLVM::StoreOp::create(builder, loc, four, fourAt(weights, thread, column), 16);
  }
}

void WeightedSums::change(Value end, function_ref<Value(Value)> change) {
  auto loop = scf::ForOp::create(builder, loc, number(0), end, number(1));
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value at = weightAt(thread, loop.getInductionVar());
  Value weight =
      LLVM::LoadOp::create(builder, loc, builder.getF32Type(), at, 4);
  LLVM::StoreOp::create(builder, loc, change(weight), at, 4);
}

/// Weights of 0 behind the last row j, as far as steps go.
void WeightedSums::clearBehind(Value count) {
  if (group % chainRows == 0)
    return;
  Value end = times(divide(add(count, number(chainRows - 1)), chainRows),
                    chainRows);
  auto loop = scf::ForOp::create(builder, loc, count, end, number(1));
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  LLVM::StoreOp::create(builder, loc, real(0),
                        weightAt(thread, loop.getInductionVar()), 4);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// \param isExact  they have no more than 11 bits.
WeightedSums::Halves WeightedSums::split(ArrayRef<Value> numbers,
                                         bool isExact) {
  Type i32 = builder.getI32Type(), f32 = builder.getF32Type();
  Halves parts;
  for (Value x : numbers) {
    Value bits = arith::BitcastOp::create(builder, loc, i32, x);
    if (isExact) {
      parts.big.push_back(bits);
      continue;
    }
    // Half of the last of 11 bits is added; beyond the largest number that gives
    // infinity, whose sums are not used.
    Value big = arith::AndIOp::create(builder, loc, add(bits, word(0x1000)),
                                      word(int32_t(0xffffe000)));
    Value rest = arith::SubFOp::create(
        builder, loc, x, arith::BitcastOp::create(builder, loc, f32, big));
    parts.big.push_back(big);
    parts.small.push_back(arith::BitcastOp::create(builder, loc, i32, rest));
  }
  return parts;
}

/// Of 16 rows i, 8 components and 16 rows j; the small products first, which are
/// cut where the large ones would be otherwise.
TensorSteps::Sums WeightedSums::multiplyPart(const Halves &weights,
                                             const Halves &values) {
  Sums sums = noSums();
  auto multiply = [&](ArrayRef<Value> a, ArrayRef<Value> b) {
    if (a.empty() || b.empty())
      return;
    for (size_t first : {size_t(0), size_t(2)})
      sums = multiplyAs(NVVM::MMATypes::tf32, chainRows / 2,
                        {a[first], a[4 + first], a[first + 1], a[4 + first + 1]},
                        b.slice(first, 2), sums);
  };
  multiply(weights.small, values.big);
  multiply(weights.big, values.small);
  multiply(weights.big, values.big);
  return sums;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Of the block's rows i, what a lane has: g or g + 8 of a part.
Value WeightedSums::rowOf(int64_t part, int64_t half) {
  return add(add(warpRow, quad), number(part * stepRows + half * 8));
}

Value WeightedSums::componentOf(Value firstTile, int64_t tile, int64_t which) {
  Value first = times(add(firstTile, number(tile)), stepColumns);
  return add(first, add(times(inQuad, 2), number(which)));
}

/// Those behind the last one are the last one.
Value WeightedSums::valueAt(Load load, Value row, Value component) {
  if (tiles.all() * stepColumns > features)
    component = min(component, number(features - 1));
  return load(row, component);
}

/// Of a tile, component g of some rows j.
SmallVector<Value> WeightedSums::valuesOf(Load load, ArrayRef<Value> rows,
                                          Value tile) {
  Value component = add(times(tile, stepColumns), quad);
  SmallVector<Value> found;
  for (Value row : rows)
    found.push_back(valueAt(load, row, component));
  return found;
}

/// What a lane has of the sums of some tiles: 4 of each part of rows, part by part.
SmallVector<Value> WeightedSums::multiplyWindow(Value count, Value firstTile,
                                                Load load) {
  const auto perTile = size_t(4 * rowParts);
  auto loop = scf::ForOp::create(
      builder, loc, number(0), count, number(chainRows),
      SmallVector<Value>(size_t(tiles.atOnce) * perTile, real(0)));
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value first = add(loop.getInductionVar(), times(inQuad, placeRows));
  Value last = subtract(count, number(1));
  auto four = VectorType::get(placeRows, builder.getF32Type());

  std::array<Halves, size_t(rowParts)> ofRows;
  for (auto [part, halvesOfPart] : llvm::enumerate(ofRows)) {
    SmallVector<Value> found;
    for (int64_t half = 0; half < 2; ++half) {
      Value read = LLVM::LoadOp::create(
          builder, loc, four, fourAt(weights, rowOf(int64_t(part), half), first), 16);
      for (int64_t k = 0; k < placeRows; ++k)
        found.push_back(vector::ExtractOp::create(builder, loc, read, k));
    }
    halvesOfPart = split(found, /*isExact=*/false);
  }
  SmallVector<Value> rows;
  for (int64_t k = 0; k < placeRows; ++k) {
    Value row = add(first, number(k));
    rows.push_back(group % chainRows == 0 ? row : min(row, last));
  }
  SmallVector<Value> sums(loop.getRegionIterArgs());
  for (int64_t tile = 0; tile < tiles.atOnce; ++tile) {
    Halves ofValues =
        values ? loadStaged(stagedTile(loop.getInductionVar(), firstTile), tile)
               : split(valuesOf(load, rows, add(firstTile, number(tile))), halves);
    for (size_t part = 0; part < size_t(rowParts); ++part)
      for (auto [k, term] :
           llvm::enumerate(multiplyPart(ofRows[part], ofValues))) {
        Value &sum = sums[size_t(tile) * perTile + 4 * part + k];
        sum = arith::AddFOp::create(builder, loc, sum, term);
      }
  }
  scf::YieldOp::create(builder, loc, sums);
  return SmallVector<Value>(loop.getResults());
}

/// The sums, those that are not finite by threads.
SmallVector<Value> WeightedSums::addPlainly(Value count, Value firstTile,
                                            ArrayRef<Value> sums, Load load) {
  auto isNan = [&](Value x) -> Value {
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO, x, x);
  };
  // 0 * x is NaN for those, and stays so.
  Value sign = real(0);
  for (Value sum : sums)
    sign = math::FmaOp::create(builder, loc, sum, real(0), sign);
  auto branch =
      scf::IfOp::create(builder, loc, TypeRange(ValueRange(sums)), isNan(sign),
                        /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc, sums);
  builder.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> mended;
  // Tile by tile, so that few sums are in registers twice.
  for (int64_t tile = 0; tile < tiles.atOnce; ++tile) {
    SmallVector<Value> plain = addTile(count, add(firstTile, number(tile)), load);
    for (auto [sum, other] :
         llvm::zip(sums.slice(size_t(tile) * plain.size(), plain.size()), plain))
      mended.push_back(arith::SelectOp::create(
          builder, loc,
          isNan(arith::MulFOp::create(builder, loc, sum, real(0))), other, sum));
  }
  scf::YieldOp::create(builder, loc, mended);
  return SmallVector<Value>(branch.getResults());
}

/// What a lane has of the sums of a tile, by multiply-adds; pairs of weight -0 are
/// none.
SmallVector<Value> WeightedSums::addTile(Value count, Value tile, Load load) {
  auto loop =
      scf::ForOp::create(builder, loc, number(0), count, number(1),
                         SmallVector<Value>(size_t(4 * rowParts), real(0)));
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  SmallVector<Value> sums(loop.getRegionIterArgs()), values;
  for (int64_t which = 0; which < 2; ++which)
    values.push_back(valueAt(load, row, componentOf(tile, /*tile=*/0, which)));
  for (size_t n = 0; n < size_t(2 * rowParts); ++n) {
    Value weight = LLVM::LoadOp::create(
        builder, loc, builder.getF32Type(),
        weightAt(rowOf(int64_t(n / 2), int64_t(n % 2)), row), 4);
    Value bits =
        arith::BitcastOp::create(builder, loc, builder.getI32Type(), weight);
    Value counts =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bits,
                              word(int32_t(0x80000000)));
    for (auto [which, value] : llvm::enumerate(values)) {
      Value &sum = sums[2 * n + which];
      sum = arith::SelectOp::create(
          builder, loc, counts,
          math::FmaOp::create(builder, loc, weight, value, sum), sum);
    }
  }
  scf::YieldOp::create(builder, loc, sums);
  return SmallVector<Value>(loop.getResults());
}

void WeightedSums::takeAll(Value firstTile, ArrayRef<Value> sums, Take take) {
  const bool mayBeBehind = tiles.all() * stepColumns > features;
  for (int64_t tile = 0; tile < tiles.atOnce; ++tile) {
    SmallVector<Sum> found;
    for (int64_t which = 0; which < 2; ++which) {
      Value component = componentOf(firstTile, tile, which);
      for (int64_t n = 0; n < 2 * rowParts; ++n)
        found.push_back({rowOf(n / 2, n % 2), component,
                         sums[size_t(4 * rowParts * tile + which + 2 * n)]});
      if (!mayBeBehind)
        continue;
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(
          scf::IfOp::create(builder, loc, isLess(component, number(features)))
              .thenBlock());
      take(found);
      found.clear();
    }
    if (!mayBeBehind)
      take(found);
  }
}

void WeightedSums::addUp(Value count, Load load, Take take) {
  clearBehind(count);
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  {
    auto loop = scf::ForOp::create(builder, loc, number(0),
                                   number(tiles.all()), number(tiles.atOnce));
    keepLoop(loop);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value firstTile = loop.getInductionVar();
    SmallVector<Value> sums = multiplyWindow(count, firstTile, load);
    takeAll(firstTile, addPlainly(count, firstTile, sums, load), take);
  }
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
}

} // namespace kdslc::nvptx
