//===- ExpandMathArc.cpp - inverse trigonometric functions ----------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"

namespace kdslc::elementary {

using namespace coefficients;

// pi/2 as a sum of two parts.
static double halfPiHi(const FloatFormat &f) {
  return f.pick(0x1.921fb6p+0, 0x1.921fb54442d18p+0);
}
static double halfPiLo(const FloatFormat &f) {
  return f.pick(-0x1.777a5cp-25, 0x1.1a62633145c07p-54);
}

/// quarters * pi/2 + base + tail * p, for a whole number of quarters that is at most
/// 2, so that its product with the first part of pi/2 is exact.
static Num turned(Num quarters, Num base, Num tail, Num p) {
  const FloatFormat &f = base.format();
  Num low = mulAdd(tail, p, quarters * halfPiLo(f));
  return mulAdd(quarters, halfPiHi(f), base + low);
}

//===----------------------------------------------------------------------===//
// asin, acos
//===----------------------------------------------------------------------===//

namespace {
/// asin|x| = (small ? 0 : pi/2) + base + base z p, base being |x| up to 1/2; beyond,
/// pi/2 less twice the arc sine of sqrt((1 - |x|) / 2).
struct ArcSine {
  Mask small;
  Num base, z, p;
};
} // namespace

static ArcSine arcSine(Num x) {
  Num a = abs(x);
  Mask small = a <= 0.5;
  Num z = select(small, a * a, mulAdd(a, -0.5, a.make(0.5)));
  Num base = select(small, a, sqrt(z) * -2);
  return {small, base, z, polynomial(z, x.format().pick(asinF, asinD))};
}

Num expandAsin(Num x) {
  ArcSine s = arcSine(x);
  Num quarters = select(s.small, 0, x.make(1));
  return flip(turned(quarters, s.base, s.base * s.z, s.p), signOf(x));
}

/// pi/2 - asin(x).
Num expandAcos(Num x) {
  ArcSine s = arcSine(x);
  Num quarters = select(x < 0, x.make(2), 0);
  quarters = select(s.small, 1, quarters);
  Num base = flip(-s.base, signOf(x));
  return turned(quarters, base, base * s.z, s.p);
}

//===----------------------------------------------------------------------===//
// atan, atan2
//===----------------------------------------------------------------------===//

/// quarters * pi/2 + atan(t) for |t| <= 1.
static Num turnedAtan(Num quarters, Num t) {
  Num z = t * t;
  Num p = polynomial(z, t.format().pick(atanF, atanD));
  return turned(quarters, t, t * z, p);
}

Num expandAtan(Num x) {
  // Beyond the bound the angle is pi/2.
  Num a = atMost(abs(x), 0x1p64);
  Mask steep = a > 1;
  Num t = quotient(select(steep, -1, a), select(steep, a, 1));
  Num quarters = select(steep, x.make(1), 0);
  return flip(turnedAtan(quarters, t), signOf(x));
}

Num expandAtan2(Num y, Num x) {
  Num a = abs(y), b = abs(x);
  Mask steep = a > b;
  Num small = select(steep, b, a), large = select(steep, a, b);
  // Two zeros have the quotient 0, two infinities 1.
  large = atLeast(large, y.format().pick(0x1p-149, 0x1p-1074));
  Num t = select(small == large, 1, small / large);
  // The sign of x, of a zero too; a steep angle is less the farther it is from
  // a quarter.
  Bits mirrored = signOf(x);
  t = flip(t, mirrored ^ bits(select(steep, t.make(-0.0), 0)));
  Num quarters = select(nonZero(mirrored), t.make(2), 0);
  quarters = select(steep, 1, quarters);
  return flip(turnedAtan(quarters, t), signOf(y));
}

} // namespace kdslc::elementary
