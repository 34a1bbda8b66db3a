//===- Main.cpp - random programs on every leg ----------------------------===//
//
//   kdsl-differential --seed=1 --count=2000
//
// Program k of a run has the seed S + k: a finding is shown again by
// --seed=THAT --count=1 (and the same --only).
//
//===----------------------------------------------------------------------===//

#include "Grow.h"
#include "Verdict.h"
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

using namespace kdslc::fuzz;

namespace {

struct Options {
  uint64_t seed = 1;
  int64_t count = 100;
  Features features = Features::usual();
  bool print = false, shrink = true;
};

struct Totals {
  int64_t programs = 0, findings = 0;
  int64_t numbers = 0, predictable = 0, tight = 0;
};

[[noreturn]] void usage(int status) {
  fmt::print(status ? stderr : stdout,
             "usage: kdsl-differential [--seed=S] [--count=N] "
             "[--only=FEATURE,..|all] [--print] [--no-shrink]\n"
             "Runs random programs on every target against the reference.\n"
             "  --print      show the programs and do not run them\n"
             "  --no-shrink  show findings as they are\n"
             "Features:\n{}",
             Features::help());
  std::exit(status);
}

/// The value behind "--name=", or null.
const char *valueOf(const char *arg, const char *name) {
  const size_t length = std::strlen(name);
  return std::strncmp(arg, name, length) == 0 ? arg + length : nullptr;
}

Options parse(int argc, char **argv) {
  Options options;
  for (int k = 1; k < argc; ++k) {
    if (const char *seed = valueOf(argv[k], "--seed="))
      options.seed = std::strtoull(seed, nullptr, 10);
    else if (const char *count = valueOf(argv[k], "--count="))
      options.count = std::strtoll(count, nullptr, 10);
    else if (const char *only = valueOf(argv[k], "--only=")) {
      auto features = Features::named(only);
      if (!features)
        usage(2);
      options.features = *features;
    } else if (!std::strcmp(argv[k], "--print"))
      options.print = true;
    else if (!std::strcmp(argv[k], "--no-shrink"))
      options.shrink = false;
    else
      usage(std::strcmp(argv[k], "--help") ? 2 : 0);
  }
  return options;
}

std::string describe(const Sketch &sketch, const Case &one) {
  std::string text;
  for (const std::string &axis : sketch.axes())
    text += fmt::format("{}={} ", axis, one.sizes.at(axis));
  return fmt::format("{}values {}, -Dreal={}", text, nameOf(one.values),
                     sketch.real);
}

void show(const Sketch &sketch, const std::vector<Case> &cases,
          const Verdict &verdict) {
  fmt::print("seed {}: {}: {}\n", sketch.seed, nameOf(verdict.outcome),
             verdict.text);
  if (verdict.where >= 0)
    fmt::print("{}\n", describe(sketch, cases[size_t(verdict.where)]));
  fmt::print("{}\n", sketch.text());
}

void report(const Sketch &sketch, std::vector<Case> cases, Verdict verdict,
            bool isShrunk) {
  show(sketch, cases, verdict);
  if (!isShrunk)
    return;
  const Sketch small = shrink(sketch, cases, verdict);
  fmt::print("shrunk from {} to {} terms:\n", sketch.count(), small.count());
  show(small, cases, verdict);
}

void runOne(uint64_t seed, const Options &options, Totals &totals) {
  const Sketch sketch = grow(seed, options.features);
  if (options.print) {
    fmt::print("// seed {}, -Dreal={}\n{}\n", seed, sketch.real, sketch.text());
    return;
  }
  const std::vector<Case> cases = casesFor(sketch);
  const Verdict verdict = judge(sketch, cases);
  ++totals.programs;
  totals.numbers += verdict.numbers;
  totals.predictable += verdict.predictable;
  totals.tight += verdict.tight;
  if (verdict.isFinding()) {
    ++totals.findings;
    report(sketch, cases, verdict, options.shrink);
  }
  std::fflush(stdout);
}

double percent(int64_t part, int64_t all) {
  return all ? 100.0 * double(part) / double(all) : 0;
}

} // namespace

int main(int argc, char **argv) {
  const Options options = parse(argc, argv);
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t k = 0; k < options.count; ++k)
    runOne(options.seed + uint64_t(k), options, totals);
  if (options.print)
    return 0;
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begin;
  fmt::print("{} programs, {} findings; {} numbers, {:.1f} % predictable, "
             "{:.1f} % within a hundredth; {:.0f} s\n",
             totals.programs, totals.findings, totals.numbers, percent(totals.predictable, totals.numbers),
             percent(totals.tight, totals.numbers), took.count());
  return totals.findings != 0;
}
