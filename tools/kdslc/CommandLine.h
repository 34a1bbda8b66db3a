//===- CommandLine.h - what the user asked of kdslc -----------------------===//

#ifndef KDSLC_TOOLS_KDSLC_COMMANDLINE_H
#define KDSLC_TOOLS_KDSLC_COMMANDLINE_H

#include "compiler/Compiler.h"
#include <optional>
#include <string>
#include <vector>

namespace kdslc {

/// Exit codes (`kdslc --help` lists them).
enum ExitCode { Success, SourceError, UsageError, FileError, InternalError };

/// A kind of output and its file, "-" for stdout.
struct OutputFile {
  Emit kind;
  std::string path;
};

/// What a compilation that failed ends with.
ExitCode exitCodeOf(const CompileResult &result, const DiagnosticEngine &diags);

struct CommandLine;

/// Prints messages as the command line asks for.
void printMessages(const DiagnosticEngine &diags, const CommandLine &line);
/// Prints an error that has no place in a source.
void printFailure(const std::string &message, const CommandLine &line);

/// The command line, with every default filled in.
struct CommandLine {
  Options options;
  std::string input;               ///< "-" for stdin
  std::vector<OutputFile> outputs; ///< empty: check only
  std::string dependencyFile;      ///< empty: none
  bool test = false;         ///< run the file's tests
  bool levelIsGiven = false; ///< -O is on the command line
  int device = 0;            ///< of the tests, as in kdsl_exec
  bool colors = false;       ///< of messages
  bool json = false;         ///< messages are JSON, one object a line
};

/// Reads the arguments. Prints what --help and its like ask for, or what is
/// wrong with them.
///
/// \returns nothing when the program is to end with `exitCode` at once.
std::optional<CommandLine> parseCommandLine(int argc, const char *const *argv,
                                            int &exitCode);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_COMMANDLINE_H
