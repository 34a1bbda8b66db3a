//===- SumMoments.cpp - sums of weighted differences as moments -----------===//
//
// sum_j w (x - y) = (x - c) sum_j w - sum_j w (y - c) for any c: a product a
// feature in the pair in place of a difference and a product. Of the weight,
// what row j alone gives is multiplied by y - c once for the row, and what does
// not depend on j multiplies the sums. With c far from the points they cancel;
// c is the mean of the rows j.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/CentredRows.h"
#include "compiler/plan/Passes.h"
#include "compiler/plan/derive/Calculator.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_SUMMOMENTS
#include "compiler/plan/Passes.h.inc"

namespace {

/// A factor of a product, or a divisor.
struct Factor {
  Value value;
  bool divides;
  Term term = {};
};

/// One sum of a reduce.
class Moments {
public:
  Moments(kdsl::ReduceOp reduce, unsigned state)
      : reduce(reduce), view(reduce), state(state), kept(keptPlace(reduce)) {}

  /// Gives the results of the sum by other reductions, if it is one of weighted
  /// differences.
  void run();

private:
  using Factors = SmallVector<Factor>;

  void takeApart(Value value, bool divides);
  bool sortFactors(CentredRows &rows);
  Value product(const Factors &factors, Value start, Calculator &c,
                llvm::function_ref<Value(const Term &)> valueOf);

  kdsl::ReduceOp reduce;
  PairView view;
  unsigned state;
  PairBuilder::Place kept;
  arith::SubFOp difference;
  bool isNegative = false;
  Factors all, ofPair, ofRow, outside;
};
} // namespace

/// The factors of a value; one is the difference. What others need stays whole.
void Moments::takeApart(Value value, bool divides) {
  Operation *op = value.getDefiningOp();
  if (op && op->getBlock() == view.block && value.hasOneUse()) {
    if (isa<arith::NegFOp>(op)) {
      isNegative = !isNegative;
      return takeApart(op->getOperand(0), divides);
    }
    if (isa<vector::BroadcastOp>(op))
      return takeApart(op->getOperand(0), divides);
    if (isa<arith::MulFOp, arith::DivFOp>(op)) {
      takeApart(op->getOperand(0), divides);
      return takeApart(op->getOperand(1), divides ^ isa<arith::DivFOp>(op));
    }
  }
  auto sub = value.getDefiningOp<arith::SubFOp>();
  if (sub && !difference && !divides && isa<VectorType>(sub.getType()) &&
      CentredRows(reduce, sub.getLhs(), sub.getRhs()).areOfPair())
    difference = sub;
  else
    all.push_back({value, divides});
}

/// False if there is nothing but the difference. A sum of no pairs is 0, so
/// that what may be infinite stays with the pairs where a mask or a range may
/// leave none.
bool Moments::sortFactors(CentredRows &rows) {
  bool mayBeNothing = !view.masks.empty() || reduce.getRanges();
  for (Factor &factor : all) {
    factor.term = termOf(reduce, factor.value);
    bool isOutside = mayBeNothing
                         ? matchPattern(factor.term.value, m_Constant())
                         : !factor.term.countsRows &&
                               !factor.term.indices.count(int64_t(view.kept));
    bool isOfRow = rows.ownerOf(factor.term) == CentredRows::OfReduced;
    (isOutside ? outside : isOfRow ? ofRow : ofPair).push_back(factor);
  }
  return !ofRow.empty() || !ofPair.empty();
}

/// The product of factors and `start`, which may be null.
Value Moments::product(const Factors &factors, Value start, Calculator &c,
                       llvm::function_ref<Value(const Term &)> valueOf) {
  for (const Factor &factor : factors) {
    Value value = valueOf(factor.term);
    if (!factor.divides) {
      start = start ? c.mul(start, value) : value;
      continue;
    }
    Type type = isa<VectorType>(value.getType()) || !start ? value.getType()
                                                           : start.getType();
    start = c.div(start ? c.spread(start, type) : c.constant(type, 1),
                  c.spread(value, type));
  }
  return start;
}

void Moments::run() {
  if (!isa<kdsl::SumAttr>(reduce.getStates()[state]) ||
      reduce.getValues(state).size() != 1)
    return;
  Value value = reduce.getValues(state).front();
  takeApart(value, /*divides=*/false);
  if (!difference || difference.getType() != value.getType())
    return;
  CentredRows rows(reduce, difference.getLhs(), difference.getRhs());
  if (!sortFactors(rows))
    return;

  // Of row j: y - c with its part of the weight, and that part.
  const PairBuilder::Place &placeOfY = rows.placeOf(CentredRows::Reduced);
  PairBuilder ofY = rows.over(placeOfY);
  Calculator cY(ofY.builder, ofY.loc);
  auto copyOfY = [&](const Term &term) {
    return rows.copy(term, placeOfY, ofY);
  };
  Value weight = product(ofRow, {}, cY, copyOfY);
  Value centred = rows.centred(CentredRows::Reduced, placeOfY, ofY);
  SmallVector<Value> made = {weight ? cY.mul(centred, weight) : centred};
  bool isRead = ofRow.size() == 1 && !ofRow[0].divides &&
                isa<BlockArgument>(ofRow[0].term.value);
  if (weight && !isRead)
    made.push_back(weight);
  OpBuilder before(reduce);
  kdsl::MapOp map = ofY.map(before, made);

  PairBuilder::Place ofAll = kept;
  ofAll.push_back(int64_t(view.kept));
  PairBuilder pair = rows.over(ofAll);
  Calculator c(pair.builder, pair.loc);
  IRMapping mapping;
  pair.copy(view, mapping);
  auto mapped = [&](const Term &term) {
    return mapping.lookupOrDefault(term.value);
  };
  auto readOfY = [&](Value array) {
    return rows.read(array, CentredRows::Reduced, ofAll, pair);
  };
  Value common = product(ofPair, {}, c, mapped),
        first = readOfY(map.getResult(0)), zeroth;
  if (weight)
    zeroth = isRead ? mapped(ofRow[0].term) : readOfY(map.getResult(1));
  if (common) {
    first = c.mul(common, first);
    zeroth = zeroth ? c.mul(common, zeroth) : common;
  }
  SmallVector<Value> masks;
  if (!view.masks.empty())
    masks.assign(2, mapping.lookupOrDefault(view.masks[state]));
  kdsl::ReduceOp sums =
      pair.sums(before, {zeroth, first}, masks, reduce.getRanges());

  PairBuilder ofX = rows.over(kept);
  Calculator cX(ofX.builder, ofX.loc);
  Value x = rows.centred(CentredRows::Kept, kept, ofX);
  Value sum = cX.sub(cX.mul(x, ofX.read(sums.getResult(0), kept)),
                     ofX.read(sums.getResult(1), kept));
  if (rows.isTurned() != isNegative)
    sum = cX.neg(sum);
  sum = product(outside, sum, cX,
                [&](const Term &term) { return rows.copy(term, kept, ofX); });
  sum = cX.select(hasNoRows(reduce, cX), Value(), sum);
  replaceState(reduce, state, ofX.map(before, sum).getResult(0));
}

namespace {
struct SumMoments : impl::SumMomentsBase<SumMoments> {
  void runOnOperation() override {
    if (!asksForExpandedForm(getOperation()))
      return;
    for (auto reduce :
         llvm::to_vector(getOperation().getOps<kdsl::ReduceOp>())) {
      for (unsigned s = 0; s < reduce.getStates().size(); ++s)
        Moments(reduce, s).run();
      if (reduce.use_empty())
        reduce.erase();
    }
  }
};
} // namespace
} // namespace kdslc
