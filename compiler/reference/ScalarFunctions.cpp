//===- ScalarFunctions.cpp - functions of numbers, with error bounds ------===//

#include "compiler/reference/ScalarFunctions.h"
#include "compiler/reference/Accuracy.h"
#include "compiler/reference/Conditions.h"
#include <algorithm>

namespace kdslc::reference {

//===----------------------------------------------------------------------===//
// Integers: two's complement, as the compiled code has them
//===----------------------------------------------------------------------===//

static Real wrap(uint64_t bits, Elem elem) {
  if (elem == Elem::I32)
    return static_cast<int32_t>(static_cast<uint32_t>(bits));
  return static_cast<int64_t>(bits);
}

static uint64_t bitsOf(const Value &value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value.v));
}

static int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

/// Division by zero, and the one quotient that overflows, have no result that
/// every target agrees on.
static Value divideIntegers(Value a, Value b, bool remainder, Elem elem) {
  auto x = static_cast<int64_t>(a.v), y = static_cast<int64_t>(b.v);
  if (y == 0)
    return {0, unpredictable};
  if (y == -1)
    return {remainder ? 0 : wrap(0 - bitsOf(a), elem), a.e + b.e};
  int64_t quotient = floorDivide(x, y);
  return {static_cast<Real>(remainder ? x - quotient * y : quotient),
          a.isExact() && b.isExact() ? 0 : unpredictable};
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// A correctly rounded operation on exact operands is exact when the format
/// holds its result.
template <Function function>
static Value roundedOnce(Real v, Real carried, Elem elem) {
  static const double stated = statedUnits(function); // hot, and a large switch
  const Format &format = arithmeticFormat(elem);
  bool exact = carried == 0 && isRepresentable(v, elem);
  return rounded(v, soundBound(carried), exact ? 0 : stated, format);
}

Value add(const Value &a, const Value &b, Elem elem) {
  if (isInteger(elem))
    return {wrap(bitsOf(a) + bitsOf(b), elem), a.e + b.e};
  return roundedOnce<Function::Add>(a.v + b.v, Real(a.e) + b.e, elem);
}

Value subtract(const Value &a, const Value &b, Elem elem) {
  if (isInteger(elem))
    return {wrap(bitsOf(a) - bitsOf(b), elem), a.e + b.e};
  return roundedOnce<Function::Sub>(a.v - b.v, Real(a.e) + b.e, elem);
}

/// |x| * e, where an exact operand moves nothing even beside an infinity.
static Real scaled(Real size, double e) {
  return e == 0 ? 0 : std::fabs(size) * e;
}

Value multiply(const Value &a, const Value &b, Elem elem) {
  Real carried = 0;
  if (a.e != 0 || b.e != 0)
    carried = scaled(a.v, b.e) + scaled(b.v, a.e) + scaled(a.e, b.e);
  if (isInteger(elem))
    return {wrap(bitsOf(a) * bitsOf(b), elem), soundBound(carried)};
  return roundedOnce<Function::Mul>(a.v * b.v, carried, elem);
}

static bool isPowerOfTwo(Real v) {
  int exponent;
  return std::isfinite(v) && std::fabs(std::frexp(v, &exponent)) == 0.5L;
}

Value divide(const Value &a, const Value &b, Elem elem) {
  Real v = a.v / b.v;
  if (b.e != 0 && std::fabs(b.v) <= b.e)
    return {v, unpredictable};
  // By a reciprocal (TakeReciprocals.cpp), which may be 0 or infinite.
  const Format &format = arithmeticFormat(elem);
  Real size = std::fabs(b.v);
  if (std::isfinite(size) && size * format.smallest > 1)
    return {v, static_cast<double>(std::fabs(v))};
  if (size != 0 && size * format.largest < 1)
    return {v, unpredictable};
  Real carried = a.e == 0 && b.e == 0
                     ? 0
                     : (a.e + scaled(v, b.e)) / (std::fabs(b.v) - b.e);
  if (isPowerOfTwo(b.v))
    return roundedOnce<Function::Div>(v, carried, elem);
  return rounded(v, soundBound(carried), statedUnits(Function::Div), format);
}

/// The result of a choice among values that is v, and may be anything from lo
/// to hi.
static Value between(Real v, Real lo, Real hi) {
  if (std::isinf(v) && (lo == v && hi == v))
    return {v, 0};
  return {v, soundBound(std::max(v - lo, hi - v))};
}

Value lesser(Value a, Value b) {
  Real v = std::isnan(a.v) || std::isnan(b.v)
               ? std::numeric_limits<Real>::quiet_NaN()
               : std::min(a.v, b.v);
  // What may be anything may be NaN, which is chosen before every number.
  if (!a.isPredictable() || !b.isPredictable())
    return {v, unpredictable};
  if (std::isnan(v))
    return {v, 0};
  return between(v, std::min(a.v - a.e, b.v - b.e),
                 std::min(a.v + a.e, b.v + b.e));
}

Value greater(Value a, Value b) {
  Value least = lesser({-a.v, a.e}, {-b.v, b.e});
  return {-least.v, least.e};
}

//===----------------------------------------------------------------------===//
// Functions of one number
//===----------------------------------------------------------------------===//

/// How far `f` may move while its operand moves by a.e.
template <typename Fn> static double carriedByEnds(Fn f, Value a, Real v) {
  if (a.e == 0)
    return 0;
  if (!a.isPredictable())
    return unpredictable;
  Real below = f(a.v - a.e), above = f(a.v + a.e);
  int nans = std::isnan(v) + std::isnan(below) + std::isnan(above);
  if (nans != 0)
    return nans == 3 ? 0 : unpredictable;
  return soundBound(std::max(difference(below, v), difference(above, v)));
}

static Real sign(Real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

/// f(x) of the functions that carriedByEnds() serves.
static Real evaluate(Function function, Real x) {
  switch (function) {
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
  case Function::XLogX:
    return x == 0 ? 0 : x * std::log(x);
  case Function::Sqrt:
    return std::sqrt(x);
  case Function::Rsqrt:
    return x == 0 ? std::numeric_limits<Real>::infinity() : 1 / std::sqrt(x);
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
  case Function::Sinc:
    return x == 0 ? 1 : std::sin(x) / x;
  case Function::Sinh:
    return std::sinh(x);
  case Function::Cosh:
    return std::cosh(x);
  case Function::Tanh:
    return std::tanh(x);
  case Function::Asinh:
    return std::asinh(x);
  case Function::Acosh:
    return std::acosh(x);
  case Function::Atanh:
    return std::atanh(x);
  case Function::Erf:
    return std::erf(x);
  case Function::Erfc:
    return std::erfc(x);
  case Function::Neg:
    return -x;
  case Function::Abs:
    return std::fabs(x);
  case Function::Sign:
    return sign(x);
  case Function::Step:
    return x >= 0 ? 1 : 0;
  case Function::Relu:
    return std::isnan(x) ? x : std::max(x, Real(0));
  case Function::Floor:
    return std::floor(x);
  case Function::Ceil:
    return std::ceil(x);
  case Function::Round:
    return std::round(x);
  default:
    llvm_unreachable("not a function of one number");
  }
}

/// exp and exp2 with one evaluation; both are hot, and grow by expm1(e).
static Value exponential(Function function, Value a, const Format &format) {
  Real v = evaluate(function, a.v);
  Real scale = function == Function::Exp ? 1 : std::log(2.0L);
  Real carried = a.e == 0 ? 0 : v * std::expm1(scale * a.e);
  bool exact = a.e == 0 && (a.v == 0 || std::isinf(a.v));
  double units = statedUnits(function) +
                 argumentFactor * static_cast<double>(scale * std::fabs(a.v));
  return rounded(v, soundBound(carried), exact ? 0 : units, format);
}

/// The circle functions move by at most their operand, and by at most 2; but
/// what may be infinite may give NaN.
static Value sineOrCosine(Function function, Value a, Elem elem) {
  const Format &format = arithmeticFormat(elem);
  Real v = evaluate(function, a.v);
  if (!a.isPredictable())
    return {v, unpredictable};
  if (std::fabs(a.v) > circleLimit)
    return rounded(v, 2, 0, format);
  bool exact = a.e == 0 && a.v == 0;
  return rounded(v, std::min(a.e, 2.0), exact ? 0 : statedUnits(function),
                 format);
}

/// sin(x)/x where sin(x) is any number of at most 1.
static Value farSinc(Value a, Elem elem) {
  Real least = std::fabs(a.v) - a.e;
  return rounded(evaluate(Function::Sinc, a.v), soundBound(2 / least), 0,
                 arithmeticFormat(elem));
}

/// lgamma, whose poles hide in an interval that holds 0, -1, -2 ..
static Value logGamma(Value a, Elem elem) {
  const Format &format = arithmeticFormat(elem);
  auto f = [](Real x) { return std::lgamma(x); };
  Real v = f(a.v);
  bool hasPole = std::floor(std::min(a.v + a.e, Real(0))) >= a.v - a.e;
  if (a.e != 0 && hasPole)
    return {v, unpredictable};
  double units = statedUnits(Function::Lgamma);
  Real carried = carriedByEnds(f, a, v);
  if (elem == Elem::F64 && a.v < 0 && std::isfinite(v)) {
    Real size = std::max({Real(1), std::fabs(v), f(-a.v)});
    return rounded(v, soundBound(carried + units * format.unit * size), 0,
                   format);
  }
  return rounded(v, soundBound(carried), units, format);
}

static Value applyUnary(Function function, Value a, Elem elem) {
  const Format &format = arithmeticFormat(elem);
  if (isInteger(elem) &&
      (function == Function::Neg || function == Function::Abs))
    return {
        wrap(function == Function::Neg || a.v < 0 ? 0 - bitsOf(a) : bitsOf(a),
             elem),
        a.e};
  if (function == Function::Exp || function == Function::Exp2)
    return exponential(function, a, format);
  if (function == Function::Sin || function == Function::Cos)
    return sineOrCosine(function, a, elem);
  if (function == Function::Sinc && a.isPredictable() &&
      std::fabs(a.v) - a.e > circleLimit)
    return farSinc(a, elem);
  if (function == Function::Lgamma)
    return logGamma(a, elem);
  // The ends of an interval longer than a period say nothing.
  bool isTan = function == Function::Tan;
  if (isTan && (a.e > 1 || std::fabs(a.v) > circleLimit))
    return {evaluate(function, a.v), unpredictable};
  auto f = [function](Real x) { return evaluate(function, x); };
  Real v = f(a.v);
  double carried = carriedByEnds(f, a, v);
  if (function == Function::Sqrt)
    return roundedOnce<Function::Sqrt>(v, carried, elem);
  return rounded(v, carried, statedUnits(function), format);
}

//===----------------------------------------------------------------------===//
// Functions of two numbers
//===----------------------------------------------------------------------===//

/// carriedByEnds() at the four corners of the operands' intervals.
template <typename Fn>
static Value byCorners(Fn f, Value a, Value b, double units, Elem elem) {
  Real v = f(a.v, b.v);
  if (!a.isPredictable() || !b.isPredictable())
    return {v, unpredictable};
  double carried = 0;
  for (Real y : {b.v - b.e, b.v, b.v + b.e})
    carried =
        std::max(carried, carriedByEnds([&](Real x) { return f(x, y); }, a, v));
  carried =
      std::max(carried, carriedByEnds([&](Real y) { return f(a.v, y); }, b, v));
  return rounded(v, carried, units, arithmeticFormat(elem));
}

static Value applyAtan2(Value a, Value b, Elem elem) {
  // Around the origin every angle is possible.
  if (a.e + b.e > 0 && std::fabs(a.v) <= a.e && std::fabs(b.v) <= b.e)
    return {std::atan2(a.v, b.v), unpredictable};
  return byCorners([](Real y, Real x) { return std::atan2(y, x); }, a, b,
                   statedUnits(Function::Atan2), elem);
}

/// x - y*floor(x/y): next to a whole quotient the computed floor may be one
/// off, and the result y off.
static Value applyMod(Value a, Value b, Elem elem) {
  if (isInteger(elem))
    return divideIntegers(a, b, /*remainder=*/true, elem);
  const Format &format = arithmeticFormat(elem);
  Real quotient = a.v / b.v, whole = std::floor(quotient);
  Real v = a.v - b.v * whole;
  bool wholeNumbers = a.isExact() && b.isExact() && std::rint(a.v) == a.v &&
                      std::rint(b.v) == b.v &&
                      std::fabs(a.v) * format.unit < 0.25L;
  if (wholeNumbers)
    return {v, 0};
  Value approximate = divide(a, b, elem);
  Real e = approximate.e;
  bool jumps = std::floor(quotient - e) != std::floor(quotient + e);
  Real carried = a.e + scaled(whole, b.e) +
                 format.unit * std::fabs(b.v * whole) +
                 (jumps ? std::fabs(b.v) : 0);
  return rounded(v, soundBound(carried), statedUnits(Function::Mod), format);
}

Value applyPower(const Value &base, int64_t exponent, Elem elem) {
  if (isInteger(elem)) {
    uint64_t result = 1, factor = bitsOf(base);
    for (uint64_t n = exponent; n != 0; n >>= 1, factor *= factor)
      if (n & 1)
        result *= factor;
    return {wrap(result, elem), base.isExact() ? 0 : unpredictable};
  }
  // A square is the common case, and pow is slow.
  if (exponent == 2)
    return multiply(base, base, elem);
  auto f = [exponent](Real x) { return std::pow(x, Real(exponent)); };
  Real v = f(base.v);
  double carried = carriedByEnds(f, base, v);
  const Format &format = arithmeticFormat(elem);
  // Each of the |n| - 1 multiplications rounds once, a reciprocal twice.
  double units = std::max(0.0, std::fabs(double(exponent)) - 1);
  if (exponent < 0)
    units += statedUnits(Function::Div);
  bool exact = carried == 0 && exponent >= 0 && std::rint(base.v) == base.v &&
               std::fabs(v) * format.unit <= 1;
  return rounded(v, carried, exact ? 0 : units, format);
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

Value applyScalar(Function function, llvm::ArrayRef<Value> args, Elem elem) {
  switch (function) {
  case Function::Add:
    return add(args[0], args[1], elem);
  case Function::Sub:
    return subtract(args[0], args[1], elem);
  case Function::Mul:
    return multiply(args[0], args[1], elem);
  case Function::Div:
    return divide(args[0], args[1], elem);
  case Function::Pow:
    return byCorners([](Real x, Real y) { return std::pow(x, y); }, args[0],
                     args[1], 2 * powerUlps(double(args[1].v)), elem);
  case Function::Atan2:
    return applyAtan2(args[0], args[1], elem);
  case Function::Mod:
    return applyMod(args[0], args[1], elem);
  case Function::Idiv:
    return divideIntegers(args[0], args[1], /*remainder=*/false, elem);
  case Function::Min:
    return lesser(args[0], args[1]);
  case Function::Max:
    return greater(args[0], args[1]);
  case Function::Clamp:
    return lesser(greater(args[0], args[1]), args[2]);
  case Function::Lt:
  case Function::Le:
  case Function::Gt:
  case Function::Ge:
  case Function::Eq:
  case Function::Ne:
    return applyComparison(function, args[0], args[1]);
  case Function::And:
  case Function::Or:
    return applyLogic(function, args[0], args[1]);
  case Function::Not:
    return {1 - args[0].v, args[0].e};
  case Function::Select:
    return applySelect(args[0], args[1], args[2]);
  default:
    return applyUnary(function, args[0], elem);
  }
}

Value convert(Value value, Elem from, Elem to) {
  if (to == Elem::Bool || from == to || from == Elem::Bool)
    return value;
  if (isFloat(to)) {
    const Format &format = storageFormat(to);
    bool widens = isFloat(from) && arithmeticFormat(from).unit >= format.unit;
    bool exact = value.isExact() && isRepresentable(value.v, to);
    return rounded(value.v, value.e, widens || exact ? 0 : 1, format);
  }
  if (!isFloat(from))
    return {wrap(bitsOf(value), to), value.e};
  auto f = [](Real x) { return std::trunc(x); };
  Real v = f(value.v);
  // Toward zero, at the nearest end of the type, 0 for NaN.
  Real limit = std::ldexp(1.0L, to == Elem::I32 ? 31 : 63);
  if (std::isnan(v))
    return {0, value.isExact() ? 0 : unpredictable};
  if (!(v >= -limit && v < limit)) {
    bool isOutside = std::fabs(value.v) - value.e > limit;
    return {v < 0 ? -limit : limit - 1,
            isOutside || value.isExact() ? 0 : unpredictable};
  }
  return {v, carriedByEnds(f, value, v)};
}

} // namespace kdslc::reference
