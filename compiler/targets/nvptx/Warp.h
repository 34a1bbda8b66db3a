//===- Warp.h - numbers that lanes of a warp give each other --------------===//
//
// All lanes take part; a number has 32 bits.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_WARP_H
#define KDSLC_TARGETS_NVPTX_WARP_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace kdslc::nvptx {

inline mlir::Value shuffled(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::NVVM::ShflKind kind, mlir::Value value,
                            mlir::Value by) {
  auto word = [&](int64_t n) -> mlir::Value {
    return mlir::arith::ConstantIntOp::create(builder, loc, n, 32);
  };
  return mlir::NVVM::ShflOp::create(builder, loc, value.getType(), word(-1),
                                    value, by, word(31), kind,
                                    mlir::UnitAttr());
}

/// That of the lane with this number, an i32.
inline mlir::Value ofLane(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value value, mlir::Value lane) {
  return shuffled(builder, loc, mlir::NVVM::ShflKind::idx, value, lane);
}

/// What some lanes side by side, a power of two, have together: the sum, say.
inline mlir::Value
overLanes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
          int64_t lanes,
          llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine) {
  for (int64_t other = 1; other < lanes; other *= 2)
    value = combine(
        value,
        shuffled(builder, loc, mlir::NVVM::ShflKind::bfly, value,
                 mlir::arith::ConstantIntOp::create(builder, loc, other, 32)));
  return value;
}

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_WARP_H
