//===- RowsTest.cpp - rows that lie apart, and parts of a problem ---------===//

#include "Trial.h"
#include <catch2/catch.hpp>

using namespace kdslc::test;

TEST_CASE("Rows that lie apart give the results of packed rows") {
  const char *name = GENERATE("kernels", "nearest", "shapes", "features");
  CAPTURE(name);
  ProgramFile file(name);
  for (const Program &program : file.all()) {
    CAPTURE(program.kernel.name);
    Trial trial(program, {19, 37}, {{"w", spread("w", 0.5, 2)}});
    for (int isa : runnableSets(program.kernel)) {
      Manner packed, apart;
      packed.isa = apart.isa = isa;
      Outputs expected = trial.run(packed);
      for (int64_t gap : {1, 5})
        for (Flush flush : {Flush::ToEnd, Flush::ToStart}) {
          apart.gap = gap;
          apart.flush = flush;
          CHECK(trial.run(apart) == expected);
        }
    }
  }
}

TEST_CASE("i_base numbers the rows of a part as the whole does") {
  ProgramFile file("nearest");
  constexpr int64_t rows = 41, begin = 17, count = 13;
  Maker x = spread("x", -1, 1);
  Trial whole(file["kmeans_assign"], {rows, 29}, {{"x", x}});
  Trial part(file["kmeans_assign"], {count, 29},
             {{"x", [x](int64_t row, int64_t f) { return x(row + begin, f); }}});
  std::vector<double> all = whole.numbers(whole.run(), "label");
  Manner manner;
  manner.iBase = begin;
  CHECK(part.numbers(part.run(manner), "label") ==
        std::vector<double>(all.begin() + begin, all.begin() + begin + count));
}

TEST_CASE("j_base shifts row numbers in results and in formulas") {
  constexpr int64_t base = 1000;
  Manner shifted;
  shifted.jBase = base;
  for (int isa : {KDSL_ISA_V2, KDSL_ISA_V3, KDSL_ISA_V4}) {
    shifted.isa = isa;
    ProgramFile nearest("nearest");
    auto sets = runnableSets(nearest["nearest"].kernel);
    if (std::find(sets.begin(), sets.end(), isa) == sets.end())
      continue;
    Trial trial(nearest["nearest"], {21, 37});
    std::vector<double> from0 = trial.numbers(trial.run(), "k");
    for (double &k : from0)
      k += base;
    CHECK(trial.numbers(trial.run(shifted), "k") == from0);

    Trial empty(nearest["nearest"], {3, 0});
    CHECK(empty.numbers(empty.run(shifted), "k") ==
          std::vector<double>{-1, -1, -1});

    // b[i] = sum_j (i + j*j)
    ProgramFile shapes("shapes");
    Trial numbers(shapes["numbers"], {5, 37});
    shifted.iBase = 7;
    std::vector<double> expected;
    for (int64_t i = 0; i < 5; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < 37; ++j)
        sum += double(i + 7 + (j + base) * (j + base));
      expected.push_back(sum);
    }
    CHECK(numbers.numbers(numbers.run(shifted), "b") == expected);
    shifted.iBase = 0;
  }
}

TEST_CASE("A part of a triangular sum knows where it stands") {
  // a[i] = sum_{j <= i} x[j], rows of i and j from 20 on
  ProgramFile file("predicates");
  Trial part(file["causal"], {9}, {{"x", always(1)}});
  Manner manner;
  manner.iBase = manner.jBase = 20;
  CHECK(part.numbers(part.run(manner), "a") ==
        std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  manner.jBase = 23;
  CHECK(part.numbers(part.run(manner), "a") ==
        std::vector<double>{0, 0, 0, 1, 2, 3, 4, 5, 6});
}
