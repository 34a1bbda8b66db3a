//===- ExpandMath.h - elementary functions without a mathematics library --===//
//
// Stage `lowered`, all targets: replaces operations of the math dialect on f32
// and f64 by arithmetic, so that no generated code calls a library or branches
// on the value of an argument. The pass record (Passes.td, `expand-math`)
// states what it requires and ensures.
//
// Largest errors, in units in the last place of the exact result, for every
// instruction set, scalars and vectors alike; test/unit/math asserts them. They
// need subnormal numbers, inside the formulas too.
//
//   function           f32    f64    where it holds
//   exp2 (accurate)    2      2      everywhere; exp2(0) = 1, below 2^-126
//                                    (2^-1022) the result may be 0; there
//                                    AVX-512 rounds, and may exceed the truth
//                                    by 1.5 times the smallest number
//   exp2 (fast)        40     130    the same
//   exp, expm1         2      2      everywhere
//   log, log2, log10   2      2      everywhere, subnormal arguments included
//   log1p              2      2      everywhere
//   sqrt               0.5    0.5    the instruction
//   rsqrt              2      2      rsqrt(0) = rsqrt(-0) = +inf
//   sin, cos           2      2      |x| <= 1e8 (f32), 1e6 (f64); beyond, the
//                                    result lies in [-1, 1] and means nothing
//   tan                4      4      the same range
//   asin, acos, atan   2      2      everywhere
//   atan2              2      2      everywhere, with the signs of IEEE 754
//   sinh, cosh, tanh   3      3      everywhere
//   asinh, acosh,
//   atanh              3      3      everywhere
//   erf                2      2      everywhere
//   erfc               5      4      everywhere
//   powf               2      2      everywhere; special cases of IEEE 754
//   fpowi              as powf; small constant exponents multiply
//
// On a GPU two functions of f32 are instructions. NVIDIA found no larger errors
// than these of the table in exp2f and rsqrtf, which are the same instructions;
// PTX promises less.
//
//   function           f32    of what PTX promises
//   exp2 (both)        4      a relative error of 2^-22; 0 below 2^-126
//   rsqrt              2.2    a relative error of 2^-22.9
//
// There sin, cos and tan of f32 compute in f64, as on x86: slow where the chip
// has few f64 units.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_MATH_EXPANDMATH_H
#define KDSLC_TARGETS_MATH_EXPANDMATH_H

#include "compiler/targets/math/ExpandMathNumber.h"

namespace kdslc::elementary {

// ExpandMathExp.cpp
/// \param nonPositive  the argument is known to be <= 0 or NaN: saves the clamp
///                     that makes an overflow an infinity.
Num expandExp2(Num x, bool nonPositive);
Num expandExp(Num x);
Num expandExpm1(Num x);
Num expandSinh(Num x);
Num expandCosh(Num x);
Num expandTanh(Num x);
/// e^(x.hi + x.lo) for |x.lo| <= ulp(x.hi); x.hi within the range of `scale`.
Num expOfPair(Pair x);
/// 2^(x.hi + x.lo) under the same conditions.
Num exp2OfPair(Pair x);

// ExpandMathLog.cpp
Num expandLog(Num x);
Num expandLog2(Num x);
Num expandLog10(Num x);
Num expandLog1p(Num x);
Num expandAsinh(Num x);
Num expandAcosh(Num x);
Num expandAtanh(Num x);
Num expandRsqrt(Num x);

// ExpandMathPow.cpp
Num expandPow(Num x, Num y);
/// \param n  a scalar or vector of signed integers, one for each lane of x.
Num expandPowInteger(Num x, mlir::Value n);

// ExpandMathTrig.cpp
struct SinCos {
  Num sin, cos;
};
SinCos expandSinCos(Num x);
Num expandTan(Num x);

// ExpandMathArc.cpp
Num expandAsin(Num x);
Num expandAcos(Num x);
Num expandAtan(Num x);
Num expandAtan2(Num y, Num x);

// ExpandMathErf.cpp
Num expandErf(Num x);
Num expandErfc(Num x);

// ExpandMathGamma.cpp
/// log|gamma(x)|; +inf at 0, -1, -2 ..
Num expandLgamma(Num x);

} // namespace kdslc::elementary

#endif // KDSLC_TARGETS_MATH_EXPANDMATH_H
