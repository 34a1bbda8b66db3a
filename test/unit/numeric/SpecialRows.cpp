//===- SpecialRows.cpp - one row that is not like the others --------------===//

#include "SpecialRows.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace kdslc::test {

Maker except(std::vector<int64_t> at, double special, Maker rest) {
  return [=](int64_t row, int64_t feature) {
    bool here = std::find(at.begin(), at.end(), row) != at.end();
    return here ? special : rest(row, feature);
  };
}

Maker mixed() { return spread("y", -1, 1); }

void onEach(const char *file, const char *name, const Maker &y,
            const std::string &output, const Look &look, int64_t n, int64_t m) {
  for (const Build &build : {Build(), inDouble(), asWritten()}) {
    Program program = compiled(file, build)[name];
    Trial trial(program, {m, n}, {{"x", always(1)}, {"y", y}});
    auto reference = trial.interpret();
    for (const Machine &machine : machinesFor(program.kernel)) {
      CAPTURE(name, build.optLevel, build.defines.empty() ? "f32" : "f64",
              machine.name);
      Manner manner;
      manner.machine = machine;
      Outputs outputs = trial.run(manner);
      CHECK(disagreement(reference, outputs, /*allowUnpredictable=*/true) ==
            "");
      look(trial.numbers(outputs, output).at(0));
    }
  }
}

void isNaN(double got) { CHECK(std::isnan(got)); }
void isFinite(double got) { CHECK(std::isfinite(got)); }
Look equals(double expected) {
  return [=](double got) { CHECK(got == expected); };
}
Look nearly(double expected) {
  return [=](double got) {
    CHECK(std::fabs(got - expected) <= 6 * 0x1p-24 * std::fabs(expected));
  };
}

} // namespace kdslc::test
