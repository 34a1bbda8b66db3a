//===- TestRunner.cpp - kdslc --test --------------------------------------===//

#include "TestRunner.h"
#include "Call.h"
#include "Load.h"
#include "Oracle.h"
#include "TestData.h"
#include "compiler/Compiler.h"
#include "compiler/reference/Compare.h"
#include "llvm/Support/raw_ostream.h"
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace kdslc;
using kdslrun::Array;
using kdslrun::Call;
using kdslrun::LoadedFile;

namespace {

/// One compilation of the file.
struct Build {
  std::string suffix; ///< " -O0" where the level must be said
  std::unique_ptr<LoadedFile> file;
};

/// Where code of one build runs.
struct Machine {
  std::string name;
  int isa = KDSL_ISA_BEST;
};

/// What one test found.
struct Outcome {
  double worstRatio = 0, worstUlps = 0;
  int64_t unpredictable = 0;
  /// A wrong result, its place, and the machines that gave it.
  struct Wrong {
    SourceRange range;
    std::string text;
    std::vector<std::string> machines;
  };
  std::vector<Wrong> wrong;
  unsigned runs = 0;

  void add(const std::string &machine, SourceRange range, std::string text);
};

class TestRunner {
public:
  TestRunner(llvm::StringRef name, llvm::StringRef text,
             const CommandLine &line, DiagnosticEngine &diags)
      : name(name), text(text), line(line), diags(diags) {}

  /// Compiles everything; reports errors to `diags`.
  ExitCode compileAll();
  bool hasTests() const { return !checked.tests.empty(); }
  /// Runs everything; mismatches are errors of `failures`.
  void runAll(DiagnosticEngine &failures);

private:
  std::vector<std::string> targetsOf(int optLevel) const;
  ExitCode compileOne(int optLevel, std::string suffix, DiagnosticEngine &to);
  std::vector<Machine> machinesOf(const kdsl_kernel &kernel) const;
  Outcome run(const CheckedTest &test);
  void runOn(const Machine &machine, const CheckedTest &test,
             const kdsl_kernel &kernel, Outcome &outcome);
  void compare(const Call &call, const CheckedTest &test,
               const std::string &machine, Outcome &outcome);
  void report(const CheckedTest &test, const Outcome &outcome,
              DiagnosticEngine &failures);
  std::string titleOf(const CheckedTest &test) const;
  const CheckedProgram &programOf(const CheckedTest &test) const {
    return *llvm::find_if(checked.programs, [&](const CheckedProgram &p) {
      return p.symbol() == test.program;
    });
  }

  llvm::StringRef name, text;
  const CommandLine &line;
  DiagnosticEngine &diags;
  std::vector<Build> builds;
  CheckedFile checked;
  std::vector<std::string> machines; ///< that ran tests
  /// Of the test at hand.
  std::vector<reference::OutputData> reference;
  std::string referenceFailure;
};

} // namespace

