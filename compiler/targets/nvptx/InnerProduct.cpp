//===- InnerProduct.cpp - what tensor cores may compute -------------------===//

#include "compiler/targets/nvptx/InnerProduct.h"
#include "compiler/targets/emit/TileEmitter.h"
#include "compiler/targets/nvptx/TensorProducts.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::nvptx {

/// The terms are those of TensorProducts.h.
static bool keepsPromise(int64_t features, int64_t parts, int64_t chain) {
  const int64_t split = parts > 1 ? 9 : 0;
  return split + 11 * chain / 8 - 1 +
             int64_t(llvm::divideCeil(features, chain)) <=
         features;
}

int64_t longestChain(int64_t features, int64_t parts) {
  constexpr int64_t step = 16;
  int64_t longest = 0;
  for (int64_t chain = step; chain < features + step; chain += step)
    if (keepsPromise(features, parts, chain))
      longest = chain;
  return longest;
}

bool multiplies(int64_t features, int64_t parts,
                const kdsl::Schedule &schedule) {
  return schedule.chain > 0 && keepsPromise(features, parts, schedule.chain) &&
         TensorProducts::groupFor(features, parts, /*states=*/0) >=
             schedule.group;
}

static Factors factorsOf(ktile::LoadOp a, ktile::LoadOp b) {
  Type element = a.getRows().getType().getElement();
  if (element != b.getRows().getType().getElement())
    return Factors::F32;
  return element.isF16()    ? Factors::F16
         : element.isBF16() ? Factors::BF16
                            : Factors::F32;
}

/// The factors of a contract that adds up a[i, d] * b[j, d].
static std::optional<InnerProduct> innerProductOf(ktile::ContractOp contract) {
  Block &body = contract.getBody().front();
  auto product =
      body.getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (contract.getKind() != vector::CombiningKind::ADD || !product ||
      !product.getType().isF32())
    return std::nullopt;
  auto factors = llvm::map_to_vector<2>(
      product->getOperands(), [](Value factor) -> Value {
        auto wider = factor.getDefiningOp<arith::ExtFOp>();
        return wider ? wider.getIn() : factor;
      });
  auto rows = ktile::rowPairOf(factors, body.getArgument(0));
  if (!rows)
    return std::nullopt;
  return InnerProduct{contract, rows->ofTile, rows->ofSweep,
                      factorsOf(rows->ofTile, rows->ofSweep)};
}

std::optional<InnerProduct> findInnerProduct(ktile::SweepOp sweep) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  std::optional<InnerProduct> longest;
  // Slices of a set of ranges may be short.
  if (schedule.chain == 0 || isRest(sweep) || sweep.getRanges())
    return longest;
  for (auto contract : sweep.getBody().front().getOps<ktile::ContractOp>())
    if (auto found = innerProductOf(contract))
      if (!longest || found->op.getSize() > longest->op.getSize())
        longest = found;
  if (longest &&
      !multiplies(int64_t(longest->op.getSize()), partsOf(longest->factors),
                  schedule))
    longest.reset();
  return longest;
}

} // namespace kdslc::nvptx
