//===- Measure.cpp - errors in units in the last place --------------------===//

#include "MathCases.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace kdslc_test {

static constexpr double wrongClass = std::numeric_limits<double>::infinity();

/// One unit in the last place of `size`, at least that of the smallest normal
/// number.
template <typename T> static double ulpOf(long double size) {
  using Limits = std::numeric_limits<T>;
  int exponent = Limits::min_exponent;
  if (std::abs(size) >= Limits::min())
    (void)std::frexp(size, &exponent);
  return std::ldexp(1.0, exponent - Limits::digits);
}

/// The number whose ulp counts: for lgamma of f64 at negative arguments, where
/// it is a difference, the largest part.
template <typename T>
static long double sizeOf(const MathCase &c, T x, long double truth) {
  if (c.name != "lgamma" || sizeof(T) == 4 || !(x < 0) || std::isinf(x))
    return truth;
  return std::max(
      {1.0L, std::abs(truth), c.truth.ofDouble(std::abs((long double)(x)), 0)});
}

/// \param R  the type of the truth: long double or wider.
template <typename T, typename R>
static double errorAgainst(const MathCase &c, T x, T got, R exact) {
  using Limits = std::numeric_limits<T>;
  auto truth = (long double)(exact);
  if (std::isnan(truth) || std::isnan(got))
    return std::isnan(truth) && std::isnan(got) ? 0 : wrongClass;
  if (c.flushes() && std::abs(truth) < Limits::min())
    return got >= 0 && got <= truth * (1 + 130 * Limits::epsilon()) +
                                  1.5L * Limits::denorm_min()
               ? 0
               : wrongClass;
  double ulp = ulpOf<T>(sizeOf(c, x, truth));
  if (std::isinf(got)) {
    // Right if the truth lies above the largest number, to within an ulp.
    bool beyond = std::abs(truth) > (long double)(Limits::max()) - ulp;
    return beyond && std::signbit(truth) == std::signbit(got) ? 0 : wrongClass;
  }
  if (truth == 0 || got == 0)
    if (std::signbit(truth) != std::signbit(got))
      return wrongClass;
  if (std::abs(truth) > Limits::max()) // the largest number would do
    exact = R(std::copysign(Limits::max(), T(truth)));
  R difference = R(got) - exact;
  return double(difference < 0 ? -difference : difference) / ulp;
}

template <typename T> double exactError(const MathCase &c, T x, T y, T got) {
  return errorAgainst(c, x, got, c.truth.exact(x, y));
}

template <typename T>
std::vector<long double> truthOf(const MathCase &c, const Samples<T> &samples) {
  std::vector<long double> truth;
  for (size_t i = 0; i < samples.x.size(); ++i) {
    T x = samples.x[i], y = samples.second(i);
    truth.push_back(sizeof(T) == 4 ? (long double)(c.truth.ofSingle(x, y))
                                   : c.truth.ofDouble(x, y));
  }
  return truth;
}

template <typename T>
Worst measure(const MathCase &c, const Samples<T> &samples,
              const std::vector<long double> &truth,
              const std::vector<T> &got) {
  // What the narrower functions may be off.
  constexpr double doubt = 0.01;
  Worst worst;
  for (size_t i = 0; i < got.size(); ++i) {
    T x = samples.x[i], y = samples.second(i);
    if (!(errorAgainst(c, x, got[i], truth[i]) > worst.ulp - doubt) ||
        double(got[i]) == truth[i])
      continue;
    double ulp = exactError(c, x, y, got[i]);
    if (ulp > worst.ulp)
      worst = {ulp, x, y, got[i], double(truth[i])};
  }
  return worst;
}

#define INSTANTIATE(T)                                                         \
  template double exactError(const MathCase &, T, T, T);                       \
  template std::vector<long double> truthOf(const MathCase &,                  \
                                            const Samples<T> &);               \
  template Worst measure(const MathCase &, const Samples<T> &,                 \
                         const std::vector<long double> &,                     \
                         const std::vector<T> &);
INSTANTIATE(float)
INSTANTIATE(double)

} // namespace kdslc_test
