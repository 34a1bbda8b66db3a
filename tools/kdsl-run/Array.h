//===- Array.h - a typed array in memory ----------------------------------===//

#ifndef KDSL_RUN_ARRAY_H
#define KDSL_RUN_ARRAY_H

#include "kdsl/kdsl.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kdslrun {

/// "f32" for KDSL_F32.
const char *typeName(kdsl_type type);
size_t typeBytes(kdsl_type type);
bool isFloatType(kdsl_type type);

/// "[100, 3]".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// The product of the dimensions times `elementBytes`; none on overflow or on
/// a negative dimension.
std::optional<size_t> bytesOf(llvm::ArrayRef<int64_t> shape,
                              size_t elementBytes);

/// A row-major array that owns its elements.
struct Array {
  kdsl_type type = KDSL_F64;
  std::vector<int64_t> shape;
  std::vector<char> bytes;

  Array() = default;
  /// All zeros. The bytes must be known to fit (bytesOf).
  Array(kdsl_type type, llvm::ArrayRef<int64_t> shape);

  int64_t count() const { return int64_t(bytes.size() / typeBytes(type)); }
  /// Element `k` as a double; exact but for large i64.
  double at(int64_t k) const;
  /// Element `k` of an integer or bool array.
  int64_t integerAt(int64_t k) const;
  /// Stores `value`, rounded to the element type; integers saturate.
  void set(int64_t k, double value);
};

/// `from` in another element type, and how many elements changed their value.
struct Conversion {
  Array array;
  int64_t inexact = 0;
};
Conversion convert(const Array &from, kdsl_type type);

} // namespace kdslrun

#endif // KDSL_RUN_ARRAY_H
