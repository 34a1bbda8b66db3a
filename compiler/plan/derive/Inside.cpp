//===- Inside.cpp - derivatives inside of formulas ------------------------===//
//
// A partial derivative is reverse mode over the operations between the operand
// and the number. A divergence is the sum of the diagonal of a Jacobian, which
// elementwise operations keep apart from the rest of it: one reverse pass for
// each number that is spread over the features, and not one for each feature.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/derive/Inside.h"
#include "compiler/plan/derive/Formula.h"
#include "compiler/plan/derive/Partials.h"

using namespace mlir;

namespace kdslc {

namespace {
class Inside {
public:
  Inside(OpBuilder &builder, Location loc, Value value, Value in)
      : c(builder, loc), in(in), ops(formulaOf(value)) {
    varied.insert(in);
    grow(varied, ops);
  }

  FailureOr<Value> gradient(Value number);
  FailureOr<Value> divergence(Value field);

private:
  FailureOr<Value> diagonalOf(Operation *op);
  FailureOr<Value> featureByFeature(Value field);

  Calculator c;
  Value in;
  SmallVector<Operation *> ops;
  Varied varied;
  /// d value[k] / d in[k] of vectors; null where it is 0.
  llvm::DenseMap<Value, Value> diagonals;
};
} // namespace

/// Null if the number does not depend on the operand.
FailureOr<Value> Inside::gradient(Value number) {
  Cotangents cotangents(c.builder, varied);
  cotangents.add(number, c.constant(number.getType(), 1));
  cotangents.propagate(ops);
  if (cotangents.hasFailed())
    return failure();
  return cotangents.of(in);
}

FailureOr<Value> Inside::featureByFeature(Value field) {
  Type element = kdsl::featureElement(field.getType());
  SmallVector<Value> parts;
  for (int64_t k = 0; k < kdsl::featureCount(field.getType()); ++k) {
    Value feature = c.feature(field, k);
    Cotangents cotangents(c.builder, varied);
    SmallVector<Operation *> all(ops);
    all.push_back(feature.getDefiningOp());
    varied.insert(feature);
    cotangents.add(feature, c.constant(element, 1));
    cotangents.propagate(all);
    if (cotangents.hasFailed())
      return failure();
    Value row = cotangents.of(in);
    parts.push_back(c.orZero(row ? c.feature(row, k) : row, element));
  }
  return Value(kdsl::ConcatOp::create(c.builder, c.loc, field.getType(), parts));
}

FailureOr<Value> Inside::diagonalOf(Operation *op) {
  auto diagonal = [&](unsigned k) {
    return diagonals.lookup(op->getOperand(k));
  };
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
    return gradient(broadcast.getSource());
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return c.toReal(diagonal(0), op->getResult(0).getType());
  if (auto choice = choiceOf(op, c))
    return c.select(choice->condition, diagonal(choice->first),
                    diagonal(choice->second));
  if (auto factors = partials(op, c)) {
    Value sum;
    for (const Partial &partial : *factors)
      sum = c.add(sum, partial.times(diagonal(partial.operand), c));
    return sum;
  }
  return featureByFeature(op->getResult(0));
}

FailureOr<Value> Inside::divergence(Value field) {
  if (!isa<VectorType>(in.getType()))
    return gradient(field);
  diagonals[in] = c.constant(in.getType(), 1);
  for (Operation *op : ops) {
    if (op->getNumResults() != 1 || op->getResult(0).getType() != in.getType() ||
        !varied.contains(op->getResult(0)))
      continue;
    auto diagonal = diagonalOf(op);
    if (failed(diagonal))
      return failure();
    diagonals[op->getResult(0)] = *diagonal;
  }
  return c.total(diagonals.lookup(field));
}

FailureOr<bool> expandPartials(kdsl::ProgramOp program) {
  SmallVector<Operation *> ops;
  program.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<kdsl::PartialOp, kdsl::DivergenceOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    OpBuilder builder(op);
    Value value = op->getOperand(0), in = op->getOperand(1);
    Inside inside(builder, op->getLoc(), value, in);
    auto derivative = isa<kdsl::PartialOp>(op) ? inside.gradient(value)
                                               : inside.divergence(value);
    if (failed(derivative))
      return failure();
    Value result = op->getResult(0);
    result.replaceAllUsesWith(Calculator(builder, op->getLoc())
                                  .orZero(*derivative, result.getType()));
    op->erase();
  }
  return !ops.empty();
}

} // namespace kdslc
