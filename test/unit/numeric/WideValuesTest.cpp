//===- WideValuesTest.cpp - sums of weighted values with many components --===//
//
// On a GPU weights wait until tensor cores add up the values of a window of rows j.
// At sizes around windows, chains and tiles, and with numbers that no tensor core
// adds up, results are what they are elsewhere.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

namespace {

const ProgramFile &ofWidth(int width, const char *file = "wide") {
  Build build;
  build.defines = {{"E", std::to_string(width)}};
  return compiled(file, build);
}
/// The programs that have few widths.
const ProgramFile &otherForms() { return ofWidth(20, "wideforms"); }

void check(const Program &program, std::vector<int64_t> sizes,
           const Makers &makers = {}, bool allowUnpredictable = false) {
  CAPTURE(sizes);
  checkIn(mannersFor(program.kernel), Trial(program, std::move(sizes), makers),
          program, allowUnpredictable);
}

/// `special` at one place, and other numbers elsewhere.
Maker oneIs(double special, int64_t row, int64_t feature, Maker rest) {
  return [=](int64_t r, int64_t f) {
    return r == row && f == feature ? special : rest(r, f);
  };
}

} // namespace

TEST_CASE("Wide values of many sizes agree with the reference") {
  // Tiles of 8 components, at most 64 at once; 17 are the first that do not stand in
  // registers.
  int width = GENERATE(16, 17, 24, 64, 65, 100, 136);
  CAPTURE(width);
  for (const char *name : {"smooth", "blend", "attend"})
    for (std::vector<int64_t> sizes :
         {std::vector<int64_t>{7, 0}, {1, 1}, {130, 63}, {5, 65}})
      check(ofWidth(width)[name], sizes);
}

TEST_CASE("Wide values of many rows agree with the reference") {
  // Around chains of 16 rows j, windows of 32 and 64, sixteen of those, and blocks
  // of 128 and 256 rows i.
  const std::vector<int64_t> sizes = GENERATE(
      std::vector<int64_t>{0, 5}, std::vector<int64_t>{3, 15},
      std::vector<int64_t>{2, 16}, std::vector<int64_t>{127, 17},
      std::vector<int64_t>{128, 31}, std::vector<int64_t>{129, 64},
      std::vector<int64_t>{255, 96}, std::vector<int64_t>{256, 65},
      std::vector<int64_t>{257, 128}, std::vector<int64_t>{6, 1029},
      std::vector<int64_t>{3, 2100});
  for (const char *name : {"smooth", "blend", "causal", "total"})
    check(ofWidth(20)[name], sizes);
  for (const char *name : {"strips", "several", "halves", "brains", "narrow"})
    check(otherForms()[name], sizes);
}

TEST_CASE("Wide values of all programs agree with the reference") {
  for (Build build : {Build(), inDouble(), asWritten()}) {
    build.defines.push_back({"E", "20"});
    for (const char *file : {"wide", "wideforms"})
      for (const Program &program : compiled(file, build).all()) {
        std::vector<int64_t> sizes{33, 70};
        if (program.kernel.n_sizes > 2)
          sizes.insert(sizes.begin(), 2);
        check(program, sizes);
      }
  }
}

TEST_CASE("Special numbers among wide values stay in their components") {
  double special = GENERATE_COPY(notANumber, inf, -inf, 3e38);
  int64_t row = GENERATE(0, 33, 70), feature = GENERATE(0, 19);
  CAPTURE(special, row, feature);
  for (const char *name : {"smooth", "blend", "causal", "total", "attend"})
    check(ofWidth(20)[name], {40, 71},
          {{name[0] == 's' ? "b" : "v",
            oneIs(special, row, feature, spread("v", -1, 1))}},
          /*allowUnpredictable=*/true);
}

TEST_CASE("Infinite values give infinite sums of their component alone") {
  const Program &program = ofWidth(20)["smooth"];
  Trial trial(program, {40, 71}, {{"b", oneIs(inf, 33, 3, always(1))}});
  std::vector<double> sums = trial.numbers(trial.run(), "a");
  for (size_t k = 0; k < sums.size(); ++k)
    CHECK((k % 20 == 3 ? sums[k] == inf : std::isfinite(sums[k])));
}

TEST_CASE("Weights may be infinite, or no number") {
  // Of a row j, or where a row i meets it.
  double special = GENERATE_COPY(notANumber, inf, -inf);
  CAPTURE(special);
  const ProgramFile &usual = ofWidth(20), &other = otherForms();
  for (const Program &program :
       {usual["blend"], usual["causal"], other["inverse"]})
    check(program, {70, 71}, {{"t", oneIs(special, 45, 0, spread("t", -1, 1))}},
          /*allowUnpredictable=*/true);
  Maker same = [](int64_t row, int64_t) { return double(row % 50); };
  check(other["inverse"], {70, 71}, {{"x", same}, {"t", same}},
        /*allowUnpredictable=*/true);
}

TEST_CASE("Largest logits may come at any row of a window") {
  // Each tenth row raises what weights are measured by, at last by far.
  double step = GENERATE(0.5, 7.0, 400.0);
  CAPTURE(step);
  Maker rising = [=](int64_t row, int64_t) {
    return step * double(row / 10) - (row % 3);
  };
  for (const char *name : {"blend", "causal"})
    check(ofWidth(40)[name], {40, 150},
          {{"x", spread("x", -1, 1)}, {"t", rising}});
}

TEST_CASE("What lies far away has its own precision") {
  // Component e has values in cluster e alone, whose weights are 1 in one of them
  // and as small as 1e-30 in the others.
  Maker place = [rest = spread("near", -0.1, 0.1)](int64_t row, int64_t f) {
    return (f == 0 ? double(row % 12) : 0) + rest(row, f);
  };
  Maker ownOnly = [rest = spread("b", 0.5, 1)](int64_t row, int64_t feature) {
    return row % 12 == feature ? rest(row, feature) : 0;
  };
  check(ofWidth(20)["smooth"], {60, 200},
        {{"x", place}, {"y", place}, {"b", ownOnly}, {"s", always(1)}});
}

TEST_CASE("Sums of whole numbers are exact") {
  Maker numbers = [at = spread("v", 0, 1 << 20)](int64_t row, int64_t f) {
    return std::floor(at(row, f) / 64);
  };
  Trial trial(ofWidth(24)["total"], {3, 900},
              {{"x", always(1)}, {"v", numbers}});
  std::vector<double> sums = trial.numbers(trial.run(), "a");
  for (int64_t e = 0; e < 24; ++e) {
    double sum = 0;
    for (int64_t j = 0; j < 900; ++j)
      sum += numbers(j, e);
    CHECK(sums[size_t(e)] == sum);
  }
}
