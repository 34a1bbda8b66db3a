//===- Bench.h - timing one call ------------------------------------------===//

#ifndef KDSL_RUN_BENCH_H
#define KDSL_RUN_BENCH_H

#include "Call.h"

namespace kdslrun {

struct BenchResult {
  double medianSeconds = 0, bestSeconds = 0;
  int runs = 0;
  int64_t pairs = 0;   ///< (i, j) visited by one call
  std::string variant; ///< the instruction set that ran
  /// Of the cost model (`kdslc --report`), for one core; 0: it has none.
  double expectedSeconds = 0;
};

/// Warms up, then repeats the call until the median has settled, for three
/// seconds at most (and three runs at least).
llvm::Expected<BenchResult> bench(Call &call, const kdsl_exec &exec);

/// One line for people, or one JSON object with the sizes.
std::string formatBench(const Call &call, const BenchResult &result,
                        bool isJson);

} // namespace kdslrun

#endif // KDSL_RUN_BENCH_H
