//===- Ranges.h - block-sparse sets from rows of numbers ------------------===//

#ifndef KDSL_RUN_RANGES_H
#define KDSL_RUN_RANGES_H

#include "Array.h"
#include "kdsl/kdsl.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace kdslrun {

/// A kdsl_ranges with its arrays behind it, in the bytes of an array.
///
/// \param slices  [n, 4]: begin and end of rows i, then of rows j. Slices of one
///                block follow each other; rows that none names have no pairs.
/// \param rows    of the kept axis.
llvm::Expected<Array> makeRanges(llvm::StringRef name, const Array &slices,
                                 int64_t rows);

/// Slices of all kinds for tests: long and short ones, a block without pairs,
/// slices that touch, are empty, and end with the rows.
Array sampleSlices(int64_t rows, int64_t columns);

/// The set in an array that makeRanges made.
inline const kdsl_ranges &rangesIn(const Array &array) {
  return *reinterpret_cast<const kdsl_ranges *>(array.bytes.data());
}

} // namespace kdslrun

#endif // KDSL_RUN_RANGES_H
