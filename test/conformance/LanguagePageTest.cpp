//===- LanguagePageTest.cpp - every example of Language.md ----------------===//
//
// The blocks ```kdsl of one section of the page are one file, compiled with the
// flags of the section's line `kdslc -D..`. Each program runs against the
// reference, and so do the tests that the blocks hold. Blocks that are marked
// "not compiled yet" are checked, and must be refused.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include "llvm/Support/Regex.h"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace kdslc::test;

namespace {

struct Section {
  std::string title, flags;
  std::string compiled, later; ///< the text of the blocks
};

/// The sections of the page that have blocks.
std::vector<Section> readPage() {
  std::ifstream page(KDSL_LANGUAGE_PAGE);
  std::vector<Section> sections(1);
  std::string *block = nullptr;
  for (std::string line; std::getline(page, line);) {
    Section &section = sections.back();
    const llvm::StringRef text = line;
    if (block && text == "```")
      block = nullptr;
    else if (block)
      *block += line + '\n';
    else if (text == "```kdsl")
      block = &section.compiled;
    else if (text == "```kdsl not compiled yet")
      block = &section.later;
    else if (text.starts_with("# ") || text.starts_with("## "))
      sections.push_back({line, "", "", ""});
    else if (text.starts_with("`kdslc -") && text.ends_with("`"))
      section.flags = text.slice(7, text.size() - 1).str();
  }
  llvm::erase_if(sections, [](const Section &section) {
    return section.compiled.empty() && section.later.empty();
  });
  return sections;
}

/// A file of the section's blocks, while the object lives.
class Source {
public:
  explicit Source(const std::string &text)
      : path((std::filesystem::temp_directory_path() /
              fmt::format("kdsl-page-{}.kdsl", getpid()))
                 .string()) {
    std::ofstream(path) << text;
  }
  ~Source() { std::filesystem::remove(path); }
  const std::string path;
};

/// The sizes that a text uses: a -D that nothing needs is an error.
Build buildOf(const Section &section, const std::string &text, Build build) {
  std::istringstream flags(section.flags);
  for (std::string flag; flags >> flag;) {
    const std::string name = flag.substr(2, flag.find('=') - 2);
    if (llvm::Regex("[^A-Za-z]" + name + "[^A-Za-z]").match(text))
      build.defines.push_back({name, flag.substr(flag.find('=') + 1)});
  }
  return build;
}

/// kdslc with the section's flags on a text; whether it ends with 0.
bool compiles(const Section &section, const std::string &text,
              std::string options) {
  const Source source(text);
  for (const auto &[name, value] : buildOf(section, text, {}).defines)
    options += fmt::format(" -D{}={}", name, value);
  return std::system(fmt::format("\"{}\" {} \"{}\" >/dev/null 2>&1",
                                 KDSL_TEST_KDSLC, options, source.path)
                         .c_str()) == 0;
}

/// A few rows of batch axes, and some tens of all others.
std::vector<int64_t> sizesOf(const Program &program) {
  std::vector<int64_t> sizes;
  for (const kdslc::Axis &axis : program.source.axes) {
    const bool isBatch = llvm::StringRef("BHGR").contains(axis.name);
    sizes.push_back(
        axis.fixed >= 0
            ? axis.fixed
            : int64_t(isBatch ? 2 + sizes.size() : 37 + 16 * sizes.size()));
  }
  return sizes;
}

/// What the examples mean by their inputs, where it is no number of [-1, 1).
const Makers &makers() {
  static const Makers all = {
      {"h", spread("h", 0.25, 1.5)}, // a bandwidth
      {"l",
       [](int64_t row, int64_t) { return double(row * 7 % 4); }}, // a label
  };
  return all;
}

void run(const ProgramFile &file) {
  for (const Program &program : file.all()) {
    const std::vector<int64_t> sizes = sizesOf(program);
    CAPTURE(program.kernel.name, sizes);
    const Trial trial(program, sizes, makers());
    const auto reference = trial.interpret();
    for (const Machine &machine : machinesFor(program.kernel)) {
      CAPTURE(machine.name);
      Manner manner;
      manner.machine = machine;
      CHECK(disagreement(reference, trial.run(manner)) == "");
    }
  }
}

} // namespace

TEST_CASE("Every example of the language page agrees with the reference") {
  const std::vector<Section> sections = readPage();
  REQUIRE(sections.size() >= 4);
  for (const Section &section : sections) {
    CAPTURE(section.title);
    const std::string &text = section.compiled;
    for (const Build &build : {Build(), inDouble(), asWritten()}) {
      CAPTURE(build.optLevel, build.defines.empty() ? "f32" : "f64");
      const Source source(text);
      run(ProgramFile(source.path, buildOf(section, text, build)));
    }
    if (llvm::StringRef(text).contains("\ntest "))
      CHECK(compiles(section, text,
                     onDevice() ? "--test --device=cuda" : "--test"));
  }
}

TEST_CASE("Examples that are not compiled yet are refused") {
  for (const Section &section : readPage()) {
    if (section.later.empty())
      continue;
    CAPTURE(section.title);
    const std::string text = section.compiled + section.later;
    CHECK(compiles(section, text, "--check"));
    CHECK_FALSE(compiles(section, text, "-o /dev/null"));
  }
}
