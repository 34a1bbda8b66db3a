//===- SeparateProducts.cpp - no contraction where fma is off -------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace kdslc::elementary {
#define GEN_PASS_DEF_SEPARATEPRODUCTS
#include "compiler/targets/math/Passes.h.inc"

namespace {

struct SeparateProducts : impl::SeparateProductsBase<SeparateProducts> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    std::optional<Isa> isa = instructionSet(function);
    if (!isa)
      return signalPassFailure();
    auto fma = function->getAttrOfType<StringAttr>("kdsl.fma");
    bool isOff = fma && fma.getValue() == "off";
    if (isOff || *isa == Isa::V2)
      function.walk(separate);
    if (!isOff)
      return;
    function.walk([](arith::ArithFastMathInterface op) {
      auto flags = op.getFastMathFlagsAttr();
      if (!flags)
        return;
      auto kept = flags.getValue() & ~arith::FastMathFlags::contract;
      op->setAttr(op.getFastMathAttrName(),
                  arith::FastMathFlagsAttr::get(op.getContext(), kept));
    });
  }

  static void separate(math::FmaOp op) {
    OpBuilder builder(op);
    Value product =
        arith::MulFOp::create(builder, op.getLoc(), op.getA(), op.getB());
    Value sum =
        arith::AddFOp::create(builder, op.getLoc(), product, op.getC());
    op.replaceAllUsesWith(sum);
    op.erase();
  }
};

} // namespace

} // namespace kdslc::elementary
