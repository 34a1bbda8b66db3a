//===- BoundsTest.cpp - bounds hold, and are not idle ---------------------===//
//
// Float arithmetic plays the compiled code: it must lie within the bounds, and
// a result that is off by a little more than rounding must not.
//
//===----------------------------------------------------------------------===//

#include "CheckedText.h"
#include "compiler/reference/Accuracy.h"
#include "compiler/reference/ScalarFunctions.h"
#include "compiler/reference/Summation.h"
#include <catch2/catch.hpp>
#include <random>

using namespace kdslc;
using namespace kdslc::test;
using namespace kdslc::reference;

static constexpr double u = 1.0 / (1 << 24);

static Value exact(Real x) { return {x, 0}; }

TEST_CASE("exact operations have no error, others their rounding") {
  CHECK(add(exact(1), exact(2), Elem::F32).e == 0);
  CHECK(multiply(exact(3), exact(5), Elem::F32).e == 0);
  CHECK(divide(exact(3), exact(4), Elem::F32).e == 0);
  CHECK(divide(exact(1), exact(3), Elem::F32).e == Approx(2.2 * u / 3));
  // 2^24 + 1 is no float, but is a double.
  Value big = add(exact(16777216), exact(1), Elem::F32);
  CHECK(big.v == 16777217);
  CHECK(big.e == Approx(1));
  CHECK(add(exact(16777216), exact(1), Elem::F64).e == 0);
  CHECK(applyScalar(Function::Exp, exact(0), Elem::F32).e == 0);
  CHECK(applyScalar(Function::Sqrt, exact(9), Elem::F32).e == 0);
  CHECK(applyPower(exact(3), 2, Elem::F32).e == 0);
  CHECK(applyPower(exact(1.1), 10, Elem::F32).e > 0);
}

TEST_CASE("errors of operands are carried through the slope") {
  Value x = {4, 1e-3};
  CHECK(applyScalar(Function::Sqrt, x, Elem::F64).e ==
        Approx(2.5e-4).epsilon(.01));
  CHECK(applyScalar(Function::Exp, x, Elem::F64).e ==
        Approx(std::exp(4.0) * 1e-3).epsilon(.01));
  CHECK(multiply(x, exact(3), Elem::F64).e == Approx(3e-3));
  CHECK(divide(exact(1), x, Elem::F64).e == Approx(1e-3 / 16).epsilon(.01));
  // A kink is no trouble: sqrt at 0 moves by the root of the error.
  CHECK(applyScalar(Function::Sqrt, Value{1e-12, 1e-12}, Elem::F64).e < 2e-6);
  // Beyond the edge of the domain the result may be NaN.
  CHECK_FALSE(
      applyScalar(Function::Log, Value{1e-9, 1e-8}, Elem::F64).isPredictable());
}

TEST_CASE("a result below every f64 may come as 0") {
  Value tiny = applyScalar(Function::Exp, exact(-2000), Elem::F64);
  CHECK(tiny.v > 0);
  CHECK(tiny.e > 0);
  CHECK(tiny.isPredictable());
}

TEST_CASE("a circle function of what may be infinite may be NaN") {
  const Value any = {1e30, unpredictable};
  CHECK_FALSE(applyScalar(Function::Cos, any, Elem::F32).isPredictable());
  CHECK_FALSE(applyScalar(Function::Sin, any, Elem::F32).isPredictable());
  CHECK(applyScalar(Function::Sin, Value{1e30, 1e20}, Elem::F32).e == 2);
}

TEST_CASE("jumps and choices") {
  CHECK(applyScalar(Function::Floor, Value{2.5, 0.1}, Elem::F32).e == 0);
  CHECK(applyScalar(Function::Floor, Value{3, 0.1}, Elem::F32).e == 1);
  CHECK(applyScalar(Function::Lt, {exact(1), exact(2)}, Elem::Bool).isExact());
  Value tie = applyScalar(Function::Lt, {Value{1, .1}, exact(1)}, Elem::Bool);
  CHECK(tie.e == 1);
  // Both branches are possible, and lie this far apart.
  Value either =
      applyScalar(Function::Select, {tie, exact(5), exact(7)}, Elem::F32);
  CHECK(either.e == 2);
  // A NaN in the branch that is not taken is not seen.
  Value taken = applyScalar(Function::Select,
                            {exact(1), exact(5), exact(notANumber)}, Elem::F32);
  CHECK(taken.v == 5);
  CHECK(taken.e == 0);
  CHECK(lesser({1, .1}, {1.05, .2}).e == Approx(.15));
  CHECK(greater({1, .1}, {1.05, .2}).e == Approx(.2));
  // What may be NaN makes the lesser and the greater NaN.
  Value anything = {-inf, unpredictable};
  CHECK_FALSE(greater(exact(.5), anything).isPredictable());
  CHECK_FALSE(lesser(anything, exact(.5)).isPredictable());
  CHECK(greater(exact(.5), exact(-inf)).isExact());
}

TEST_CASE("NaN and infinities") {
  CHECK(add(exact(inf), exact(1), Elem::F32).e == 0);
  CHECK(std::isnan(add(exact(inf), exact(-inf), Elem::F32).v));
  CHECK(add(exact(inf), exact(-inf), Elem::F32).isPredictable());
  // Beyond the largest float the result is infinite in f32 only.
  CHECK(multiply(exact(1e30), exact(1e30), Elem::F32).v == inf);
  CHECK(multiply(exact(1e30), exact(1e30), Elem::F64).v == Approx(1e60));
  // Results below the smallest normal number may be 0.
  Value tiny = multiply(exact(1e-30), exact(1e-10), Elem::F32);
  CHECK(tiny.e >= 1e-40);
  CHECK(applyScalar(Function::Rsqrt, exact(-0.0), Elem::F32).v == inf);
  CHECK(applyScalar(Function::XLogX, exact(0), Elem::F32).v == 0);
  CHECK(applyScalar(Function::Sinc, exact(0), Elem::F32).v == 1);
}

