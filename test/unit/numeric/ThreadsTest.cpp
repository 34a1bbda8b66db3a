//===- ThreadsTest.cpp - the same bits for any number of threads ----------===//

#include "Trial.h"
#include <catch2/catch.hpp>

using namespace kdslc::test;

namespace {
/// Runs chunks from the last to the first, on workers in turn: an order that
/// threads could take, the same in every run.
struct Backwards {
  explicit Backwards(int workers) : workers(workers) {}

  kdsl_pool pool() { return {this, run, workers}; }

  static int run(void *self, int64_t n, int (*body)(void *, int64_t, int),
                 void *argument) {
    auto &pool = *static_cast<Backwards *>(self);
    pool.chunks += n;
    int result = 0;
    for (int64_t chunk = n; chunk-- > 0 && !result;)
      result = body(argument, chunk, int(chunk % pool.workers));
    return result;
  }

  int workers;
  int64_t chunks = 0;
};
} // namespace

TEST_CASE("Results have the same bits for any number of threads") {
  struct Case {
    const char *file, *program;
    bool inParts = false; ///< more of them than the time is worth
  };
  auto [name, program, inParts] =
      GENERATE(Case{"kernels", "matern_sum"}, Case{"kernels", "gp_matvec", true},
               Case{"softmin", "sinkhorn_f"}, Case{"nearest", "kmeans_assign"},
               Case{"nearest", "extremes"}, Case{"predicates", "average"},
               Case{"shapes", "moments"}, Case{"features", "parts"},
               Case{"softmax", "softmax"}, Case{"lists", "five"},
               Case{"products", "product"}, Case{"ranges", "blocks"},
               Case{"payloads", "at_nearest"}, Case{"precision", "careful"},
               Case{"halves", "gravity", true},
               Case{"rings", "gravity", true});
  CAPTURE(program);
  if (onDevice()) { // which has no threads of ours
    Trial trial(compiled(name)[program], {131, 1201});
    CHECK(trial.run() == trial.run());
    return;
  }
  Trial trial(compiled(name)[program], {701, 1201});
  for (const Machine &machine : machinesFor(compiled(name)[program].kernel)) {
    Manner manner;
    manner.machine = machine;
    manner.inParts = inParts;
    manner.exec.threads = 1;
    const Outputs expected = trial.run(manner);
    for (int threads : {2, 3, 7}) {
      manner.exec.threads = threads;
      CHECK(trial.run(manner) == expected);
    }
    for (int workers : {2, 3, 7}) {
      Backwards backwards(workers);
      kdsl_pool pool = backwards.pool();
      manner.exec.threads = 0;
      manner.exec.pool = &pool;
      CHECK(trial.run(manner) == expected);
      CHECK(backwards.chunks > 1);
      manner.exec.pool = nullptr;
    }
  }
}
