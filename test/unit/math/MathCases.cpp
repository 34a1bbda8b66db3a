//===- MathCases.cpp - the elementary functions, their truth and bounds ---===//

#include "MathCases.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

namespace kdslc_test {

static constexpr double anyF = std::numeric_limits<float>::max();
static constexpr double anyD = std::numeric_limits<double>::max();

#define UNARY(NAME, FUNCTION, ...)                                             \
  {                                                                            \
    NAME, 1, [](double x, double) -> double { return FUNCTION(x); },           \
        [](long double x, long double) -> long double { return FUNCTION(x); }, \
        __VA_ARGS__                                                            \
  }
#define BINARY(NAME, FUNCTION, ...)                                            \
  {                                                                            \
    NAME, 2, [](double x, double y) -> double { return FUNCTION(x, y); },      \
        [](long double x, long double y) -> long double {                      \
          return FUNCTION(x, y);                                               \
        },                                                                     \
        __VA_ARGS__                                                            \
  }

const std::vector<MathCase> &mathCases() {
  using namespace std;
  static const vector<MathCase> cases = {
      UNARY("exp2", exp2, 2, 2, -126, 127, anyF, anyD, true),
      UNARY("exp", exp, 2, 2, -88, 89, anyF, anyD, false),
      UNARY("expm1", expm1, 2, 2, -2, 2, anyF, anyD, false),
      UNARY("log", log, 2, 2, 0.5, 2, anyF, anyD, false),
      UNARY("log2", log2, 2, 2, 0.5, 2, anyF, anyD, false),
      UNARY("log10", log10, 2, 2, 0.5, 2, anyF, anyD, false),
      UNARY("log1p", log1p, 2, 2, -0.9, 2, anyF, anyD, false),
      UNARY("sqrt", sqrt, 0.51, 0.51, 0, 10, anyF, anyD, false),
      UNARY("rsqrt", 1 / sqrt, 2, 2, 0, 10, anyF, anyD, false),
      UNARY("sin", sin, 2, 2, -100, 100, 1e8, 1e6, false),
      UNARY("cos", cos, 2, 2, -100, 100, 1e8, 1e6, false),
      UNARY("tan", tan, 4, 4, -100, 100, 1e8, 1e6, false),
      UNARY("asin", asin, 2, 2, -1, 1, anyF, anyD, false),
      UNARY("acos", acos, 2, 2, -1, 1, anyF, anyD, false),
      UNARY("atan", atan, 2, 2, -4, 4, anyF, anyD, false),
      UNARY("sinh", sinh, 3, 3, -5, 5, anyF, anyD, false),
      UNARY("cosh", cosh, 3, 3, -5, 5, anyF, anyD, false),
      UNARY("tanh", tanh, 3, 3, -3, 3, anyF, anyD, false),
      UNARY("asinh", asinh, 3, 3, -3, 3, anyF, anyD, false),
      UNARY("acosh", acosh, 3, 3, 1, 3, anyF, anyD, false),
      UNARY("atanh", atanh, 3, 3, -1, 1, anyF, anyD, false),
      UNARY("erf", erf, 2, 2, -3, 3, anyF, anyD, false),
      UNARY("erfc", erfc, 5, 4, -3, 10, anyF, anyD, false),
      BINARY("powf", pow, 2, 2, 0, 10, anyF, anyD, false),
      BINARY("atan2", atan2, 2, 2, -4, 4, anyF, anyD, false),
  };
  return cases;
}

const MathCase &mathCase(const std::string &name) {
  for (const MathCase &c : mathCases())
    if (c.name == name)
      return c;
  FAIL("no function " << name);
  return mathCases().front();
}

template <typename T> static T randomBits(std::mt19937_64 &random) {
  using Pattern = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  Pattern pattern = Pattern(random());
  T value;
  std::memcpy(&value, &pattern, sizeof(T));
  return value;
}

template <typename T>
Samples<T> drawSamples(const MathCase &c, size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> even(c.low, c.high), unit(-1, 1);
  double limit = sizeof(T) == 4 ? c.limitF : c.limitD;
  double exponents = std::numeric_limits<T>::max_exponent;
  auto draw = [&](size_t i) {
    if (i % 2 == 0)
      return T(even(random));
    for (;;) {
      T value = randomBits<T>(random);
      if (!(std::abs(value) > limit) || std::isinf(value))
        return value;
    }
  };
  Samples<T> s;
  for (size_t i = 0; i < count; ++i) {
    s.x.push_back(draw(i));
    if (c.arity == 1)
      continue;
    // Every fourth power has a finite result, over the whole range.
    T y = draw(i / 2);
    if (i % 4 == 0 && c.name == "powf")
      y = T(unit(random) * exponents / std::log2(double(std::abs(s.x[i]))));
    s.y.push_back(y);
  }
  return s;
}

template <typename T> static std::vector<T> specialValues() {
  using Limits = std::numeric_limits<T>;
  T inf = Limits::infinity(), big = Limits::max();
  T small = Limits::min(), tiny = Limits::denorm_min();
  std::vector<T> values = {0,      inf,    Limits::quiet_NaN(),
                           big,    small,  tiny,
                           1,      T(0.5), small * T(0.75),
                           2,      3,      T(1) + Limits::epsilon(),
                           1e-5,   T(100), T(1) - Limits::epsilon(),
                           T(0.1), T(1.5), nanWithPayload<T>()};
  for (size_t i = 0, n = values.size(); i < n; ++i)
    values.push_back(-values[i]);
  return values;
}

template <typename T> Samples<T> specialSamples(const MathCase &c) {
  std::vector<T> values = specialValues<T>();
  Samples<T> s;
  double limit = sizeof(T) == 4 ? c.limitF : c.limitD;
  for (T x : values) {
    if (std::isfinite(x) && std::abs(x) > limit)
      continue;
    if (c.arity == 1)
      s.x.push_back(x);
    for (size_t i = 0; c.arity == 2 && i < values.size(); ++i) {
      s.x.push_back(x);
      s.y.push_back(values[i]);
    }
  }
  return s;
}

template <typename T>
std::vector<long double> truthOf(const MathCase &c, const Samples<T> &samples) {
  std::vector<long double> truth;
  for (size_t i = 0; i < samples.x.size(); ++i) {
    T x = samples.x[i], y = c.arity == 2 ? samples.y[i] : T(0);
    truth.push_back(sizeof(T) == 4 ? (long double)(c.truthF(x, y))
                                   : c.truthD(x, y));
    if (c.name == "rsqrt" && x == 0)
      truth.back() = std::numeric_limits<long double>::infinity();
  }
  return truth;
}

/// The distance in units in the last place of the truth, at least that of the
/// smallest normal number.
template <typename T>
static double error(T got, long double truth, bool flush) {
  using Limits = std::numeric_limits<T>;
  constexpr double wrongClass = std::numeric_limits<double>::infinity();
  if (std::isnan(truth) || std::isnan(got))
    return std::isnan(truth) && std::isnan(got) ? 0 : wrongClass;
  int exponent = Limits::min_exponent;
  if (std::abs(truth) >= Limits::min())
    (void)std::frexp(truth, &exponent);
  else if (flush)
    return got >= 0 && got <= truth * (1 + 130 * Limits::epsilon()) +
                                  1.5L * Limits::denorm_min()
               ? 0
               : wrongClass;
  long double ulp = std::ldexp(1.0L, exponent - Limits::digits);
  if (std::isinf(got)) {
    // Right if the truth lies above the largest number, to within an ulp.
    bool beyond = std::abs(truth) > (long double)(Limits::max()) - ulp;
    return beyond && std::signbit(truth) == std::signbit(got) ? 0 : wrongClass;
  }
  if (truth == 0 || got == 0)
    if (std::signbit(truth) != std::signbit(got))
      return wrongClass;
  if (std::abs(truth) > Limits::max()) // the largest number would do
    truth = std::copysign((long double)(Limits::max()), truth);
  return double(std::abs(got - truth) / ulp);
}

template <typename T>
Worst measure(const MathCase &c, const Samples<T> &samples,
              const std::vector<long double> &truth,
              const std::vector<T> &got) {
  Worst worst;
  for (size_t i = 0; i < got.size(); ++i) {
    double ulp = error(got[i], truth[i], c.flushes);
    if (ulp > worst.ulp)
      worst = {ulp, samples.x[i], c.arity == 2 ? samples.y[i] : 0, got[i],
               double(truth[i])};
  }
  return worst;
}

#define INSTANTIATE(T)                                                         \
  template Samples<T> drawSamples(const MathCase &, size_t, unsigned);         \
  template Samples<T> specialSamples(const MathCase &);                        \
  template std::vector<long double> truthOf(const MathCase &,                  \
                                            const Samples<T> &);               \
  template Worst measure(const MathCase &, const Samples<T> &,                 \
                         const std::vector<long double> &,                     \
                         const std::vector<T> &);
INSTANTIATE(float)
INSTANTIATE(double)

} // namespace kdslc_test
