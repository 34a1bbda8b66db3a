//===- Phases.cpp - running the phases of a program -----------------------===//
//
// The items of a phase are cut into chunks. Items and chunks depend on sizes and
// code only, never on threads, and each part of a row is computed by one call of
// a phase function: results have the same bits for any number of threads.
//
//===----------------------------------------------------------------------===//

#include "runtime/Phases.h"
#include "runtime/Error.h"
#include "runtime/Split.h"
#include "runtime/cpu/FloatMode.h"
#include "runtime/cpu/RowOrder.h"
#include <atomic>
#include <inttypes.h>
#include <time.h>

using namespace kdsl;

/// Work below this is not worth waking a thread, nor a chunk of its own.
static constexpr double worthNanoseconds = 20e3;
/// More chunks than this cost without balancing better.
static constexpr int64_t maxChunks = 4096;
/// How often `tick` is called, about.
static constexpr double tickSeconds = 10e-3;

namespace {

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// Tells the caller how far the call is. Worker 0 alone uses it, so `tick` need
/// not be thread safe.
class Progress {
public:
  Progress(const kdsl_exec &options, double total)
      : options(options), total(total), last(options.tick ? now() : 0) {}

  bool isAsked() const { return options.tick; }
  void phaseDone(double nanoseconds) { before += nanoseconds; }

  /// \returns KDSL_ECANCELLED when the caller wants to stop.
  int report(double phaseNanoseconds) {
    double done = total > 0 ? (before + phaseNanoseconds) / total : 1;
    return options.tick(options.user, done < 1 ? done : 1) ? KDSL_ECANCELLED
                                                           : KDSL_OK;
  }
  int reportSometimes(double phaseNanoseconds) {
    double time = now();
    if (time - last < tickSeconds)
      return KDSL_OK;
    last = time;
    return report(phaseNanoseconds);
  }

private:
  const kdsl_exec &options;
  double total;
  double before = 0; ///< estimated nanoseconds of the phases that are done
  double last;
};

/// One loop over the items of a phase, as its chunks see it.
struct PhaseLoop {
  const PhaseRun &run;
  Progress &progress;
  const Split &split;
  kdsl_phase_fn function;
  void *partials; ///< or an order of rows
  int64_t items;
  double nanoseconds;
  int64_t itemsPerChunk;
  int64_t chunks;
  std::atomic<int64_t> itemsDone{0};
};

int64_t chooseItemsPerChunk(int64_t items, double nanosecondsPerItem) {
  const double wished = worthNanoseconds / nanosecondsPerItem;
  const int64_t least = ceilDiv(items, maxChunks);
  // Also false for a cost of zero, where one chunk is enough.
  if (wished <= double(least))
    return least;
  return wished < double(items) ? int64_t(wished) + 1 : items;
}

/// The body of the parallel loop.
int runChunk(void *argument, int64_t chunk, int worker) {
  PhaseLoop &loop = *static_cast<PhaseLoop *>(argument);
  const PhaseRun &run = loop.run;
  const int64_t begin = chunk * loop.itemsPerChunk;
  const int64_t left = loop.items - begin;
  const int64_t count = left < loop.itemsPerChunk ? left : loop.itemsPerChunk;
  {
    DefaultFloatMode mode;
    loop.function(
        run.workspace,
        reinterpret_cast<void *const *>(run.workspace + run.layout.table),
        begin, begin + count,
        run.workspace + run.layout.scratch +
            size_t(worker) * run.layout.scratchStride,
        loop.partials, loop.split.rowsInPart, loop.split.parts);
  }
  const int64_t done = loop.itemsDone.fetch_add(count) + count;
  if (worker != 0 || !loop.progress.isAsked())
    return KDSL_OK;
  return loop.progress.reportSometimes(loop.nanoseconds * double(done) /
                                       double(loop.items));
}

/// A foreign pool's numbers are not trusted: wrong ones would reach another
/// worker's memory.
struct Trusted {
  ChunkBody body;
  void *argument;
  int64_t chunks;
  int workers;
};

int runTrusted(void *argument, int64_t chunk, int worker) {
  const Trusted &loop = *static_cast<Trusted *>(argument);
  return worker < 0 || worker >= loop.workers || chunk < 0 || chunk >= loop.chunks
             ? int(KDSL_EARG)
             : loop.body(loop.argument, chunk, worker);
}

int runLoop(PhaseLoop &loop) {
  const PhaseRun &run = loop.run;
  const int workers = loop.nanoseconds < worthNanoseconds ? 1 : run.workers;
  const int status = runChunks(run, workers, loop.chunks, runChunk, &loop);
  if (status == KDSL_OK && loop.itemsDone != loop.items)
    return fail(KDSL_EARG,
                "program '%s': exec.pool ran %" PRId64 " of %" PRId64
                " tiles, expected each chunk once",
                run.arguments.program().name, loop.itemsDone.load(), loop.items);
  return status;
}

int runItems(const PhaseRun &run, Progress &progress, const Split &split,
             kdsl_phase_fn function, void *partials, int64_t items,
             double nanoseconds) {
  const int64_t itemsPerChunk =
      chooseItemsPerChunk(items, nanoseconds / double(items));
  PhaseLoop loop{run,
                 progress,
                 split,
                 function,
                 partials,
                 items,
                 nanoseconds,
                 itemsPerChunk,
                 ceilDiv(items, itemsPerChunk)};
  const int status = runLoop(loop);
  progress.phaseDone(nanoseconds);
  return status;
}

int askSometimes(void *progress) {
  return static_cast<Progress *>(progress)->reportSometimes(0);
}

int runPhase(const PhaseRun &run, Progress &progress, uint32_t phase) {
  const kdsl_cpu_phase &code = run.variant.phases[phase];
  const Split split = splitOf(run.arguments, run.variant, phase);
  const double nanoseconds = phaseNanoseconds(run.arguments, run.variant, phase);
  if (split.tiles == 0)
    return KDSL_OK;
  if (const kdsl_ordered_phase *ordered =
          orderedCode(run.arguments, run.variant, phase)) {
    kdsl_row_order order;
    if (int status = orderRows(run, *ordered, order,
                               progress.isAsked() ? askSometimes : nullptr,
                               &progress))
      return status;
    Split whole;
    whole.tiles = split.tiles;
    whole.rowsInPart = pairsPerRow(run.arguments, phase);
    if (order.reduced)
      return runItems(run, progress, whole, ordered->run, &order, whole.items(),
                      nanoseconds);
  }
  void *partials = run.workspace + run.layout.partials;
  const int status =
      runItems(run, progress, split, code.run, partials, split.items(),
               nanoseconds);
  // Merging is next to nothing, in the estimates of progress too.
  return status == KDSL_OK && split.isMerged()
             ? runItems(run, progress, split, code.merge, partials, split.tiles, 0)
             : status;
}

} // namespace

