//===- LlvmConversion.h - vectors and loops to the LLVM dialect -----------===//
//
// Stage `lowered` to LLVM: the passes that leave a module with operations of
// the LLVM dialect only, ready for translation.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_EMIT_LLVMCONVERSION_H
#define KDSLC_TARGETS_EMIT_LLVMCONVERSION_H

#include "mlir/Pass/PassManager.h"

namespace kdslc {

/// How operations of the dialects below are converted.
void registerLlvmConversions(mlir::DialectRegistry &registry);

/// Adds the conversion of a module, whose context has those.
///
/// Takes func, scf, cf, arith, index and vector operations, native math
/// operations (what expand-math leaves), and memory access by llvm.load,
/// llvm.store and llvm.getelementptr on !llvm.ptr. No memref.
/// The order of operations within a block is kept.
void addLlvmConversionPasses(mlir::OpPassManager &pm);

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_LLVMCONVERSION_H
