//===- Steps.cpp - values that jumps depend on ----------------------------===//

#include "dialects/kdsl/Steps.h"
#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

/// Whether a value is 0 or infinite, and no more: a product with a reciprocal is
/// where the quotient is.
static bool isGuard(arith::CmpFOp op) {
  using P = arith::CmpFPredicate;
  std::optional<double> number = kdsl::numberOf(op.getRhs());
  return number && (*number == 0 || std::isinf(*number)) &&
         llvm::is_contained({P::OEQ, P::ONE, P::UEQ, P::UNE}, op.getPredicate());
}

/// Whether all that a comparison chooses between is what it compares: a maximum,
/// relu.
static bool isOfExtremes(arith::CmpFOp op) {
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
static bool isStep(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return !isGuard(compare) && !isOfExtremes(compare);
  return isa<arith::FPToSIOp, math::FloorOp, math::CeilOp, math::RoundOp,
             math::RoundEvenOp, math::TruncOp>(op);
}

static void collect(Region &region, llvm::DenseSet<Value> &values) {
  for (Block &block : llvm::reverse(region))
    for (Operation &op : llvm::reverse(block)) {
      for (Region &inner : op.getRegions())
        collect(inner, values);
      if (isStep(&op) || llvm::any_of(op.getResults(), [&](Value result) {
            return values.contains(result);
          }))
        values.insert_range(op.getOperands());
    }
}

llvm::DenseSet<Value> kdsl::valuesOfSteps(Region &region) {
  llvm::DenseSet<Value> values;
  collect(region, values);
  return values;
}
