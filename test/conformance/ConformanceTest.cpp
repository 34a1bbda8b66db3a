//===- ConformanceTest.cpp - the cases that users of KeOps know -----------===//
//
// Each program of this folder at sizes that are primes, with one row i and with
// one row j, and at the size of its table below. Larger ones of these have a
// tag of their own: `conformance-tests "[.full]" -d yes` takes an hour or two.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace kdslc::test;

namespace {

using Defines = decltype(Build::defines);

struct Case {
  const char *file, *program;
  int64_t m, n; ///< the size at which the case is usually shown
  Makers makers = {};
  Defines defines = {};
};

Maker positive(const std::string &name) { return spread(name, 0.05, 1); }
Maker unit(const std::string &name) { return spread(name, 0, 1); }

/// D features of points that are a few units apart.
Case features(int d, int e) {
  const double size = 1.5 / std::sqrt(d);
  return {"features",
          "c42_features",
          2000,
          2000,
          {{"x", spread("x", -size, size)}, {"y", spread("y", -size, size)}},
          {{"D", std::to_string(d)}, {"E", std::to_string(e)}}};
}

const std::vector<Case> &cases() {
  static const std::vector<Case> all = {
      {"sums", "c01_over_j", 3000, 2000},
      {"sums", "c02_over_i", 3000, 2000},
      {"derivatives", "c03_vjp", 3000, 2000},
      {"sums", "c07_moments", 3000, 5000},
      {"logsumexp", "c04_logsumexp", 500, 700},
      {"orders", "c10_min", 5000, 5000, {}, {{"D", "3"}}},
      {"orders", "c11_legendre", 2000, 2000, {}, {{"D", "3"}}},
      {"kernels", "c12_gauss", 10000, 10000},
      {"kernels", "c13_exponential", 10000, 10000},
      {"kernels", "c14_cauchy", 10000, 10000},
      {"kernels", "c15_inverse_multiquadric", 10000, 10000},
      {"derivatives", "c16_gradient", 10000, 10000, {{"g", positive("g")}}},
      {"kernels", "c20_anisotropic", 5000, 5000, {{"g", positive("g")}}},
      {"kernels", "c22_varifold", 20000, 20000},
      {"kernels", "c26_clamped", 1000, 1000, {{"x", spread("x", -2, 2)}}},
      {"tensors", "c27_contraction", 300, 200},
      {"tensors", "c28_kronecker", 300, 200},
      {"kernels", "c33_periodic", 5000, 5000},
      {"kernels", "c34_sinc", 5000, 5000, {{"x", spread("x", -9, 9)}}},
      {"orders",
       "c35_divergence",
       5000,
       5000,
       {{"x", positive("x")}, {"y", positive("y")}},
       {{"D", "3"}}},
      {"orders",
       "c35_divergence",
       5000,
       5000,
       {{"x", positive("x")}, {"y", positive("y")}},
       {{"D", "64"}}},
      {"softmax", "c05_weighted", 500, 700, {{"w", positive("w")}}},
      {"softmax", "c06_softmax", 500, 700},
      {"softmax", "c44_attention", 1024, 1024},
      {"neighbours", "c08_three", 5000, 5000, {}, {{"D", "3"}}},
      {"neighbours", "c09_five", 37, 41, {}, {{"D", "3"}}},
      {"neighbours", "c09_five", 4, 3, {}, {{"D", "3"}}},
      {"neighbours", "c23_manhattan", 5000, 5000, {}, {{"D", "3"}}},
      {"neighbours", "c25_inner_product", 5000, 5000, {}, {{"D", "3"}}},
      {"neighbours", "c25_inner_product", 5000, 5000, {}, {{"D", "100"}}},
      {"derivatives", "c38_tangent", 2000, 2000, {{"g", positive("g")}}},
      {"logsumexp", "c39_large_logits", 500, 500},
      {"logsumexp",
       "c40_sinkhorn",
       10000,
       10000,
       {{"x", unit("x")}, {"y", unit("y")}, {"eps", always(0.05)}}},
      features(98, 1),
      features(99, 1),
      features(100, 1),
      features(145, 1),
      features(146, 1),
      features(300, 1),
      features(1000, 1),
      features(3, 300),
      {"kernels", "c50_energy", 10000, 10000},
      {"batches", "c54_batches", 64, 64},
      {"ranges", "c54_ranges", 5000, 5000, {{"x", unit("x")}, {"y", unit("y")}}},
  };
  return all;
}

/// How much of a product the reference looks at: a few rows, or most of them
/// where a pair has so many features.
struct Look {
  int64_t features = 0; ///< 0: a few rows
};
const Look aFew;

Look most(const Case &one) {
  Look look = {1};
  for (const auto &[name, value] : one.defines)
    look.features *= std::stoll(value);
  return look;
}

/// Rows of i spread over all, the first and the last among them; none: all.
/// The reference takes a microsecond for each feature of a pair.
std::optional<std::vector<int64_t>> rowsFor(int64_t m, int64_t n, Look look) {
  const int64_t most =
      look.features == 0
          ? std::max<int64_t>(3, 30'000 / std::max<int64_t>(n, 1))
          : (m * n * look.features >= 100'000'000 ? 512 : m);
  if (most >= m)
    return std::nullopt;
  std::vector<int64_t> rows;
  for (int64_t k = 0; k < most; ++k)
    rows.push_back((m - 1) * k / (most - 1));
  return rows;
}

/// The sizes of a program, which has them in the order of its text.
std::vector<int64_t> sizesOf(const Program &program, int64_t m, int64_t n) {
  std::vector<int64_t> sizes;
  for (const kdslc::Axis &axis : program.source.axes)
    sizes.push_back(axis.name == "M"   ? m
                    : axis.name == "N" ? n
                    : axis.name == "A" ? 3
                                       : 4);
  return sizes;
}

std::string check(const Program &program, int64_t m, int64_t n,
                  const Makers &makers, Look look) {
  Trial trial(program, sizesOf(program, m, n), makers);
  const bool keepsN =
      program.source.axes[program.source.outputs[0].axes.back()].name == "N";
  const auto reference =
      trial.interpret(keepsN ? rowsFor(n, m, look) : rowsFor(m, n, look));
  for (const Machine &machine : machinesFor(program.kernel)) {
    Manner manner;
    manner.machine = machine;
    std::string wrong = disagreement(reference, trial.run(manner));
    if (!wrong.empty())
      return fmt::format("{} with {} and {} rows: {}", machine.name, m, n,
                         wrong);
  }
  return {};
}

/// The file of a case, compiled once for all of its programs.
Program programOf(const Case &one, Build build) {
  build.defines.insert(build.defines.end(), one.defines.begin(),
                       one.defines.end());
  return compiled(fmt::format("{}/{}.kdsl", KDSL_TEST_CONFORMANCE, one.file),
                  build)[one.program];
}

/// "-DD=3 -Dreal=f64", which names a case beside its program.
std::string optionsOf(const Case &one, const Build &build) {
  std::string text;
  for (const Defines *defines : {&one.defines, &build.defines})
    for (const auto &[name, value] : *defines)
      text += fmt::format("-D{}={} ", name, value);
  return text;
}

void checkCase(const Case &one, const Build &build) {
  CAPTURE(one.program, one.defines, build.optLevel, build.defines);
  const Program program = programOf(one, build);
  const bool small = forDevice();
  const int64_t m = small ? 131 : 1009, n = small ? 67 : 997;
  CHECK(check(program, m, n, one.makers, aFew) == "");
  CHECK(check(program, 1, n, one.makers, aFew) == "");
  CHECK(check(program, m, 1, one.makers, aFew) == "");
  if (!small && one.m * one.n <= 1'000'000)
    CHECK(check(program, one.m, one.n, one.makers, aFew) == "");
}

} // namespace

TEST_CASE("Conformance in f32") {
  for (const Case &one : cases())
    checkCase(one, onEveryLevel());
}

TEST_CASE("Conformance in f64") {
  for (const Case &one : cases())
    checkCase(one, inDouble());
}

TEST_CASE("Conformance as written") {
  for (const Case &one : cases())
    checkCase(one, asWritten());
}

TEST_CASE("Conformance at full size", "[.full]") {
  for (const Build &build : {Build(), inDouble()})
    for (const Case &one : cases())
      DYNAMIC_SECTION(one.program << " " << optionsOf(one, build)) {
        CHECK(check(programOf(one, build), one.m, one.n, one.makers,
                    most(one)) == "");
      }
}

TEST_CASE("Attention over 16384 rows", "[.full]") {
  CHECK(check(programOf({"softmax", "c44_attention", 0, 0}, Build()), 16384,
              16384, {}, {1}) == "");
}

TEST_CASE("A million points", "[.full]") {
  CHECK(check(programOf({"kernels", "c12_gauss", 0, 0}, Build()), 1'000'000,
              1'000'000, {}, {1}) == "");
}

TEST_CASE("Ten million rows j keep their bounds", "[.full]") {
  const Case many[] = {
      {"kernels", "c12_gauss", 0, 0},
      {"kernels", "c15_inverse_multiquadric", 0, 0},
      {"kernels", "c50_energy", 0, 0},
      {"logsumexp", "c04_logsumexp", 0, 0},
      {"softmax", "c05_weighted", 0, 0, {{"w", positive("w")}}},
      {"orders", "c10_min", 0, 0, {}, {{"D", "3"}}},
      {"neighbours", "c08_three", 0, 0, {}, {{"D", "3"}}},
  };
  for (const Case &one : many)
    DYNAMIC_SECTION(one.program) {
      CHECK(check(programOf(one, Build()), 2, 10'000'000, one.makers, {1}) ==
            "");
    }
}
