//===- Mutations.cpp - good programs with one wrong token -----------------===//
//
// usage: kdsl-mutations [--count=N] [--seed=S] [--show=N] PATH..
//
// Takes one token of a good program and deletes it, doubles it, swaps it with
// the next or replaces it by another. What the frontend then accepts must be
// well typed (MLIR's verifiers decide that, which share nothing with the
// checker); what it refuses must be told near the edit, by the first error or a
// note of it. Paths are folders of .kdsl files, and pages whose ```kdsl blocks
// are programs. Prints how many are told within one token of the edit and within
// five: 85 and 97 % are promised. A crash, a hang or a wrong type ends the run
// with the text that shows it.
//
//===----------------------------------------------------------------------===//

#include "compiler/BigStack.h"
#include "compiler/Pipeline.h"
#include "compiler/frontend/Check.h"
#include "compiler/frontend/EmitKdsl.h"
#include "compiler/frontend/Imports.h"
#include "compiler/frontend/Lexer.h"
#include "compiler/frontend/Parser.h"
#include "compiler/frontend/Supported.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <unistd.h>

using namespace kdslc;
namespace cl = llvm::cl;
namespace fs = std::filesystem;

namespace {

struct Source {
  std::string path, text;
  std::vector<std::pair<std::string, std::string>> defines;
};

/// Where a token lies in its text.
struct Piece {
  size_t begin, end;
};

struct Verdict {
  enum Kind { Accepted, Refused, WrongType } kind = Accepted;
  std::vector<size_t> offsets; ///< of the first error and of its notes
  std::string message;
};

/// One mutant, and where its edit is: the pieces first..last are touched.
struct Mutant {
  std::string text;
  const char *how;
  size_t first, last;
};

} // namespace

static std::vector<Piece> piecesOf(llvm::StringRef text) {
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  Lexer lexer(text, diags);
  lexer.setSilent(true);
  std::vector<Piece> pieces;
  for (Token token = lexer.next(); !token.is(Token::End); token = lexer.next())
    pieces.push_back({size_t(token.text.begin() - text.begin()),
                      size_t(token.text.end() - text.begin())});
  return pieces;
}

static Verdict judge(const Source &source, llvm::StringRef text,
                     mlir::MLIRContext &context) {
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  unsigned id = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(text, source.path), llvm::SMLoc());
  llvm::StringRef buffer = sources.getMemoryBuffer(id)->getBuffer();
  Options options;
  options.defines = source.defines;
  auto refused = [&] {
    Verdict verdict;
    for (const Diagnostic &d : diags.all()) {
      if (d.severity != Severity::Error)
        continue;
      verdict.kind = Verdict::Refused;
      verdict.message = d.message;
      auto add = [&](const Diagnostic &said) {
        const char *at = said.range.Start.getPointer();
        if (at >= buffer.begin() && at <= buffer.end())
          verdict.offsets.push_back(size_t(at - buffer.begin()));
      };
      add(d);
      for (const Diagnostic &note : d.notes)
        add(note);
      break;
    }
    return verdict;
  };
  auto file = parse(buffer, diags);
  std::vector<std::string> dependencies;
  if (diags.hasErrors() ||
      !loadImports(*file, source.path, options, diags, dependencies))
    return refused();
  auto checked = check(*file, options, diags);
  if (!checked || !checkSupported(*checked, Severity::Error, diags))
    return refused();
  std::string words;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        words = diagnostic.str();
        return mlir::success();
      });
  auto module = emitKdsl(*checked, sources, &context);
  if (!module || mlir::failed(mlir::verify(*module)))
    return {Verdict::WrongType, {}, words};
  return {};
}

//===----------------------------------------------------------------------===//
// Good programs
//===----------------------------------------------------------------------===//

static std::string contents(const fs::path &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

static void readFlags(llvm::StringRef line, Source &source) {
  llvm::SmallVector<llvm::StringRef> words;
  line.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef word : words)
    if (word.consume_front("-D"))
      source.defines.push_back(
          {word.split('=').first.str(), word.split('=').second.str()});
}

/// The blocks of a page: those of one section are one file.
static void readPage(const fs::path &path, std::vector<Source> &into) {
  std::ifstream page(path);
  Source section{path.string(), "", {}};
  bool inside = false;
  auto finish = [&] {
    if (!section.text.empty())
      into.push_back(section);
    section = {path.string(), "", {}};
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
      readFlags(text.trim("`"), section);
  }
  finish();
}

/// A file of the tests may say in its RUN line what it is compiled with.
static void readFile(const fs::path &path, std::vector<Source> &into) {
  Source source{path.string(), contents(path), {}};
  llvm::StringRef text = source.text;
  size_t run = text.find("RUN:");
  if (run != llvm::StringRef::npos)
    readFlags(text.slice(run, text.find('\n', run)), source);
  into.push_back(source);
}

