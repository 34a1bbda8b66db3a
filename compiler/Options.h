//===- Options.h - every option of the compiler ---------------------------===//

#ifndef KDSLC_OPTIONS_H
#define KDSLC_OPTIONS_H

#include "compiler/Diagnostics.h"
#include "compiler/Limits.h"
#include <string>
#include <utility>
#include <vector>

namespace kdslc {

/// The stages of the compiler, in the order of the data, and the extras.
/// `--emit=` and the dump files use these names and no others.
enum class Emit {
  Ast,     ///< the syntax tree
  Kdsl,    ///< the program as mathematics
  Planned, ///< simplified and fused, with a schedule for each target
  Tiled,   ///< grids and sweeps, still without a target
  Lowered, ///< vectors and loops
  Llvm,    ///< LLVM IR
  Asm,     ///< assembly text
  Obj,     ///< the object file (default)
  Header,  ///< the C header
  Static,  ///< an archive with the object
  Shared,  ///< a shared library that needs libkdslrt
  Ptx,     ///< the device code as text, of the oldest GPU
  Cubin,   ///< the device code of one GPU, assembled
  Derivative, ///< the derived programs as source
  Report,     ///< the schedules, and what the cost model says of them
};

/// passes: which passes over pairs a program takes; schedule: what each target
/// does in them.
inline constexpr const char *remarkKinds[] = {"passes", "schedule"};

/// Options of one compilation. Defaults are those of the command line.
struct Options {
  /// Binds feature sizes and `real`: {"D", "3"}, {"real", "f64"}.
  std::vector<std::pair<std::string, std::string>> defines;
  /// Which warnings are errors.
  WarningPolicy warnings;
  /// Import path, searched in order.
  std::vector<std::string> importDirs;
  /// Instruction sets "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v4-amx" and
  /// "native", and GPUs "sm_80", "sm_90", .., each of which needs ptxas; "ptx" is sm_80
  /// without it. Empty: all levels and ptx.
  std::vector<std::string> targets;
  /// Those of `targets` that are assembled, once the names are resolved.
  std::vector<std::string> cubins;
  /// The root of a CUDA installation, for ptxas; empty: PATH.
  std::string cudaPath;
  /// 0: one row and one pair at a time, no rewriting; 3: everything.
  int optLevel = 3;
  /// Kinds of remarks that are wanted: remarkKinds.
  std::vector<std::string> remarks;
  /// Put before every global symbol; empty, or a name of C.
  std::string prefix;
  /// A directory for numbered dumps of every stage; empty: none.
  std::string dumpDir;
  /// Operations of code that a file may ask for, for all targets together; 0:
  /// any number. The default takes seconds.
  int64_t maxWork = defaultMaxWork;
};

} // namespace kdslc

#endif // KDSLC_OPTIONS_H
