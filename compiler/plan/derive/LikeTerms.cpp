//===- LikeTerms.cpp - sums of derivatives, taken together ----------------===//

#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/derive/Factors.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include <cmath>
#include <map>
#include <set>

using namespace mlir;

namespace kdslc {

namespace {

/// Of a number: products of a few like it are none too large or small.
bool isInRange(double number) {
  return std::fabs(std::log2(std::fabs(number))) < 64;
}

/// A sum of numbers in one body, as monomials of what is neither a sum nor a
/// product. Products are not multiplied out: w (x - y) stays exact where x and y
/// are close.
class Polynomial {
public:
  explicit Polynomial(Operation *root) : root(root), block(root->getBlock()) {}

  /// Writes the sum anew if that takes fewer operations; whether it does.
  bool run();

private:
  /// Numbers of factors in order, and what multiplies them.
  using Terms = std::map<std::vector<unsigned>, double>;
  struct Monomial {
    double number;
    std::vector<unsigned> factors;
  };
  static constexpr unsigned mostSteps = 200;
  static constexpr int64_t shortPower = 3; ///< taken for its factors

  Operation *inside(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() == block && isa<FloatType>(value.getType())
               ? op
               : nullptr;
  }
  bool isSum(Value value) const {
    return isa_and_nonnull<arith::AddFOp, arith::SubFOp>(inside(value));
  }
  /// Counts what is met, values that are met again too.
  bool isTooMuch() { return ++steps > mostSteps; }
  void add(Value value, double number, Terms &terms);
  void multiply(Value value, Monomial &monomial);
  Terms opened(const Terms &terms);
  int64_t dying() const;
  static bool isNegative(const Terms &terms) {
    return llvm::all_of(terms, [](auto &term) { return term.second < 0; });
  }
  Value product(const Monomial &monomial, Calculator &c) const;
  Value sum(Terms terms, Calculator &c);

