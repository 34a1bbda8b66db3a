//===- MathCases.cpp - the elementary functions and arguments for them ----===//

#include "MathCases.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

namespace kdslc_test {

using kdslc::Function;

static double logGamma(double x) {
  int sign;
  return lgamma_r(x, &sign); // the other form writes a global variable
}
static long double logGamma(long double x) {
  int sign;
  return lgammal_r(x, &sign);
}
template <typename T> static T inverseRoot(T x) {
  return x == 0 ? std::numeric_limits<T>::infinity() : 1 / std::sqrt(x);
}
static Wide inverseRootWide(Wide x) {
  return x == 0 ? Wide(std::numeric_limits<double>::infinity())
                : 1 / sqrtf128(x);
}

#define ROW(NAME, ARITY, FUNCTION, NARROW, WIDE, ...)                          \
  {                                                                            \
    NAME, ARITY, FUNCTION,                                                     \
        {[](double x, [[maybe_unused]] double y) -> double { return NARROW; }, \
         [](long double x, [[maybe_unused]] long double y) -> long double {    \
           return NARROW;                                                      \
         },                                                                    \
         [](Wide x, [[maybe_unused]] Wide y) -> Wide { return WIDE; }},        \
        __VA_ARGS__                                                            \
  }
#define UNARY(FUNCTION, NAME, ...)                                             \
  ROW(#NAME, 1, Function::FUNCTION, std::NAME(x), NAME##f128(x), __VA_ARGS__)

const std::vector<MathCase> &mathCases() {
  static const std::vector<MathCase> cases = {
      UNARY(Exp2, exp2, -126, 127, -1080, 1030),
      UNARY(Exp, exp, -88, 89, -750, 712),
      UNARY(Expm1, expm1, -2, 2, -40, 712),
      UNARY(Log, log, 0.5, 2, 0, 1e4),
      UNARY(Log2, log2, 0.5, 2, 0, 1e4),
      ROW("log10", 1, std::nullopt, std::log10(x), log10f128(x), 0.5, 2, 0,
          1e4),
      UNARY(Log1p, log1p, -0.9, 2, -1, 1e4),
      UNARY(Sqrt, sqrt, 0, 10, 0, 1e4),
      ROW("rsqrt", 1, Function::Rsqrt, inverseRoot(x), inverseRootWide(x), 0,
          10, 0, 1e4),
      UNARY(Sin, sin, -100, 100, -1e6, 1e6),
      UNARY(Cos, cos, -100, 100, -1e6, 1e6),
      UNARY(Tan, tan, -100, 100, -1e6, 1e6),
      UNARY(Asin, asin, -1, 1, -0.1, 0.1),
      UNARY(Acos, acos, -1, 1, -0.1, 0.1),
      UNARY(Atan, atan, -4, 4, -100, 100),
      UNARY(Sinh, sinh, -5, 5, -712, 712),
      UNARY(Cosh, cosh, -5, 5, -712, 712),
      UNARY(Tanh, tanh, -3, 3, -25, 25),
      UNARY(Asinh, asinh, -3, 3, -100, 100),
      UNARY(Acosh, acosh, 1, 3, 1, 100),
      UNARY(Atanh, atanh, -1, 1, -0.1, 0.1),
      UNARY(Erf, erf, -3, 3, -6, 6),
      UNARY(Erfc, erfc, -3, 10.1, -6, 27),
      ROW("lgamma", 1, Function::Lgamma, logGamma(x), lgammaf128(x), 0, 4, -30,
          30),
      ROW("powf", 2, Function::Pow, std::pow(x, y), powf128(x, y), 0, 10, -20,
          20),
      ROW("atan2", 2, Function::Atan2, std::atan2(x, y), atan2f128(x, y), -4, 4,
          -100, 100),
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

template <typename T> double MathCase::limit() const {
  if (name == "sin" || name == "cos" || name == "tan")
    return kdslc::reference::circleLimit;
  return std::numeric_limits<T>::max();
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

template <typename T> static T randomBits(std::mt19937_64 &random) {
  using Pattern = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  Pattern pattern = Pattern(random());
  T value;
  std::memcpy(&value, &pattern, sizeof(T));
  return value;
}

namespace {
/// Draws the i-th argument of a case.
template <typename T> class Drawer {
public:
  Drawer(const MathCase &c, unsigned seed)
      : random(seed), close(c.low, c.high), distant(c.farLow, c.farHigh),
        limit(c.limit<T>()) {}

  T draw(size_t i) {
    switch (i % 8) {
    case 0:
    case 2:
    case 4:
      return T(close(random));
    case 1:
      return T(distant(random));
    case 3:
      return besideWhole();
    default:
      return anyBits();
    }
  }

  double unit() { return sides(random); }

private:
  /// Zeros and ends of domains are whole numbers: as near as the format has
  /// them, at every distance.
  T besideWhole() {
    T whole = T(int(random() % 7) - 3);
    int digits = int(random() % std::numeric_limits<T>::digits);
    return whole + T(std::ldexp(unit(), -digits));
  }

  T anyBits() {
    for (;;) {
      T value = randomBits<T>(random);
      if (!(std::abs(value) > limit) || std::isinf(value))
        return value;
    }
  }

  std::mt19937_64 random;
  std::uniform_real_distribution<double> close, distant, sides{-1, 1};
  double limit;
};
} // namespace

template <typename T>
Samples<T> drawSamples(const MathCase &c, size_t count, unsigned seed) {
  Drawer<T> drawer(c, seed);
  double exponents = std::numeric_limits<T>::max_exponent;
  Samples<T> s;
  for (size_t i = 0; i < count; ++i) {
    s.x.push_back(drawer.draw(i));
    if (c.arity == 1)
      continue;
    // Every fourth power has a finite result, over the whole range.
    T y = drawer.draw(i / 8);
    if (i % 4 == 0 && c.name == "powf")
      y = T(drawer.unit() * exponents / std::log2(double(std::abs(s.x[i]))));
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
  for (T x : values) {
    if (std::isfinite(x) && std::abs(x) > c.limit<T>())
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

#define INSTANTIATE(T)                                                         \
  template double MathCase::limit<T>() const;                                  \
  template Samples<T> drawSamples(const MathCase &, size_t, unsigned);         \
  template Samples<T> specialSamples(const MathCase &);
INSTANTIATE(float)
INSTANTIATE(double)

} // namespace kdslc_test
