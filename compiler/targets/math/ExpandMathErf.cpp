//===- ExpandMathErf.cpp - the error function -----------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"

namespace kdslc::elementary {

using namespace coefficients;

/// erf(x) where x^2 is in the range of the coefficients.
static Num erfNearZero(Num x, llvm::ArrayRef<double> coefficients) {
  return mulAdd(x, polynomial(x * x, coefficients), x);
}

Num expandErf(Num x) {
  const FloatFormat &f = x.format();
  Num a = abs(x);
  // The difference from 1 is so small that the rounding of its logarithm is, too.
  Num rest = accurateExp2(polynomial(a, f.pick(erfTailF, erfTailD)));
  Num large = flip(1 - rest, signOf(x));
  return select(a <= 0.92, erfNearZero(x, f.pick(erfF, erfD)), large);
}

/// erfc(a) for a >= 1/2 or NaN.
static Num erfcTail(Num a) {
  const FloatFormat &f = a.format();
  a = atMost(a, f.pick(10.5, 28)); // the result is 0 there
  // erfc(b) = e^(-b^2) u p(t) with u = 1 / (b + c), t = (b - c) / (b + c) = 1 - 2 c u,
  // for the number b next to a whose sum with c is exact, less the difference times
  // the slope. The exponential may underflow; u is so small that their product does
  // not before.
  constexpr double c = 2;
  const double size = f.pick(0x1p-64, 0x1p-512);
  constexpr double slope = 0x1.20dd750429b6dp+0; // 2 / sqrt(pi)
  Num sum = a + c;
  Num b = sum - c;
  Num u = quotient(a.make(size), sum);
  Num t = mulAdd(u, -2 * c / size, a.make(1));
  Num p = polynomial(t, f.pick(erfcF, erfcD));
  return gaussian(b, mulAdd(u, p, (a - b) * (-slope * size)), size);
}

Num expandErfc(Num x) {
  const FloatFormat &f = x.format();
  Num a = abs(x);
  Num tail = erfcTail(a);
  Num large = select(x < 0, 2 - tail, tail);
  Num small = 1 - erfNearZero(x, f.pick(erfNearF, erfNearD));
  return select(a <= 0.5, small, large);
}

} // namespace kdslc::elementary