void Outcome::add(const std::string &machine, SourceRange range,
                  std::string text) {
  for (Wrong &known : wrong)
    if (known.text == text && known.range.Start == range.Start) {
      known.machines.push_back(machine);
      return;
    }
  wrong.push_back({range, std::move(text), {machine}});
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

/// Without optimisation one level is as good as another.
std::vector<std::string> TestRunner::targetsOf(int optLevel) const {
  if (line.device != KDSL_CPU)
    return {"ptx"};
  std::vector<std::string> native = nativeTargets();
  if (optLevel == 0 && !line.levelIsGiven)
    return {native.back()};
  return native;
}

ExitCode TestRunner::compileOne(int optLevel, std::string suffix,
                                DiagnosticEngine &to) {
  Options options = line.options;
  options.optLevel = optLevel;
  if (options.targets.empty())
    options.targets = targetsOf(optLevel);
  CompileResult result = compile(name, text, {Emit::Obj}, options, to);
  if (!result.ok)
    return exitCodeOf(result, to);
  auto linked = kdslrun::linkObject(name.str(), result.artefacts[0].bytes, {});
  if (!linked) {
    to.error(Label::K000, {}, llvm::toString(linked.takeError()));
    return InternalError;
  }
  builds.push_back({std::move(suffix), std::move(*linked)});
  if (builds.size() == 1)
    checked = std::move(result.checked);
  return Success;
}

ExitCode TestRunner::compileAll() {
  ExitCode code = compileOne(line.options.optLevel, "", diags);
  if (code != Success || line.levelIsGiven || checked.tests.empty())
    return code;
  // The same warnings again.
  llvm::SourceMgr sources;
  DiagnosticEngine second(sources);
  code = compileOne(0, " -O0", second);
  if (code != Success)
    printMessages(second, line);
  return code;
}

/// Variants of other machines are left out; the runtime would refuse them.
std::vector<Machine> TestRunner::machinesOf(const kdsl_kernel &kernel) const {
  if (line.device != KDSL_CPU)
    return {{"the GPU", KDSL_ISA_BEST}};
  std::vector<Machine> machines;
  std::vector<std::string> native = nativeTargets();
  for (uint32_t v = 0; v < kernel.n_variants; ++v)
    if (llvm::is_contained(native, kernel.variants[v].target))
      machines.push_back({kernel.variants[v].target, kernel.variants[v].isa});
  return machines;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

void TestRunner::compare(const Call &call, const CheckedTest &test,
                         const std::string &machine, Outcome &outcome) {
  outcome.unpredictable = 0;
  const uint32_t inputs = uint32_t(test.inputs.size());
  for (auto [k, output] : llvm::enumerate(reference)) {
    const Array &array = call.array(inputs + uint32_t(k));
    const reference::Comparison found =
        reference::compareOutput(output, array.bytes.data());
    outcome.worstRatio = std::max(outcome.worstRatio, found.worstRatio);
    outcome.worstUlps = std::max(outcome.worstUlps, found.worstUlps);
    outcome.unpredictable += found.unpredictable;
    if (!found.pass)
      outcome.add(machine, test.range, found.text);
  }
  for (const CheckedTest::Expectation &expectation : test.expectations) {
    std::string wrong =
        checkExpectation(expectation, reference[expectation.output],
                         call.array(inputs + expectation.output));
    if (!wrong.empty())
      outcome.add(machine, expectation.range, wrong);
  }
}

/// Each `expect error` is a part of the message, which may be of the call or
/// about the data.
static void checkFailure(const CheckedTest &test, const std::string &machine,
                         const std::string &message, Outcome &outcome) {
  for (const CheckedTest::Failure &failure : test.failures)
    if (message.empty())
      outcome.add(machine, failure.range,
                  fmt::format("the call succeeded, expected the error '{}'",
                              failure.text));
    else if (!llvm::StringRef(message).contains(failure.text))
      outcome.add(machine, failure.range,
                  fmt::format("got the error '{}', expected '{}'", message,
                              failure.text));
}

void TestRunner::runOn(const Machine &machine, const CheckedTest &test,
                       const kdsl_kernel &kernel, Outcome &outcome) {
  ++outcome.runs;
  if (!llvm::is_contained(machines, machine.name))
    machines.push_back(machine.name);
  auto inputs =
      makeInputs(test, kernel, uint64_t(&test - checked.tests.data()));
  if (!inputs) {
    std::string text = llvm::toString(inputs.takeError());
    return test.failures.empty()
               ? outcome.add(machine.name, test.range, std::move(text))
               : checkFailure(test, machine.name, text, outcome);
  }
  auto call = Call::of(kernel, test.sizes, std::move(*inputs));
  char message[1024] = "";
  kdsl_exec exec = {};
  exec.size = sizeof(exec);
  exec.device = line.device;
  exec.isa = machine.isa;
  exec.err = message;
  exec.err_len = sizeof(message);
  llvm::Error error = call->run(exec);
  if (!test.failures.empty())
    return checkFailure(test, machine.name, llvm::toString(std::move(error)),
                        outcome);
  if (error)
    return outcome.add(machine.name, test.range,
                       llvm::toString(std::move(error)));
  if (reference.empty() && referenceFailure.empty()) {
    auto outputs = kdslrun::evaluate(*call, programOf(test));
    if (outputs)
      reference = std::move(*outputs);
    else
      referenceFailure = llvm::toString(outputs.takeError());
  }
  if (!referenceFailure.empty())
    return outcome.add(machine.name, test.range, referenceFailure);
  compare(*call, test, machine.name, outcome);
}

Outcome TestRunner::run(const CheckedTest &test) {
  Outcome outcome;
  reference.clear();
  referenceFailure.clear();
  if (!test.misfit.empty()) {
    ++outcome.runs;
    checkFailure(test, "", test.misfit, outcome);
    return outcome;
  }
  for (const Build &build : builds) {
    auto kernel =
        build.file->find(line.options.prefix + programOf(test).name);
    if (!kernel) {
      outcome.add("", test.range, llvm::toString(kernel.takeError()));
      continue;
    }
    for (Machine &machine : machinesOf(**kernel)) {
      machine.name += build.suffix;
      runOn(machine, test, kdslrun::bodyFor(**kernel, test.sizes), outcome);
    }
  }
  if (outcome.runs == 0)
    outcome.add("", test.range, "this machine runs none of the targets");
  return outcome;
}

//===----------------------------------------------------------------------===//
// Reporting
//===----------------------------------------------------------------------===//

/// "gauss.kdsl:7:6: test conv random(M = 100)".
std::string TestRunner::titleOf(const CheckedTest &test) const {
  auto [row, column] = diags.sourceMgr().getLineAndColumn(test.range.Start);
  const CheckedProgram &program = programOf(test);
  std::vector<std::string> sizes;
  for (auto [axis, size] : llvm::zip(program.axes, test.sizes))
    if (test.isRandom || axis.fixed >= 0)
      sizes.push_back(fmt::format("{} = {}", axis.name, size));
  return fmt::format("{}:{}:{}: test {}{}{}", name.str(), row, column,
                     program.name, test.isRandom ? " random" : "",
                     sizes.empty() ? ""
                                   : fmt::format("({})", fmt::join(sizes, ", ")));
}

void TestRunner::report(const CheckedTest &test, const Outcome &outcome,
                        DiagnosticEngine &failures) {
  llvm::outs() << titleOf(test) << ": ";
  if (!outcome.wrong.empty())
    llvm::outs() << "failed";
  else if (!test.failures.empty())
    llvm::outs() << "passed, refused as expected";
  else
    llvm::outs() << fmt::format(
        "passed, worst {:.3g} ulp, {:.3g} of the bound{}", outcome.worstUlps,
        outcome.worstRatio,
        outcome.unpredictable ? fmt::format(", {} elements without a bound",
                                            outcome.unpredictable)
                              : "");
  llvm::outs() << '\n';
  for (const Outcome::Wrong &wrong : outcome.wrong)
    failures.error(Label::K056, wrong.range,
                   wrong.machines.size() < outcome.runs
                       ? fmt::format("{} ({})", wrong.text,
                                     fmt::join(wrong.machines, ", "))
                       : wrong.text);
}

void TestRunner::runAll(DiagnosticEngine &failures) {
  unsigned failed = 0;
  for (const CheckedTest &test : checked.tests) {
    if (!test.leftOut.empty()) {
      llvm::outs() << titleOf(test) << ": left out, it is for "
                   << test.leftOut << '\n';
      continue;
    }
    Outcome outcome = run(test);
    failed += !outcome.wrong.empty();
    report(test, outcome, failures);
  }
  size_t count = checked.tests.size();
  llvm::outs() << fmt::format("{} test{}, {} failed", count,
                              count == 1 ? "" : "s", failed);
  if (!machines.empty())
    llvm::outs() << fmt::format(" ({})", fmt::join(machines, ", "));
  llvm::outs() << '\n';
  llvm::outs().flush();
}

ExitCode kdslc::runTests(llvm::StringRef name, llvm::StringRef text,
                         const CommandLine &line, DiagnosticEngine &diags) {
  TestRunner runner(name, text, line, diags);
  ExitCode code = runner.compileAll();
  printMessages(diags, line);
  if (code != Success)
    return code;
  if (!runner.hasTests()) {
    printFailure((name + ": the file has no tests").str(), line);
    return UsageError;
  }
  DiagnosticEngine failures(diags.sourceMgr());
  runner.runAll(failures);
  printMessages(failures, line);
  return failures.hasErrors() ? SourceError : Success;
}
