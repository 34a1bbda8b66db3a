//===- Replay.cpp - what the fuzzers found, once more ----------------------===//
//
// usage: kdsl-replay CORPUS [PATH..]
//        kdsl-replay --dictionary
//        kdsl-replay --seeds=FOLDER PATH..
//
// The first gives each file below CORPUS to every target of FuzzTargets.h, and
// the programs below PATH (folders, and pages with programs) to the parser and
// the checker; a broken promise ends the process, with the input that shows it.
// The second prints libFuzzer's dictionary. The third writes the programs below
// PATH into FOLDER, each with its flags in it, for fuzzers to begin with.
//
//===----------------------------------------------------------------------===//

#include "FuzzTargets.h"
#include "Sources.h"
#include "Tokens.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace kdslc::test;
namespace cl = llvm::cl;
namespace fs = std::filesystem;

static void printDictionary() {
  for (const std::string &word : languageWords()) {
    std::string text;
    for (unsigned char c : word)
      text += llvm::isPrint(c) && c != '"' && c != '\\'
                  ? std::string(1, char(c))
                  : fmt::format("\\x{:02X}", c);
    llvm::outs() << '"' << text << "\"\n";
  }
}

/// With the flags in the text, where a target looks for them.
static std::string seedOf(const Source &source) {
  return source.flags.empty() || !flagsInside(source.text).empty()
             ? source.text
             : "// RUN: " + source.flags + "\n" + source.text;
}

static int writeSeeds(const std::string &folder,
                      const std::vector<Source> &sources) {
  int count = 0;
  for (const Source &source : sources) {
    std::ofstream file(fs::path(folder) / fmt::format("seed{:04}.kdsl", count++));
    file << seedOf(source);
    if (!file.flush()) {
      llvm::errs() << "kdsl-replay: cannot write into " << folder << '\n';
      return 1;
    }
  }
  return 0;
}

static void give(const FuzzTarget &target, const std::string &path,
                 const std::string &text) {
  std::string what = fmt::format("{} of {}", target.name, path);
  llvm::PrettyStackTraceString crash(what.c_str());
  alarm(300);
  target.run(text);
  alarm(0);
}

static int replay(const std::string &corpus,
                  const std::vector<Source> &sources) {
  std::vector<fs::path> files;
  for (const auto &entry : fs::recursive_directory_iterator(corpus))
    if (entry.is_regular_file())
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path &path : files) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    for (const FuzzTarget &target : fuzzTargets())
      give(target, path.string(), text.str());
  }
  for (const Source &source : sources)
    for (const char *name : {"parser", "checker"})
      give(*fuzzTarget(name), source.path, seedOf(source));
  llvm::outs() << fmt::format("{} findings and {} programs replayed\n",
                              files.size(), sources.size());
  return files.empty() ? 1 : 0;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::opt<bool> dictionary("dictionary", cl::desc("print the dictionary"));
  cl::opt<std::string> seeds("seeds", cl::desc("write seeds into this folder"));
  cl::list<std::string> paths(cl::Positional, cl::desc("<paths>"));
  cl::ParseCommandLineOptions(argc, argv, "what the fuzzers found\n");
  if (dictionary) {
    printDictionary();
    return 0;
  }
  if (!seeds.empty())
    return writeSeeds(seeds, readSources({paths.begin(), paths.end()}));
  if (paths.empty()) {
    llvm::errs() << "kdsl-replay: name the folder of the corpus\n";
    return 2;
  }
  return replay(paths.front(), readSources({paths.begin() + 1, paths.end()}));
}
