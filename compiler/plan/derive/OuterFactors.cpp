//===- OuterFactors.cpp - factors that leave the sums of derivatives ------===//

#include "compiler/plan/Terms.h"
#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/derive/Factors.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kdslc {

namespace {

/// The products that the sums of a reduce add up.
class SummedProducts {
public:
  explicit SummedProducts(kdsl::ReduceOp reduce);

  void run() {
    for (auto [place, state] : sums)
      leave(place, state);
  }

private:
  void leave(unsigned place, unsigned state);
  bool leaves(const Term &term);
  bool isOutside(Value value);
  bool isOfProducts(Value value);
  Value without(Value value);

  kdsl::ReduceOp reduce;
  PairView view;
  std::map<unsigned, unsigned> sums; ///< what is yielded for each, and its state
  bool isNegative = false;           ///< of one sum, as is what leaves it
  SmallVector<Term> outside;
};
} // namespace

SummedProducts::SummedProducts(kdsl::ReduceOp reduce)
    : reduce(reduce), view(reduce) {
  for (unsigned s = 0; s < reduce.getStates().size(); ++s) {
    OperandRange values = reduce.getValues(s);
    if (isa<kdsl::SumAttr>(reduce.getStates()[s]) && values.size() == 1 &&
        isa<FloatType>(getElementTypeOrSelf(values.front())))
      sums[values.getBeginOperandIndex()] = s;
  }
}

/// A sum of no rows is 0, whatever its factor is, so that only constants leave
/// where a mask or a range may leave a row with nothing.
bool SummedProducts::leaves(const Term &term) {
  if (!view.masks.empty() || reduce.getRanges())
    return matchPattern(term.value, m_Constant());
  return !term.countsRows && !term.indices.count(int64_t(view.kept));
}

/// Notes a factor that leaves.
bool SummedProducts::isOutside(Value value) {
  Term term = termOf(reduce, value);
  if (!leaves(term))
    return false;
  outside.push_back(std::move(term));
  return true;
}

/// Whether all that needs a value are products that sums add up: what leaves one
/// leaves all of these.
bool SummedProducts::isOfProducts(Value value) {
  SetVector<Value> products;
  products.insert(value);
  for (unsigned n = 0; n < products.size(); ++n)
    for (OpOperand &use : products[n].getUses()) {
      Operation *user = use.getOwner();
      if (isa<arith::MulFOp, arith::NegFOp, vector::BroadcastOp>(user))
        products.insert(user->getResult(0));
      else if (!isa<kdsl::YieldOp>(user) || !sums.count(use.getOperandNumber()))
        return false;
    }
  return true;
}

/// What is left of a product; null: nothing.
Value SummedProducts::without(Value value) {
  if (isOutside(value))
    return {};
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != view.block || !isOfProducts(value))
    return value;
  OpBuilder builder(op);
  Calculator c(builder, op->getLoc());
  if (isa<arith::NegFOp>(op)) {
    isNegative = !isNegative;
    return without(op->getOperand(0));
  }
  if (isa<vector::BroadcastOp>(op) &&
      isa<FloatType>(op->getOperand(0).getType()))
    return c.spread(without(op->getOperand(0)), value.getType());
  if (!isa<arith::MulFOp>(op))
    return value;
  Value left = without(op->getOperand(0)), right = without(op->getOperand(1));
  if (!left || !right)
    return left ? left : right;
  if (left == op->getOperand(0) && right == op->getOperand(1))
    return value;
  return c.mul(left, right);
}

void SummedProducts::leave(unsigned place, unsigned state) {
  Operation *yield = view.block->getTerminator();
  isNegative = false;
  outside.clear();
  Value rest = without(yield->getOperand(place));
  if (!rest || outside.empty())
    return; // no product of the pair; a sign alone costs nothing where it is
  yield->setOperand(place, rest);

  PairBuilder::Place kept = keptPlace(reduce);
  PairBuilder ofRow = over(reduce, kept);
  Calculator c(ofRow.builder, ofRow.loc);
  Value factor;
  for (const Term &term : outside) {
    Value copy = copyTerm(reduce, term, kept, ofRow);
    factor = factor ? c.mul(factor, copy) : copy;
  }
  if (isNegative)
    factor = c.neg(factor);
  OpBuilder behind(reduce);
  behind.setInsertionPointAfter(reduce);
  for (unsigned r = 0; r < reduce.getNumResults(); ++r)
    if (reduce.getResultStates()[r] == int64_t(state)) {
      Value sum = c.mul(ofRow.read(reduce.getResult(r), kept), factor);
      sum = c.select(hasNoRows(reduce, c), Value(), sum);
      return replaceState(reduce, state, ofRow.map(behind, sum).getResult(0));
    }
}

void leaveSums(kdsl::ProgramOp program, ArrayRef<unsigned> written) {
  // What these outputs are made of stays as it is.
  Operation *results = program.getBody().front().getTerminator();
  SetVector<Operation *> own;
  for (unsigned output : written)
    if (Operation *op = results->getOperand(output).getDefiningOp())
      own.insert(op);
  for (unsigned n = 0; n < own.size(); ++n)
    for (Value operand : own[n]->getOperands())
      if (Operation *op = operand.getDefiningOp())
        own.insert(op);
  for (auto reduce : llvm::to_vector(program.getOps<kdsl::ReduceOp>()))
    if (!own.contains(reduce))
      SummedProducts(reduce).run();
}

} // namespace kdslc
