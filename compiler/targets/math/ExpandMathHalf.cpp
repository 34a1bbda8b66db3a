//===- ExpandMathHalf.cpp - conversions of 16-bit floats ------------------===//
//
// f16 is 1 sign, 5 exponent and 10 mantissa bits, bf16 the upper half of an f32.
// Everything is integer arithmetic on the patterns, and one multiplication or
// addition of f32 where that does the work with subnormal numbers.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// `like` with another element type.
Type withElement(Type like, Type element) {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? Type(vector.clone(element)) : element;
}

/// Patterns of 16 bits as integers of 32, and back.
Bits patternOf(MathContext &cx, Value half) {
  OpBuilder &b = cx.builder;
  Type type = half.getType();
  Value bits = arith::BitcastOp::create(
      b, cx.loc, withElement(type, b.getI16Type()), half);
  return {&cx, arith::ExtUIOp::create(
                   b, cx.loc, withElement(type, b.getI32Type()), bits)};
}

Value halfOf(Bits pattern, Type type) {
  OpBuilder &b = pattern.cx->builder;
  Location loc = pattern.cx->loc;
  Value bits = arith::TruncIOp::create(
      b, loc, withElement(type, b.getI16Type()), pattern.value);
  return arith::BitcastOp::create(b, loc, type, bits);
}

Num asFloat(Bits pattern) {
  OpBuilder &b = pattern.cx->builder;
  return {pattern.cx, arith::BitcastOp::create(
                          b, pattern.cx->loc,
                          withElement(pattern.value.getType(), b.getF32Type()),
                          pattern.value)};
}

Mask atLeast(Bits a, uint64_t b) {
  return {a.cx, arith::CmpIOp::create(a.cx->builder, a.cx->loc,
                                      arith::CmpIPredicate::uge, a.value,
                                      a.make(b).value)};
}

Bits select(Mask condition, Bits a, Bits b) {
  return {a.cx, arith::SelectOp::create(a.cx->builder, a.cx->loc,
                                        condition.value, a.value, b.value)};
}

/// Whether an instruction converts between f16 and f32.
bool hasHalf(const MathContext &cx) { return cx.isa != Isa::V2; }

/// Exponent and mantissa moved to where f32 has them are 2^112 too small, for
/// subnormal numbers too. Infinity and NaN get the largest exponent again.
Num widenHalf(Bits pattern) {
  Bits magnitude = pattern & 0x7fff;
  Bits sign = shiftLeft(pattern & 0x8000, 16);
  Bits number = bits(asFloat(shiftLeft(magnitude, 13)) * 0x1p112);
  Bits topExponent = select(atLeast(magnitude, 0x7c00),
                            magnitude.make(0x7f800000), magnitude.make(0));
  return asFloat(number | topExponent | sign);
}

/// To the nearest f16, ties to even.
Bits narrowToHalf(Num x) {
  Bits pattern = bits(x);
  Bits sign = shiftRight(pattern & 0x80000000, 16);
  Bits magnitude = pattern & 0x7fffffff;
  // 2^-14 and above: the exponent counts from 15 instead of 127, and what is
  // cut off is rounded by adding a little less than half of the last place, or
  // half where that is odd. A carry into the exponent is right, up to infinity.
  Bits odd = shiftRight(magnitude, 13) & 1;
  Bits normal =
      shiftRight(magnitude + magnitude.make(0xc8000fff) + odd, 13);
  // Below, the sum with 1/2 rounds to multiples of 2^-24.
  Bits subnormal = bits(asFloat(magnitude) + 0.5) - magnitude.make(0x3f000000);
  Bits huge = select(atLeast(magnitude, 0x7f800001), magnitude.make(0x7e00),
                     magnitude.make(0x7c00));
  Bits finite = select(atLeast(magnitude, 0x38800000), normal, subnormal);
  return select(atLeast(magnitude, 0x47800000), huge, finite) | sign;
}

/// To the nearest bf16, ties to even; a NaN keeps its upper bits.
Bits narrowToBfloat(Num x) {
  Bits pattern = bits(x);
  Bits odd = shiftRight(pattern, 16) & 1;
  Bits nearest = shiftRight(pattern + pattern.make(0x7fff) + odd, 16);
  Bits nan = shiftRight(pattern, 16) | pattern.make(0x40);
  return select(isNan(x), nan, nearest);
}

/// An f64 as the f32 toward zero or away from it whose last bit is 1, unless it
/// is one exactly: no tie and no rounding hides behind that, so that rounding
/// it once more, to fewer bits, is as good as rounding the f64.
Num roundToOdd(MathContext &cx, Value wide) {
  OpBuilder &b = cx.builder;
  Type single = withElement(wide.getType(), b.getF32Type());
  Num x = {&cx, wide};
  Num nearest = {&cx, arith::TruncFOp::create(b, cx.loc, single, wide)};
  Num back = {&cx, arith::ExtFOp::create(b, cx.loc, wide.getType(),
                                         nearest.value)};
  Mask below = abs(back) < abs(x), above = abs(back) > abs(x);
  Bits pattern = bits(nearest);
  Bits up = pattern | pattern.make(1);
  Bits down = pattern - (pattern.make(1) - (pattern & 1));
  return asFloat(select(below, up, select(above, down, pattern)));
}

} // namespace

bool isHalfConversion(Operation *op, Isa set) {
  if (!isa<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp>(
          op))
    return false;
  Type from = getElementTypeOrSelf(op->getOperand(0).getType());
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  bool native = set != Isa::V2 && ((from.isF16() && to.isF32()) ||
                                   (from.isF32() && to.isF16()));
  auto isHalf = [](Type type) { return type.isF16() || type.isBF16(); };
  return !native && (isHalf(from) || isHalf(to));
}

Value expandHalfConversion(MathContext &cx, Operation *op) {
  OpBuilder &b = cx.builder;
  Value x = op->getOperand(0);
  Type from = getElementTypeOrSelf(x.getType());
  Type type = op->getResult(0).getType(), to = getElementTypeOrSelf(type);
  Type single = withElement(type, b.getF32Type());
  if (isa<arith::ExtFOp>(op)) {
    Num number = {&cx, {}};
    if (from.isBF16())
      number = asFloat(shiftLeft(patternOf(cx, x), 16));
    else if (hasHalf(cx))
      number.value = arith::ExtFOp::create(b, cx.loc, single, x);
    else
      number = widenHalf(patternOf(cx, x));
    return to.isF32() ? number.value
                      : arith::ExtFOp::create(b, cx.loc, type, number.value);
  }
  // Integers that become 16-bit floats are row numbers, which f64 holds.
  if (!from.isF32()) {
    Type wide = withElement(type, b.getF64Type());
    if (isa<arith::SIToFPOp>(op))
      x = arith::SIToFPOp::create(b, cx.loc, wide, x);
    if (isa<arith::UIToFPOp>(op))
      x = arith::UIToFPOp::create(b, cx.loc, wide, x);
  }
  Num number = from.isF32() ? Num{&cx, x} : roundToOdd(cx, x);
  if (to.isBF16())
    return halfOf(narrowToBfloat(number), type);
  if (hasHalf(cx))
    return arith::TruncFOp::create(b, cx.loc, type, number.value);
  return halfOf(narrowToHalf(number), type);
}

} // namespace kdslc::elementary
