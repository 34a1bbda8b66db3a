//===- MatrixUnit.cpp - bounds of distances by AMX ------------------------===//
//
// A matrix of AMX has 16 rows of 64 bytes. One instruction adds, to 16 by 16 numbers
// of f32, the products of 32 features of 16 rows j and 16 rows i, which it takes as
// pairs of bf16. In scratch:
//
//   halves of a tile    [32 features][vector of rows i][pair of features][row i]
//   halves of a group   [32 features][row j][pair of features]
//   starts              [row j][row i]   of one vector: where bounds begin
//
// A pair are two features of which one is 16 behind the other, so that two vectors
// of features are packed without a shuffle.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::cpu {

static constexpr int64_t inStep = 32;       ///< features of one instruction
static constexpr int64_t side = 16;         ///< rows of a matrix
static constexpr int64_t line = 64;         ///< bytes of a row of a matrix
static constexpr int64_t matrix = side * line; ///< bytes

namespace {
/// The matrices in registers: bounds of up to four vectors, and what is multiplied.
enum Matrix : int64_t { Bounds = 0, RowsJ = 4, RowsI = 5 };
} // namespace

static int64_t stepsOf(int64_t features) {
  return int64_t(llvm::divideCeil(features, inStep));
}

/// And says that all matrices have all rows.
void VectorTile::reserveMatrices(int64_t features, Matrices &matrices) {
  const int64_t steps = stepsOf(features);
  matrices.ofTile = memory.takeScratch(steps * rows * matrix);
  matrices.ofGroup = memory.takeScratch(2 * steps * matrix);
  matrices.starts = memory.takeScratch(2 * matrix);
  // Palette 1; of each of eight matrices the bytes of a row from byte 16 on, and the
  // number of rows from byte 48 on.
  SmallVector<uint8_t> shapes(size_t(line), 0);
  shapes[0] = 1;
  for (size_t k = 0; k < 8; ++k) {
    shapes[16 + 2 * k] = line;
    shapes[48 + k] = side;
  }
  Value place = memory.takeScratch(line);
  auto bytes = VectorType::get(line, builder.getI8Type());
  Value value = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(bytes, ArrayRef<uint8_t>(shapes)));
  LLVM::StoreOp::create(builder, loc, value, place, unsigned(line));
  callUnit("ldtilecfg", {}, place);
}

void VectorTile::releaseMatrices() {
  if (hasMatrixUnit() && !filters.empty())
    callUnit("tilerelease", {});
}

/// \param matrices  their registers.
/// \param address   of the first row, with bytes from one to the next.
void VectorTile::callUnit(StringRef intrinsic, ArrayRef<int64_t> matrices,
                          Value address, int64_t stride) {
  SmallVector<Value> arguments;
  for (int64_t one : matrices)
    arguments.push_back(arith::ConstantIntOp::create(builder, loc, one, 8));
  if (address)
    arguments.push_back(address);
  if (stride)
    arguments.push_back(number(stride));
  LLVM::CallIntrinsicOp::create(
      builder, loc, builder.getStringAttr("llvm.x86." + intrinsic.str()),
      arguments);
}

/// Two vectors as bf16, in the halves of each lane. What lies in the middle rounds
/// away from 0.
Value VectorTile::halves(Value low, Value high) {
  Type i32 = builder.getI32Type(), word = vectors.lane(i32);
  auto constant = [&](int64_t n) { return vectors.integer(i32, n); };
  auto rounded = [&](Value value) -> Value {
    Value bits = arith::BitcastOp::create(builder, loc, word, value);
    return arith::AddIOp::create(builder, loc, bits, constant(0x8000));
  };
  Value bits = arith::ShRUIOp::create(builder, loc, rounded(low), constant(16));
  if (!high)
    return bits;
  Value upper = arith::AndIOp::create(builder, loc, rounded(high),
                                      constant(int64_t(0xffff0000)));
  return arith::OrIOp::create(builder, loc, upper, bits);
}

/// -2 x' of the tile, behind it zeros up to whole steps.
void VectorTile::packTile() {
  Type f32 = builder.getF32Type();
  const Matrices &matrices = filter->matrices;
  const int64_t steps = stepsOf(distance->features);
  auto load = [&](int64_t r, Value feature) {
    return memory.load(vectors.lane(f32),
                       placeOf(filter->ofTile, f32, r, feature),
                       laneAlignment(f32));
  };
  for (int64_t d = distance->features; d < steps * inStep; ++d)
    for (int64_t r = 0; r < rows; ++r)
      memory.store(vectors.constant(f32, 0),
                   placeOf(filter->ofTile, f32, r, number(d)),
                   laneAlignment(f32));
  forLoop(number(0), number(steps), 1, [&](Value step) {
    forLoop(number(0), number(side), 1, [&](Value pair) {
      Value low = add(times(step, inStep), pair);
      for (int64_t r = 0; r < rows; ++r) {
        Value at = add(times(step, rows), number(r));
        Value place = memory.address(
            matrices.ofTile, times(add(times(at, side), pair), lanes), f32);
        memory.store(halves(load(r, low), load(r, add(low, number(side)))),
                     place, unsigned(line));
      }
    });
  });
}

