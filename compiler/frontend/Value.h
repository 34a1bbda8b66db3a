//===- Value.h - an expression while it is being checked ------------------===//

#ifndef KDSLC_FRONTEND_VALUE_H
#define KDSLC_FRONTEND_VALUE_H

#include "compiler/frontend/Checked.h"

namespace kdslc {

/// How far a value adapts to the element type of its partner (rule T4).
enum class Flex {
  Fixed,   ///< its own type; only a written conversion changes it
  Literal, ///< made of constants: takes any type that holds it
  Whole,   ///< made of row numbers and sizes: an i64 that may become real
  Place,   ///< a row number or a count that a reduction found: i64 or i32
};

/// An expression, how it adapts, and the names of its feature sizes. A null
/// expression is the error value: its reason is reported, whatever uses it
/// stays silent.
struct Value {
  const Expr *expr = nullptr;
  Flex flex = Flex::Fixed;
  /// Where the value is used; the node may have been made elsewhere.
  SourceRange range;
  /// Names of the sizes of the shape, "" where a size has none.
  llvm::SmallVector<llvm::StringRef, 2> sizes;

  explicit operator bool() const { return expr; }
  const ValueType &type() const { return expr->type; }
  Elem elem() const { return expr->type.elem; }
  bool isScalar() const { return expr->type.isScalar(); }
  unsigned rank() const { return expr->type.shape.size(); }
  bool isNumber() const { return expr->kind == ExprKind::Number; }
  /// A constant number that the user wrote, or folded from those.
  bool isLiteral() const { return flex == Flex::Literal && isNumber(); }
};

/// "a number", "a vector of D = 3", "a 3 x 2 matrix".
std::string describe(const Value &value);
std::string describe(const ValueType &type,
                     llvm::ArrayRef<llvm::StringRef> sizes);
/// "D = 3" or "3".
std::string describeSize(int64_t size, llvm::StringRef name);
/// "vectors of 3 and 2", "a number and a 2 x 2 matrix".
std::string describePair(const Value &a, const Value &b);
/// "D = 3 and E = 4", of two vectors.
std::string describeSizes(const Value &a, const Value &b);
/// The constant as it would be written.
std::string describeNumber(const Expr &number);

/// The best of `known` that `name` may be a misspelling of, or "".
///
/// \param most  so many typing errors at most; without it, more in longer names.
llvm::StringRef closestName(llvm::StringRef name,
                            llvm::ArrayRef<llvm::StringRef> known,
                            std::optional<unsigned> most = std::nullopt);
/// "; did you mean 'gaussian'?" or "".
std::string didYouMean(llvm::StringRef name,
                       llvm::ArrayRef<llvm::StringRef> known);
/// A piece of the source as messages quote it: on one line, and short.
std::string quoted(llvm::StringRef source);
/// "x, y and s" with quotes: "'x', 'y' and 's'".
std::string listNames(llvm::ArrayRef<llvm::StringRef> names,
                      llvm::StringRef last = "and");

} // namespace kdslc

#endif // KDSLC_FRONTEND_VALUE_H
