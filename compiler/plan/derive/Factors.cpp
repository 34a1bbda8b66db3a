//===- Factors.cpp - products of derivatives, put in order ----------------===//

#include "compiler/plan/derive/Factors.h"
#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/PairBuilder.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;

namespace kdslc {

namespace {

/// The products of one body.
class Products {
public:
  explicit Products(Operation *pairOp)
      : view(pairOp), builder(pairOp->getContext()) {
    findRowTerms();
  }
  void run();

private:
  /// The factors of one product.
  struct Factors {
    double number = 1;
    SmallVector<Value> outside, ofRow, ofPair, vectors;
    /// A sign alone, which the sum around may take.
    bool isNegative() const {
      return number == -1 && outside.empty() && ofRow.empty();
    }
    int64_t cost = 0; ///< operations on numbers that the product takes now

    /// Whether the order below takes less inside of the sweep. Where it takes as
    /// much, what depends on the pair alone may still be common to more.
    bool areBetter(int64_t features) const {
      bool scales = number != 1 || !outside.empty() || !ofRow.empty();
      int64_t own = ofPair.size();
      if (own + vectors.size() == 0)
        return false;
      int64_t least = std::max<int64_t>(own - 1 + scales, 0);
      if (own == 0)
        least = 0;
      if (!vectors.empty())
        least += features * (int64_t(vectors.size()) - 1 + (own || scales));
      return least < cost || (least == cost && scales && own > 1);
    }
  };

  void findRowTerms();
  bool isInside(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() == view.block;
  }
  bool isProduct(Value value) const;
  /// Nothing but its one user needs the product.
  bool isPart(Value value) const;
  bool isRoot(Operation &op) const;
  void collect(Value value, bool isRoot, Factors &factors);
  void collectLeaf(Value value, Factors &factors);
  Value rebuilt(Operation &root, Factors &factors);
  Value uniform(const Factors &factors, Type element, Location loc);
  bool intoDot(Factors &factors, Value number, Calculator &c);
  void simplifyTotal(vector::ReductionOp total);