TEST_CASE("integers wrap, and division by zero is unpredictable") {
  CHECK(add(exact(2147483647), exact(1), Elem::I32).v == -2147483648.0);
  CHECK(multiply(exact(9223372036854775807.0L), exact(2), Elem::I64).v == -2);
  CHECK(applyScalar(Function::Idiv, {exact(-7), exact(2)}, Elem::I64).v == -4);
  CHECK(applyScalar(Function::Mod, {exact(-7), exact(2)}, Elem::I64).v == 1);
  CHECK_FALSE(applyScalar(Function::Idiv, {exact(1), exact(0)}, Elem::I64)
                  .isPredictable());
  CHECK(applyScalar(Function::Mod, {exact(-7.5), exact(2)}, Elem::F32).v == .5);
}

TEST_CASE("float sums stay within 16 u of the terms' magnitudes") {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  Summation sum;
  float blocks = 0, compensation = 0;
  for (int block = 0; block < 1000; ++block) {
    float partial = 0;
    for (int k = 0; k < 32; ++k) {
      float term = normal(random) + 0.1f;
      sum.add(exact(term));
      partial += term;
    }
    float y = partial - compensation, t = blocks + y;
    compensation = (t - blocks) - y;
    blocks = t;
  }
  Value total = sum.finish(rowSumUnits, Elem::F32);
  CHECK(std::fabs(static_cast<double>(total.v) - blocks) <= total.e);
  CHECK(total.e == Approx(16 * u * static_cast<double>(sum.magnitude())));
}

TEST_CASE("whole numbers are summed exactly while they fit") {
  Summation small;
  for (int k = 0; k < 1000; ++k)
    small.add(exact(k));
  CHECK(small.finish(rowSumUnits, Elem::F32).e == 0);
  Summation large = small;
  large.add(exact(1e9));
  CHECK(large.finish(rowSumUnits, Elem::F32).e > 0);
  // Partial sums may overflow although the sum does not.
  Summation wild;
  for (double term : {3e38, 3e38, -3e38})
    wild.add(exact(term));
  CHECK_FALSE(wild.finish(rowSumUnits, Elem::F32).isPredictable());
}

/// A float Gaussian sum, written as a C programmer would.
static float gaussianSum(const std::vector<double> &x, size_t i,
                         const std::vector<double> &y) {
  float sum = 0;
  for (size_t j = 0; j < y.size(); j += 3) {
    float d2 = 0;
    for (size_t k = 0; k < 3; ++k) {
      float d = float(x[3 * i + k]) - float(y[j + k]);
      d2 += d * d;
    }
    sum += std::exp(-d2 / 0.5f);
  }
  return sum;
}

TEST_CASE("a float program lies within its bound, a wrong one does not") {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<double> x(3 * 20), y(3 * 50);
  for (double &v : x)
    v = uniform(random);
  for (double &v : y)
    v = uniform(random);
  Evaluation evaluation(
      "program p(x: [M] real[3], y: [N] real[3]) -> a: [M] real {\n"
      " a[i] = sum[j](exp(-sqdist(x[i], y[j]) / 0.5))\n}\n");
  evaluation.size("M", 20).size("N", 50).input("x", x).input("y", y);
  OutputData a = evaluation.run();
  for (size_t i = 0; i < 20; ++i) {
    double error =
        std::fabs(gaussianSum(x, i, y) - static_cast<double>(a.values[i].v));
    CHECK(error <= a.values[i].e);
    // The bound is some tens of u: not so wide that it would hide a mistake.
    CHECK(a.values[i].e <= 60 * u * static_cast<double>(a.values[i].v));
  }
}

TEST_CASE("circle functions lose their accuracy far out") {
  CHECK(applyScalar(Function::Sin, exact(3), Elem::F32).e < 8 * u);
  CHECK(applyScalar(Function::Sin, exact(1e9), Elem::F32).e == 2);
  CHECK_FALSE(
      applyScalar(Function::Tan, exact(1e9), Elem::F32).isPredictable());
}

TEST_CASE("a value at one of several rows may be any of theirs") {
  // Both keys are 0.1 + 0.2 within rounding, and either row may be the least.
  const char *text = "program p(x: [N] real, y: [N] real, w: [N] real) -> a: bf16 {\n"
                     " a = argmin[j](x[j] + y[j], w[j])\n}\n";
  auto choose = [&](double first, double second) {
    return Evaluation(text)
        .size("N", 2)
        .input("x", {0.1, 0.2})
        .input("y", {0.2, 0.1})
        .input("w", {first, second})
        .run()
        .values[0];
  };
  // The other value is rounded to 16 bits too.
  Value one = choose(0.001, -0.8901), other = choose(-0.8901, 0.001);
  for (double v : {0.001, -0.890625}) {
    CHECK(std::fabs(double(one.v) - v) <= one.e);
    CHECK(std::fabs(double(other.v) - v) <= other.e);
  }
  CHECK_FALSE(choose(1, notANumber).isPredictable());
  CHECK_FALSE(choose(notANumber, 1).isPredictable());
  CHECK_FALSE(choose(1, inf).isPredictable());
  CHECK(choose(inf, inf).isExact());
  CHECK(choose(notANumber, notANumber).isExact());
}