  Operation *root;
  Block *block;
  SmallVector<Value> factors; ///< by number, as they were met
  llvm::DenseSet<Operation *> tree; ///< what was taken apart
  unsigned steps = 0;
};
} // namespace

void Polynomial::add(Value value, double number, Terms &terms) {
  Operation *op = inside(value);
  if (isTooMuch())
    return;
  if (op && isa<arith::AddFOp, arith::SubFOp, arith::NegFOp>(op)) {
    tree.insert(op);
    if (!isa<arith::NegFOp>(op))
      add(op->getOperand(1), isa<arith::SubFOp>(op) ? -number : number, terms);
    return add(op->getOperand(0), isa<arith::NegFOp>(op) ? -number : number,
               terms);
  }
  Monomial monomial{number, {}};
  multiply(value, monomial);
  llvm::sort(monomial.factors);
  double &sum = terms[monomial.factors];
  sum += monomial.number;
  if (sum != 0 && !isInRange(sum))
    steps = mostSteps;
}

/// The terms with those that are a number of times another sum taken apart, and
/// without those of no number.
Polynomial::Terms Polynomial::opened(const Terms &terms) {
  Terms result;
  for (auto &[term, number] : terms)
    if (term.size() == 1 && isSum(factors[term[0]]))
      add(factors[term[0]], number, result);
    else
      result[term] += number;
  bool isAgain = llvm::any_of(result, [&](auto &term) {
    return term.first.size() == 1 && isSum(factors[term.first[0]]);
  });
  for (auto term = result.begin(); term != result.end();)
    term = term->second == 0 ? result.erase(term) : std::next(term);
  return isAgain ? opened(result) : result;
}

void Polynomial::multiply(Value value, Monomial &monomial) {
  if (isTooMuch())
    return;
  if (auto number = kdsl::numberOf(value)) {
    monomial.number *= *number;
    return;
  }
  Operation *op = inside(value);
  // A product that a function or a comparison needs is there anyway.
  auto isNeeded = [&](Value product) {
    return llvm::any_of(product.getUsers(), [&](Operation *user) {
      return !isa<arith::MulFOp, arith::AddFOp, arith::SubFOp, arith::NegFOp,
                  vector::BroadcastOp>(user) &&
             !(isa<arith::DivFOp>(user) && kdsl::numberOf(user->getOperand(1)));
    });
  };
  auto number = op && isa<arith::DivFOp>(op) ? kdsl::numberOf(op->getOperand(1))
                                             : std::nullopt;
  if (op && isa<arith::NegFOp>(op)) {
    tree.insert(op);
    monomial.number = -monomial.number;
    multiply(op->getOperand(0), monomial);
  } else if (number && !isNeeded(value)) {
    tree.insert(op);
    monomial.number /= *number;
    multiply(op->getOperand(0), monomial);
  } else if (op && isa<arith::MulFOp>(op) && !isNeeded(value)) {
    tree.insert(op);
    for (Value operand : op->getOperands())
      multiply(operand, monomial);
  } else if (APInt n; op && isa<math::FPowIOp>(op) &&
                      matchPattern(op->getOperand(1), m_ConstantInt(&n)) &&
                      n.isStrictlyPositive() && n.sle(shortPower)) {
    tree.insert(op);
    for (int64_t times = n.getSExtValue(); times > 0; --times)
      multiply(op->getOperand(0), monomial);
  } else {
    auto *known = llvm::find(factors, value);
    monomial.factors.push_back(unsigned(known - factors.begin()));
    if (known == factors.end())
      factors.push_back(value);
  }
}

static bool isWork(Operation *op) {
  return !isa<arith::NegFOp, arith::ConstantOp>(op);
}

/// How many operations nothing needs once the sum has another value.
int64_t Polynomial::dying() const {
  llvm::SetVector<Operation *> dead;
  dead.insert(root);
  for (unsigned n = 0; n < dead.size(); ++n)
    for (Value operand : dead[n]->getOperands()) {
      Operation *op = operand.getDefiningOp();
      if (op && tree.contains(op) &&
          llvm::all_of(op->getUsers(),
                       [&](Operation *user) { return dead.contains(user); }))
        dead.insert(op);
    }
  return llvm::count_if(dead, isWork);
}

Value Polynomial::product(const Monomial &monomial, Calculator &c) const {
  Value result;
  for (unsigned factor : monomial.factors)
    result = result ? c.mul(result, factors[factor]) : factors[factor];
  Type type = root->getResult(0).getType();
  if (!result)
    return c.constant(type, monomial.number);
  if (std::fabs(monomial.number) != 1)
    return c.mul(result, c.constant(type, monomial.number));
  return monomial.number < 0 ? c.neg(result) : result;
}

/// What all terms have in common times the rest; else what the factor gives that
/// most of them have, and the others.
Value Polynomial::sum(Terms terms, Calculator &c) {
  terms = opened(terms);
  if (terms.empty())
    return c.constant(root->getResult(0).getType(), 0);
  Monomial common{1, terms.begin()->first};
  std::map<unsigned, unsigned> counts;
  for (auto &[term, number] : terms) {
    std::vector<unsigned> both;
    std::set_intersection(common.factors.begin(), common.factors.end(),
                          term.begin(), term.end(), std::back_inserter(both));
    common.factors = both;
    for (unsigned factor : std::set<unsigned>(term.begin(), term.end()))
      ++counts[factor];
  }
  if (terms.size() == 1)
    return product({terms.begin()->second, common.factors}, c);
  double size = std::fabs(terms.begin()->second);
  if (!llvm::all_of(terms, [&](auto &term) {
        return std::fabs(term.second) == size;
      }))
    size = 1;
  common.number = isNegative(terms) ? -size : size;
  if (!common.factors.empty() || common.number != 1) {
    Terms rest;
    for (auto &[term, number] : terms) {
      std::vector<unsigned> left;
      std::set_difference(term.begin(), term.end(), common.factors.begin(),
                          common.factors.end(), std::back_inserter(left));
      rest[left] = number / common.number;
    }
    Value inner = sum(rest, c);
    return common.factors.empty() && common.number == -1
               ? c.neg(inner)
               : c.mul(product(common, c), inner);
  }
  auto most = llvm::max_element(counts, [](auto &a, auto &b) {
    return a.second < b.second;
  });
  // Without one that is in two of them each term stands alone.
  Terms with, without;
  for (auto &[term, number] : terms) {
    bool isWith = most != counts.end() && most->second > 1
                      ? llvm::is_contained(term, most->first)
                      : with.empty();
    (isWith ? with : without)[term] = number;
  }
  if (isNegative(with))
    std::swap(with, without);
  if (!isNegative(without))
    return c.add(sum(with, c), sum(without, c));
  for (auto &[term, number] : without)
    number = -number;
  return c.sub(sum(with, c), sum(without, c));
}

bool Polynomial::run() {
  Terms terms;
  add(root->getResult(0), 1, terms);
  if (steps >= mostSteps)
    return false;
  Operation *behind = root->getPrevNode();
  OpBuilder builder(root);
  Calculator c(builder, root->getLoc());
  Value better = sum(terms, c);
  SmallVector<Operation *> made;
  for (Operation *op = root->getPrevNode(); op != behind; op = op->getPrevNode())
    made.push_back(op);
  // As few as before, but with a factor in front: sums of other reduced rows may
  // have the rest in common.
  bool isFactored = better.getDefiningOp<arith::MulFOp>() != nullptr;
  if (steps < mostSteps &&
      llvm::count_if(made, isWork) < dying() + isFactored) {
    root->replaceAllUsesWith(ValueRange(better));
    root->erase();
    return true;
  }
  for (Operation *op : made)
    op->erase();
  return false;
}

bool gatherTerms(kdsl::ReduceOp reduce) {
  bool changed = false;
  Block &body = reduce.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isa<arith::AddFOp, arith::SubFOp>(op) && !op.use_empty() &&
        isa<FloatType>(op.getResult(0).getType()))
      changed |= Polynomial(&op).run();
  return changed;
}

} // namespace kdslc
