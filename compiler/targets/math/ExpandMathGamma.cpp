//===- ExpandMathGamma.cpp - the logarithm of the gamma function ----------===//
//
// One formula, in f64, for both formats: near the zeros at negative arguments f32
// would have no digit left. There f64 has enough of them for a result in f32, and for
// one in f64 the rounding errors of the larger parts are carried along.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"
#include "compiler/targets/math/ExpandMathLog.h"
#include <limits>

namespace kdslc::elementary {

using namespace coefficients;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// Stirling's series is used beyond this.
static constexpr double stirlingFrom = 6.5;

/// log(a) for positive finite a.
static Pair logPair(Num a) {
  Pair log2 = log2Pair(a);
  constexpr double ln2Hi = 0x1.62e42fefa39efp-1, ln2Lo = 0x1.abc9e3b39803fp-56;
  Pair product = twoProduct(log2.hi, a.make(ln2Hi));
  Num lo = mulAdd(log2.hi, ln2Lo, product.lo);
  return fastTwoSum(product.hi, mulAdd(log2.lo, ln2Hi, lo));
}

/// log(gamma(2 + r)) for |r| <= 1/2: (1 - gamma) r + r^2 p(r), the first term
/// exact. The sum with a logarithm may halve it, and it is 0 at r = 0.
static Pair gammaNearTwo(Num r) {
  Pair linear = twoProduct(r, r.make(0x1.b0ee6072093cep-2));
  Num lo = mulAdd(r, 0x1.6cb90701fbfabp-58, linear.lo);
  return {linear.hi, mulAdd(r * r, polynomial(r, lgammaD), lo)};
}

/// log(gamma(a)) - (a - 1/2) (log(a) - 1) for a > stirlingFrom.
static Pair stirlingRest(Num a) {
  // log(2 pi) / 2 - 1/2, and 1/(12 a) - ...
  Num inverse = 1 / a;
  Num series = inverse * polynomial(inverse * inverse, stirlingD);
  return {a.make(0x1.acfe390c97d69p-2), series + 0x1.3494bc9001442p-56};
}

namespace {
/// What gammaLog sums; `rest` is a sum of two parts.
struct GammaTerms {
  Num factor, argument, shift;
  Pair rest;
};
} // namespace

/// factor * (log(argument) + shift) + rest, its errors carried along.
static Num preciseSum(const GammaTerms &t) {
  Pair log = logPair(t.argument);
  Pair shifted = fastTwoSum(log.hi, t.shift); // log(a) > 1 where shift is not 0
  Pair product = twoProduct(t.factor, shifted.hi);
  Num lo = mulAdd(t.factor, shifted.lo + log.lo, product.lo + t.rest.lo);
  Pair sum = twoSum(product.hi, t.rest.hi);
  Num result = sum.hi + (sum.lo + lo);
  // Beyond the range the error of the product is infinite too.
  return select(product.hi == infinity, infinity, result);
}

static Num plainSum(const GammaTerms &t) {
  Num shifted = logOfNormal(t.argument) + t.shift;
  return mulAdd(t.factor, shifted, t.rest.hi + t.rest.lo);
}

/// log|gamma(a)| for a >= -1/2 or NaN.
///
/// With the nearest integer n = a - r it is log|gamma(2 + r)| and the logarithm
/// of the factors between: gamma(a) = gamma(2 + r) (a - 1) (a - 2) .. (2 + r),
/// or gamma(2 + r) / (a (a + 1)) below. So each case is
///
///     factor * (log(argument) + shift) + rest
///
/// where only the case n = 1 cancels, by less than one half.
static Num gammaLog(Num a, Num (*sum)(const GammaTerms &)) {
  Num n = floor(a + 0.5);
  Num r = a - n;
  Mask stirling = a > stirlingFrom, below = n < 2;

  // n = 3: a - 1; n = 4: (a - 1) (a - 2); and so on. Each factor is exact.
  Num argument = a - 1;
  for (int k = 2; k <= 4; ++k)
    argument = select(n > k + 1, argument * (a - k), argument);
  argument = select(n > 2, argument, 1);
  Num upwards = select(n < 1, abs(a * (a + 1)), a);
  argument = select(below, upwards, argument);
  argument = select(stirling, a, argument);

  Num factor = select(below, a.make(-1), 1);
  factor = select(stirling, a - 0.5, factor);
  Num shift = select(stirling, a.make(-1), 0);

  Pair near = gammaNearTwo(r), far = stirlingRest(a);
  Pair rest = {select(stirling, far.hi, near.hi),
               select(stirling, far.lo, near.lo)};

  Num result = sum({factor, argument, shift, rest});
  return select(a == 0, infinity, result);
}

/// The distance to the nearest integer, exact; NaN of an infinity.
static Num distanceToWhole(Num a) {
  Num above = a - floor(a);
  return select(above > 0.5, 1 - above, above);
}

/// log(a |sin(pi a)| / pi) for a > 1/2 at a distance d > 0 from a whole number.
static Num reflection(Num a, Num d) {
  Num z = d * d;
  Num sine = mulAdd(d * z, polynomial(z, sinPiD), d);
  return logOfNormal(a * sine);
}

static Num lgammaDouble(Num x, Num (*sum)(const GammaTerms &)) {
  // gamma(x) gamma(-x) = -pi / (x sin(pi x)).
  Mask negative = x < -0.5;
  Num a = select(negative, -x, x);
  Num positive = gammaLog(a, sum);
  Num d = distanceToWhole(a);
  Num reflected = select(d > 0, -(positive + reflection(a, d)), infinity);
  return select(negative, reflected, positive);
}

Num expandLgamma(Num x) {
  if (x.format().isDouble)
    return lgammaDouble(x, preciseSum);
  return narrow(lgammaDouble(widen(x), plainSum), x);
}

} // namespace kdslc::elementary
