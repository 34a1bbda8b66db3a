//===- Partials.cpp - derivatives of elementwise operations ---------------===//
//
// At kinks and poles as the language defines them: sqrt, rsqrt and the angle of
// the origin have the derivative 0 there, |x| has 0 at 0. Each such value is
// selected and not multiplied, so that no 0 * inf turns into NaN.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/derive/Partials.h"
#include "compiler/plan/derive/Special.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using CmpF = arith::CmpFPredicate;

namespace kdslc {

Value Partial::times(Value value, Calculator &c) const {
  Value product = factor ? c.mul(value, factor) : value;
  return minus ? c.neg(product) : product;
}

/// d f(x) / dx with y = f(x); null where it is 0 everywhere, nothing for an
/// operation that is not one of these functions.
static std::optional<Value> slope(Operation *op, Calculator &c) {
  Value x = op->getOperand(0), y = op->getResult(0);
  Type type = y.getType();
  auto one = [&] { return c.constant(type, 1); };
  auto unlessZero = [&](Value at, Value value) {
    return c.select(c.compare(CmpF::OEQ, at, 0.0), Value(), value);
  };
  // 1 - x^2, without cancellation near 1.
  auto oneMinusSquare = [&] { return c.mul(c.sub(one(), x), c.add(one(), x)); };
  auto square = [&](Value v) { return c.mul(v, v); };
  auto gauss = [&] { return c.call<math::ExpOp>(c.neg(square(x))); };
  return llvm::TypeSwitch<Operation *, std::optional<Value>>(op)
      .Case([&](math::ExpOp) { return y; })
      .Case([&](math::Exp2Op) { return c.scale(y, M_LN2); })
      .Case([&](math::ExpM1Op) { return c.call<math::ExpOp>(x); })
      .Case([&](math::LogOp) { return c.div(one(), x); })
      .Case([&](math::Log2Op) { return c.div(c.constant(type, M_LOG2E), x); })
      .Case([&](math::Log1pOp) { return c.div(one(), c.add(one(), x)); })
      .Case([&](math::SqrtOp) {
        return c.scale(unlessZero(x, c.div(one(), y)), 0.5);
      })
      .Case([&](math::RsqrtOp) {
        return c.scale(unlessZero(x, c.div(y, x)), -0.5);
      })
      .Case([&](math::SinOp) { return c.call<math::CosOp>(x); })
      .Case([&](math::CosOp) { return c.neg(c.call<math::SinOp>(x)); })
      .Case([&](math::TanOp) { return c.add(one(), square(y)); })
      .Case(
          [&](math::AsinOp) { return c.call<math::RsqrtOp>(oneMinusSquare()); })
      .Case([&](math::AcosOp) {
        return c.neg(c.call<math::RsqrtOp>(oneMinusSquare()));
      })
      .Case([&](math::AtanOp) { return c.div(one(), c.add(one(), square(x))); })
      .Case([&](math::SinhOp) { return c.call<math::CoshOp>(x); })
      .Case([&](math::CoshOp) { return c.call<math::SinhOp>(x); })
      .Case([&](math::TanhOp) { // 1 - y^2 would cancel
        return square(c.div(one(), c.call<math::CoshOp>(x)));
      })
      .Case([&](math::AsinhOp) {
        return c.call<math::RsqrtOp>(c.add(one(), square(x)));
      })
      .Case([&](math::AcoshOp) {
        return c.call<math::RsqrtOp>(c.neg(oneMinusSquare()));
      })
      .Case([&](math::AtanhOp) { return c.div(one(), oneMinusSquare()); })
      .Case([&](kdsl::LgammaOp) { return digamma(x, c); })
      .Case([&](kdsl::SincOp) { return slopeOfSinc(x, y, c); })
      .Case([&](math::ErfOp) { return c.scale(gauss(), M_2_SQRTPI); })
      .Case([&](math::ErfcOp) { return c.scale(gauss(), -M_2_SQRTPI); })
      .Case([&](math::AbsFOp) {
        return c.select(c.compare(CmpF::OGT, x, 0.0), one(),
                        c.select(c.compare(CmpF::OLT, x, 0.0),
                                 c.constant(type, -1), Value()));
      })
      .Case<math::FloorOp, math::CeilOp, math::RoundOp>(
          [&](Operation *) { return Value(); })
      .Default(std::nullopt);
}

/// x^n for a constant n: n x^(n-1).
static SmallVector<Partial, 2> ofWholePower(math::FPowIOp op, Calculator &c) {
  APInt n;
  if (!matchPattern(op.getRhs(), m_ConstantInt(&n)) || n.isZero())
    return {};
  Value less = kdsl::powerOf(c.builder, c.loc, op.getLhs(), n.getSExtValue() - 1);
  return {{0, c.scale(less, double(n.getSExtValue()))}};
}

/// x^p: p x^(p-1), and y log x, which is 0 where x is.
static SmallVector<Partial, 2> ofPower(math::PowFOp op, Calculator &c) {
  Value x = op.getLhs(), p = op.getRhs(), y = op.getResult();
  SmallVector<Partial, 2> result;
  bool isFlat = matchPattern(p, m_AnyZeroFloat());
  if (!isFlat) {
    Value less = c.sub(p, c.constant(p.getType(), 1));
    Value power = matchPattern(less, m_AnyZeroFloat())
                      ? c.constant(p.getType(), 1)
                      : Value(math::PowFOp::create(c.builder, c.loc, x, less));
    result.push_back({0, c.mul(p, power)});
  }
  Value growth = c.mul(y, c.call<math::LogOp>(x));
  result.push_back(
      {1, c.select(c.compare(CmpF::OEQ, x, 0.0), Value(), growth)});
  return result;
}

/// The angle of (x, y): (x dy - y dx) / (x^2 + y^2); the origin has none.
static SmallVector<Partial, 2> ofAngle(math::Atan2Op op, Calculator &c) {
  Value y = op.getLhs(), x = op.getRhs();
  Value square = c.add(c.mul(x, x), c.mul(y, y));
  Value isOrigin = c.compare(CmpF::OEQ, square, 0.0);
  return {{0, c.select(isOrigin, Value(), c.div(x, square))},
          {1, c.select(isOrigin, Value(), c.neg(c.div(y, square)))}};
}

std::optional<SmallVector<Partial, 2>> partials(Operation *op, Calculator &c) {
  using Result = std::optional<SmallVector<Partial, 2>>;
  if (op->getNumOperands() == 1) {
    if (isa<arith::SIToFPOp, arith::UIToFPOp>(op))
      return SmallVector<Partial, 2>();
    if (isa<arith::NegFOp>(op))
      return SmallVector<Partial, 2>{{0, Value(), /*minus=*/true}};
    std::optional<Value> factor = slope(op, c);
    if (!factor)
      return std::nullopt;
    SmallVector<Partial, 2> result;
    if (*factor)
      result.push_back({0, *factor});
    return result;
  }
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddFOp) -> Result {
        return SmallVector<Partial, 2>{{0, Value()}, {1, Value()}};
      })
      .Case([&](arith::SubFOp) -> Result {
        return SmallVector<Partial, 2>{{0, Value()},
                                       {1, Value(), /*minus=*/true}};
      })
      .Case([&](arith::MulFOp mul) -> Result {
        Value a = mul.getLhs(), b = mul.getRhs();
        if (a == b)
          return SmallVector<Partial, 2>{{0, c.add(a, a)}};
        return SmallVector<Partial, 2>{{0, b}, {1, a}};
      })
      .Case([&](arith::DivFOp div) -> Result {
        // One division for both; the quotient itself may not be needed.
        Value inverse = c.div(c.constant(div.getType(), 1), div.getRhs());
        Value slope = c.mul(c.mul(div.getLhs(), inverse), inverse);
        return SmallVector<Partial, 2>{{0, inverse},
                                       {1, slope, /*minus=*/true}};
      })
      .Case([&](math::PowFOp power) -> Result { return ofPower(power, c); })
      .Case([&](math::FPowIOp power) -> Result {
        return ofWholePower(power, c);
      })
      .Case([&](math::Atan2Op angle) -> Result { return ofAngle(angle, c); })
      .Default(std::nullopt);
}

/// At a tie the first is taken, so that clamp has the derivative 1 on both
/// bounds.
std::optional<Choice> choiceOf(Operation *op, Calculator &c) {
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return Choice{select.getCondition(), 1, 2};
  if (auto min = dyn_cast<arith::MinimumFOp>(op))
    return Choice{c.compare(CmpF::ULE, min.getLhs(), min.getRhs()), 0, 1};
  if (auto max = dyn_cast<arith::MaximumFOp>(op))
    return Choice{c.compare(CmpF::UGE, max.getLhs(), max.getRhs()), 0, 1};
  return std::nullopt;
}

} // namespace kdslc
