//===- Values.h - the right side of name=value ----------------------------===//
//
//   @points.npy  @table.csv  @table.csv:long,lat   a file
//   0.5  [1, 2, 3]  [[1, 0], [0, 1]]               numbers
//   random:SEED[:[100, 3]]                         uniform in [0, 1)
//   normal:SEED[:[100, 3]]                         Gaussian, mean 0, deviation
//   1 grid:K                                         K points along each axis
//   of
//                                                  the unit cube
//
// Integers drawn at random are 0 to 9. Draws depend on the seed and the
// position only, on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUN_VALUES_H
#define KDSL_RUN_VALUES_H

#include "Array.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace kdslrun {

/// A parsed value: an array, or a recipe for one.
struct Value {
  enum Kind { Given, Random, Normal, Grid } kind = Given;
  Array array;                               ///< Given
  uint64_t seed = 0;                         ///< Random, Normal
  int64_t points = 0;                        ///< Grid: K
  std::optional<std::vector<int64_t>> shape; ///< Random, Normal: if stated
};

/// Parses `text`, reading the file that it names. `name` begins messages.
llvm::Expected<Value> parseValue(const std::string &name, llvm::StringRef text);

/// Reads a .npy or .csv file; for .csv, `:columns` may follow.
llvm::Expected<Array> readArray(llvm::StringRef pathAndColumns);

/// Writes a .npy or .csv file; the suffix says which.
llvm::Error writeArray(llvm::StringRef path, const Array &array);

/// Makes the array of a recipe. Random integers are 0 to 9, or below `labels`
/// if that is not 0.
Array makeArray(const Value &value, kdsl_type type,
                llvm::ArrayRef<int64_t> shape, int64_t labels = 0);

} // namespace kdslrun

#endif // KDSL_RUN_VALUES_H
