//===- WeightedValues.cpp - sums that tensor cores may add up -------------===//

#include "compiler/targets/nvptx/WeightedValues.h"
#include "compiler/targets/emit/TileEmitter.h"

using namespace mlir;

namespace kdslc::nvptx {

/// What `value` loads of row j alone, at the component that is `component`.
static ktile::LoadOp valuesOf(Value value, Value component) {
  if (auto wider = value.getDefiningOp<arith::ExtFOp>())
    value = wider.getIn();
  auto load = value.getDefiningOp<ktile::LoadOp>();
  if (!load || load.getFeature() != component || !readsSweptRow(load) ||
      readsTileRow(load))
    return {};
  return load;
}

static std::optional<WeightedValues> weightedValuesOf(ktile::FoldOp fold) {
  ktile::StateType type = fold.getState().getType();
  Block &body = fold.getBody().front();
  Value component = body.getArgument(0);
  Value value = body.getTerminator()->getOperands().back();
  if (type.getWidth() <= widestInRegisters || !value.getType().isF32())
    return std::nullopt;
  WeightedValues found{fold, {}, {}};
  Attribute reduction = type.getReduction();
  if (auto softmax = dyn_cast<kdsl::SoftmaxSumAttr>(reduction)) {
    if (!softmax.getEach())
      found.values = valuesOf(value, component);
  } else if (isa<kdsl::SumAttr>(reduction)) {
    auto product = value.getDefiningOp<arith::MulFOp>();
    if (!product)
      return std::nullopt;
    for (auto [side, other] :
         {std::pair(product.getLhs(), product.getRhs()),
          std::pair(product.getRhs(), product.getLhs())})
      if (!fold.getBody().isAncestor(other.getParentRegion()))
        if (ktile::LoadOp values = valuesOf(side, component)) {
          found.values = values;
          found.weight = other;
        }
  }
  if (!found.values)
    return std::nullopt;
  found.isOfHalves = !found.values.getRows().getType().getElement().isF32();
  return found;
}

std::optional<WeightedValues> findWeightedValues(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  std::optional<WeightedValues> widest;
  if (schedule.collect == 0 || isRest(sweep) || sweep.getRanges())
    return widest;
  for (auto fold : sweep.getBody().front().getOps<ktile::FoldOp>())
    if (auto found = weightedValuesOf(fold))
      if (!widest || fold.getState().getType().getWidth() >
                         widest->op.getState().getType().getWidth())
        widest = found;
  return widest;
}

int64_t windowOf(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  return findWeightedValues(sweep) ? schedule.collect : 0;
}

} // namespace kdslc::nvptx
