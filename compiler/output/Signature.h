//===- Signature.h - a program's C signature from the dialect -------------===//
//
// Names, axes and types of a `kdsl.program`, as the front end describes them,
// so that a module that was read back from text is laid out like the one that
// was compiled. The lowering reads it from the operation, the entry points from
// what the lowering left in attributes: one function serves both.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_SIGNATURE_H
#define KDSLC_OUTPUT_SIGNATURE_H

#include "compiler/frontend/Checked.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace kdslc {

/// The element type of the language that a float or integer type stands for.
Elem elemOf(mlir::Type element);

/// A program without expressions. `axes` names the row axes in the order of the
/// C arguments; an axis that only an argument names comes after them. `name` is
/// the symbol of a program or of a body of one.
CheckedProgram makeSignature(llvm::StringRef name, mlir::ArrayAttr axes,
                             mlir::FunctionType type,
                             llvm::ArrayRef<llvm::StringRef> inputs,
                             llvm::ArrayRef<llvm::StringRef> outputs);

} // namespace kdslc

#endif // KDSLC_OUTPUT_SIGNATURE_H