int kdsl::runChunks(const PhaseRun &run, int workers, int64_t chunks,
                    ChunkBody body, void *argument) {
  if (workers == 1 || chunks == 1) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      if (int status = body(argument, chunk, 0))
        return status;
    return KDSL_OK;
  }
  const kdsl_pool *pool = run.options.pool;
  if (!pool)
    return parallelFor(workers, chunks, body, argument);
  Trusted loop{body, argument, chunks, workers};
  const int status = pool->parallel_for(pool->self, chunks, runTrusted, &loop);
  if (status == KDSL_OK || status == KDSL_ECANCELLED)
    return status;
  return fail(KDSL_EARG,
              "program '%s': exec.pool failed with %d, or passed a chunk "
              "outside [0, %" PRId64 ") or a worker outside [0, %d)",
              run.arguments.program().name, status, chunks, workers);
}

double kdsl::phaseNanoseconds(const Arguments &arguments,
                              const kdsl_variant &variant, uint32_t phase) {
  return double(arguments.points(arguments.program().phases[phase])) *
         double(pairsPerRow(arguments, phase)) * variant.phases[phase].pair_cost;
}

static double totalNanoseconds(const Arguments &arguments,
                               const kdsl_variant &variant) {
  double total = 0;
  for (uint32_t k = 0; k < arguments.program().n_phases; ++k)
    total += phaseNanoseconds(arguments, variant, k);
  return total;
}

bool kdsl::isWorthThreads(const Arguments &arguments,
                          const kdsl_variant &variant) {
  return totalNanoseconds(arguments, variant) >= worthNanoseconds;
}

int kdsl::runPhases(const PhaseRun &run) {
  const kdsl_kernel &kernel = run.arguments.program();
  Progress progress(run.options, totalNanoseconds(run.arguments, run.variant));
  int status = progress.isAsked() ? progress.report(0) : KDSL_OK;
  for (uint32_t k = 0; k < kernel.n_phases && status == KDSL_OK; ++k) {
    status = runPhase(run, progress, k);
    // Also after the last phase, so that a progress bar reaches its end.
    if (status == KDSL_OK && progress.isAsked())
      status = progress.report(0);
  }
  if (status == KDSL_ECANCELLED)
    return fail(KDSL_ECANCELLED, "program '%s': cancelled by exec.tick",
                kernel.name);
  return status;
}

int64_t kdsl::countPairs(const Arguments &arguments) {
  const kdsl_kernel &kernel = arguments.program();
  int64_t total = 0;
  for (uint32_t k = 0; k < kernel.n_phases; ++k) {
    int64_t pairs;
    if (kernel.phases[k].pair_axis < 0)
      continue;
    if (__builtin_mul_overflow(arguments.points(kernel.phases[k]),
                               pairsPerRow(arguments, k), &pairs) ||
        __builtin_add_overflow(total, pairs, &total))
      return INT64_MAX;
  }
  return total;
}
