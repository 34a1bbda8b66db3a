//===- KtileOps.cpp - verifiers and accessors of the ktile dialect --------===//

#include "dialects/ktile/Ktile.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace ktile;

#define GET_OP_CLASSES
#include "dialects/ktile/KtileOps.cpp.inc"

//===----------------------------------------------------------------------===//
// grid
//===----------------------------------------------------------------------===//

LogicalResult GridOp::verify() {
  if (getBody().getNumArguments() != getAxes().size())
    return emitOpError("the body takes an index for each axis and nothing else");
  SmallVector<unsigned> puts(getNumResults(), 0);
  for (auto put : getBody().getOps<PutOp>()) {
    uint64_t result = put.getResult();
    if (result >= puts.size())
      return put.emitOpError("gives result ")
             << result << " of a grid with " << puts.size();
    ++puts[result];
    auto rows = cast<kdsl::RowsType>(getResult(result).getType());
    auto yield = cast<YieldOp>(put.getBody().front().getTerminator());
    if (int64_t(put.getSize()) != rows.getWidth() ||
        yield.getValues().getTypes() != TypeRange(rows.getElement()))
      return put.emitOpError("does not give rows of ") << rows.getRow();
  }
  for (auto [result, count] : llvm::enumerate(puts))
    if (count != 1)
      return emitOpError("result ") << result << " is given " << count
                                    << " times, expected once";
  return success();
}

//===----------------------------------------------------------------------===//
// sweep
//===----------------------------------------------------------------------===//

LogicalResult BoundOp::verify() {
  StateType type = getState().getType();
  if (getBound().getType().getReduction() == type.getInterface().getBound())
    return success();
  return emitOpError("needs the state of a bound of ") << type.getReduction();
}

LogicalResult SweepOp::verify() {
  if (!getBand().empty() && getBand().size() != 4)
    return emitOpError("has a band of ")
           << getBand().size() << " limits, expected 4";
  if (getFirst().has_value() != getOf().has_value() ||
      (getFirst() && *getFirst() < 1) || (getFirst() && getRanges()))
    return emitOpError("'first' takes two numbers, and no ranges");
  if (getGroup() < 1 || getBlock() % getGroup() != 0)
    return emitOpError("block ")
           << getBlock() << " is not a multiple of group " << getGroup();
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || !llvm::equal(yield.getValues().getTypes(), getResultTypes()))
    return emitOpError("the body yields the states that it carries");
  return success();
}

LogicalResult SweepOp::verifyRegions() {
  if ((getFiltered() || getOrdered()) &&
      !foldedDistance(*this, /*mayBeMasked=*/!getFiltered()))
    return emitOpError("is ")
           << (getFiltered() ? "filtered" : "ordered")
           << ", but does more than fold a squared distance into one state with "
              "a threshold";
  return success();
}

SmallVector<Region *> SweepOp::getLoopRegions() { return {&getBody()}; }

Block::BlockArgListType SweepOp::getRegionIterArgs() {
  return getBody().getArguments().drop_front();
}

std::optional<MutableArrayRef<OpOperand>> SweepOp::getYieldedValuesMutable() {
  return cast<YieldOp>(getBody().front().getTerminator()).getValuesMutable();
}

std::optional<ResultRange> SweepOp::getLoopResults() { return getResults(); }

//===----------------------------------------------------------------------===//
// load, finish
//===----------------------------------------------------------------------===//

void LoadOp::build(OpBuilder &, OperationState &state, Value rows,
                   ValueRange indices, Value feature) {
  state.addOperands(rows);
  state.addOperands(indices);
  if (feature)
    state.addOperands(feature);
  auto type = cast<kdsl::RowsType>(rows.getType());
  auto &segments =
      state.getOrAddProperties<LoadOp::Properties>().operandSegmentSizes;
  segments = {1, int32_t(indices.size()), feature ? 1 : 0};
  state.addTypes(type.getElement());
}

LogicalResult LoadOp::verify() {
  auto rows = getRows().getType();
  if (getIndices().size() != rows.getAxes().size())
    return emitOpError("takes an index for each axis of ") << rows;
  if (bool(getFeature()) != isa<VectorType>(rows.getRow()))
    return emitOpError("takes a feature exactly of rows that are vectors");
  return success();
}

LogicalResult GatherOp::verify() {
  auto rows = getRows().getType();
  if (rows.getAxes().size() != getIndices().size() + getAxes().size() ||
      getType() != rows.getElement() ||
      bool(getFeature()) != isa<VectorType>(rows.getRow()))
    return emitOpError("takes one number of ") << rows;
  return success();
}

//===----------------------------------------------------------------------===//
// contract, fold, put: bodies of one feature
//===----------------------------------------------------------------------===//

LogicalResult ContractOp::verify() {
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || yield.getValues().getTypes() != TypeRange(getType()) ||
      getInit().getType() != getType())
    return emitOpError("start, body and result are of one type");
  return success();
}

LogicalResult FoldOp::verify() {
  for (Region *region : {&getBody(), &getTurned()}) {
    if (region == &getTurned() && region->empty())
      continue;
    auto yield = dyn_cast<YieldOp>(region->front().getTerminator());
    if (!yield || !llvm::equal(yield.getValues().getTypes(),
                               getState().getType().getElements()))
      return emitOpError("the body yields the values of one component");
  }
  auto yield = cast<YieldOp>(getBody().front().getTerminator());
  unsigned shared = getState().getType().getInterface().getNumShared();
  for (Value value : yield.getValues().take_front(shared))
    if (getBody().isAncestor(value.getParentRegion()))
      return emitOpError("the body yields the first ")
             << shared << " values from outside: all components share them";
  return success();
}
