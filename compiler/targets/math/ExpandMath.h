//===- ExpandMath.h - elementary functions without a mathematics library --===//
//
// Stage `lowered`, all targets: replaces operations of the math dialect on f32
// and f64 by arithmetic, so that no generated code calls a library or branches
// on the value of an argument. The pass record (Passes.td, `expand-math`)
// states what it requires and ensures.
//
// The promised errors are in one table, reference/Accuracy.cpp; test/unit/math
// asserts them for every instruction set, scalars and vectors alike. They need
// subnormal numbers, inside the formulas too. Where a promise has conditions:
//
//   exp2               exp2(0) = 1; below 2^-126 (2^-1022) the result may be 0;
//                      there AVX-512 rounds, and may exceed the truth by 1.5
//                      times the smallest number
//   exp2 (fast)        40 ulp in f32, 130 in f64
//   rsqrt              rsqrt(0) = rsqrt(-0) = +inf
//   sin, cos, tan      |x| <= 1e6; beyond, sin and cos lie in [-1, 1] and mean
//                      nothing
//   atan2, powf        with the signs and special cases of IEEE 754
//   lgamma             f64, x < 0: units of the largest of 1, |lgamma(x)| and
//                      lgamma(-x), as it is a difference; f32: everywhere
//   fpowi              as powf; small constant exponents multiply
//
// The largest errors that were found, in units in the last place of the exact
// result, with the worst instruction set, among a million arguments each
// (`math-tests "[.table]"`); sin, asin, acos, atan, asinh, acosh, erf and erfc of f32
// among all 2^32 of them (`math-tests "[exhaustive]"`):
//
//            f32   f64            f32   f64            f32   f64
//   exp2     1.92  1.50   sin     2.36  2.17   asinh   1.78  1.56
//   exp      0.97  1.00   cos     1.83  2.13   acosh   2.42  2.43
//   expm1    1.23  1.57   tan     3.27  3.50   atanh   1.86  1.89
//   log      0.82  0.85   asin    1.66  1.68   erf     1.63  1.59
//   log2     1.05  1.15   acos    1.14  1.19   erfc    4.91  4.62
//   log10    1.07  0.97   atan    1.46  1.39   lgamma  0.50  2.19
//   log1p    0.88  0.88   atan2   1.62  1.67   powf    1.11  1.38
//   rsqrt    1.47  1.48   sinh    1.95  2.24
//                         cosh    1.78  1.40
//                         tanh    2.26  2.45
//
// Conversions from f16 and bf16 are exact, those from f32 and f64 to them are
// correctly rounded.
//
// On a GPU three functions of f32 are instructions. NVIDIA found no larger errors
// than 2 ulp in exp2f and rsqrtf, which are the same instructions; PTX promises
// less.
//
//   function           f32    of what PTX promises
//   exp2 (both)        4      a relative error of 2^-22; 0 below 2^-126
//   exp                4      the same, and 2 |x| u for its rounded argument
//   rsqrt              2.2    a relative error of 2^-22.9
//
// Quotients, roots and logarithms of a group of numbers are short there, and tested
// together for what is rare (`Quick`): among every third f32, log 1.07, log2 2.05
// (that is 2.5 u) and log1p 1.80.
//
// There lgamma of f32 computes in f64, as on x86: slow where the chip has few f64
// units.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_MATH_EXPANDMATH_H
#define KDSLC_TARGETS_MATH_EXPANDMATH_H

#include "compiler/targets/math/ExpandMathNumber.h"

namespace mlir::func {
class FuncOp;
}

namespace kdslc::elementary {

/// That of a function, x86-64-v2 if it has none; reports an unknown one.
std::optional<Isa> instructionSet(mlir::func::FuncOp function);

/// Of a quotient that steps depend on, or other quotients: it is rounded once.
inline constexpr llvm::StringLiteral exactName = "kdsl.exact";

/// Of a quotient or a root that `share-divider` takes from the divider: how.
inline constexpr llvm::StringLiteral estimateName = "kdsl.estimate";

/// What a function gives, in fewer steps than by its expansion, where `usual` holds.
struct Quick {
  Num result;
  Mask usual;
};

// ShareDivider.cpp
/// What an operation with that mark gives.
mlir::Value expandEstimate(mlir::Operation *op, MathContext &cx);
/// x of sqrt(x), or null.
mlir::Value radicandOf(mlir::Value root);
/// x of x sqrt(x), or null.
mlir::Value radicandOfCube(mlir::Value divisor);

// GroupQuotients.cpp
/// The results of a group: where one of them is not usual, all of them are exact(i).
llvm::SmallVector<mlir::Value>
resultsOf(MathContext &cx, llvm::ArrayRef<Quick> group,
          llvm::function_ref<mlir::Value(size_t)> exact);

// ExpandMathExp.cpp
/// \param bounded  the argument is known to be at most 64 or NaN: saves the clamp
///                 that makes an overflow an infinity.
Num expandExp2(Num x, bool bounded);
/// 2^x for x <= 64 or NaN, whatever `exp = fast` says.
Num accurateExp2(Num x);
Num expandExp(Num x);
Num expandExpm1(Num x);
Num expandSinh(Num x);
Num expandCosh(Num x);
Num expandTanh(Num x);
/// factor * e^(-a^2) / factorSize for a factor of that size, a power of 2 from which
/// the result is not farther than the range of normal numbers; it may underflow.
Num gaussian(Num a, Num factor, double factorSize);
/// 2^(x.hi + x.lo) for |x.lo| <= ulp(x.hi); x.hi within the range of `scale`.
Num exp2OfPair(Pair x);
/// The same where the result is a normal number.
Num exp2OfUsualPair(Pair x);

// ExpandMathLog.cpp
Num expandLog(Num x);
Num expandLog2(Num x);
Num expandLog10(Num x);
Num expandLog1p(Num x);
/// The same where `hasApproximations`.
Quick quickLog(Num x);
Quick quickLog2(Num x);
Quick quickLog1p(Num x);
Quick quickAsinh(Num x);
Quick quickAcosh(Num x);
Num expandAsinh(Num x);
Num expandAcosh(Num x);
Num expandAtanh(Num x);
Num expandRsqrt(Num x);
// With AVX-512, of what is +0, above it or NaN; "positive" is at least 2^-64 or NaN.
Num rsqrtOfUnsigned(Num x);
Num rsqrtOfPositive(Num x);
Num reciprocalOfPositive(Num x);
/// The square root, by an estimate.
Num rootOfUnsigned(Num x);
/// 1 / (x sqrt(x)).
Num inverseCubeOfRoot(Num x, bool isPositive);
/// On a GPU, of f64.
Quick quickRsqrt(Num x);

// ExpandMathPow.cpp
Num expandPow(Num x, Num y);
/// Where `hasApproximations`.
Quick quickPow(Num x, Num y);
/// \param n  a scalar or vector of signed integers, one for each lane of x.
Num expandPowInteger(Num x, mlir::Value n);

// ExpandMathTrig.cpp
Num expandSin(Num x);
Num expandCos(Num x);
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

// ExpandMathHalf.cpp
/// Whether `op` converts from or to f16 or bf16, and not by one instruction.
bool isHalfConversion(mlir::Operation *op, Isa isa);
/// The same conversion, rounded once, to nearest, ties to even.
mlir::Value expandHalfConversion(MathContext &cx, mlir::Operation *op);

} // namespace kdslc::elementary

#endif // KDSLC_TARGETS_MATH_EXPANDMATH_H
