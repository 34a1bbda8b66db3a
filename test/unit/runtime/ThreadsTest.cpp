//===- ThreadsTest.cpp - threads, pools, forks and float modes ------------===//

#include "Faults.h"
#include "TestProgram.h"
#include "runtime/cpu/ThreadPool.h"
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <xmmintrin.h>

using namespace kdsl;
using namespace kdsl_test;

/// Sets onRows for a scope.
struct OnRows {
  explicit OnRows(std::function<void(int64_t, int64_t)> hook) {
    onRows = std::move(hook);
  }
  ~OnRows() { onRows = nullptr; }
};

static constexpr int64_t largeM = 600, largeN = 700; // about 20 chunks

TEST_CASE("the cut into chunks does not depend on threads", "[adv-R28]") {
  std::set<std::pair<int64_t, int64_t>> first;
  for (int threads : {1, 2, 3, 7, 64, 10000}) {
    std::mutex lock;
    std::set<std::pair<int64_t, int64_t>> ranges;
    OnRows hook([&](int64_t begin, int64_t end) {
      std::lock_guard<std::mutex> guard(lock);
      ranges.insert({begin, end});
    });
    Problem problem(largeM, largeN);
    kdsl_exec exec = {};
    exec.threads = threads;
    REQUIRE(problem.run(&exec) == KDSL_OK);
    REQUIRE(problem.isRight());
    REQUIRE(ranges.size() > 2);
    for (const auto &range : ranges)
      CHECK(range.first % 8 == 0);
    if (first.empty())
      first = ranges;
    CHECK(ranges == first);
  }
}

TEST_CASE("few tiles are shared out by their rows j", "[adv-R28]") {
  constexpr int64_t N = 300'001; // 2 tiles of 2.4 ms
  std::set<std::vector<float>> sums;
  for (int threads : {1, 2, 7}) {
    std::atomic<int> chunks{0};
    OnRows hook([&](int64_t, int64_t) { ++chunks; });
    Problem problem(9, N);
    problem.args.j_base = 7;
    kdsl_exec exec = {};
    exec.threads = threads;
    REQUIRE(problem.run(&exec) == KDSL_OK);
    CHECK(chunks == 64);
    CHECK(problem.isRight());
    sums.insert(problem.a);
  }
  CHECK(sums.size() == 1);
  // The workspace holds the states of all parts, and not much less will do.
  kdsl_exec exec = {};
  Problem problem(9, N);
  std::vector<char> memory(
      kdsl_workspace_v1(&pickKernel(), &problem.args, nullptr));
  exec.workspace = memory.data();
  exec.workspace_bytes = memory.size();
  REQUIRE(problem.run(&exec) == KDSL_OK);
  CHECK(problem.isRight());
  exec.workspace_bytes = memory.size() - 128; // 64 are for the alignment
  CHECK(problem.run(&exec) == KDSL_ENOMEM);
  // A call between the parts and their states ends as ever.
  Problem cancelled(9, N);
  exec = {};
  exec.user = &cancelled;
  exec.tick = [](void *, double done) { return int(done >= 1); };
  CHECK(cancelled.run(&exec) == KDSL_ECANCELLED);
  // Where the rows j are too few, or the tiles enough, all is as it was.
  int whole = 0;
  OnRows hook([&](int64_t, int64_t) { ++whole; });
  exec = {};
  exec.threads = 1;
  Problem small(9, 500);
  REQUIRE(small.run(&exec) == KDSL_OK);
  CHECK(whole == 1);
}

TEST_CASE("small problems stay on the calling thread") {
  const auto self = std::this_thread::get_id();
  bool left = false;
  OnRows hook(
      [&](int64_t, int64_t) { left |= std::this_thread::get_id() != self; });
  for (int k = 0; k < 100; ++k) {
    Problem problem(20, 30);
    REQUIRE(problem.run() == KDSL_OK);
  }
  CHECK_FALSE(left);
}

TEST_CASE("large problems use several threads") {
  std::mutex lock;
  std::set<std::thread::id> ids;
  // The first thread leaves the others time to come, on a busy machine too.
  int patience = 20'000;
  OnRows hook([&](int64_t, int64_t) {
    std::unique_lock<std::mutex> guard(lock);
    ids.insert(std::this_thread::get_id());
    while (ids.size() == 1 && patience-- > 0) {
      guard.unlock();
      usleep(300);
      guard.lock();
    }
  });
  Problem problem(largeM, largeN);
  kdsl_exec exec = {};
  exec.threads = 3;
  REQUIRE(problem.run(&exec) == KDSL_OK);
  CHECK(ids.size() > 1);
  CHECK(ids.size() <= 3);
}

