//===- SpecialValuesTest.cpp - zeros, infinities, NaN, extremes -----------===//

#include "MathCases.h"
#include "MathKernel.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

using namespace kdslc_test;

template <typename T> using Limits = std::numeric_limits<T>;

template <typename T> static const char *elementName() {
  return sizeof(T) == 4 ? "f32" : "f64";
}

template <typename T> static std::vector<Shape> shapes() {
  int unit = sizeof(T) == 4 ? 4 : 2;
  std::vector<Shape> list;
  for (int level = 0; level < 3; ++level) {
    Shape shape{"x86-64-v" + std::to_string(level + 2), unit << level};
    if (canRun(shape.isa))
      list.push_back(shape);
  }
  list.push_back({"x86-64-v2", 0});
  return list;
}

TEMPLATE_TEST_CASE("special values follow IEEE 754", "", float, double) {
  for (const MathCase &c : mathCases()) {
    Samples<TestType> s = specialSamples<TestType>(c);
    std::vector<long double> truth = truthOf(c, s);
    for (const Shape &shape : shapes<TestType>()) {
      MathKernel kernel(c.operation(), elementName<TestType>(), shape);
      Worst w = measure(c, s, truth, kernel(s.x, s.y));
      INFO(c.name << " " << elementName<TestType>() << " " << shape.isa << " "
                  << shape.lanes << ": (" << w.x << ", " << w.y << ") gives "
                  << w.got << " for " << w.truth);
      CHECK(w.ulp <= c.bound());
    }
  }
}

TEMPLATE_TEST_CASE("exp2 of what is not above 0", "", float, double) {
  using T = TestType;
  T inf = Limits<T>::infinity(), nan = nanWithPayload<T>();
  T floorOfRange = Limits<T>::min_exponent - 2; // below the normal numbers
  std::vector<T> x = {0, T(-0.0), T(-1e-20), -1, floorOfRange, -T(1e30), -inf};
  for (const char *exp : {"accurate", "fast"})
    for (const Shape &shape : shapes<T>()) {
      MathKernel kernel("math.exp2 %x", elementName<T>(), shape, exp,
                        "{kdsl.bounded}");
      CHECK(std::isnan(kernel(std::vector<T>(1, nan))[0]));
      std::vector<T> y = kernel(x);
      CHECK(y[0] == 1);
      CHECK(y[1] == 1);
      CHECK(std::abs(y[2] - 1) < T(1e-4));
      CHECK(y[2] <= 1);
      CHECK(y[3] == T(0.5));
      CHECK(y[4] <= Limits<T>::min());
      CHECK(y[5] == 0);
      CHECK(y[6] == 0);
    }
}

TEMPLATE_TEST_CASE("exp2 of a negative number is at most 1", "", float,
                   double) {
  using T = TestType;
  std::vector<T> x;
  for (T t = -1; t < -Limits<T>::min(); t *= T(0.999))
    x.push_back(t);
  for (T t = -T(1e-3); t > -3; t += T(0.0001) * t)
    x.push_back(t);
  for (const Shape &shape : shapes<T>()) {
    MathKernel kernel("math.exp2 %x", elementName<T>(), shape);
    std::vector<T> y = kernel(x);
    size_t above = 0;
    for (size_t i = 0; i < x.size(); ++i)
      above += y[i] > 1;
    INFO(shape.isa);
    CHECK(above == 0);
  }
}

TEMPLATE_TEST_CASE("fast exp2 keeps its stated error", "", float, double) {
  MathCase c = mathCase("exp2");
  double bound = sizeof(TestType) == 4 ? 40 : 130;
  Samples<TestType> s = drawSamples<TestType>(c, 100000, 2);
  std::vector<long double> truth = truthOf(c, s);
  for (const Shape &shape : shapes<TestType>()) {
    MathKernel kernel(c.operation(), elementName<TestType>(), shape, "fast");
    Worst w = measure(c, s, truth, kernel(s.x));
    INFO(shape.isa << " " << w.x << " gives " << w.got << " for " << w.truth);
    CHECK(w.ulp <= bound);
  }
}

TEMPLATE_TEST_CASE("angles beyond the range still give sines", "", float,
                   double) {
  using T = TestType;
  std::vector<T> x;
  for (T t = T(1e6); t < Limits<T>::max() / 3; t *= T(2.7))
    x.push_back(t), x.push_back(-t);
  for (const char *operation : {"math.sin %x", "math.cos %x"})
    for (const Shape &shape : shapes<T>()) {
      MathKernel kernel(operation, elementName<T>(), shape);
      for (T y : kernel(x))
        CHECK(std::abs(y) <= 1);
    }
}

TEST_CASE("angles next to multiples of pi/2 keep their accuracy") {
  MathCase c = mathCase("cos");
  for (const char *name : {"sin", "cos"}) {
    c = mathCase(name);
    Samples<double> s;
    for (int64_t n = 1; n < 600000; n += 7) {
      double x = double(n) * 1.57079632679489661923;
      s.x.insert(s.x.end(), {x, std::nextafter(x, 0), std::nextafter(x, 1e9)});
    }
    std::vector<long double> truth = truthOf(c, s);
    for (const Shape &shape : shapes<double>()) {
      MathKernel kernel(c.operation(), "f64", shape);
      Worst w = measure(c, s, truth, kernel(s.x));
      INFO(shape.isa << " " << w.x << " gives " << w.got << " for " << w.truth);
      CHECK(w.ulp <= c.bound());
    }
  }
}

TEMPLATE_TEST_CASE("integer powers", "", float, double) {
  using T = TestType;
  std::vector<T> x, n;
  for (T base : {T(-2), T(-0.75), T(-1), T(1.0625), T(3), T(0), T(-0.0)})
    for (T exponent : {-7, -2, -1, 0, 1, 2, 3, 20, 31}) {
      x.push_back(base);
      n.push_back(exponent);
    }
  // An exponent that f32 rounds to an even one.
  x.push_back(-1);
  n.push_back(sizeof(T) == 4 ? T(16777215) : T(16777217));
  for (const Shape &shape : shapes<T>()) {
    MathKernel variable("math.fpowi %x, %n", elementName<T>(), shape);
    std::vector<T> y = variable(x, n);
    for (size_t i = 0; i < x.size(); ++i) {
      INFO(x[i] << " to the " << n[i]);
      double truth = std::pow(double(x[i]), double(n[i]));
      CHECK(y[i] == Approx(truth).epsilon(sizeof(T) == 4 ? 1e-6 : 1e-14));
      CHECK(std::signbit(y[i]) == std::signbit(truth));
    }
    MathKernel cube("math.fpowi %x, %three", elementName<T>(), shape);
    y = cube(x);
    for (size_t i = 0; i < x.size(); ++i)
      CHECK(y[i] == x[i] * x[i] * x[i]);
  }
}
