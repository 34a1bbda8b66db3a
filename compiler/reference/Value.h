//===- Value.h - a number with a bound on the error of compiled code ------===//
//
// The reference interpreter computes with values (v, e): v is the result of
// the formula in exact arithmetic, as far as a long double can hold it, and e
// bounds |compiled result - v| to first order. An infinite e means that the
// compiled result cannot be predicted, for example next to an overflow; such
// values are counted but not compared.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_VALUE_H
#define KDSLC_REFERENCE_VALUE_H

#include "compiler/frontend/Checked.h"
#include <cmath>
#include <limits>

namespace kdslc::reference {

/// Wide enough for every int64_t, and 2^11 times finer than f64, so that the
/// interpreter's own rounding does not count against an f64 program.
using Real = long double;
static_assert(std::numeric_limits<Real>::digits >= 64,
              "the reference interpreter needs 64 bits of precision");

inline constexpr double unpredictable = std::numeric_limits<double>::infinity();

struct Value {
  Real v = 0;
  double e = 0;

  bool isExact() const { return e == 0; }
  bool isPredictable() const { return e != unpredictable; }
};

/// What rounding does in the type that an operation is computed in.
struct Format {
  double unit = 0;     ///< u: half the distance from 1 to the next number
  Real largest = 0;    ///< the largest finite number
  Real smallest = 0;   ///< the smallest normal number; below it, 0 may come
  bool rounds = false; ///< false: integers and bools, which are exact
};

/// The format of arithmetic on `elem`. f16 and bf16 are storage: arithmetic on
/// them is that of f32.
const Format &arithmeticFormat(Elem elem);

/// The format of a number stored as `elem`, f16 and bf16 included.
const Format &storageFormat(Elem elem);

/// Whether `elem` holds v without rounding.
bool isRepresentable(Real v, Elem elem);

/// The value v of an operation whose operands' errors move its result by
/// `carried`, and that rounds by `units` times u. Handles overflow, results too
/// small for the format, NaN and infinities.
Value rounded(Real v, double carried, double units, const Format &format);

/// As std::isfinite, which sends each number through memory to look at its bits:
/// the reference asks it for every operation.
inline bool isFinite(Real v) {
  return std::fabs(v) <= std::numeric_limits<Real>::max();
}

/// |a - b|, and 0 between equal infinities.
inline Real difference(Real a, Real b) { return a == b ? 0 : std::fabs(a - b); }

/// A bound as it is kept. One that adds up to NaN (0 * inf, inf - inf) says
/// nothing: unpredictable. One that a double cannot hold is not 0 for that.
inline double soundBound(Real e) {
  if (std::isnan(e))
    return unpredictable;
  const double bound = static_cast<double>(e);
  return bound == 0 && e > 0 ? std::numeric_limits<double>::denorm_min()
                             : bound;
}

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_VALUE_H
