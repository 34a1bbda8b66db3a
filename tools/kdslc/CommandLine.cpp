//===- CommandLine.cpp - what the user asked of kdslc ---------------------===//

#include "CommandLine.h"
#include "Call.h"
#include "Explain.h"
#include "compiler/Compiler.h"
#include "compiler/reference/Accuracy.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <fmt/format.h>

using namespace kdslc;
namespace cl = llvm::cl;
using llvm::StringRef;

static const char overview[] =
    "compiles reductions over symbolic matrices\n\n"
    "  kdslc -DD=3 gauss.kdsl          gives gauss.o and gauss.h\n"
    "  kdslc --emit=ast gauss.kdsl     prints a stage of the compilation\n"
    "  kdslc --check gauss.kdsl        looks for errors only\n"
    "  kdslc --test gauss.kdsl         runs its tests\n"
    "  kdslc --explain-derivative gauss.kdsl\n"
    "                                  prints its derivatives as source\n\n"
    "Exit codes: 0 done, 1 errors in the source or a test failed, 2 wrong\n"
    "usage, 3 a file cannot be read or written, memory is used up or a tool is\n"
    "missing, 4 the compiler itself failed.\n";

namespace {

/// One row for each kind of output.
struct KindRow {
  Emit kind;
  const char *name;
  const char *suffix;
  bool isText; ///< goes to stdout unless -o names a file
};

constexpr KindRow kinds[] = {
    {Emit::Ast, "ast", ".ast.txt", true},
    {Emit::Kdsl, "kdsl", ".kdsl.mlir", true},
    {Emit::Planned, "planned", ".planned.mlir", true},
    {Emit::Tiled, "tiled", ".tiled.mlir", true},
    {Emit::Lowered, "lowered", ".lowered.mlir", true},
    {Emit::Llvm, "llvm", ".ll", true},
    {Emit::Asm, "asm", ".s", true},
    {Emit::Obj, "obj", ".o", false},
    {Emit::Header, "header", ".h", true},
    {Emit::Static, "static", ".a", false},
    {Emit::Shared, "shared", ".so", false},
    {Emit::Ptx, "ptx", ".ptx", true},
    {Emit::Cubin, "cubin", ".cubin", false},
    {Emit::Derivative, "derivative", ".derivative.kdsl", true},
    {Emit::Report, "report", ".report.txt", true},
};

/// The options themselves. They live in a function, not in static storage,
/// because LLVM's own `--color` must make place first.
struct Flags {
  cl::OptionCategory category{"kdslc options"};
  cl::opt<std::string> input{cl::Positional, cl::desc("<file.kdsl, or ->"),
                             cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::value_desc("file"), cl::cat(category),
      cl::desc("main output, - is stdout; its suffix picks the kind (.o .a .so "
               ".s .ll .ptx .cubin .h); the stem when --emit lists several")};
  cl::opt<std::string> header{"header", cl::value_desc("file"),
                              cl::cat(category),
                              cl::desc("C header; default: beside -o")};
  cl::alias headerShort{"h", cl::aliasopt(header), cl::desc("as --header"),
                        cl::cat(category)};
  cl::list<std::string> emit{
      "emit", cl::CommaSeparated, cl::value_desc("kinds"), cl::cat(category),
      cl::desc("ast, kdsl, planned, tiled, lowered, llvm, asm, obj (default), "
               "header, static, shared, ptx, cubin, derivative, report")};
  cl::opt<bool> explainDerivative{
      "explain-derivative", cl::cat(category),
      cl::desc("print the derived programs as source, which compiles to the "
               "same code; as --emit=derivative")};
  cl::opt<bool> report{
      "report", cl::cat(category),
      cl::desc("print the schedules that were chosen, what a pair costs and "
               "what binds it; as --emit=report")};
  cl::list<std::string> targets{
      "target", cl::CommaSeparated, cl::value_desc("targets"),
      cl::cat(category),
      cl::desc("what --list-targets shows; default: three x86 levels and PTX "
               "in one object")};
  cl::opt<std::string> cudaPath{
      "cuda-path", cl::value_desc("dir"), cl::cat(category),
      cl::desc("where CUDA is, for ptxas; default: PATH")};
  cl::opt<bool> listTargets{"list-targets", cl::cat(category),
                            cl::desc("print what this build can emit")};
  cl::opt<std::string> optLevel{
      "O",
      cl::Prefix,
      cl::init("3"),
      cl::cat(category),
      cl::value_desc("0..3"),
      cl::desc("0: plain loops; 3: everything (default)")};
  cl::list<std::string> defines{
      "D", cl::Prefix, cl::value_desc("name=value"), cl::cat(category),
      cl::desc("fix a feature size (-DD=3) or the type (-Dreal=f64)")};
  cl::list<std::string> importDirs{"I", cl::Prefix, cl::value_desc("dir"),
                                   cl::cat(category),
                                   cl::desc("import path, in order")};
  cl::opt<bool> dependencies{
      "MD", cl::cat(category),
      cl::desc("write a dependency file for make and ninja")};
  cl::opt<std::string> dependencyFile{
      "MF", cl::value_desc("file"), cl::cat(category),
      cl::desc("its name; default: beside -o, with .d")};
  cl::opt<bool> check{"check", cl::cat(category),
                      cl::desc("parse and check only")};
  cl::opt<bool> test{
      "test", cl::cat(category),
      cl::desc("run the tests of the file, with every instruction set of this "
               "machine and with -O0 too")};
  cl::opt<std::string> device{
      "device", cl::value_desc("cpu|cuda[:N]"), cl::init("cpu"),
      cl::cat(category), cl::desc("where --test runs them")};
  cl::opt<std::string> dumpPhases{
      "dump-phases", cl::value_desc("dir"), cl::cat(category),
      cl::desc("write every stage to a numbered file")};
  cl::opt<int64_t> maxWork{
      "max-work", cl::value_desc("n"), cl::init(defaultMaxWork),
      cl::cat(category),
      cl::desc("operations of code that a file may ask for; default: 200000, "
               "which takes seconds; 0: any number")};
  cl::opt<std::string> prefix{"prefix", cl::value_desc("text"),
                              cl::cat(category),
                              cl::desc("put before every global symbol")};
  cl::opt<std::string> color{
      "color",           cl::value_desc("when"),
      cl::ValueOptional, cl::cat(category),
      cl::init("auto"),  cl::desc("colours of messages: auto, always, never")};
  cl::opt<std::string> format{
      "diagnostics-format", cl::value_desc("text|json"), cl::init("text"),
      cl::cat(category),
      cl::desc("messages as text, or as one JSON object a line")};
  cl::list<std::string> remarks{
      "Rkdsl", cl::CommaSeparated, cl::value_desc("kinds"), cl::cat(category),
      cl::desc("remarks on what was decided, at its place: passes, schedule")};
  cl::list<std::string> warningsAsErrors{
      "Werror",          cl::value_desc("labels"), cl::ValueOptional,
      cl::CommaSeparated, cl::cat(category),
      cl::desc("make errors of all warnings, or of those with a label "
               "(-Werror=K047)")};
  cl::opt<std::string> explain{
      "explain", cl::value_desc("label"), cl::cat(category),
      cl::desc("say more about the rule of a message, as K017; all: of every "
               "one")};
  cl::opt<bool> helpLang{
      "help-lang", cl::cat(category),
      cl::desc("print the functions and reductions of the language")};
};

} // namespace

