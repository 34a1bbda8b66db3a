//===- StartSums.cpp - sums that begin with what is added to them ---------===//

#include "compiler/tile/Passes.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_STARTSUMS
#include "compiler/tile/Passes.h.inc"

namespace {

bool isSquare(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  return product && product.getLhs() == product.getRhs();
}

/// A number of the program, the same for all rows, that is not negative.
bool isStart(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<kdsl::ProgramOp>(op->getParentOp()))
    return false;
  FloatAttr number;
  if (matchPattern(value, m_Constant(&number)))
    return !number.getValue().isNegative();
  return isSquare(value);
}

/// The sum of squares that only `user` reads, if it begins at zero.
ktile::ContractOp squaresOf(Value value) {
  auto sum = value.getDefiningOp<ktile::ContractOp>();
  if (!sum || !sum->hasOneUse() || !isa<FloatType>(sum.getType()) ||
      sum.getKind() != vector::CombiningKind::ADD ||
      !matchPattern(sum.getInit(), m_AnyZeroFloat()))
    return {};
  Operation *yield = sum.getBody().front().getTerminator();
  return isSquare(yield->getOperand(0)) ? sum : ktile::ContractOp();
}

struct StartSums : impl::StartSumsBase<StartSums> {
  void runOnOperation() override {
    getOperation().walk([](arith::AddFOp add) {
      for (unsigned side : {0, 1}) {
        ktile::ContractOp sum = squaresOf(add->getOperand(side));
        Value start = add->getOperand(1 - side);
        if (!sum || !isStart(start))
          continue;
        sum.getInitMutable().assign(start);
        add.replaceAllUsesWith(sum.getResult());
        add.erase();
        return;
      }
    });
  }
};

} // namespace
} // namespace kdslc
