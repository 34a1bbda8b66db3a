//===- FiltersTest.cpp - what is left out is no distance that matters -----===//
//
// Pairs are left out by lower bounds of their distances, and rows j by the boxes of
// their cells where rows are in order.
//
// A program that is filtered gives, bit by bit, what its twin gives, which needs all
// distances: with points that a wrong bound would lose. Vectors add up the squares of
// many features in another order, which tells where squares are not exact.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace kdslc::test;

namespace {

struct Clouds {
  const char *what;
  Maker x, y;
  bool exact = false; ///< distances are, in any order of sums
};

/// One row that is not like the others; of rows i the first one is what a tile
/// measures from.
Maker firstIs(double number, Maker rest) {
  return [=](int64_t row, int64_t feature) {
    return row == 0 ? number : rest(row, feature);
  };
}
/// `special` in one feature of every so-many-th row.
Maker sometimes(int64_t every, double special, Maker rest) {
  return [=](int64_t row, int64_t feature) {
    return row % every == every / 2 && feature == row % 2 ? special
                                                          : rest(row, feature);
  };
}
Maker times(double scale, Maker rest) {
  return [=](int64_t row, int64_t feature) {
    return scale * rest(row, feature);
  };
}
/// Few different numbers, `step` apart.
Maker lattice(const char *name, double from, double step, int count) {
  return [=, number = spread(name, 0, count)](int64_t row, int64_t feature) {
    return from + step * std::floor(number(row, feature));
  };
}
/// Of all sizes that f32 has.
Maker ofAllSizes(const char *name, double least, double most) {
  return [=, number = spread(name, -1, 1)](int64_t row, int64_t feature) {
    double x = number(row, feature);
    return std::copysign(std::exp2(least + std::fabs(x) * (most - least)), x);
  };
}
/// On a sphere around the points that are compared with it: all distances are
/// nearly the same.
Maker sphere(double radius) {
  return [=, angle = spread("sphere", 0, 6.28)](int64_t row, int64_t feature) {
    double at = angle(row, 0);
    return feature == 0   ? radius * std::cos(at)
           : feature == 1 ? radius * std::sin(at)
                          : 0;
  };
}

/// Of so many places, the same for each of them.
Maker clusters(const char *name, int places, double size, double apart) {
  return [=, place = spread("place", -apart, apart),
          near = spread(name, -size, size)](int64_t row, int64_t feature) {
    return place(row % places, feature) + near(row, feature);
  };
}
/// Some rows far larger than the others.
Maker someAre(int64_t every, double times, Maker rest) {
  return [=](int64_t row, int64_t feature) {
    return rest(row, feature) * (row % every == every - 1 ? times : 1);
  };
}

const ProgramFile &ofFeatures(const char *number) {
  Build build;
  build.defines = {{"D", number}};
  return compiled("filters", build);
}

/// What is not written out vectors filter.
bool sumsInOrder(const char *features) {
  return onDevice() || std::stoi(features) <= 16;
}

std::vector<Clouds> allClouds() {
  Maker x = spread("x", -1, 1), y = spread("y", -1, 1);
  auto offset = [](const char *name, double from, double size) {
    return spread(name, from, from + size);
  };
  return {
      {"at the origin", x, y},
      {"far from it", offset("x", 1e4, 1), offset("y", 1e4, 1)},
      {"far, and close", lattice("x", 1000, 0x1p-13, 9),
       lattice("y", 1000, 0x1p-13, 9), /*exact=*/true},
      {"far from each other", offset("x", 3e5, 1), offset("y", -3e5, 1)},
      {"with ties", lattice("x", 0, 1, 3), lattice("y", 0, 1, 3), /*exact=*/true},
      {"all equal", always(0.1), always(0.1), /*exact=*/true},
      {"around one far off", firstIs(1000.3, offset("x", 0, 0.01)),
       offset("y", 0, 0.01)},
      {"equally far", firstIs(777.7, times(1e-3, x)), sphere(0.05)},
      {"nearly equally far", times(1e-6, x), sphere(3)},
      {"of all sizes", ofAllSizes("x", -149, 127), ofAllSizes("y", -149, 127)},
      {"tiny", lattice("x", 0, 0x1p-149, 50), lattice("y", 0, 0x1p-149, 50)},
      {"with tiny squares", times(0x1p-64, x), times(0x1p-62, y)},
      {"with squares that vanish", times(0x1p-73, x), times(0x1p-73, y)},
      {"with huge squares", times(0x1p62, x), times(0x1p63, y)},
      {"with infinite ones", times(0x1p127, x), times(0x1p126, y)},
      {"in clusters", clusters("x", 7, 1e-3, 5), clusters("y", 9, 1e-3, 5)},
      {"in close clusters", clusters("x", 7, 1e-6, 1), clusters("y", 7, 1e-6, 1)},
      {"between numbers of f16", lattice("x", 1, 0x1p-12, 9),
       lattice("y", 1, 0x1p-12, 9)},
      {"some far larger", someAre(32, 0x1p50, times(0x1p-20, x)),
       times(0x1p-20, y)},
      {"some far larger in y", times(0x1p-40, x),
       someAre(9, 0x1p90, times(0x1p-40, y))},
      {"some just too large", someAre(40, 0x1p60, x), someAre(50, 0x1p60, y)},
      {"with a NaN in x", sometimes(5, notANumber, x), y},
      {"with a NaN in y", x, sometimes(300, notANumber, y)},
      {"with a NaN often", x, sometimes(20, notANumber, y)},
      {"with inf in x", sometimes(5, inf, x), sometimes(70, -inf, y)},
      {"with large numbers", sometimes(7, 3e38, x), sometimes(9, -3e38, y)},
      {"from a NaN", firstIs(notANumber, x), y},
      {"from infinity", firstIs(inf, x), firstIs(inf, y)},
      {"nearer and nearer", always(0),
       [](int64_t row, int64_t) { return 1 - double(row) / 1000; }},
  };
}

/// The common outputs of both.
void compareTwins(const ProgramFile &file, const std::string &name,
                  const Clouds &clouds, bool sumsInOrder, int64_t m,
                  int64_t n) {
  Program filtered = file[name], twin = file[name + "_of_all"];
  Makers makers{{"x", clouds.x}, {"y", clouds.y}};
  Trial one(filtered, {m, n}, makers), other(twin, {m, n}, makers);
  auto reference = one.interpret();
  for (const Machine &machine : machinesFor(filtered.kernel)) {
    Manner manner;
    manner.machine = machine;
    CAPTURE(name, clouds.what, m, n, machine.name);
    Outputs found = one.run(manner);
    // Of levels that are for filters the twin has no code.
    Manner ofTwin;
    for (const Machine &next : machinesFor(twin.kernel))
      if (next.isa <= machine.isa) {
        ofTwin.machine = next;
        break;
      }
    Outputs expected = other.run(ofTwin);
    expected.resize(found.size());
    if (clouds.exact || sumsInOrder)
      CHECK(found == expected);
    CHECK(disagreement(reference, found, /*allowUnpredictable=*/true) == "");
    if (machine.device != KDSL_CPU)
      continue;
    manner.inOrder = true;
    CHECK(one.run(manner) == found);
  }
}

} // namespace