static const KindRow &rowOf(Emit kind) {
  return *llvm::find_if(kinds,
                        [&](const KindRow &row) { return row.kind == kind; });
}

static bool usage(const std::string &message) {
  llvm::errs() << "kdslc: error: " << message << '\n';
  return false;
}

static void printLanguage(llvm::raw_ostream &os) {
  auto row = [&](const std::string &left, const std::string &doc) {
    os << fmt::format("  {:26}{}\n", left, doc);
  };
  auto error = [](Function function) {
    double ulps = reference::statedUlps(function);
    return ulps == 0 ? "exact" : fmt::format("{:g} ulp", ulps);
  };
  os << "operators and functions of values, with the largest error of a step "
        "in reals\n";
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC)                            \
  row(fmt::format("{:14}{} value{}", NAME, ARITY, ARITY == 1 ? "" : "s"),      \
      fmt::format("{:10}{}", error(Function::ENUM), DOC));
#include "compiler/frontend/Builtins.def"
  os << "\nnumbers: pi inf nan; conversions: real(e) f32(e) f64(e) i32(e) "
        "i64(e)\n\nreductions over rows, written NAME[j](...)\n";
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC)                    \
  row(fmt::format("{:14}{}{} value{}", NAME, MIN_ARGS,                         \
                  MAX_ARGS > MIN_ARGS ? fmt::format("-{}", MAX_ARGS) : "",     \
                  MAX_ARGS == 1 ? "" : "s"),                                   \
      DOC);
#include "compiler/frontend/Builtins.def"
  os << "\nlimits\n";
