//===- CommandLine.cpp - the options of kdsl-run --------------------------===//

#include "CommandLine.h"
#include "Failure.h"
#include "llvm/ADT/StringSwitch.h"

using namespace kdslrun;
using llvm::StringRef;

const char *kdslrun::helpText() {
  return R"(usage: kdsl-run FILE [PROGRAM] NAME=VALUE... [OPTION]...

Runs a program of FILE (.kdsl, .o or .so) and prints or writes its outputs.

inputs and sizes
  x=@points.npy             a NumPy file (b1 i4 i8 f2 f4 f8)
  x=@table.csv:long,lat     columns of a table, by name or number from 0
  s=0.5  ell=[1,2,3]        numbers
  x=random:SEED[:[100,3]]   uniform in [0, 1); integers 0 to 9
  x=normal:SEED[:[100,3]]   Gaussian, mean 0 and deviation 1
  x=grid:K                  K points along each axis of the unit cube
  R=[[0, 10, 3, 20], ...]   ranges: begin and end of rows i, then of rows j
  M=1000                    a size, where no input tells it
outputs
  a=@result.npy             write the output a (.npy or .csv)
options
  --describe                print sizes, inputs, outputs and types
  --expect=[NAME=]@ref.npy  compare an output; exit 1 when it differs
  --rtol=R, --atol=A        tolerances of --expect (1e-5, 1e-6)
  --check                   compare with the reference interpreter (.kdsl)
  --bench [--json]          time the call: median seconds and pairs/s
  --plot=[NAME=]FILE.svg    draw an output
  --threads=N               at most N threads (default: all)
  --isa=v2|v3|v4|v4-amx     take this variant of the code
  --device=cpu|cuda[:N]|auto  where to run (default: cpu); auto takes a GPU if
                            there is one
  -D NAME=VALUE             fix a feature size or the element type (.kdsl)
  -I DIR                    import path (.kdsl)
  -O0 .. -O3                optimisation (.kdsl; default 3)
  --help, --version

exit codes: 0 ok, 1 errors in the source or a mismatch, 2 usage, 3 files,
4 internal error
)";
}

/// "NAME=VALUE"; a text without '=' is all value.
static Setting splitSetting(StringRef text) {
  auto [name, value] = text.split('=');
  const bool hasName = name.size() != text.size();
  return hasName ? Setting{name.str(), value.str()} : Setting{"", text.str()};
}

namespace {
class Parser {
public:
  explicit Parser(llvm::ArrayRef<const char *> args) : args(args) {}

  llvm::Expected<CommandLine> parse() {
    while (!args.empty()) {
      StringRef arg = take();
      llvm::Error error = arg.size() > 1 && arg.starts_with("-")
                              ? option(arg)
                              : positional(arg);
      if (error)
        return error;
    }
    if (line.file.empty() && !line.help && !line.version)
      return usageError("no input file; try kdsl-run --help");
    if (compiles && !line.file.empty() &&
        !StringRef(line.file).ends_with(".kdsl"))
      return usageError("-D, -I and -O are for .kdsl files; '{}' is compiled",
                        line.file);
    return line;
  }

private:
  StringRef take() {
    StringRef arg = args.front();
    args = args.drop_front();
    return arg;
  }

  llvm::Error positional(StringRef arg) {
    if (arg.contains('=') && !line.file.empty())
      line.settings.push_back(splitSetting(arg));
    else if (line.file.empty())
      line.file = arg.str();
    else if (line.program.empty() && line.settings.empty())
      line.program = arg.str();
    else
      return usageError("'{}' is neither an option nor of the form "
                        "name=value",
                        arg.str());
    return llvm::Error::success();
  }

  llvm::Error option(StringRef arg) {
    bool *flag = llvm::StringSwitch<bool *>(arg)
                     .Cases({"--help", "-h"}, &line.help)
                     .Case("--version", &line.version)
                     .Case("--describe", &line.describe)
                     .Case("--bench", &line.bench)
                     .Case("--json", &line.json)
                     .Case("--check", &line.check)
                     .Default(nullptr);
    if (flag) {
      *flag = true;
      return llvm::Error::success();
    }
    for (StringRef letter : {"-D", "-I", "-O"})
      if (arg.consume_front(letter))
        return compilerOption(letter, arg);
    auto [name, value] = arg.split('=');
    if (!arg.contains('=')) {
      if (args.empty())
        return usageError("option '{}' is unknown or needs a value",
                          name.str());
      value = take();
    }
    return valueOption(name, value);
  }

  llvm::Error compilerOption(StringRef letter, StringRef value) {
    compiles = true;
    if (value.empty() && !args.empty())
      value = take();
    if (letter == "-I") {
      line.compile.importDirs.push_back(value.str());
      return llvm::Error::success();
    }
    if (letter == "-O") {
      if (value.getAsInteger(10, line.compile.optLevel) ||
          line.compile.optLevel < 0 || line.compile.optLevel > 3)
        return usageError("-O{}: expected -O0 to -O3", value.str());
      return llvm::Error::success();
    }
    Setting define = splitSetting(value);
    if (define.name.empty() || define.value.empty())
      return usageError("-D{}: expected -DNAME=VALUE", value.str());
    line.compile.defines.emplace_back(define.name, define.value);
    return llvm::Error::success();
  }

  llvm::Error deviceOption(StringRef value) {
    auto device = parseDevice(value);
    if (!device)
      return usageError("--device={}: expected cpu, cuda, cuda:N or auto",
                        value.str());
    line.device = *device;
    return llvm::Error::success();
  }

  llvm::Error valueOption(StringRef name, StringRef value) {
    if (name == "--expect") {
      line.expected.push_back(splitSetting(value));
    } else if (name == "--plot") {
      line.plot = splitSetting(value);
    } else if (name == "--threads") {
      if (value.getAsInteger(10, line.threads) || line.threads < 0)
        return usageError("--threads={}: expected a count, or 0 for all",
                          value.str());
    } else if (name == "--device") {
      return deviceOption(value);
    } else if (name == "--isa") {
      line.isa = llvm::StringSwitch<int>(value)
                     .Cases({"v2", "x86-64-v2"}, KDSL_ISA_V2)
                     .Cases({"v3", "x86-64-v3"}, KDSL_ISA_V3)
                     .Cases({"v4", "x86-64-v4"}, KDSL_ISA_V4)
                     .Cases({"v4-amx", "x86-64-v4-amx"}, KDSL_ISA_V4_AMX)
                     .Default(KDSL_ISA_BEST);
      if (line.isa == KDSL_ISA_BEST)
        return usageError("--isa={}: expected v2, v3, v4 or v4-amx", value.str());
    } else if (name == "--rtol" || name == "--atol") {
      double &tolerance = name == "--rtol" ? line.rtol : line.atol;
      if (value.getAsDouble(tolerance) || !(tolerance >= 0))
        return usageError("{}={}: expected a number of at least 0", name.str(),
                          value.str());
    } else {
      return usageError("unknown option '{}'; try kdsl-run --help", name.str());
    }
    return llvm::Error::success();
  }

  llvm::ArrayRef<const char *> args;
  CommandLine line;
  bool compiles = false; ///< an option of the compiler was given
};
} // namespace

llvm::Expected<CommandLine>
kdslrun::parseCommandLine(llvm::ArrayRef<const char *> args) {
  return Parser(args).parse();
}
