//===- CountPair.cpp - what one pair of a formula costs -------------------===//

#include "compiler/plan/Grids.h"
#include "compiler/plan/Terms.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace kdslc {

namespace {
/// Adds the cost of one operation of the formula.
void countOperation(Operation &op, PairCost &cost) {
  auto features = [&](Value v) { return kdsl::featureCount(v.getType()); };
  if (isa<kdsl::SqDistOp>(op) || isa<kdsl::DotOp>(op) ||
      isa<vector::ReductionOp>(op)) {
    int64_t n = features(op.getOperand(0));
    cost.arithmetic += (isa<kdsl::SqDistOp>(op) ? 2 : 1) * double(n);
    cost.longestFeature = std::max(cost.longestFeature, n);
    return;
  }
  if (auto product = dyn_cast<kdsl::MatMulOp>(op)) {
    int64_t n = product.getRhs().getType().getShape().front();
    cost.arithmetic += double(n) * double(features(product));
    cost.longestFeature = std::max(cost.longestFeature, n);
    return;
  }
  if (isa<kdsl::PlaceOp, kdsl::LookupOp>(op)) { // read twice, compared
    int64_t n = features(op.getOperand(0));
    cost.arithmetic += 2 * double(n);
    cost.longestFeature = std::max(cost.longestFeature, n);
    return;
  }
  if (isa<kdsl::ContainsOp>(op)) { // of a block, a few slices
    cost.arithmetic += 8;
    return;
  }
  if (op.getNumResults() != 1 || op.hasTrait<OpTrait::ConstantLike>())
    return;
  double n = double(features(op.getResult(0)));
  if (isa<math::Exp2Op>(op))
    cost.exponentials += n;
  if (isa<arith::DivFOp, math::SqrtOp, math::RsqrtOp>(op))
    cost.divisions += n;
  else if (isa<math::AbsFOp, math::FloorOp, math::CeilOp, math::RoundOp>(op))
    cost.arithmetic += n;
  else if (isa<math::MathDialect>(op.getDialect()) || isa<kdsl::LgammaOp>(op))
    cost.elementary += n;
  else if (isa<arith::ArithDialect>(op.getDialect()))
    cost.arithmetic += n;
}

/// Products whose only use is a sum, in the formula or by a reduction.
void countFused(kdsl::ReduceOp reduce, PairCost &cost) {
  kdsl::YieldOp yield = reduce.getYield();
  llvm::SmallPtrSet<Operation *, 8> taken;
  auto note = [&](Value value) {
    auto product = value.getDefiningOp<arith::MulFOp>();
    if (product && product->hasOneUse() && taken.insert(product).second)
      cost.fused += double(kdsl::featureCount(product.getType()));
  };
  for (Operation &op : reduce.getBody().front())
    if (isa<arith::AddFOp, arith::SubFOp>(op)) {
      double before = cost.fused;
      for (Value operand : op.getOperands())
        if (cost.fused == before) // one of two
          note(operand);
    }
  for (unsigned s = 0; s < reduce.getStates().size(); ++s)
    if (isa<kdsl::SumAttr>(reduce.getStates()[s])) {
      note(yield->getOperand(reduce.getValues(s).getBeginOperandIndex()));
      if (reduce.hasTurned())
        note(reduce.getTurned(s).front());
    }
}

void noteElement(Type type, PairCost &cost) {
  auto real = dyn_cast<FloatType>(kdsl::featureElement(type));
  if (real)
    cost.elementBits = std::max(cost.elementBits, real.getWidth());
}
/// What a number takes where it is computed with: 16-bit floats are widened.
int64_t bytesHeld(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  if (isa<FloatType>(element))
    bits = std::max(bits, 32u);
  return int64_t(llvm::divideCeil(bits, 8));
}
} // namespace

