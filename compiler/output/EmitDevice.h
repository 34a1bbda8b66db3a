//===- EmitDevice.h - kernels to PTX and cubins ---------------------------===//

#ifndef KDSLC_OUTPUT_EMITDEVICE_H
#define KDSLC_OUTPUT_EMITDEVICE_H

#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/Module.h"
#include <optional>

namespace kdslc {

/// The code of one GPU: an entry of the table {target, kind, bytes} that every
/// object with device code carries.
struct DeviceImage {
  std::string target; ///< "sm_80"
  bool isCubin;       ///< else PTX
  std::string bytes;
};

/// The kernels of one GPU.
struct DeviceModule {
  std::string target;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Takes the kernels, and what they use, out of a module of the LLVM dialect.
/// \returns a module for each GPU, in the order of their first kernels.
std::vector<DeviceModule> takeDeviceModules(mlir::ModuleOp module);

/// PTX of the kernels of one GPU. No tool and no CUDA is needed.
/// \param show  sees the LLVM IR that becomes PTX.
/// \returns nothing after an error, whose reason is in `error`.
std::optional<std::string> emitPtx(const DeviceModule &device, int optLevel,
                                   std::string &error,
                                   llvm::function_ref<void(const llvm::Module &)>
                                       show);

/// The same PTX without comments and the white space that nobody but readers needs.
std::string compactPtx(llvm::StringRef ptx);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITDEVICE_H
