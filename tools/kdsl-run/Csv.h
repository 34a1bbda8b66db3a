//===- Csv.h - tables of numbers in text ----------------------------------===//

#ifndef KDSL_RUN_CSV_H
#define KDSL_RUN_CSV_H

#include "Array.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace kdslrun {

/// Reads a table into an f64 array [rows, columns], or [rows] when one column
/// is picked.
///
/// Cells are separated by commas, semicolons or tabs (whichever the first line
/// has) and may stand in double quotes. A first line that is not all numbers is
/// a header. Empty lines and lines that begin with '#' are skipped; an empty
/// cell is NaN.
///
/// \param name     begins the messages.
/// \param columns  "long,lat": names of the header, or numbers from 0; empty:
///                 all columns.
llvm::Expected<Array> parseCsv(llvm::StringRef name, llvm::StringRef text,
                               llvm::StringRef columns);

/// One line a row, numbers that read back to the same value.
std::string formatCsv(const Array &array);

} // namespace kdslrun

#endif // KDSL_RUN_CSV_H
