//===- TensorSteps.cpp - what a warp multiplies in a step -----------------===//

#include "compiler/targets/nvptx/TensorSteps.h"
#include "llvm/Support/MathExtras.h"
#include <array>

using namespace mlir;

namespace kdslc::nvptx {

int64_t TensorSteps::stepsOf(int64_t features) {
  return int64_t(llvm::divideCeil(features, stepFeatures));
}

/// What the quads read at once of several rows is in different banks.
int64_t TensorSteps::numbersOfRow(int64_t features, int64_t parts) {
  return 4 * laneWords * parts * (stepsOf(features) | 1);
}

TensorSteps::TensorSteps(OpBuilder &builder, Location loc, Memory &memory,
                         int64_t features, Factors factors, int64_t threads,
                         Value thread)
    : IndexMath(builder, loc), memory(memory), features(features),
      factors(factors), threads(threads), steps(stepsOf(features)),
      thread(thread) {
  Value lane = rest(thread, warp);
  warpRow = times(divide(thread, warp), warp);
  quad = divide(lane, 4);
  inQuad = rest(lane, 4);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value TensorSteps::word(int64_t n) {
  return arith::ConstantIntOp::create(builder, loc, n, 32);
}

Value TensorSteps::real(float x) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(x));
}

Value TensorSteps::anyOfWarp(Value condition) {
  return NVVM::VoteSyncOp::create(builder, loc, builder.getI1Type(), word(-1),
                                  condition, NVVM::VoteSyncKind::any);
}

Value TensorSteps::place(Value array, Value index, int64_t more) {
  Type element = builder.getF32Type();
  Value at = memory.address(array, index, element);
  return more ? memory.address(at, number(more), element) : at;
}

Value TensorSteps::fourAt(const ThreadRows &rows, Value row, Value first) {
  Value at = first;
  if (rows.isTurned) {
    // Of eight rows the odd ones have the other half first.
    Value which = rest(row, 8);
    Value turn = add(times(rest(which, 2), 4), divide(which, 2));
    at = times(arith::XOrIOp::create(builder, loc, divide(first, 4), turn), 4);
  }
  return place(rows.base, add(times(row, rows.stride), at));
}

/// Aligned as a whole.
Value TensorSteps::loadNumbers(Value at, int64_t count) {
  return LLVM::LoadOp::create(builder, loc,
                              VectorType::get(count, builder.getF32Type()), at,
                              unsigned(4 * count));
}

/// A feature of a row, 0 behind the last one.
/// \param most  what the feature is at most.
Value TensorSteps::loadWithin(Load load, Value row, Value feature,
                              int64_t most) {
  if (most < features)
    return load(row, feature);
  Value loaded = load(row, min(feature, number(features - 1)));
  return select(isLess(feature, number(features)), loaded, real(0));
}

TensorSteps::Sums TensorSteps::noSums() { return Sums(4, real(0)); }

/// sums + a b, of 16 x 8 x 16 numbers.
TensorSteps::Sums TensorSteps::multiply(ArrayRef<Value> a, ArrayRef<Value> b,
                                        Sums sums) {
  const bool isBrain = factors == Factors::BF16;
  // bf16 comes as i32, f16 as what it is.
  auto operands = [&](ArrayRef<Value> numbers) {
    SmallVector<Value> found(numbers);
    auto half = VectorType::get(2, builder.getF16Type());
    if (!isBrain)
      for (Value &two : found)
        two = LLVM::BitcastOp::create(builder, loc, half, two);
    return found;
  };
  return multiplyAs(isBrain ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16,
                    stepFeatures, operands(a), operands(b), sums);
}

TensorSteps::Sums TensorSteps::multiplyAs(NVVM::MMATypes type, int64_t depth,
                                          ArrayRef<Value> a, ArrayRef<Value> b,
                                          Sums sums) {
  using NVVM::MMALayout;
  Type f32 = builder.getF32Type();
  Type four = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                               {f32, f32, f32, f32});
  Value made = NVVM::MmaOp::create(
      builder, loc, four, a, b, sums, {stepRows, stepColumns, depth},
      std::nullopt, std::nullopt, std::array<NVVM::MMATypes, 2>{type, type},
      std::array<MMALayout, 2>{MMALayout::row, MMALayout::col});
  for (int64_t k = 0; k < 4; ++k)
    sums[size_t(k)] = LLVM::ExtractValueOp::create(builder, loc, made, k);
  return sums;
}

} // namespace kdslc::nvptx