TEST_CASE("each chunk runs once, whatever its number") {
  for (int64_t count : {0, 1, 2, 5, 1000}) {
    std::vector<std::atomic<int>> hits(static_cast<size_t>(count));
    auto body = [](void *arg, int64_t chunk, int worker) {
      auto &hits = *static_cast<std::vector<std::atomic<int>> *>(arg);
      ++hits[size_t(chunk)];
      return worker >= 0 && worker < 4 ? 0 : 1;
    };
    CHECK(parallelFor(4, count, body, &hits) == 0);
    for (auto &hit : hits)
      CHECK(hit == 1);
  }
}

TEST_CASE("a failing chunk stops the loop") {
  std::atomic<int> ran{0};
  auto body = [](void *arg, int64_t chunk, int) {
    ++*static_cast<std::atomic<int> *>(arg);
    return chunk == 10 ? 42 : 0;
  };
  CHECK(parallelFor(2, 1000000, body, &ran) == 42);
  CHECK(ran < 1000000);
}

TEST_CASE("nested loops run on their thread", "[adv-R27]") {
  std::atomic<int> inner{0};
  auto outer = [](void *arg, int64_t, int) {
    auto body = [](void *counter, int64_t, int worker) {
      ++*static_cast<std::atomic<int> *>(counter);
      return worker;
    };
    return parallelFor(4, 10, body, arg);
  };
  CHECK(parallelFor(4, 20, outer, &inner) == 0);
  CHECK(inner == 200);
}

