//===- SplitRow.cpp - rows as tensor cores multiply them ------------------===//

#include "compiler/targets/nvptx/SplitRow.h"
#include "compiler/targets/nvptx/Warp.h"

using namespace mlir;

namespace kdslc::nvptx {

/// The bits of 2^k as f32, k at least -127.
static constexpr int64_t power(int64_t k) { return (k + 127) << 23; }
static constexpr int64_t bitsOfExponent = 0x7f800000;
static constexpr int64_t place = int64_t(1) << 23; ///< of the exponent

/// Of the largest number of a row: where it is put, and what is moderate.
static constexpr int64_t top = 14, reach = 60;
/// Down to 2^-13 numbers are kept to the last bit but one: half of the last
/// place of `small` is 2^-36 there.
static constexpr int64_t span = top + 13;

RowSplitter::RowSplitter(OpBuilder &builder, Location loc, Factors factors)
    : builder(builder), loc(loc), factors(factors) {
  out = tiny = arith::ConstantIntOp::create(builder, loc, 0, 1);
}

Value RowSplitter::word(int64_t n) {
  return arith::ConstantIntOp::create(builder, loc, n, 32);
}

Value RowSplitter::bitsOf(Value x) {
  return arith::BitcastOp::create(builder, loc, builder.getI32Type(), x);
}

Value RowSplitter::numberOf(Value bits) {
  return arith::BitcastOp::create(builder, loc, builder.getF32Type(), bits);
}

Value RowSplitter::pack(Value first, Value second) {
  if (factors == Factors::BF16) {
    Value lower =
        arith::ShRUIOp::create(builder, loc, bitsOf(first), word(16));
    Value upper = arith::AndIOp::create(builder, loc, bitsOf(second),
                                        word(~int64_t(0xffff)));
    return arith::OrIOp::create(builder, loc, lower, upper);
  }
  auto type = VectorType::get(2, builder.getF16Type());
  Value two = NVVM::ConvertF32x2ToF16x2Op::create(
      builder, loc, type, second, first, /*random_bits=*/Value(),
      NVVM::FPRoundingMode::RN);
  return LLVM::BitcastOp::create(builder, loc, builder.getI32Type(), two);
}

Value RowSplitter::unpack(Value two, int64_t which) {
  auto type = VectorType::get(2, builder.getF16Type());
  Value halves = LLVM::BitcastOp::create(builder, loc, type, two);
  return arith::ExtFOp::create(
      builder, loc, builder.getF32Type(),
      vector::ExtractOp::create(builder, loc, halves, which),
      arith::FastMathFlagsAttr());
}

Value RowSplitter::largest(ArrayRef<Value> features, int64_t sharers) {
  auto larger = [&](Value a, Value b) -> Value {
    return arith::MaxUIOp::create(builder, loc, a, b);
  };
  Value most = word(0);
  for (Value x : features)
    most = larger(most, arith::AndIOp::create(builder, loc, bitsOf(x),
                                              word(0x7fffffff)));
  return overLanes(builder, loc, most, sharers, larger);
}

/// \param exponent  of `most`, as the power of two.
void RowSplitter::noteSize(ArrayRef<Value> features, Value most,
                           Value exponent) {
  auto note = [&](Value &of, arith::CmpIPredicate how, Value a, Value b) {
    of = arith::OrIOp::create(builder, loc, of,
                              arith::CmpIOp::create(builder, loc, how, a, b));
  };
  // Without the sign, and 0 above all others.
  auto order = [&](Value bits, bool isSigned) -> Value {
    Value twice =
        isSigned ? arith::AddIOp::create(builder, loc, bits, bits) : bits;
    return arith::AddIOp::create(builder, loc, twice, word(-1));
  };
  note(out, arith::CmpIPredicate::ugt, most, word(power(reach)));
  note(out, arith::CmpIPredicate::ult, order(most, false),
       word(power(-reach) - 1));
  Value least = word(-1);
  for (Value x : features)
    least = arith::MinUIOp::create(builder, loc, least, order(bitsOf(x), true));
  Value limit =
      arith::SubIOp::create(builder, loc, exponent, word(span * place));
  note(tiny, arith::CmpIPredicate::ult, least, order(limit, true));
}

SplitRow RowSplitter::split(ArrayRef<Value> features, int64_t sharers) {
  SplitRow row;
  if (factors != Factors::F32) {
    for (size_t k = 0; k < features.size(); k += 2)
      row.big.push_back(pack(features[k], features[k + 1]));
    return row;
  }
  Value most = largest(features, sharers);
  Value exponent =
      arith::AndIOp::create(builder, loc, most, word(bitsOfExponent));
  exponent = arith::MaxUIOp::create(
      builder, loc,
      arith::MinUIOp::create(builder, loc, exponent, word(power(reach))),
      word(power(-reach)));
  noteSize(features, most, exponent);
  row.scale = numberOf(
      arith::SubIOp::create(builder, loc, exponent, word(top * place)));
  Value up = numberOf(arith::SubIOp::create(
      builder, loc, word(power(0) + power(top)), exponent));
  Value smaller =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0x1p11f));
  for (size_t k = 0; k < features.size(); k += 2) {
    SmallVector<Value, 2> scaled, rest;
    for (Value x : features.slice(k, 2))
      scaled.push_back(arith::MulFOp::create(builder, loc, x, up));
    row.big.push_back(pack(scaled[0], scaled[1]));
    for (int64_t n = 0; n < 2; ++n) {
      Value big = unpack(row.big.back(), n);
      Value small = arith::SubFOp::create(builder, loc, scaled[size_t(n)], big);
      rest.push_back(arith::MulFOp::create(builder, loc, small, smaller));
    }
    row.small.push_back(pack(rest[0], rest[1]));
  }
  return row;
}

} // namespace kdslc::nvptx
