//===- ArgLayout.h - the layout of a program's C argument struct ----------===//
//
// Every compiled program takes one struct: the row sizes, i_base and j_base,
// then the inputs and the outputs. The header declares it as C, the lowering
// loads from it, the descriptor tells the runtime its offsets; the three agree
// because all of them read this one computation.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_ARGLAYOUT_H
#define KDSLC_OUTPUT_ARGLAYOUT_H

#include "compiler/frontend/Checked.h"

namespace kdslc {

/// Where one input or output lies in the struct. Offsets are in bytes.
struct ArgSlot {
  std::string name; ///< as in the program, not yet made safe for C
  bool isOutput = false;
  bool byValue = false;  ///< a scalar parameter: the struct holds the number
  bool isRanges = false; ///< a pointer to a kdsl_ranges
  /// Of an element in memory. By value, f16 and bf16 are passed as float and
  /// bool as uint8_t (see valueBytes).
  ValueType type;
  llvm::SmallVector<AxisId, 2> axes; ///< empty: a parameter or a single value
  int64_t offset = 0;        ///< of the pointer, or of the number itself
  int64_t strideOffset = -1; ///< of int64_t[axes.size()], in elements; -1: none

  bool hasStrides() const { return strideOffset >= 0; }
};

/// The whole struct of one program.
struct ArgLayout {
  int64_t sizesOffset = 0; ///< int64_t[number of axes], in the program's order
  int64_t iBaseOffset = 0; ///< number of row 0 of the kept axis
  int64_t jBaseOffset = 0; ///< number of row 0 of the reduced axis
  std::vector<ArgSlot> inputs;
  std::vector<ArgSlot> outputs;
  int64_t argsBytes = 0; ///< sizeof the struct, a multiple of 8
};

/// Bytes of one element in an array: 1 for bool, 2 for f16 and bf16.
int64_t elemBytes(Elem elem);

/// Bytes of a scalar that is passed by value: 4 for f16 and bf16.
int64_t valueBytes(Elem elem);

/// Lays the struct out as a C compiler for a 64-bit target does: each member
/// at the next multiple of its own size.
ArgLayout computeArgLayout(const CheckedProgram &program);

} // namespace kdslc

#endif // KDSLC_OUTPUT_ARGLAYOUT_H
