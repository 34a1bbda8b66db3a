//===- main.cpp - kdsl-run: run, check, time and plot a program -----------===//
//
// Loads the file, builds the call from name=value pairs, runs it, and says or
// writes what came out.
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "CommandLine.h"
#include "Failure.h"
#include "Oracle.h"
#include "Output.h"
#include "Plot.h"
#include "Process.h"
#include "Report.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <unistd.h>

using namespace kdslrun;
using llvm::StringRef;

namespace {
/// A line on the terminal that says how far a long call is.
class ProgressLine {
public:
  ~ProgressLine() {
    if (isShown)
      llvm::errs() << "\r            \r";
  }
  static int tick(void *self, double done) {
    static_cast<ProgressLine *>(self)->show(done);
    return 0;
  }

private:
  void show(double done) {
    const Clock::time_point now = Clock::now();
    if (now < next)
      return;
    next = now + std::chrono::milliseconds(200);
    isShown = true;
    llvm::errs() << fmt::format("\r{:5.1f} %", 100 * done);
  }

  using Clock = std::chrono::steady_clock;
  /// Short calls show nothing.
  Clock::time_point next = Clock::now() + std::chrono::seconds(1);
  bool isShown = false;
};
} // namespace

/// The position of output `name`; empty: the first output.
static llvm::Expected<uint32_t> findOutput(const Call &call, StringRef name) {
  const kdsl_kernel &kernel = call.program();
  std::string names;
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    if (!kernel.args[k].is_output)
      continue;
    if (name.empty() || name == kernel.args[k].name)
      return k;
    names += std::string(names.empty() ? "" : ", ") + kernel.args[k].name;
  }
  return usageError("program '{}' has no output '{}', it has {}", kernel.name,
                    name.str(), names);
}

/// Writes the outputs that name=@file asks for and prints the others.
static llvm::Error giveOutputs(const Call &call, const CommandLine &line) {
  const kdsl_kernel &kernel = call.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    if (!kernel.args[k].is_output)
      continue;
    const StringRef name = kernel.args[k].name;
    auto setting = llvm::find_if(
        line.settings, [&](const Setting &s) { return name == s.name; });
    if (setting == line.settings.end()) {
      llvm::outs() << summarize(name, call.array(k));
      continue;
    }
    const StringRef path = StringRef(setting->value).drop_front();
    if (llvm::Error error = writeArray(path, call.array(k)))
      return error;
  }
  return llvm::Error::success();
}

static llvm::Expected<bool> checkExpected(const Call &call,
                                          const CommandLine &line) {
  bool matches = true;
  for (const Setting &setting : line.expected) {
    auto output = findOutput(call, setting.name);
    if (!output)
      return output.takeError();
    auto reference = readArray(StringRef(setting.value).drop_front());
    if (!reference)
      return reference.takeError();
    const Comparison comparison =
        compare(call.program().args[*output].name, call.array(*output),
                *reference, line.rtol, line.atol);
    llvm::outs() << comparison.text << "\n";
    matches &= comparison.matches;
  }
  return matches;
}

static llvm::Error drawOutput(const Call &call, const Setting &setting) {
  auto output = findOutput(call, setting.name);
  if (!output)
    return output.takeError();
  auto document = plot(call, *output);
  if (!document)
    return document.takeError();
  if (llvm::Error error = writeOutput(setting.value, *document))
    return ioError("{}", llvm::toString(std::move(error)));
  return llvm::Error::success();
}

static llvm::Error runOrBench(Call &call, const CommandLine &line) {
  char message[512] = "";
  kdsl_exec exec = {};
  exec.size = sizeof(exec);
  exec.threads = line.threads;
  exec.device = line.device;
  exec.isa = line.isa;
  exec.err = message;
  exec.err_len = sizeof(message);
  if (line.bench) {
    auto result = bench(call, exec);
    if (!result)
      return result.takeError();
    llvm::outs() << formatBench(call, *result, line.json);
    return llvm::Error::success();
  }
  ProgressLine progress;
  if (isatty(STDERR_FILENO)) {
    exec.tick = ProgressLine::tick;
    exec.user = &progress;
  }
  return call.run(exec);
}

static llvm::Expected<bool> checkReference(const Call &call,
                                           const LoadedFile &file,
                                           const CommandLine &line) {
  if (!line.check)
    return true;
  auto report = checkAgainstReference(call, *file.source(call.program()));
  if (!report)
    return report.takeError();
  llvm::outs() << report->text;
  return report->passes;
}

