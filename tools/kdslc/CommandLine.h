//===- CommandLine.h - what the user asked of kdslc -----------------------===//

#ifndef KDSLC_TOOLS_KDSLC_COMMANDLINE_H
#define KDSLC_TOOLS_KDSLC_COMMANDLINE_H

#include "compiler/Options.h"
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

/// The command line, with every default filled in.
struct CommandLine {
  Options options;
  std::string input;               ///< "-" for stdin
  std::vector<OutputFile> outputs; ///< empty: check only
  std::string dependencyFile;      ///< empty: none
  enum { Auto, Always, Never } color = Auto;
};

/// Reads the arguments. Prints what --help and its like ask for, or what is
/// wrong with them.
///
/// \returns nothing when the program is to end with `exitCode` at once.
std::optional<CommandLine> parseCommandLine(int argc, const char *const *argv,
                                            int &exitCode);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_COMMANDLINE_H
