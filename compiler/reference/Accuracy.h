//===- Accuracy.h - how far each compiled operation may be off ------------===//
//
// The promise of the language in one table: the reference interpreter bounds
// compiled results by it, and the generated headers print it.
//
// u is half the distance from 1 to the next number of the element type: 2^-24
// for f32, 2^-53 for f64. A unit in the last place (ulp) is at most 2u times
// the result.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_ACCURACY_H
#define KDSLC_REFERENCE_ACCURACY_H

#include "compiler/frontend/Checked.h"

namespace kdslc::reference {

/// Largest error of `function` for exact operands, in ulp of its result; 0 for
/// what is exact, 0.5 for what is correctly rounded. Functions of vectors and
/// matrices state one of the operations that they are made of. exp and exp2
/// may be off by argumentFactor * |x| * u more; `^` with a constant whole
/// exponent n by |n|/2 ulp instead, with another one by powerUlps. lgamma of f64 is a difference for x < 0: its
/// ulp there is that of the largest of 1, |lgamma(x)| and lgamma(-x).
double statedUlps(Function function);

/// The same in multiples of u times the result.
inline double statedUnits(Function function) {
  return 2 * statedUlps(function);
}

/// Of `^` with a real exponent. Constant ones 1/2, 3/2 .. up to the longest, and
/// their negatives, may be a root, products and a quotient: (|exponent| + 4)/2 ulp.
inline constexpr double longestRootPower = 8.5;
double powerUlps(double exponent);

/// A scale may be folded into the argument x of an exponential: that rounds x,
/// and turns into this many |x|u of the result.
inline constexpr double argumentFactor = 2;

/// sin, cos and tan keep their accuracy for arguments up to this; beyond it the
/// reduction by multiples of pi runs out of digits.
inline constexpr double circleLimit = 1e6;

/// A sum over rows is off by at most this many u times the sum of its terms'
/// magnitudes, however many rows there are.
inline constexpr double rowSumUnits = 16;

/// From so many products of f32 on, a sum of them may be split for tensor cores:
/// it keeps the error that is stated, but whole numbers of more than 11 bits may
/// be rounded where the sum would hold them.
inline constexpr int64_t splitFeatures = 32;

/// From so many components of f32 on, weighted values may be split for tensor cores,
/// which have 22 bits of each number: a sum over rows keeps the error that is stated,
/// but terms above this size may be rounded where the sum would hold them as whole
/// numbers, and so may the value of a pair that alone has weight.
inline constexpr int64_t splitComponents = 17;
inline constexpr double splitTerm = 0x1p22;

/// What the precision keys of a program's `schedule` blocks promise, on the
/// least precise of all targets.
struct Precision {
  /// Largest error of exp and exp2, in ulp, beside that of their argument.
  double expUlps(Elem elem) const;
  /// The factor of u sum|t| in the bound of `sum` and `mean`.
  double sumUnits(Elem elem) const {
    return elem == Elem::F64 ? doubleSums : singleSums;
  }
  bool fastExp = false;
  bool expandedForm = false; ///< of squared distances
  double singleSums = 0, doubleSums = 0;
};
Precision precisionOf(const CheckedProgram &program);

/// A derivative may be computed by another formula than the one that its bound
/// is propagated through: the chain rule has many orders. Its error is at most
/// this many times that bound, and this many u of the result.
inline constexpr double derivativeFactor = 4;

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_ACCURACY_H
