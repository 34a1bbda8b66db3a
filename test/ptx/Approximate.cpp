//===- Approximate.cpp - functions that PTX states an error bound for -----===//

#include "test/ptx/Approximate.h"
#include "test/ptx/FloatBits.h"
#include "test/ptx/Random.h"
#include <cmath>

namespace kdslc::ptx {

namespace {

// Bounds, from the descriptions of the instructions in the PTX ISA manual,
// chapter "Floating Point Instructions". Rounding the result to a float adds up
// to 2^-24, so that much is taken off each.
constexpr double rounding = 0x1p-24;
// ex2.approx.f32: maximum relative error 2^-22.
constexpr double ex2Bound = 0x1p-22 - rounding;
// lg2.approx.f32: maximum absolute error 2^-22 in (0.5, 2), maximum relative
// error 2^-22 elsewhere.
constexpr double lg2Bound = 0x1p-22 - rounding;
// rcp.approx.f32: maximum error 1 ulp. Half of it is rounding, and half an ulp
// is at least 2^-25 of the value.
constexpr double rcpBound = 0x1p-25;
// rsqrt.approx.f32: maximum relative error 2^-22.9.
constexpr double rsqrtBound = 0x1.125fbp-23 - rounding;
// sqrt.approx.f32: maximum relative error 2^-23.
constexpr double sqrtBound = 0x1p-23 - rounding;
// sin.approx.f32, cos.approx.f32: maximum absolute error 2^-20.5 in
// [-2 pi, 2 pi], 2^-14.7 in [-100 pi, 100 pi]; none is stated beyond.
constexpr double sinBound = 0x1.6a09ep-21 - rounding;
constexpr double sinFarBound = 0x1.3b2c4p-15;
// tanh.approx.f32: maximum relative error 2^-11.
constexpr double tanhBound = 0x1p-11 - rounding;
// div.full.f32 and div.approx.f32: maximum error 2 ulp.
constexpr double divBound = 3 * 0x1p-25;
// rcp.approx.ftz.f64, rsqrt.approx.ftz.f64: the manual states that the upper
// 32 bits hold an approximation; 20 bits of them are mantissa.
constexpr double highBound = 0x1p-20;

/// In [-1, 1], a function of the input alone.
double unitError(uint64_t input, uint64_t seed) {
  int64_t bits = int64_t(mixBits(input ^ mixBits(seed)));
  return double(bits) * 0x1p-63;
}

bool isInteger(double x) { return std::isfinite(x) && x == std::trunc(x); }
bool isFloat(double x) { return double(float(x)) == x; }

/// The exact result, off by at most `bound` times itself.
double relative(double exact, double bound, bool mayBeExact, uint64_t input,
                uint64_t seed) {
  if (!std::isfinite(exact) || exact == 0 || (mayBeExact && isFloat(exact)))
    return exact;
  return exact * (1 + bound * unitError(input, seed));
}

float relative(float x, double exact, double bound, uint64_t seed) {
  return canonicalNan(
      float(relative(exact, bound, isInteger(x), bitCast<uint32_t>(x), seed)));
}

/// The exact result, off by at most `bound`.
float absolute(float x, double exact, double bound, uint64_t seed) {
  if (!(isInteger(x) && isFloat(exact)))
    exact += bound * unitError(bitCast<uint32_t>(x), seed);
  return canonicalNan(float(exact));
}

double sineBound(float x) {
  return std::fabs(x) <= float(2 * M_PI) ? sinBound : sinFarBound;
}

uint64_t upperHalf(double x) {
  return bitCast<uint64_t>(x) & 0xffffffff00000000;
}

double truncateToUpper(double exact, double x, uint64_t seed) {
  double result = relative(exact, highBound, isInteger(x), upperHalf(x), seed);
  return bitCast<double>(upperHalf(result));
}

double flush64(double x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0, x) : x;
}

} // namespace

float approximateEx2(float x, uint64_t seed) {
  return relative(x, std::exp2(double(x)), ex2Bound, seed);
}

float approximateLg2(float x, uint64_t seed) {
  double exact = std::log2(double(x));
  return x > 0.5f && x < 2 ? absolute(x, exact, lg2Bound, seed)
                           : relative(x, exact, lg2Bound, seed);
}

float approximateRcp(float x, uint64_t seed) {
  return relative(x, 1 / double(x), rcpBound, seed);
}

float approximateRsqrt(float x, uint64_t seed) {
  return relative(x, 1 / std::sqrt(double(x)), rsqrtBound, seed);
}

float approximateSqrt(float x, uint64_t seed) {
  return relative(x, std::sqrt(double(x)), sqrtBound, seed);
}

float approximateSin(float x, uint64_t seed) {
  return absolute(x, std::sin(double(x)), sineBound(x), seed);
}

float approximateCos(float x, uint64_t seed) {
  return absolute(x, std::cos(double(x)), sineBound(x), seed);
}

float approximateTanh(float x, uint64_t seed) {
  double exact = std::tanh(double(x));
  float result = relative(x, exact, tanhBound, seed);
  return std::fabs(result) > 1 ? std::copysign(1.0f, x) : result;
}

float approximateDivFull(float a, float b, uint64_t seed) {
  double exact = double(a) / b;
  uint64_t input = uint64_t(bitCast<uint32_t>(a)) << 32 | bitCast<uint32_t>(b);
  bool integers = isInteger(a) && isInteger(b);
  return canonicalNan(float(relative(exact, divBound, integers, input, seed)));
}

float approximateDiv(float a, float b, uint64_t seed) {
  if (std::fabs(b) > 0x1p126f && std::isfinite(b))
    return std::isinf(a) || a != a
               ? bitCast<float>(uint32_t(0x7fffffff))
               : std::copysign(0.0f, std::copysign(1.0f, a) * b);
  return approximateDivFull(a, b, seed);
}

double approximateRcp64(double x, uint64_t seed) {
  x = flush64(bitCast<double>(upperHalf(x)));
  return flush64(truncateToUpper(1 / x, x, seed));
}

double approximateRsqrt64(double x, uint64_t seed) {
  x = flush64(bitCast<double>(upperHalf(x)));
  return flush64(truncateToUpper(1 / std::sqrt(x), x, seed));
}

} // namespace kdslc::ptx
