//===- TensorProducts.cpp - inner products by tensor cores ----------------===//
//
// Lanes have of rows i and j, and of their products, what TensorSteps.h says.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/nvptx/TensorProducts.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <array>

using namespace mlir;

namespace kdslc::nvptx {

int64_t TensorProducts::registersOfRows(int64_t features, int64_t parts) {
  return 4 * rowParts * parts * stepsOf(features);
}

int64_t TensorProducts::groupFor(int64_t features, int64_t parts,
                                 int64_t states) {
  // Rows i, sums of 8 rows j and of small products, what a group has at hand
  // while it is folded. 190 leave 65 for addresses.
  constexpr int64_t budget = 190;
  for (int64_t group : {2 * stepColumns, stepColumns})
    if (registersOfRows(features, parts) + 3 * group + 2 * states <= budget)
      return group;
  return 0;
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

static int64_t numbersOfProducts(int64_t group, int64_t window) {
  return window > 0 ? window : group + 4;
}

int64_t TensorProducts::sharedBytes(int64_t features, int64_t parts,
                                    const kdsl::Schedule &schedule,
                                    int64_t window) {
  const int64_t threads = schedule.lanes;
  return 4 * (schedule.stage * (numbersOfRow(features, parts) + 1) +
              threads * numbersOfProducts(schedule.group, window) +
              threads / warp);
}

TensorProducts::TensorProducts(OpBuilder &builder, Location loc, Memory &memory,
                               int64_t features, Factors factors,
                               const kdsl::Schedule &schedule, int64_t window,
                               Value thread, Value shared)
    : TensorSteps(builder, loc, memory, features, factors, schedule.lanes,
                  thread),
      rows(schedule.stage), chainSteps(schedule.chain / stepFeatures),
      group(schedule.group), parts(partsOf(factors)),
      rowNumbers(numbersOfRow(features, parts)), staged(shared) {
  scales = place(staged, number(rows * rowNumbers));
  products = {place(scales, number(rows)), numbersOfProducts(group, window),
              window > 0};
  flags = place(products.base, number(threads * products.stride));
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void TensorProducts::loadTile(Load load) {
  tileRows.assign(rowParts, std::vector<Parts>(size_t(steps)));
  RowSplitter splitter(builder, loc, factors);
  Value isFirst = isEqual(inQuad, number(0));
  // Products of a tile before have been taken.
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  for (int64_t n = 0; n < 2 * rowParts; ++n) {
    Value row = add(add(warpRow, quad), number(8 * n));
    SmallVector<Value> numbers;
    for (int64_t step = 0; step < steps; ++step)
      for (int64_t k = 0; k < laneFeatures; ++k) {
        int64_t first = step * stepFeatures + k;
        numbers.push_back(loadWithin(
            load, row, add(times(inQuad, laneFeatures), number(first)),
            first + 3 * laneFeatures));
      }
    SplitRow halves = splitter.split(numbers, /*sharers=*/4);
    for (int64_t step = 0; step < steps; ++step) {
      Parts &of = tileRows[size_t(n / 2)][size_t(step)];
      of.big.resize(4);
      of.small.resize(parts > 1 ? 4 : 0);
      for (int64_t k = 0; k < laneWords; ++k) {
        auto to = size_t(2 * k + n % 2), from = size_t(step * laneWords + k);
        of.big[to] = halves.big[from];
        if (parts > 1)
          of.small[to] = halves.small[from];
      }
    }
    if (parts == 1)
      continue;
    auto branch = scf::IfOp::create(builder, loc, isFirst);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    LLVM::StoreOp::create(builder, loc, halves.scale,
                          place(products.base, row), 4);
  }
  if (parts == 1)
    return;
  tileIsOut = splitter.isOut();
  tileIsTiny = splitter.isTiny();
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  ownScale = LLVM::LoadOp::create(builder, loc, builder.getF32Type(),
                                  place(products.base, thread), 4);
}

void TensorProducts::stage(Value count, Load load) {
  // Some threads take turns with what lanes have of a row.
  const int64_t turns = threads / rows, places = 4 * steps;
  Value row = divide(thread, turns);
  Value turn = rest(thread, turns);
  Value from = min(row, subtract(count, number(1)));
  SmallVector<Value> numbers;
  for (int64_t first = 0; first < places; first += turns)
    for (int64_t k = 0; k < laneFeatures; ++k)
      numbers.push_back(loadWithin(
          load, from,
          add(times(turn, laneFeatures), number(first * laneFeatures + k)),
          (first + turns - 1) * laneFeatures + k));
  RowSplitter splitter(builder, loc, factors);
  SplitRow halves = splitter.split(numbers, turns);

  const int64_t words = laneWords * parts;
  Value to = place(staged, add(times(row, rowNumbers), times(turn, words)));
  auto type = VectorType::get(words, builder.getI32Type());
  for (int64_t first = 0; first < places; first += turns) {
    OpBuilder::InsertionGuard guard(builder);
    if (first + turns > places) // the last turns are of some threads only
      builder.setInsertionPointToStart(
          scf::IfOp::create(builder, loc, isLess(turn, number(places - first)))
              .thenBlock());
    SmallVector<Value> record;
    auto at = size_t(first / turns * laneWords);
    for (ArrayRef<Value> half : {ArrayRef(halves.big), ArrayRef(halves.small)})
      if (!half.empty())
        llvm::append_range(record, half.slice(at, size_t(laneWords)));
    LLVM::StoreOp::create(
        builder, loc,
        vector::FromElementsOp::create(builder, loc, type, record),
        place(to, number(words * first)), unsigned(4 * words));
  }
  if (parts == 1)
    return;
  auto storeIf = [&](Value whose, Value what, Value where) {
    Value isOwn = isEqual(whose, number(0));
    auto branch = scf::IfOp::create(builder, loc, isOwn);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    LLVM::StoreOp::create(builder, loc, what, where, 4);
  };
  storeIf(turn, halves.scale, place(scales, row));
  // The flags of each warp.
  auto flag = [&](Value isSo) -> Value {
    return arith::ExtUIOp::create(builder, loc, builder.getI32Type(),
                                  anyOfWarp(isSo));
  };
  Value tiny = flag(splitter.isTiny());
  Value both = add(flag(splitter.isOut()), add(tiny, tiny));
  storeIf(rest(thread, warp), both,
          place(flags, divide(thread, warp)));
}

Value TensorProducts::isSet(Value flags, int64_t bit) {
  Value only = arith::AndIOp::create(builder, loc, flags, word(bit));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, only,
                               word(0));
}

void TensorProducts::finishStage() {
  if (parts == 1)
    return;
  Value flag =
      LLVM::LoadOp::create(builder, loc, builder.getI32Type(),
                           place(flags, rest(thread, threads / warp)), 4);
  // All lanes of a warp take one way.
  auto any = [&](int64_t bit, Value ofTile) {
    return anyOfWarp(
        arith::OrIOp::create(builder, loc, isSet(flag, bit), ofTile));
  };
  anyIsOut = any(1, tileIsOut);
  anyIsTiny = any(2, tileIsTiny);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// What a lane has of 8 staged rows from `column` of a group.
TensorProducts::Parts TensorProducts::loadStaged(Value first, int64_t column,
                                                 int64_t step) {
  const int64_t words = laneWords * parts;
  Value row = add(add(first, quad), number(column));
  Value at = add(times(row, rowNumbers), times(inQuad, words));
  auto type = VectorType::get(words, builder.getI32Type());
  Value record = LLVM::LoadOp::create(builder, loc, type,
                                      place(staged, at, 4 * words * step),
                                      unsigned(4 * words));
  Parts found;
  for (int64_t k = 0; k < words; ++k)
    (k < laneWords ? found.big : found.small)
        .push_back(vector::ExtractOp::create(builder, loc, record, k));
  return found;
}

/// Of the rows 2 t and 2 t + 1 of those 8.
SmallVector<Value> TensorProducts::loadScales(Value first, int64_t column) {
  Value at = place(scales, add(first, times(inQuad, 2)), column);
  Value two = loadNumbers(at, 2);
  return {vector::ExtractOp::create(builder, loc, two, 0),
          vector::ExtractOp::create(builder, loc, two, 1)};
}

/// sum + terms, each scaled as its row j; none are all 1.
TensorProducts::Sums TensorProducts::addUp(const Sums &sum, const Sums &terms,
                                           ArrayRef<Value> scales) {
  Sums result;
  for (size_t k = 0; k < terms.size(); ++k) {
    Value term = terms[k], made = term;
    if (!scales.empty())
      made = sum.empty()
                 ? Value(arith::MulFOp::create(builder, loc, term,
                                               scales[k % 2]))
                 : math::FmaOp::create(builder, loc, term, scales[k % 2],
                                       sum[k]);
    else if (!sum.empty())
      made = arith::AddFOp::create(builder, loc, term, sum[k]);
    result.push_back(made);
  }
  return result;
}

/// Those of the warp with 8 staged rows from `column` of a group.
void TensorProducts::multiplySplit(Value first, int64_t column) {
  std::array<Sums, rowParts> small, chain, sum;
  small.fill(noSums());
  chain.fill(noSums());
  SmallVector<Value> scale, ofSmall;
  if (parts > 1)
    scale = loadScales(first, column);
  for (Value one : scale)
    ofSmall.push_back(
        arith::MulFOp::create(builder, loc, one, real(0x1p-11f)));
  for (int64_t step = 0; step < steps; ++step) {
    Parts y = loadStaged(first, column, step);
    // None waits for the one before it.
    auto forEachPart = [&](function_ref<void(size_t, const Parts &)> body) {
      for (size_t part = 0; part < rowParts; ++part)
        body(part, tileRows[part][size_t(step)]);
    };
    if (parts > 1)
      forEachPart([&](size_t part, const Parts &x) {
        small[part] = multiply(x.small, y.big, small[part]);
      });
    forEachPart([&](size_t part, const Parts &x) {
      chain[part] = multiply(x.big, y.big, chain[part]);
    });
    if (parts > 1)
      forEachPart([&](size_t part, const Parts &x) {
        small[part] = multiply(x.big, y.small, small[part]);
      });
    if (step + 1 == steps || (step + 1) % chainSteps == 0)
      forEachPart([&](size_t part, const Parts &) {
        sum[part] = addUp(sum[part], chain[part], scale);
        chain[part] = noSums();
      });
  }
  for (size_t part = 0; part < rowParts; ++part) {
    if (parts > 1)
      sum[part] = addUp(sum[part], small[part], ofSmall);
    storeProducts(sum[part], int64_t(part), column);
  }
}

/// Of rows g and g + 8 with rows 2 t and 2 t + 1.
void TensorProducts::storeProducts(ArrayRef<Value> sums, int64_t part,
                                   int64_t column) {
  auto pair = VectorType::get(2, builder.getF32Type());
  for (int64_t half = 0; half < 2; ++half) {
    Value row = add(add(warpRow, quad), number(part * stepRows + half * 8));
    Value first = add(add(firstColumn, times(divide(inQuad, 2), 4)),
                      number(column));
    Value two = vector::FromElementsOp::create(builder, loc, pair,
                                               sums.slice(size_t(2 * half), 2));
    LLVM::StoreOp::create(
        builder, loc, two,
        place(fourAt(products, row, first), times(rest(inQuad, 2), 2)), 8);
  }
}

} // namespace kdslc::nvptx
