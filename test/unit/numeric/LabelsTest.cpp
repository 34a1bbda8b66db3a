//===- LabelsTest.cpp - features picked by labels, right and wrong --------===//
//
// A label out of range is refused where the program looks it up for every row,
// and reads no memory where only the program knows whether it does.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

TEST_CASE("A label out of range reads no memory and gives NaN, -1 or false") {
  const std::vector<double> beyond = {0,    4,     5,     -1,          -5,
                                      1e18, -1e18, 65536, -2147483648., 3};
  for (const Build &build : {Build(), inDouble(), asWritten()}) {
    Program program = compiled("labels", build)["beyond"];
    Trial trial(program, {int64_t(beyond.size())}, {{"l", listed(beyond)}});
    auto reference = trial.interpret();
    for (const Manner &manner : mannersFor(program.kernel)) {
      Outputs outputs = trial.run(manner);
      CAPTURE(manner.machine.name, build.optLevel);
      CHECK(disagreement(reference, outputs) == "");
      CHECK(std::isnan(trial.numbers(outputs, "a")[2]));
      CHECK(trial.numbers(outputs, "k")[3] == -1);
      CHECK(trial.numbers(outputs, "f")[4] == 0);
    }
  }
}

TEST_CASE("A label out of range that is given as such is refused",
          "[adv-R25]") {
  const ProgramFile &file = compiled("labels");
  Program plain = file["plain_labels"];
  const std::vector<int64_t> sizes = {3, 2, 4}; // N, B, M
  const std::vector<double> batch = {2, 0, 1, 2, 0, 1, 2, 2};
  struct Case {
    const char *input;
    int64_t row;
    double label;
    const char *message; // "": accepted
  };
  const Case cases[] = {
      {"l", 1, 1, ""},
      // Of w: 5 and of W: 3; the smaller holds.
      {"l", 2, 3, "argument 1 'l' has the label 3 in row 2, expected 0 to 2"},
      {"l", 0, -1, "'l' has the label -1 in row 0, expected 0 to 2"},
      {"l", 1, -9e18, "'l' has the label -9000000000000000000 in row 1"},
      {"l", 1, 4294967296, "'l' has the label 4294967296 in row 1"},
      {"m", 7, 3, "argument 2 'm' has the label 3 in row 7, expected 0 to 2"},
      {"m", 4, -2147483648., "'m' has the label -2147483648 in row 4"},
      {"p", 0, 5, "argument 3 'p' has the label 5 in row 0, expected 0 to 4"},
      {"p", 0, -1, "argument 3 'p' has the label -1"}};
  for (const Case &c : cases) {
    std::vector<double> l = {2, 0, 1}, m = batch, p = {4};
    (*c.input == 'l' ? l : *c.input == 'm' ? m : p)[size_t(c.row)] = c.label;
    Trial trial(plain, sizes,
                {{"l", listed(l)}, {"m", listed(m)}, {"p", listed(p)}});
    for (const Machine &machine : machinesFor(plain.kernel))
      for (int64_t gap : {0, 3}) {
        CAPTURE(machine.name, c.input, c.label, gap);
        Manner manner;
        manner.machine = machine;
        manner.gap = gap;
        if (!*c.message)
          CHECK(disagreement(trial.interpret(), trial.run(manner)) == "");
        else
          CHECK_THROWS_WITH(trial.run(manner), Catch::Contains(c.message));
      }
  }
}

TEST_CASE("Labels that the program itself leaves out may be any numbers",
          "[adv-R25]") {
  const std::vector<double> labels = {0, 4, -1, -2147483648., 2};
  Program program = compiled("labels")["chosen_labels"];
  Trial trial(program, {int64_t(labels.size())},
              {{"l", listed(labels)}, {"f", always(1)}, {"g", always(9)}});
  for (const Machine &machine : machinesFor(program.kernel)) {
    CAPTURE(machine.name);
    Manner manner;
    manner.machine = machine;
    Outputs outputs = trial.run(manner);
    CHECK(disagreement(trial.interpret(), outputs) == "");
    CHECK(std::isfinite(trial.numbers(outputs, "a")[0]));
    CHECK(trial.numbers(outputs, "b")[3] == 0);
  }
}
