//===- KdslFeatureOps.cpp - operations on features: verifiers and folds ---===//

#include "dialects/kdsl/Kdsl.h"

using namespace mlir;
using namespace kdsl;

/// The dimension that a subscript of `kdsl.pick` counts along, none for a
/// constant, and what is added to it.
static std::optional<std::pair<std::optional<unsigned>, int64_t>>
partsOf(AffineExpr subscript) {
  using Parts = std::pair<std::optional<unsigned>, int64_t>;
  if (auto number = dyn_cast<AffineConstantExpr>(subscript))
    return Parts{std::nullopt, number.getValue()};
  if (auto dim = dyn_cast<AffineDimExpr>(subscript))
    return Parts{dim.getPosition(), 0};
  auto sum = dyn_cast<AffineBinaryOpExpr>(subscript);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(sum.getLHS());
  auto number = dyn_cast<AffineConstantExpr>(sum.getRHS());
  if (!dim || !number)
    return std::nullopt;
  return Parts{dim.getPosition(), number.getValue()};
}

LogicalResult PickOp::verify() {
  auto from = getSource().getType(), to = getType();
  AffineMap map = getMap();
  if (from.getElementType() != to.getElementType())
    return emitOpError("picks ") << to << " from " << from;
  if (map.getNumDims() != uint64_t(to.getRank()) || map.getNumSymbols() != 0 ||
      map.getNumResults() != uint64_t(from.getRank()))
    return emitOpError("the map takes a place in ")
           << to << " to one in " << from;
  for (auto [subscript, size] : llvm::zip(map.getResults(), from.getShape())) {
    auto parts = partsOf(subscript);
    if (!parts)
      return emitOpError("a subscript is a place, a constant or their sum");
    int64_t last = parts->second +
                   (parts->first ? to.getShape()[*parts->first] - 1 : 0);
    if (parts->second < 0 || last >= size)
      return emitOpError("place ")
             << (parts->second < 0 ? parts->second : last) << " is outside of "
             << from;
  }
  return success();
}

OpFoldResult PickOp::fold(FoldAdaptor) {
  bool isAll = getMap().isIdentity() && getSource().getType() == getType();
  return isAll ? OpFoldResult(getSource()) : OpFoldResult();
}

LogicalResult MatMulOp::verify() {
  VectorType lhs = getLhs().getType(), rhs = getRhs().getType();
  SmallVector<int64_t> shape(lhs.getShape().drop_back());
  llvm::append_range(shape, rhs.getShape().drop_front());
  if (lhs.getShape().back() != rhs.getShape().front() || shape.empty() ||
      rhs.getElementType() != lhs.getElementType() ||
      getType() != VectorType::get(shape, lhs.getElementType()))
    return emitOpError("the product of ")
           << lhs << " and " << rhs << " is not " << getType();
  return success();
}

LogicalResult LookupOp::verify() {
  VectorType table = getTable().getType();
  Type row = table.getElementType();
  if (table.getRank() == 2)
    row = VectorType::get(table.getShape().drop_front(), row);
  if (getType() != row)
    return emitOpError("a label picks ") << row << ", not " << getType();
  return success();
}
