//===- ExpandMathTrig.cpp - sine, cosine, tangent -------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"

using namespace mlir;

namespace kdslc::elementary {

using namespace coefficients;

namespace {
/// An angle as quadrant * pi/2 + r.hi + r.lo with |r| <= pi/4; the low bits of
/// `quadrant` count modulo 4.
struct Angle {
  Bits quadrant;
  Pair r;
};
} // namespace

static constexpr double twoOverPi = 0x1.45f306dc9c883p-1;

/// f32: the remainder is taken in f64, in three parts of pi/2. Products with
/// the first two (26 bits each) are exact up to n = 2^27, or |x| = 2e8.
static Angle reduceSingle(Num x) {
  Num wide = widen(x);
  Num n = nearestInteger(wide * twoOverPi);
  Num r = mulAdd(n, -0x1.921fb5p+0, wide);
  r = mulAdd(n, -0x1.110b46p-26, r);
  r = mulAdd(n, -0x1.1a62633145c07p-54, r);
  // Larger arguments leave any remainder; the result shall stay a sine.
  r = clamp(r, -0.79, 0.79);
  MathContext &cx = *x.cx;
  Value count = bits(n + n.format().roundMagic).value;
  Type i32 = bits(x).value.getType();
  Value quadrant = arith::TruncIOp::create(cx.builder, cx.loc, i32, count);
  return {{x.cx, quadrant}, {narrow(r, x), x.make(0)}};
}

/// f64: four parts of pi/2, the first three of 33 bits, so that products are
/// exact up to n = 2^20, or |x| = 1.6e6; the remainder keeps its error.
static Angle reduceDouble(Num x) {
  Num n = nearestInteger(x * twoOverPi);
  Num first = mulAdd(n, -0x1.921fb544p+0, x); // exact
  Pair second = twoSum(first, n * -0x1.0b4611a6p-34);
  Pair third = twoSum(second.hi, n * -0x1.3198a2ep-69);
  Num lo = mulAdd(n, -0x1.b839a252049c1p-104, second.lo + third.lo);
  Pair r = fastTwoSum(third.hi, lo);
  r = {clamp(r.hi, -0.79, 0.79), clamp(r.lo, -0x1p-50, 0x1p-50)};
  return {bits(n + n.format().roundMagic), r};
}

/// sin and cos of the remainder.
static SinCos kernels(const Angle &angle) {
  Num r = angle.r.hi;
  const FloatFormat &f = r.format();
  Num z = r * r;
  Num half = z * 0.5;
  Num w = 1 - half;
  Num cosTail = z * z * polynomial(z, f.pick(cosF, cosD));
  Num sinTail = r * z * polynomial(z, f.pick(sinF, sinD));
  Num wError = (1 - w) - half;
  if (!f.isDouble)
    return {r + sinTail, w + (wError + cosTail)};
  // First-order effect of r.lo: d sin = cos, d cos = -sin.
  Num lo = angle.r.lo;
  cosTail = mulAdd(r, -lo, cosTail);
  sinTail = mulAdd(lo, w, sinTail);
  return {r + sinTail, w + (wError + cosTail)};
}

/// The sign bit where bit 1 of the quadrant is set.
static Bits signFromQuadrant(Bits quadrant, const FloatFormat &format) {
  int top = format.isDouble ? 62 : 30;
  return shiftLeft(quadrant & 2, top);
}

/// On |x|, so that -0 keeps its sign.
static Angle reduce(Num x) {
  Num a = abs(x);
  return x.format().isDouble ? reduceDouble(a) : reduceSingle(a);
}

SinCos expandSinCos(Num x) {
  Angle angle = reduce(x);
  SinCos k = kernels(angle);
  Mask odd = nonZero(angle.quadrant & 1);
  Bits sinSign = signFromQuadrant(angle.quadrant, x.format()) ^ signOf(x);
  Bits next = angle.quadrant + angle.quadrant.make(1);
  Bits cosSign = signFromQuadrant(next, x.format());
  Num sin = select(odd, k.cos, k.sin), cos = select(odd, k.sin, k.cos);
  return {flip(sin, sinSign), flip(cos, cosSign)};
}

Num expandTan(Num x) {
  Angle angle = reduce(x);
  SinCos k = kernels(angle);
  Mask odd = nonZero(angle.quadrant & 1);
  Num numerator = select(odd, -k.cos, k.sin);
  Num denominator = select(odd, k.sin, k.cos);
  return flip(quotient(numerator, denominator), signOf(x));
}

} // namespace kdslc::elementary
