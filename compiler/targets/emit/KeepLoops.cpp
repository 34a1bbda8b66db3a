//===- KeepLoops.cpp - loops that later tools must leave as they are ------===//

#include "compiler/targets/emit/KeepLoops.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"

using namespace mlir;

namespace kdslc {

void keepLoop(scf::ForOp loop) {
  MLIRContext *context = loop.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/BoolAttr::get(context, true), {}, {}, {}, {}, {}, {});
  loop->setAttr("llvm.loop_annotation",
                LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {},
                                              {}, {}, {}, {}, {}, {}, {}, {},
                                              {}, {}));
}

void keepLoopInSteps(scf::ForOp loop, int64_t step) {
  keepLoop(loop);
  std::optional<APInt> count = loop.getStaticTripCount();
  // One turn alone would be no loop any more, and its results none of a loop.
  if (count && count->sgt(step) && count->urem(uint64_t(step)) == 0)
    (void)loopUnrollByFactor(loop, uint64_t(step));
}

} // namespace kdslc
