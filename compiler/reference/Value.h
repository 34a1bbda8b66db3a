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
#include <algorithm>
#include <cfloat>
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
  Value() = default;
  Value(Real v, double e) : v(v), e(e) {}
  // A Real is stored as ten bytes. Processors wait long for a load of sixteen
  // right behind, which is how a plain copy comes.
  Value(const Value &other) : v(other.v), e(other.e) {}
  Value &operator=(const Value &other) {
    v = other.v;
    e = other.e;
    return *this;
  }

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

/// Formats are asked for at every operation, as is all below: it is inline.
inline constexpr Format exactFormat;
inline constexpr Format f16Format = {0x1p-11, 65504, 0x1p-14L, true};
inline constexpr Format bf16Format = {0x1p-8, 0x1.fep127L, 0x1p-126L, true};
inline constexpr Format f32Format = {0x1p-24, FLT_MAX, FLT_MIN, true};
inline constexpr Format f64Format = {0x1p-53, DBL_MAX, DBL_MIN, true};

/// The format of a number stored as `elem`, f16 and bf16 included.
inline const Format &storageFormat(Elem elem) {
  switch (elem) {
  case Elem::Bool:
  case Elem::I32:
  case Elem::I64:
    return exactFormat;
  case Elem::F16:
    return f16Format;
  case Elem::BF16:
    return bf16Format;
  case Elem::F32:
    return f32Format;
  case Elem::F64:
    return f64Format;
  }
  llvm_unreachable("unknown element type");
}

/// The format of arithmetic on `elem`. f16 and bf16 are storage: arithmetic on
/// them is that of f32.
inline const Format &arithmeticFormat(Elem elem) {
  bool isStorage = elem == Elem::F16 || elem == Elem::BF16;
  return storageFormat(isStorage ? Elem::F32 : elem);
}

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

/// Whether 16 bits hold a finite v, not 0 and in the range of `elem`.
bool isRepresentableIn16Bits(Real v, Elem elem);

/// Whether `elem` holds v without rounding.
inline bool isRepresentable(Real v, Elem elem) {
  const Format &format = storageFormat(elem);
  if (!format.rounds || v == 0 || !isFinite(v))
    return true;
  if (std::fabs(v) > format.largest)
    return false;
  if (elem == Elem::F32)
    return static_cast<float>(v) == v;
  if (elem == Elem::F64)
    return static_cast<double>(v) == v;
  return isRepresentableIn16Bits(v, elem);
}

/// The value v of an operation whose operands' errors move its result by
/// `carried`, and that rounds by `units` times u. Handles overflow, results too
/// small for the format, NaN and infinities.
inline Value rounded(Real v, double carried, double units,
                     const Format &format) {
  if (std::isnan(carried) || carried == unpredictable)
    return {v, unpredictable};
  if (!format.rounds || std::isnan(v))
    return {v, carried};
  if (!isFinite(v))
    return {v, 0};
  Real size = std::fabs(v);
  // What is rounded may be larger than v, where it may be another value at all:
  // one of several rows that an order could have taken.
  Real e = carried + units * format.unit * (size + carried);
  // A result that is too small for the format may come as 0; an exact 0 of
  // exact operands is one.
  bool exactZero = v == 0 && carried == 0;
  if (units > 0 && size < format.smallest && !exactZero)
    e = std::max(e, size) + format.unit * format.smallest;
  if (size + e > format.largest) {
    if (size - e > format.largest)
      return {std::copysign(std::numeric_limits<Real>::infinity(), v), 0};
    return {v, unpredictable};
  }
  return {v, soundBound(e)};
}

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_VALUE_H
