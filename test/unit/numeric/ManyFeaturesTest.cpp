//===- ManyFeaturesTest.cpp - special numbers in long inner products ------===//
//
// A GPU's tensor cores take rows of many features apart. What they cannot, tiny,
// huge and infinite numbers and NaN, gives what it gives elsewhere.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include <catch2/catch.hpp>
#include <limits>

using namespace kdslc::test;

namespace {

const ProgramFile &ofManyFeatures() {
  Build build;
  build.defines = {{"D", "40"}};
  return compiled("inner", build);
}

} // namespace

TEST_CASE("Special numbers among many features stay in their pairs") {
  const ProgramFile &file = ofManyFeatures();
  const double large = double(std::numeric_limits<float>::max()) / 128;
  // What has no two numbers of f16, on either side of a pair.
  double special = GENERATE_COPY(notANumber, inf, -inf, large, 0x1p100, 0x1p61,
                                 0x1p-110, 0x1p-149);
  bool inX = GENERATE(false, true);
  CAPTURE(special, inX);
  auto oneFeature = [=](const char *name) -> Maker {
    return [=, rest = spread(name, -1, 1)](int64_t row, int64_t feature) {
      return row == 33 && feature == 21 ? special : rest(row, feature);
    };
  };
  for (const std::string name : {"scores", "far"}) {
    // Expanded, all distances to the middle are infinite: inf - inf, or inf.
    if (name == "far" && special == large)
      continue;
    Trial trial(file[name], {150, 71},
                {{inX ? "x" : "y", oneFeature(inX ? "x" : "y")}});
    CAPTURE(name);
    checkOnEach(trial, file[name], /*allowUnpredictable=*/true);
  }
}

TEST_CASE("All numbers may be tiny or huge") {
  const ProgramFile &file = ofManyFeatures();
  for (double size : {0x1p-120, 0x1p-60, 0x1p-20, 0x1p50, 0x1p62}) {
    CAPTURE(size);
    Trial trial(file["scores"], {70, 40},
                {{"x", spread("x", -size, size)},
                 {"y", spread("y", -1 / size, 1 / size)}});
    checkOnEach(trial, file["scores"]);
  }
}

TEST_CASE("Numbers may be tiny beside others of their row") {
  const ProgramFile &file = ofManyFeatures();
  // Products of the large numbers with each other, or with tiny ones only.
  double tiny = GENERATE(0x1p-20, 0x1p-29, 0x1p-50);
  bool meet = GENERATE(false, true);
  CAPTURE(tiny, meet);
  auto oneLarge = [=](const char *name, int64_t where) -> Maker {
    return [=, rest = spread(name, -tiny, tiny)](int64_t row, int64_t feature) {
      return feature == where ? 3 : rest(row, feature);
    };
  };
  Trial trial(file["scores"], {70, 40},
              {{"x", oneLarge("x", 7)}, {"y", oneLarge("y", meet ? 7 : 8)}});
  checkOnEach(trial, file["scores"]);
}

TEST_CASE("Numbers of 16 bits are infinite or NaN among many features") {
  const ProgramFile &file = ofManyFeatures();
  double special = GENERATE_COPY(notANumber, inf, -inf);
  CAPTURE(special);
  for (const char *name : {"halves", "brains"}) {
    auto oneFeature = [=, rest = spread("y", -1, 1)](int64_t row,
                                                     int64_t feature) {
      return row == 33 && feature == 21 ? special : rest(row, feature);
    };
    Trial trial(file[name], {150, 71}, {{"x", oneFeature}});
    CAPTURE(name);
    checkOnEach(trial, file[name], /*allowUnpredictable=*/true);
  }
}
