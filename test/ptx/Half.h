//===- Half.h - numbers of half precision ---------------------------------===//

#ifndef KDSLC_TEST_PTX_HALF_H
#define KDSLC_TEST_PTX_HALF_H

#include <cmath>
#include <cstdint>
#include <limits>

namespace kdslc::ptx {

/// Half precision as its pattern: what a register of 16 bits holds.
struct Half {
  uint16_t bits;
};

inline double widen(Half x) {
  int exponent = x.bits >> 10 & 31, mantissa = x.bits & 1023;
  double magnitude = exponent ? std::ldexp(mantissa + 1024, exponent - 25)
                              : std::ldexp(mantissa, -24);
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
  int exponent = magnitude < 0x1p-14  ? -14
                 : magnitude > 0x1p16 ? 16
                                      : std::ilogb(magnitude);
  // In units of the last place; a carry goes into the exponent by itself.
  double places = std::nearbyint(std::ldexp(magnitude, 10 - exponent));
  double bits = std::ldexp(exponent + 14, 10) + places;
  return {uint16_t(sign | uint16_t(std::fmin(bits, 0x7c00)))};
}

inline bool operator==(Half a, Half b) { return widen(a) == widen(b); }
inline bool operator!=(Half a, Half b) { return widen(a) != widen(b); }
inline bool operator<(Half a, Half b) { return widen(a) < widen(b); }
inline bool operator<=(Half a, Half b) { return widen(a) <= widen(b); }
inline bool operator>(Half a, Half b) { return widen(a) > widen(b); }
inline bool operator>=(Half a, Half b) { return widen(a) >= widen(b); }

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_HALF_H
