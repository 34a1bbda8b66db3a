//===- Signs.cpp - what is known of the signs of values -------------------===//

#include "compiler/targets/math/Signs.h"
#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;

namespace kdslc::elementary {

bool Signs::isNonNegative(Value value) {
  // What depends on itself, through a loop, is not negative if nothing else is.
  auto [place, isNew] = known.try_emplace(value, true);
  if (!isNew)
    return place->second;
  bool result = findNonNegative(value);
  if (!result && isa<BlockArgument>(value))
    known.clear(); // what was concluded from it
  known[value] = result;
  return result;
}

bool Signs::findNonNegative(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument.getArgNumber() > 0 &&
           isNonNegativeInLoop(loop, argument.getArgNumber() - 1);
  }
  if (std::optional<double> number = kdsl::numberOf(value))
    return *number >= 0 && !std::signbit(*number);
  Operation *op = value.getDefiningOp();
  auto all = [&](auto values) {
    return llvm::all_of(values, [&](Value v) { return isNonNegative(v); });
  };
  return TypeSwitch<Operation *, bool>(op)
      .Case([&](scf::ForOp loop) {
        return isNonNegativeInLoop(loop,
                                   cast<OpResult>(value).getResultNumber());
      })
      .Case<arith::MulFOp, arith::DivFOp, arith::NegFOp>(
          [&](Operation *) { return signOfProduct(value) > 0; })
      .Case<arith::AddFOp, arith::MinimumFOp, arith::MaximumFOp,
            vector::BroadcastOp>(
          [&](Operation *sum) { return all(sum->getOperands()); })
      .Case([&](arith::SelectOp select) {
        return isNonNegative(select.getTrueValue()) &&
               isNonNegative(select.getFalseValue());
      })
      .Case<math::AbsFOp, math::ExpOp, math::Exp2Op, math::CoshOp>(
          [](Operation *) { return true; })
      .Case([&](math::SqrtOp root) { return isNonNegative(root.getOperand()); })
      .Default([](Operation *) { return false; });
}

/// The power of 2 that is not above a number: rounded to any format, what is at least
/// the number is at least this.
static double powerBelow(double number) {
  return number > 0 ? std::ldexp(1, std::ilogb(number)) : 0;
}

double Signs::atLeast(Value value) {
  auto [place, isNew] = bounds.try_emplace(value, 0);
  if (!isNew)
    return place->second;
  const double bound = findBound(value);
  return bounds[value] = bound;
}

double Signs::findBound(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return 0;
  if (std::optional<double> number = kdsl::numberOf(value))
    return std::max(*number, 0.0);
  return TypeSwitch<Operation *, double>(op)
      .Case([&](arith::AddFOp sum) {
        const double left =
            isNonNegative(sum.getRhs()) ? atLeast(sum.getLhs()) : 0;
        return left > 0                      ? left
               : isNonNegative(sum.getLhs()) ? atLeast(sum.getRhs())
                                             : 0;
      })
      .Case([&](arith::MulFOp product) {
        const double left = atLeast(product.getLhs());
        return left > 0 ? powerBelow(left * atLeast(product.getRhs())) : 0;
      })
      .Case([&](math::SqrtOp root) {
        return powerBelow(std::sqrt(atLeast(root.getOperand())));
      })
      .Default([](Operation *) { return 0.0; });
}

bool Signs::isNonPositive(Value value) {
  if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  if (auto sum = value.getDefiningOp<arith::AddFOp>())
    return isNonPositive(sum.getLhs()) && isNonPositive(sum.getRhs());
  return signOfProduct(value) < 0;
}

/// Products of products of each other have more factors than there are values.
static constexpr unsigned mostFactors = 64;

int Signs::signOfProduct(Value value) {
  int sign = 1;
  // What has no sign of its own counts if it is there an odd number of times:
  // in s * 2 * s it is not.
  llvm::SmallDenseSet<Value> odd;
  SmallVector<Value> factors = {value};
  for (unsigned seen = 0; !factors.empty(); ++seen) {
    if (seen == mostFactors)
      return 0;
    Value factor = factors.pop_back_val();
    Operation *op = factor.getDefiningOp();
    if (auto square = dyn_cast_if_present<arith::MulFOp>(op);
        square && square.getLhs() == square.getRhs())
      continue;
    if (isa_and_nonnull<arith::MulFOp, arith::DivFOp, arith::NegFOp,
                        vector::BroadcastOp>(op)) {
      if (isa<arith::NegFOp>(op))
        sign = -sign;
      factors.append(op->operand_begin(), op->operand_end());
    } else if (std::optional<double> number = kdsl::numberOf(factor)) {
      if (std::signbit(*number))
        sign = -sign;
    } else if (!isNonNegative(factor) && !odd.insert(factor).second) {
      odd.erase(factor);
    }
  }
  return odd.empty() ? sign : 0;
}

} // namespace kdslc::elementary
