//===- ExpandMathArc.cpp - inverse trigonometric functions ----------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"
#include <limits>

namespace kdslc::elementary {

using namespace coefficients;

static constexpr double infinity = std::numeric_limits<double>::infinity();

// pi/2 as a sum of two parts.
static double halfPiHi(const FloatFormat &f) {
  return f.pick(0x1.921fb6p+0, 0x1.921fb54442d18p+0);
}
static double halfPiLo(const FloatFormat &f) {
  return f.pick(-0x1.777a5cp-25, 0x1.1a62633145c07p-54);
}

//===----------------------------------------------------------------------===//
// asin, acos
//===----------------------------------------------------------------------===//

namespace {
/// For |x| <= 1/2: base = |x|, asin|x| = base + tail.
/// Else: base = sqrt((1 - |x|) / 2), asin(base) = base + tail, and
/// asin|x| = pi/2 - 2 asin(base).
struct ArcSine {
  Mask small;
  Num base, tail;
};
} // namespace

static ArcSine arcSine(Num x) {
  Num a = abs(x);
  Mask small = a <= 0.5;
  Num z = select(small, a * a, (1 - a) * 0.5);
  Num base = select(small, a, sqrt(z));
  Num p = polynomial(z, x.format().pick(asinF, asinD));
  return {small, base, base * z * p};
}

Num expandAsin(Num x) {
  const FloatFormat &f = x.format();
  ArcSine s = arcSine(x);
  Num twice = (s.base + (s.tail - halfPiLo(f) * 0.5)) * 2;
  Num large = halfPiHi(f) - twice;
  Num result = select(s.small, s.base + s.tail, large);
  return flip(result, signOf(x));
}

Num expandAcos(Num x) {
  const FloatFormat &f = x.format();
  ArcSine s = arcSine(x);
  Bits sign = signOf(x);
  Mask negative = x < 0;
  // |x| <= 1/2: pi/2 - asin(x).
  Num base = flip(s.base, sign), tail = flip(s.tail, sign);
  Num small = halfPiHi(f) - (base + (tail - halfPiLo(f)));
  // Else 2 asin(base), or pi minus that.
  Num near = (s.base + s.tail) * 2;
  Num far = (halfPiHi(f) - (s.base + (s.tail - halfPiLo(f)))) * 2;
  return select(s.small, small, select(negative, far, near));
}

//===----------------------------------------------------------------------===//
// atan, atan2
//===----------------------------------------------------------------------===//

/// The angle of the point (x, y) with x, y >= 0, plus `turn` times pi/4, with
/// the sign reversed where `mirrored`: atan lies in one octant after exchange
/// of the axes and in half an octant after a rotation by pi/4.
/// \param divide  what fits the range of x and y.
static Num angleOf(Num y, Num x, Mask mirroredX, Num (*divide)(Num, Num)) {
  const FloatFormat &f = y.format();
  Mask steep = y > x;
  Num small = select(steep, x, y), large = select(steep, y, x);
  // tan(t - pi/4) = (tan t - 1) / (tan t + 1).
  Mask rotate = small > large * 0x1.a827999fcef32p-2;
  Num numerator = select(rotate, small - large, small);
  Num denominator = select(rotate, small + large, large);
  Num t = divide(numerator, denominator);
  Num z = t * t;
  Num tail = t * z * polynomial(z, f.pick(atanF, atanD));
  // The angle is offset * pi/4 + direction * (t + tail), offset in 0..4.
  Num zero = t.make(0), one = t.make(1);
  Num offset = select(rotate, one, zero);
  offset = select(steep, 2 - offset, offset);
  offset = select(mirroredX, 4 - offset, offset);
  Num direction = select(steep, t.make(-1), one);
  direction = select(mirroredX, -direction, direction);
  // The first part of pi/4 is short: its product with the offset is exact.
  Num low = offset * f.pick(0x1.5110b4p-23, 0x1.1a62633145c07p-55);
  low = mulAdd(direction, tail, low);
  low = mulAdd(direction, t, low);
  return mulAdd(offset, f.pick(0x1.921fbp-1, 0x1.921fb54442d18p-1), low);
}

Num expandAtan(Num x) {
  // Beyond the bound the angle is pi/2.
  Num a = atMost(abs(x), 0x1p64);
  Num result = angleOf(a, x.make(1), x < -infinity, quotient);
  return flip(result, signOf(x));
}

Num expandAtan2(Num y, Num x) {
  const FloatFormat &f = y.format();
  Num a = abs(y), b = abs(x);
  // Two zeros or two infinities have the quotients 0 and 1.
  Mask bothInfinite = (a == infinity) & (b == infinity);
  a = select(bothInfinite, 1, a);
  b = select(bothInfinite, 1, b);
  b = select((a == 0) & (b == 0), 1, b);
  // The sum of the two must not overflow.
  Mask huge = a + b > f.max * 0.25;
  a = select(huge, a * 0.25, a);
  b = select(huge, b * 0.25, b);
  // The sign of x, of a zero too.
  Mask mirrored = nonZero(signOf(x));
  Num result = angleOf(a, b, mirrored, [](Num p, Num q) { return p / q; });
  return flip(result, signOf(y));
}

} // namespace kdslc::elementary
