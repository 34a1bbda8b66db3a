//===- Approximate.h - functions that PTX states an error bound for -------===//
//
// A GPU's ex2.approx is right up to a stated error. Here its result is the
// exact one times 1 + e, where e lies within that bound and is a hash of the
// input's bits and a seed: a test that passes does not depend on errors that
// happen to be small. Results are exact where any implementation can be
// expected to be: for integers whose result is a float.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_APPROXIMATE_H
#define KDSLC_TEST_PTX_APPROXIMATE_H

#include <cstdint>

namespace kdslc::ptx {

float approximateEx2(float x, uint64_t seed);
float approximateLg2(float x, uint64_t seed);
float approximateRcp(float x, uint64_t seed);
float approximateRsqrt(float x, uint64_t seed);
float approximateSqrt(float x, uint64_t seed);
float approximateSin(float x, uint64_t seed);
float approximateCos(float x, uint64_t seed);
float approximateTanh(float x, uint64_t seed);
/// div.full: any divisor.
float approximateDivFull(float a, float b, uint64_t seed);
/// div.approx: gives 0 (or NaN) for divisors above 2^126.
float approximateDiv(float a, float b, uint64_t seed);
/// rcp.approx.ftz.f64 and rsqrt.approx.ftz.f64 look at and deliver the upper
/// 32 bits only.
double approximateRcp64(double x, uint64_t seed);
double approximateRsqrt64(double x, uint64_t seed);

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_APPROXIMATE_H