/// Notes an inner product of a row i and a row j that is computed as f32, if it
/// is one and the longest so far.
static void noteProduct(kdsl::ReduceOp reduce, kdsl::DotOp dot,
                        const Grid *grid, PairCost &cost) {
  auto reduced = int64_t(reduce.getKeep().size());
  Block &block = reduce.getBody().front();
  Type ofTile, ofSweep;
  int64_t features = kdsl::featureCount(dot.getLhs().getType()), bytes = 0;
  auto operations = double(features);
  for (Value side : {dot.getLhs(), dot.getRhs()}) {
    bool isAlone = side.hasOneUse();
    double widened = 0;
    if (auto wider = side.getDefiningOp<arith::ExtFOp>()) {
      widened = isAlone ? double(features) : 0;
      side = wider.getIn();
      isAlone &= side.hasOneUse();
    }
    for (unsigned r = 0; r < reduce.getRows().size(); ++r) {
      if (side != block.getArgument(unsigned(reduced) + 1 + r))
        continue;
      auto rows = cast<kdsl::RowsType>(reduce.getRows()[r].getType());
      ArrayRef<int64_t> subscript = reduce.getSubscript(r);
      bool hasReduced = llvm::is_contained(subscript, reduced);
      bool hasTile = llvm::is_contained(subscript, reduced - 1);
      Operation *made = reduce.getRows()[r].getDefiningOp();
      if (made && grid && grid->contains(made))
        continue;
      if (hasTile && !hasReduced)
        ofTile = rows.getElement();
      if (!hasReduced || hasTile)
        continue;
      ofSweep = rows.getElement();
      operations += widened;
      if (isAlone)
        bytes = rows.getWidth() * bytesHeld(ofSweep);
    }
  }
  auto isFloat32 = [](Type type) {
    return type && (type.isF32() || type.isF16() || type.isBF16());
  };
  if (!isFloat32(ofTile) || !isFloat32(ofSweep) ||
      features <= cost.innerProduct)
    return;
  cost.innerProduct = features;
  cost.productOfHalves = ofTile == ofSweep && !ofTile.isF32();
  cost.productArithmetic = operations;
  cost.productBytes = bytes;
}

/// Notes a state that adds up weighted values of row j, if it is one and the widest
/// so far (see PairCost::weighted).
static void noteWeighted(kdsl::ReduceOp reduce, unsigned s, PairCost &cost) {
  Attribute reduction = reduce.getStates()[s];
  Value value = reduce.getValues(s).back();
  Type type = value.getType();
  int64_t width = kdsl::featureCount(type);
  if (!isa<VectorType>(type) || !kdsl::featureElement(type).isF32() ||
      width <= std::max(cost.weighted, widestInRegisters))
    return;
  SmallVector<Value, 2> candidates;
  arith::MulFOp product;
  if (auto softmax = dyn_cast<kdsl::SoftmaxSumAttr>(reduction)) {
    if (!softmax.getEach())
      candidates.push_back(value);
  } else if (isa<kdsl::SumAttr>(reduction)) {
    product = value.getDefiningOp<arith::MulFOp>();
    for (bool isFirst : {true, false})
      if (product && (isFirst ? product.getRhs() : product.getLhs())
                         .getDefiningOp<vector::BroadcastOp>())
        candidates.push_back(isFirst ? product.getLhs() : product.getRhs());
  }
  const auto reduced = unsigned(reduce.getKeep().size());
  kdsl::ReductionAttrInterface state = reduce.getState(s);
  SmallVector<Type> elements(reduce.getValues(s).size(),
                             kdsl::featureElement(type));
  for (Value rows : candidates) {
    bool isAlone = rows.hasOneUse();
    double operations = 0;
    if (auto wider = rows.getDefiningOp<arith::ExtFOp>()) {
      operations += isAlone ? double(width) : 0;
      rows = wider.getIn();
      isAlone &= rows.hasOneUse();
    }
    auto argument = dyn_cast<BlockArgument>(rows);
    if (!argument || argument.getArgNumber() <= reduced)
      continue;
    unsigned r = argument.getArgNumber() - reduced - 1;
    ArrayRef<int64_t> subscript = reduce.getSubscript(r);
    if (!llvm::is_contained(subscript, int64_t(reduced)) ||
        llvm::is_contained(subscript, int64_t(reduced) - 1))
      continue;
    const bool ownsProduct = product && product->hasOneUse();
    Type element = kdsl::featureElement(rows.getType());
    cost.weighted = width;
    cost.weightedOfHalves = !element.isF32();
    cost.weightedFused = ownsProduct ? double(width) : 0;
    cost.weightedArithmetic = operations + cost.weightedFused;
    cost.weightedFolds = double(width) * state.getFoldCost();
    cost.weightedBytes = isAlone ? width * bytesHeld(element) : 0;
    cost.weightedParts =
        width * int64_t(state.getStateElements(elements).size());
  }
}