  PairView view;
  OpBuilder builder;
  llvm::DenseMap<Operation *, int64_t> order; ///< of the body; others are 0
  llvm::DenseSet<Value> rowTerms; ///< of the kept rows and parameters alone
};

/// In a map every row is kept, and nothing is swept over.
void Products::findRowTerms() {
  if (!isa<kdsl::ReduceOp>(view.op))
    return;
  auto reduced = int64_t(view.kept);
  for (unsigned r = 0; r < view.rows.size(); ++r)
    if (!llvm::is_contained(view.subscript(r), reduced))
      rowTerms.insert(view.rowArgument(r));
  for (Operation &op : view.block->without_terminator()) {
    if (op.getNumResults() != 1 || op.getNumRegions() ||
        op.getNumOperands() == 0)
      continue;
    bool isOfRow = llvm::all_of(op.getOperands(), [&](Value operand) {
      return rowTerms.contains(operand) || !isInside(operand) ||
             matchPattern(operand, m_Constant());
    });
    bool hasArgument = llvm::any_of(op.getOperands(), [&](Value operand) {
      auto argument = dyn_cast<BlockArgument>(operand);
      return argument && argument.getOwner() == view.block &&
             !rowTerms.contains(operand);
    });
    if (isOfRow && !hasArgument)
      rowTerms.insert(op.getResult(0));
  }
}

bool Products::isProduct(Value value) const {
  Operation *op = isInside(value) ? value.getDefiningOp() : nullptr;
  if (!op || !isa<FloatType>(getElementTypeOrSelf(value)))
    return false;
  if (auto add = dyn_cast<arith::AddFOp>(op))
    return add.getLhs() == add.getRhs();
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
    return isa<FloatType>(broadcast.getSource().getType());
  return isa<arith::MulFOp, arith::NegFOp>(op);
}

bool Products::isPart(Value value) const {
  if (value.use_empty())
    return false;
  Operation *user = *value.getUsers().begin();
  return llvm::all_of(value.getUsers(),
                      [&](Operation *other) { return other == user; }) &&
         user->getNumResults() == 1 && isProduct(user->getResult(0)) &&
         // x * x needs x as it is.
         !(isa<arith::MulFOp>(user) &&
           user->getOperand(0) == user->getOperand(1));
}

bool Products::isRoot(Operation &op) const {
  return op.getNumResults() == 1 && isProduct(op.getResult(0)) &&
         !op.use_empty() && !isPart(op.getResult(0));
}

void Products::collectLeaf(Value value, Factors &factors) {
  FloatAttr number;
  DenseElementsAttr numbers;
  if (matchPattern(value, m_Constant(&number)))
    factors.number *= number.getValueAsDouble();
  else if (matchPattern(value, m_Constant(&numbers)) && numbers.isSplat())
    factors.number *= numbers.getSplatValue<APFloat>().convertToDouble();
  else if (isa<VectorType>(value.getType()))
    factors.vectors.push_back(value);
  else if (!isInside(value) && !rowTerms.contains(value) &&
           !isa<BlockArgument>(value))
    factors.outside.push_back(value);
  else if (auto argument = dyn_cast<BlockArgument>(value);
           argument && argument.getOwner() != view.block)
    factors.outside.push_back(value);
  else if (rowTerms.contains(value))
    factors.ofRow.push_back(value);
  else
    factors.ofPair.push_back(value);
}

void Products::collect(Value value, bool isRoot, Factors &factors) {
  if (!isProduct(value) || !(isRoot || isPart(value)))
    return collectLeaf(value, factors);
  Operation *op = value.getDefiningOp();
  if (!isa<vector::BroadcastOp>(op))
    factors.cost += kdsl::featureCount(value.getType());
  if (isa<arith::NegFOp>(op)) {
    factors.number = -factors.number;
    collect(op->getOperand(0), false, factors);
  } else if (isa<arith::AddFOp>(op)) {
    factors.number *= 2;
    collect(op->getOperand(0), false, factors);
  } else {
    for (Value operand : op->getOperands())
      collect(operand, false, factors);
  }
}

/// What is the same for all rows, at the level of the program; null if it is 1.
Value Products::uniform(const Factors &factors, Type element, Location loc) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(view.op);
  Calculator c(builder, loc);
  Value product;
  for (Value value : factors.outside)
    product = product ? c.mul(product, value) : value;
  if (factors.number == 1 || (factors.isNegative() && !product))
    return product;
  if (!product) {
    builder.setInsertionPoint(view.block, view.block->begin());
    return c.constant(element, factors.number);
  }
  return c.mul(product, c.constant(element, factors.number));
}

Value Products::rebuilt(Operation &root, Factors &factors) {
  Type type = root.getResult(0).getType();
  auto before = [&](Value a, Value b) {
    auto key = [&](Value value) { // arguments first
      auto argument = dyn_cast<BlockArgument>(value);
      return argument ? int64_t(argument.getArgNumber())
                      : 1000000 + order.lookup(value.getDefiningOp());
    };
    return key(a) < key(b);
  };
  llvm::sort(factors.ofPair, before);
  llvm::sort(factors.ofRow, before);
  llvm::sort(factors.vectors, before);
  Value scale =
      uniform(factors, kdsl::featureElement(type), root.getLoc());
  builder.setInsertionPoint(&root);
  Calculator c(builder, root.getLoc());
  auto product = [&](ArrayRef<Value> values) {
    Value result;
    for (Value value : values)
      result = result ? c.mul(result, value) : value;
    return result;
  };
  auto times = [&](Value a, Value b) { return a && b ? c.mul(a, b) : a ? a : b; };
  Value ofRow = times(product(factors.ofRow), scale);
  if (ofRow && intoDot(factors, ofRow, c))
    ofRow = {};
  Value numbers = times(product(factors.ofPair), ofRow);
  Value result = c.spread(times(product(factors.vectors), numbers), type);
  return factors.isNegative() ? c.neg(result) : result;
}

/// A number of row i goes into a vector of row i that stands in a dot product
/// with one of row j: both are multiplied once for all pairs of the row.
bool Products::intoDot(Factors &factors, Value number, Calculator &c) {
  constexpr int64_t mostFeatures = 8; // more would not stay in registers
  for (Value &factor : factors.ofPair) {
    auto dot = factor.getDefiningOp<kdsl::DotOp>();
    if (!dot || !isInside(factor) || !dot->hasOneUse() ||
        kdsl::featureCount(dot.getLhs().getType()) > mostFeatures)
      continue;
    bool isLeft = rowTerms.contains(dot.getLhs());
    if (isLeft == rowTerms.contains(dot.getRhs()))
      continue;
    Value own = isLeft ? dot.getLhs() : dot.getRhs();
    Value other = isLeft ? dot.getRhs() : dot.getLhs();
    factor = kdsl::DotOp::create(c.builder, c.loc, c.mul(own, number), other);
    return true;
  }
  return false;
}

/// sum(u * v) is a dot product, and a number leaves a sum of features.
void Products::simplifyTotal(vector::ReductionOp total) {
  auto product = total.getVector().getDefiningOp<arith::MulFOp>();
  if (total.getKind() != vector::CombiningKind::ADD || total.getAcc() ||
      !product || !product->hasOneUse())
    return;
  builder.setInsertionPoint(total);
  Calculator c(builder, total.getLoc());
  Value a = product.getLhs(), b = product.getRhs();
  if (isa_and_nonnull<vector::BroadcastOp>(a.getDefiningOp()))
    std::swap(a, b);
  Value result;
  if (auto number = b.getDefiningOp<vector::BroadcastOp>();
      number && isa<FloatType>(number.getSource().getType()))
    result = c.mul(c.total(a), number.getSource());
  else
    result = kdsl::DotOp::create(builder, total.getLoc(), a, b);
  total.replaceAllUsesWith(result);
  total.erase();
  product.erase();
}

void Products::run() {
  for (Operation &op : llvm::make_early_inc_range(*view.block))
    if (auto total = dyn_cast<vector::ReductionOp>(op))
      simplifyTotal(total);
  SmallVector<Operation *> roots;
  int64_t place = 0;
  for (Operation &op : *view.block) {
    order[&op] = ++place;
    if (isRoot(op))
      roots.push_back(&op);
  }
  for (Operation *root : roots) {
    Factors factors;
    collect(root->getResult(0), /*isRoot=*/true, factors);
    if (!factors.areBetter(
            kdsl::featureCount(root->getResult(0).getType())) ||
        !std::isfinite(factors.number) ||
        factors.number == 0)
      continue;
    Value better = rebuilt(*root, factors);
    if (Operation *made = better.getDefiningOp())
      order[made] = order[root];
    root->replaceAllUsesWith(ValueRange(better));
  }
}

} // namespace

void gatherFactors(kdsl::ProgramOp program) {
  SmallVector<Operation *> bodies;
  program.walk([&](Operation *op) {
    if (isa<kdsl::ReduceOp, kdsl::MapOp>(op))
      bodies.push_back(op);
  });
  for (Operation *body : bodies)
    Products(body).run();
}

} // namespace kdslc
