//===- ThreadTile.cpp - rows of a tile in a block of threads --------------===//

#include "compiler/targets/nvptx/ThreadTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::nvptx {

ThreadTile::ThreadTile(OpBuilder &builder, ktile::GridOp grid, Memory &memory,
                       Value shared, const Parts &parts)
    : TileEmitter(builder, grid, memory, threads),
      threads(builder, grid.getLoc()), shared(shared), parts(parts),
      chain(findChain(grid)) {
  Value number =
      NVVM::ThreadIdXOp::create(builder, loc, builder.getI32Type());
  thread = arith::ExtUIOp::create(builder, loc, builder.getI64Type(), number);
}

Value ThreadTile::min(Value a, Value b) {
  return arith::MinSIOp::create(builder, loc, a, b);
}

//===----------------------------------------------------------------------===//
// Rows i
//===----------------------------------------------------------------------===//

Value ThreadTile::rowsFrom(Value first, int64_t r) {
  return add(first, add(thread, number(r * lanes)));
}

void ThreadTile::emitTile(Value tile, Value count) {
  Value end = add(tile, count);
  Value last = arith::SubIOp::create(builder, loc, end, number(1));
  for (int64_t r = 0; r < rows; ++r) {
    Value row = rowsFrom(tile, r);
    tileRowAt.push_back(row);
    clamped.push_back(min(row, last));
    isInside.push_back(arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::slt, row, end));
  }
  OpBuilder::InsertionGuard guard(builder);
  emitTileBody(tile);
}

Value ThreadTile::loadTileRow(ktile::LoadOp op, int64_t r, Value feature) {
  const Memory::Array &array = arrayOf(op.getRows());
  Value row = memory.address(
      array.base,
      arith::MulIOp::create(builder, loc, clamped[r], array.stride),
      array.element);
  return memory.loadElement(array, memory.address(row, feature, array.element));
}

void ThreadTile::putFeature(ktile::PutOp op, Value feature,
                            ArrayRef<Value> values) {
  auto places = memory.destinations(grid.getResult(op.getResult()));
  for (auto [r, value] : llvm::enumerate(values)) {
    auto inside = scf::IfOp::create(builder, loc, isInside[r]);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(inside.thenBlock());
    for (const Memory::Array &array : places) {
      Value row = memory.address(
          array.base,
          arith::MulIOp::create(builder, loc, tileRowAt[r], array.stride),
          array.element);
      memory.store(value, memory.address(row, feature, array.element));
    }
  }
}

Value ThreadTile::laneAddress(Value address, Type element) {
  return memory.address(address, thread, element);
}

//===----------------------------------------------------------------------===//
// Rows j
//===----------------------------------------------------------------------===//

Record recordOf(ktile::SweepOp sweep) {
  Record record;
  SmallVector<Value> arrays;
  sweep.walk([&](ktile::LoadOp load) {
    if (load.getRow() == sweep.getRow() &&
        !llvm::is_contained(arrays, load.getRows()))
      arrays.push_back(load.getRows());
  });
  auto typeOf = [](Value array) {
    return cast<kdsl::RowsType>(array.getType());
  };
  // Large elements first: each is aligned to its own size then.
  for (int64_t size : {8, 4, 2, 1})
    for (Value array : arrays) {
      if (bytesOf(typeOf(array).getElement()) != size)
        continue;
      record.offsets[array] = record.used;
      record.used += typeOf(array).getWidth() * size;
    }
  auto used = uint64_t(record.used);
  record.bytes = int64_t(used <= 16 ? llvm::PowerOf2Ceil(used)
                                    : llvm::alignTo(used, 16));
  return record;
}

/// The alignment of a place in an array of records.
static unsigned alignmentAt(const Record &record, int64_t offset) {
  uint64_t whole = std::min<uint64_t>(16, uint64_t(record.bytes));
  return unsigned(llvm::MinAlign(whole, uint64_t(offset)));
}

