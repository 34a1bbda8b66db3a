//===- Bench.cpp - timing one call ----------------------------------------===//

#include "Bench.h"
#include "compiler/Target.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>

using namespace kdslrun;

static constexpr double maxSeconds = 3;
static constexpr int minRuns = 3;
static constexpr int maxRuns = 10000;
/// The median has settled when it moved by less over a window of runs.
static constexpr double steady = 0.005;
static constexpr int window = 10;

static double median(std::vector<double> times) {
  auto middle = times.begin() + long(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

static double secondsNow() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What the cost model says of one call on one core; 0 of a device's code.
static double expectedSeconds(const Call &call, llvm::StringRef variant) {
  const kdsl_kernel &kernel = call.program();
  double nanoseconds = 0;
  if (!kdslc::findTarget(variant)) // of an object from elsewhere
    return 0;
  for (uint32_t v = 0; v < kernel.n_variants; ++v) {
    if (variant != kernel.variants[v].target)
      continue;
    for (uint32_t p = 0; p < kernel.n_phases; ++p) {
      const kdsl_phase &phase = kernel.phases[p];
      double pairs = phase.pair_axis < 0 ? 1 : double(call.size(phase.pair_axis));
      for (int32_t axis = 0; axis < phase.n_axes; ++axis)
        pairs *= double(call.size(phase.axes[axis]));
      nanoseconds += pairs * kernel.variants[v].phases[p].pair_cost;
    }
  }
  return 1e-9 * nanoseconds;
}

llvm::Expected<BenchResult> kdslrun::bench(Call &call, const kdsl_exec &base) {
  kdsl_stats stats = {};
  kdsl_exec exec = base;
  exec.stats = &stats;
  if (llvm::Error error = call.run(exec)) // touches the memory, starts threads
    return error;
  std::vector<double> times;
  const double begin = secondsNow();
  double before = 0;
  while (times.size() < maxRuns) {
    const double start = secondsNow();
    if (llvm::Error error = call.run(exec))
      return error;
    const double end = secondsNow();
    times.push_back(end - start);
    const int runs = int(times.size());
    if (runs >= minRuns && end - begin > maxSeconds)
      break;
    if (runs % window)
      continue;
    const double now = median(times);
    if (std::fabs(now - before) < steady * now && end - begin > maxSeconds / 10)
      break;
    before = now;
  }
  BenchResult result;
  result.medianSeconds = median(times);
  result.bestSeconds = *std::min_element(times.begin(), times.end());
  result.runs = int(times.size());
  result.pairs = stats.pairs;
  result.variant = stats.variant ? stats.variant : "";
  result.expectedSeconds = expectedSeconds(call, result.variant);
  return result;
}

static std::string secondsText(double seconds) {
  if (seconds < 1e-3)
    return fmt::format("{:.3g} us", 1e6 * seconds);
  return seconds < 1 ? fmt::format("{:.4g} ms", 1e3 * seconds)
                     : fmt::format("{:.4g} s", seconds);
}

std::string kdslrun::formatBench(const Call &call, const BenchResult &result,
                                 bool isJson) {
  const double rate = double(result.pairs) / result.medianSeconds;
  const kdsl_kernel &kernel = call.program();
  if (!isJson) {
    std::string expected;
    if (result.expectedSeconds > 0)
      expected = fmt::format(
          ", the model expects {:.4g} of {}",
          1e-9 * double(result.pairs) / result.expectedSeconds,
          kdslc::findTarget(result.variant)->machine().str());
    return fmt::format("{}: median {} of {} runs, best {}, {:.4g} Gpairs/s{} "
                       "({} pairs, {})\n",
                       kernel.name, secondsText(result.medianSeconds),
                       result.runs, secondsText(result.bestSeconds),
                       1e-9 * rate, expected, result.pairs, result.variant);
  }
  llvm::json::Object sizes;
  for (uint32_t k = 0; k < kernel.n_sizes; ++k)
    sizes[kernel.sizes[k]] = call.size(k);
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::json::Value(
             llvm::json::Object{{"program", kernel.name},
                                {"sizes", std::move(sizes)},
                                {"median_seconds", result.medianSeconds},
                                {"best_seconds", result.bestSeconds},
                                {"runs", result.runs},
                                {"pairs", result.pairs},
                                {"pairs_per_second", rate},
                                {"expected_seconds_of_a_core",
                                 result.expectedSeconds},
                                {"variant", result.variant}})
      << "\n";
  return text;
}
