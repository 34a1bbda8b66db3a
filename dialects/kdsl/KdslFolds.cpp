//===- KdslFolds.cpp - folds and canonical patterns of the kdsl dialect ---===//

#include "dialects/kdsl/Kdsl.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace kdsl;

/// |x - x|^2 is not folded to 0: a NaN or an infinite coordinate must show.
OpFoldResult SqDistOp::fold(FoldAdaptor adaptor) {
  auto lhs = dyn_cast_if_present<DenseFPElementsAttr>(adaptor.getLhs());
  auto rhs = dyn_cast_if_present<DenseFPElementsAttr>(adaptor.getRhs());
  if (!lhs || !rhs)
    return {};
  auto mode = APFloat::rmNearestTiesToEven;
  APFloat sum = APFloat::getZero(
      cast<FloatType>(getType()).getFloatSemantics());
  for (auto [a, b] : llvm::zip(lhs.getValues<APFloat>(),
                               rhs.getValues<APFloat>())) {
    APFloat difference = a;
    difference.subtract(b, mode);
    APFloat square = difference;
    square.fusedMultiplyAdd(difference, sum, mode);
    sum = square;
  }
  return FloatAttr::get(getType(), sum);
}

namespace {
/// dot(x - y, x - y) is |x - y|^2.
struct DotOfDifference : OpRewritePattern<DotOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DotOp op,
                                PatternRewriter &rewriter) const override {
    auto difference = op.getLhs().getDefiningOp<arith::SubFOp>();
    if (!difference || op.getLhs() != op.getRhs())
      return failure();
    rewriter.replaceOpWithNewOp<SqDistOp>(op, difference.getLhs(),
                                          difference.getRhs());
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Rows and results that nobody reads
//===----------------------------------------------------------------------===//

namespace {
/// Row operands that the body does not use.
template <typename OpTy> struct UnusedRows : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    Block &block = op.getBody().front();
    unsigned indices = block.getNumArguments() - op.getRows().size();
    SmallVector<Value> rows;
    SmallVector<Attribute> subscripts, names(op.getNames().begin(),
                                             op.getNames().begin() + indices);
    BitVector unused(block.getNumArguments());
    for (unsigned r = 0; r < op.getRows().size(); ++r) {
      if (block.getArgument(indices + r).use_empty()) {
        unused.set(indices + r);
        continue;
      }
      rows.push_back(op.getRows()[r]);
      subscripts.push_back(op.getSubscripts()[r]);
      names.push_back(op.getNames()[indices + r]);
    }
    if (unused.none())
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      block.eraseArguments(unused);
      op.getRowsMutable().assign(rows);
      op.setSubscriptsAttr(rewriter.getArrayAttr(subscripts));
      op.setNamesAttr(rewriter.getArrayAttr(names));
    });
    return success();
  }
};

/// Replaces `op` by one with the used results only; `keepValues` says which
/// operands of the yield stay.
template <typename OpTy>
void dropResults(OpTy op, NamedAttrList attributes, BitVector values,
                 BitVector masks, PatternRewriter &rewriter) {
  SmallVector<Type> types;
  SmallVector<Value> used;
  for (Value result : op.getResults())
    if (!result.use_empty()) {
      types.push_back(result.getType());
      used.push_back(result);
    }
  YieldOp yield = op.getYield();
  SmallVector<Value> newValues, newMasks;
  for (unsigned v : values.set_bits())
    newValues.push_back(yield.getValues()[v]);
  for (unsigned m : masks.set_bits())
    newMasks.push_back(yield.getMasks()[m]);
  auto made = OpTy::create(rewriter, op.getLoc(), types, op->getOperands(),
                           attributes.getAttrs());
  made.getBody().takeBody(op.getBody());
  rewriter.setInsertionPoint(yield);
  rewriter.replaceOpWithNewOp<YieldOp>(yield, newValues, newMasks);
  for (auto [old, result] : llvm::zip(used, made.getResults()))
    rewriter.replaceAllUsesWith(old, result);
  rewriter.eraseOp(op);
}

template <typename OpTy> bool hasUnusedResult(OpTy op) {
  auto isUnused = [](Value result) { return result.use_empty(); };
  return llvm::any_of(op.getResults(), isUnused) &&
         !llvm::all_of(op.getResults(), isUnused);
}

struct UnusedMapResults : OpRewritePattern<MapOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MapOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasUnusedResult(op))
      return failure();
    BitVector values(op.getNumResults());
    for (OpResult result : op.getResults())
      if (!result.use_empty())
        values.set(result.getResultNumber());
    dropResults(op, op->getAttrs(), values, {}, rewriter);
    return success();
  }
};

/// And the states that only they read.
struct UnusedReduceResults : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasUnusedResult(op))
      return failure();
    SmallVector<int64_t> places(op.getStates().size(), -1), resultStates;
    SmallVector<Attribute> states, projections;
    for (OpResult result : op.getResults())
      if (!result.use_empty())
        places[op.getResultStates()[result.getResultNumber()]] = 0;
    BitVector values(op.getYield().getValues().size());
    BitVector masks(op.getYield().getMasks().size());
    for (unsigned s = 0; s < places.size(); ++s) {
      if (places[s] < 0)
        continue;
      places[s] = states.size();
      states.push_back(op.getStates()[s]);
      unsigned first = op.getValues(s).getBeginOperandIndex();
      values.set(first, first + op.getState(s).getNumValues());
      if (!masks.empty())
        masks.set(s);
    }
    for (OpResult result : op.getResults()) {
      unsigned r = result.getResultNumber();
      if (result.use_empty())
        continue;
      resultStates.push_back(places[op.getResultStates()[r]]);
      projections.push_back(op.getProjections()[r]);
    }
    NamedAttrList attributes(op->getAttrs());
    attributes.set(op.getStatesAttrName(), rewriter.getArrayAttr(states));
    attributes.set(op.getResultStatesAttrName(),
                   rewriter.getDenseI64ArrayAttr(resultStates));
    attributes.set(op.getProjectionsAttrName(),
                   rewriter.getArrayAttr(projections));
    dropResults(op, attributes, values, masks, rewriter);
    return success();
  }
};
} // namespace

void MapOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<UnusedRows<MapOp>, UnusedMapResults>(context);
}

void ReduceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<UnusedRows<ReduceOp>, UnusedReduceResults>(context);
}

void DotOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<DotOfDifference>(context);
}
