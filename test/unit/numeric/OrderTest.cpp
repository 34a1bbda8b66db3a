//===- OrderTest.cpp - rows in an order of space give the same results ----===//
//
// Bit by bit those of rows as they were given, ties and all; FiltersTest.cpp has the
// points that a wrong bound would lose. A GPU meets rows as they were given.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

namespace {

Maker whole(const char *name, int count) {
  return [number = spread(name, 0, count)](int64_t row, int64_t feature) {
    return std::floor(number(row, feature));
  };
}

/// All programs of the file, on every machine.
void compareOrders(int64_t m, int64_t n, const Makers &makers) {
  for (const Program &program : compiled("ordered").all()) {
    CAPTURE(program.kernel.name, m, n);
    std::vector<int64_t> sizes{m, n};
    sizes.resize(program.kernel.n_sizes);
    Trial trial(program, sizes, makers);
    auto reference = trial.interpret();
    for (const Machine &machine : machinesFor(program.kernel)) {
      CAPTURE(machine.name);
      Manner manner;
      manner.machine = machine;
      manner.iBase = 5;
      manner.jBase = program.kernel.n_sizes > 1 ? 3 : 5;
      Outputs asGiven = trial.run(manner);
      if (forDevice())
        continue;
      REQUIRE(program.kernel.n_ordered > 0);
      manner.inOrder = true;
      CHECK(trial.run(manner) == asGiven);
      manner.gap = 3;
      manner.exec.threads = 3;
      CHECK(trial.run(manner) == asGiven);
      manner.iBase = manner.jBase = 0;
      CHECK(disagreement(reference, trial.run(manner)) == "");
    }
  }
}

} // namespace

TEST_CASE("Rows in order give the results of rows as they were given") {
  Makers labels{{"a", whole("a", 3)}, {"b", whole("b", 3)}};
  Makers ties = labels;
  ties["x"] = whole("x", 4);
  ties["y"] = whole("y", 4);
  for (const Makers &makers : {labels, ties}) {
    compareOrders(40, 45, makers);
    compareOrders(600, 517, makers);
    if (!forDevice())
      compareOrders(129, 3000, makers);
  }
}

TEST_CASE("Rows in order may be few, or none") {
  for (auto [m, n] : {std::pair(1, 1), {1, 0}, {0, 7}, {3, 2}, {17, 65}})
    compareOrders(m, n, {});
}
