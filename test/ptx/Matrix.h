//===- Matrix.h - how a tensor core rounds --------------------------------===//

#ifndef KDSLC_TEST_PTX_MATRIX_H
#define KDSLC_TEST_PTX_MATRIX_H

namespace kdslc::ptx {

/// What a tensor core sees of a number in a tf32 register: its upper 19 bits.
float asTf32(float x);

/// The sum of a float and of `count` exact products, at most 8, as a tensor
/// core computes it in one step.
float dotStep(const double *products, unsigned count, float sum);

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_MATRIX_H
