//===- Value.cpp - a number with a bound on the error of compiled code ----===//

#include "compiler/reference/Value.h"

namespace kdslc::reference {

bool isRepresentableIn16Bits(Real v, Elem elem) {
  const Format &format = storageFormat(elem);
  // The last place of v's binade, or of the subnormals.
  int exponent = std::max(std::ilogb(v), std::ilogb(format.smallest));
  Real place = std::ldexp(2 * static_cast<Real>(format.unit), exponent);
  return std::rint(v / place) * place == v;
}

} // namespace kdslc::reference
