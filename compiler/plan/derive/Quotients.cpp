//===- Quotients.cpp - t and 1/t in products of derivatives ---------------===//

#include "compiler/plan/Terms.h"
#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/derive/Factors.h"

using namespace mlir;

namespace kdslc {

namespace {

/// select(t is 0, 0, a / t) times c t v, where c is the same for all pairs, is
/// select(t is 0, 0, a v) times c.
class Quotient {
public:
  using Values = llvm::DenseSet<Value>;

  /// \param ofPairs  what is not the same for all pairs.
  Quotient(arith::SelectOp guard, const Values &ofPairs)
      : ofPairs(ofPairs), guard(guard),
        quotient(guard.getFalseValue().getDefiningOp<arith::DivFOp>()) {}

  /// Whether there is such a product.
  bool run();

private:
  bool isMultiple(Value value);
  Value without(Value value, Calculator &c);
  OpOperand *findMultiple(OpOperand &factor);

  const Values &ofPairs;
  arith::SelectOp guard;
  arith::DivFOp quotient;
};
} // namespace

/// Whether a value is c t.
bool Quotient::isMultiple(Value value) {
  if (value == quotient.getRhs())
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || !ofPairs.contains(value) ||
      !isa<arith::MulFOp, arith::DivFOp, arith::NegFOp>(op))
    return false;
  if (isa<arith::NegFOp>(op) || !ofPairs.contains(op->getOperand(1)))
    return isMultiple(op->getOperand(0));
  return isa<arith::MulFOp>(op) && !ofPairs.contains(op->getOperand(0)) &&
         isMultiple(op->getOperand(1));
}

Value Quotient::without(Value value, Calculator &c) {
  if (value == quotient.getRhs())
    return c.constant(value.getType(), 1);
  Operation *op = value.getDefiningOp();
  if (isa<arith::NegFOp>(op))
    return c.neg(without(op->getOperand(0), c));
  Value a = op->getOperand(0), b = op->getOperand(1);
  if (isa<arith::DivFOp>(op))
    return c.div(without(a, c), b);
  return isMultiple(a) ? c.mul(without(a, c), b) : c.mul(a, without(b, c));
}

/// The first factor c t of a product, or null.
OpOperand *Quotient::findMultiple(OpOperand &factor) {
  if (isMultiple(factor.get()))
    return &factor;
  Operation *op = factor.get().getDefiningOp();
  if (op && factor.get().hasOneUse() &&
      isa<arith::MulFOp, arith::NegFOp, vector::BroadcastOp>(op))
    for (OpOperand &operand : op->getOpOperands())
      if (OpOperand *found = findMultiple(operand))
        return found;
  return nullptr;
}

bool Quotient::run() {
  if (!quotient || !isa<FloatType>(guard.getType()) ||
      kdsl::numberOf(guard.getTrueValue()) != 0.0 || !guard->hasOneUse() ||
      !isa<arith::MulFOp>(*guard->user_begin()))
    return false;
  // Up through the product that the quotient is in.
  auto product = cast<arith::MulFOp>(*guard->user_begin());
  OpOperand *multiple = nullptr;
  Operation *top = nullptr;
  for (Value value = guard; !multiple && value.hasOneUse();
       value = top->getResult(0)) {
    OpOperand &use = *value.getUses().begin();
    top = use.getOwner();
    if (isa<arith::MulFOp>(top))
      multiple = findMultiple(top->getOpOperand(1 - use.getOperandNumber()));
    else if (!isa<arith::NegFOp, vector::BroadcastOp>(top))
      return false;
  }
  if (!multiple)
    return false;
  OpBuilder builder(top);
  Calculator c(builder, guard.getLoc());
  Value scale = without(multiple->get(), c);
  builder.setInsertionPoint(multiple->getOwner());
  multiple->set(c.constant(guard.getType(), 1));
  builder.setInsertionPointAfter(top);
  Value result = top->getResult(0);
  Value scaled = c.mul(result, scale);
  result.replaceAllUsesExcept(scaled, scaled.getDefiningOp());
  // What the guard multiplies takes the place of a.
  builder.setInsertionPoint(product);
  Value other = product.getLhs() == guard ? product.getRhs() : product.getLhs();
  product.replaceAllUsesWith(c.select(guard.getCondition(), Value(),
                                      c.mul(other, quotient.getLhs())));
  return true;
}

bool cancelQuotients(kdsl::ReduceOp reduce) {
  Block &body = reduce.getBody().front();
  Quotient::Values ofPairs =
      dependents(body, Quotient::Values(body.args_begin(), body.args_end()));
  bool changed = false;
  for (auto guard : llvm::to_vector(body.getOps<arith::SelectOp>()))
    changed |= Quotient(guard, ofPairs).run();
  return changed;
}

} // namespace kdslc
