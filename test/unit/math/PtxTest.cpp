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
#include <functional>

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
    if (c.name == "exp" && sizeof(TestType) == 4)
      continue; // below
    PtxKernel kernel(c.operation(), elementName<TestType>());
    checkSamples(c, kernel, specialSamples<TestType>(c));
    checkSamples(c, kernel, drawSamples<TestType>(c, 100000, 3));
  }
}

/// Beside another one, of the same number: both are usual, or both rare.
static std::string besideAnother(const MathCase &c) {
  return "%other = math." + c.name + " %y : f32\n" + c.operation();
}

TEST_CASE("functions in groups are as accurate on a GPU as stated") {
  for (const char *name :
       {"log", "log2", "log1p", "asinh", "acosh", "rsqrt", "sqrt"}) {
    const MathCase &c = mathCase(name);
    PtxKernel kernel(besideAnother(c), "f32");
    for (Samples<float> s : {specialSamples<float>(c),
                             drawSamples<float>(c, 300000, 6)}) {
      Worst w = measure(c, s, truthOf(c, s), kernel(s.x, s.x));
      INFO(name << ": " << w.x << " gives " << w.got << " for " << w.truth << ", "
                << w.ulp << " ulp");
      // Of a number that begins with 1.1, 2.5 u are more than 2 ulp.
      CHECK(w.ulp <= (c.name == "log2" ? 2.1 : boundOf<float>(c)));
    }
  }
}

/// Operands of a group, whose numbers are tested together: powers of two and what is
/// next to them in pairs, and random bits.
static Samples<float> pairsOfGroup() {
  std::vector<float> single;
  for (int n = -150; n <= 128; n += n < -120 || n > 120 ? 1 : 9)
    for (float x : {std::ldexp(1.0f, n), std::ldexp(-1.75f, n)})
      single.insert(single.end(), {x, std::nextafter(x, 0.0f)});
  Samples<float> s = specialSamples<float>(mathCase("atan2"));
  for (float x : single)
    for (float y : single) {
      s.x.push_back(x);
      s.y.push_back(y);
    }
  Samples<float> more = drawSamples<float>(mathCase("powf"), 100000, 7);
  s.x.insert(s.x.end(), more.x.begin(), more.x.end());
  s.y.insert(s.y.end(), more.y.begin(), more.y.end());
  return s;
}

/// That results are some units of half an ulp from the truth; but an infinity may be
/// next to the largest number, and small numbers may be off by `smallest`.
static void checkUnits(const char *operations, const Samples<float> &s,
                       double (*truth)(double, double),
                       const std::function<double(double)> &units,
                       double smallest) {
  constexpr double u = 0x1p-24;
  PtxKernel kernel(operations, "f32");
  CHECK(kernel.text().find(".approx.ftz") != std::string::npos);
  std::vector<float> got = kernel(s.x, s.y);
  for (size_t i = 0; i < s.x.size(); ++i) {
    const double x = s.x[i], exact = truth(x, s.second(i));
    if (got[i] == float(exact) || (std::isnan(got[i]) && std::isnan(exact)))
      continue;
    const double number =
        std::isinf(got[i]) ? std::copysign(0x1p128, got[i]) : got[i];
    INFO(operations << " of " << x << ", " << s.second(i) << " is " << got[i]);
    const double error = std::abs(number - exact);
    if (!(error <= std::max(units(x) * u * std::abs(exact), smallest)))
      FAIL_CHECK("and not " << exact);
  }
}

static void checkGroup(const char *operations, const Samples<float> &s,
                       double (*truth)(double, double), double units) {
  checkUnits(operations, s, truth, [&](double) { return units; }, 0x1p-149);
}

TEST_CASE("reciprocal roots of f64 in groups are as accurate as stated") {
  const MathCase &c = mathCase("rsqrt");
  PtxKernel kernel("%other = math.rsqrt %y : f64\nmath.rsqrt %x", "f64");
  CHECK(kernel.text().find("rsqrt.approx.ftz.f64") != std::string::npos);
  checkSamples(c, kernel, specialSamples<double>(c));
  checkSamples(c, kernel, drawSamples<double>(c, 300000, 10));
}

TEST_CASE("powers of a group are as accurate on a GPU as stated") {
  const MathCase &c = mathCase("powf");
  PtxKernel kernel("%other = math.powf %x, %y : f32\n" + c.operation(), "f32");
  checkSamples(c, kernel, specialSamples<float>(c));
  checkSamples(c, kernel, drawSamples<float>(c, 300000, 9));
}

TEST_CASE("exp may round its argument on a GPU") {
  const MathCase &c = mathCase("exp");
  for (const Samples<float> &s :
       {specialSamples<float>(c), drawSamples<float>(c, 300000, 8)})
    checkUnits("math.exp %x", s, [](double x, double) { return std::exp(x); },
               [&](double x) {
                 return 2 * c.bound() +
                        kdslc::reference::argumentFactor * std::abs(x);
               },
               0x1p-126);
}

TEST_CASE("quotients and roots of a group are as accurate as stated") {
  const Samples<float> s = pairsOfGroup();
  using kdslc::Function;
  const double ofRoot = kdslc::reference::statedUnits(Function::Sqrt),
               ofQuotient = kdslc::reference::statedUnits(Function::Div);
  checkGroup("%other = arith.divf %y, %x : f32\narith.divf %x, %y", s,
             [](double x, double y) { return x / y; }, ofQuotient);
  checkGroup("%other = math.sqrt %y : f32\nmath.sqrt %x", s,
             [](double x, double) { return std::sqrt(x); }, ofRoot);
  checkGroup("%other = math.rsqrt %y : f32\nmath.rsqrt %x", s,
             [](double x, double) { return 1 / std::abs(std::sqrt(x)); }, 4.4);
  // Where the divisors are roots, by the estimates of their reciprocals.
  checkGroup("%s = math.sqrt %x : f32\n%t = math.sqrt %y : f32\n"
             "%other = arith.divf %x, %s : f32\narith.divf %x, %t",
             s, [](double x, double y) { return x / std::sqrt(y); },
             ofRoot + ofQuotient);
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
