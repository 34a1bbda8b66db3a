//===- PtxTest.cpp - the elementary functions on a GPU --------------------===//
//
// Each function as PTX, run by the interpreter, whose approximate instructions
// are as far off as PTX allows them to be.
//
//===----------------------------------------------------------------------===//

#include "MathCases.h"
#include "PtxKernel.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc_test;

template <typename T> static const char *elementName() {
  return sizeof(T) == 4 ? "f32" : "f64";
}

/// The bounds of ExpandMath.h: two functions are approximate instructions.
template <typename T> static double boundOf(const MathCase &c) {
  if (sizeof(T) == 4 && c.name == "exp2")
    return 4;
  if (sizeof(T) == 4 && c.name == "rsqrt")
    return 2.2;
  return c.bound();
}

template <typename T>
static void checkSamples(const MathCase &c, const PtxKernel &kernel,
                         const Samples<T> &s) {
  Worst w = measure(c, s, truthOf(c, s), kernel(s.x, s.y));
  INFO(c.name << " " << elementName<T>() << ": (" << w.x << ", " << w.y
              << ") gives " << w.got << " for " << w.truth << ", " << w.ulp
              << " ulp");
  CHECK(w.ulp <= boundOf<T>(c));
}

TEMPLATE_TEST_CASE("functions are as accurate on a GPU as stated", "", float,
                   double) {
  for (const MathCase &c : mathCases()) {
    PtxKernel kernel(c.operation(), elementName<TestType>());
    checkSamples(c, kernel, specialSamples<TestType>(c));
    checkSamples(c, kernel, drawSamples<TestType>(c, 100000, 3));
  }
}

TEMPLATE_TEST_CASE("exact operations are exact on a GPU", "", float, double) {
  using T = TestType;
  struct Row {
    const char *name;
    T (*truth)(T);
  };
  const Row rows[] = {
      {"absf", [](T x) { return std::abs(x); }},
      {"floor", [](T x) { return std::floor(x); }},
      {"ceil", [](T x) { return std::ceil(x); }},
      {"trunc", [](T x) { return std::trunc(x); }},
      {"round", [](T x) { return std::round(x); }},
      {"roundeven", [](T x) { return std::nearbyint(x); }},
  };
  std::vector<T> x = drawSamples<T>(mathCase("atan"), 2000, 4).x;
  for (int i = -20; i <= 20; ++i)
    for (T at : {T(i), T(i) / 2})
      x.insert(x.end(),
               {at, std::nextafter(at, T(-99)), std::nextafter(at, T(99))});
  for (const Row &row : rows) {
    PtxKernel kernel(std::string("math.") + row.name + " %x", elementName<T>());
    std::vector<T> y = kernel(x);
    for (size_t i = 0; i < x.size(); ++i) {
      INFO(row.name << " of " << x[i]);
      T truth = row.truth(x[i]);
      CHECK((y[i] == truth || (std::isnan(truth) && std::isnan(y[i]))));
    }
  }
}

TEMPLATE_TEST_CASE("integer powers on a GPU", "", float, double) {
  using T = TestType;
  std::vector<T> x, n;
  for (T base : {T(-2), T(-0.75), T(-1), T(1.0625), T(3), T(0), T(-0.0)})
    for (T exponent : {-7, -2, -1, 0, 1, 2, 3, 20, 31}) {
      x.push_back(base);
      n.push_back(exponent);
    }
  std::vector<T> y = PtxKernel("math.fpowi %x, %n", elementName<T>())(x, n);
  std::vector<T> cubes =
      PtxKernel("math.fpowi %x, %three", elementName<T>())(x);
  for (size_t i = 0; i < x.size(); ++i) {
    INFO(x[i] << " to the " << n[i]);
    double truth = std::pow(double(x[i]), double(n[i]));
    CHECK(y[i] == Approx(truth).epsilon(sizeof(T) == 4 ? 1e-6 : 1e-14));
    CHECK(std::signbit(y[i]) == std::signbit(truth));
    CHECK(cubes[i] == x[i] * x[i] * x[i]);
  }
}

TEMPLATE_TEST_CASE("exp2 keeps whole powers of 2 on a GPU", "", float, double) {
  using T = TestType;
  PtxKernel kernel("math.exp2 %x", elementName<T>());
  std::vector<T> x;
  for (int n = std::numeric_limits<T>::min_exponent;
       n < std::numeric_limits<T>::max_exponent; ++n)
    x.push_back(T(n));
  std::vector<T> y = kernel(x);
  for (size_t i = 0; i < x.size(); ++i)
    CHECK(y[i] == std::ldexp(T(1), int(x[i])));
}

TEST_CASE("every GPU gets the same arithmetic") {
  for (const char *isa : {"sm_90", "sm_100", "sm_120"})
    for (const char *name : {"exp2", "tanh"}) {
      MathCase c = mathCase(name);
      PtxKernel kernel(c.operation(), "f32", isa);
      checkSamples(c, kernel, drawSamples<float>(c, 2000, 5));
    }
}
