//===- EmitFeatures.cpp - vectors and matrices taken apart and joined -----===//

#include "compiler/frontend/EmitFunctions.h"
#include "dialects/kdsl/Kdsl.h"

using namespace mlir;

namespace kdslc {

/// The features of `value` at the subscripts that `places` makes of a place of
/// the result.
Value FunctionEmitter::pick(Value value, ArrayRef<int64_t> shape,
                            ArrayRef<AffineExpr> places) {
  auto from = cast<VectorType>(value.getType());
  auto map = AffineMap::get(shape.size(), /*symbolCount=*/0, places,
                            builder.getContext());
  return builder.createOrFold<kdsl::PickOp>(
      loc, VectorType::get(shape, from.getElementType()), value, map);
}

Value FunctionEmitter::extract(Value value, int64_t place) {
  auto from = cast<VectorType>(value.getType());
  if (from.getRank() == 1)
    return vector::ExtractOp::create(builder, loc, value, place);
  return pick(value, from.getShape().drop_front(),
              {builder.getAffineConstantExpr(place),
               builder.getAffineDimExpr(0)});
}

Value FunctionEmitter::slice(Value value, int64_t begin, int64_t end) {
  SmallVector<int64_t> shape(cast<VectorType>(value.getType()).getShape());
  shape[0] = end - begin;
  SmallVector<AffineExpr> places;
  for (unsigned k = 0; k < shape.size(); ++k)
    places.push_back(builder.getAffineDimExpr(k));
  places[0] = places[0] + begin;
  return pick(value, shape, places);
}

/// 0, 1, 2, .. as features of an integer type.
Value FunctionEmitter::places(int64_t count, Type element) {
  Value step = vector::StepOp::create(
      builder, loc, VectorType::get(count, builder.getIndexType()));
  return arith::IndexCastOp::create(builder, loc,
                                    VectorType::get(count, element), step);
}

Value FunctionEmitter::ofMatrices(const Expr &expr, ArrayRef<Value> v) {
  Type type = mlirType(expr.type, builder.getContext());
  AffineExpr row = builder.getAffineDimExpr(0);
  auto shapeOf = [](Value value) {
    return cast<VectorType>(value.getType()).getShape();
  };
  switch (expr.function) {
  case Function::MatMul:
    return kdsl::MatMulOp::create(builder, loc, type, v[0], v[1]);
  case Function::Outer:
  case Function::Kron: {
    AffineExpr column = builder.getAffineDimExpr(1);
    int64_t shape[] = {shapeOf(v[0])[0], shapeOf(v[1])[0]};
    Value product = mul(pick(v[0], shape, row), pick(v[1], shape, column));
    return expr.function == Function::Outer
               ? product
               : vector::ShapeCastOp::create(builder, loc, type, product);
  }
  case Function::Transpose:
    return pick(v[0], expr.type.shape, {builder.getAffineDimExpr(1), row});
  case Function::Trace:
    return vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::ADD,
        pick(v[0], shapeOf(v[0])[0], {row, row}),
        arith::FastMathFlags::contract);
  case Function::OneHot: {
    int64_t count = expr.type.count();
    Value at = places(count, v[0].getType());
    Value label =
        vector::BroadcastOp::create(builder, loc, at.getType(), v[0]);
    Value here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                       at, label);
    return arith::SelectOp::create(builder, loc, here, constant(type, 1),
                                   constant(type, 0));
  }
  case Function::Zeros:
    return constant(type, 0);
  case Function::Lookup:
    return kdsl::LookupOp::create(builder, loc, type, v[0], v[1]);
  default:
    return {};
  }
}

} // namespace kdslc
