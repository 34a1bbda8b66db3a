//===- Lanes.cpp - building code for one row, whatever a lane is ----------===//

#include "dialects/kdsl/Lanes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace kdsl {

Type laneElement(Value value) { return getElementTypeOrSelf(value.getType()); }

/// A splat constant of the lane type.
static Value splat(Lanes &lanes, Type element, TypedAttr number) {
  Type type = lanes.lane(element);
  if (auto shaped = dyn_cast<ShapedType>(type))
    return arith::ConstantOp::create(lanes.builder, lanes.loc,
                                     DenseElementsAttr::get(shaped, number));
  return arith::ConstantOp::create(lanes.builder, lanes.loc, number);
}

Value Lanes::constant(Type element, double value) {
  return splat(*this, element, FloatAttr::get(element, value));
}
Value Lanes::integer(Type element, int64_t value) {
  return splat(*this, element, IntegerAttr::get(element, value));
}

Value Lanes::add(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b);
}
Value Lanes::sub(Value a, Value b) {
  return arith::SubFOp::create(builder, loc, a, b);
}
Value Lanes::mul(Value a, Value b) {
  return arith::MulFOp::create(builder, loc, a, b);
}
Value Lanes::div(Value a, Value b) {
  return arith::DivFOp::create(builder, loc, a, b);
}
Value Lanes::addContract(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b,
                               arith::FastMathFlags::contract);
}
Value Lanes::addProduct(Value sum, Value a, Value b) {
  return addContract(sum, arith::MulFOp::create(
                              builder, loc, a, b,
                              arith::FastMathFlags::contract));
}
Value Lanes::mulSub(Value a, Value b, Value c) {
  Value negative = arith::NegFOp::create(builder, loc, c);
  return math::FmaOp::create(builder, loc, a, b, negative);
}
Value Lanes::absolute(Value a) { return math::AbsFOp::create(builder, loc, a); }
Value Lanes::maxAny(Value a, Value b) {
  return select(compare(CmpF::OGT, a, b), a, b);
}
Value Lanes::minAny(Value a, Value b) {
  return select(compare(CmpF::OLT, a, b), a, b);
}
Value Lanes::addInt(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}
Value Lanes::mulInt(Value a, Value b) {
  return arith::MulIOp::create(builder, loc, a, b);
}
Value Lanes::maxInt(Value a, Value b) {
  return arith::MaxSIOp::create(builder, loc, a, b);
}
Value Lanes::minInt(Value a, Value b) {
  return arith::MinSIOp::create(builder, loc, a, b);
}
Value Lanes::maxNumber(Value a, Value b) {
  return arith::MaxNumFOp::create(builder, loc, a, b);
}
Value Lanes::minNumber(Value a, Value b) {
  return arith::MinNumFOp::create(builder, loc, a, b);
}
Value Lanes::exclusiveOr(Value a, Value b) {
  return arith::XOrIOp::create(builder, loc, a, b);
}
Value Lanes::signBits(Value a) {
  Type type = laneElement(a);
  return arith::ShRSIOp::create(builder, loc, a,
                                integer(type, type.getIntOrFloatBitWidth() - 1));
}
Value Lanes::bitcast(Value a, Type element) {
  return arith::BitcastOp::create(builder, loc, lane(element), a);
}
Value Lanes::compare(CmpF predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}
Value Lanes::compareInt(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, predicate, a, b);
}
Value Lanes::select(Value mask, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, mask, a, b);
}
Value Lanes::both(Value a, Value b) {
  return arith::AndIOp::create(builder, loc, a, b);
}
Value Lanes::either(Value a, Value b) {
  return arith::OrIOp::create(builder, loc, a, b);
}
Value Lanes::exp2(Value x) { return math::Exp2Op::create(builder, loc, x); }
Value Lanes::exp2Bounded(Value x) {
  auto op = math::Exp2Op::create(builder, loc, x);
  op->setAttr("kdsl.bounded", builder.getUnitAttr());
  return op;
}
Value Lanes::log2(Value x) { return math::Log2Op::create(builder, loc, x); }
Value Lanes::floor(Value x) { return math::FloorOp::create(builder, loc, x); }
Value Lanes::widen(Value x) {
  return arith::ExtFOp::create(builder, loc, lane(builder.getF64Type()), x);
}
Value Lanes::widenInt(Value x) {
  return arith::ExtUIOp::create(builder, loc, lane(builder.getI64Type()), x);
}
Value Lanes::narrow(Value x) {
  return arith::TruncFOp::create(builder, loc, lane(builder.getF32Type()), x);
}

void Lanes::where(Value condition, ArrayRef<Value *> carried,
                  function_ref<void()> then, function_ref<void()> otherwise) {
  auto values = [&] {
    return llvm::map_to_vector(carried, [](Value *value) { return *value; });
  };
  auto take = [&](ValueRange given) {
    for (auto [value, one] : llvm::zip(carried, given))
      *value = one;
  };
  SmallVector<Value> before = values();
  auto branch = scf::IfOp::create(builder, loc, ValueRange(before).getTypes(),
                                  condition, /*withElseRegion=*/true);
  auto emit = [&](Region &region, function_ref<void()> body) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&region.front());
    if (body)
      body();
    if (!carried.empty()) // else the region was made with its end
      scf::YieldOp::create(builder, loc, values());
    take(before);
  };
  emit(branch.getThenRegion(), then);
  emit(branch.getElseRegion(), otherwise);
  take(branch.getResults());
}

void Lanes::whereAny(Value mask, ArrayRef<Value *> carried,
                     function_ref<void()> then,
                     function_ref<void()> otherwise) {
  where(any(mask), carried, then, otherwise);
}

void Lanes::whereAny(Value mask, MutableArrayRef<RowState> states,
                     function_ref<void(MutableArrayRef<RowState>)> then) {
  SmallVector<Value *> parts;
  for (RowState &state : states)
    for (Value &part : state)
      parts.push_back(&part);
  whereAny(mask, parts, [&] { then(states); });
}

} // namespace kdsl