// Threads filter rows of up to 16 features, tensor cores and vectors longer ones.

TEST_CASE("A filter leaves out no distance that matters") {
  struct Case {
    const char *features;
    std::vector<const char *> programs;
    int64_t m, n;
  };
  const Case cases[] = {{"3", {"nearest", "least", "seven", "twenty"}, 70, 569},
                        {"2", {"seven"}, 33, 140},
                        {"5", {"seven"}, 33, 140},
                        {"16", {"seven"}, 33, 140},
                        {"64", {"nearest", "seven"}, 35, 137},
                        {"17", {"least"}, 33, 97},
                        {"40", {"least"}, 33, 97},
                        {"128", {"least"}, 33, 97}};
  for (const Case &c : cases) {
    CAPTURE(c.features);
    for (const Clouds &clouds : allClouds())
      for (const char *name : c.programs)
        compareTwins(ofFeatures(c.features), name, clouds,
                     sumsInOrder(c.features), c.m, c.n);
  }
}

TEST_CASE("A filter has few rows, or fewer than a list has places, or many") {
  const Clouds clouds = allClouds().front();
  for (const char *features : {"3", "33"}) {
    CAPTURE(features);
    for (auto [m, n] : {std::pair(1, 0), {1, 1}, {3, 6}, {2, 8}, {1, 129},
                        {600, 17}, {513, 9}, {257, 200}})
      for (const char *name : {"nearest", "seven", "twenty", "wide"})
        compareTwins(ofFeatures(features), name, clouds, sumsInOrder(features),
                     m, n);
  }
}
