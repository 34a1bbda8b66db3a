//===- Half.h - numbers of half precision ---------------------------------===//

#ifndef KDSLC_TEST_PTX_HALF_H
#define KDSLC_TEST_PTX_HALF_H

#include "test/ptx/FloatBits.h"
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kdslc::ptx {

/// Half precision as its pattern: what a register of 16 bits holds.
struct Half {
  uint16_t bits;
};

/// 2^exponent, of a normal number.
inline double powerOfTwo(int exponent) {
  return bitCast<double>(uint64_t(1023 + exponent) << 52);
}

inline double widen(Half x) {
  int exponent = x.bits >> 10 & 31, mantissa = x.bits & 1023;
  double magnitude = exponent ? (mantissa + 1024) * powerOfTwo(exponent - 25)
                              : mantissa * 0x1p-24;
  if (exponent == 31)
    magnitude = mantissa ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  return x.bits >> 15 ? -magnitude : magnitude;
}

/// To the nearest number of half precision, ties to even.
inline Half narrowToHalf(double x) {
  if (x != x)
    return {0x7fff};
  uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  double magnitude = std::fabs(x);
  double clamped = std::min(std::max(magnitude, 0x1p-14), 0x1p16);
  int exponent = int(bitCast<uint64_t>(clamped) >> 52) - 1023;
  // In units of the last place; a carry goes into the exponent by itself.
  double places = std::nearbyint(magnitude * powerOfTwo(10 - exponent));
  double bits = (exponent + 14) * 1024 + places;
  return {uint16_t(sign | uint16_t(std::min(bits, double(0x7c00))))};
}

inline bool operator==(Half a, Half b) { return widen(a) == widen(b); }
inline bool operator!=(Half a, Half b) { return widen(a) != widen(b); }
inline bool operator<(Half a, Half b) { return widen(a) < widen(b); }
inline bool operator<=(Half a, Half b) { return widen(a) <= widen(b); }
inline bool operator>(Half a, Half b) { return widen(a) > widen(b); }
inline bool operator>=(Half a, Half b) { return widen(a) >= widen(b); }

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_HALF_H
