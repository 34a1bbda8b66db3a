//===- main.cpp - the shell over the compiler -----------------------------===//

#include "CommandLine.h"
#include "Files.h"
#include "Output.h"
#include "Process.h"
#include "TestRunner.h"
#include "compiler/Compiler.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace kdslc;

void kdslc::printMessages(const DiagnosticEngine &diags,
                          const CommandLine &line) {
  if (line.json)
    return diags.printJson(llvm::errs());
  // LLVM would ask the terminal again, and --color=always is for where there is
  // none.
  llvm::errs().enable_colors(line.colors);
  if (line.colors)
    llvm::WithColor::setAutoDetectFunction(
        [](const llvm::raw_ostream &) { return true; });
  diags.print(llvm::errs(), line.colors);
}

void kdslc::printFailure(const std::string &message, const CommandLine &line) {
  if (line.json)
    llvm::errs() << llvm::json::Value(llvm::json::Object{
                        {"severity", "error"},
                        {"message", llvm::json::fixUTF8(message)}})
                 << '\n';
  else
    llvm::errs() << "kdslc: error: " << message << '\n';
}

static int fail(llvm::Error error, const CommandLine &line) {
  printFailure(llvm::toString(std::move(error)), line);
  return FileError;
}

/// "out.o: a.kdsl b.kdsl", as make and ninja read it, in which a newline ends
/// the list whatever stands before it.
static llvm::Expected<std::string> dependencyText(const CommandLine &line,
                                                  const CompileResult &result) {
  auto escape = [](llvm::StringRef path) {
    std::string out;
    for (char c : path) {
      if (c == ' ' || c == '#')
        out += '\\';
      out += c;
      if (c == '$')
        out += '$';
    }
    return out;
  };
  std::string text;
  for (const OutputFile &output : line.outputs)
    text += escape(output.path) + " ";
  if (text.empty())
    text = escape(line.input) + ".check ";
  text.back() = ':';
  for (const std::string &path : result.dependencies)
    text += " " + escape(path);
  if (llvm::StringRef(text).contains('\n'))
    return llvm::createStringError(
        line.dependencyFile +
        ": cannot name a file with a newline in its name");
  return text + "\n";
}

static int writeAll(const CommandLine &line, const CompileResult &result) {
  std::vector<std::string> paths;
  for (const OutputFile &output : line.outputs)
    paths.push_back(output.path);
  if (!line.dependencyFile.empty())
    paths.push_back(line.dependencyFile);
  if (llvm::Error error = checkOutputs(paths, result.dependencies)) {
    printFailure(llvm::toString(std::move(error)), line);
    return UsageError;
  }
  std::string dependencies;
  if (!line.dependencyFile.empty()) {
    auto text = dependencyText(line, result);
    if (!text)
      return fail(text.takeError(), line);
    dependencies = std::move(*text);
  }
  for (size_t i = 0; i < line.outputs.size(); ++i)
    if (llvm::Error error = kdslrun::writeOutput(line.outputs[i].path,
                                                 result.artefacts[i].bytes))
      return fail(std::move(error), line);
  if (!line.dependencyFile.empty())
    if (llvm::Error error =
            kdslrun::writeOutput(line.dependencyFile, dependencies))
      return fail(std::move(error), line);
  return Success;
}

ExitCode kdslc::exitCodeOf(const CompileResult &result,
                           const DiagnosticEngine &diags) {
  if (result.outsideFailed)
    return FileError;
  for (const Diagnostic &d : diags.all())
    if (d.severity == Severity::Error && d.label == Label::K000)
      return InternalError;
  return SourceError;
}

static int run(int argc, char **argv) {
  int exitCode = Success;
  std::optional<CommandLine> line = parseCommandLine(argc, argv, exitCode);
  if (!line)
    return exitCode;

  auto source = readSource(line->input);
  if (!source)
    return fail(source.takeError(), *line);
  std::vector<Emit> kinds;
  for (const OutputFile &output : line->outputs)
    kinds.push_back(output.kind);
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  llvm::StringRef name = line->input;
  if (name == "-")
    name = "<stdin>";
  if (line->test)
    return runTests(name, (*source)->getBuffer(), *line, diags);
  CompileResult result =
      compile(name, (*source)->getBuffer(), kinds, line->options, diags);
  printMessages(diags, *line);
  if (!result.ok)
    return exitCodeOf(result, diags);
  return writeAll(*line, result);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  llvm::setBugReportMsg("kdslc: this is a bug of the compiler; please report "
                        "it with the source and the command below\n");
  kdslrun::prepareProcess("kdslc");
  return kdslrun::finishProcess(run(argc, argv));
}
