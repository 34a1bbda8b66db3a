//===- Subject.cpp - a program in which bugs are planted ------------------===//

#include "Subject.h"
#include <catch2/catch.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

namespace kdslc::test {

static const std::vector<Cut> allCuts = {
    {1, 1000, 1, 1}, {4, 1000, 2, 2}, {1, 1, 3, 3}, {4, 1, 4, 4}};

Subject::Subject(const GpuProgram &program, const std::vector<Makers> &inputs,
                 const std::vector<std::vector<int64_t>> &allSizes)
    : name(program.kernel().name), ptx(program.ptx()),
      sweep(program.phase(0).sweep), merge(program.phase(0).merge) {
  for (const auto &sizes : allSizes)
    for (const Makers &makers : inputs)
      trials.push_back({sizes, {program, sizes, makers}});
}

/// The first thing that is wrong; empty if nothing is.
std::string Subject::findFault(const std::string &text) const {
  std::string error;
  auto module = ptx::Module::parse(text, error);
  if (!module)
    throw std::runtime_error("the interpreter cannot read it: " + error);
  for (const auto &[sizes, trial] : trials)
    for (const Cut &cut : allCuts) {
      ptx::Counts counts;
      std::string wrong = trial.run(*module, cut, counts);
      if (!wrong.empty())
        return fmt::format("{} rows, parts {}, blocks {}, seed {}: {}",
                           fmt::join(sizes, " x "), cut.parts, cut.blocks,
                           cut.seed, wrong);
    }
  return {};
}

void Subject::checkMutants(const std::vector<Mutation> &mutations) const {
  REQUIRE(findFault(ptx) == "");
  const std::filesystem::path folder = KDSL_TEST_OUTPUT "/" + name;
  std::filesystem::create_directories(folder);
  for (const Mutation &mutation : mutations) {
    INFO(mutation.name);
    std::string text;
    CHECK_NOTHROW(text = mutate(ptx, mutation.merge ? merge : sweep, mutation));
    if (text.empty())
      continue;
    std::string fault = findFault(text);
    std::ofstream(folder / (mutation.name + ".ptx"))
        << "// " << (fault.empty() ? "NOT FOUND" : fault) << '\n'
        << text;
    CHECK(fault != "");
  }
}

} // namespace kdslc::test
