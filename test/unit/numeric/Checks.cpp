//===- Checks.cpp - trials against the reference --------------------------===//

#include "Checks.h"
#include <catch2/catch.hpp>

namespace kdslc::test {

void checkIn(const std::vector<Manner> &manners, const Trial &trial,
             const Program &program, bool allowUnpredictable) {
  auto reference = trial.interpret();
  for (const Manner &manner : manners) {
    CAPTURE(program.kernel.name, manner.machine.name);
    CHECK(disagreement(reference, trial.run(manner), allowUnpredictable) == "");
  }
}

void checkOnEach(const Trial &trial, const Program &program,
                 bool allowUnpredictable) {
  std::vector<Manner> manners;
  for (const Machine &machine : machinesFor(program.kernel))
    manners.emplace_back().machine = machine;
  checkIn(manners, trial, program, allowUnpredictable);
}

} // namespace kdslc::test
