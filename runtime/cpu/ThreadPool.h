//===- ThreadPool.h - the process's own parallel for ----------------------===//

#ifndef KDSL_RUNTIME_CPU_THREADPOOL_H
#define KDSL_RUNTIME_CPU_THREADPOOL_H

#include <stdint.h>

namespace kdsl {

/// One piece of work. `worker` is in [0, threads) of the loop, and no two
/// pieces run with the same worker at once; worker 0 is the calling thread.
using ChunkBody = int (*)(void *arg, int64_t chunk, int worker);

/// Calls body(arg, chunk, worker) once for each chunk in [0, count).
///
/// Blocks until the last call returned. The first nonzero result makes the
/// chunks that have not begun be skipped, and is returned. Safe from any
/// thread: when another loop has the pool, and in a body, the loop runs on the
/// calling thread alone. Threads that cannot be created are done without.
int parallelFor(int threads, int64_t count, ChunkBody body, void *arg);

/// Processors that the calling thread may use, at least 1.
int availableProcessors();

} // namespace kdsl

#endif // KDSL_RUNTIME_CPU_THREADPOOL_H
