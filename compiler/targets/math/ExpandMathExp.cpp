//===- ExpandMathExp.cpp - exponentials and hyperbolic functions ----------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"
#include <cmath>

using namespace llvm;

namespace kdslc::elementary {

using namespace coefficients;

static constexpr double log2e = 0x1.71547652b82fep+0;
static constexpr double ln2 = 0x1.62e42fefa39efp-1;

//===----------------------------------------------------------------------===//
// exp2: the hot one
//===----------------------------------------------------------------------===//

namespace {
struct Exp2Options {
  bool bounded; ///< as in expandExp2
  bool fast;
};
} // namespace

static ArrayRef<double> exp2Polynomial(Num x, bool truncated, bool fast) {
  bool isDouble = x.format().isDouble;
  if (fast)
    return isDouble ? ArrayRef(exp2FastD) : ArrayRef(exp2FastF);
  if (isDouble)
    return exp2D;
  if (!x.cx->hasFma())
    return exp2UnfusedF;
  return truncated ? ArrayRef(exp2TruncatedF) : ArrayRef(exp2RoundedF);
}

/// 2^x = p(x - n) * 2^n with n = floor(x) and p in [1, 2].
///
/// x is clamped so that n stays in the exponent field. At the lower bound 2^n is 0
/// and, because p(0) = 1, at the upper one the result is infinity.
static Num exp2ByExponent(Num x, Exp2Options options) {
  const FloatFormat &f = x.format();
  Num t = options.bounded ? x : atMost(x, f.bias + 1);
  t = atLeast(t, -f.bias);
  auto p = [&](Num n) {
    return polynomial(t - n,
                      exp2Polynomial(x, /*truncated=*/false, options.fast));
  };
  // n is added to the exponent field of p, which below the normal numbers may
  // leave a fraction there.
  auto raised = [&](Num n, Bits integer) {
    Num fraction = p(n);
    return number(bits(fraction) + shiftLeft(integer, f.mantissaBits),
                  fraction);
  };
  if (std::optional<Num> anchored = addRoundedDown(t, f.roundMagic)) {
    Num result = raised(*anchored - f.roundMagic, bits(*anchored));
    // The payload of a NaN in `anchored` may turn the sum into a number.
    return select(isNan(x), x, result);
  }
  Num n = floor(t);
  if (std::optional<Bits> integer = nativeInteger(n)) // 0 below bit 31 of a NaN
    return raised(n, *integer);
  return p(n) * powerOfTwo(n);
}

static Num exp2Of(Num x, Exp2Options options) {
  if (std::optional<Num> native = nativeExp2(x))
    return *native;
  if (!hasScalef(x))
    return exp2ByExponent(x, options);
  Num p = polynomial(fractionOf(x), exp2Polynomial(x, /*truncated=*/true,
                                                   options.fast));
  // A subnormal result, and every use of it, would take a hundred cycles on many
  // CPUs. As a masked instruction vscalef does not compute it at all.
  return select(x < 1 - x.format().bias, x.make(0), scalef(p, x));
}

Num expandExp2(Num x, bool bounded) {
  return exp2Of(x, {bounded, x.cx->fastExp});
}

Num accurateExp2(Num x) {
  return exp2Of(x, {/*bounded=*/true, /*fast=*/false});
}

//===----------------------------------------------------------------------===//
// exp, expm1
//===----------------------------------------------------------------------===//

namespace {
/// x = n ln(2) + r with |r| <= ln(2)/2.
struct Reduced {
  Num n, r;
};
} // namespace

/// e^r - 1 - r.
static Num expTail(Num r) {
  Num p = polynomial(r, r.format().pick(expF, expD));
  return p * (r * r);
}

/// e^r for |r| <= ln(2)/2.
static Num smallExp(Num r) { return r + expTail(r) + 1; }

static Reduced reduceExp(Num x) {
  const FloatFormat &f = x.format();
  Num n = nearestInteger(x * log2e);
  // Cody and Waite: n times the first part of ln(2) is exact.
  Num r = mulAdd(n, f.pick(-0x1.62e4p-1, -0x1.62e42fefa3p-1), x);
  return {n, mulAdd(n, f.pick(-0x1.7f7d1cp-20, -0x1.3de6af278ece6p-42), r)};
}

Num expandExp(Num x) {
  // The argument is rounded once more, as the promise allows (argumentFactor in
  // reference/Accuracy.h).
  if (hasApproximations(x))
    return *nativeExp2(x * log2e);
  // Between these bounds e^x runs from 0 to infinity after rounding.
  const FloatFormat &f = x.format();
  Reduced e = reduceExp(clamp(x, f.pick(-105, -746), f.pick(89.5, 710.5)));
  return scale(smallExp(e.r), e.n);
}

/// (e^x - 1) / 4 for x from -40 to where e^x has overflowed: the quarter keeps the
/// doubled forms below from overflowing before their result does.
static Num quarterExpm1(Num x) {
  Reduced e = reduceExp(x);
  Num factor = powerOfTwo(e.n, -2);
  // In this order the first sum is exact wherever cancellation follows.
  Num large = mulAdd(e.r, factor, factor - 0.25);
  return mulAdd(expTail(e.r), factor, large);
}

/// |x| below which f(x) = x (1 + O(x)) is x.
static double identityBound(Num x) { return x.format().pick(0x1p-30, 0x1p-60); }

Num expandExpm1(Num x) {
  // At the lower bound the result has become -1.
  Num q = quarterExpm1(clamp(x, -40, x.format().pick(89.5, 710.5)));
  return select(abs(x) < identityBound(x), x, q * 4);
}

//===----------------------------------------------------------------------===//
// Hyperbolic functions, on |x|
//===----------------------------------------------------------------------===//

namespace {
/// With |x| = n ln(2) + r, quarters of 2^n - 2^-n and 2^n + 2^-n, and sinh(r) and
/// cosh(r) - 1: sinh|x| and cosh(x) are sums of products of those.
struct Hyperbolic {
  Num difference, sum, sinh, coshm1;
};
} // namespace

static Hyperbolic hyperbolic(Num x) {
  const FloatFormat &f = x.format();
  // Here both functions have overflowed, and a quarter of 2^n has not.
  Reduced e = reduceExp(atMost(abs(x), f.pick(89.6, 710.6)));
  Num up = powerOfTwo(e.n, -2);
  // Beyond the bound it does not count.
  Num down = powerOfTwo(-atMost(e.n, 64), -2);
  Num z = e.r * e.r;
  Num sinh = mulAdd(e.r * z, polynomial(z, f.pick(sinhF, sinhD)), e.r);
  Num coshm1 = z * polynomial(z, f.pick(coshF, coshD));
  return {up - down, up + down, sinh, coshm1};
}

Num expandSinh(Num x) {
  Hyperbolic h = hyperbolic(x);
  Num rest = mulAdd(h.sum, h.sinh, h.difference * h.coshm1);
  Num result = flip((h.difference + rest) * 2, signOf(x));
  return select(abs(x) < identityBound(x), x, result);
}

Num expandCosh(Num x) {
  Hyperbolic h = hyperbolic(x);
  Num rest = mulAdd(h.difference, h.sinh, h.sum * h.coshm1);
  return (h.sum + rest) * 2;
}

/// By 1 - 2 / (e^(2 |x|) + 1), whose errors are small beside the 1; below it by a
/// polynomial. At most 3 ulp, as is stated.
static Num tanhByExponential(Num x) {
  Num a = abs(x), z = a * a;
  Num power = *nativeExp2(a * (2 * log2e));
  Num large = mulAdd(*nativeReciprocal(power + 1), -2, a.make(1));
  Num small = mulAdd(a * z, polynomial(z, tanhQuickF), a);
  return flip(select(a < 1, small, large), signOf(x));
}

Num expandTanh(Num x) {
  if (hasApproximations(x))
    return tanhByExponential(x);
  // tanh = t / (t + 2) with t = e^(2 |x|) - 1; it has reached 1 at the bound.
  Num a = atMost(abs(x), x.format().pick(12, 24));
  Num t = quarterExpm1(a * 2) * 4;
  Num result = flip(quotient(t, t + 2), signOf(x));
  return select(abs(x) < identityBound(x), x, result);
}

//===----------------------------------------------------------------------===//
// For pow, erf and erfc
//===----------------------------------------------------------------------===//

/// a^2 + c with an error of a few units in the last place of the sum.
static Num squareAdd(Num a, Num c) {
  if (a.cx->hasFma())
    return mulAdd(a, a, c);
  Num high = leadingHalf(a);
  return (high * high + c) + (a - high) * (a + high);
}

Num gaussian(Num a, Num factor, double factorSize) {
  const FloatFormat &f = a.format();
  // 2^n / factorSize is a normal number.
  const double bias = f.bias - std::log2(factorSize);
  const double anchor = f.roundMagic + bias;
  Num anchored = mulAdd(a * a, -log2e, a.make(anchor));
  Num power = number(shiftLeft(bits(anchored), f.mantissaBits), a);
  Num n = anchored - anchor;
  // n times the first part of ln(2) is exact. -r is the exponent left.
  Num r = squareAdd(a, n * f.pick(0x1.62e4p-1, 0x1.62e42fefa3p-1));
  r = mulAdd(n, f.pick(0x1.7f7d1cp-20, 0x1.3de6af278ece6p-42), r);
  Num decay = r * polynomial(r, f.pick(decayF, decayD)); // e^-r - 1
  return mulAdd(factor, decay, factor) * power;
}

Num exp2OfPair(Pair x) {
  Num n = nearestInteger(x.hi);
  Num low = x.lo * ln2;
  Num r = mulAdd(x.hi - n, ln2, low);
  return scale(smallExp(r), n);
}

Num exp2OfUsualPair(Pair x) {
  const FloatFormat &f = x.hi.format();
  Num anchored = x.hi + f.roundMagic;
  Num e = smallExp(mulAdd(x.hi - (anchored - f.roundMagic), ln2, x.lo * ln2));
  return number(bits(e) + shiftLeft(bits(anchored), f.mantissaBits), e);
}

} // namespace kdslc::elementary
