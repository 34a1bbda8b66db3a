//===- Phases.h - running the phases of a program -------------------------===//

#ifndef KDSL_RUNTIME_PHASES_H
#define KDSL_RUNTIME_PHASES_H

#include "runtime/Workspace.h"
#include "runtime/cpu/ThreadPool.h"

namespace kdsl {

/// What the parallel loops of one call share.
struct PhaseRun {
  const Arguments &arguments;
  const kdsl_variant &variant;
  const kdsl_exec &options;
  const WorkspaceLayout &layout;
  char *workspace;
  int workers; ///< as laid out in the workspace
};

/// Estimated nanoseconds of one phase on one worker.
double phaseNanoseconds(const Arguments &arguments, const kdsl_variant &variant,
                        uint32_t phase);

/// Whether the whole call is worth more than one thread.
bool isWorthThreads(const Arguments &arguments, const kdsl_variant &variant);

/// Calls body(argument, chunk, worker) for each of some chunks, on some workers of
/// the call. What a caller's pool passes is in range, but may be twice or never.
/// \returns KDSL_OK, what a body returned, or KDSL_EARG when the pool breaks its
/// contract.
int runChunks(const PhaseRun &run, int workers, int64_t chunks, ChunkBody body,
              void *argument);

/// Runs all phases in order.
/// \returns KDSL_OK, KDSL_ECANCELLED, or KDSL_EARG when the caller's pool
/// breaks its contract.
int runPhases(const PhaseRun &run);

/// Pairs (i, j) that the phases visit; the largest integer when more.
int64_t countPairs(const Arguments &arguments);

} // namespace kdsl

#endif // KDSL_RUNTIME_PHASES_H
