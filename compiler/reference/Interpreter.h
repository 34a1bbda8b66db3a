//===- Interpreter.h - what a program means, computed slowly --------------===//
//
// The oracle: evaluates a checked program directly, in wide arithmetic, with a
// bound on the error that compiled code may make. It reads what the checker
// leaves and shares nothing with the lowering, so that a mistake in one is
// seen in the other.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_INTERPRETER_H
#define KDSLC_REFERENCE_INTERPRETER_H

#include "compiler/frontend/Checked.h"
#include "compiler/reference/Reductions.h"
#include "compiler/reference/Value.h"
#include "llvm/Support/Error.h"
#include <optional>

namespace kdslc::reference {

/// A block-sparse set of pairs: blocks of rows i in order, each with slices of
/// rows j.
struct Ranges {
  std::vector<int64_t> rowEnd, sliceEnd; ///< one for each block
  std::vector<int64_t> jBegin, jEnd;     ///< one for each slice
};

/// The data of one input: dense, row-major, any alignment; one number for a
/// scalar parameter. May be null when it has no elements.
struct InputData {
  const void *data = nullptr;
  int64_t elements = 0;
  /// As the elements are stored: f16 and bf16 are 2 bytes, bool is 1 byte.
  Elem elem = Elem::F32;
  const Ranges *ranges = nullptr; ///< of a `ranges` input, which has no data
};

struct Request {
  std::vector<int64_t> sizes;    ///< one for each axis of the program
  std::vector<InputData> inputs; ///< one for each input of the program
  /// Rows of each output's last kept axis to evaluate, ascending; rows beyond
  /// an output's size are left out. None: all rows.
  std::optional<std::vector<int64_t>> rows;
};

/// One output at the rows that were asked for.
struct OutputData {
  std::string name;
  Elem elem = Elem::F32;
  int64_t rowElements = 1; ///< elements of one row
  /// Row numbers, counted through all kept axes of the whole array.
  std::vector<int64_t> rows;
  std::vector<Value> values; ///< rows.size() * rowElements
  /// For argmin and its kin: the row numbers allowed for each value. Empty for
  /// other outputs.
  std::vector<Choices> choices;
};

/// Evaluates all outputs.
///
/// Fails, with a message that names the input or the size, when the request
/// does not fit the program, needs more memory than is sensible, or the program
/// has derivatives inside formulas.
llvm::Expected<std::vector<OutputData>> interpret(const CheckedProgram &program,
                                                  const Request &request);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_INTERPRETER_H
