//===- ThreadPool.cpp - the process's own parallel for --------------------===//
//
// One pool for the process, made at first use. A loop is open for workers
// while its caller takes chunks too; workers join it under the lock, so that a
// worker that wakes late finds the loop closed and is not waited for. Waiting
// is a short spin, because loops come in bursts, and then a sleep.
//
// A second concurrent loop runs on its caller alone. That keeps nested calls
// and calls from many application threads free of deadlock and of
// oversubscription, without a queue.
//
//===----------------------------------------------------------------------===//

#include "runtime/cpu/ThreadPool.h"
#include <atomic>
#include <emmintrin.h>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

using namespace kdsl;

namespace {

/// One parallel loop; lives on the stack of its caller.
struct Loop {
  int64_t count;
  ChunkBody body;
  void *arg;
  std::atomic<int64_t> next{0}; ///< the first chunk that nobody has taken
  std::atomic<int> result{0};   ///< the first nonzero result of a body
};

constexpr int maxWorkers = 1023;
/// Generated code keeps its buffers in `scratch`, so a small stack is enough
/// and does not depend on the caller's limits.
constexpr size_t stackBytes = size_t(1) << 20;
/// About ten microseconds.
constexpr int spinRounds = 300;

struct Pool {
  /// Held by the caller whose loop uses the workers.
  std::atomic<bool> owned{false};

  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake = PTHREAD_COND_INITIALIZER; ///< a loop opened, or stop
  pthread_cond_t idle = PTHREAD_COND_INITIALIZER; ///< the last worker left
  /// Written under the lock; atomic for those who spin.
  std::atomic<uint32_t> generation{0}; ///< counts loops and the stop
  std::atomic<int> inside{0};          ///< workers in the open loop
  Loop *open = nullptr;
  int joined = 0; ///< workers that have ever joined the open loop
  int limit = 0;  ///< how many may
  bool stopping = false;

  /// Used by the owner only.
  int started = 0;
  pthread_t threads[maxWorkers];
};

Pool pool;
pthread_once_t forkHandlerOnce = PTHREAD_ONCE_INIT;

/// Threads do not survive a fork, and the lock may have been held by one: the
/// child begins with a fresh pool.
void resetInChild() { new (&pool) Pool; }

void installForkHandler() { pthread_atfork(nullptr, nullptr, resetInChild); }

void drain(Loop &loop, int worker) {
  while (loop.result.load(std::memory_order_relaxed) == 0) {
    int64_t chunk = loop.next.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= loop.count)
      return;
    if (int result = loop.body(loop.arg, chunk, worker)) {
      int none = 0;
      loop.result.compare_exchange_strong(none, result);
      return;
    }
  }
}

template <typename Done> void spin(Done done) {
  for (int round = 0; round < spinRounds && !done(); ++round)
    _mm_pause();
}

void leave() {
  pthread_mutex_lock(&pool.lock);
  if (pool.inside.fetch_sub(1, std::memory_order_release) == 1)
    pthread_cond_signal(&pool.idle);
  pthread_mutex_unlock(&pool.lock);
}

void *workerMain(void *) {
  uint32_t seen = 0;
  for (;;) {
    spin([&] {
      return pool.generation.load(std::memory_order_relaxed) != seen;
    });
    Loop *loop = nullptr;
    int worker = 0;
    pthread_mutex_lock(&pool.lock);
    while (pool.generation == seen)
      pthread_cond_wait(&pool.wake, &pool.lock);
    seen = pool.generation;
    const bool stopping = pool.stopping;
    if (pool.open && pool.joined < pool.limit) {
      loop = pool.open;
      worker = ++pool.joined;
      ++pool.inside;
    }
    pthread_mutex_unlock(&pool.lock);
    if (stopping)
      return nullptr;
    if (loop) {
      drain(*loop, worker);
      leave();
    }
  }
}

/// Starts workers until there are `wanted` of them, or the system refuses.
/// They block the signals that are sent to the process, so that handlers run on
/// the application's threads; those that a thread raises itself stay open for
/// its crash handlers.
void startWorkers(int wanted) {
  if (wanted > maxWorkers)
    wanted = maxWorkers;
  if (pool.started >= wanted)
    return;
  sigset_t blocked, before;
  sigfillset(&blocked);
  static constexpr int raisedByThreads[] = {SIGSEGV, SIGBUS,  SIGFPE,
                                            SIGILL,  SIGTRAP, SIGABRT};
  for (int raised : raisedByThreads)
    sigdelset(&blocked, raised);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) == 0) {
    pthread_attr_setstacksize(&attributes, stackBytes);
    while (pool.started < wanted &&
           pthread_create(&pool.threads[pool.started], &attributes, workerMain,
                          nullptr) == 0)
      ++pool.started;
    pthread_attr_destroy(&attributes);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void openLoop(Loop &loop, int workers) {
  pthread_mutex_lock(&pool.lock);
  pool.open = &loop;
  pool.joined = 0;
  pool.limit = workers;
  ++pool.generation;
  pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.lock);
}

void closeLoop() {
  pthread_mutex_lock(&pool.lock);
  pool.open = nullptr;
  pthread_mutex_unlock(&pool.lock);
  spin([] { return pool.inside.load(std::memory_order_acquire) == 0; });
  pthread_mutex_lock(&pool.lock);
  while (pool.inside != 0)
    pthread_cond_wait(&pool.idle, &pool.lock);
  pthread_mutex_unlock(&pool.lock);
}

/// Runs the loop on the pool's workers and the calling thread, which owns the
/// pool.
void runShared(Loop &loop, int threads) {
  // The loop is on this stack: the wait for the workers must not be a point
  // where the thread is cancelled.
  int cancelState;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelState);
  startWorkers(threads - 1);
  openLoop(loop, threads - 1);
  drain(loop, 0);
  closeLoop();
  pthread_setcancelstate(cancelState, nullptr);
}

/// Ends the workers before their code is unmapped (dlclose) and at exit. A loop
/// that still runs then keeps its workers: the process is ending under it.
[[gnu::destructor]] void stopWorkers() {
  if (pool.owned.exchange(true))
    return;
  pthread_mutex_lock(&pool.lock);
  pool.stopping = true;
  ++pool.generation;
  pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.lock);
  for (int k = 0; k < pool.started; ++k)
    pthread_join(pool.threads[k], nullptr);
  pool.started = 0;
}

} // namespace

int kdsl::parallelFor(int threads, int64_t count, ChunkBody body, void *arg) {
  Loop loop{count, body, arg};
  if (threads > count)
    threads = int(count);
  if (threads > 1 && !pool.owned.exchange(true, std::memory_order_acquire)) {
    pthread_once(&forkHandlerOnce, installForkHandler);
    runShared(loop, threads);
    pool.owned.store(false, std::memory_order_release);
  } else {
    drain(loop, 0);
  }
  return loop.result;
}

int kdsl::availableProcessors() {
  // Room for 8192 processors: the call fails when the machine has more than
  // the set can name.
  static constexpr int sets = 8;
  cpu_set_t mask[sets];
  if (sched_getaffinity(0, sizeof(mask), mask) == 0) {
    int count = CPU_COUNT_S(sizeof(mask), mask);
    if (count > 0)
      return count;
  }
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? int(online) : 1;
}