#define KDSL_LIMIT(NAME, VALUE, WHAT)                                          \
  os << fmt::format("  {:>11}   {}\n", VALUE, WHAT);
#include "compiler/Limits.def"
}

//===----------------------------------------------------------------------===//
// From flags to what is asked
//===----------------------------------------------------------------------===//

static std::optional<Emit> kindOfSuffix(StringRef path) {
  for (const KindRow &row : kinds)
    if (path.ends_with(row.suffix))
      return row.kind;
  return std::nullopt;
}

/// The kinds of --emit, or what the suffix of -o says, or an object.
static bool collectKinds(const Flags &flags, std::vector<Emit> &result) {
  for (const std::string &name : flags.emit) {
    const KindRow *row =
        llvm::find_if(kinds, [&](const KindRow &r) { return name == r.name; });
    if (row == std::end(kinds)) {
      std::string names;
      for (const KindRow &r : kinds)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", r.name);
      return usage(
          fmt::format("--emit={}: unknown kind; kinds are {}", name, names));
    }
    if (!llvm::is_contained(result, row->kind))
      result.push_back(row->kind);
  }
  for (auto [isAsked, option, kind] :
       {std::tuple(bool(flags.explainDerivative), "--explain-derivative",
                   Emit::Derivative),
        std::tuple(bool(flags.report), "--report", Emit::Report)}) {
    if (!isAsked)
      continue;
    if (!result.empty())
      return usage(fmt::format("{} is a kind of its own; leave out others",
                               option));
    result.push_back(kind);
  }
  if (result.empty())
    result.push_back(kindOfSuffix(flags.output).value_or(Emit::Obj));
  return true;
}

static bool collectOutputs(const Flags &flags, CommandLine &line) {
  std::vector<Emit> wanted;
  if (!collectKinds(flags, wanted))
    return false;
  bool fromStdin = line.input == "-";
  std::string stem =
      fromStdin ? "out" : llvm::sys::path::stem(line.input).str();
  if (wanted.size() > 1 && flags.output == "-")
    return usage("-o - is for one kind; --emit lists several");
  if (fromStdin && flags.output.empty() && !rowOf(wanted[0]).isText)
    return usage("input from stdin needs -o");
  bool needsHeader = !flags.header.empty();
  for (Emit kind : wanted) {
    const KindRow &row = rowOf(kind);
    std::string path = flags.output;
    if (path.empty())
      path = row.isText && wanted.size() == 1 ? "-" : stem + row.suffix;
    else if (wanted.size() > 1)
      path += row.suffix;
    line.outputs.push_back({kind, path});
    needsHeader |= !row.isText && path != "-";
  }
  if (!needsHeader || llvm::is_contained(wanted, Emit::Header))
    return true;
  llvm::SmallString<128> header(flags.header.getValue());
  if (header.empty()) {
    header = line.outputs[0].path;
    llvm::sys::path::replace_extension(header, ".h");
  }
  line.outputs.push_back({Emit::Header, header.str().str()});
  return true;
}

static bool collectDefines(const Flags &flags, Options &options) {
  for (const std::string &define : flags.defines) {
    auto [name, value] = StringRef(define).split('=');
    if (name.empty() || value.empty())
      return usage(fmt::format("-D{}: write -DNAME=VALUE", define));
    for (const auto &known : options.defines)
      if (known.first == name && known.second != value)
        return usage(fmt::format("-D{}: '{}' is {} already", define,
                                 known.first, known.second));
    options.defines.push_back({name.str(), value.str()});
  }
  return true;
}

static bool collectWarnings(const Flags &flags, WarningPolicy &warnings) {
  for (const std::string &name : flags.warningsAsErrors) {
    std::optional<Label> label = labelOf(name);
    if (name.empty())
      warnings.allAreErrors = true;
    else if (label)
      warnings.errors.insert(*label);
    else
      return usage(fmt::format("-Werror={}: no such label", name));
  }
  return true;
}

static bool collectRemarks(const Flags &flags, Options &options) {
  for (const std::string &kind : flags.remarks) {
    if (!llvm::is_contained(remarkKinds, kind))
      return usage(fmt::format("-Rkdsl={}: unknown kind; kinds are {}", kind,
                               fmt::join(remarkKinds, ", ")));
    options.remarks.push_back(kind);
  }
  return true;
}

