//===- Sources.cpp - programs of the tree, and what the frontend says ------===//

#include "Sources.h"
#include "compiler/Pipeline.h"
#include "compiler/frontend/Check.h"
#include "compiler/frontend/EmitKdsl.h"
#include "compiler/frontend/Imports.h"
#include "compiler/frontend/Parser.h"
#include "compiler/frontend/FormulaLimits.h"
#include "compiler/output/CNames.h"
#include "mlir/IR/Verifier.h"
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace kdslc;
using namespace kdslc::test;
namespace fs = std::filesystem;

Options test::optionsOf(llvm::StringRef flags) {
  Options options;
  llvm::SmallVector<llvm::StringRef> words;
  flags.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef word : words) {
    if (word.consume_front("-O") && word.size() == 1 && word[0] >= '0' &&
        word[0] <= '3')
      options.optLevel = word[0] - '0';
    else if (word.consume_front("-D"))
      options.defines.push_back(
          {word.split('=').first.str(), word.split('=').second.str()});
  }
  return options;
}

llvm::StringRef test::flagsInside(llvm::StringRef text) {
  size_t run = text.find("RUN:");
  return run == llvm::StringRef::npos ? ""
                                      : text.slice(run, text.find('\n', run));
}

static std::string contents(const fs::path &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The blocks of a page: those of one section are one file.
static void readPage(const fs::path &path, std::vector<Source> &into) {
  std::ifstream page(path);
  Source section{path.string(), "", ""};
  bool inside = false;
  auto finish = [&] {
    if (!section.text.empty())
      into.push_back(section);
    section = {path.string(), "", ""};
  };
  for (std::string line; std::getline(page, line);) {
    llvm::StringRef text = line;
    if (inside && text == "```")
      inside = false;
    else if (inside)
      section.text += line + '\n';
    else if (text == "```kdsl")
      inside = true;
    else if (text.starts_with("#"))
      finish();
    else if (text.starts_with("`kdslc -"))
      section.flags = text.trim("`").str();
  }
  finish();
}

std::vector<Source> test::readSources(const std::vector<std::string> &paths) {
  std::vector<Source> all;
  for (const std::string &path : paths) {
    if (!fs::is_directory(path)) {
      readPage(path, all);
      continue;
    }
    std::vector<fs::path> files;
    for (const auto &entry : fs::recursive_directory_iterator(path))
      if (entry.path().extension() == ".kdsl")
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path &file : files) {
      Source source{file.string(), contents(file), ""};
      source.flags = flagsInside(source.text).str();
      all.push_back(std::move(source));
    }
  }
  return all;
}

std::unique_ptr<mlir::MLIRContext> test::makeContext() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  auto context = std::make_unique<mlir::MLIRContext>(
      registry, mlir::MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

Judgement test::judge(llvm::StringRef name, llvm::StringRef text,
                      const Options &options, mlir::MLIRContext &context,
                      DiagnosticEngine &diags, std::string &words) {
  llvm::SourceMgr &sources = diags.sourceMgr();
  unsigned id = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(text, name), llvm::SMLoc());
  auto file = parse(sources.getMemoryBuffer(id)->getBuffer(), diags);
  std::vector<std::string> dependencies;
  if (diags.hasErrors() ||
      !loadImports(*file, name, options, diags, dependencies))
    return Judgement::Refused;
  auto checked = check(*file, options, diags);
  if (!checked || !checkFormulaLimits(*checked, Severity::Error, diags))
    return Judgement::Refused;
  checkCNames(*checked, options, options.targets, diags);
  if (diags.hasErrors())
    return Judgement::Refused;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        words = diagnostic.str();
        return mlir::success();
      });
  auto module = emitKdsl(*checked, sources, &context);
  return module && mlir::succeeded(mlir::verify(*module))
             ? Judgement::Accepted
             : Judgement::WrongType;
}
