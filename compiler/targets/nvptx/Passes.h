//===- Passes.h - passes of the NVIDIA target -----------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_PASSES_H
#define KDSLC_TARGETS_NVPTX_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace kdslc::nvptx {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/targets/nvptx/Passes.h.inc"

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_PASSES_H
