//===- SimplifyFormula.cpp - formulas that run fast at the same accuracy --===//

#include "compiler/plan/Passes.h"
#include "compiler/plan/derive/Calculator.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_SIMPLIFYFORMULA
#include "compiler/plan/Passes.h.inc"

namespace {

constexpr auto contract = arith::FastMathFlags::contract;

/// The reduce or map around an operation of a formula.
Operation *pairOpOf(Operation *op) {
  Operation *parent = op->getParentOp();
  return isa<kdsl::ReduceOp, kdsl::MapOp>(parent) ? parent : nullptr;
}

/// A value that is the same for every pair: a constant or of parameters.
bool isPairInvariant(Value value, Operation *pairOp) {
  return matchPattern(value, m_Constant()) ||
         !pairOp->isAncestor(value.getParentBlock()->getParentOp());
}

/// Products and quotients by invariants, peeled off a value and gathered in one
/// factor: value = rest * factor.
class Scale {
public:
  Scale(PatternRewriter &rewriter, Operation *pairOp, double start)
      : rewriter(rewriter), pairOp(pairOp), number(start) {}

  /// Peels what can be peeled and returns the rest.
  Value peel(Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!pairOp->isProperAncestor(op))
        break;
      if (auto neg = dyn_cast<arith::NegFOp>(op)) {
        number = -number;
        value = neg.getOperand();
      } else if (auto mul = dyn_cast<arith::MulFOp>(op)) {
        bool left = isPairInvariant(mul.getLhs(), pairOp);
        if (!left && !isPairInvariant(mul.getRhs(), pairOp))
          break;
        multiply(left ? mul.getLhs() : mul.getRhs());
        value = left ? mul.getRhs() : mul.getLhs();
      } else if (auto div = dyn_cast<arith::DivFOp>(op)) {
        if (!isPairInvariant(div.getRhs(), pairOp))
          break;
        divisors.push_back(div.getRhs());
        value = div.getLhs();
      } else {
        break;
      }
    }
    return value;
  }

  /// Something besides the start was gathered.
  bool gathered() const { return !factors.empty() || !divisors.empty(); }

  /// rest * factor, the factor computed outside the pair.
  Value apply(Location loc, Value rest) {
    Value factor;
    {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPoint(pairOp);
      factor = arith::ConstantOp::create(
          rewriter, loc, rewriter.getFloatAttr(rest.getType(), number));
      for (Value v : factors)
        factor = arith::MulFOp::create(rewriter, loc, factor, outside(v));
      // One division: the divisors are multiplied first.
      Value divisor;
      for (Value v : divisors)
        divisor = divisor ? Value(arith::MulFOp::create(rewriter, loc, divisor,
                                                        outside(v)))
                          : outside(v);
      if (divisor)
        factor = arith::DivFOp::create(rewriter, loc, factor, divisor);
    }
    return arith::MulFOp::create(rewriter, loc, rest, factor, contract);
  }

private:
  void multiply(Value factor) {
    FloatAttr constant;
    if (matchPattern(factor, m_Constant(&constant)))
      number *= constant.getValueAsDouble();
    else
      factors.push_back(factor);
  }

  /// The invariant at the level of the program: a constant inside the region
  /// is copied.
  Value outside(Value value) {
    Operation *op = value.getDefiningOp();
    if (op && pairOp->isProperAncestor(op))
      return rewriter.clone(*op)->getResult(0);
    return value;
  }

  PatternRewriter &rewriter;
  Operation *pairOp;
  double number;
  SmallVector<Value> factors, divisors;
};

/// exp(u * c) = exp2(u * (c log2 e)) where c is invariant, and exp of any
/// computed value, whose own rounding the extra factor does not exceed. The
/// exponential of an input itself keeps its exact reduction.
struct ExpToExp2 : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    Operation *pairOp = pairOpOf(op);
    if (!pairOp || !isa<FloatType>(op.getType()))
      return failure();
    Scale scale(rewriter, pairOp, M_LOG2E);
    Value rest = scale.peel(op.getOperand());
    // Sums and differences of other values than features keep the exact reduction: a
    // kernel for a GPU that multiplies and adds up on tensor cores has no registers
    // for more.
    Operation *last = rest.getDefiningOp();
    auto absolute = dyn_cast_if_present<math::AbsFOp>(last);
    bool computed =
        isa_and_nonnull<kdsl::SqDistOp, kdsl::DotOp, math::SqrtOp,
                        vector::ReductionOp, arith::MulFOp, arith::DivFOp>(
            last) ||
        (absolute && absolute.getOperand().getDefiningOp<arith::SubFOp>());
    if (!scale.gathered() && !computed)
      return failure();
    rewriter.replaceOpWithNewOp<math::Exp2Op>(op,
                                              scale.apply(op.getLoc(), rest));
    return success();
  }
};

