//===- ShareDivider.cpp - the pass share-divider --------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/targets/math/Signs.h"
#include "dialects/kdsl/Kdsl.h"
#include "dialects/kdsl/Steps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"
#include <cmath>

namespace kdslc::elementary {
#define GEN_PASS_DEF_SHAREDIVIDER
#include "compiler/targets/math/Passes.h.inc"
} // namespace kdslc::elementary

using namespace mlir;

namespace kdslc::elementary {

/// n / d, rounded once if n is no subnormal number: the estimate's error is squared
/// by a step, twice in f64. Where the quotient or the divisor is infinite a step makes
/// NaN, and the estimate itself gives the quotient.
static Num quotientByEstimate(Num n, Num d) {
  Num estimate = *guessedReciprocal(d);
  Num rough = n * estimate, first = rough, reciprocal = estimate;
  if (n.format().isDouble) {
    reciprocal = mulAdd(mulAdd(-estimate, d, d.make(1)), estimate, estimate);
    first = n * reciprocal;
  }
  return orSpecial(nearerQuotient(first, n, d, reciprocal), rough);
}

// How an estimate is used.
static constexpr StringLiteral ofUnsigned = "unsigned", ofPositive = "positive",
                               roundedOnce = "rounded once", keepsDivider = "";

Value expandEstimate(Operation *op, MathContext &cx) {
  StringRef mark = op->getAttrOfType<StringAttr>(estimateName);
  const bool isPositive = mark == ofPositive;
  Num x = {&cx, op->getOperand(0)};
  if (isa<math::SqrtOp>(op))
    return rootOfUnsigned(x).value;
  if (isa<math::RsqrtOp>(op))
    return (isPositive ? rsqrtOfPositive(x) : rsqrtOfUnsigned(x)).value;
  if (isa<math::PowFOp>(op))
    return inverseCubeOfRoot(x, isPositive).value;
  auto division = cast<arith::DivFOp>(op);
  Num divisor = {&cx, division.getRhs()};
  if (mark == roundedOnce)
    return quotientByEstimate(x, divisor).value;
  Num reciprocal = reciprocalOfPositive(divisor);
  if (kdsl::numberOf(x.value) == 1.0)
    return reciprocal.value;
  // A sum may take the product in.
  return arith::MulFOp::create(cx.builder, cx.loc, x.value, reciprocal.value,
                               division.getFastmath());
}

Value radicandOf(Value root) {
  auto op = root.getDefiningOp<math::SqrtOp>();
  return op ? op.getOperand() : Value();
}

Value radicandOfCube(Value divisor) {
  auto product = divisor.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {};
  Value a = product.getLhs(), b = product.getRhs();
  return radicandOf(a) == b ? b : radicandOf(b) == a ? a : Value();
}

namespace {

struct ShareDivider : impl::ShareDividerBase<ShareDivider> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    std::optional<Isa> set = instructionSet(function);
    if (!set)
      return signalPassFailure();
    MathContext cx(function.front(), function.getLoc(), *set,
                   /*fastExp=*/false);
    if (*set == Isa::Gpu)
      return widenOnce(function.front(), cx);
    if (*set == Isa::V4)
      share(function, cx);
  }

  void share(func::FuncOp function, MathContext &cx) {
    llvm::DenseSet<Value> ofSteps = kdsl::valuesOfSteps(function.getBody());
    SmallVector<Operation *> found;
    function.walk([&](Operation *op) {
      if (isa<arith::DivFOp, math::SqrtOp, math::RsqrtOp>(op) &&
          hasScalef({&cx, op->getResult(0)}))
        found.push_back(op);
    });
    for (Operation *&op : found)
      if (auto division = dyn_cast<arith::DivFOp>(op);
          division && !ofSteps.contains(division))
        op = byRoot(division, cx);
    llvm::DenseMap<Block *, unsigned> seen;
    for (Operation *op : found) {
      StringRef how = markOf(op, op->hasAttr(exactName) ||
                                     ofSteps.contains(op->getResult(0)));
      const bool isShared = isa<arith::DivFOp, math::SqrtOp>(op);
      if (how != keepsDivider && (!isShared || seen[op->getBlock()]++ % 2))
        op->setAttr(estimateName, StringAttr::get(op->getContext(), how));
    }
  }

  /// Quotients of f32 that a kernel computes once.
  static void widenOnce(Block &entry, MathContext &cx) {
    OpBuilder &builder = cx.builder;
    for (auto division :
         llvm::make_early_inc_range(entry.getOps<arith::DivFOp>())) {
      if (!division.getType().isF32())
        continue;
      builder.setInsertionPoint(division);
      cx.loc = division.getLoc();
      auto wide = [&](Value number) {
        return Num{&cx, arith::ExtFOp::create(builder, cx.loc,
                                              builder.getF64Type(), number)};
      };
      Num divisor = wide(division.getRhs());
      Value quotient = quotientByEstimate(wide(division.getLhs()), divisor).value;
      division.replaceAllUsesWith(arith::TruncFOp::create(
          builder, cx.loc, builder.getF32Type(), quotient)
                                      .getResult());
      division.erase();
    }
  }

private:
  StringRef markOf(Operation *op, bool isOfStep) {
    if (auto division = dyn_cast<arith::DivFOp>(op)) {
      std::optional<double> dividend = kdsl::numberOf(division.getLhs());
      if (!signs.isPositive(division.getRhs()))
        return keepsDivider;
      return !isOfStep                               ? ofPositive
             : dividend && std::fabs(*dividend) >= 1 ? roundedOnce
                                                     : keepsDivider;
    }
    Value x = op->getOperand(0);
    const bool isRoot = isa<math::SqrtOp>(op);
    if (!signs.isNonNegative(x) || (isRoot && (isOfStep || op->use_empty())))
      return keepsDivider;
    return !isRoot && signs.isPositive(x) ? ofPositive : ofUnsigned;
  }

  /// n / sqrt(x) is n rsqrt(x), and n / (x sqrt(x)) is n x^-1.5.
  /// \returns what stands for the quotient: itself, if it stays.
  Operation *byRoot(arith::DivFOp op, MathContext &cx) {
    Value divisor = op.getRhs(), radicand = radicandOf(divisor),
          ofCube = radicandOfCube(divisor);
    if (Value x = radicand ? radicand : ofCube; !x || !signs.isNonNegative(x))
      return op;
    OpBuilder builder(op);
    Operation *factor =
        radicand ? math::RsqrtOp::create(builder, op.getLoc(), radicand).getOperation()
                 : math::PowFOp::create(builder, op.getLoc(), ofCube,
                                        Num{&cx, ofCube}.make(-1.5).value)
                       .getOperation();
    // Behind the quotients that follow: the factors are expanded in step.
    Operation *end = op->getNextNode();
    while (isa<arith::DivFOp>(end) &&
           !llvm::is_contained(end->getOperands(), op.getResult()))
      end = end->getNextNode();
    builder.setInsertionPoint(end);
    op.replaceAllUsesWith(
        arith::MulFOp::create(builder, op.getLoc(), op.getLhs(),
                              factor->getResult(0), op.getFastmath())
            .getResult());
    op.erase();
    if (ofCube && divisor.use_empty())
      divisor.getDefiningOp()->erase();
    return factor;
  }

  Signs signs; ///< before anything changes
};

} // namespace

} // namespace kdslc::elementary
