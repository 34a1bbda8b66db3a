//===- RowsTest.cpp - rows that lie apart, and parts of a problem ---------===//

#include "Trial.h"
#include <catch2/catch.hpp>

using namespace kdslc::test;

TEST_CASE("Rows that lie apart give the results of packed rows") {
  const char *name = GENERATE("kernels", "nearest", "shapes", "features",
                              "batches", "matrices", "pairs");
  const std::vector<int64_t> sizes = {2, 3, 2, 19, 37};
  CAPTURE(name);
  for (const Program &program : compiled(name).all()) {
    CAPTURE(program.kernel.name);
    Trial trial(program, {sizes.end() - program.kernel.n_sizes, sizes.end()},
                {{"w", spread("w", 0.5, 2)}});
    for (const Machine &machine : machinesFor(program.kernel)) {
      Manner packed, apart;
      packed.machine = apart.machine = machine;
      Outputs expected = trial.run(packed);
      for (int64_t gap : {1, 5})
        for (Flush flush : {Flush::ToEnd, Flush::ToStart}) {
          apart.gap = gap;
          apart.flush = flush;
          apart.outerFollows = false;
          CHECK(trial.run(apart) == expected);
          apart.outerFollows = true;
          CHECK(trial.run(apart) == expected);
        }
    }
  }
}

TEST_CASE("i_base numbers the rows of a part as the whole does") {
  const ProgramFile &file = compiled("nearest");
  constexpr int64_t rows = 41, begin = 17, count = 13;
  Maker x = spread("x", -1, 1);
  Trial whole(file["kmeans_assign"], {rows, 29}, {{"x", x}});
  Trial part(
      file["kmeans_assign"], {count, 29},
      {{"x", [x](int64_t row, int64_t f) { return x(row + begin, f); }}});
  std::vector<double> all = whole.numbers(whole.run(), "label");
  Manner manner;
  manner.iBase = begin;
  CHECK(part.numbers(part.run(manner), "label") ==
        std::vector<double>(all.begin() + begin, all.begin() + begin + count));
}

TEST_CASE("j_base shifts row numbers in results") {
  constexpr int64_t base = 1000;
  Program nearest = compiled("nearest")["nearest"];
  Trial trial(nearest, {21, 37}), empty(nearest, {3, 0});
  std::vector<double> expected = trial.numbers(trial.run(), "k");
  for (double &k : expected)
    k += base;
  Manner shifted;
  shifted.jBase = base;
  for (const Machine &machine : machinesFor(nearest.kernel)) {
    shifted.machine = machine;
    CHECK(trial.numbers(trial.run(shifted), "k") == expected);
    CHECK(empty.numbers(empty.run(shifted), "k") ==
          std::vector<double>{-1, -1, -1});
  }
}

TEST_CASE("Bases shift row numbers in formulas") {
  // b[i] = sum_j (i + j*j)
  Program program = compiled("shapes")["numbers"];
  Trial trial(program, {5, 37});
  Manner shifted;
  shifted.iBase = 7;
  shifted.jBase = 1000;
  std::vector<double> expected;
  for (int64_t i = 0; i < 5; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < 37; ++j)
      sum += double((i + 7) + (j + 1000) * (j + 1000));
    expected.push_back(sum);
  }
  for (const Machine &machine : machinesFor(program.kernel)) {
    shifted.machine = machine;
    CHECK(trial.numbers(trial.run(shifted), "b") == expected);
  }
}

TEST_CASE("A part of a triangular sum knows where it stands") {
  // a[i] = sum_{j <= i} x[j], rows of i and j from 20 on
  const ProgramFile &file = compiled("predicates");
  Trial part(file["causal"], {9}, {{"x", always(1)}});
  Manner manner;
  manner.iBase = manner.jBase = 20;
  CHECK(part.numbers(part.run(manner), "a") ==
        std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  manner.jBase = 23;
  CHECK(part.numbers(part.run(manner), "a") ==
        std::vector<double>{0, 0, 0, 1, 2, 3, 4, 5, 6});
}