/// How messages are printed.
static bool collectStyle(const Flags &flags, CommandLine &line) {
  if (flags.format != "text" && flags.format != "json")
    return usage(fmt::format("--diagnostics-format={}: text or json",
                             flags.format.getValue()));
  line.json = flags.format == "json";
  auto colors =
      llvm::StringSwitch<std::optional<bool>>(flags.color)
          .Cases({"", "always"}, true)
          .Case("never", false)
          .Case("auto", llvm::errs().has_colors())
          .Default(std::nullopt);
  if (!colors)
    return usage(fmt::format("--color={}: auto, always or never",
                             flags.color.getValue()));
  line.colors = *colors;
  return true;
}

static bool collectTest(const Flags &flags, CommandLine &line) {
  line.test = flags.test;
  line.levelIsGiven = flags.optLevel.getNumOccurrences() > 0;
  auto device = kdslrun::parseDevice(flags.device);
  if (!device || *device == KDSL_AUTO)
    return usage(fmt::format("--device={}: expected cpu, cuda or cuda:N",
                             flags.device.getValue()));
  line.device = *device;
  if (!flags.test && flags.device.getNumOccurrences())
    return usage("--device is for --test");
  if (flags.test && (flags.check || !flags.output.empty() ||
                     !flags.header.empty() || !flags.emit.empty() ||
                     flags.dependencies || !flags.dependencyFile.empty()))
    return usage("--test runs the tests and writes nothing; leave out --check, "
                 "--emit, -o, -h and -MD");
  return true;
}

/// A check makes none of the outputs that are asked for; -MD may be beside it.
static bool collectCheck(const Flags &flags) {
  if (flags.check &&
      (!flags.output.empty() || !flags.header.empty() || !flags.emit.empty() ||
       flags.explainDerivative || flags.report))
    return usage("--check looks for errors and writes no output; leave out "
                 "--emit, -o, -h, --report and --explain-derivative");
  return true;
}

static bool collect(const Flags &flags, CommandLine &line) {
  if (flags.input.empty())
    return usage("no input file; kdslc --help shows the usage");
  line.input = flags.input;
  const std::string &level = flags.optLevel;
  if (level.size() != 1 || level[0] < '0' || level[0] > '3')
    return usage(fmt::format("-O{}: levels are 0, 1, 2 and 3", level));
  line.options.optLevel = level[0] - '0';
  line.options.importDirs.assign(flags.importDirs.begin(),
                                 flags.importDirs.end());
  line.options.prefix = flags.prefix;
  if (flags.maxWork < 0)
    return usage("--max-work is 0 or more");
  line.options.maxWork = flags.maxWork;
  line.options.dumpDir = flags.dumpPhases;
  line.options.cudaPath = flags.cudaPath;
  if (!collectStyle(flags, line) ||
      !collectWarnings(flags, line.options.warnings) ||
      !collectRemarks(flags, line.options))
    return false;
  line.options.targets.assign(flags.targets.begin(), flags.targets.end());
  if (!collectDefines(flags, line.options))
    return false;
  if (!collectTest(flags, line) || !collectCheck(flags))
    return false;
  if (!flags.check && !flags.test && !collectOutputs(flags, line))
    return false;
  std::vector<Emit> wanted;
  for (const OutputFile &output : line.outputs)
    wanted.push_back(output.kind);
  if (auto wrong = checkRequest(wanted, line.options))
    return usage(*wrong);
  line.dependencyFile = flags.dependencyFile;
  if (flags.dependencies && line.dependencyFile.empty()) {
    if (line.outputs.empty() || line.outputs[0].path == "-")
      return usage("-MD needs an output file, or -MF");
    llvm::SmallString<128> path(line.outputs[0].path);
    llvm::sys::path::replace_extension(path, ".d");
    line.dependencyFile = path.str().str();
  }
  return true;
}

std::optional<CommandLine>
kdslc::parseCommandLine(int argc, const char *const *argv, int &exitCode) {
  cl::getRegisteredOptions()["color"]->removeArgument();
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "kdslc " KDSLC_VERSION " (LLVM " LLVM_VERSION_STRING ")\n";
  });
  exitCode = UsageError;
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs()))
    return std::nullopt;
  if (flags.helpLang || flags.listTargets) {
    exitCode = Success;
    if (flags.helpLang)
      printLanguage(llvm::outs());
    else
      llvm::outs() << listTargets(flags.cudaPath);
    return std::nullopt;
  }
  if (flags.explain.getNumOccurrences()) {
    if (explain(flags.explain, llvm::outs()))
      exitCode = Success;
    else
      usage(fmt::format("--explain={}: labels are {} to {}, or all",
                        flags.explain.getValue(), allLabels().front().name.str(),
                        allLabels().back().name.str()));
    return std::nullopt;
  }
  CommandLine line;
  if (!collect(flags, line))
    return std::nullopt;
  return line;
}
