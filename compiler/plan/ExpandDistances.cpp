//===- ExpandDistances.cpp - |x - y|^2 as norms and an inner product ------===//
//
// |x - y|^2 = |x - c|^2 + |y - c|^2 - 2 (x - c).(y - c) for any c: one product
// a feature in the pair in place of a difference and a product, which counts
// where both share ports. With c far from the points the sum cancels; c is the
// mean of the rows j.
//
// In an exponent, k |x - y|^2 + v has k in the row that is made anyway, and v
// in the norm of its row: nothing of them is left in the pair.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/CentredRows.h"
#include "compiler/plan/Passes.h"
#include "compiler/plan/derive/Calculator.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_EXPANDDISTANCES
#include "compiler/plan/Passes.h.inc"

namespace {

/// Of one distance: the reduce has more operands afterwards.
class Expansion {
public:
  explicit Expansion(kdsl::SqDistOp distance)
      : reduce(distance->getParentOfType<kdsl::ReduceOp>()), distance(distance),
        top(distance), rows(reduce, distance.getLhs(), distance.getRhs()) {}

  void run();

private:
  using Side = CentredRows::Side;
  using Owner = CentredRows::Owner;

  /// A sum or a product on the way from the distance to the exponent.
  struct Step {
    Operation *op;
    unsigned at; ///< the operand that the distance is in
    Term other;
    Owner owner = CentredRows::OfNone;
  };
  /// What a row gives: row i the vector to multiply, row j -2 times that.
  struct Half {
    Value row, norm, factor; ///< no factor: 1
  };

  void climb();
  bool accept(Step &step);
  Half half(Side side, PairBuilder &pair);
  Half readHalf(Side side);
  void addToResults(Value term);

  kdsl::ReduceOp reduce;
  kdsl::SqDistOp distance;
  Value top; ///< what the steps lead to
  SmallVector<Step> steps;
  Owner scaler = CentredRows::OfNone; ///< whose factor is among them
  CentredRows rows;
};
} // namespace

/// Whether a use is the logit of one of these states.
template <typename... States> static bool isLogit(OpOperand &use) {
  auto reduce = dyn_cast<kdsl::ReduceOp>(use.getOwner()->getParentOp());
  if (!reduce || !isa<kdsl::YieldOp>(use.getOwner()))
    return false;
  for (unsigned s = 0; s < reduce.getStates().size(); ++s)
    if (reduce.getValues(s).getBeginOperandIndex() == use.getOperandNumber())
      return isa<States...>(reduce.getStates()[s]);
  return false;
}

/// Whether a value is of no use but in an exponential: one a little below zero
/// is as good as zero there, within the error that it has.
static bool isExponent(Value value) {
  llvm::SetVector<Value> values;
  values.insert(value);
  for (unsigned n = 0; n < values.size(); ++n)
    for (OpOperand &use : values[n].getUses()) {
      Operation *op = use.getOwner();
      if (isa<math::ExpOp, math::Exp2Op>(op) ||
          isLogit<kdsl::LogSumExpAttr, kdsl::SoftmaxSumAttr>(use))
        continue;
      if (!isa<arith::AddFOp, arith::SubFOp, arith::NegFOp, arith::MulFOp>(
              op) &&
          !(isa<arith::DivFOp>(op) && use.getOperandNumber() == 0))
        return false;
      values.insert(op->getResult(0));
    }
  return true;
}

/// Whether a step can be made in the rows; says whose it is.
bool Expansion::accept(Step &step) {
  if (isa<arith::NegFOp>(step.op))
    return true;
  bool isSum = isa<arith::AddFOp, arith::SubFOp>(step.op);
  bool isFactor = isa<arith::MulFOp>(step.op) ||
                  (isa<arith::DivFOp>(step.op) && step.at == 0);
  if (!isSum && !isFactor)
    return false;
  step.other = termOf(reduce, step.op->getOperand(1 - step.at));
  step.owner = rows.ownerOf(step.other);
  if (step.owner == CentredRows::OfPair)
    return false;
  if (step.owner == CentredRows::OfNone) {
    if (isSum)
      step.owner = scaler == CentredRows::OfNone ? CentredRows::OfKept : scaler;
    return true;
  }
  // A factor of one row meets the norm of the other row in the pair: what that
  // row adds later would be another product there.
  if (scaler != CentredRows::OfNone && step.owner != scaler)
    return false;
  if (isFactor)
    scaler = step.owner;
  return true;
}

/// Finds the steps, as many as the rows can make.
void Expansion::climb() {
  while (top.hasOneUse()) {
    OpOperand &use = *top.use_begin();
    Step step{use.getOwner(), use.getOperandNumber(), {}};
    if (step.op->getBlock() != distance->getBlock() || !accept(step))
      break;
    top = step.op->getResult(0);
    steps.push_back(std::move(step));
  }
  if (isExponent(top))
    return;
  top = distance;
  steps.clear();
  scaler = CentredRows::OfNone;
}

