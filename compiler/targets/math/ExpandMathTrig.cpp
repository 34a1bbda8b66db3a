//===- ExpandMathTrig.cpp - sine, cosine, tangent -------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"

using namespace mlir;

namespace kdslc::elementary {

using namespace coefficients;

namespace {
/// An angle as n units and r; the low bits of `count` are those of n, or of the
/// next whole number where n is one less a half.
struct Angle {
  Bits count;
  Num r;
};
} // namespace

static constexpr double pi = 0x1.921fb54442d18p+1;

/// x - n unit, for a unit of pi or half of it. With a fused multiply-add the first
/// step is exact: the difference has fewer digits than the product, and the later
/// ones round to the digits of the remainder. Without one the products are exact,
/// in f64, up to n = 2^20. All parts are below pi, so that 0 stays +0.
static Num remainderOf(Num x, Num n, double unit) {
  static constexpr double single[] = {0x1.921fb4p+1, 0x1.4442dp-23,
                                      0x1.846988p-47};
  static constexpr double dbl[] = {0x1.921fb54442d18p+1, 0x1.1a62633145c06p-53,
                                   0x1.c1cd129024e08p-106};
  static constexpr double unfused[] = {0x1.921fb544p+1, 0x1.0b4611a6p-33,
                                       0x1.3198a2ep-68, 0x1.b839a252049c1p-103};
  ArrayRef<double> parts =
      x.cx->hasFma() ? x.format().pick(single, dbl) : ArrayRef(unfused);
  for (double part : parts)
    x = mulAdd(n, -part * (unit / pi), x);
  return x;
}

/// \param less  what n is below a whole number.
static Angle reduce(Num x, double unit, double less) {
  const bool isWide = !x.cx->hasFma() && !x.format().isDouble;
  Num y = isWide ? widen(x) : x;
  const double magic = y.format().roundMagic;
  Num perUnit = y.make(1 / unit);
  Num anchored = less == 0 ? mulAdd(y, perUnit, magic)
                           : mulAdd(y, perUnit, less) + magic;
  Num n = anchored - magic;
  if (less != 0)
    n = n - less;
  Num r = remainderOf(y, n, unit);
  Bits count = bits(anchored);
  if (!isWide)
    return {count, r};
  MathContext &cx = *x.cx;
  Type i32 = bits(x).value.getType();
  Value low = arith::TruncIOp::create(cx.builder, cx.loc, i32, count.value);
  return {{&cx, low}, narrow(r, x)};
}

/// The sign bit where the lowest bit is set.
static Bits signFrom(Bits count, const FloatFormat &format) {
  return shiftLeft(count, format.isDouble ? 63 : 31);
}

static Num sineOf(Num r, ArrayRef<double> coefficients) {
  Num z = r * r;
  return mulAdd(r * z, polynomial(z, coefficients), r);
}

/// For |r| <= pi/2, where a rounding may exceed 1; larger arguments leave any
/// remainder, and the result shall stay a sine.
static Num sineOfHalfTurn(Num r) {
  return clamp(sineOf(r, r.format().pick(sinHalfF, sinHalfD)), -1, 1);
}

Num expandSin(Num x) {
  // On |x|, so that -0 keeps its sign.
  Angle angle = reduce(abs(x), pi, 0);
  return flip(sineOfHalfTurn(angle.r),
              signFrom(angle.count, x.format()) ^ signOf(x));
}

/// cos(x) = sin(x + pi/2).
Num expandCos(Num x) {
  Angle angle = reduce(x, pi, 0.5);
  return flip(sineOfHalfTurn(angle.r), signFrom(angle.count, x.format()));
}

namespace {
/// By quarter turns, for |r| <= pi/4, where both are needed.
struct Quarter {
  explicit Quarter(Num x) : angle(reduce(abs(x), pi / 2, 0)) {
    const FloatFormat &f = x.format();
    Num r = clamp(angle.r, -0.84, 0.84), z = r * r;
    sin = sineOf(r, f.pick(sinF, sinD));
    cos = mulAdd(z, mulAdd(z, polynomial(z, f.pick(cosF, cosD)), -0.5),
                 z.make(1));
    odd = nonZero(angle.count & 1);
  }

  Angle angle;
  Num sin, cos;
  Mask odd;
};
} // namespace

SinCos expandSinCos(Num x) {
  const FloatFormat &f = x.format();
  Quarter q(x);
  // Bit 1 of the count is the sign of the sine, of the next count that of the cosine.
  auto signAt = [&](Bits count) {
    return shiftLeft(count & 2, f.isDouble ? 62 : 30);
  };
  Bits count = q.angle.count, next = count + count.make(1);
  return {flip(select(q.odd, q.cos, q.sin), signAt(count) ^ signOf(x)),
          flip(select(q.odd, q.sin, q.cos), signAt(next))};
}

Num expandTan(Num x) {
  Quarter q(x);
  Num numerator = select(q.odd, -q.cos, q.sin);
  Num denominator = select(q.odd, q.sin, q.cos);
  return flip(quotient(numerator, denominator), signOf(x));
}

} // namespace kdslc::elementary
