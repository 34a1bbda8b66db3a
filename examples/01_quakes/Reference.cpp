//===- Reference.cpp - the same density, computed in float64 --------------===//

#include "Reference.h"
#include <algorithm>
#include <cmath>

namespace {
/// The density at one point, and how far float32 code may be off.
struct Exact {
  double density = 0, bound = 0;
};
} // namespace

/// With t = exp(-x) for each quake, the header of the compiled program promises
/// 16 u sum t for the sum. Each t is off by 4u for the exponential, 2xu for its
/// argument's scale, and 7xu for the roundings in x itself: two differences,
/// two squares and their sum (4), 2 s^2 (2) and the quotient (1 to 2). The last
/// division and its divisor add 6u of the result.
static Exact densityAt(const float *point, const std::vector<float> &quakes,
                       double radius) {
  constexpr double u = 1.0 / (1 << 24), pi = 3.14159265358979323846;
  double sum = 0, sumOfErrors = 0;
  for (size_t j = 0; j < quakes.size(); j += 2) {
    double dx = double(point[0]) - quakes[j];
    double dy = double(point[1]) - quakes[j + 1];
    double x = (dx * dx + dy * dy) / (2 * radius * radius);
    double t = std::exp(-x);
    sum += t;
    sumOfErrors += t * (4 + 9 * x) * u;
  }
  double scale = 1 / (2 * pi * radius * radius);
  double density = sum * scale;
  // Densities below the smallest normal float may come as 0.
  constexpr double smallest = 1.1754943508222875e-38;
  return {density,
          scale * (16 * u * sum + sumOfErrors) + 6 * u * density + smallest};
}

Deviation compareWithLoop(const std::vector<float> &grid,
                          const std::vector<float> &quakes, float radius,
                          const std::vector<float> &density) {
  Deviation worst;
  double largestError = 0, largestDensity = 0;
  for (size_t i = 0; i < density.size(); ++i) {
    Exact exact = densityAt(&grid[2 * i], quakes, radius);
    double error = std::fabs(density[i] - exact.density);
    // A NaN must not pass as "not larger".
    if (!(error / exact.bound <= worst.ofBound))
      worst.ofBound = error / exact.bound;
    largestError = std::max(largestError, error);
    largestDensity = std::max(largestDensity, exact.density);
  }
  worst.relative = largestError / largestDensity;
  return worst;
}
