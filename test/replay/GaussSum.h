//===- GaussSum.h - the Gaussian sum that is timed ------------------------===//

#ifndef KDSL_TEST_REPLAY_GAUSSSUM_H
#define KDSL_TEST_REPLAY_GAUSSSUM_H

#include "kdsl/kdsl.h"
#include "test/replay/Device.h"
#include <vector>

namespace replay {

/// How far sampled rows are from wider arithmetic.
struct GaussError {
  int64_t rows = 0; ///< that were compared
  double relative =
      0;              ///< largest error over the sum of magnitudes of the terms
  double ofBound = 0; ///< largest error over its bound; infinite for a NaN
  /// The row with the largest error over its bound.
  int64_t row = 0;
  double got = 0, expected = 0, bound = 0;
};

/// gauss_conv of test/run/gauss.kdsl with three coordinates and one feature, n
/// rows i and j, arrays in device memory: points in the unit cube, s = 0.25,
/// factors of both signs.
class GaussSum {
public:
  /// Throws std::runtime_error.
  GaussSum(const Device &device, const kdsl_kernel &kernel, int64_t n);

  /// Queues one call on the device's stream.
  void queue() const;

  /// Compares `rows` rows, evenly spread, after a call.
  GaussError check(int64_t rows) const;

private:
  const Device &device;
  const kdsl_kernel &kernel;
  int64_t n;
  bool isDouble;
  std::vector<double> x, y, b; ///< as rounded to the type
  DeviceArray onDeviceX, onDeviceY, onDeviceB, onDeviceA;
  std::vector<char> frame;
};

} // namespace replay

#endif // KDSL_TEST_REPLAY_GAUSSSUM_H
