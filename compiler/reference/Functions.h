//===- Functions.h - the value of one expression node ---------------------===//
//
// Evaluates a node of the checked program from the values of its operands:
// numbers, vectors and matrices, everything but inputs and reductions.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_FUNCTIONS_H
#define KDSLC_REFERENCE_FUNCTIONS_H

#include "compiler/reference/Value.h"
#include "llvm/ADT/ArrayRef.h"

namespace kdslc::reference {

/// Writes node.type.count() values to `result`.
///
/// \param node     Number, Apply, Extract, Slice, Concat or Convert.
/// \param operands one pointer for each of node.args, to args[k]->type.count()
///                 values; may not overlap `result`.
void evaluateNode(const Expr &node, llvm::ArrayRef<const Value *> operands,
                  Value *result);

/// Whether evaluateNode() knows the function; it does not differentiate.
bool canEvaluate(Function function);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_FUNCTIONS_H
