//===- ShareDivider.cpp - the pass share-divider --------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/TypeSwitch.h"

namespace kdslc::elementary {
#define GEN_PASS_DEF_SHAREDIVIDER
#include "compiler/targets/math/Passes.h.inc"
} // namespace kdslc::elementary

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// What is known of the values of a function: NaN is always possible.
class Signs {
public:
  bool isNonNegative(Value value);
  /// At least 2^-64: the reciprocal is a number.
  bool isPositive(Value value);

private:
  bool findNonNegative(Value value);
  /// Sums in loops are what they start as, and what is added to them.
  bool isNonNegativeInLoop(scf::ForOp loop, unsigned number) {
    return isNonNegative(loop.getInitArgs()[number]) &&
           isNonNegative(loop.getYieldedValues()[number]);
  }
  static std::optional<double> constantOf(Value value);

  llvm::DenseMap<Value, bool> known;
};

std::optional<double> Signs::constantOf(Value value) {
  if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(attribute);
  return number ? std::optional(number.getValueAsDouble()) : std::nullopt;
}

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
  if (std::optional<double> number = constantOf(value))
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
      .Case([&](arith::MulFOp product) {
        return product.getLhs() == product.getRhs() ||
               all(product.getOperands());
      })
      .Case<arith::AddFOp, arith::DivFOp, vector::BroadcastOp>(
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

bool Signs::isPositive(Value value) {
  if (std::optional<double> number = constantOf(value))
    return *number >= 0x1p-64;
  if (auto sum = value.getDefiningOp<arith::AddFOp>())
    return (isPositive(sum.getLhs()) && isNonNegative(sum.getRhs())) ||
           (isNonNegative(sum.getLhs()) && isPositive(sum.getRhs()));
  if (auto root = value.getDefiningOp<math::SqrtOp>())
    return isPositive(root.getOperand());
  return false;
}

/// n / d: the estimate's error is squared by a step, twice in f64. Where the
/// quotient or the divisor is infinite a step makes NaN, and the estimate itself
/// gives the quotient.
Value quotientByEstimate(Num n, Num d, Num estimate) {
  Num rough = n * estimate, first = rough, reciprocal = estimate;
  if (n.format().isDouble) {
    reciprocal = mulAdd(mulAdd(-estimate, d, d.make(1)), estimate, estimate);
    first = n * reciprocal;
  }
  Num better = mulAdd(mulAdd(-first, d, n), reciprocal, first);
  return select(isNan(better), rough, better).value;
}

/// The same for a square root: of 0 and infinity the step makes NaN.
Value rootByEstimate(Num x, Num rsqrt) {
  Num first = x * rsqrt;
  Num better = mulAdd(mulAdd(-first, first, x), rsqrt * 0.5, first);
  return select(isNan(better), x, better).value;
}

struct ShareDivider : impl::ShareDividerBase<ShareDivider> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    std::optional<Isa> set = instructionSet(function);
    if (!set)
      return signalPassFailure();
    if (*set != Isa::V4)
      return;
    MathContext cx(function.front(), function.getLoc(), *set,
                   /*fastExp=*/false);
    SmallVector<Operation *> chosen;
    function.walk([&](Block *block) {
      unsigned seen = 0;
      for (Operation &op : *block)
        if (isa<arith::DivFOp, math::SqrtOp>(op) &&
            hasScalef({&cx, op.getResult(0)}) && isKnown(op) && seen++ % 2)
          chosen.push_back(&op);
    });
    for (Operation *op : chosen)
      estimate(op, cx);
  }

  static void estimate(Operation *op, MathContext &cx) {
    cx.builder.setInsertionPoint(op);
    cx.loc = op->getLoc();
    Num x = {&cx, op->getOperand(0)};
    Value result;
    if (isa<arith::DivFOp>(op)) {
      Num divisor = {&cx, op->getOperand(1)};
      result = quotientByEstimate(x, divisor, *guessedReciprocal(divisor));
    } else {
      result = rootByEstimate(x, *guessedRsqrt(x));
    }
    op->replaceAllUsesWith(ValueRange(result));
    op->erase();
  }

  bool isKnown(Operation &op) {
    if (auto division = dyn_cast<arith::DivFOp>(op))
      return signs.isPositive(division.getRhs());
    Value radicand = op.getOperand(0);
    return getElementTypeOrSelf(radicand.getType()).isF32() &&
           signs.isNonNegative(radicand);
  }

  Signs signs; ///< before anything changes
};

} // namespace

} // namespace kdslc::elementary