static std::vector<Source> goodSources(const std::vector<std::string> &paths,
                                       mlir::MLIRContext &context) {
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
    for (const fs::path &file : files)
      readFile(file, all);
  }
  std::vector<Source> good;
  for (Source &source : all)
    if (source.text.size() < 20000 && piecesOf(source.text).size() > 2 &&
        judge(source, source.text, context).kind == Verdict::Accepted)
      good.push_back(std::move(source));
  return good;
}

//===----------------------------------------------------------------------===//
// One wrong token
//===----------------------------------------------------------------------===//

static Mutant mutate(llvm::StringRef text, llvm::ArrayRef<Piece> pieces,
                     const std::vector<std::string> &words,
                     std::mt19937 &random) {
  size_t at = random() % (pieces.size() - 1);
  Piece here = pieces[at], next = pieces[at + 1];
  auto word = [&](Piece p) { return text.slice(p.begin, p.end).str(); };
  auto put = [&](size_t end, const std::string &instead) {
    return text.take_front(here.begin).str() + instead +
           text.drop_front(end).str();
  };
  switch (random() % 4) {
  case 0: // the pieces on both sides of the gap are as near as can be
    return {put(here.end, " "), "deleted", at ? at - 1 : 0, at};
  case 1:
    return {put(here.end, word(here) + " " + word(here)), "doubled", at,
            at + 1};
  case 2:
    return {put(next.end, word(next) +
                              text.slice(here.end, next.begin).str() + " " +
                              word(here)),
            "swapped", at, at + 1};
  default:
    return {put(here.end, " " + words[random() % words.size()] + " "),
            "replaced", at, at};
  }
}

/// How many tokens lie between the error and the edit; 0: on it.
static size_t distanceOf(const Mutant &mutant, size_t offset) {
  std::vector<Piece> pieces = piecesOf(mutant.text);
  size_t index = 0;
  while (index + 1 < pieces.size() && pieces[index + 1].begin <= offset)
    ++index;
  // Between two tokens an error means the one that follows.
  if (index + 1 < pieces.size() && pieces[index].end < offset)
    ++index;
  return index < mutant.first  ? mutant.first - index
         : index > mutant.last ? index - mutant.last
                               : 0;
}

static int run(int count, unsigned seed, int show,
               const std::vector<std::string> &paths) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::vector<Source> sources = goodSources(paths, context);
  if (sources.empty()) {
    llvm::errs() << "kdsl-mutations: no good programs\n";
    return 2;
  }
  std::vector<std::vector<Piece>> pieces;
  std::vector<std::string> words;
  for (const Source &source : sources) {
    pieces.push_back(piecesOf(source.text));
    for (Piece p : pieces.back())
      words.push_back(source.text.substr(p.begin, p.end - p.begin));
  }
  std::mt19937 random(seed);
  int accepted = 0, refused = 0, near = 0, fair = 0;
  std::map<std::string, std::pair<int, std::string>> far;
  for (int k = 0; k < count; ++k) {
    size_t which = random() % sources.size();
    const Source &source = sources[which];
    Mutant mutant = mutate(source.text, pieces[which], words, random);
    llvm::PrettyStackTraceString crash(mutant.text.c_str());
    alarm(10); // the promise for any file
    Verdict verdict = judge(source, mutant.text, context);
    alarm(0);
    if (verdict.kind == Verdict::WrongType) {
      llvm::errs() << source.path << ": accepted with a wrong type: "
                   << verdict.message << "\n" << mutant.text;
      return 1;
    }
    if (verdict.kind == Verdict::Accepted) {
      ++accepted;
      continue;
    }
    ++refused;
    size_t distance = mutant.text.size();
    for (size_t offset : verdict.offsets)
      distance = std::min(distance, distanceOf(mutant, offset));
    near += distance <= 1;
    fair += distance <= 5;
    if (distance > 5 && show > 0) {
      --show;
      llvm::StringRef text = mutant.text;
      Piece edit = piecesOf(text)[mutant.first];
      llvm::outs() << fmt::format(
          "{}: {} near '{}', {} tokens away: {}\n", source.path, mutant.how,
          text.slice(edit.begin > 30 ? edit.begin - 30 : 0, edit.end + 30)
              .str(),
          distance, verdict.message);
    }
  }
  llvm::outs() << fmt::format(
      "{} mutants of {} programs: {} accepted, {} refused; first error, or a note "
      "of it, within one token {:.1f} %, within five {:.1f} %\n",
      count, sources.size(), accepted, refused, 100.0 * near / refused,
      100.0 * fair / refused);
  return near >= 0.85 * refused && fair >= 0.97 * refused ? 0 : 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::opt<int> count("count", cl::init(100000), cl::desc("mutants"));
  cl::opt<unsigned> seed("seed", cl::init(1), cl::desc("of the choice"));
  cl::opt<int> show("show", cl::init(0), cl::desc("print far errors"));
  cl::list<std::string> paths(cl::Positional, cl::desc("<paths>"));
  cl::ParseCommandLineOptions(argc, argv, "good programs, one wrong token\n");
  int code = 0;
  runOnBigStack([&] {
    code = run(count, seed, show, {paths.begin(), paths.end()});
  });
  return code;
}
