//===- TimeMain.cpp - how fast the Gaussian sum is on the GPU -------------===//
//
// usage: gpu-time FOLDER [--f32-sizes=LIST] [--f64-sizes=LIST] [--rows=N]
//                        [--f32-slots=X] [--f64-slots=X] [--f64-operations=X]
//
// Prints facts about device 0, the first and the smallest call, and for each
// size N: seconds of a[i] = sum_j exp(-|x_i - y_j|^2 / (2 s^2)) b_j with N rows
// i and j of three coordinates, in device memory, and the error of sampled rows
// against wider arithmetic. A line begins with "FAIL" when that is too large.
//
// The limit that a time is compared with is what the multiprocessors take when
// each clock they begin 128 instructions of a thread, 16 exp2, or 64 operations
// on f64; the options say how many a pair needs.
//
// The exit status is as that of replay-calls.
//
//===----------------------------------------------------------------------===//

#include "test/replay/GaussSum.h"
#include "test/replay/Options.h"
#include "test/replay/Programs.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace replay;

/// Seconds of a call, medians of several.
struct Timing {
  int calls = 0;
  double wall = 0;              ///< until the stream is done
  std::optional<double> device; ///< between events around it
};

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

static double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2,
                   values.end());
  return values[values.size() / 2];
}

static Timing measure(const Device &device, const GaussSum &sum) {
  Stopwatch watch(device);
  std::vector<double> wall, onDevice;
  const auto once = [&] {
    const double start = now();
    watch.start();
    sum.queue();
    watch.stop();
    device.wait();
    wall.push_back(now() - start);
    if (std::optional<double> seconds = watch.seconds())
      onDevice.push_back(*seconds);
  };
  // The first calls get memory and raise the clock.
  const double begin = now();
  do {
    once();
  } while (wall.size() < 10 || now() - begin < 0.3);
  const int calls = wall.back() > 0.2 ? 5 : 21;
  wall.clear();
  onDevice.clear();
  for (int k = 0; k < calls; ++k)
    once();
  Timing timing = {calls, median(wall), {}};
  if (!onDevice.empty())
    timing.device = median(onDevice);
  return timing;
}

namespace {

/// What one pair needs of a multiprocessor; 0: not known.
struct PairCost {
  double slots, exponentials, wideOperations;

  double clocks() const {
    return std::max({slots / 128, exponentials / 16, wideOperations / 64});
  }
};

class Report {
public:
  Report(const Device &device, Programs &programs, int64_t rows)
      : device(device), programs(programs), rows(rows) {}

  void facts() const;
  void firstCall(const char *build, const char *type) const;
  void smallCalls(const char *build, const char *type) const;
  /// False when the error is too large.
  bool size(const char *build, const char *type, int64_t n,
            PairCost cost) const;

private:
  const Device &device;
  Programs &programs;
  int64_t rows;
};

} // namespace

void Report::facts() const {
  printf("device compute capability: %s\n", device.compute().c_str());
  if (std::optional<int> count = device.multiprocessors())
    printf("device multiprocessors: %d\n", *count);
  if (std::optional<int> clock = device.clockKilohertz())
    printf("device highest clock: %.0f MHz\n", *clock * 1e-3);
}

/// The one that compiles PTX to machine code, unless the driver has kept it.
void Report::firstCall(const char *build, const char *type) const {
  const GaussSum sum(device, programs.find(build, "gauss_conv"), 16);
  const double start = now();
  sum.queue();
  device.wait();
  printf("%s first call: %.6f s\n", type, now() - start);
}

void Report::smallCalls(const char *build, const char *type) const {
  constexpr int calls = 500;
  const GaussSum sum(device, programs.find(build, "gauss_conv"), 16);
  const double start = now();
  for (int k = 0; k < calls; ++k)
    sum.queue();
  const double queued = now();
  device.wait();
  printf("%s call of 16 rows until it is queued: %.3f us\n", type,
         (queued - start) / calls * 1e6);
  printf("%s call of 16 rows until it is done, one of %d in a row: %.3f us\n",
         type, calls, (now() - start) / calls * 1e6);
  printf("%s call of 16 rows alone, with waiting for it: %.3f us\n", type,
         measure(device, sum).wall * 1e6);
}

bool Report::size(const char *build, const char *type, int64_t n,
                  PairCost cost) const {
  const GaussSum sum(device, programs.find(build, "gauss_conv"), n);
  const Timing timing = measure(device, sum);
  const double seconds = timing.device.value_or(timing.wall);
  const double pairs = double(n) * double(n);
  char what[64];
  snprintf(what, sizeof(what), "%s N=M=%lld", type, (long long)n);
  printf("%s calls: %d\n", what, timing.calls);
  printf("%s median with waiting: %.9f s\n", what, timing.wall);
  if (timing.device)
    printf("%s median between events: %.9f s\n", what, *timing.device);
  printf("%s rate: %.3f Gpairs/s\n", what, pairs / seconds * 1e-9);
  const std::optional<int> count = device.multiprocessors(),
                           clock = device.clockKilohertz();
  if (count && clock && cost.clocks() > 0) {
    const double limit = pairs * cost.clocks() / (*count * (*clock * 1e3));
    printf("%s limit: %.9f s\n", what, limit);
    printf("%s share of the limit: %.3f\n", what, limit / seconds);
  }
  const GaussError error = sum.check(rows);
  printf("%s error of %lld sampled rows: %.3g relative to the sum of "
         "magnitudes, %.3g times the bound\n",
         what, (long long)error.rows, error.relative, error.ofBound);
  fflush(stdout);
  if (error.ofBound <= 1)
    return true;
  printf("FAIL %s: row %lld is %.17g, expected %.17g within %.3g\n", what,
         (long long)error.row, error.got, error.expected, error.bound);
  return false;
}

static double positive(const Options &options, const char *name) {
  return std::atof(options.text(name, "0").c_str());
}

static int time(const Options &options) {
  const Device device;
  Programs programs(options.folder() + "/programs");
  const Report report(device, programs, options.number("rows", 512));
  const struct {
    const char *build, *type, *sizes, *otherwise;
    PairCost cost;
  } types[] = {{"time-f32",
                "f32",
                "f32-sizes",
                "10000,100000,1000000",
                {positive(options, "f32-slots"), 1, 0}},
               {"time-f64",
                "f64",
                "f64-sizes",
                "10000,100000",
                {positive(options, "f64-slots"), 0,
                 positive(options, "f64-operations")}}};
  report.facts();
  bool isRight = true;
  for (const auto &type : types) {
    report.firstCall(type.build, type.type);
    report.smallCalls(type.build, type.type);
    for (int64_t n : options.numbers(type.sizes, type.otherwise))
      isRight &= report.size(type.build, type.type, n, type.cost);
  }
  return isRight ? AllRight : SomeWrong;
}

int main(int argc, char **argv) {
  return runCheck("gpu-time", argc, argv,
                  {"f32-sizes", "f64-sizes", "rows", "f32-slots", "f64-slots",
                   "f64-operations"},
                  time);
}
