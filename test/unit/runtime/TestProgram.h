//===- TestProgram.h - a program made by hand -----------------------------===//
//
// The descriptor and the phase functions that the compiler would emit for
//
//   program pick(x: [M] f32[2], y: [N] f32[2], s: f32)
//       -> (a: [M] f32, idx: [M] i32) {
//     let t[j] = s * y[j][0]
//     a[i]   = sum[j](x[i][0] * t[j] + x[i][1] * y[j][1])
//     idx[i] = argmax[j](x[i][0] * t[j] + x[i][1] * y[j][1])
//   }
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_TEST_TESTPROGRAM_H
#define KDSL_TEST_TESTPROGRAM_H

#include "kdsl/kdsl.h"
#include <functional>
#include <string>
#include <vector>

namespace kdsl_test {

/// What the generated header would declare.
struct PickArgs {
  int64_t M, N;
  int64_t i_base, j_base;
  const float *x;
  int64_t x_stride[1];
  const float *y;
  int64_t y_stride[1];
  float s;
  float *a;
  int64_t a_stride[1];
  int32_t *idx;
  int64_t idx_stride[1];
};

/// Variants v4, v3 and v2 (all the same portable code), 8 rows a tile.
const kdsl_kernel &pickKernel();

/// A copy of pickKernel() whose fields a test may change.
struct KernelCopy {
  KernelCopy();
  kdsl_kernel kernel;
  std::vector<kdsl_variant> variants;
};

/// pickKernel() with code for rows in order, in every variant, which gives them to
/// `onOrder` and writes nothing. For as many rows j or more.
struct OrderedCopy : KernelCopy {
  explicit OrderedCopy(int64_t fewestRows);
  std::vector<kdsl_ordered_phase> ordered;
};
extern std::function<void(const kdsl_row_order &order, int64_t begin, int64_t end)>
    onOrder;

/// Called by the second phase for each range of rows that it computes.
extern std::function<void(int64_t begin, int64_t end)> onRows;

/// Inputs, outputs and args of one call.
struct Problem {
  Problem(int64_t M, int64_t N);
  PickArgs args;
  std::vector<float> x, y, a;
  std::vector<int32_t> idx;

  int run(const kdsl_exec *exec = nullptr) {
    return kdsl_call_v1(&pickKernel(), &args, exec);
  }
  /// Whether the outputs hold what a plain loop computes.
  bool isRight() const;
  /// Whether no output was written.
  bool isUntouched() const;
};

inline bool lastErrorHas(const std::string &part) {
  return std::string(kdsl_last_error()).find(part) != std::string::npos;
}

} // namespace kdsl_test

#endif // KDSL_TEST_TESTPROGRAM_H
