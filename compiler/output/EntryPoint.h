//===- EntryPoint.h - the C functions of an object ------------------------===//

#ifndef KDSLC_OUTPUT_ENTRYPOINT_H
#define KDSLC_OUTPUT_ENTRYPOINT_H

#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace kdslc {

/// What the entry points of one program need: its signature, and the phase
/// functions of each variant.
struct ProgramInfo {
  CheckedProgram signature; ///< no expressions; docs and source if known
  struct Temporary {
    int axis; ///< position in the axes, -1: one row
    int64_t rowBytes;
  };
  struct Phase {
    std::string function;
    int axis, pairAxis;
    int64_t tileRows, scratchBytes;
    double pairCost;
  };
  struct Variant {
    std::string target;
    std::vector<Phase> phases;
  };
  std::vector<Temporary> temporaries;
  std::vector<bool> reduced; ///< of each input: some sweep reads it as rows j
  std::vector<Variant> variants; ///< the widest first
};

/// Reads what `cpu-lower-to-vector` left in attributes.
/// \param source  docs and statements for the descriptor; null if the module
///                was read from text.
std::vector<ProgramInfo> collectPrograms(mlir::ModuleOp lowered,
                                         const CheckedFile *source);

/// Adds the plain call, the full call, the workspace call, the descriptor and
/// the variants of each program: the only global symbols of the object.
void addEntryPoints(llvm::Module &module, llvm::ArrayRef<ProgramInfo> programs,
                    const Options &options);

} // namespace kdslc

#endif // KDSLC_OUTPUT_ENTRYPOINT_H
