//===- Mutations.cpp - good programs with one wrong token -----------------===//
//
// usage: kdsl-mutations [--count=N] [--seed=S] [--show=N] PATH..
//
// Takes one token of a good program and deletes it, doubles it, swaps it with
// the next or replaces it by another. What the frontend then accepts must be
// well typed (MLIR's verifiers decide that, which share nothing with the
// checker); what it refuses must be told near the edit, by the first error.
// Paths are folders of .kdsl files, and pages whose ```kdsl blocks are programs.
// Prints how many are told within one token of the edit and within five: 85 and
// 97 % are promised. A crash, a hang or a wrong type ends the run with the text
// that shows it.
//
//===----------------------------------------------------------------------===//

#include "Sources.h"
#include "Tokens.h"
#include "compiler/BigStack.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include <fmt/format.h>
#include <unistd.h>

using namespace kdslc;
using namespace kdslc::test;
namespace cl = llvm::cl;

namespace {

struct Verdict {
  Judgement kind;
  std::optional<size_t> error;  ///< where the first one is
  std::vector<size_t> notes;    ///< where its notes are
  std::string message;
};

} // namespace

static Verdict verdictOf(const Source &source, llvm::StringRef text,
                         mlir::MLIRContext &context) {
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  Verdict verdict;
  verdict.kind = judge(source.path, text, optionsOf(source.flags), context,
                       diags, verdict.message);
  if (verdict.kind != Judgement::Refused)
    return verdict;
  llvm::StringRef buffer =
      sources.getMemoryBuffer(sources.getMainFileID())->getBuffer();
  for (const Diagnostic &d : diags.all()) {
    if (d.severity != Severity::Error)
      continue;
    verdict.message = d.message;
    auto placeOf = [&](const Diagnostic &said) -> std::optional<size_t> {
      const char *at = said.range.Start.getPointer();
      if (at < buffer.begin() || at > buffer.end())
        return std::nullopt;
      return size_t(at - buffer.begin());
    };
    verdict.error = placeOf(d);
    for (const Diagnostic &note : d.notes)
      if (auto place = placeOf(note))
        verdict.notes.push_back(*place);
    break;
  }
  return verdict;
}

static std::vector<Source> goodSources(const std::vector<std::string> &paths,
                                       mlir::MLIRContext &context) {
  std::vector<Source> good;
  for (Source &source : readSources(paths))
    if (source.text.size() < 20000 && piecesOf(source.text).size() > 2 &&
        verdictOf(source, source.text, context).kind == Judgement::Accepted)
      good.push_back(std::move(source));
  return good;
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
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  std::vector<Source> sources = goodSources(paths, *context);
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
  int accepted = 0, refused = 0;
  // Within one token and within five: the error, the error or a note of it.
  int near = 0, fair = 0, nearWithNotes = 0, fairWithNotes = 0;
  for (int k = 0; k < count; ++k) {
    size_t which = random() % sources.size();
    const Source &source = sources[which];
    Mutant mutant = mutateToken(source.text, pieces[which], words, random);
    llvm::PrettyStackTraceString crash(mutant.text.c_str());
    alarm(10); // the promise for any file
    Verdict verdict = verdictOf(source, mutant.text, *context);
    alarm(0);
    if (verdict.kind == Judgement::WrongType) {
      llvm::errs() << source.path << ": accepted with a wrong type: "
                   << verdict.message << "\n" << mutant.text;
      return 1;
    }
    if (verdict.kind == Judgement::Accepted) {
      ++accepted;
      continue;
    }
    ++refused;
    size_t distance =
        verdict.error ? distanceOf(mutant, *verdict.error) : mutant.text.size();
    near += distance <= 1;
    fair += distance <= 5;
    size_t nearest = distance;
    for (size_t note : verdict.notes)
      nearest = std::min(nearest, distanceOf(mutant, note));
    nearWithNotes += nearest <= 1;
    fairWithNotes += nearest <= 5;
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
      "{} mutants of {} programs: {} accepted, {} refused; first error within "
      "one token {:.1f} %, within five {:.1f} %; it or a note of it {:.1f} and "
      "{:.1f} %\n",
      count, sources.size(), accepted, refused, 100.0 * near / refused,
      100.0 * fair / refused, 100.0 * nearWithNotes / refused,
      100.0 * fairWithNotes / refused);
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
