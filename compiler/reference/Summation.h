//===- Summation.h - sums with error bounds -------------------------------===//

#ifndef KDSLC_REFERENCE_SUMMATION_H
#define KDSLC_REFERENCE_SUMMATION_H

#include "compiler/reference/Value.h"

namespace kdslc::reference {

/// Adds terms up, exactly for our purpose, with what a bound needs.
class Summation {
public:
  void add(const Value &term) {
    sumOfMagnitudes += std::fabs(term.v);
    sumOfBounds += term.e;
    if (!isFinite(term.v)) {
      special += term.v;
      hasSpecial = true;
      return;
    }
    allWhole = allWhole && term.isExact() && std::rint(term.v) == term.v;
    // Neumaier's compensated sum.
    Real next = sum + term.v;
    bool sumIsLarger = std::fabs(sum) >= std::fabs(term.v);
    compensation += sumIsLarger ? (sum - next) + term.v : (term.v - next) + sum;
    sum = next;
  }
  /// A term that may or may not take part.
  void addDoubtful(Value term);

  /// The sum as `elem`. A compiled sum is off by at most `units` * u times the
  /// sum of the terms' magnitudes, in any order; whole numbers are summed
  /// exactly while they fit.
  Value finish(double units, Elem elem) const;

  Real magnitude() const { return sumOfMagnitudes; }

private:
  Real total() const;

  Real sum = 0, compensation = 0;
  Real special = 0; ///< sum of infinities and NaNs
  Real sumOfMagnitudes = 0;
  Real sumOfBounds = 0;
  bool hasSpecial = false;
  bool allWhole = true;
};

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_SUMMATION_H
