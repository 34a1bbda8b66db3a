//===- VectorTile.cpp - rows in and out of a tile of vectors --------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include <numeric>

using namespace mlir;

namespace kdslc::cpu {

/// Whether pairs have a loop of more features than are ever written out.
bool VectorTile::hasLongLoops(ktile::GridOp grid) {
  bool hasLoops = false;
  grid.walk([&](ktile::ContractOp contract) {
    hasLoops |= int64_t(contract.getSize()) > usualUnroll &&
                contract->getParentOfType<ktile::SweepOp>();
  });
  return hasLoops;
}

void VectorTile::reserveBuffers() {
  grid.walk([&](ktile::LoadOp load) {
    if (!readsTileRow(load) || tileAccesses.count(accessOf(load).number) ||
        (parts.merge &&
         (load->getParentOfType<ktile::SweepOp>() || !mergeNeeds(load))))
      return;
    TileAccess &access = tileAccesses[accessOf(load).number];
    access.load = load;
    auto type = cast<kdsl::RowsType>(load.getRows().getType());
    if (!readsSweptRow(load))
      access.buffer = memory.takeScratch(
          type.getWidth() * tileRows() * bytesOf(heldType(type.getElement())));
  });
  reserveFilter();
  if (order)
    readOrder();
  bool hasGathers = false;
  grid.walk([&](ktile::GatherOp) { hasGathers = true; });
  if (hasGathers) {
    chosenPlaces = memory.takeScratch(lanes * 8);
    chosenNumbers = memory.takeScratch(lanes * 8);
  }
  for (auto put : grid.getBody().getOps<ktile::PutOp>()) {
    auto type = cast<kdsl::RowsType>(grid.getResult(put.getResult()).getType());
    putBuffers[put] = memory.takeScratch(type.getWidth() * tileRows() *
                                         bytesOf(type.getElement()));
  }
}

/// Rows that are all there and follow each other, of few features, go in and out
/// as whole vectors; others one by one.
void VectorTile::moveRows(int64_t width, Value stride, Value count,
                          function_ref<void()> asVectors,
                          function_ref<void()> oneByOne) {
  constexpr int64_t mostFeatures = 4; // shuffles grow with the square
  if (lanes == 1 || width > mostFeatures || order)
    return oneByOne();
  Value whole = vectors.both(isEqual(count, number(tileRows())),
                             isEqual(stride, number(width)));
  vectors.where(whole, {}, asVectors, oneByOne);
}

/// Goes through the numbers of some rows, from feature `begin` on. Those of
/// many features go some features at a time: neighbours of a row lie far apart
/// in a buffer, and their lines stay in the first cache until all rows have
/// been there.
void VectorTile::forEachNumber(
    Value rowCount, int64_t begin, int64_t width,
    function_ref<void(Value row, Value feature)> body) {
  constexpr int64_t some = 64;
  auto ofRows = [&](function_ref<void(Value row)> features) {
    forLoop(number(0), rowCount, 1, features);
  };
  if (width - begin <= unroll)
    return ofRows([&](Value r) {
      for (int64_t e = begin; e < width; ++e)
        body(r, number(e));
    });
  forLoop(number(begin), number(width), some, [&](Value first) {
    Value end = min(add(first, number(some)), number(width));
    ofRows([&](Value r) {
      forLoop(first, end, 1, [&](Value e) { body(r, e); });
    });
  });
}

/// The address of the rows of lane value `r` where rows have no gaps.
Value VectorTile::denseRows(const Memory::Array &array, Value base, Value tile,
                            int64_t r) {
  Value first = times(add(tile, number(r * lanes)), array.width);
  return memory.address(base, first, array.element);
}

/// buffer[feature][r] = row tile + r, as it is computed with; rows past the last
/// one repeat it, so that every lane computes something valid.
void VectorTile::gatherRows(const TileAccess &rowsAt, Value tile, Value count) {
  const Access &access = accessOf(rowsAt.load);
  const Memory::Array &array = arrayOf(access.rows);
  const int64_t width = array.width;
  Type held = heldType(array.element);
  Value stride = tileStride(access);
  auto asVectors = [&] {
    Type element = storedType(array.element);
    for (int64_t r = 0; r < rows; ++r) {
      Value all = LLVM::LoadOp::create(
          builder, loc, VectorType::get(lanes * width, element),
          denseRows(array, access.base, tile, r),
          unsigned(bytesOf(array.element)));
      for (int64_t e = 0; e < width; ++e) {
        SmallVector<int32_t> places(lanes);
        for (int64_t l = 0; l < lanes; ++l)
          places[l] = int32_t(l * width + e);
        Value feature =
            LLVM::ShuffleVectorOp::create(builder, loc, all, all, places);
        memory.store(memory.fromStored(vectors.lane(array.element), feature),
                     placeOf(rowsAt.buffer, held, r, number(e)),
                     laneAlignment(held));
      }
    }
  };
  auto oneByOne = [&](int64_t from) {
    Value last = subtract(count, number(1));
    forEachNumber(number(tileRows()), from, width, [&](Value r, Value feature) {
      Value row = rowAt(add(tile, min(r, last)));
      Value place = add(times(feature, tileRows()), r);
      Value from = tileAddress(access, row, feature);
      memory.store(memory.load(array.element, from),
                   memory.address(rowsAt.buffer, place, held));
    });
  };
  if (lanes == 1 || width < lanes || order)
    return moveRows(width, stride, count, asVectors, [&] { oneByOne(0); });
  // As many features of as many rows as a vector has lanes, and what is left.
  const int64_t whole = width / lanes * lanes;
  auto inSquares = [&] {
    forLoop(number(0), number(whole), lanes, [&](Value first) {
      for (int64_t r = 0; r < rows; ++r) {
        SmallVector<Value> square;
        for (int64_t l = 0; l < lanes; ++l)
          square.push_back(LLVM::LoadOp::create(
              builder, loc, vectors.lane(storedType(array.element)),
              tileAddress(access, add(tile, number(r * lanes + l)), first),
              unsigned(bytesOf(array.element))));
        for (auto [e, feature] : llvm::enumerate(transposed(square)))
          memory.store(
              memory.fromStored(vectors.lane(array.element), feature),
              placeOf(rowsAt.buffer, held, r, add(first, number(int64_t(e)))),
              laneAlignment(held));
      }
    });
    if (whole < width)
      oneByOne(whole);
  };
  vectors.where(isEqual(count, number(tileRows())), {}, inSquares,
                [&] { oneByOne(0); });
}

/// The columns of a square of numbers. Blocks of both halves of the square
/// change places, then smaller ones within them.
SmallVector<Value> VectorTile::transposed(ArrayRef<Value> square) {
  SmallVector<Value> lines(square);
  for (size_t half = lines.size() / 2; half > 0; half /= 2)
    for (size_t k = 0; k < lines.size(); ++k) {
      if (k & half)
        continue;
      SmallVector<int32_t> low, high;
      for (size_t l = 0; l < lines.size(); ++l) {
        low.push_back(int32_t(l & half ? lines.size() + l - half : l));
        high.push_back(int32_t(l & half ? lines.size() + l : l + half));
      }
      Value a = lines[k], b = lines[k + half];
      lines[k] = LLVM::ShuffleVectorOp::create(builder, loc, a, b, low);
      lines[k + half] = LLVM::ShuffleVectorOp::create(builder, loc, a, b, high);
    }
  return lines;
}

/// row tile + r of the array = buffer[feature][r], for the valid rows.
void VectorTile::scatterRows(const Memory::Array &array, Value buffer,
                             Value tile, Value count) {
  const int64_t width = array.width;
  Value stride = array.strides.empty() ? number(0) : array.strides.back();
  auto asVectors = [&] {
    Type stored = vectors.lane(storedType(array.element));
    SmallVector<int32_t> places(lanes * width);
    for (int64_t l = 0; l < lanes; ++l)
      for (int64_t e = 0; e < width; ++e)
        places[l * width + e] = int32_t(e * lanes + l);
    for (int64_t r = 0; r < rows; ++r) {
      Value all;
      for (int64_t e = 0; e < width; ++e) {
        Value feature =
            memory.load(stored, placeOf(buffer, array.element, r, number(e)),
                        laneAlignment(array.element));
        all = all ? appended(all, feature) : feature;
      }
      if (width > 1)
        all = LLVM::ShuffleVectorOp::create(builder, loc, all, all, places);
      LLVM::StoreOp::create(builder, loc, all,
                            denseRows(array, array.base, tile, r),
                            unsigned(bytesOf(array.element)));
    }
  };
  auto oneByOne = [&] {
    forEachNumber(count, 0, width, [&](Value r, Value e) {
      Value row = rowAt(add(tile, r));
      Value to = memory.address(array.base, times(row, stride), array.element);
      Value place = add(times(e, tileRows()), r);
      memory.copy(array.element, memory.address(buffer, place, array.element),
                  memory.address(to, e, array.element));
    });
  };
  moveRows(width, stride, count, asVectors, oneByOne);
}

/// The elements of two vectors, of which the second is not longer.
Value VectorTile::appended(Value front, Value back) {
  int64_t n = cast<VectorType>(front.getType()).getNumElements();
  int64_t more = cast<VectorType>(back.getType()).getNumElements();
  SmallVector<int32_t> places(n + more);
  std::iota(places.begin(), places.end(), 0);
  SmallVector<int32_t> widened(n, -1);
  std::iota(widened.begin(), widened.begin() + more, 0);
  back = LLVM::ShuffleVectorOp::create(builder, loc, back, back, widened);
  return LLVM::ShuffleVectorOp::create(builder, loc, front, back, places);
}

/// Vector `r` of feature `feature` in a buffer [feature][row].
Value VectorTile::placeOf(Value buffer, Type element, int64_t r,
                          Value feature) {
  Value place = add(times(feature, tileRows()), number(r * lanes));
  return memory.address(buffer, place, element);
}

Value VectorTile::loadTileRow(ktile::LoadOp op, int64_t r, Value feature) {
  Type element = heldType(op.getType());
  const TileAccess &access = tileAccesses.find(accessOf(op).number)->second;
  return memory.load(vectors.lane(element),
                     placeOf(access.buffer, element, r, feature),
                     laneAlignment(element));
}

Value VectorTile::loadSweptRow(ktile::LoadOp op, Value place, Value feature) {
  const Access &access = accessOf(op);
  return memory.load(arrayOf(access.rows).element,
                     sweptAddress(access, place, feature));
}

/// Where a feature of a row lies.
Value VectorTile::addressOf(const Access &access, Value row, Value stride,
                            Value feature) {
  Type element = arrayOf(access.rows).element;
  Value start = memory.address(access.base, times(row, stride), element);
  return memory.address(start, feature, element);
}

Value VectorTile::tileAddress(const Access &access, Value row, Value feature) {
  return addressOf(access, row, tileStride(access), feature);
}

Value VectorTile::sweptAddress(const Access &access, Value row, Value feature) {
  if (order && access.rows == order->distance.ofSweep.getRows())
    return memory.address(order->reduced, add(times(row, order->record), feature),
                          builder.getF32Type());
  if (order)
    row = numberIn(order->reduced, row);
  return addressOf(access, row, sweptStride(access), feature);
}

/// The rows of each lane value; rows past the last one repeat it.
SmallVector<Value> VectorTile::pairOffsets(const Access &access, Value tile,
                                           Value count) {
  Value last =
      vectors.splat(subtract(add(tile, count), number(1)));
  Value stride = vectors.splat(tileStride(access));
  SmallVector<Value> offsets;
  for (int64_t r = 0; r < rows; ++r) {
    Value own = rowsFrom(tile, r);
    if (!order) // which repeats the last row itself
      own = arith::MinSIOp::create(builder, loc, own, last);
    offsets.push_back(times(own, stride));
  }
  return offsets;
}

/// Each lane reads a row of its own.
Value VectorTile::loadPair(ktile::LoadOp op, int64_t r, Value place,
                           Value feature) {
  const Access &access = accessOf(op);
  return loadPicked(sweptAddress(access, place, feature),
                    tileAccesses.find(access.number)->second.offsets[r],
                    arrayOf(access.rows).element);
}

Value VectorTile::loadPicked(TileLanes &lanes, Value base, Value index,
                             Type element) {
  const int64_t count = cast<VectorType>(index.getType()).getNumElements();
  Type pointers = VectorType::get(count, base.getType());
  Value places =
      LLVM::GEPOp::create(builder, loc, pointers, storedType(element), base,
                          ArrayRef<LLVM::GEPArg>{index});
  Type type = lanes.lane(element);
  Value stored = LLVM::masked_gather::create(
      builder, loc, storedType(type), places,
      lanes.integer(builder.getI1Type(), 1), ValueRange(),
      unsigned(bytesOf(element)));
  return memory.fromStored(type, stored);
}

/// Lane by lane: it happens once for a tile.
Value VectorTile::loadChosen(Value start, Value place, Value feature,
                             Type element) {
  Type i64 = builder.getI64Type(), held = heldType(element);
  memory.store(place, chosenPlaces, laneAlignment(i64));
  forLoop(number(0), number(lanes), 1, [&](Value l) {
    Value one = memory.load(i64, memory.address(chosenPlaces, l, i64));
    memory.store(loadUnlessNowhere(start, one, feature, element),
                 memory.address(chosenNumbers, l, held));
  });
  return memory.load(vectors.lane(held), chosenNumbers, laneAlignment(held));
}

Value VectorTile::rowsFrom(Value first, int64_t r) {
  SmallVector<int64_t> offsets(lanes);
  std::iota(offsets.begin(), offsets.end(), r * lanes);
  Value offset = arith::ConstantOp::create(builder, loc,
                                           builder.getI64VectorAttr(offsets));
  if (order)
    return add(vectors.splat(subtract(first, firstRow)), rowsInOrder(r));
  return add(vectors.splat(first), offset);
}

/// A mask as the low bits of an integer, which has as many at least.
Value VectorTile::asBits(Value mask, IntegerType type) {
  const auto count =
      unsigned(cast<VectorType>(mask.getType()).getNumElements());
  Value bits = LLVM::BitcastOp::create(builder, loc,
                                       builder.getIntegerType(count), mask);
  return count < type.getWidth()
             ? arith::ExtUIOp::create(builder, loc, type, bits)
             : bits;
}

/// The masks of vectors side by side.
Value VectorTile::joinedBits(ArrayRef<Value> masks, IntegerType word) {
  auto constant = [&](int64_t n) {
    return arith::ConstantIntOp::create(builder, loc, word, n);
  };
  Value bits = constant(0);
  for (auto [k, mask] : llvm::enumerate(masks)) {
    Value placed = arith::ShLIOp::create(builder, loc, asBits(mask, word),
                                         constant(int64_t(k) * lanes));
    bits = arith::OrIOp::create(builder, loc, bits, placed);
  }
  return bits;
}

/// Leaves vectors side by side.
void VectorTile::storeVectors(ArrayRef<Value> values, Value buffer) {
  for (auto [k, value] : llvm::enumerate(values)) {
    Type element = kdsl::laneElement(value);
    memory.store(value,
                 memory.address(buffer, number(int64_t(k) * lanes), element),
                 laneAlignment(element));
  }
}

void VectorTile::putFeature(ktile::PutOp op, Value feature,
                            ArrayRef<Value> values) {
  Type element =
      cast<kdsl::RowsType>(grid.getResult(op.getResult()).getType())
          .getElement();
  for (auto [r, value] : llvm::enumerate(values))
    memory.store(value,
                 placeOf(putBuffers.lookup(op), element, int64_t(r), feature),
                 laneAlignment(element), element);
}

/// Whole tiles: what stands in for rows past the last one has a place too.
Value VectorTile::partialRows() {
  if (grid.getAxes().empty())
    return number(tileRows());
  Value axis = memory.axisSize(grid.getAxes().getValue().back());
  Value tiles = arith::CeilDivSIOp::create(builder, loc, axis,
                                           number(tileRows()));
  return times(tiles, tileRows());
}

Value VectorTile::partialRow(int64_t r) {
  return add(firstRow, number(r * lanes));
}

void VectorTile::storePartial(Value value, int64_t, Value address) {
  memory.store(value, address,
               laneAlignment(kdsl::featureElement(value.getType())));
}

/// Numbers of rows j would be read once for all vectors of rows i, spread over
/// whole registers, spilled and reloaded; an operand in memory costs nothing. With
/// AVX2 each read is an instruction.
Value VectorTile::unshared(Value value) {
  if (isAvx2)
    return value;
  return LLVM::InlineAsmOp::create(
             builder, loc, value.getType(), value, /*asm_string=*/"",
             /*constraints=*/"=r,0", /*has_side_effects=*/false,
             /*is_align_stack=*/false, LLVM::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getRes();
}

/// Of 16 registers, twelve sums leave too few for others: LLVM would spill sums
/// in the loop rather than, around it, numbers that the loop does not use. SSE,
/// which overwrites operands, spills in any case.
void VectorTile::clearRegisters() {
  if (!isAvx2)
    return;
  std::string clobbers;
  for (int k = 0; k < 16; ++k)
    clobbers += (k ? ",~{xmm" : "~{xmm") + std::to_string(k) + "}";
  LLVM::InlineAsmOp::create(builder, loc, TypeRange(), ValueRange(),
                            /*asm_string=*/"", clobbers,
                            /*has_side_effects=*/true,
                            /*is_align_stack=*/false, LLVM::TailCallKind::None,
                            /*asm_dialect=*/LLVM::AsmDialectAttr(),
                            /*operand_attrs=*/ArrayAttr());
}

void VectorTile::endTile() {
  for (auto put : grid.getBody().getOps<ktile::PutOp>())
    for (const Memory::Array &array :
         memory.destinations(grid.getResult(put.getResult())))
      scatterRows(atBatch(array), putBuffers.lookup(put), firstRow, rowCount);
}

void VectorTile::emitTile(Value tile, Value count) {
  firstRow = tile;
  rowCount = count;
  for (auto &[number, access] : tileAccesses) {
    if (access.buffer)
      gatherRows(access, tile, count);
    else
      access.offsets = pairOffsets(accessOf(access.load), tile, count);
  }
  emitTileBody(tile);
}

} // namespace kdslc::cpu
