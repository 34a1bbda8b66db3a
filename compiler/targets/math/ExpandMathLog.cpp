//===- ExpandMathLog.cpp - logarithms and the reciprocal square root ------===//

#include "compiler/targets/math/ExpandMathLog.h"
#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"
#include <limits>

namespace kdslc::elementary {

using namespace coefficients;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double quietNan = std::numeric_limits<double>::quiet_NaN();

Split splitExponent(Num x) {
  const FloatFormat &f = x.format();
  int shift = f.mantissaBits;
  // Patterns relative to that of sqrt(1/2): the exponent field of the
  // difference is k, whatever the fraction.
  Bits pattern = bits(x);
  Bits root = pattern.make(f.isDouble ? 0x3fe6a09e667f3bcd : 0x3f3504f3);
  Bits difference = pattern - root;
  uint64_t exponentMask = ~((uint64_t(1) << shift) - 1);
  Num m = number(pattern - (difference & exponentMask), x);
  // k + bias as the low bits of a number in [2^mantissaBits, 2^(+1)): cheaper
  // than a conversion of 64-bit integers, which AVX2 does not have.
  Bits biased = difference + difference.make(uint64_t(f.bias) << shift);
  Num anchor = x.make(f.roundMagic / 1.5);
  Num k = number(shiftRight(biased, shift) | bits(anchor), x);
  return {m, k - (f.roundMagic / 1.5 + f.bias)};
}

Split splitAnyPositive(Num x) {
  const FloatFormat &f = x.format();
  Mask subnormal = x < f.minNormal;
  double lift = f.roundMagic / 1.5;
  Split s = splitExponent(select(subnormal, x * lift, x));
  Num offset = select(subnormal, x.make(-f.mantissaBits), 0);
  return {s.m, s.k + offset};
}

/// log(1 + f) - f, where 1 + f lies in [sqrt(1/2), sqrt(2)].
static Num logTail(Num f) {
  // With s = f / (2 + f): log(1 + f) = 2 s + s r = f - (h - s (h + r)),
  // h = f^2 / 2. The last form keeps f exact.
  Num s = quotient(f, f + 2);
  Num z = s * s;
  Num r = z * polynomial(z, f.format().pick(logF, logD));
  Num h = f * f * 0.5;
  return mulAdd(s, h + r, -h);
}

namespace {
/// log_b(x) = k * unit + scale * log(m), constants as sums of two parts; the
/// first part of `unit` is short, so that its product with k is exact.
struct Base {
  double unitHi, unitLo, scaleHi, scaleLo;
};
} // namespace

static const Base naturalF = {0x1.62e4p-1, 0x1.7f7d1cp-20, 1, 0};
static const Base naturalD = {0x1.62e42fefa3p-1, 0x1.3de6af278ece6p-42, 1, 0};
static const Base binaryF = {1, 0, 0x1.715476p+0, 0x1.4ae0cp-26};
static const Base binaryD = {1, 0, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
static const Base decimalF = {0x1.344p-2, 0x1.3509f8p-18, 0x1.bcb7b2p-2,
                              -0x1.5b235ep-27};
static const Base decimalD = {0x1.34413509f7p-2, 0x1.3fde623e2566bp-43,
                              0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};

/// The values outside (0, inf): -inf at 0, NaN below, inf and NaN themselves.
static Num logSpecial(Num x, Num zeroAt, Num inside) {
  Num outside = select(zeroAt == 0, x.make(-infinity), quietNan);
  Num result = select(x < infinity, inside, x);
  return select(greaterOrNan(zeroAt, 0), result, outside);
}

/// f * scale + y, the product exact: the sum with k may halve its size.
static Num addScaled(Num f, double scale, Num y) {
  if (scale == 1)
    return f + y;
  if (f.cx->hasFma())
    return mulAdd(f, scale, y);
  Pair product = twoProduct(f, f.make(scale));
  return product.hi + (product.lo + y);
}

static Num logOfSplit(Split s, const Base &base) {
  Num f = s.m - 1;
  Num y = logTail(f);
  if (base.scaleLo != 0)
    y = mulAdd(y, base.scaleHi, f * base.scaleLo);
  if (base.unitLo != 0)
    y = mulAdd(s.k, base.unitLo, y);
  y = addScaled(f, base.scaleHi, y);
  return base.unitLo != 0 ? mulAdd(s.k, base.unitHi, y) : s.k + y;
}

static Num logOfBase(Num x, const Base &base) {
  return logSpecial(x, x, logOfSplit(splitAnyPositive(x), base));
}

Num logOfNormal(Num x) {
  return logOfSplit(splitExponent(x),
                    x.format().isDouble ? naturalD : naturalF);
}

Num expandLog(Num x) {
  return logOfBase(x, x.format().isDouble ? naturalD : naturalF);
}
Num expandLog2(Num x) {
  return logOfBase(x, x.format().isDouble ? binaryD : binaryF);
}
Num expandLog10(Num x) {
  return logOfBase(x, x.format().isDouble ? decimalD : decimalF);
}

Num expandLog1p(Num x) {
  const Base &base = x.format().isDouble ? naturalD : naturalF;
  // log(1 + x) = log(u) + c / u with u + c = 1 + x exactly.
  Pair u = twoSum(x.make(1), x);
  Split s = splitExponent(u.hi);
  Num f = s.m - 1;
  Num y = logTail(f) + quotient(u.lo, u.hi);
  y = f + mulAdd(s.k, base.unitLo, y);
  y = mulAdd(s.k, base.unitHi, y);
  // u = 1 at x = -0 loses the sign.
  return select(x == 0, x, logSpecial(x, u.hi, y));
}

//===----------------------------------------------------------------------===//
// Logarithms of usual numbers, in f32
//===----------------------------------------------------------------------===//

namespace {
/// x = m 2^-k with m in (2/3, 4/3], for a normal x.
struct QuickSplit {
  Bits exponent; ///< k, as what it adds to the pattern of a number
  Num k;         ///< k 2^23
};
} // namespace

static QuickSplit quickSplit(Num x) {
  Bits pattern = bits(x);
  constexpr uint64_t top = 0x3faaaaab, exponentMask = 0xff800000;
  Bits exponent = (pattern.make(top) - pattern) & exponentMask;
  return {exponent, fromInteger(exponent, x)};
}

/// log_b(m 2^-k) for m = 1 + f.
static Num quickLogOf(Num f, Num k, const Base &base) {
  Num p = polynomial(f, logQuickF) * f;
  Num y = base.scaleLo == 0 ? mulAdd(p, f, f)
                            : mulAdd(f, base.scaleHi,
                                     mulAdd(p * f, base.scaleHi, f * base.scaleLo));
  // So signed that -0 stays, where k is 0.
  return mulAdd(k, -(base.unitHi + base.unitLo) * 0x1p-23, y);
}

static Quick quickLogOfBase(Num x, const Base &base) {
  QuickSplit s = quickSplit(x);
  Num f = number(bits(x) + s.exponent, x) - 1;
  return {quickLogOf(f, s.k, base),
          (x >= x.format().minNormal) & (x < infinity)};
}

Quick quickLog(Num x) { return quickLogOfBase(x, naturalF); }
Quick quickLog2(Num x) { return quickLogOfBase(x, binaryF); }

/// log(1 + x) where 1 + x is above 0, and its reciprocal a normal number.
static Num usualLog1p(Num x, Num sum) {
  QuickSplit s = quickSplit(sum);
  // 2^k (1 + x) - 1 without the rounding of the sum.
  Num power = number(s.exponent.make(0x3f800000) + s.exponent, x);
  Num f = mulAdd(x, power, -(1 - power));
  return quickLogOf(f, s.k, naturalF);
}

Quick quickLog1p(Num x) {
  Num sum = 1 + x;
  return {usualLog1p(x, sum), (sum > 0) & (sum < 0x1p126)};
}

Quick quickAsinh(Num x) {
  Num a = abs(x);
  Num square = a * a;
  Num small = a + quotient(square, sqrt(square + 1) + 1);
  return {flip(usualLog1p(small, 1 + small), signOf(x)), a < 0x1p60};
}

Quick quickAcosh(Num x) {
  Num t = x - 1;
  Num small = t + sqrt(t * (t + 2));
  return {usualLog1p(small, 1 + small), (x >= 1) & (x < 0x1p60)};
}

//===----------------------------------------------------------------------===//
// Inverse hyperbolic functions
//===----------------------------------------------------------------------===//

static constexpr double ln2 = 0x1.62e42fefa39efp-1;

/// log(x + sqrt(x^2 +- 1)) for a large x, where the square root is x; `small`
/// is log's argument less 1 elsewhere.
static Num areaFunction(Num x, Num small) {
  Mask large = x > x.format().pick(0x1p30, 0x1p60);
  Num log = expandLog1p(select(large, x, small));
  return select(large, log + ln2, log);
}

Num expandAsinh(Num x) {
  Num a = abs(x);
  Num square = a * a;
  Num root = sqrt(square + 1);
  Num result = areaFunction(a, a + quotient(square, root + 1));
  return flip(result, signOf(x));
}

Num expandAcosh(Num x) {
  Num t = x - 1;
  Num result = areaFunction(x, t + sqrt(t * (t + 2)));
  return select(x < 1, quietNan, result);
}

Num expandAtanh(Num x) {
  Num a = abs(x);
  Num result = expandLog1p(a * 2 / (1 - a)) * 0.5;
  return flip(result, signOf(x));
}

//===----------------------------------------------------------------------===//

namespace {
/// y is near 1 / sqrt(x), and rest is 1 - x y^2.
struct RootStep {
  Num y, rest;
};
} // namespace

/// 1 - x y^2.
static Num restOfRsqrt(Num x, Num y) {
  return mulAdd(-(x * y), y, x.make(1));
}

/// Halley's step for f64, which leaves 2^-40 of a guess's 2^-14.
static Num nearerRsqrt(Num x, Num y) {
  if (!x.format().isDouble)
    return y;
  Num rest = restOfRsqrt(x, y);
  return mulAdd(y * rest, mulAdd(rest, x.make(0.375), x.make(0.5)), y);
}

static RootStep stepToRsqrt(Num x, Num guess) {
  Num y = nearerRsqrt(x, guess);
  return {y, restOfRsqrt(x, y)};
}

/// Then Newton's step. Of 0 and infinity it makes NaN, and the guess is exact.
static Num rsqrtByGuess(Num x, Num guess) {
  auto [y, rest] = stepToRsqrt(x, guess);
  return orSpecial(mulAdd(rest, y * 0.5, y), guess);
}

Num rsqrtOfUnsigned(Num x) { return rsqrtByGuess(x, *guessedRsqrt(x)); }

/// What steps take for x where it is not 0: the largest number for infinity, of which
/// guesses are 0, so that 0 stays 0. Nothing waits for this, as for `orSpecial`.
static Num finite(Num x) { return atMost(x, x.format().max); }

Num rsqrtOfPositive(Num x) {
  auto [y, rest] = stepToRsqrt(finite(x), *guessedRsqrt(x));
  return mulAdd(rest, y * 0.5, y);
}

Num reciprocalOfPositive(Num x) {
  Num bounded = finite(x), y = *guessedReciprocal(x);
  auto step = [&] { return mulAdd(mulAdd(-y, bounded, x.make(1)), y, y); };
  if (x.format().isDouble)
    y = step();
  return step();
}

Num rootOfUnsigned(Num x) {
  // The rest of 1 / sqrt(x): the square of a root of a small x would have lost digits.
  auto [y, rest] = stepToRsqrt(x, *guessedRsqrt(x));
  Num first = x * y;
  return orSpecial(mulAdd(rest, first * 0.5, first), x);
}

Num inverseCubeOfRoot(Num x, bool isPositive) {
  Num guess = *guessedRsqrt(x);
  if (isPositive)
    x = finite(x);
  Num y = nearerRsqrt(x, guess);
  Num square = y * y, cube = square * y;
  // With x square = 1 - rest, what is missing is a factor (1 - rest)^-1.5.
  Num rest = mulAdd(-square, x, x.make(1));
  Num slope = x.format().isDouble ? x.make(1.5)
                                  : mulAdd(rest, 1.875, x.make(1.5));
  Num inverse = mulAdd(cube * rest, slope, cube);
  return isPositive ? inverse : orSpecial(inverse, guess * guess * guess);
}

Num expandRsqrt(Num x) {
  // The square root of -0 is -0; the result there is +inf.
  if (std::optional<Num> native = nativeRsqrt(x))
    return abs(*native);
  if (!hasScalef(x))
    return 1 / abs(sqrt(x));
  return rsqrtByGuess(x, abs(*guessedRsqrt(x)));
}

Quick quickRsqrt(Num x) {
  auto [y, rest] = stepToRsqrt(x, abs(*guessedRsqrt(x)));
  Num root = mulAdd(rest, y * 0.5, y);
  // Larger or no number of what the guess takes for 0.
  return {root, root <= 0x1p511};
}

} // namespace kdslc::elementary
