//===- Fused.cpp - multiply-add with one rounding, for arrays -------------===//
//
// A call of std::fma for each lane would take most of the time of a typical
// kernel, so on x86 processors that have the instruction it is used at once
// for many lanes.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/Fused.h"
#include <cmath>

namespace kdslc::ptx {

template <class T>
static void portable(const T *a, const T *b, const T *c, T *results,
                     size_t count) {
  for (size_t i = 0; i < count; ++i)
    results[i] = std::fma(a[i], b[i], c[i]);
}

#ifdef __x86_64__

static const bool hasFused =
    __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");

__attribute__((target("fma,avx2"))) static void
vectorised(const float *a, const float *b, const float *c, float *results,
           size_t count) {
  for (size_t i = 0; i < count; ++i)
    results[i] = __builtin_fmaf(a[i], b[i], c[i]);
}

__attribute__((target("fma,avx2"))) static void
vectorised(const double *a, const double *b, const double *c, double *results,
           size_t count) {
  for (size_t i = 0; i < count; ++i)
    results[i] = __builtin_fma(a[i], b[i], c[i]);
}

template <class T>
static void dispatch(const T *a, const T *b, const T *c, T *results,
                     size_t count) {
  if (hasFused)
    vectorised(a, b, c, results, count);
  else
    portable(a, b, c, results, count);
}

#else

template <class T>
static void dispatch(const T *a, const T *b, const T *c, T *results,
                     size_t count) {
  portable(a, b, c, results, count);
}

#endif

void fusedMultiplyAdd(const float *a, const float *b, const float *c,
                      float *results, size_t count) {
  dispatch(a, b, c, results, count);
}

void fusedMultiplyAdd(const double *a, const double *b, const double *c,
                      double *results, size_t count) {
  dispatch(a, b, c, results, count);
}

} // namespace kdslc::ptx
