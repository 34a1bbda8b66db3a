//===- ExpandMathLog.h - parts shared by logarithms, powers, gamma --------===//

#ifndef KDSLC_TARGETS_MATH_EXPANDMATHLOG_H
#define KDSLC_TARGETS_MATH_EXPANDMATHLOG_H

#include "compiler/targets/math/ExpandMathNumber.h"

namespace kdslc::elementary {

/// x = m * 2^k, m in [sqrt(1/2), sqrt(2)], k an integer.
struct Split {
  Num m, k;
};

/// \param x  positive and normal; anything else gives some numbers.
Split splitExponent(Num x);
/// Takes subnormal numbers too.
Split splitAnyPositive(Num x);

/// log(x) under the conditions of splitExponent.
Num logOfNormal(Num x);

/// log2(a) with about 8 bits more than the format, for positive finite a.
Pair log2Pair(Num a);

} // namespace kdslc::elementary

#endif // KDSLC_TARGETS_MATH_EXPANDMATHLOG_H
