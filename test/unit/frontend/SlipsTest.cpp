//===- SlipsTest.cpp - the transcripts of the language page ---------------===//
//
// Each block ```kdsl wrong of Language.md is a file `slip.kdsl`; the block ```text
// that follows it is what kdslc prints.
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"
#include <catch2/catch.hpp>
#include <fstream>

using namespace kdslc::test;

namespace {
struct Slip {
  std::string program, printed;
};
} // namespace

static std::vector<Slip> readSlips() {
  std::ifstream page(KDSL_LANGUAGE_PAGE);
  std::vector<Slip> slips;
  std::string *block = nullptr;
  for (std::string line; std::getline(page, line);) {
    if (block && line == "```")
      block = nullptr;
    else if (block)
      *block += line + '\n';
    else if (line == "```kdsl wrong")
      block = &slips.emplace_back().program;
    else if (line == "```text" && !slips.empty())
      block = &slips.back().printed;
  }
  return slips;
}

TEST_CASE("The language page shows what the compiler says about ten slips") {
  const std::vector<Slip> slips = readSlips();
  CHECK(slips.size() == 10);
  for (const Slip &slip : slips) {
    INFO(slip.program);
    const Compilation compilation(slip.program, "", "", "slip.kdsl");
    CHECK(compilation.printed() == slip.printed);
    CHECK(compilation.diags().errorCount() == 1);
  }
}
