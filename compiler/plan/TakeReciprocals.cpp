//===- TakeReciprocals.cpp - the pass kdsl-take-reciprocals ---------------===//

#include "compiler/plan/Passes.h"
#include "compiler/plan/Terms.h"
#include "compiler/plan/derive/Calculator.h"
#include <cmath>

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_TAKERECIPROCALS
#include "compiler/plan/Passes.h.inc"

namespace {

/// A constant that is far from the largest and smallest numbers.
bool isModerate(Value value) {
  std::optional<double> number = kdsl::numberOf(value);
  return number && std::fabs(std::log2(std::fabs(*number))) < 16;
}

/// Whether a value is 0 or infinite, and no more: a product with a reciprocal is
/// where the quotient is.
bool isGuard(arith::CmpFOp op) {
  using P = arith::CmpFPredicate;
  std::optional<double> number = kdsl::numberOf(op.getRhs());
  return number && (*number == 0 || std::isinf(*number)) &&
         llvm::is_contained({P::OEQ, P::ONE, P::UEQ, P::UNE}, op.getPredicate());
}

/// Whether all that a comparison chooses between is what it compares: a maximum,
/// relu.
bool isOfExtremes(arith::CmpFOp op) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    auto select = dyn_cast<arith::SelectOp>(user);
    return select &&
           llvm::all_of(select->getOperands().drop_front(), [&](Value value) {
             std::optional<double> number = kdsl::numberOf(value);
             return value == op.getLhs() || value == op.getRhs() ||
                    (number && number == kdsl::numberOf(op.getRhs()));
           });
  });
}

/// Jumps between two numbers that are next to each other.
bool isStep(Operation &op) {
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return !isGuard(compare) && !isOfExtremes(compare);
  return isa<arith::FPToSIOp, math::FloorOp, math::CeilOp, math::RoundOp,
             math::RoundEvenOp, math::TruncOp>(op);
}

/// The quotients of one reduce.
class Quotients {
public:
  explicit Quotients(kdsl::ReduceOp reduce)
      : reduce(reduce), body(reduce.getBody().front()) {
    for (Operation &op : llvm::reverse(body))
      if (isStep(op) || llvm::any_of(op.getResults(), [&](Value result) {
            return ofSteps.contains(result);
          }))
        ofSteps.insert_range(op.getOperands());
  }

  void run() {
    for (Operation &op : llvm::make_early_inc_range(body)) {
      Value better;
      if (auto quotient = dyn_cast<arith::DivFOp>(op))
        better = byReciprocal(quotient);
      else if (auto product = dyn_cast<arith::MulFOp>(op))
        better = byDividend(product);
      if (!better)
        continue;
      op.replaceAllUsesWith(ValueRange(better));
      op.erase();
    }
  }

private:
  /// Null: it stays.
  Value byReciprocal(arith::DivFOp op) {
    if (ofSteps.contains(op) || kdsl::numberOf(op.getLhs()) ||
        isOfPair(reduce, op.getRhs()) || !isOfPair(reduce, op))
      return {};
    OpBuilder builder(op);
    Calculator c(builder, op.getLoc());
    Value value = op.getLhs(), one = c.constant(op.getType(), 1);
    // The number that the dividend is multiplied by joins the reciprocal.
    auto product = value.getDefiningOp<arith::MulFOp>();
    if (product && isModerate(product.getRhs())) {
      value = product.getLhs();
      one = product.getRhs();
    }
    return c.mul(value, c.div(one, op.getRhs()));
  }

  /// 2 * (3 / x) is 6 / x.
  Value byDividend(arith::MulFOp op) {
    auto quotient = op.getLhs().getDefiningOp<arith::DivFOp>();
    if (!quotient || !quotient->hasOneUse() || !isModerate(op.getRhs()) ||
        !isModerate(quotient.getLhs()))
      return {};
    OpBuilder builder(op);
    Calculator c(builder, op.getLoc());
    return c.div(c.mul(quotient.getLhs(), op.getRhs()), quotient.getRhs());
  }

  kdsl::ReduceOp reduce;
  Block &body;
  llvm::DenseSet<Value> ofSteps; ///< what some step depends on
};

struct TakeReciprocals : impl::TakeReciprocalsBase<TakeReciprocals> {
  void runOnOperation() override {
    for (auto reduce : getOperation().getOps<kdsl::ReduceOp>())
      Quotients(reduce).run();
  }
};

} // namespace
} // namespace kdslc