/// What the settings say of outputs: a file for each, which is no other's.
static llvm::Error checkOutputs(const Call &call, const CommandLine &line) {
  std::vector<std::pair<StringRef, StringRef>> written; // names and files
  llvm::StringSet<> given;
  for (const Setting &setting : line.settings) {
    auto isThis = [&](const kdsl_arg &arg) {
      return arg.is_output && setting.name == arg.name;
    };
    const kdsl_kernel &kernel = call.program();
    if (std::none_of(kernel.args, kernel.args + kernel.n_args, isThis))
      continue;
    StringRef path = setting.value;
    if (!given.insert(setting.name).second)
      return usageError("'{}' is given twice", setting.name);
    if (!path.consume_front("@"))
      return usageError("output '{}' is '{}', expected @file.npy", setting.name,
                        setting.value);
    if (!path.ends_with(".npy") && !path.ends_with(".csv"))
      return usageError("{}: expected a file name that ends in .npy or .csv",
                        path.str());
    for (auto [owner, other] : written)
      if (areSamePlace(path, other))
        return usageError("'{}' and '{}' are written to one file, {}",
                          owner.str(), setting.name, path.str());
    written.push_back({setting.name, path});
  }
  return llvm::Error::success();
}

/// What is asked about a call, before it takes its time.
static llvm::Error checkRequests(const Call &call, const LoadedFile &file,
                                 const CommandLine &line) {
  if (llvm::Error error = checkOutputs(call, line))
    return error;
  for (const Setting &setting : line.expected) {
    if (auto output = findOutput(call, setting.name); !output)
      return output.takeError();
    if (!StringRef(setting.value).starts_with("@"))
      return usageError("--expect={}: expected [NAME=]@file.npy",
                        setting.value);
  }
  if (const std::string &path = line.plot.value; !path.empty()) {
    if (auto output = findOutput(call, line.plot.name); !output)
      return output.takeError();
    if (!StringRef(path).ends_with(".svg"))
      return usageError("--plot={}: expected a file name that ends in .svg",
                        path);
  }
  if (line.check && !file.source(call.program()))
    return usageError("--check needs the source, expected a .kdsl file");
  return llvm::Error::success();
}

/// Everything after the file is loaded.
static llvm::Expected<Exit> runProgram(const LoadedFile &file,
                                       const kdsl_kernel &kernel,
                                       const CommandLine &line) {
  std::vector<std::string> notes;
  auto call = Call::prepare(kernel, line.settings, notes);
  if (!call)
    return call.takeError();
  if (llvm::Error error = checkRequests(**call, file, line))
    return error;
  for (const std::string &note : notes)
    llvm::WithColor::note(llvm::errs(), "kdsl-run") << note << "\n";
  if (llvm::Error error = runOrBench(**call, line))
    return error;
  if (!line.bench)
    if (llvm::Error error = giveOutputs(**call, line))
      return error;
  if (!line.plot.value.empty())
    if (llvm::Error error = drawOutput(**call, line.plot))
      return error;
  auto matches = checkExpected(**call, line);
  if (!matches)
    return matches.takeError();
  auto agrees = checkReference(**call, file, line);
  if (!agrees)
    return agrees.takeError();
  return *matches && *agrees ? Exit::Ok : Exit::Mismatch;
}

static llvm::Expected<Exit> run(llvm::ArrayRef<const char *> args) {
  auto line = parseCommandLine(args);
  if (!line)
    return line.takeError();
  if (line->help || line->version) {
    llvm::outs() << (line->help ? helpText() : "kdsl-run " KDSL_VERSION "\n");
    return Exit::Ok;
  }
  auto file = loadFile(line->file, line->compile);
  if (!file)
    return file.takeError();
  if (line->describe && line->program.empty()) {
    for (const kdsl_kernel *kernel : (*file)->programs())
      llvm::outs() << describe(*kernel);
    return Exit::Ok;
  }
  auto kernel = (*file)->find(line->program);
  if (!kernel)
    return kernel.takeError();
  if (line->describe) {
    llvm::outs() << describe(**kernel);
    return Exit::Ok;
  }
  return runProgram(**file, **kernel, *line);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  prepareProcess("kdsl-run");
  auto result = run(llvm::ArrayRef<const char *>(argv + 1, size_t(argc - 1)));
  if (result)
    return finishProcess(int(*result));
  Exit code = Exit::Internal;
  llvm::handleAllErrors(
      result.takeError(), [&](const llvm::ErrorInfoBase &error) {
        llvm::WithColor::error(llvm::errs(), "kdsl-run")
            << error.message() << "\n";
        if (error.isA<Failure>())
          code = static_cast<const Failure &>(error).exitCode();
      });
  return finishProcess(int(code));
}
