//===- FeatureFormula.cpp - vector formulas, one feature at a time --------===//

#include "compiler/tile/FeatureFormula.h"
#include "mlir/IR/Matchers.h"
#include <limits>

using namespace mlir;

namespace kdslc {

static constexpr auto contractFlag = arith::FastMathFlags::contract;

void FeatureFormula::mapRow(Value argument, const Leaf &leaf) {
  if (isa<VectorType>(argument.getType()))
    leaves[argument] = leaf;
  else
    numbers[argument] = leaf(builder, Value());
}

Value FeatureFormula::constantIndex(Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value FeatureFormula::number(Value value) {
  auto found = numbers.find(value);
  return found == numbers.end() ? value : found->second;
}

Value FeatureFormula::at(Value value, Value place) {
  if (!isa<VectorType>(value.getType()))
    return number(value);
  Known known;
  return feature(value, place, known);
}

//===----------------------------------------------------------------------===//
// Features
//===----------------------------------------------------------------------===//

/// Part k of a concatenation holds the features from its offset on; the others
/// are read at a place inside their range and not taken.
Value FeatureFormula::concatFeature(kdsl::ConcatOp op, Value place,
                                    Known &known) {
  Location loc = op.getLoc();
  Value result;
  int64_t offset = 0;
  for (Value part : op.getParts()) {
    int64_t count = kdsl::featureCount(part.getType());
    Value own;
    if (isa<VectorType>(part.getType())) {
      Value inside = builder.createOrFold<arith::SubIOp>(
          loc, place, constantIndex(loc, offset));
      inside = builder.createOrFold<arith::MaxSIOp>(loc, inside,
                                                    constantIndex(loc, 0));
      inside = builder.createOrFold<arith::MinSIOp>(
          loc, inside, constantIndex(loc, count - 1));
      Known apart; // another place than the one that `known` is of
      own = feature(part, inside, apart);
    } else {
      own = number(part);
    }
    if (result) {
      Value here = builder.createOrFold<arith::CmpIOp>(
          loc, arith::CmpIPredicate::sge, place, constantIndex(loc, offset));
      result = builder.createOrFold<arith::SelectOp>(loc, here, own, result);
    } else {
      result = own;
    }
    offset += count;
  }
  return result;
}

/// Feature f of places with n features each: feature f mod n at place f div n,
/// from a copy of the body for that place.
Value FeatureFormula::eachFeature(kdsl::EachOp op, Value place) {
  Location loc = op.getLoc();
  Block &body = op.getBody().front();
  Value yielded = op.getYield().getValues().front();
  Value size = constantIndex(loc, kdsl::featureCount(yielded.getType()));
  FeatureFormula one(*this);
  one.mapIndex(body.getArgument(0),
               builder.createOrFold<arith::DivUIOp>(loc, place, size));
  one.emitNumbers(body);
  return one.at(yielded,
                builder.createOrFold<arith::RemUIOp>(loc, place, size));
}

Value FeatureFormula::feature(Value value, Value place, Known &known) {
  if (Value found = known.lookup(value))
    return found;
  if (auto leaf = leaves.find(value); leaf != leaves.end())
    return known[value] = leaf->second(builder, place);
  Operation *op = value.getDefiningOp();
  Value result;
  if (!op) { // a vector parameter
    result = vector::ExtractOp::create(builder, value.getLoc(), value,
                                       OpFoldResult(place));
  } else if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    result = number(broadcast.getSource());
  } else if (auto slice = dyn_cast<vector::ExtractStridedSliceOp>(op)) {
    int64_t offset = cast<IntegerAttr>(slice.getOffsets()[0]).getInt();
    Value moved = builder.createOrFold<arith::AddIOp>(
        op->getLoc(), place, constantIndex(op->getLoc(), offset));
    Known apart;
    result = feature(slice.getSource(), moved, apart);
  } else if (auto concat = dyn_cast<kdsl::ConcatOp>(op)) {
    result = concatFeature(concat, place, known);
  } else if (auto each = dyn_cast<kdsl::EachOp>(op)) {
    result = eachFeature(each, place);
  } else if (auto gather = dyn_cast<kdsl::GatherOp>(op)) {
    result = ktile::GatherOp::create(
        builder, op->getLoc(), kdsl::featureElement(value.getType()),
        gather.getRows(), number(gather.getNumber()), place);
  } else if (DenseElementsAttr elements; matchPattern(op, m_Constant(&elements))) {
    result = elements.isSplat()
                 ? Value(arith::ConstantOp::create(
                       builder, op->getLoc(),
                       cast<TypedAttr>(elements.getSplatValue<Attribute>())))
                 : Value(vector::ExtractOp::create(builder, op->getLoc(), value,
                                                   OpFoldResult(place)));
  } else { // elementwise
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(isa<VectorType>(operand.getType())
                             ? feature(operand, place, known)
                             : number(operand));
    OperationState state(op->getLoc(), op->getName().getStringRef(), operands,
                         kdsl::featureElement(value.getType()),
                         op->getAttrs());
    result = builder.create(state)->getResult(0);
  }
  return known[value] = result;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value FeatureFormula::contract(Location loc, vector::CombiningKind kind,
                               Value vector, Value init,
                               function_ref<Value(Value)> formula) {
  int64_t size = kdsl::featureCount(vector.getType());
  auto op = ktile::ContractOp::create(
      builder, loc, init.getType(),
      vector::CombiningKindAttr::get(builder.getContext(), kind),
      builder.getI64IntegerAttr(size), init);
  OpBuilder::InsertionGuard guard(builder);
  Block &body = op.getBody().emplaceBlock();
  Value place = body.addArgument(builder.getIndexType(), loc);
  builder.setInsertionPointToStart(&body);
  ktile::YieldOp::create(builder, loc, formula(place));
  return op;
}

/// The value that changes nothing under a combining kind.
static Value neutral(OpBuilder &builder, Location loc,
                     vector::CombiningKind kind, Type type) {
  using Kind = vector::CombiningKind;
  double inf = std::numeric_limits<double>::infinity();
  TypedAttr attr;
  if (isa<FloatType>(type)) {
    double value = kind == Kind::MUL        ? 1
                   : kind == Kind::MINIMUMF ? inf
                   : kind == Kind::MAXIMUMF ? -inf
                                            : 0;
    attr = FloatAttr::get(type, value);
  } else {
    unsigned bits = type.getIntOrFloatBitWidth();
    APInt value(bits, kind == Kind::MUL ? 1 : 0);
    if (kind == Kind::MINSI)
      value = APInt::getSignedMaxValue(bits);
    if (kind == Kind::MAXSI)
      value = APInt::getSignedMinValue(bits);
    attr = IntegerAttr::get(type, value);
  }
  return arith::ConstantOp::create(builder, loc, attr);
}

Value FeatureFormula::emitNumber(Operation &op) {
  Location loc = op.getLoc();
  Value result = op.getResult(0);
  Type type = result.getType();
  auto zero = [&] {
    return neutral(builder, loc, vector::CombiningKind::ADD, type);
  };
  auto product = [&](Value a, Value b) -> Value {
    return arith::MulFOp::create(builder, loc, a, b, contractFlag);
  };
  if (auto sqdist = dyn_cast<kdsl::SqDistOp>(op)) {
    numbers[result] = contract(
        loc, vector::CombiningKind::ADD, sqdist.getLhs(), zero(),
        [&](Value d) {
          Known known;
          // Named, because C++ leaves the order open in which arguments are
          // evaluated, and a reader of the module expects lhs before rhs.
          Value lhs = feature(sqdist.getLhs(), d, known);
          Value rhs = feature(sqdist.getRhs(), d, known);
          Value difference =
              arith::SubFOp::create(builder, loc, lhs, rhs, contractFlag);
          return product(difference, difference);
        });
  } else if (auto dot = dyn_cast<kdsl::DotOp>(op)) {
    numbers[result] =
        contract(loc, vector::CombiningKind::ADD, dot.getLhs(), zero(),
                 [&](Value d) {
                   Known known;
                   Value lhs = feature(dot.getLhs(), d, known);
                   Value rhs = feature(dot.getRhs(), d, known);
                   return product(lhs, rhs);
                 });
  } else if (auto fold = dyn_cast<vector::ReductionOp>(op)) {
    numbers[result] = contract(
        loc, fold.getKind(), fold.getVector(),
        neutral(builder, loc, fold.getKind(), type),
        [&](Value d) { return at(fold.getVector(), d); });
  } else if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
    numbers[result] =
        at(extract.getSource(),
           extract.getDynamicPosition().empty()
               ? constantIndex(loc, extract.getStaticPosition().front())
               : number(extract.getDynamicPosition().front()));
  } else if (auto gather = dyn_cast<kdsl::GatherOp>(op)) {
    numbers[result] = ktile::GatherOp::create(
        builder, loc, type, gather.getRows(), number(gather.getNumber()),
        Value());
  } else {
    IRMapping mapping;
    for (Value operand : op.getOperands())
      mapping.map(operand, number(operand));
    numbers[result] = builder.clone(op, mapping)->getResult(0);
  }
  return numbers[result];
}

void FeatureFormula::emitNumbers(Block &body) {
  for (Operation &op : body.without_terminator())
    if (op.getNumResults() == 1 &&
        !isa<VectorType>(op.getResult(0).getType()))
      emitNumber(op);
}

} // namespace kdslc
