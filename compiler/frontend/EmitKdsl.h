//===- EmitKdsl.h - checked programs to the kdsl dialect ------------------===//

#ifndef KDSLC_FRONTEND_EMITKDSL_H
#define KDSLC_FRONTEND_EMITKDSL_H

#include "compiler/frontend/Checked.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace kdslc {

/// Emits one `kdsl.program` for each program of the file.
///
/// Every reduction becomes a `kdsl.reduce` of its own, every epilogue a
/// `kdsl.map`: fusing them is the planner's business.
///
/// \param file     what `checkFormulaLimits` has accepted.
/// \param sources  where the expressions' ranges point, for locations.
/// Never fails.
mlir::OwningOpRef<mlir::ModuleOp> emitKdsl(const CheckedFile &file,
                                           llvm::SourceMgr &sources,
                                           mlir::MLIRContext *context);

} // namespace kdslc

#endif // KDSLC_FRONTEND_EMITKDSL_H
