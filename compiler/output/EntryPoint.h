//===- EntryPoint.h - the C functions of an object ------------------------===//

#ifndef KDSLC_OUTPUT_ENTRYPOINT_H
#define KDSLC_OUTPUT_ENTRYPOINT_H

#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"
#include "compiler/output/DeviceImage.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace kdslc {

/// What the entry points of one program need: its signature, the phase functions
/// of each variant and the kernels for each GPU.
struct ProgramInfo {
  CheckedProgram signature; ///< no expressions; docs and source if known
  struct Temporary {
    std::vector<int> axes; ///< positions in the axes; none: one row
    int64_t rowBytes;
  };
  struct Axes {
    std::vector<int> kept; ///< positions in the axes; none: one row
    int reduced;           ///< -1: no sweep
  };
  struct Phase {
    std::string function, merge; ///< merge is empty if j is never split
    int64_t tileRows, partRows, stateBytes, scratchBytes;
    double pairCost;
    /// A kdsl_ordered_phase, if there is one; kept and reduced are inputs.
    struct Ordered {
      std::string function;
      int64_t kept, reduced, cellRows, record, fewestRows;
    };
    std::optional<Ordered> ordered = std::nullopt;
  };
  struct Variant {
    std::string target;
    std::vector<Phase> phases;
  };
  struct DevicePhase {
    std::string sweep, merge; ///< kernels; merge is empty if j is never split
    int64_t threads, tileRows, partRows, stateBytes, scratchBytes, sharedBytes;
  };
  struct Device {
    std::string target;
    std::vector<DevicePhase> phases;
  };
  std::vector<Temporary> temporaries;
  std::vector<bool> reduced; ///< of each input: some sweep reads packed rows j
  /// As of labelBounds() for each input; empty: no input holds labels.
  std::vector<int64_t> labelBounds;
  std::vector<Axes> phases;
  std::vector<Variant> variants; ///< the widest first
  std::vector<Device> devices;
};

/// Reads what the lowerings left in attributes.
/// \param source  docs and statements for the descriptor; null if the module
///                was read from text.
std::vector<ProgramInfo> collectPrograms(mlir::ModuleOp lowered,
                                         const CheckedFile *source);

/// Adds the plain call, the full call, the workspace call, the descriptor and
/// the variants of each program: the only global symbols of the object. Phase
/// functions are declared: other modules of the object define them.
/// \param images  device code, which all programs of the file share.
void addEntryPoints(llvm::Module &module, llvm::ArrayRef<ProgramInfo> programs,
                    llvm::ArrayRef<DeviceImage> images, const Options &options);

} // namespace kdslc

#endif // KDSLC_OUTPUT_ENTRYPOINT_H
