//===- Machine.h - LLVM's description of what code is emitted for ---------===//

#ifndef KDSLC_OUTPUT_MACHINE_H
#define KDSLC_OUTPUT_MACHINE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>

namespace kdslc {

/// The name of the machine for all x86 levels.
inline constexpr llvm::StringLiteral hostMachine = "x86-64";

/// \param machine  `hostMachine`: x86-64 Linux, position independent; functions
///                 name their instruction set themselves, by the attribute
///                 `passthrough = [["target-cpu", "x86-64-v3"]]`. Or a GPU,
///                 "sm_80": PTX in the oldest version that knows it.
/// \param optLevel 0: no optimisation.
std::unique_ptr<llvm::TargetMachine>
createTargetMachine(llvm::StringRef machine, int optLevel);

} // namespace kdslc

#endif // KDSLC_OUTPUT_MACHINE_H
