//===- Conditions.cpp - comparisons, logic and select, with doubt ---------===//

#include "compiler/reference/Conditions.h"
#include <algorithm>

namespace kdslc::reference {

/// A bool that may be the other one has e = 1.
static Value condition(bool holds, bool certain) {
  return {static_cast<Real>(holds), certain ? 0.0 : 1.0};
}

static bool compareReals(Function function, Real a, Real b) {
  switch (function) {
  case Function::Lt:
    return a < b;
  case Function::Le:
    return a <= b;
  case Function::Gt:
    return a > b;
  case Function::Ge:
    return a >= b;
  case Function::Eq:
    return a == b;
  case Function::Ne:
    return a != b;
  default:
    llvm_unreachable("not a comparison");
  }
}

Value applyComparison(Function function, Value a, Value b) {
  double doubt = a.e + b.e;
  bool apart = std::isnan(a.v) || std::isnan(b.v)
                   ? doubt != unpredictable
                   : difference(a.v, b.v) > doubt;
  return condition(compareReals(function, a.v, b.v), doubt == 0 || apart);
}

Value applyLogic(Function function, Value a, Value b) {
  bool isAnd = function == Function::And;
  bool holds = isAnd ? a.v != 0 && b.v != 0 : a.v != 0 || b.v != 0;
  // One operand may settle the result whatever the other is.
  auto settles = [isAnd](Value x) {
    return x.isExact() && (x.v == 0) == isAnd;
  };
  bool certain = (a.isExact() && b.isExact()) || settles(a) || settles(b);
  return condition(holds, certain);
}

Value applySelect(Value c, Value a, Value b) {
  Value chosen = c.v != 0 ? a : b;
  if (c.isExact())
    return chosen;
  if (std::isnan(a.v) || std::isnan(b.v))
    return {chosen.v, unpredictable};
  return {chosen.v, soundBound(difference(a.v, b.v) + std::max(a.e, b.e))};
}

} // namespace kdslc::reference