TEST_CASE("many threads call at once", "[adv-R27]") {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 64; ++k)
    threads.emplace_back([&, k] {
      for (int repeat = 0; repeat < 4; ++repeat) {
        Problem problem(100 + k, 300);
        kdsl_exec exec = {};
        exec.threads = 1 + k % 5;
        wrong += problem.run(&exec) != KDSL_OK || !problem.isRight();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("messages belong to their thread") {
  Problem problem(3, 4);
  problem.args.M = -123;
  REQUIRE(problem.run() == KDSL_EARG);
  bool other = true;
  std::thread([&] { other = lastErrorHas("-123"); }).join();
  CHECK_FALSE(other);
  CHECK(lastErrorHas("-123"));
}

/// Runs `test` in a child and returns whether it gave true. A child that
/// hangs is killed by its alarm.
static bool inChild(const std::function<bool()> &test) {
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(test() ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool runsWith(int threads) {
  Problem problem(largeM, largeN);
  kdsl_exec exec = {};
  exec.threads = threads;
  return problem.run(&exec) == KDSL_OK && problem.isRight();
}

TEST_CASE("children of a fork build their own pool", "[adv-R31]") {
  CHECK(runsWith(3)); // the pool has started
  CHECK(inChild([] { return runsWith(3) && runsWith(2); }));
  CHECK(runsWith(3));
  // Grandchildren, and forks while another thread is in a call.
  CHECK(inChild(
      [] { return runsWith(3) && inChild([] { return runsWith(3); }); }));
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop)
      runsWith(3);
  });
  for (int k = 0; k < 10; ++k)
    CHECK(inChild([] { return runsWith(3); }));
  stop = true;
  busy.join();
}

TEST_CASE("threads that cannot be created are done without", "[adv-R29]") {
  for (int created : {0, 1, 3})
    CHECK(inChild([&] { // a child has no threads yet
      threadsLeft = created;
      const bool fewer = runsWith(8);
      threadsLeft = -1;
      return fewer && runsWith(8);
    }));
}

/// A pool without threads that hands out workers in turn, or misbehaves.
struct FakePool {
  enum Mode { Right, Fails, WrongWorker, WrongChunk, SkipsLast };
  Mode mode = Right;
  kdsl_pool interface() { return {this, run, 4}; }
  static int run(void *self, int64_t n, int (*body)(void *, int64_t, int),
                 void *arg) {
    Mode mode = static_cast<FakePool *>(self)->mode;
    if (mode == Fails)
      return 77;
    for (int64_t k = n - (mode == SkipsLast ? 2 : 1); k >= 0; --k)
      if (int result = body(arg, mode == WrongChunk ? k + n : k,
                            mode == WrongWorker ? 4 : int(k % 4)))
        return result;
    return 0;
  }
};

TEST_CASE("the caller's pool is used instead of ours") {
  FakePool fake;
  kdsl_pool pool = fake.interface();
  kdsl_exec exec = {};
  exec.pool = &pool;
  Problem problem(largeM, largeN);
  REQUIRE(problem.run(&exec) == KDSL_OK);
  CHECK(problem.isRight());
  for (auto mode : {FakePool::Fails, FakePool::WrongWorker,
                    FakePool::WrongChunk, FakePool::SkipsLast}) {
    fake.mode = mode;
    CHECK(problem.run(&exec) == KDSL_EARG);
    CHECK(lastErrorHas("exec.pool"));
  }
}

TEST_CASE("the caller's float mode is kept and not used", "[adv-R20]") {
  constexpr unsigned ftzDazUpUnmasked = 0xDF40 & ~0x1F80u;
  const unsigned before = _mm_getcsr();
  std::atomic<int> wrongMode{0};
  OnRows hook([&](int64_t, int64_t) {
    wrongMode += (_mm_getcsr() & 0xFFC0) != 0x1F80;
  });
  bool right = true;
  for (int64_t rows : {10, 600}) { // on the calling thread, and on several
    Problem problem(rows, 700);
    problem.x[0] = 1e30f; // overflows, which would raise SIGFPE
    problem.y[0] = 1e30f;
    kdsl_exec exec = {};
    exec.threads = 3;
    _mm_setcsr(ftzDazUpUnmasked);
    right &= problem.run(&exec) == KDSL_OK;
    right &= _mm_getcsr() == ftzDazUpUnmasked;
    _mm_setcsr(before);
  }
  CHECK(right);
  CHECK(wrongMode == 0);
}

TEST_CASE("progress rises from 0 to 1") {
  std::vector<double> seen;
  kdsl_exec exec = {};
  exec.tick = [](void *user, double done) {
    static_cast<std::vector<double> *>(user)->push_back(done);
    return 0;
  };
  exec.user = &seen;
  exec.threads = 2;
  OnRows hook([](int64_t, int64_t) { usleep(3000); });
  Problem problem(largeM, largeN);
  REQUIRE(problem.run(&exec) == KDSL_OK);
  REQUIRE(seen.size() > 3);
  CHECK(seen.front() == 0);
  CHECK(seen.back() == 1);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("tick cancels at once, and the next call works") {
  int ticksLeft = 0;
  kdsl_exec exec = {};
  exec.tick = [](void *user, double) {
    return --*static_cast<int *>(user) < 0 ? 1 : 0;
  };
  exec.user = &ticksLeft;
  for (int threads : {1, 3})
    for (int ticks : {0, 1, 2, 3}) {
      OnRows hook([](int64_t, int64_t) { usleep(3000); });
      ticksLeft = ticks;
      exec.threads = threads;
      Problem problem(largeM, largeN);
      CHECK(problem.run(&exec) == KDSL_ECANCELLED);
      CHECK(lastErrorHas("cancelled by exec.tick"));
      if (ticks == 0)
        CHECK(problem.isUntouched());
    }
  CHECK(runsWith(3));
}

TEST_CASE("100,000 tiny calls", "[adv-R39]") {
  Problem problem(1, 1);
  kdsl_stats stats = {};
  kdsl_exec exec = {};
  exec.stats = &stats;
  int failed = 0;
  for (int k = 0; k < 100000; ++k)
    failed += problem.run(k % 2 ? &exec : nullptr) != KDSL_OK;
  CHECK(failed == 0);
  CHECK(problem.isRight());
}

TEST_CASE("interrupting signals go to the application's threads", "[adv-R32]") {
  std::atomic<int> openToAlarm{0};
  const auto self = std::this_thread::get_id();
  OnRows hook([&](int64_t, int64_t) {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    if (std::this_thread::get_id() != self)
      openToAlarm += !sigismember(&mask, SIGALRM) ||
                     !sigismember(&mask, SIGINT) || sigismember(&mask, SIGSEGV);
    usleep(200);
  });
  CHECK(runsWith(3));
  CHECK(openToAlarm == 0);
}
