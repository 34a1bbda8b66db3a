//===- FuzzTargets.cpp - what is fuzzed ------------------------------------===//

#include "FuzzTargets.h"
#include "Sources.h"
#include "compiler/BigStack.h"
#include "compiler/Compiler.h"
#include "compiler/frontend/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include <ctime>

using namespace kdslc;
using namespace kdslc::test;
using llvm::StringRef;

/// Beside it lie the files that may be imported.
static constexpr const char *name = KDSL_FUZZ_IMPORTS "/fuzz.kdsl";

[[noreturn]] static void broken(StringRef promise, const DiagnosticEngine &diags) {
  llvm::errs() << "broken promise: " << promise << '\n';
  diags.print(llvm::errs(), /*colors=*/false);
  abort();
}

/// What holds for the messages about any text; printing is part of it.
static void checkMessages(const DiagnosticEngine &diags, bool accepted) {
  if (accepted == diags.hasErrors())
    broken(accepted ? "accepted without an error" : "refused with an error",
           diags);
  if (diags.errorCount() > maxErrors)
    broken("a few errors", diags);
  for (const Diagnostic &d : diags.all()) {
    if (d.label == Label::K000)
      broken("no failure of the compiler's own", diags);
    bool isOption = StringRef(d.message).starts_with("-D");
    if (d.range.isValid()
            ? d.range.End.getPointer() < d.range.Start.getPointer()
            : !isOption)
      broken("a place for each message", diags);
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  diags.print(os, /*colors=*/true);
  diags.printJson(os);
}

static void runParser(StringRef text) {
  runOnBigStack([&] {
    llvm::SourceMgr sources;
    DiagnosticEngine diags(sources);
    unsigned id = sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(text, name), llvm::SMLoc());
    auto file = parse(sources.getMemoryBuffer(id)->getBuffer(), diags);
    if (!diags.hasErrors()) {
      std::string tree;
      llvm::raw_string_ostream os(tree);
      ast::print(*file, os);
    }
    checkMessages(diags, !diags.hasErrors());
  });
}

static void runChecker(StringRef text) {
  // Types live as long as their context.
  static std::unique_ptr<mlir::MLIRContext> context;
  static int uses = 0;
  if (uses++ % 500 == 0)
    context = makeContext();
  runOnBigStack([&] {
    llvm::SourceMgr sources;
    DiagnosticEngine diags(sources);
    std::string words;
    Judgement judgement = judge(name, text, optionsOf(flagsInside(text)),
                                *context, diags, words);
    if (judgement == Judgement::WrongType)
      broken("accepted programs are well typed; " + words, diags);
    checkMessages(diags, judgement == Judgement::Accepted);
  });
}

static void runCompiler(StringRef text) {
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  Options options = optionsOf(flagsInside(text));
  options.targets = {"x86-64-v3", "ptx"};
  // Code is made of what takes a second; sanitizers take their share.
  options.maxWork /= 10;
  CompileResult result =
      compile(name, text, {Emit::Obj, Emit::Header}, options, diags);
  checkMessages(diags, result.ok);
  if (result.ok && (result.artefacts.size() != 2 ||
                    result.artefacts[0].bytes.empty() ||
                    result.artefacts[1].bytes.empty()))
    broken("an object and a header", diags);
}

/// Ten seconds of processor time are promised, to a build without sanitizers;
/// they make it three times as much. Not of the clock: fuzzers run beside others.
static constexpr double mostSeconds = 30;

template <void (*run)(StringRef)> static void timed(StringRef text) {
  const clock_t begin = clock();
  run(text);
  if (double(clock() - begin) / CLOCKS_PER_SEC > mostSeconds) {
    llvm::errs() << "broken promise: an answer in ten seconds\n";
    abort();
  }
}

static constexpr FuzzTarget targets[] = {
    {"parser", timed<runParser>, 1 << 12},
    {"checker", timed<runChecker>, 1 << 12},
    {"compiler", timed<runCompiler>, 1 << 12}};

llvm::ArrayRef<FuzzTarget> test::fuzzTargets() { return targets; }

const FuzzTarget *test::fuzzTarget(StringRef wanted) {
  for (const FuzzTarget &target : targets)
    if (wanted == target.name)
      return &target;
  return nullptr;
}
