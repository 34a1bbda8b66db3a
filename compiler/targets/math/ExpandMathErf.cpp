//===- ExpandMathErf.cpp - the error function -----------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"

namespace kdslc::elementary {

using namespace coefficients;

/// erf(x) for |x| <= 1.
static Num erfNearZero(Num x) {
  Num p = polynomial(x * x, x.format().pick(erfF, erfD));
  return mulAdd(x, p, x);
}

/// erfc(a) for a >= 1/2 or NaN.
static Num erfcTail(Num a) {
  const FloatFormat &f = a.format();
  a = atMost(a, f.pick(10.5, 28)); // the result is 0 there
  Num t = quotient(a - 3, a + 3);
  Num p = polynomial(t, f.pick(erfcF, erfcD));
  // e^(-a^2) needs the rounding error of the square: it is up to 700 in size.
  Pair square = twoProduct(a, a);
  Num decay = expOfPair({-square.hi, -square.lo});
  return quotient(decay * p, mulAdd(a, 2, a.make(1)));
}

Num expandErf(Num x) {
  Num a = abs(x);
  Num large = flip(1 - erfcTail(a), signOf(x));
  return select(a <= 1, erfNearZero(x), large);
}

Num expandErfc(Num x) {
  Num a = abs(x);
  Num tail = erfcTail(a);
  Num large = select(x < 0, 2 - tail, tail);
  return select(a <= 0.5, 1 - erfNearZero(x), large);
}

} // namespace kdslc::elementary
