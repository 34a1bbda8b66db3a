//===- Half.cpp - arithmetic in half precision ----------------------------===//
//
// What LLVM makes of conversions around single operations. A double holds sums
// and products of two halves exactly.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/Half.h"
#include "test/ptx/Lanewise.h"

namespace kdslc::ptx {

namespace {

Half add(Half a, Half b) { return narrowToHalf(widen(a) + widen(b)); }
Half subtract(Half a, Half b) { return narrowToHalf(widen(a) - widen(b)); }
Half multiply(Half a, Half b) { return narrowToHalf(widen(a) * widen(b)); }

// The sign alone changes, also of a NaN.
Half negate(Half a) { return {uint16_t(a.bits ^ 0x8000)}; }
Half absolute(Half a) { return {uint16_t(a.bits & 0x7fff)}; }

/// The smaller or larger of two, with -0 < +0. One NaN: the other operand, or
/// NaN when asked to keep it.
template <bool Larger, bool KeepNan> Half pick(Half a, Half b) {
  if (widen(a) != widen(a))
    return KeepNan ? Half{0x7fff} : widen(b) != widen(b) ? Half{0x7fff} : b;
  if (widen(b) != widen(b))
    return KeepNan ? Half{0x7fff} : a;
  if (a == b)
    return bool(a.bits >> 15) == Larger ? b : a;
  return (a < b) == Larger ? b : a;
}

} // namespace

void addHalfForms(FormTable &table) {
  const auto fp32 = InstructionClass::Fp32;
  for (const char *rounding : {"", ".rn"}) {
    const std::string suffix = std::string(rounding) + ".f16";
    addLanewise<add>(table, "add" + suffix, fp32);
    addLanewise<subtract>(table, "sub" + suffix, fp32);
    addLanewise<multiply>(table, "mul" + suffix, fp32);
  }
  addLanewise<negate>(table, "neg.f16", fp32);
  addLanewise<absolute>(table, "abs.f16", fp32);
  addLanewise<pick<false, false>>(table, "min.f16", fp32);
  addLanewise<pick<false, true>>(table, "min.NaN.f16", fp32);
  addLanewise<pick<true, false>>(table, "max.f16", fp32);
  addLanewise<pick<true, true>>(table, "max.NaN.f16", fp32);
}

} // namespace kdslc::ptx
