//===- ShareDivider.cpp - the pass share-divider --------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/targets/math/Signs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"

namespace kdslc::elementary {
#define GEN_PASS_DEF_SHAREDIVIDER
#include "compiler/targets/math/Passes.h.inc"
} // namespace kdslc::elementary

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// n / d: the estimate's error is squared by a step, twice in f64. Where the
/// quotient or the divisor is infinite a step makes NaN, and the estimate itself
/// gives the quotient.
Value quotientByEstimate(Num n, Num d, Num estimate) {
  Num rough = n * estimate, first = rough, reciprocal = estimate;
  if (n.format().isDouble) {
    reciprocal = mulAdd(mulAdd(-estimate, d, d.make(1)), estimate, estimate);
    first = n * reciprocal;
  }
  Num better = nearerQuotient(first, n, d, reciprocal);
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
    MathContext cx(function.front(), function.getLoc(), *set,
                   /*fastExp=*/false);
    if (*set == Isa::Gpu)
      return widenOnce(function.front(), cx);
    if (*set != Isa::V4)
      return;
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
      Value quotient = quotientByEstimate(wide(division.getLhs()), divisor,
                                          *guessedReciprocal(divisor));
      division.replaceAllUsesWith(arith::TruncFOp::create(
          builder, cx.loc, builder.getF32Type(), quotient)
                                      .getResult());
      division.erase();
    }
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
