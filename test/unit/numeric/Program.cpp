//===- Program.cpp - compiled programs of test/run ------------------------===//

#include "Program.h"
#include "Recorder.h"
#include "compiler/Compiler.h"
#include "runtime/cpu/CpuLevel.h"
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <tuple>

namespace kdslc::test {

static BuildName nameOf(const std::string &file, const Build &build) {
  BuildName result{file, file, {}};
  for (const auto &[name, value] : build.defines) {
    result.name += "-" + name + value;
    result.options.push_back("-D" + name + "=" + value);
  }
  const std::string level = "-O" + std::to_string(build.optLevel);
  result.name += level;
  result.options.push_back(level);
  return result;
}

/// Names with a suffix are paths of their own.
static std::string pathOf(const std::string &name) {
  return llvm::StringRef(name).ends_with(".kdsl")
             ? name
             : KDSL_TEST_PROGRAMS "/" + name + ".kdsl";
}

/// No PTX for tests on the CPU, where it would not run.
static std::vector<std::string> targetsOf(const Build &build) {
  if (onDevice())
    return {"ptx"};
  return build.targets.empty() ? kdslc::nativeTargets() : build.targets;
}

ProgramFile::ProgramFile(const std::string &name, const Build &build)
    : build(std::make_unique<BuildName>(nameOf(name, build))) {
  kdslrun::CompileSettings settings;
  settings.defines = build.defines;
  settings.optLevel = build.optLevel;
  settings.targets = targetsOf(build);
  auto loaded = kdslrun::loadFile(pathOf(name), settings);
  if (!loaded)
    throw std::runtime_error(llvm::toString(loaded.takeError()));
  file = std::move(*loaded);
}

std::vector<Program> ProgramFile::all() const {
  std::vector<Program> programs;
  for (const kdsl_kernel *kernel : file->programs())
    programs.push_back({*kernel, *file->source(*kernel), *build});
  return programs;
}

Program ProgramFile::operator[](const std::string &name) const {
  auto kernel = file->find(name);
  if (!kernel)
    throw std::runtime_error(llvm::toString(kernel.takeError()));
  return {**kernel, *file->source(**kernel), *build};
}

const Build &inDouble() {
  static const Build build{{{"real", "f64"}}};
  return build;
}

const Build &asWritten() {
  static const Build build{{}, 0, {"x86-64-v2"}};
  return build;
}

const Build &onEveryLevel() {
  static const Build build{{}, 3, {"x86-64-v2", "x86-64-v3", "x86-64-v4"}};
  return build;
}

const ProgramFile &compiled(const std::string &name, const Build &build) {
  using Key = std::tuple<std::string, decltype(Build::defines), int,
                         decltype(Build::targets)>;
  static std::map<Key, ProgramFile> files;
  Key key{name, build.defines, build.optLevel, targetsOf(build)};
  return files.try_emplace(std::move(key), name, build).first->second;
}

bool onDevice() {
  const char *wanted = std::getenv("KDSL_TEST_DEVICE");
  return wanted && std::string(wanted) == "cuda";
}

bool forDevice() { return onDevice() || Recorder::active(); }

Machine bestMachine() {
  if (onDevice())
    return {"the GPU", KDSL_ISA_BEST, KDSL_CUDA(0)};
  return {"the best level", KDSL_ISA_BEST, KDSL_CPU};
}

std::vector<Machine> machinesFor(const kdsl_kernel &kernel) {
  if (forDevice())
    return {bestMachine()};
  std::vector<Machine> machines;
  for (uint32_t v = 0; v < kernel.n_variants; ++v)
    if (kernel.variants[v].isa <= kdsl::cpuLevel() &&
        kdsl::mayUseLevel(kernel.variants[v].isa))
      machines.push_back(
          {kernel.variants[v].target, kernel.variants[v].isa, KDSL_CPU});
  return machines;
}

} // namespace kdslc::test
