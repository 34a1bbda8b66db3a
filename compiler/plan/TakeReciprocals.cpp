//===- TakeReciprocals.cpp - the pass kdsl-take-reciprocals ---------------===//

#include "compiler/plan/Passes.h"
#include "compiler/plan/Terms.h"
#include "compiler/plan/derive/Calculator.h"
#include "dialects/kdsl/Steps.h"
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

/// The quotients of one reduce.
class Quotients {
public:
  explicit Quotients(kdsl::ReduceOp reduce)
      : reduce(reduce), body(reduce.getBody().front()),
        ofSteps(kdsl::valuesOfSteps(reduce.getBody())) {}

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
  llvm::DenseSet<Value> ofSteps;
};

struct TakeReciprocals : impl::TakeReciprocalsBase<TakeReciprocals> {
  void runOnOperation() override {
    for (auto reduce : getOperation().getOps<kdsl::ReduceOp>())
      Quotients(reduce).run();
  }
};

} // namespace
} // namespace kdslc
