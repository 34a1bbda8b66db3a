//===- TensorGroup.cpp - the products of a group, by whom they may be -----===//
//
// Tensor cores leave the products of a warp's rows with a group of rows j in
// shared memory; or threads do, feature by feature, where tensor cores could not
// keep the promise.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/nvptx/TensorProducts.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace kdslc::nvptx {

/// Whether some product of the warp is as small as what tiny numbers may lose.
Value TensorProducts::hasTinyProduct(Value first) {
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  Value isTiny = arith::ConstantIntOp::create(builder, loc, 0, 1);
  for (auto [column, product] : llvm::enumerate(takeOwn())) {
    Value scale = LLVM::LoadOp::create(
        builder, loc, builder.getF32Type(),
        place(scales, first, int64_t(column)), 4);
    Value lowest = arith::MulFOp::create(builder, loc, scale,
                                        real(RowSplitter::leastOfTiny));
    isTiny = arith::OrIOp::create(
        builder, loc, isTiny,
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ULT,
                              math::AbsFOp::create(builder, loc, product),
                              lowest));
  }
  return anyOfWarp(isTiny);
}

/// Each thread those of its own row, one multiply-add for a feature.
void TensorProducts::multiplyPlainly(Value first, Load tile, Load swept) {
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  auto loop = scf::ForOp::create(builder, loc, number(0),
                                 number(group), number(1));
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value column = loop.getInductionVar();
  auto sum = scf::ForOp::create(builder, loc, number(0), number(features),
                                number(1), noSums().front());
  keepLoop(sum);
  Value inFour = rest(column, 4);
  Value four =
      fourAt(products, thread, add(firstColumn, subtract(column, inFour)));
  LLVM::StoreOp::create(builder, loc, sum.getResult(0), place(four, inFour), 4);
  builder.setInsertionPointToStart(sum.getBody());
  Value feature = sum.getInductionVar();
  auto contract = arith::FastMathFlagsAttr::get(builder.getContext(),
                                                arith::FastMathFlags::contract);
  Value product =
      arith::MulFOp::create(builder, loc, tile(thread, feature),
                            swept(add(first, column), feature), contract);
  Value next = arith::AddFOp::create(builder, loc, product,
                                     sum.getRegionIterArgs().front(), contract);
  scf::YieldOp::create(builder, loc, next);
}

SmallVector<Value> TensorProducts::takeOwn() {
  SmallVector<Value> taken;
  for (int64_t done = 0; done < group; done += 4) {
    Value four = loadNumbers(
        fourAt(products, thread, add(firstColumn, number(done))), 4);
    for (int64_t k = 0; k < 4; ++k)
      taken.push_back(vector::ExtractOp::create(builder, loc, four, k));
  }
  return taken;
}

SmallVector<Value> TensorProducts::multiplyGroup(Value first, Value column,
                                                 Load tile, Load swept) {
  firstColumn = column;
  auto branch = [&](Type type, Value condition, function_ref<Value()> then,
                    function_ref<Value()> otherwise) -> Value {
    auto made = scf::IfOp::create(builder, loc, TypeRange(type), condition,
                                  /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(made.thenBlock());
    scf::YieldOp::create(builder, loc, then());
    builder.setInsertionPointToStart(made.elseBlock());
    scf::YieldOp::create(builder, loc, otherwise());
    return made.getResult(0);
  };
  auto known = [&](bool value) -> Value {
    return arith::ConstantIntOp::create(builder, loc, value, 1);
  };
  auto multiplyAll = [&] {
    for (int64_t column = 0; column < group; column += 8)
      multiplySplit(first, column);
  };
  // The products of the group before have been taken.
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  if (parts == 1) {
    multiplyAll();
    NVVM::SyncWarpOp::create(builder, loc, word(-1));
    return takeOwn();
  }
  Type i1 = builder.getI1Type();
  Value byThreads = branch(
      i1, anyIsOut, [&] { return known(true); },
      [&] {
        multiplyAll();
        return branch(
            i1, anyIsTiny, [&] { return hasTinyProduct(first); },
            [&] { return known(false); });
      });
  Value scale = branch(
      builder.getF32Type(), byThreads,
      [&] {
        multiplyPlainly(first, tile, swept);
        return real(1);
      },
      [&] { return ownScale; });
  NVVM::SyncWarpOp::create(builder, loc, word(-1));
  SmallVector<Value> taken = takeOwn();
  auto contract = arith::FastMathFlagsAttr::get(builder.getContext(),
                                                arith::FastMathFlags::contract);
  for (Value &product : taken)
    product = arith::MulFOp::create(builder, loc, product, scale, contract);
  return taken;
}

} // namespace kdslc::nvptx