/// Where feature `feature` of an array is in a record, if that is known.
static std::optional<int64_t> offsetIn(const Record &record, Value array,
                                       Value feature) {
  APInt known;
  if (!matchPattern(feature, m_ConstantInt(&known)))
    return std::nullopt;
  auto type = cast<kdsl::RowsType>(array.getType());
  return record.offsets.lookup(array) +
         known.getSExtValue() * bytesOf(type.getElement());
}

/// Copies rows first .. first + count - 1 to shared memory, one for a thread.
void ThreadTile::stageRows(const Record &record, Value first, Value count) {
  Value takesPart = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt, thread, count);
  auto copies = scf::IfOp::create(builder, loc, takesPart);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(copies.thenBlock());
  Value to = memory.address(shared, times(thread, record.bytes),
                            builder.getI8Type());
  for (auto [rowsOf, offset] : record.offsets) {
    const Memory::Array &array = arrayOf(rowsOf);
    Value from = memory.address(
        array.base,
        arith::MulIOp::create(builder, loc, add(first, thread), array.stride),
        array.element);
    auto copyFeature = [&, rowsOf = rowsOf, offset = offset](Value feature) {
      Value value = memory.loadElement(
          array, memory.address(from, feature, array.element));
      Value place = memory.address(to, number(offset), builder.getI8Type());
      std::optional<int64_t> known = offsetIn(record, rowsOf, feature);
      memory.store(value, memory.address(place, feature, array.element),
                   known ? alignmentAt(record, *known) : 0);
    };
    if (array.width <= unroll)
      for (int64_t d = 0; d < array.width; ++d)
        copyFeature(number(d));
    else
      forLoop(number(0), number(array.width), 1, copyFeature);
  }
  // The padding too: whole records are read, 16 bytes at once.
  for (int64_t at = record.used; at < record.bytes;) {
    int64_t size = at % 4 ? 1 : 4;
    Value zero =
        arith::ConstantIntOp::create(builder, loc, 0, unsigned(8 * size));
    memory.store(zero, memory.address(to, number(at), builder.getI8Type()),
                 alignmentAt(record, at));
    at += size;
  }
}

Value ThreadTile::loadSweptRow(ktile::LoadOp op, Value place, Value feature) {
  const Memory::Array &array = arrayOf(op.getRows());
  if (!staged) {
    Value row = memory.address(
        array.base, arith::MulIOp::create(builder, loc, place, array.stride),
        array.element);
    return memory.loadElement(array,
                              memory.address(row, feature, array.element));
  }
  Value local = arith::SubIOp::create(builder, loc, place, stagedFirst);
  Type byte = builder.getI8Type();
  Value record = memory.address(shared, times(local, staged->bytes), byte);
  Value start =
      memory.address(record, number(staged->offsets.lookup(op.getRows())), byte);
  std::optional<int64_t> known = offsetIn(*staged, op.getRows(), feature);
  return memory.load(array.element,
                     memory.address(start, feature, array.element),
                     known ? alignmentAt(*staged, *known) : 0);
}

void ThreadTile::emitSweptRows(ktile::SweepOp op, Value from, Value to) {
  if (!chain.empty()) {
    from = arith::MaxSIOp::create(builder, loc, from, parts.begin);
    to = min(to, parts.end);
  }
  Record record = recordOf(op);
  int64_t stage = grid.getSchedule().getStage();
  if (stage == 0 || record.offsets.empty())
    return emitBlocks(op, from, to);
  Value step = number(stage);
  carryStates(op, from, to, step, [&](Value first) {
    Value end = min(add(first, step), to);
    // Nobody reads the rows before any more; everybody sees these.
    NVVM::Barrier0Op::create(builder, loc);
    stageRows(record, first, arith::SubIOp::create(builder, loc, end, first));
    NVVM::Barrier0Op::create(builder, loc);
    staged = &record;
    stagedFirst = first;
    emitBlocks(op, first, end);
    staged = nullptr;
  });
}

} // namespace kdslc::nvptx
