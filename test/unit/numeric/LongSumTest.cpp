//===- LongSumTest.cpp - the promised bound at ten million terms ----------===//

#include "Trial.h"
#include "compiler/reference/Accuracy.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

/// |got - exact| <= units u sum|terms|.
static void checkLongSum(int64_t terms, double term,
                         double units = kdslc::reference::rowSumUnits,
                         const char *file = "constants",
                         const char *name = "tenths") {
  Program program = compiled(file)[name];
  Trial trial(program, {1, terms}, {{"x", always(1)}, {"y", always(term)}});
  const double exact = double(float(term)) * double(terms);
  for (const Machine &machine : machinesFor(program.kernel)) {
    Manner manner;
    manner.machine = machine;
    double got = trial.numbers(trial.run(manner), "a").at(0);
    CAPTURE(machine.name, terms, got, exact);
    CHECK(std::fabs(got - exact) <= units * 0x1p-24 * std::fabs(exact));
  }
}

TEST_CASE("A sum of ten million equal terms keeps its bound") {
  // The interpreter of PTX runs whole blocks for the one row.
  checkLongSum(onDevice() ? 100003 : 10000000, 0.1);
}

TEST_CASE("Careful sums of ten million equal terms are off by 2u") {
  const int64_t terms = onDevice() ? 100003 : 10000000;
  checkLongSum(terms, 0.1, 2, "precision", "tenths_wide");
  checkLongSum(terms, 0.1, 2, "precision", "tenths_careful");
}

TEST_CASE("Sums of awkward lengths keep their bound") {
  for (int64_t terms : {31, 32, 33, 1023, 4096, 65537, 999983})
    if (!onDevice() || terms < 100000)
      checkLongSum(terms, 0.1);
}

TEST_CASE("A long sum that cancels keeps the bound of its terms") {
  Program program = compiled("constants")["tenths"];
  const int64_t terms = onDevice() ? 20001 : 1000001;
  Trial trial(program, {1, terms},
              {{"x", always(1)}, {"y", [](int64_t row, int64_t) {
                                    return row % 2 ? -1e8 : 1e8 + 8;
                                  }}});
  for (const Machine &machine : machinesFor(program.kernel)) {
    Manner manner;
    manner.machine = machine;
    double got = trial.numbers(trial.run(manner), "a").at(0);
    double exact = 1e8 + 8 * double(terms / 2 + 1);
    CAPTURE(machine.name, got);
    CHECK(std::fabs(got - exact) <=
          kdslc::reference::rowSumUnits * 0x1p-24 * 1e8 * terms);
  }
}
