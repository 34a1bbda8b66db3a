//===- Value.cpp - a number with a bound on the error of compiled code ----===//

#include "compiler/reference/Value.h"
#include <algorithm>
#include <cfloat>

namespace kdslc::reference {

/// Binary formats by precision (with the hidden bit) and largest exponent.
static Format binaryFormat(int precision, int maxExponent) {
  Format format;
  format.unit = std::ldexp(1.0, -precision);
  format.largest =
      std::ldexp(2.0L - std::ldexp(1.0L, 1 - precision), maxExponent);
  format.smallest = std::ldexp(1.0L, 1 - maxExponent);
  format.rounds = true;
  return format;
}

const Format &storageFormat(Elem elem) {
  // Asked for at every operation, so made once.
  static const Format exact, f16 = binaryFormat(11, 15),
                             bf16 = binaryFormat(8, 127),
                             f32 = binaryFormat(FLT_MANT_DIG, FLT_MAX_EXP - 1),
                             f64 = binaryFormat(DBL_MANT_DIG, DBL_MAX_EXP - 1);
  switch (elem) {
  case Elem::Bool:
  case Elem::I32:
  case Elem::I64:
    return exact;
  case Elem::F16:
    return f16;
  case Elem::BF16:
    return bf16;
  case Elem::F32:
    return f32;
  case Elem::F64:
    return f64;
  }
  llvm_unreachable("unknown element type");
}

const Format &arithmeticFormat(Elem elem) {
  bool isStorage = elem == Elem::F16 || elem == Elem::BF16;
  return storageFormat(isStorage ? Elem::F32 : elem);
}

bool isRepresentable(Real v, Elem elem) {
  const Format &format = storageFormat(elem);
  if (!format.rounds || v == 0 || !isFinite(v))
    return true;
  if (std::fabs(v) > format.largest)
    return false;
  if (elem == Elem::F32)
    return static_cast<float>(v) == v;
  if (elem == Elem::F64)
    return static_cast<double>(v) == v;
  // The last place of v's binade, or of the subnormals.
  int exponent = std::max(std::ilogb(v), std::ilogb(format.smallest));
  Real place = std::ldexp(2 * static_cast<Real>(format.unit), exponent);
  return std::rint(v / place) * place == v;
}

Value rounded(Real v, double carried, double units, const Format &format) {
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
