//===- StagedValues.cpp - values that a block splits once -----------------===//
//
// Values come to shared memory with the stage of their rows j, as lanes take them:
// four rows j 4 t .. of one component are one vector, and those of a warp lie side by
// side.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/nvptx/WeightedSums.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::nvptx {

/// What the lanes of a warp have of a tile: its big or its small parts.
static constexpr int64_t partNumbers =
    TensorSteps::warp * WeightedSums::placeRows;

/// The parts that stand for a value.
static int64_t partsOf(bool halves) { return halves ? 1 : 2; }

int64_t WeightedSums::valueBytes(Tiles tiles, bool halves, int64_t window) {
  return 4 * window / chainRows * tiles.all() * partsOf(halves) * partNumbers;
}

/// The number of a tile in the 16 rows j from `first` of the window on.
Value WeightedSums::stagedTile(Value first, Value tile) {
  return add(times(divide(first, chainRows), tiles.all()), tile);
}

/// Where a lane has its values of a staged tile.
Value WeightedSums::placeOfTile(Value tile) {
  Value own = times(rest(thread, warp), placeRows);
  return place(values, add(times(tile, partsOf(halves) * partNumbers), own));
}

/// Those of the tile that is `more` behind it.
WeightedSums::Halves WeightedSums::loadStaged(Value tile, int64_t more) {
  auto four = VectorType::get(placeRows, builder.getI32Type());
  Value base = placeOfTile(tile);
  Halves parts;
  for (int64_t part = 0; part < partsOf(halves); ++part) {
    Value read = LLVM::LoadOp::create(
        builder, loc, four,
        place(base, number((more * partsOf(halves) + part) * partNumbers)), 16);
    for (int64_t k = 0; k < placeRows; ++k)
      (part == 0 ? parts.big : parts.small)
          .push_back(vector::ExtractOp::create(builder, loc, read, k));
  }
  return parts;
}

void WeightedSums::stage(Value first, Value count, Load load) {
  // Some warps share the tiles of 16 rows j, others have more of these rows.
  const int64_t warps = threads / warp, blocks = stageRows / chainRows;
  const int64_t across = std::min(tiles.all(), warps);
  const int64_t down = std::min(warps / across, blocks);
  Value ownNumber = divide(thread, warp);
  Value ownTile = rest(ownNumber, across), ownBlock = divide(ownNumber, across);
  OpBuilder::InsertionGuard guard(builder);
  auto onlyIf = [&](Value condition) {
    builder.setInsertionPointToStart(
        scf::IfOp::create(builder, loc, condition).thenBlock());
  };
  if (across * down < warps)
    onlyIf(isLess(ownBlock, number(down)));
  const auto turns = int64_t(llvm::divideCeil(tiles.all(), across));
  auto loop =
      scf::ForOp::create(builder, loc, number(0), number(turns), number(1));
  keepLoop(loop);
  builder.setInsertionPointToStart(loop.getBody());
  Value tile = add(ownTile, times(loop.getInductionVar(), across));
  if (tiles.all() % across != 0)
    onlyIf(isLess(tile, number(tiles.all())));
  // Some are on their way together.
  constexpr int64_t mostTogether = 4;
  for (int64_t done = 0; done < blocks; done += mostTogether * down) {
    const int64_t end = std::min(blocks, done + mostTogether * down);
    SmallVector<Value> numbers;
    SmallVector<SmallVector<Value>> found;
    for (int64_t block = done; block < end; block += down) {
      numbers.push_back(add(ownBlock, number(block)));
      found.push_back(valuesOf(load, rowsOf(numbers.back(), count), tile));
    }
    for (auto [block, read] : llvm::zip(numbers, found)) {
      OpBuilder::InsertionGuard guard(builder);
      if (blocks % down != 0)
        onlyIf(isLess(block, number(blocks)));
      storeStaged(add(first, times(block, chainRows)), tile,
                  split(read, halves));
    }
  }
}

/// The rows j that a lane has of the 16 of a block, of `count`; behind the last ones
/// are others.
SmallVector<Value> WeightedSums::rowsOf(Value block, Value count) {
  Value last = subtract(count, number(1));
  const bool isWhole = group % chainRows == 0;
  if (isWhole)
    block = min(block, divide(last, chainRows));
  Value row = add(times(block, chainRows), times(inQuad, placeRows));
  SmallVector<Value> rows;
  for (int64_t k = 0; k < placeRows; ++k) {
    Value one = add(row, number(k));
    rows.push_back(isWhole ? one : min(one, last));
  }
  return rows;
}

void WeightedSums::storeStaged(Value first, Value tile, const Halves &parts) {
  auto four = VectorType::get(placeRows, builder.getI32Type());
  Value to = placeOfTile(stagedTile(first, tile));
  auto store = [&](ArrayRef<Value> part, Value at) {
    LLVM::StoreOp::create(
        builder, loc, vector::FromElementsOp::create(builder, loc, four, part),
        at, 16);
  };
  store(parts.big, to);
  if (!halves)
    store(parts.small, place(to, number(partNumbers)));
}

} // namespace kdslc::nvptx
