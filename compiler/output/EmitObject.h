//===- EmitObject.h - LLVM IR to assembly or an object file ---------------===//
//
// Stages `asm` and `obj`: LLVM's code generator, in memory.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_EMITOBJECT_H
#define KDSLC_OUTPUT_EMITOBJECT_H

#include "compiler/output/Machine.h"
#include "llvm/IR/Module.h"
#include <optional>
#include <string>

namespace kdslc {

enum class MachineCode { Assembly, Object };

/// Attribute of functions whose instructions stay in the order in which they were
/// emitted, but for what selecting and combining them changes.
inline constexpr llvm::StringLiteral keepsOrder = "kdsl-keeps-order";

/// Attribute of functions whose addresses are computed as they were emitted, as on
/// GPUs; what else is in their module, too. Strength reduction gives each address
/// in a nest of loops a counter of its own, for which there are not registers
/// enough.
inline constexpr llvm::StringLiteral keepsAddresses = "kdsl-keeps-addresses";

/// Generates code for a module that optimise() has seen.
///
/// \param module   is consumed: code generation changes it.
/// \param machine  that of the module; the assembly of a GPU is PTX.
/// \param error    receives the reason of a failure.
/// \returns the bytes, which depend on the arguments only.
std::optional<std::string> emitMachineCode(llvm::Module &module,
                                           llvm::TargetMachine &machine,
                                           MachineCode kind,
                                           std::string &error);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITOBJECT_H
