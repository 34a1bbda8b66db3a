//===- InputReader.h - the interpreter's view of its inputs ---------------===//

#ifndef KDSLC_REFERENCE_INPUTREADER_H
#define KDSLC_REFERENCE_INPUTREADER_H

#include "compiler/reference/Interpreter.h"

namespace kdslc::reference {

/// Checks that sizes, inputs and rows fit the program, before any is read.
llvm::Error checkRequest(const CheckedProgram &program, const Request &request);

/// Reads the row of an Input node at the rows at hand.
///
/// \param rowOf  by index of the program: its row number.
/// \param result receives node.type.count() exact values.
void readInputRow(const CheckedProgram &program, const Request &request,
                  const Expr &node, llvm::ArrayRef<int64_t> rowOf,
                  Value *result);

/// Element number `at` of an array, exactly.
Real readElement(const void *data, Elem elem, int64_t at);

/// Whether the pair (i, j) belongs to a set.
bool isWithin(const Ranges &ranges, int64_t i, int64_t j);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_INPUTREADER_H
