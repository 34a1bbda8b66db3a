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
Value Lanes::addContract(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b,
                               arith::FastMathFlags::contract);
}
Value Lanes::maxAny(Value a, Value b) {
  return select(compare(CmpF::OGT, a, b), a, b);
}
Value Lanes::addInt(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}
Value Lanes::mulInt(Value a, Value b) {
  return arith::MulIOp::create(builder, loc, a, b);
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
Value Lanes::log2(Value x) { return math::Log2Op::create(builder, loc, x); }
Value Lanes::floor(Value x) { return math::FloorOp::create(builder, loc, x); }

void Lanes::whereAny(Value mask, MutableArrayRef<RowState> states,
                     function_ref<void(MutableArrayRef<RowState>)> then) {
  SmallVector<Value> before;
  for (const RowState &state : states)
    before.append(state.begin(), state.end());
  auto branch = scf::IfOp::create(builder, loc, ValueRange(before).getTypes(),
                                  any(mask), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&branch.getElseRegion().front());
  scf::YieldOp::create(builder, loc, before);
  builder.setInsertionPointToStart(&branch.getThenRegion().front());
  SmallVector<RowState> changed(states.begin(), states.end());
  then(changed);
  SmallVector<Value> after;
  for (const RowState &state : changed)
    after.append(state.begin(), state.end());
  scf::YieldOp::create(builder, loc, after);
  auto result = branch.getResults().begin();
  for (RowState &state : states)
    for (Value &part : state)
      part = *result++;
}

} // namespace kdsl