/// Whether a value is off by a rounding of its own. Inputs, and what is picked
/// or scaled by a power of two, are exact.
bool isRounded(Value value, Operation *pairOp) {
  Operation *op = value.getDefiningOp();
  if (!op || !pairOp->isProperAncestor(op))
    return false;
  auto isPowerOfTwo = [](Value factor) {
    FloatAttr number;
    return matchPattern(factor, m_Constant(&number)) &&
           number.getValue().getExactLog2Abs() != INT_MIN;
  };
  if (isa<arith::MulFOp, arith::DivFOp>(op)) {
    if (isPowerOfTwo(op->getOperand(1)))
      return isRounded(op->getOperand(0), pairOp);
    return !isPowerOfTwo(op->getOperand(0)) || isa<arith::DivFOp>(op) ||
           isRounded(op->getOperand(1), pairOp);
  }
  if (isa<arith::AddFOp, arith::SubFOp, arith::NegFOp>(op))
    return llvm::any_of(op->getOperands(),
                        [&](Value v) { return isRounded(v, pairOp); });
  return isa<kdsl::SqDistOp, kdsl::DotOp, math::SqrtOp, math::ExpOp,
             math::LogOp>(op);
}

/// The same reduction of logits in units of log 2; null if there is none.
static Attribute toBase2(Attribute state) {
  MLIRContext *context = state.getContext();
  if (auto plain = dyn_cast<kdsl::LogSumExpAttr>(state);
      plain && !plain.getBase2())
    return kdsl::LogSumExpAttr::get(context, /*base2=*/true);
  if (auto softmax = dyn_cast<kdsl::SoftmaxSumAttr>(state);
      softmax && !softmax.getBase2())
    return kdsl::SoftmaxSumAttr::get(context, /*base2=*/true,
                                     softmax.getEach());
  return {};
}

/// The logits of a reduction in units of log 2: the factor log2 e goes into the
/// terms of a sum, one of which is rounded anyhow, and joins the scales that
/// stand there. The difference of two inputs is scaled as a whole: it may be
/// exact, and far less than they are.
struct LogSumExpToBase2 : OpRewritePattern<kdsl::ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  Value scaled(PatternRewriter &rewriter, kdsl::ReduceOp reduce,
               Value value, double factor) const {
    Operation *op = value.getDefiningOp();
    if (op && reduce->isProperAncestor(op) && op->hasOneUse()) {
      if (isa<arith::AddFOp, arith::SubFOp>(op) && isRounded(value, reduce)) {
        Value lhs = scaled(rewriter, reduce, op->getOperand(0), factor);
        Value rhs = scaled(rewriter, reduce, op->getOperand(1), factor);
        if (isa<arith::AddFOp>(op))
          return arith::AddFOp::create(rewriter, op->getLoc(), lhs, rhs,
                                       contract);
        return arith::SubFOp::create(rewriter, op->getLoc(), lhs, rhs,
                                     contract);
      }
    }
    Scale scale(rewriter, reduce, factor);
    Value rest = scale.peel(value);
    return scale.apply(value.getLoc(), rest);
  }

  LogicalResult matchAndRewrite(kdsl::ReduceOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned s = 0; s < op.getStates().size(); ++s) {
      Attribute inBase2State = toBase2(op.getStates()[s]);
      if (!inBase2State)
        continue;
      unsigned position = op.getValues(s).getBeginOperandIndex();
      kdsl::YieldOp yield = op.getYield();
      Value value = yield->getOperand(position);
      if (!isa<FloatType>(value.getType()))
        continue;
      rewriter.setInsertionPoint(yield);
      Value inBase2 = scaled(rewriter, op, value, M_LOG2E);
      rewriter.modifyOpInPlace(
          yield, [&] { yield->setOperand(position, inBase2); });
      SmallVector<Attribute> states(op.getStates().getValue());
      states[s] = inBase2State;
      rewriter.modifyOpInPlace(
          op, [&] { op.setStatesAttr(rewriter.getArrayAttr(states)); });
      return success();
    }
    return failure();
  }
};

/// Longer ones lose more than a power does (see reference/Accuracy.h).
static constexpr double longestRootPower = 8.5;

/// n of the exponents n + 1/2 and -(n + 1/2) that are few products.
static std::optional<uint64_t> productsOf(double exponent) {
  double size = std::abs(exponent), whole = std::floor(size);
  if (size - whole != 0.5 || size > longestRootPower)
    return std::nullopt;
  return uint64_t(whole);
}