/// Notes what a filter, or an order, may tell of the pairs (see PairCost::filtered).
static void noteFiltered(kdsl::ReduceOp reduce, PairCost &cost) {
  Block &block = reduce.getBody().front();
  kdsl::YieldOp yield = reduce.getYield();
  auto distance = yield.getValues().front().getDefiningOp<kdsl::SqDistOp>();
  if (reduce.getRanges() || reduce.getStates().size() != 1 || !reduce.getState(0).hasThreshold() ||
      !distance)
    return;
  auto reduced = int64_t(reduce.getKeep().size());
  bool ofTile = false, ofSweep = false;
  for (Value side : distance->getOperands()) {
    auto argument = dyn_cast<BlockArgument>(side);
    if (!argument || argument.getOwner() != &block ||
        !kdsl::featureElement(side.getType()).isF32())
      return;
    unsigned r = argument.getArgNumber() - unsigned(reduced) - 1;
    ArrayRef<int64_t> subscript = reduce.getSubscript(r);
    bool hasReduced = llvm::is_contained(subscript, reduced);
    bool hasTile = llvm::is_contained(subscript, reduced - 1);
    // What is computed in the same grid is a formula there, not a row.
    ofTile |= hasTile && !hasReduced && isa<BlockArgument>(reduce.getRows()[r]);
    ofSweep |= hasReduced && !hasTile;
  }
  if (!ofTile || !ofSweep)
    return;
  cost.distance = kdsl::featureCount(distance->getOperand(0).getType());
  if (yield.getMasks().empty())
    cost.filtered = cost.distance;
}

PairCost PairCost::withoutWeighted() const {
  PairCost rest = *this;
  rest.arithmetic -= weightedArithmetic;
  rest.fused -= weightedFused;
  rest.folds -= weightedFolds;
  rest.columnBytes -= weightedBytes;
  rest.stateParts -= weightedParts;
  return rest;
}

PairCost widest(ArrayRef<PairCost> pairs) {
  PairCost whole = pairs.front();
  auto raise = [](auto &most, auto other) { most = std::max(most, other); };
  for (const PairCost &pair : pairs.drop_front()) {
    // Those that are no exp2, and folds without theirs, are counted apart.
    double functions = whole.elementary - whole.exponentials;
    double folds = whole.otherFolds();
    raise(functions, pair.elementary - pair.exponentials);
    raise(folds, pair.otherFolds());
    raise(whole.arithmetic, pair.arithmetic);
    raise(whole.exponentials, pair.exponentials);
    raise(whole.divisions, pair.divisions);
    raise(whole.foldExponentials, pair.foldExponentials);
    whole.elementary = functions + whole.exponentials;
    whole.folds = folds + 7 * whole.foldExponentials;
    raise(whole.turned, pair.turned);
    raise(whole.rowNumbers, pair.rowNumbers);
    raise(whole.columnBytes, pair.columnBytes);
    raise(whole.places, pair.places);
    raise(whole.listed, pair.listed);
    raise(whole.stateParts, pair.stateParts);
    raise(whole.listedParts, pair.listedParts);
    raise(whole.longestFeature, pair.longestFeature);
    raise(whole.both, pair.both);
    raise(whole.elementBits, pair.elementBits);
  }
  return whole;
}

