//===- ExpandMathPow.cpp - powers -----------------------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/ExpandMathCoefficients.h"
#include "compiler/targets/math/ExpandMathLog.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include <limits>

using namespace mlir;

namespace kdslc::elementary {

using namespace coefficients;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double quietNan = std::numeric_limits<double>::quiet_NaN();

/// s = f / (2 + f) with its error, for f = m - 1.
static Pair logArgument(Num m) {
  Num f = m - 1;
  Pair g = fastTwoSum(m.make(1), m); // m's exponent is at most that of 1
  if (hasApproximations(m)) {
    // The rest makes up for the reciprocal's error too.
    Num reciprocal = *nativeReciprocal(g.hi);
    Num s = f * reciprocal;
    Num rest = mulAdd(-s, g.lo, mulAdd(-s, g.hi, f));
    return {s, rest * reciprocal};
  }
  Num s = quotient(f, g.hi);
  Pair back = twoProduct(s, g.hi);
  Num rest = (f - back.hi) - back.lo;
  rest = rest - s * g.lo;
  return {s, quotient(rest, g.hi)};
}

/// log2(m 2^k), whose second part may be a few units of the first one's last place.
static Pair log2OfSplit(Split split) {
  const FloatFormat &f = split.m.format();
  Pair s = logArgument(split.m);
  // v = atanh(s) / s = 1 + z/3 + z^2 p(z); the last term is small enough for
  // plain arithmetic.
  Pair z = twoProduct(s.hi, s.hi);
  Num zLo = mulAdd(s.hi * 2, s.lo, z.lo);
  Num tail = z.hi * z.hi * polynomial(z.hi, f.pick(powLogF, powLogD));
  Pair third = twoProduct(z.hi, z.hi.make(f.pick(0x1.555556p-2, 1.0 / 3)));
  Num thirdLo = mulAdd(zLo, 1.0 / 3, third.lo);
  thirdLo =
      mulAdd(z.hi, f.pick(-0x1.555556p-27, 0x1.5555555555555p-56), thirdLo);
  Pair v = fastTwoSum(z.hi.make(1), third.hi);
  Num vLo = v.lo + (thirdLo + tail);
  // log2(m) = (2 / ln 2) s v.
  Num c = s.hi.make(f.pick(0x1.715476p+1, 0x1.71547652b82fep+1));
  Pair scaled = twoProduct(s.hi, c);
  Num scaledLo = mulAdd(s.lo, c, scaled.lo);
  scaledLo =
      mulAdd(s.hi, f.pick(0x1.4ae0cp-25, 0x1.777d0ffda0d24p-55), scaledLo);
  Pair log = twoProduct(scaled.hi, v.hi);
  Num logLo = mulAdd(scaled.hi, vLo, log.lo);
  logLo = mulAdd(scaledLo, v.hi, logLo);
  Pair sum = fastTwoSum(split.k, log.hi);
  return {sum.hi, sum.lo + logLo};
}

Pair log2Pair(Num a) {
  Pair log = log2OfSplit(splitAnyPositive(a));
  return fastTwoSum(log.hi, log.lo);
}

/// a^y for a >= 0 or NaN, by 2^(y log2(a)).
static Num magnitudePow(Num a, Num y) {
  const FloatFormat &f = a.format();
  Pair log = log2Pair(a);
  Num logHi = select(a < infinity, log.hi, a);
  logHi = select(a == 0, -infinity, logHi);
  Pair product = twoProduct(y, logHi);
  Num productLo = mulAdd(y, log.lo, product.lo);
  // Beyond these bounds the result is 0 or infinity, and the parts may be
  // infinities that would meet.
  double low = f.pick(-152, -1080), high = f.bias + 2;
  Mask inRange = abs(product.hi) < -low;
  Num lo = select(inRange, productLo, 0);
  Num power = exp2OfPair({clamp(product.hi, low, high), lo});
  // Also where y is infinite: 0 times infinity above.
  return select(a == 1, 1, power);
}

Quick quickPow(Num x, Num y) {
  Pair log = log2OfSplit(splitExponent(x));
  Pair product = twoProduct(y, log.hi);
  product.lo = mulAdd(y, log.lo, product.lo);
  Mask isNormal = (x >= x.format().minNormal) & (x < infinity);
  return {exp2OfUsualPair(product), isNormal & (abs(product.hi) < 125)};
}

Num expandPow(Num x, Num y) {
  Num power = magnitudePow(abs(x), y);
  Mask isInteger = trunc(y) == y;
  Num half = y * 0.5;
  Mask isOdd = isInteger & !(trunc(half) == half);
  Bits sign = signOf(x);
  Num result = select(isOdd, flip(power, sign), power);
  // A negative finite base with another exponent; infinities stay as above.
  Mask undefined = (x < 0) & (x > -infinity) & !isInteger;
  result = select(undefined, quietNan, result);
  result = select(x == 1, 1, result);
  return select(y == 0, 1, result);
}

/// x^n for a constant n by squaring: at most 2 log2(n) products.
static Num powConstant(Num x, int64_t n) {
  uint64_t left = n < 0 ? -uint64_t(n) : uint64_t(n);
  std::optional<Num> product;
  for (Num square = x; left != 0; left >>= 1) {
    if (left & 1)
      product = product ? *product * square : square;
    if (left > 1)
      square = square * square;
  }
  if (!product)
    return x.make(1);
  return n < 0 ? 1 / *product : *product;
}

Num expandPowInteger(Num x, Value n) {
  // Longer chains of products lose more than the logarithm.
  constexpr int64_t longestChain = 16;
  APInt constant;
  if (matchPattern(n, m_ConstantInt(&constant)) &&
      constant.getSignificantBits() <= 64 &&
      std::abs(constant.getSExtValue()) <= longestChain)
    return powConstant(x, constant.getSExtValue());

  MathContext &cx = *x.cx;
  Value real =
      arith::SIToFPOp::create(cx.builder, cx.loc, x.value.getType(), n);
  Num y{x.cx, real};
  Num power = select(y == 0, 1, magnitudePow(abs(x), y));
  // The conversion may have rounded an odd n to an even number.
  Bits exponent{x.cx, n};
  Mask isOdd = nonZero(exponent & 1);
  return select(isOdd, flip(power, signOf(x)), power);
}

} // namespace kdslc::elementary
