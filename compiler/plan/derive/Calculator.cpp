//===- Calculator.cpp - arithmetic of derivatives -------------------------===//

#include "compiler/plan/derive/Calculator.h"

using namespace mlir;

namespace kdslc {

/// As the formulas that are differentiated: products and sums may contract.
static constexpr auto contract = arith::FastMathFlags::contract;

Value Calculator::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr number =
      isa<FloatType>(element)
          ? TypedAttr(builder.getFloatAttr(element, value))
          : TypedAttr(builder.getIntegerAttr(element, int64_t(value)));
  if (auto shaped = dyn_cast<ShapedType>(type))
    number = DenseElementsAttr::get(shaped, number);
  return arith::ConstantOp::create(builder, loc, number);
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
  return builder.createOrFold<arith::MulFOp>(loc, a, b, contract);
}

Value Calculator::div(Value a, Value b) {
  return a ? builder.createOrFold<arith::DivFOp>(loc, a, b, contract) : a;
}

Value Calculator::neg(Value a) {
  return a ? builder.createOrFold<arith::NegFOp>(loc, a) : a;
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
