//===- Summation.cpp - sums with error bounds -----------------------------===//

#include "compiler/reference/Summation.h"

namespace kdslc::reference {

void Summation::addDoubtful(Value term) {
  sumOfMagnitudes += std::fabs(term.v);
  sumOfBounds += std::fabs(term.v) + term.e;
  allWhole = false;
  if (std::isnan(term.v))
    sumOfBounds = unpredictable;
}

Real Summation::total() const {
  return hasSpecial ? special : sum + compensation;
}

Value Summation::finish(double units, Elem elem) const {
  double carried = soundBound(sumOfBounds);
  Real v = total();
  if (!isFloat(elem)) {
    bool fits = std::fabs(v) < std::ldexp(1.0L, elem == Elem::I32 ? 31 : 63);
    return fits ? Value{v, carried} : Value{0, unpredictable};
  }
  const Format &format = arithmeticFormat(elem);
  if (hasSpecial || (allWhole && sumOfMagnitudes * format.unit <= 1))
    return rounded(v, carried, 0, format);
  // Partial sums may overflow where the whole does not.
  if (sumOfMagnitudes > format.largest && std::fabs(v) <= format.largest)
    return {v, unpredictable};
  Real rounding = units * format.unit * sumOfMagnitudes;
  return rounded(v, soundBound(carried + rounding), 0, format);
}

} // namespace kdslc::reference
