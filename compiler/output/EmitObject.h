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

/// Generates code for a module that optimise() has seen.
///
/// \param module    is consumed: code generation changes it.
/// \param optLevel  as for optimise().
/// \param error     receives the reason of a failure.
/// \param machine   that of the module; the assembly of a GPU is PTX.
/// \returns the bytes, which depend on the arguments only.
std::optional<std::string> emitMachineCode(llvm::Module &module,
                                           MachineCode kind, int optLevel,
                                           std::string &error,
                                           llvm::StringRef machine =
                                               hostMachine);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITOBJECT_H
