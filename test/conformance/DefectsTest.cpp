//===- DefectsTest.cpp - what other libraries get wrong -------------------===//
//
// Probes that KeOps 2.3 answers wrongly, or answers with NaN, and the choices
// of the language where there are several.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace kdslc::test;

namespace {

Program program(const char *file, const char *name, const Build &build) {
  return compiled(fmt::format("{}/{}.kdsl", KDSL_TEST_CONFORMANCE, file),
                  build)[name];
}

/// `look` at the numbers of one output, on every machine and in every build.
/// They also agree with the reference.
void onEach(const char *name, std::vector<int64_t> sizes, const Makers &makers,
            const std::string &output,
            const std::function<void(const std::vector<double> &)> &look) {
  for (const Build &build : {onEveryLevel(), inDouble(), asWritten()}) {
    const Program p = program("special", name, build);
    const Trial trial(p, sizes, makers);
    const auto reference = trial.interpret();
    for (const Machine &machine : machinesFor(p.kernel)) {
      CAPTURE(name, machine.name, build.optLevel, build.defines.empty());
      Manner manner;
      manner.machine = machine;
      const Outputs outputs = trial.run(manner);
      CHECK(disagreement(reference, outputs) == "");
      look(trial.numbers(outputs, output));
    }
  }
}

auto equal(std::vector<double> expected) {
  return [=](const std::vector<double> &got) { CHECK(got == expected); };
}
auto near(double expected) {
  return [=](const std::vector<double> &got) {
    CHECK(got.at(0) == Approx(expected).epsilon(1e-6));
  };
}
auto isNaN = [](const std::vector<double> &got) {
  CHECK(std::isnan(got.at(0)));
};

Makers rows(std::vector<double> y) {
  return {{"x", always(1)}, {"y", listed(std::move(y))}, {"bias", always(0)}};
}

} // namespace

TEST_CASE("logsumexp of -inf, 0, 1 is 1.3133 and not NaN", "[defect]") {
  onEach("c54_masked", {1, 3}, rows({-inf, 0, 1}), "f", near(1.31326169));
}

TEST_CASE("logsumexp of a masked row, and of nothing, is -inf", "[defect]") {
  onEach("c54_masked", {1, 3}, rows({-inf, -inf, -inf}), "f", equal({-inf}));
  onEach("c54_masked", {1, 0}, rows({}), "f", equal({-inf}));
  // A bias of -inf takes logits out, whatever they are.
  Makers masked = rows({5, 0, 1});
  masked["bias"] = listed({-inf, 0, 0});
  onEach("c54_masked", {1, 3}, masked, "f", near(1.31326169));
}

TEST_CASE("softmax of a masked row, and of nothing, is 0", "[defect]") {
  const Program p = program("softmax", "c54_attend", onEveryLevel());
  auto result = [&](std::vector<double> y, std::vector<double> v) {
    const int64_t n = int64_t(y.size());
    const Trial trial(p, {1, n},
                      {{"x", always(1)},
                       {"y", listed(std::move(y))},
                       {"v", listed(std::move(v))}});
    std::vector<double> all;
    for (const Machine &machine : machinesFor(p.kernel)) {
      Manner manner;
      manner.machine = machine;
      const Outputs outputs = trial.run(manner);
      CHECK(disagreement(trial.interpret(), outputs) == "");
      all.push_back(trial.numbers(outputs, "s").at(0));
    }
    for (double one : all)
      CHECK(one == Approx(all[0]));
    return all[0];
  };
  CHECK(result({-inf, -inf, -inf}, {1, 2, 3}) == 0);
  CHECK(result({}, {}) == 0);
  CHECK(result({-inf, 0, 0}, {9, 1, 3}) == Approx(2));
}

TEST_CASE("More neighbours than rows are padded", "[defect]") {
  const Program p = program("neighbours", "c09_five", {{{"D", "3"}}});
  const Trial trial(p, {1, 3},
                    {{"x", always(0)}, {"y", [](int64_t row, int64_t f) {
                                          return f ? 0 : 3.0 - double(row);
                                        }}});
  for (const Machine &machine : machinesFor(p.kernel)) {
    Manner manner;
    manner.machine = machine;
    const Outputs outputs = trial.run(manner);
    CHECK(trial.numbers(outputs, "d") == std::vector<double>{1, 4, 9, inf, inf});
    CHECK(trial.numbers(outputs, "at") == std::vector<double>{2, 1, 0, -1, -1});
  }
}

