//===- Program.h - compiled programs of test/run --------------------------===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_PROGRAM_H
#define KDSLC_TEST_UNIT_NUMERIC_PROGRAM_H

#include "Load.h"

namespace kdslc::test {

/// What a test asks of the compiler.
struct Build {
  std::vector<std::pair<std::string, std::string>> defines = {};
  int optLevel = 3;
  /// Empty: the levels of x86 that this machine runs. On a GPU it is PTX that is
  /// compiled, whatever stands here.
  std::vector<std::string> targets = {};
};

/// What the compiler was told, for those who compile the file again.
struct BuildName {
  std::string name;                 ///< "gauss-D3-E1-O3"
  std::string file;                 ///< "gauss"
  std::vector<std::string> options; ///< of kdslc
};

/// One compiled program and its source.
struct Program {
  const kdsl_kernel &kernel;
  const CheckedProgram &source;
  const BuildName &build;
};

/// A file of test/run, or of a path that ends in .kdsl, compiled and linked into
/// this process.
class ProgramFile {
public:
  /// Throws std::runtime_error if the file does not compile.
  explicit ProgramFile(const std::string &name, const Build &build = {});

  std::vector<Program> all() const;
  Program operator[](const std::string &name) const;

private:
  std::unique_ptr<kdslrun::LoadedFile> file;
  std::unique_ptr<BuildName> build;
};

/// The builds that most tests use beside Build(): f64, and f32 without
/// optimisation, which is the formula as it is written.
const Build &inDouble();
const Build &asWritten();
/// f32 for all levels, also those that this machine cannot run: that there is code
/// for them is a test.
const Build &onEveryLevel();

/// A file, compiled once in a run of the tests.
const ProgramFile &compiled(const std::string &name, const Build &build = {});

/// Where code of one kind runs.
struct Machine {
  std::string name;
  int isa;        ///< as in kdsl_exec
  int32_t device; ///< as in kdsl_exec
};

/// All tests run on the GPU instead of the CPU: the environment has
/// KDSL_TEST_DEVICE=cuda. The GPU may be one that a test made up.
bool onDevice();
/// Trials have the sizes for a GPU: they run there, or are recorded for it.
bool forDevice();
Machine bestMachine();
/// This machine with each instruction set of `kernel` that it runs, or the GPU.
std::vector<Machine> machinesFor(const kdsl_kernel &kernel);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_PROGRAM_H
