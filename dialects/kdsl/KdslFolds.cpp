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

void DotOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<DotOfDifference>(context);
}
