//===- ExplainTest.cpp - the entries of Diagnostics.def -------------------===//

#include "Compilation.h"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

using namespace kdslc;
using namespace kdslc::test;

/// The flags of a program that begins with a line `// kdslc -DD=3`.
static std::string flagsOf(llvm::StringRef program) {
  llvm::StringRef line = program.split('\n').first;
  return line.consume_front("// kdslc ") ? line.str() : "";
}

/// Labels that `kdslc --test` gives, not the compiler.
static bool isOfTests(const LabelInfo &info) {
  return flagsOf(info.wrong) == "--test";
}

static bool says(const Compilation &compilation, Label label) {
  for (const Diagnostic &d : compilation.diags().all()) {
    if (d.label == label)
      return true;
    for (const Diagnostic &note : d.notes)
      if (note.label == label)
        return true;
  }
  return false;
}

static const char *const folder = KDSL_TEST_MESSAGES "/imports";

TEST_CASE("Every label but that of failures is explained") {
  for (const LabelInfo &info : allLabels()) {
    INFO(info.name.str());
    CHECK(info.rule.size() > 10);
    CHECK(info.why.size() > 40);
    CHECK(info.why.back() == '.');
    // Neither is about what a file says.
    bool isOfOptions =
        info.label == Label::K000 || info.label == Label::K045;
    CHECK(info.wrong.empty() == isOfOptions);
    CHECK(info.wrong.empty() == info.right.empty());
  }
}

TEST_CASE("The wrong program of a label gives that label and nothing else") {
  for (const LabelInfo &info : allLabels()) {
    if (info.wrong.empty() || isOfTests(info))
      continue;
    INFO(info.name.str());
    const Compilation compilation(info.wrong.str(),
                                  flagsOf(info.wrong) + " --compile", folder);
    INFO(compilation.printed());
    CHECK(says(compilation, info.label));
    CHECK(compilation.diags().all().size() == 1);
  }
}

TEST_CASE("The right program of a label compiles without a word") {
  for (const LabelInfo &info : allLabels()) {
    if (info.right.empty())
      continue;
    INFO(info.name.str());
    const std::string flags = isOfTests(info) ? "" : flagsOf(info.right);
    const Compilation compilation(info.right.str(), flags + " --compile",
                                  folder);
    CHECK(compilation.printed() == "");
    CHECK(compilation.ok());
  }
}

/// Runs kdslc --test on a text; its exit code and what it printed.
static std::pair<int, std::string> runTests(llvm::StringRef text) {
  const std::filesystem::path stem =
      std::filesystem::temp_directory_path() /
      fmt::format("kdsl-explain-{}", getpid());
  const std::string source = stem.string() + ".kdsl";
  const std::string output = stem.string() + ".txt";
  std::ofstream(source) << text.str();
  const int status =
      std::system(fmt::format("\"{}\" --test \"{}\" >\"{}\" 2>&1",
                              KDSL_TEST_KDSLC, source, output)
                      .c_str());
  std::ifstream stream(output);
  std::string printed(std::istreambuf_iterator<char>(stream), {});
  std::filesystem::remove(source);
  std::filesystem::remove(output);
  return {status, printed};
}

TEST_CASE("The programs of labels that tests give") {
  for (const LabelInfo &info : allLabels()) {
    if (!isOfTests(info))
      continue;
    INFO(info.name.str());
    auto [failed, message] = runTests(info.wrong);
    CHECK(failed != 0);
    CHECK_THAT(message, Catch::Contains("[" + info.name.str() + "]"));
    auto [status, printed] = runTests(info.right);
    INFO(printed);
    CHECK(status == 0);
  }
}
