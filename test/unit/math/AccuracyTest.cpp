//===- AccuracyTest.cpp - errors of the elementary functions --------------===//
//
// Each function on every instruction set against the C library in wider
// formats, over arguments of every size.
//
//===----------------------------------------------------------------------===//

#include "MathCases.h"
#include "MathKernel.h"
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <iostream>

using namespace kdslc_test;

/// The shapes that the compiler uses, and some that it does not.
template <typename T> static std::vector<Shape> shapes(bool all) {
  int unit = sizeof(T) == 4 ? 4 : 2;
  std::vector<Shape> list = {
      {"x86-64-v2", unit}, {"x86-64-v3", 2 * unit}, {"x86-64-v4", 4 * unit}};
  if (all)
    for (const char *isa : {"x86-64-v2", "x86-64-v3", "x86-64-v4"})
      for (int lanes : {0, 3, 2 * unit, 8 * unit})
        list.push_back({isa, lanes});
  return list;
}

template <typename T>
static void checkCase(const MathCase &c, size_t count, bool allShapes,
                      bool print) {
  const char *element = sizeof(T) == 4 ? "f32" : "f64";
  double bound = c.bound();
  Samples<T> samples = drawSamples<T>(c, count, 1);
  std::vector<long double> truth = truthOf(c, samples);
  for (const Shape &shape : shapes<T>(allShapes)) {
    if (!canRun(shape.isa))
      continue;
    MathKernel kernel(c.operation(), element, shape);
    CHECK(kernel.undefinedSymbols().empty());
    Worst w = measure(c, samples, truth, kernel(samples.x, samples.y));
    std::string line = fmt::format(
        "{} {} {} {} lanes: {:.3f} ulp at ({:a}, {:a}) = ({}, {}): {} for {}",
        c.name, element, shape.isa, shape.lanes, w.ulp, w.x, w.y, w.x, w.y,
        w.got, w.truth);
    if (print)
      std::cout << line << "\n";
    INFO(line);
    CHECK(w.ulp <= bound);
  }
}

TEST_CASE("f32 functions are as accurate as stated") {
  for (const MathCase &c : mathCases())
    checkCase<float>(c, 1000000, false, false);
}

TEST_CASE("f64 functions are as accurate as stated") {
  for (const MathCase &c : mathCases())
    checkCase<double>(c, 200000, false, false);
}

TEST_CASE("scalars and odd vectors are expanded too") {
  for (const MathCase &c : mathCases()) {
    checkCase<float>(c, 2000, true, false);
    checkCase<double>(c, 2000, true, false);
  }
}

TEST_CASE("print the table of errors", "[.table]") {
  for (const MathCase &c : mathCases()) {
    checkCase<float>(c, 1000000, false, true);
    checkCase<double>(c, 1000000, false, true);
  }
}
