//===- ThreadTile.cpp - rows of a tile in a block of threads --------------===//

#include "compiler/targets/nvptx/ThreadTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::nvptx {

Value ThreadLanes::maxAny(Value a, Value b) {
  // One instruction for f32, more than a comparison and a choice for f64.
  return a.getType().isF32() ? maxNumber(a, b) : TileLanes::maxAny(a, b);
}

Value ThreadLanes::minAny(Value a, Value b) {
  return a.getType().isF32() ? minNumber(a, b) : TileLanes::minAny(a, b);
}

ThreadTile::ThreadTile(OpBuilder &builder, ktile::GridOp grid, Memory &memory,
                       Value shared, const Parts &parts, const Ring &ring)
    : TileEmitter(builder, grid, memory, threads),
      threads(builder, grid.getLoc()), shared(shared), ring(ring) {
  setParts(parts);
  Value number =
      NVVM::ThreadIdXOp::create(builder, loc, builder.getI32Type());
  thread = arith::ExtUIOp::create(builder, loc, builder.getI64Type(), number);
  threadNumber = number;
}

//===----------------------------------------------------------------------===//
// Rows i
//===----------------------------------------------------------------------===//

Value ThreadTile::rowsFrom(Value first, int64_t r) {
  return add(first, add(thread, number(r * lanes)));
}

void ThreadTile::emitTile(Value tile, Value count) {
  Value end = add(tile, count);
  Value last = subtract(end, number(1));
  tileFirst = tile;
  tileLast = last;
  Type i32 = builder.getI32Type();
  Value few = arith::TruncIOp::create(builder, loc, i32, count);
  for (int64_t r = 0; r < rows; ++r) {
    tileRowAt.push_back(rowsFrom(tile, r));
    Value local = arith::AddIOp::create(
        builder, loc, threadNumber,
        arith::ConstantIntOp::create(builder, loc, i32, r * lanes));
    isInside.push_back(arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::slt, local, few));
  }
  OpBuilder::InsertionGuard guard(builder);
  // A thread that merges nothing has nobody to wait for.
  if (parts.merge) {
    auto merges = scf::IfOp::create(builder, loc, isInside.front());
    builder.setInsertionPointToStart(merges.thenBlock());
  }
  if (isHalved())
    enterRing(tile);
  emitTileBody(tile);
}

/// Where row `r` of the thread is, stride elements apart. One multiplication
/// serves all rows.
Value ThreadTile::offsetOf(int64_t r, Value stride) {
  Value first = times(tileRowAt[0], stride);
  return r == 0 ? first : add(first, times(number(r * lanes), stride));
}

/// The same; of rows past the end it is the last one.
Value ThreadTile::offsetInside(int64_t r, Value stride) {
  return select(isInside[r], offsetOf(r, stride), times(tileLast, stride));
}

Value ThreadTile::loadFrom(ktile::LoadOp op, Value base, Value offset,
                           Value feature) {
  Type element = arrayOf(op.getRows()).element;
  Value at = memory.address(base, offset, element);
  return memory.loadElement(element, memory.address(at, feature, element));
}

Value ThreadTile::loadAt(ktile::LoadOp op, Value base, Value row, Value stride,
                         Value feature) {
  return loadFrom(op, base, times(row, stride), feature);
}

Value ThreadTile::loadTileRow(ktile::LoadOp op, int64_t r, Value feature) {
  const Access &access = accessOf(op);
  return loadFrom(op, access.base, offsetInside(r, tileStride(access)),
                  feature);
}

Value ThreadTile::loadPair(ktile::LoadOp op, int64_t r, Value place,
                           Value feature) {
  const Access &access = accessOf(op);
  Value row = memory.address(access.base, times(place, sweptStride(access)),
                             arrayOf(access.rows).element);
  return loadFrom(op, row, offsetInside(r, tileStride(access)), feature);
}

void ThreadTile::putFeature(ktile::PutOp op, Value feature,
                            ArrayRef<Value> values) {
  auto places = memory.destinations(grid.getResult(op.getResult()));
  for (Memory::Array &array : places)
    array = atBatch(array);
  for (auto [r, value] : llvm::enumerate(values)) {
    auto inside = scf::IfOp::create(builder, loc, isInside[r]);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(inside.thenBlock());
    for (const Memory::Array &array : places) {
      Value stride = array.strides.empty() ? number(0) : array.strides.back();
      Value row = memory.address(array.base, offsetOf(int64_t(r), stride),
                                 array.element);
      memory.store(value, memory.address(row, feature, array.element),
                   /*alignment=*/0, array.element);
    }
  }
}

Value ThreadTile::partialRows() {
  return grid.getAxes().empty()
             ? number(1)
             : memory.axisSize(grid.getAxes().getValue().back());
}

void ThreadTile::storePartial(Value value, int64_t r, Value address) {
  auto inside = scf::IfOp::create(builder, loc, isInside[r]);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(inside.thenBlock());
  memory.store(value, address);
}

/// Where a row is inside, as threads that merge know; not that of another row
/// instead, which its thread changes.
Value ThreadTile::loadPartial(Type element, int64_t r, Value address) {
  auto load = [&] { return memory.load(element, address); };
  return parts.merge ? load() : loadIf(isInside[r], element, load);
}

Value ThreadTile::laneAddress(Value address, Type element) {
  return memory.address(address, thread, element);
}

