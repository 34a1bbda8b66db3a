//===- ExhaustiveTest.cpp - every f32 argument of each function -----------===//
//
// Applies each function of one number to all 2^32 patterns of an f32, on every
// instruction set of this machine, and prints the largest errors beside the
// promised one. It takes minutes for each function, and is run by its name:
//
//   build/bin/math-tests "[exhaustive]"           all functions
//   build/bin/math-tests "[exhaustive]" -c erf    one
//
// A function of f64 of the C library tells which results are not rounded
// correctly; those that look worst are measured again with 113 bits.
//
//===----------------------------------------------------------------------===//

#include "MathCases.h"
#include "MathKernel.h"
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

using namespace kdslc_test;

namespace {

constexpr uint64_t allPatterns = uint64_t(1) << 32;
constexpr uint64_t blockSize = 1 << 14;

struct Variant {
  Shape shape;
  std::unique_ptr<MathKernel> kernel;
  Worst worst;
};

uint32_t patternOf(float number) {
  uint32_t pattern;
  std::memcpy(&pattern, &number, sizeof(float));
  return pattern;
}

/// The largest error of one block; those up to half an ulp are all the same.
void measureBlock(const MathCase &c, const std::vector<float> &x,
                  const std::vector<double> &truth,
                  const std::vector<float> &got, Worst &worst) {
  // What the narrower functions may be off.
  constexpr double doubt = 0.01;
  for (size_t i = 0; i < x.size(); ++i) {
    float rounded = float(truth[i]);
    if (patternOf(got[i]) == patternOf(rounded) ||
        (std::isnan(got[i]) && std::isnan(rounded)))
      continue;
    // Most of the others are one number off, and less wrong than the worst.
    double size = std::abs(truth[i]);
    double error = std::abs(got[i] - truth[i]);
    constexpr double normal = std::numeric_limits<float>::min();
    if (size >= normal && size < std::numeric_limits<float>::max()) {
      double ulp = std::ldexp(1.0, std::ilogb(size) - 23);
      if (error < (worst.ulp - doubt) * ulp)
        continue;
    }
    double ulp = exactError(c, x[i], 0.0f, got[i]);
    if (ulp > worst.ulp)
      worst = {ulp, x[i], 0, got[i], truth[i]};
  }
}

/// Takes blocks until none is left.
void work(const MathCase &c, std::vector<Variant> &variants,
          std::atomic<uint64_t> &next, std::mutex &mutex) {
  std::vector<Worst> worst(variants.size(), Worst{0.5});
  std::vector<float> x(blockSize), got(blockSize);
  std::vector<double> truth(blockSize);
  for (uint64_t first; (first = next.fetch_add(blockSize)) < allPatterns;) {
    for (size_t i = 0; i < blockSize; ++i) {
      uint32_t pattern = uint32_t(first + i);
      std::memcpy(&x[i], &pattern, sizeof(float));
      if (std::abs(x[i]) > c.limit<float>())
        x[i] = 0; // no promise there
      truth[i] = c.truth.ofSingle(x[i], 0);
    }
    for (size_t v = 0; v < variants.size(); ++v) {
      variants[v].kernel->apply(x, got);
      measureBlock(c, x, truth, got, worst[v]);
    }
  }
  std::lock_guard<std::mutex> lock(mutex);
  for (size_t v = 0; v < variants.size(); ++v)
    if (worst[v].ulp > variants[v].worst.ulp)
      variants[v].worst = worst[v];
}

void checkFunction(const MathCase &c) {
  std::vector<Variant> variants;
  for (Shape shape :
       {Shape{"x86-64-v2", 4}, Shape{"x86-64-v3", 8}, Shape{"x86-64-v4", 16}})
    if (canRun(shape.isa))
      variants.push_back(
          {shape,
           std::make_unique<MathKernel>(c.operation(), "f32", shape),
           {}});
  std::atomic<uint64_t> next = 0;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(2u, std::thread::hardware_concurrency());
       ++t)
    threads.emplace_back([&] { work(c, variants, next, mutex); });
  for (std::thread &thread : threads)
    thread.join();
  for (const Variant &v : variants) {
    bool within = v.worst.ulp <= c.bound();
    CHECK(within);
    std::cout << fmt::format(
                     "{:8} {} stated {:g} measured {:.3f} at {:a}: {} for {}{}",
                     c.name, v.shape.isa, c.bound(), v.worst.ulp, v.worst.x,
                     v.worst.got, v.worst.truth, within ? "" : " EXCEEDED")
              << std::endl;
  }
}

} // namespace

TEST_CASE("every f32 argument", "[.exhaustive]") {
  for (const MathCase &c : mathCases())
    if (c.arity == 1)
      DYNAMIC_SECTION(c.name) { checkFunction(c); }
}
