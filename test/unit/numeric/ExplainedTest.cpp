//===- ExplainedTest.cpp - derived programs as source mean the same -------===//
//
// What --explain-derivative prints is compiled again, and the reference compares
// what both mean: of the derived program by its own forward mode, of the printed
// one as it stands.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include "compiler/Compiler.h"
#include "llvm/Support/MemoryBuffer.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace kdslc::test;

namespace {

/// The reference alone is asked: one instruction set will do for the sizes and
/// types of the arguments.
Build once() {
  Build build = inDouble();
  build.targets = {"x86-64-v3"};
  return build;
}

struct Compiled {
  kdslc::CompileResult result;
  std::string messages;
};

Compiled compileText(const std::string &name, const std::string &text,
                     kdslc::Emit emit) {
  kdslc::Options options;
  options.defines = inDouble().defines;
  options.maxWork = 0;
  llvm::SourceMgr sources;
  kdslc::DiagnosticEngine diags(sources);
  Compiled made{kdslc::compile(name, text, {emit}, options, diags), {}};
  llvm::raw_string_ostream os(made.messages);
  diags.print(os, /*color=*/false);
  return made;
}

/// The first number on which two readings of a program differ by more than
/// their bounds.
std::string difference(const std::vector<kdslc::reference::OutputData> &a,
                       const std::vector<kdslc::reference::OutputData> &b) {
  for (size_t k = 0; k < a.size(); ++k)
    for (size_t n = 0; n < a[k].values.size(); ++n) {
      const kdslc::reference::Value &x = a[k].values[n], &y = b[k].values[n];
      bool isSame = std::isnan(x.v) ? std::isnan(y.v)
                                    : kdslc::reference::difference(x.v, y.v) <=
                                          x.e + y.e;
      if (!isSame)
        return fmt::format("'{}' at {}: {} +- {}, printed {} +- {}", a[k].name,
                           n, double(x.v), x.e, double(y.v), y.e);
    }
  return {};
}

/// What is wrong with the printed derivatives of a file.
std::string check(const std::string &file, const std::string &path,
                  const Makers &makers) {
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    return "cannot read " + path;
  Compiled printed = compileText(path, (*text)->getBuffer().str(),
                                 kdslc::Emit::Derivative);
  if (!printed.result.ok)
    return printed.messages;
  Compiled again = compileText("printed.kdsl", printed.result.artefacts[0].bytes,
                               kdslc::Emit::Kdsl);
  if (!again.result.ok)
    return again.messages;
  std::string all;
  size_t derived = 0;
  for (const Program &program : compiled(file, once()).all()) {
    if (!program.source.derivation)
      continue;
    ++derived;
    for (const kdslc::CheckedProgram &source : again.result.checked.programs) {
      if (source.name != program.source.name)
        continue;
      std::vector<int64_t> sizes(program.kernel.n_sizes, 5);
      if (sizes.size() > 1)
        sizes[1] = 4;
      Program written{program.kernel, source, program.build};
      std::string wrong =
          difference(Trial(program, sizes, makers).interpret(),
                     Trial(written, sizes, makers).interpret());
      if (!wrong.empty())
        all += fmt::format("{}: {}\n", source.name, wrong);
    }
  }
  if (again.result.checked.programs.size() != derived || derived == 0)
    all += fmt::format("{} of {} derived programs were printed\n",
                       again.result.checked.programs.size(), derived);
  return all;
}

std::string checkRun(const std::string &name, const Makers &makers = {}) {
  return check(name, KDSL_TEST_SOURCES "/test/run/" + name + ".kdsl", makers);
}

std::string checkPath(const std::string &below) {
  std::string path = KDSL_TEST_SOURCES "/" + below;
  return check(path, path, {});
}

} // namespace

TEST_CASE("Printed derivatives mean what the derived programs mean") {
  if (forDevice()) // text has no target
    return;
  Maker labels = [](int64_t row, int64_t) { return double(row % 4); };
  Maker zeros = [at = spread("z", 0.5, 1.5)](int64_t row, int64_t feature) {
    return row % 5 == 1 ? 0 : at(row, feature);
  };
  CHECK(checkRun("derivatives") == "");
  CHECK(checkRun("rules", {{"l", labels}, {"z", zeros}}) == "");
  CHECK(checkRun("partials") == "");
  CHECK(checkRun("rangeslopes") == "");
  CHECK(checkRun("pairslopes") == "");
  CHECK(checkRun("tuples") == "");
  CHECK(checkRun("slopes", {{"x", spread("x", 0.25, 2)},
                            {"y", spread("y", 0.01, 0.5)}}) == "");
  CHECK(checkPath("test/conformance/derivatives.kdsl") == "");
  CHECK(checkPath("test/conformance/special.kdsl") == "");
  CHECK(checkPath("examples/03_shooting/shooting.kdsl") == "");
}