//===----------------------------------------------------------------------===//
// Rows j
//===----------------------------------------------------------------------===//

void ThreadTile::startProducts(ktile::SweepOp op, const Record &record) {
  product = findInnerProduct(op);
  if (!product)
    return;
  Value place = memory.address(shared, number(bytesOfRecords(op, record)),
                               builder.getI8Type());
  products.emplace(builder, loc, memory, int64_t(product->op.getSize()),
                   product->factors, grid.getSchedule(), windowOf(op), thread,
                   place);
  // Other warps may still read what a sweep before has there.
  NVVM::Barrier0Op::create(builder, loc);
  products->loadTile([&](Value row, Value feature) {
    return loadTileFactor(product->ofTile, row, feature);
  });
}

/// Rows past the end are the last one.
Value ThreadTile::loadTileFactor(ktile::LoadOp load, Value row,
                                 Value feature) {
  const Access &access = accessOf(load);
  return loadAt(load, access.base, min(add(tileFirst, row), tileLast),
                tileStride(access), feature);
}

Value ThreadTile::loadSweptFactor(ktile::LoadOp load, Value row,
                                  Value feature) {
  const Access &access = accessOf(load);
  return loadAt(load, access.base, add(stagedFirst, row), sweptStride(access),
                feature);
}

std::optional<SpreadValue> ThreadTile::computed(ktile::ContractOp op,
                                                ArrayRef<Value> places) {
  SpreadValue result;
  result.spread = Spread::Pair;
  if (tensorFilter) {
    result.members.push_back(exactDistance(places.front()));
    return result;
  }
  if (!product || product->op != op)
    return std::nullopt;
  SpreadValue init = spreadOf(op.getInit());
  Value column =
      weighted ? subtract(places.front(), windowFirst) : number(0);
  llvm::append_range(result.members, products->multiplyGroup(
                                         subtract(places.front(), stagedFirst),
                                         column,
                                         [&](Value row, Value feature) {
                                           return loadTileFactor(
                                               product->ofTile, row, feature);
                                         },
                                         [&](Value row, Value feature) {
                                           return loadSweptFactor(
                                               product->ofSweep, row, feature);
                                         }));
  if (matchPattern(op.getInit(), m_AnyZeroFloat()))
    return result;
  auto contract = arith::FastMathFlagsAttr::get(builder.getContext(),
                                                arith::FastMathFlags::contract);
  for (auto [column, member] : llvm::enumerate(result.members))
    member = arith::AddFOp::create(builder, loc, member,
                                   init.at(0, unsigned(column), /*rows=*/1),
                                   contract);
  return result;
}

void ThreadTile::emitSweptRows(ktile::SweepOp op, Value from, Value to) {
  // A few rows each thread reads where they are.
  if (turned.servesBoth)
    return emitTurningRows(op, from, to);
  if (isRest(op))
    return TileEmitter::emitSweptRows(op, from, to);
  Record record = recordOf(op);
  int64_t stage = grid.getSchedule().stage;
  startProducts(op, record);
  startFilter(op);
  startWeights(op, record);
  // Where nothing is staged, a loop more than that over blocks costs registers.
  if (stage == 0 ||
      (record.fields.empty() && !product && !filter && !tensorFilter &&
       !weighted))
    return emitBlocks(op, from, to);
  if (weighted)
    sweepWindows(op, record, from, to);
  else
    sweepStages(op, record, from, to);
  product.reset();
  endFilter(op);
}

/// The rows from..to, which come to shared memory stage by stage.
void ThreadTile::sweepStages(ktile::SweepOp op, const Record &record,
                             Value from, Value to) {
  Value step = number(grid.getSchedule().stage);
  carryStates(op, from, to, step, [&](Value first) {
    Value count = min(step, subtract(to, first));
    // Nobody reads the rows before any more; everybody sees these.
    staged = &record;
    stagedFirst = first;
    NVVM::Barrier0Op::create(builder, loc);
    if (tensorFilter)
      tensorFilter->stage(count, [&](Value row, Value feature) {
        return loadSweptFactor(distance->ofSweep, row, feature);
      });
    else
      stageRows(record, first, count);
    if (product)
      products->stage(count, [&](Value row, Value feature) {
        return loadSweptFactor(product->ofSweep, row, feature);
      });
    if (weighted && grid.getSchedule().values)
      weightedSums->stage(subtract(first, windowFirst), count,
                          [&](Value row, Value component) {
                            return loadWeighted(add(first, row), component);
                          });
    NVVM::Barrier0Op::create(builder, loc);
    if (product)
      products->finishStage();
    if (tensorFilter)
      return filterGroups(op, count, [&](Value local, Value left) {
        filterProducts(op, local, left);
      });
    if (filter)
      return filterGroups(op, count, [&](Value local, Value left) {
        filterGroup(op, record, local, left);
      });
    Type i32 = builder.getI32Type();
    // Where a record is read from, if its row is a shift away.
    const bool isShift = !product && llvm::isPowerOf2_64(uint64_t(record.bytes));
    const int64_t unit = isShift ? record.bytes : 1;
    emitBlocks(op, arith::ConstantIntOp::create(builder, loc, 0, 32),
               arith::TruncIOp::create(builder, loc, i32, times(count, unit)),
               first, /*gathers=*/true, unit);
    closeGathered(op);
  });
  staged = nullptr;
}

} // namespace kdslc::nvptx
