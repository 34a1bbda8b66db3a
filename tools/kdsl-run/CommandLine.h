//===- CommandLine.h - the options of kdsl-run ----------------------------===//

#ifndef KDSL_RUN_COMMANDLINE_H
#define KDSL_RUN_COMMANDLINE_H

#include "Call.h"
#include "Load.h"

namespace kdslrun {

struct CommandLine {
  std::string file, program; ///< an empty program means the only one
  std::vector<Setting> settings;
  CompileSettings compile;
  std::vector<Setting> expected; ///< output (or "" for the first) and @file
  Setting plot;                  ///< output (or "") and the SVG file
  double rtol = 1e-5, atol = 1e-6;
  int threads = 0;
  int device = KDSL_CPU;
  int isa = KDSL_ISA_BEST;
  bool describe = false, bench = false, json = false, check = false;
  bool help = false, version = false;
};

llvm::Expected<CommandLine> parseCommandLine(llvm::ArrayRef<const char *> args);

/// The text of --help.
const char *helpText();

} // namespace kdslrun

#endif // KDSL_RUN_COMMANDLINE_H
