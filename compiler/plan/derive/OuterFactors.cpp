//===- OuterFactors.cpp - factors that leave the sums of derivatives ------===//

#include "compiler/plan/Terms.h"
#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/derive/Factors.h"
#include "mlir/IR/Matchers.h"
#include <map>

using namespace mlir;

namespace kdslc {

namespace {

/// The products that the sums of a reduce add up.
class SummedProducts {
public:
  explicit SummedProducts(kdsl::ReduceOp reduce);

  /// Whether any factor leaves one of them.
  bool run() {
    bool changed = false;
    for (auto [place, state] : sums)
      changed |= leave(place, state);
    return changed;
  }

private:
  bool leave(unsigned place, unsigned state);
  bool leaves(Value value);
  Value without(Value value);

  kdsl::ReduceOp reduce;
  PairView view;
  std::map<unsigned, unsigned> sums; ///< what is yielded for each, and its state
  llvm::DenseSet<Value> ofPair;      ///< depend on the reduced row
  /// What only products need that sums add up: what leaves one leaves all.
  llvm::DenseSet<Value> ofProducts;
  size_t operations = 0;
  /// Of one sum: what leaves it, and how many values were met, some of them again.
  bool isNegative = false;
  SmallVector<Value> outside;
  size_t steps = 0;
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
  // Row numbers are counted from where the caller says, which a sweep knows.
  for (unsigned k = 0; k < view.axes.size(); ++k)
    ofPair.insert(view.block->getArgument(k));
  for (unsigned r = 0; r < view.rows.size(); ++r)
    if (llvm::is_contained(view.subscript(r), int64_t(view.kept)))
      ofPair.insert(view.rowArgument(r));
  operations = view.block->getOperations().size();
  ofPair = dependents(*view.block, std::move(ofPair));
  for (Operation &op : llvm::reverse(*view.block))
    if (llvm::all_of(op.getUses(), [&](OpOperand &use) {
          Operation *user = use.getOwner();
          return isa<kdsl::YieldOp>(user)
                     ? sums.count(use.getOperandNumber())
                     : isa<arith::MulFOp, arith::NegFOp, vector::BroadcastOp>(
                           user) &&
                           ofProducts.contains(user->getResult(0));
        }))
      ofProducts.insert_range(op.getResults());
}

/// A sum of no rows is 0, whatever its factor is, so that only constants leave
/// where a mask or a range may leave a row with nothing.
bool SummedProducts::leaves(Value value) {
  if (!view.masks.empty() || reduce.getRanges())
    return matchPattern(value, m_Constant());
  return !ofPair.contains(value);
}

/// What is left of a product; null: nothing.
Value SummedProducts::without(Value value) {
  if (leaves(value)) {
    outside.push_back(value);
    return {};
  }
  Operation *op = value.getDefiningOp();
  if (!op || !ofProducts.contains(value) || ++steps > 4 * operations)
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

bool SummedProducts::leave(unsigned place, unsigned state) {
  Operation *yield = view.block->getTerminator();
  isNegative = false;
  outside.clear();
  steps = 0;
  Value rest = without(yield->getOperand(place));
  if (!rest || outside.empty())
    return false; // no product of the pair; a sign alone costs nothing there
  yield->setOperand(place, rest);

  PairBuilder::Place kept = keptPlace(reduce);
  PairBuilder ofRow = over(reduce, kept);
  Calculator c(ofRow.builder, ofRow.loc);
  Value factor;
  for (Value value : outside) {
    Value copy = copyTerm(reduce, termOf(reduce, value), kept, ofRow);
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
      replaceState(reduce, state, ofRow.map(behind, sum).getResult(0));
      break;
    }
  return true;
}

bool leaveSums(kdsl::ReduceOp reduce) { return SummedProducts(reduce).run(); }

} // namespace kdslc
