//===- Calculator.cpp - arithmetic of derivatives -------------------------===//

#include "compiler/plan/derive/Calculator.h"

using namespace mlir;

namespace kdslc {

/// As the formulas that are differentiated: products and sums may contract.
static constexpr auto contract = arith::FastMathFlags::contract;

Value Calculator::constant(Type type, double value) {
  return kdsl::constantOf(builder, loc, type, value);
}

Value Calculator::add(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return builder.createOrFold<arith::AddFOp>(loc, a, b, contract);
}

Value Calculator::sub(Value a, Value b) {
  if (!b)
    return a;
  return a ? builder.createOrFold<arith::SubFOp>(loc, a, b, contract) : neg(b);
}

Value Calculator::mul(Value a, Value b) {
  if (!a || !b)
    return {};
  if (isa<VectorType>(a.getType()))
    b = spread(b, a.getType());
  else
    a = spread(a, b.getType());
  return builder.createOrFold<arith::MulFOp>(loc, a, b, contract);
}

Value Calculator::div(Value a, Value b) {
  return a ? builder.createOrFold<arith::DivFOp>(loc, a, b, contract) : a;
}

Value Calculator::neg(Value a) {
  return a ? builder.createOrFold<arith::NegFOp>(loc, a) : a;
}

Value Calculator::power(Value x, int64_t n) {
  auto times = [&](Value a, Value b) -> Value {
    if (isa<FloatType>(getElementTypeOrSelf(x.getType())))
      return mul(a, b);
    return builder.createOrFold<arith::MulIOp>(loc, a, b);
  };
  if (n < 0)
    return div(constant(x.getType(), 1), power(x, -n));
  Value result;
  for (Value square = x; n; n >>= 1) {
    if (n & 1)
      result = result ? times(result, square) : square;
    if (n > 1)
      square = times(square, square);
  }
  return result ? result : constant(x.getType(), 1);
}

Value Calculator::select(Value condition, Value a, Value b) {
  if (!a && !b)
    return {};
  Type type = (a ? a : b).getType();
  auto vector = dyn_cast<VectorType>(type);
  if (vector && !isa<VectorType>(condition.getType()))
    condition = spread(condition, vector.clone(builder.getI1Type()));
  return builder.createOrFold<arith::SelectOp>(loc, condition, orZero(a, type),
                                               orZero(b, type));
}

Value Calculator::compare(arith::CmpFPredicate predicate, Value a, Value b) {
  return builder.createOrFold<arith::CmpFOp>(loc, predicate, a, b);
}

Value Calculator::both(Value a, Value b) {
  return builder.createOrFold<arith::AndIOp>(loc, a, b);
}

Value Calculator::either(Value a, Value b) {
  return builder.createOrFold<arith::OrIOp>(loc, a, b);
}

Value Calculator::no(Value a) {
  return builder.createOrFold<arith::XOrIOp>(loc, a, constant(a.getType(), 1));
}

Value Calculator::spread(Value value, Type type) {
  if (!value || value.getType() == type)
    return value;
  return vector::BroadcastOp::create(builder, loc, type, value);
}

Value Calculator::feature(Value vector, int64_t at) {
  return vector ? Value(vector::ExtractOp::create(builder, loc, vector, at))
                : vector;
}

Value Calculator::total(Value value) {
  auto type = value ? dyn_cast<VectorType>(value.getType()) : VectorType();
  if (!type)
    return value;
  Value flat = shaped(
      value, VectorType::get(type.getNumElements(), type.getElementType()));
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD,
                                     flat, contract);
}

Value Calculator::dot(Value a, Value b) {
  if (!a || !b)
    return {};
  auto type = cast<VectorType>(a.getType());
  Type flat = VectorType::get(type.getNumElements(), type.getElementType());
  return kdsl::DotOp::create(builder, loc, shaped(a, flat), shaped(b, flat));
}

Value Calculator::any(Value conditions) {
  if (!isa<VectorType>(conditions.getType()))
    return conditions;
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR,
                                     conditions);
}

Value Calculator::matmul(Value a, Value b, Type type) {
  if (!a || !b)
    return {};
  return kdsl::MatMulOp::create(builder, loc, type, a, b);
}

Value Calculator::shaped(Value value, Type type) {
  if (!value || value.getType() == type)
    return value;
  return builder.createOrFold<vector::ShapeCastOp>(loc, type, value);
}

Value Calculator::pick(Value source, ArrayRef<int64_t> shape,
                       ArrayRef<AffineExpr> places) {
  auto from = cast<VectorType>(source.getType());
  return builder.createOrFold<kdsl::PickOp>(
      loc, VectorType::get(shape, from.getElementType()), source,
      AffineMap::get(shape.size(), 0, places, builder.getContext()));
}

Value Calculator::transpose(Value matrix) {
  ArrayRef<int64_t> shape = cast<VectorType>(matrix.getType()).getShape();
  return pick(matrix, {shape[1], shape[0]},
              {builder.getAffineDimExpr(1), builder.getAffineDimExpr(0)});
}

Value Calculator::padded(Value value, int64_t at, int64_t size) {
  Type element = kdsl::featureElement(value.getType());
  int64_t count = kdsl::featureCount(value.getType());
  SmallVector<Value> parts;
  auto zeros = [&](int64_t number) {
    if (number)
      parts.push_back(constant(VectorType::get(number, element), 0));
  };
  zeros(at);
  parts.push_back(value);
  zeros(size - at - count);
  if (parts.size() == 1 && isa<VectorType>(value.getType()))
    return value;
  return kdsl::ConcatOp::create(builder, loc, VectorType::get(size, element),
                                parts);
}

Value Calculator::isPlace(Value place, int64_t count) {
  Type element = place.getType();
  Value step = vector::StepOp::create(
      builder, loc, VectorType::get(count, builder.getIndexType()));
  Type type = VectorType::get(count, element);
  return arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::eq,
      arith::IndexCastOp::create(builder, loc, type, step),
      spread(place, type));
}

Value Calculator::toReal(Value value, Type type) {
  if (!value || value.getType() == type)
    return value;
  unsigned from = getElementTypeOrSelf(value).getIntOrFloatBitWidth();
  unsigned to = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  if (to > from)
    return arith::ExtFOp::create(builder, loc, type, value);
  return arith::TruncFOp::create(builder, loc, type, value);
}

} // namespace kdslc
