//===- CountsTest.cpp - what a pair costs on a GPU ------------------------===//
//
// Executed instructions of the Gaussian sum of three coordinates for each pair
// (i, j). Two sizes are compared, so that what happens once for a launch or a
// row i does not count.
//
//===----------------------------------------------------------------------===//

#include "DeviceTrial.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace kdslc::test;
using kdslc::ptx::Counts;
using kdslc::ptx::InstructionClass;
using kdslc::ptx::Module;

namespace {

Counts countsOf(const GpuProgram &program, const Module &module,
                std::vector<int64_t> sizes) {
  DeviceTrial trial(program, std::move(sizes),
                    {{"s", always(0.25 * std::sqrt(3))}});
  Counts counts;
  REQUIRE(trial.run(module, Cut(), counts) == "");
  return counts;
}

/// Instructions of a class for one pair.
class PairCosts {
public:
  /// `rows` fills whole tiles of rows i.
  explicit PairCosts(const Defines &defines, int64_t rows = 512) {
    GpuProgram program("gauss", "gauss_conv", defines);
    std::string error;
    auto module = Module::parse(program.ptx(), error);
    REQUIRE(module);
    constexpr int64_t shorter = 128, longer = 256; // whole stages of rows j
    Counts less = countsOf(program, *module, {rows, shorter});
    Counts more = countsOf(program, *module, {rows, longer});
    for (size_t k = 0; k < kdslc::ptx::numClasses; ++k)
      costs[k] =
          double(more.of[k] - less.of[k]) / double(rows * (longer - shorter));
  }

  double operator[](InstructionClass kind) const { return costs[size_t(kind)]; }

  /// What computes no number.
  double overhead() const {
    return (*this)[InstructionClass::Integer] +
           (*this)[InstructionClass::Branch] + (*this)[InstructionClass::Other];
  }
  double local() const {
    return (*this)[InstructionClass::LoadLocal] +
           (*this)[InstructionClass::StoreLocal];
  }

  std::string text() const {
    static const char *const names[kdslc::ptx::numClasses] = {
        "fp32",         "fp64",        "integer",      "convert",
        "special",      "load shared", "store shared", "load global",
        "store global", "load local",  "store local",  "load param",
        "load const",   "branch",      "barrier",      "other"};
    std::string lines;
    for (size_t k = 0; k < kdslc::ptx::numClasses; ++k)
      lines += fmt::format("{:13}{:.4f} a pair\n", names[k], costs[k]);
    return lines;
  }

private:
  double costs[kdslc::ptx::numClasses];
};

} // namespace

TEST_CASE("Instructions of a pair of the Gaussian, f32") {
  PairCosts costs({{"D", "3"}, {"E", "1"}});
  INFO(costs.text());
  // 3 differences, 3 squares, the scale, the product: 8; and once for 32 rows j
  // an addition without rounding error.
  CHECK(costs[InstructionClass::Fp32] >= 8);
  CHECK(costs[InstructionClass::Fp32] <= 8.2);
  CHECK(costs[InstructionClass::Special] == 1);
  // A record of a row j is 16 bytes, loaded once for 8 rows i.
  CHECK(costs[InstructionClass::LoadShared] == 0.125);
  // Loop counters: 5 instructions for 16 pairs, and some for a block.
  CHECK(costs.overhead() <= 0.39);
  // Rows j are loaded once for a tile of 512 rows i.
  CHECK(costs[InstructionClass::LoadGlobal] <= 4.01 / 512);
  CHECK(costs[InstructionClass::StoreShared] <= 1.01 / 512);
  CHECK(costs[InstructionClass::StoreGlobal] == 0);
  CHECK(costs.local() == 0);
  CHECK(costs[InstructionClass::Fp64] == 0);
  // The rows of a stage are counted in 32 bits, which no machine converts for an
  // address in shared memory.
  CHECK(costs[InstructionClass::Convert] <= 1.02 / 16);
}

TEST_CASE("Instructions of a pair of the Gaussian, f64") {
  PairCosts costs({{"D", "3"}, {"E", "1"}, {"real", "f64"}});
  INFO(costs.text());
  // The polynomial of exp has degree 11, and something brings its argument into
  // its range and the result back.
  CHECK(costs[InstructionClass::Fp64] <= 25.3);
  CHECK(costs.overhead() <= 6);
  // A record of 32 bytes, loaded by halves for 4 rows i.
  CHECK(costs[InstructionClass::LoadShared] == 0.5);
  CHECK(costs[InstructionClass::Special] == 0);
  CHECK(costs[InstructionClass::Fp32] == 0);
  CHECK(costs.local() == 0);
}

TEST_CASE("Wide features cost no local memory") {
  PairCosts costs({{"D", "64"}, {"E", "17"}}, /*rows=*/256);
  INFO(costs.text());
  CHECK(costs[InstructionClass::Special] == 1);
  CHECK(costs.local() == 0);
}
