//===- FloatBits.h - what PTX makes of special values ---------------------===//

#ifndef KDSLC_TEST_PTX_FLOATBITS_H
#define KDSLC_TEST_PTX_FLOATBITS_H

#include <cstdint>
#include <cstring>
#include <limits>

namespace kdslc::ptx {

template <class To, class From> inline To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

/// A subnormal becomes a zero of its sign, as .ftz asks for. PTX has no .ftz
/// for doubles.
inline float flushSubnormal(float x) {
  uint32_t bits = bitCast<uint32_t>(x);
  return bitCast<float>(bits & 0x7f800000 ? bits : bits & 0x80000000);
}
inline double flushSubnormal(double x) { return x; }
template <bool Ftz, class T> inline T flushIf(T x) {
  return Ftz ? flushSubnormal(x) : x;
}

/// The one NaN that single-precision instructions produce. Doubles keep the
/// NaN of an operand, as the host does.
inline float canonicalNan(float x) {
  return x != x ? bitCast<float>(uint32_t(0x7fffffff)) : x;
}
inline double canonicalNan(double x) { return x; }

/// Clamped to [0, 1], NaN to +0, as .sat asks for.
template <class T> inline T saturate(T x) {
  return x > T(0) ? (x < T(1) ? x : T(1)) : T(0);
}

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_FLOATBITS_H
