//===- Special.cpp - slopes that need more than one formula ---------------===//

#include "compiler/plan/derive/Special.h"
#include <cmath>

using namespace mlir;

namespace kdslc {

/// c[0] + c[1] v + c[2] v^2 + ...
static Value polynomial(ArrayRef<double> coefficients, Value v, Calculator &c) {
  Value sum;
  for (double coefficient : llvm::reverse(coefficients))
    sum = c.add(c.mul(sum, v), c.constant(v.getType(), coefficient));
  return sum;
}

/// From x >= 1/2 up by the recurrence psi(x) = psi(x + 1) - 1/x, eight times,
/// then the asymptotic series; below by reflection,
/// psi(x) = psi(1 - x) - pi / tan(pi x).
Value digamma(Value x, Calculator &c) {
  constexpr int steps = 8;
  // B(2k) / 2k for k = 1, 2, ..
  static const double series[] = {1.0 / 12,  -1.0 / 120,      1.0 / 252,
                                  -1.0 / 240, 1.0 / 132,      -691.0 / 32760,
                                  1.0 / 12};
  Type type = x.getType();
  Value one = c.constant(type, 1);
  Value isLow = c.compare(arith::CmpFPredicate::OLT, x, 0.5);
  Value z = c.select(isLow, c.sub(one, x), x), below;
  for (int k = 0; k < steps; ++k)
    below = c.add(below, c.div(one, c.add(z, c.constant(type, k))));
  Value w = c.add(z, c.constant(type, steps));
  Value inverse = c.div(one, w), square = c.mul(inverse, inverse);
  Value rest = c.add(c.scale(inverse, 0.5),
                     c.mul(square, polynomial(series, square, c)));
  Value psi = c.sub(c.call<math::LogOp>(w), c.add(rest, below));
  // The tangent has period 1 in x: of the rest it keeps all its digits.
  Value turn = c.sub(x, c.call<math::RoundOp>(x));
  Value tangent = c.call<math::TanOp>(c.scale(turn, M_PI));
  Value reflected = c.sub(psi, c.div(c.constant(type, M_PI), tangent));
  return c.select(isLow, reflected, psi);
}

/// (cos x - sinc x) / x, and near 0, where that cancels, the series
/// x (-1/3 + x^2/30 - ..).
Value slopeOfSinc(Value x, Value y, Calculator &c) {
  constexpr int terms = 11;
  double coefficients[terms], factorial = 1;
  for (int k = 0; k < terms; ++k) {
    int n = 2 * (k + 1); // of x^n / (n + 1)! in sinc x
    factorial *= double(n) * (n + 1);
    coefficients[k] = (k % 2 ? n : -n) / factorial;
  }
  Value near = c.mul(x, polynomial(coefficients, c.mul(x, x), c));
  Value far = c.div(c.sub(c.call<math::CosOp>(x), y), x);
  Value isNear =
      c.compare(arith::CmpFPredicate::OLT, c.call<math::AbsFOp>(x), 1.0);
  return c.select(isNear, near, far);
}

} // namespace kdslc
