//===- Passes.h - passes of the x86 target --------------------------------===//

#ifndef KDSLC_TARGETS_CPU_PASSES_H
#define KDSLC_TARGETS_CPU_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace kdslc::cpu {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/targets/cpu/Passes.h.inc"

} // namespace kdslc::cpu

#endif // KDSLC_TARGETS_CPU_PASSES_H