Expansion::Half Expansion::half(Side side, PairBuilder &pair) {
  Calculator c(pair.builder, pair.loc);
  const PairBuilder::Place &place = rows.placeOf(side);
  Value row = rows.centred(side, place, pair);
  Half half{row, c.dot(row, row), {}};
  bool isReduced = side == CentredRows::Reduced;
  if (isReduced)
    half.row = c.scale(row, -2);
  auto negate = [&] {
    half.norm = c.neg(half.norm);
    if (isReduced)
      half.row = c.neg(half.row);
  };
  for (const Step &step : steps) {
    bool isMine = step.owner == Owner(side);
    bool isOfNone = step.owner == CentredRows::OfNone;
    Value other;
    if (step.other.value && (isMine || isOfNone))
      other = rows.copy(step.other, place, pair);
    if (isa<arith::NegFOp>(step.op)) {
      negate();
    } else if (isa<arith::SubFOp>(step.op) && step.at == 0) {
      half.norm = c.sub(half.norm, other);
    } else if (isa<arith::AddFOp, arith::SubFOp>(step.op)) {
      if (isa<arith::SubFOp>(step.op))
        negate();
      half.norm = c.add(half.norm, other);
    } else if (other) {
      if (isa<arith::DivFOp>(step.op))
        other = c.div(c.constant(other.getType(), 1), other);
      half.norm = c.mul(half.norm, other);
      if (isMine || isReduced)
        half.row = c.mul(half.row, other);
      if (isMine)
        half.factor = half.factor ? c.mul(half.factor, other) : other;
    }
  }
  return half;
}

/// The map that makes the half of a side, and what it gives.
Expansion::Half Expansion::readHalf(Side side) {
  PairBuilder pair = rows.over(rows.placeOf(side));
  Half made = half(side, pair);
  SmallVector<Value> values = {made.row, made.norm};
  if (made.factor)
    values.push_back(made.factor);
  OpBuilder before(reduce);
  kdsl::MapOp map = pair.map(before, values);
  return {map.getResult(0), map.getResult(1),
          made.factor ? Value(map.getResult(2)) : Value()};
}

/// What a row i adds to each of its logits is a term of the log-sum-exp. That
/// of nothing stays -inf.
void Expansion::addToResults(Value term) {
  PairBuilder::Place kept = keptPlace(reduce);
  for (unsigned r = 0; r < reduce.getNumResults(); ++r) {
    auto state = dyn_cast<kdsl::LogSumExpAttr>(
        reduce.getStates()[reduce.getResultStates()[r]]);
    if (!state)
      continue;
    PairBuilder pair = rows.over(kept);
    Calculator c(pair.builder, pair.loc);
    Value result = reduce.getResult(r);
    Value sum = pair.read(result, kept);
    Value more = rows.read(term, CentredRows::Kept, kept, pair);
    if (state.getBase2())
      more = c.scale(more, llvm::numbers::ln2);
    Value isNothing = c.compare(arith::CmpFPredicate::OEQ, sum,
                                -std::numeric_limits<double>::infinity());
    sum = c.select(isNothing, sum, c.add(sum, more));
    OpBuilder after(reduce->getContext());
    after.setInsertionPointAfter(reduce);
    kdsl::MapOp map = pair.map(after, sum);
    result.replaceAllUsesExcept(map.getResult(0), map);
  }
}

void Expansion::run() {
  if (!rows.areOfPair())
    return;
  climb();
  // Row i last: its map can be part of the sweep's grid.
  Half ofY = readHalf(CentredRows::Reduced), ofX = readHalf(CentredRows::Kept);
  auto read = [&](Value made, Side side) {
    return made ? Value(appendRow(reduce, made, rows.placeOf(side), "centred"))
                : made;
  };
  Value xRow = read(ofX.row, CentredRows::Kept);
  Value yRow = read(ofY.row, CentredRows::Reduced);
  Value yTerm = read(ofY.norm, CentredRows::Reduced);
  OpBuilder builder(top.getDefiningOp());
  Calculator c(builder, distance.getLoc());
  if (ofX.factor)
    yTerm = c.mul(read(ofX.factor, CentredRows::Kept), yTerm);
  Value terms = yTerm;
  if (!ofY.factor &&
      llvm::all_of(top.getUses(), isLogit<kdsl::LogSumExpAttr>)) {
    addToResults(ofX.norm);
  } else {
    Value xTerm = read(ofX.norm, CentredRows::Kept);
    if (ofY.factor)
      xTerm = c.mul(xTerm, read(ofY.factor, CentredRows::Reduced));
    terms = c.add(xTerm, yTerm);
  }
  // In any order: all of it is off by its largest term.
  constexpr auto anyOrder =
      arith::FastMathFlags::contract | arith::FastMathFlags::reassoc;
  Value sum = arith::AddFOp::create(builder, distance.getLoc(), terms,
                                    c.dot(xRow, yRow), anyOrder);
  // What cancels below zero is zero; NaN stays.
  if (!isExponent(top))
    sum = arith::MaximumFOp::create(builder, distance.getLoc(), sum,
                                    c.constant(sum.getType(), 0),
                                    arith::FastMathFlags::nsz);
  top.replaceAllUsesWith(sum);
  for (const Step &step : llvm::reverse(steps))
    step.op->erase();
  distance.erase();
}

namespace {
struct ExpandDistances : impl::ExpandDistancesBase<ExpandDistances> {
  void runOnOperation() override {
    if (!asksForExpandedForm(getOperation()))
      return;
    SmallVector<kdsl::SqDistOp> distances;
    for (auto reduce : getOperation().getOps<kdsl::ReduceOp>())
      llvm::append_range(distances,
                         reduce.getBody().front().getOps<kdsl::SqDistOp>());
    for (kdsl::SqDistOp distance : distances)
      Expansion(distance).run();
  }
};
} // namespace
} // namespace kdslc