/// Of two places of so many bytes, which groups take in turn, that of one.
Value VectorTile::slotOf(Value first, Value buffers, int64_t bytes) {
  Value number = divide(subtract(first, filter->matrices.first), side);
  return memory.address(buffers, times(rest(number, 2), bytes),
                        builder.getI8Type());
}

/// The loop over groups packs each before the one in front is looked at.
void VectorTile::packFirst(Value start, Value end) {
  filter->matrices.first = start;
  filter->matrices.last = subtract(end, number(side));
  auto some = scf::IfOp::create(builder, loc, isLess(start, end),
                                /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(some.thenBlock());
  packGroup(start);
}

/// y' of a group, and where its bounds begin.
void VectorTile::packGroup(Value first) {
  Type f32 = builder.getF32Type();
  const Matrices &matrices = filter->matrices;
  const Access &access = accessOf(distance->ofSweep);
  const int64_t steps = stepsOf(distance->features);
  Value packed = slotOf(first, matrices.ofGroup, steps * matrix);
  SmallVector<Value> sums(size_t(side), vectors.constant(f32, 0));
  auto pack = [&](Value step, int64_t features, MutableArrayRef<Value> sums) {
    auto part = [&](Value row, Value feature, int64_t width, Value &sum) {
      Value place = sweptAddress(access, row, feature);
      Value center =
          memory.load(vectors.lane(f32),
                      memory.address(filter->center, feature, f32),
                      laneAlignment(f32));
      Value apart = vectors.sub(loadFeatures(place, width), center);
      sum = vectors.addProduct(sum, apart, apart);
      return apart;
    };
    Value feature = times(step, inStep);
    for (int64_t g = 0; g < side; ++g) {
      Value row = add(first, number(g)), &sum = sums[size_t(g)];
      Value low = part(row, feature, std::min(features, side), sum);
      Value high = features > side ? part(row, add(feature, number(side)),
                                          features - side, sum)
                                   : Value();
      Value place = add(times(step, side), number(g));
      memory.store(halves(low, high),
                   memory.address(packed, times(place, lanes), f32),
                   unsigned(line));
    }
  };
  const int64_t whole = distance->features / inStep,
                left = distance->features % inStep;
  foldFeatures(whole, 1, 2, sums, [&](Value step, MutableArrayRef<Value> sums) {
    pack(step, inStep, sums);
  });
  if (left > 0)
    pack(number(whole), left, sums);
  Value lowers = lowersOf(sumOverLanes(sums));
  Value lowersAt = slotOf(first, filter->lowers, line);
  Value starts = slotOf(first, matrices.starts, matrix);
  memory.store(lowers, lowersAt, unsigned(line));
  for (int64_t g = 0; g < side; ++g)
    memory.store(vectors.splat(memory.load(
                     f32, memory.address(lowersAt, number(g), f32))),
                 memory.address(starts, number(g * lanes), f32), unsigned(line));
}

/// Bounds of all pairs of a group that is packed, while the next one is.
///
/// \returns whether the bound of some row j is not known.
Value VectorTile::multiply(Value first) {
  Type f32 = builder.getF32Type();
  const Matrices &matrices = filter->matrices;
  const int64_t steps = stepsOf(distance->features);
  Value starts = slotOf(first, matrices.starts, matrix);
  Value packed = slotOf(first, matrices.ofGroup, steps * matrix);
  for (int64_t from = 0; from < rows; from += RowsJ) {
    const int64_t count = std::min<int64_t>(RowsJ, rows - from);
    for (int64_t k = 0; k < count; ++k)
      callUnit("tileloadd64", {Bounds + k}, starts, line);
    // Meanwhile the group behind the next one comes near.
    foldFeatures(steps, 1, 4, {}, [&](Value step, MutableArrayRef<Value>) {
      callUnit("tileloadd64", {RowsJ},
               memory.address(packed, times(step, side * lanes), f32), line);
      for (int64_t k = 0; k < count; ++k) {
        const int64_t rowsI = RowsI + k % 3;
        Value r = add(times(step, rows), number(from + k));
        callUnit("tileloadd64", {rowsI},
                 memory.address(matrices.ofTile, times(r, side * lanes), f32),
                 line);
        callUnit("tdpbf16ps", {Bounds + k, RowsJ, rowsI});
        fetchPart(distance->ofSweep, add(first, number(2 * side)), side,
                  add(times(step, rows), number(from + k)), steps * rows);
      }
    });
    // Behind it: what it reads would wait for products that lie a multiple of
    // 4 KiB apart.
    if (from + count == rows)
      packGroup(min(add(first, number(side)), matrices.last));
    for (int64_t k = 0; k < count; ++k)
      callUnit("tilestored64", {Bounds + k},
               memory.address(filter->bounds, number((from + k) * lanes), f32),
               rows * line);
  }
  Value lowers = memory.load(vectors.lane(f32),
                             slotOf(first, filter->lowers, line),
                             unsigned(line));
  return isUnknown(lowers);
}

/// What `multiply` has left, [row j][row i].
SmallVector<Value> VectorTile::loadBounds() {
  Type f32 = builder.getF32Type();
  SmallVector<Value> bounds;
  for (int64_t k = 0; k < side * rows; ++k)
    bounds.push_back(memory.load(
        vectors.lane(f32),
        memory.address(filter->bounds, number(k * lanes), f32), unsigned(line)));
  return bounds;
}

} // namespace kdslc::cpu