/// x^1.5 is x sqrt(x), and x^-1.5 one over it.
struct PowerToRoot : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;

  /// Known to be +0, above it or NaN.
  static bool hasNoSign(Value value) {
    if (std::optional<double> number = kdsl::numberOf(value))
      return !std::signbit(*number);
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<arith::AddFOp>(op))
      return llvm::all_of(op->getOperands(), hasNoSign);
    if (isa_and_nonnull<arith::MulFOp, kdsl::DotOp>(op))
      return op->getOperand(0) == op->getOperand(1);
    return isa_and_nonnull<kdsl::SqDistOp, math::AbsFOp, math::ExpOp,
                           math::Exp2Op>(op);
  }

  LogicalResult matchAndRewrite(math::PowFOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<double> exponent = kdsl::numberOf(op.getRhs());
    std::optional<uint64_t> whole =
        exponent ? productsOf(*exponent) : std::nullopt;
    if (!whole)
      return failure();
    Calculator c(rewriter, op.getLoc());
    Value x = op.getLhs();
    const bool isPlain = hasNoSign(x);
    // A power of -inf is one of inf, where the root is NaN.
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (!isPlain)
      x = c.select(c.compare(arith::CmpFPredicate::OEQ, x, -infinity),
                   c.constant(x.getType(), infinity), x);
    if (*exponent == -0.5) {
      rewriter.replaceOpWithNewOp<math::RsqrtOp>(op, x);
      return success();
    }
    Value power = math::SqrtOp::create(rewriter, op.getLoc(), x);
    if (*whole != 0)
      power = c.mul(power, c.power(x, *whole));
    if (!isPlain) // -0 gives 0
      power = c.call<math::AbsFOp>(power);
    if (*exponent < 0)
      power = c.div(c.constant(x.getType(), 1), power);
    rewriter.replaceOp(op, power);
    return success();
  }
};

/// A sum of features that are one of two constants, as where they are counted, is an
/// i32 if it fits: vectors have twice as many of those.
struct CountInShort : OpRewritePattern<vector::ReductionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::ReductionOp op,
                                PatternRewriter &rewriter) const override {
    auto choice = op.getVector().getDefiningOp<arith::SelectOp>();
    if (op.getKind() != vector::CombiningKind::ADD || op.getAcc() || !choice ||
        !op.getType().isInteger(64))
      return failure();
    VectorType type = op.getSourceVectorType();
    SmallVector<Value, 2> values;
    for (Value value : {choice.getTrueValue(), choice.getFalseValue()}) {
      APInt number;
      const int64_t most = INT32_MAX / kdsl::featureCount(type);
      if (!matchPattern(value, m_ConstantInt(&number)) ||
          number.abs().ugt(uint64_t(most)))
        return failure();
      values.push_back(arith::ConstantOp::create(
          rewriter, op.getLoc(),
          DenseElementsAttr::get(type.clone(rewriter.getI32Type()),
                                 number.trunc(32))));
    }
    Value chosen = arith::SelectOp::create(
        rewriter, op.getLoc(), choice.getCondition(), values[0], values[1]);
    Value sum = vector::ReductionOp::create(rewriter, op.getLoc(),
                                            vector::CombiningKind::ADD, chosen);
    rewriter.replaceOpWithNewOp<arith::ExtSIOp>(op, op.getType(), sum);
    return success();
  }
};

/// A sum whose terms all carry one sign is no different from the sum of the
/// terms: -(u) + v is v - u, one operation less.
struct AddOfNegative : OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned side : {0, 1})
      if (auto neg = op->getOperand(side).getDefiningOp<arith::NegFOp>()) {
        rewriter.replaceOpWithNewOp<arith::SubFOp>(
            op, op->getOperand(1 - side), neg.getOperand(), op.getFastmath());
        return success();
      }
    return failure();
  }
};

/// |u - v|^2 is |v - u|^2: a formula that has v - u as well computes it once.
struct DistanceOfDifference : OpRewritePattern<kdsl::SqDistOp> {
  using OpRewritePattern::OpRewritePattern;

  static bool isThere(Value lhs, Value rhs, Operation *at) {
    return llvm::any_of(lhs.getUsers(), [&](Operation *user) {
      return isa<arith::SubFOp>(user) && user->getBlock() == at->getBlock() &&
             user->getOperand(0) == lhs && user->getOperand(1) == rhs;
    });
  }

  LogicalResult matchAndRewrite(kdsl::SqDistOp op,
                                PatternRewriter &rewriter) const override {
    if (isThere(op.getLhs(), op.getRhs(), op) ||
        !isThere(op.getRhs(), op.getLhs(), op))
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { op->setOperands({op.getRhs(), op.getLhs()}); });
    return success();
  }
};

struct SimplifyFormula : impl::SimplifyFormulaBase<SimplifyFormula> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<ExpToExp2, LogSumExpToBase2, PowerToRoot, CountInShort,
                 AddOfNegative, DistanceOfDifference>(context);
    kdsl::DotOp::getCanonicalizationPatterns(patterns, context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace kdslc
