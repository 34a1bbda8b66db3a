//===- Fold.h - values of functions of constants --------------------------===//

#ifndef KDSLC_FRONTEND_FOLD_H
#define KDSLC_FRONTEND_FOLD_H

#include "compiler/frontend/Checked.h"
#include <optional>

namespace kdslc {

/// The value of a function of real constants in f64; nothing for functions
/// that are not folded (vectors, comparisons, rare functions).
std::optional<double> foldReal(Function function,
                               llvm::ArrayRef<double> values);

/// The value of a function of integer constants; nothing if it is not an
/// integer function or does not fit 64 bits (then `overflow` is set).
std::optional<int64_t>
foldInteger(Function function, llvm::ArrayRef<int64_t> values, bool &overflow);

/// The value of a comparison of constants.
template <typename T> std::optional<bool> foldCompare(Function f, T a, T b) {
  if (f == Function::Lt)
    return a < b;
  if (f == Function::Le)
    return a <= b;
  if (f == Function::Gt)
    return a > b;
  if (f == Function::Ge)
    return a >= b;
  if (f == Function::Eq)
    return a == b;
  if (f == Function::Ne)
    return a != b;
  return std::nullopt;
}

} // namespace kdslc

#endif // KDSLC_FRONTEND_FOLD_H