TEST_CASE("A NaN comes first in every order", "[defect]") {
  const Makers makers = rows({3, notANumber, 0});
  onEach("c54_orders", {1, 3}, makers, "low", isNaN);
  onEach("c54_orders", {1, 3}, makers, "high", isNaN);
  onEach("c54_orders", {1, 3}, makers, "at", equal({1}));
  onEach("c54_orders", {1, 3}, makers, "top", equal({1}));
}

TEST_CASE("Orders of nothing", "[defect]") {
  onEach("c54_orders", {1, 0}, rows({}), "low", equal({inf}));
  onEach("c54_orders", {1, 0}, rows({}), "high", equal({-inf}));
  onEach("c54_orders", {1, 0}, rows({}), "at", equal({-1}));
  onEach("c54_orders", {0, 3}, rows({1, 2, 3}), "at", equal({}));
}

TEST_CASE("Ties go to the smallest row", "[defect]") {
  onEach("c54_orders", {1, 4}, rows({2, 1, 1, 2}), "at", equal({1}));
  onEach("c54_orders", {1, 4}, rows({2, 1, 1, 2}), "top", equal({0}));
}

TEST_CASE("Rows past 2^24 have their own numbers", "[defect]") {
  // The interpreter of PTX would take minutes.
  if (forDevice())
    return;
  const int64_t n = (int64_t(1) << 24) + 3;
  const Program p = program("special", "c54_row", onEveryLevel());
  const Trial trial(p, {n}, {{"y", [=](int64_t row, int64_t) {
                                return row == n - 2 ? -1.0 : 0.0;
                              }}});
  for (const Machine &machine : machinesFor(p.kernel)) {
    Manner manner;
    manner.machine = machine;
    CHECK(trial.numbers(trial.run(manner), "at") ==
          std::vector<double>{double(n - 2)});
  }
}

TEST_CASE("Functions at 0 and at halves", "[defect]") {
  const Makers makers = {{"x", listed({0, 0.5, -0.5, 1.5, -2.5, 2})}};
  const std::vector<int64_t> six = {6};
  onEach("c54_points", six, makers, "s", equal({1, 1, 0, 1, 0, 1}));
  onEach("c54_points", six, makers, "g", equal({0, 1, -1, 1, -1, 1}));
  onEach("c54_points", six, makers, "r", equal({0, 1, -1, 2, -3, 2}));
  onEach("c54_points", {1}, makers, "q", equal({inf}));
  onEach("c54_points", {1}, makers, "n", equal({1}));
}

TEST_CASE("A power in f64 has the digits of f64", "[defect]") {
  const Program p = program("special", "c54_powers", onEveryLevel());
  const Trial trial(p, {101},
                    {{"x", spread("x", 0.1, 9)}, {"p", spread("p", -5, 5)}});
  const auto reference = trial.interpret();
  for (const Machine &machine : machinesFor(p.kernel)) {
    Manner manner;
    manner.machine = machine;
    const auto got = trial.numbers(trial.run(manner), "a");
    for (size_t k = 0; k < got.size(); ++k) {
      const double exact = double(reference[0].values[k].v);
      CHECK(std::fabs(got[k] - exact) <= 4e-15 * std::fabs(exact));
    }
  }
}

TEST_CASE("Constants are folded as real numbers", "[defect]") {
  onEach("c54_constants", {1}, {{"x", always(2)}}, "a", equal({7}));
}

TEST_CASE("The slope of sinc at 0 is 0", "[defect]") {
  onEach("c54_slope", {2}, {{"x", listed({0, 0})}, {"t_x", always(1)}}, "t_n",
         equal({0, 0}));
}

TEST_CASE("Integers are summed and compared as integers", "[defect]") {
  const Makers makers = {{"k", listed({2147483647, -5, 2147483647})}};
  onEach("c54_integers", {3}, makers, "s", equal({4294967289}));
  onEach("c54_integers", {3}, makers, "m", equal({2147483647}));
}

TEST_CASE("A spline in f64", "[defect]") {
  // At the knots the weights are 2/3 and 1/6, and sum to 1.
  onEach("c54_spline", {5},
         {{"x", always(0)}, {"y", listed({-2, -1, 0, 1, 2})}}, "a", near(1));
}
