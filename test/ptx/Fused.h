//===- Fused.h - multiply-add with one rounding, for arrays ---------------===//

#ifndef KDSLC_TEST_PTX_FUSED_H
#define KDSLC_TEST_PTX_FUSED_H

#include <cstddef>

namespace kdslc::ptx {

/// results[i] = a[i] * b[i] + c[i], rounded once, to nearest.
void fusedMultiplyAdd(const float *a, const float *b, const float *c,
                      float *results, size_t count);
void fusedMultiplyAdd(const double *a, const double *b, const double *c,
                      double *results, size_t count);

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_FUSED_H
