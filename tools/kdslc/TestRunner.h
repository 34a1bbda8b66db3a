//===- TestRunner.h - kdslc --test ----------------------------------------===//
//
// Runs the `test` blocks of a file: the compiled code against what they expect
// and against the reference interpreter. It joins the compiler with the loader
// and the runtime, which the compiler's libraries know nothing of; so it is a
// part of the tool.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TOOLS_KDSLC_TESTRUNNER_H
#define KDSLC_TOOLS_KDSLC_TESTRUNNER_H

#include "CommandLine.h"
#include "compiler/Diagnostics.h"

namespace kdslc {

/// Compiles `text` for this machine and runs its tests: with every instruction
/// set that the machine has, or on the GPU that the command line names, and
/// once more without optimisation unless it names a level.
///
/// Prints a line for each test to stdout; `diags` receives what is wrong, with
/// its place, and is printed.
ExitCode runTests(llvm::StringRef name, llvm::StringRef text,
                  const CommandLine &line, DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_TESTRUNNER_H
