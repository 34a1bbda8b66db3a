//===- SeparateProducts.cpp - no contraction where fma is off -------------===//

#include "compiler/targets/math/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kdslc::elementary {
#define GEN_PASS_DEF_SEPARATEPRODUCTS
#include "compiler/targets/math/Passes.h.inc"

namespace {

struct SeparateProducts : impl::SeparateProductsBase<SeparateProducts> {
  void runOnOperation() override {
    auto fma = getOperation()->getAttrOfType<StringAttr>("kdsl.fma");
    if (!fma || fma.getValue() != "off")
      return;
    getOperation().walk([](arith::ArithFastMathInterface op) {
      auto flags = op.getFastMathFlagsAttr();
      if (!flags)
        return;
      auto kept = flags.getValue() & ~arith::FastMathFlags::contract;
      op->setAttr(op.getFastMathAttrName(),
                  arith::FastMathFlagsAttr::get(op.getContext(), kept));
    });
  }
};

} // namespace

} // namespace kdslc::elementary