/// What every row j computes anew: all values but those of row i alone.
static llvm::DenseSet<Value> ofEveryPair(kdsl::ReduceOp reduce) {
  Block &block = reduce.getBody().front();
  auto reduced = int64_t(reduce.getKeep().size());
  llvm::DenseSet<Value> ofRow = {block.getArgument(unsigned(reduced))};
  for (unsigned r = 0; r < reduce.getRows().size(); ++r)
    if (llvm::is_contained(reduce.getSubscript(r), reduced))
      ofRow.insert(block.getArgument(unsigned(reduced) + 1 + r));
  return dependents(block, ofRow);
}

PairCost countPair(Operation *pairOp, const Grid *grid) {
  PairCost cost;
  Block &block = pairOp->getRegion(0).front();
  std::optional<llvm::DenseSet<Value>> counted;
  if (auto reduce = dyn_cast<kdsl::ReduceOp>(pairOp))
    counted = ofEveryPair(reduce);
  for (Operation &op : block.without_terminator()) {
    if (!counted || op.getNumResults() == 0 || counted->contains(op.getResult(0)))
      countOperation(op, cost);
    for (Value result : op.getResults())
      noteElement(result.getType(), cost);
  }
  for (BlockArgument argument : block.getArguments())
    noteElement(argument.getType(), cost);

  auto reduce = dyn_cast<kdsl::ReduceOp>(pairOp);
  if (!reduce)
    return cost;
  cost.both = reduce.hasTurned();
  countFused(reduce, cost);
  // Slices of a set of ranges may be short.
  if (!reduce.getRanges())
    for (auto dot : block.getOps<kdsl::DotOp>())
      noteProduct(reduce, dot, grid, cost);
  noteFiltered(reduce, cost);
  if (!reduce.getRanges() && !reduce.hasTurned())
    for (unsigned s = 0; s < reduce.getStates().size(); ++s)
      noteWeighted(reduce, s, cost);
  unsigned kept = reduce.getKeep().size();
  for (unsigned r = 0; r < reduce.getRows().size(); ++r) {
    auto rows = cast<kdsl::RowsType>(reduce.getRows()[r].getType());
    ArrayRef<int64_t> subscript = reduce.getSubscript(r);
    bool ofReduced = llvm::is_contained(subscript, int64_t(kept));
    bool ofTile = llvm::is_contained(subscript, int64_t(kept) - 1);
    // An array over pairs: each row i has addresses of its own.
    if (ofReduced && ofTile)
      cost.rowNumbers += 8 + rows.getWidth();
    else if (!ofReduced)
      cost.rowNumbers += rows.getWidth();
    else
      cost.columnBytes += rows.getWidth() * bytesHeld(rows.getElement());
  }
  for (unsigned s = 0; s < reduce.getStates().size(); ++s) {
    SmallVector<Type> elements;
    for (Value value : reduce.getValues(s))
      elements.push_back(kdsl::featureElement(value.getType()));
    kdsl::ReductionAttrInterface state = reduce.getState(s);
    int64_t width = state.getWidth(reduce.getValues(s).getTypes());
    const int64_t parts = width * state.getStateElements(elements).size();
    cost.stateParts += parts + state.getSharedElements(elements).size();
    if (state.getBound())
      cost.places = std::max(cost.places, width);
    if (state.mayLieByRow()) {
      cost.listed = std::max(cost.listed, width);
      cost.listedParts += parts;
    }
    cost.folds += double(width) * state.getFoldCost() + state.getSharedCost();
    // Added over the rows i of a tile, then over the lanes.
    if (reduce.hasTurned()) {
      cost.folds += 2 * double(width);
      cost.turned += double(width);
    }
    cost.foldExponentials +=
        state.getExponentials() *
        (state.getSharedCost() > 0 ? 1.0 : double(width));
    // Without values of their own, components are no feature loop of a pair.
    if (state.getNumShared() < state.getNumValues())
      cost.longestFeature = std::max(cost.longestFeature, width);
  }
  return cost;
}

} // namespace kdslc
