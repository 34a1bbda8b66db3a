//===- Fold.cpp - values of functions of constants ------------------------===//
//
// Only constants that the user wrote are folded, in f64, before they take
// their element type: `sqrt(5)` is as exact in f64 programs as in f32 ones.
// Nothing is folded across a variable, so no NaN is ever lost.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Fold.h"
#include <cmath>

using namespace kdslc;

static std::optional<double> foldUnary(Function function, double x) {
  switch (function) {
  case Function::Neg:
    return -x;
  case Function::Exp:
    return std::exp(x);
  case Function::Exp2:
    return std::exp2(x);
  case Function::Expm1:
    return std::expm1(x);
  case Function::Log:
    return std::log(x);
  case Function::Log2:
    return std::log2(x);
  case Function::Log1p:
    return std::log1p(x);
  case Function::Sqrt:
    return std::sqrt(x);
  case Function::Rsqrt:
    return 1 / std::sqrt(x);
  case Function::Sin:
    return std::sin(x);
  case Function::Cos:
    return std::cos(x);
  case Function::Tan:
    return std::tan(x);
  case Function::Asin:
    return std::asin(x);
  case Function::Acos:
    return std::acos(x);
  case Function::Atan:
    return std::atan(x);
  case Function::Sinh:
    return std::sinh(x);
  case Function::Cosh:
    return std::cosh(x);
  case Function::Tanh:
    return std::tanh(x);
  case Function::Abs:
    return std::fabs(x);
  case Function::Floor:
    return std::floor(x);
  case Function::Ceil:
    return std::ceil(x);
  case Function::Round:
    return std::round(x);
  default:
    return std::nullopt;
  }
}

std::optional<double> kdslc::foldReal(Function function,
                                      llvm::ArrayRef<double> values) {
  if (values.size() == 1)
    return foldUnary(function, values[0]);
  if (values.size() != 2)
    return std::nullopt;
  double a = values[0], b = values[1];
  switch (function) {
  case Function::Add:
    return a + b;
  case Function::Sub:
    return a - b;
  case Function::Mul:
    return a * b;
  case Function::Div:
    return a / b;
  case Function::Pow:
    return std::pow(a, b);
  case Function::Min:
    return std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b);
  case Function::Max:
    return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b);
  default:
    return std::nullopt;
  }
}

/// Repeated squaring; exponents beyond 63 overflow unless |base| <= 1.
static std::optional<int64_t> integerPower(int64_t base, int64_t exponent,
                                           bool &overflow) {
  if (exponent < 0)
    return std::nullopt;
  int64_t result = 1;
  while (exponent > 0) {
    if (exponent & 1)
      overflow |= __builtin_mul_overflow(result, base, &result);
    exponent >>= 1;
    if (exponent > 0 && base != 0 && base != 1)
      overflow |= __builtin_mul_overflow(base, base, &base);
  }
  if (overflow)
    return std::nullopt;
  return result;
}

static int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - ((a % b != 0) && ((a < 0) != (b < 0)));
}

std::optional<int64_t> kdslc::foldInteger(Function function,
                                          llvm::ArrayRef<int64_t> values,
                                          bool &overflow) {
  overflow = false;
  int64_t a = values[0], b = values.size() > 1 ? values[1] : 0, r = 0;
  switch (function) {
  case Function::Neg:
    overflow = __builtin_sub_overflow(int64_t(0), a, &r);
    break;
  case Function::Abs:
    overflow = a == INT64_MIN;
    r = a < 0 && !overflow ? -a : a;
    break;
  case Function::Add:
    overflow = __builtin_add_overflow(a, b, &r);
    break;
  case Function::Sub:
    overflow = __builtin_sub_overflow(a, b, &r);
    break;
  case Function::Mul:
    overflow = __builtin_mul_overflow(a, b, &r);
    break;
  case Function::Pow:
    return integerPower(a, b, overflow);
  case Function::Min:
    r = std::min(a, b);
    break;
  case Function::Max:
    r = std::max(a, b);
    break;
  case Function::Idiv:
  case Function::Mod:
    overflow = b == 0 || (a == INT64_MIN && b == -1);
    if (!overflow) {
      r = floorDivide(a, b);
      r = function == Function::Mod ? a - b * r : r;
    }
    break;
  default:
    return std::nullopt;
  }
  if (overflow)
    return std::nullopt;
  return r;
}
