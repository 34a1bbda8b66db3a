//===- FoldedDistance.cpp - sweeps over nothing but distances -------------===//

#include "dialects/ktile/Ktile.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ktile {

/// The value of the only fold of a sweep, if its state tells what matters.
static Value foldedValue(SweepOp sweep, bool mayBeMasked) {
  auto folds = sweep.getBody().front().getOps<FoldOp>();
  if (!sweep.getBand().empty() || sweep.getRanges() ||
      !llvm::hasSingleElement(folds))
    return {};
  FoldOp fold = *folds.begin();
  bool tells = fold.getState().getType().getInterface().hasThreshold();
  if (!tells || (fold.getMask() && !mayBeMasked) || sweep.getInits().size() != 1)
    return {};
  return fold.getBody().front().getTerminator()->getOperand(0);
}

std::optional<RowPair> rowPairOf(ValueRange sides, Value feature) {
  RowPair found;
  for (Value side : sides) {
    auto load = side.getDefiningOp<LoadOp>();
    if (!load || load.getFeature() != feature)
      return std::nullopt;
    auto grid = load->getParentOfType<GridOp>();
    auto sweep = load->getParentOfType<SweepOp>();
    if (!grid || !sweep)
      return std::nullopt;
    bool ofTile = llvm::is_contained(load.getIndices(), grid.getTileRow());
    bool ofSweep = llvm::is_contained(load.getIndices(), sweep.getRow());
    if (ofTile && !ofSweep)
      found.ofTile = load;
    if (ofSweep && !ofTile)
      found.ofSweep = load;
  }
  if (!found.ofTile || !found.ofSweep)
    return std::nullopt;
  return found;
}

std::optional<SquaredDistance> foldedDistance(SweepOp sweep, bool mayBeMasked) {
  Value value = foldedValue(sweep, mayBeMasked);
  auto sum = value ? value.getDefiningOp<ContractOp>() : ContractOp();
  if (!sum || sum.getKind() != vector::CombiningKind::ADD ||
      !matchPattern(sum.getInit(), m_AnyZeroFloat()))
    return std::nullopt;
  Block &body = sum.getBody().front();
  auto square =
      body.getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!square || square.getLhs() != square.getRhs() ||
      !square.getType().isF32())
    return std::nullopt;
  auto difference = square.getLhs().getDefiningOp<arith::SubFOp>();
  if (!difference)
    return std::nullopt;
  auto rows = rowPairOf(difference->getOperands(), body.getArgument(0));
  if (!rows)
    return std::nullopt;
  return SquaredDistance{*rows, int64_t(sum.getSize())};
}

} // namespace ktile
