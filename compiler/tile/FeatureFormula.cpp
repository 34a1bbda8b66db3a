//===- FeatureFormula.cpp - vector formulas, one feature at a time --------===//

#include "compiler/tile/FeatureFormula.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kdslc {

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

/// Feature `place`, row by row, of a vector or matrix that is a value as a whole:
/// of a parameter, or of a constant.
Value FeatureFormula::wholeFeature(Value vector, Value place) {
  Location loc = vector.getLoc();
  auto type = cast<VectorType>(vector.getType());
  DenseElementsAttr elements;
  if (type.getRank() > 1) {
    auto flat = VectorType::get(type.getNumElements(), type.getElementType());
    if (matchPattern(vector, m_Constant(&elements)))
      vector = arith::ConstantOp::create(builder, loc, elements.reshape(flat));
    else
      vector = vector::ShapeCastOp::create(builder, loc, flat, vector);
  }
  return vector::ExtractOp::create(builder, loc, vector, OpFoldResult(place));
}

template <typename Op> Value FeatureFormula::arithmetic(Value a, int64_t b) {
  return builder.createOrFold<Op>(a.getLoc(), a, constantIndex(a.getLoc(), b));
}

/// The places of a result are counted row by row; so are those of the source.
Value FeatureFormula::pickFeature(kdsl::PickOp op, Value place) {
  ArrayRef<int64_t> to = op.getType().getShape();
  SmallVector<Value> places{place};
  if (to.size() == 2)
    places = {arithmetic<arith::DivUIOp>(place, to[1]),
              arithmetic<arith::RemUIOp>(place, to[1])};
  Location loc = op.getLoc();
  Value result;
  for (auto [subscript, size] : llvm::zip(
           op.getMap().getResults(), op.getSource().getType().getShape())) {
    Value at;
    if (auto number = dyn_cast<AffineConstantExpr>(subscript)) {
      at = constantIndex(loc, number.getValue());
    } else if (auto dim = dyn_cast<AffineDimExpr>(subscript)) {
      at = places[dim.getPosition()];
    } else {
      auto sum = cast<AffineBinaryOpExpr>(subscript);
      at = arithmetic<arith::AddIOp>(
          places[cast<AffineDimExpr>(sum.getLHS()).getPosition()],
          cast<AffineConstantExpr>(sum.getRHS()).getValue());
    }
    if (result)
      result = builder.createOrFold<arith::AddIOp>(
          loc, arithmetic<arith::MulIOp>(result, size), at);
    else
      result = at;
  }
  Known apart; // another place than the one that is asked for
  return feature(op.getSource(), result, apart);
}

/// Feature (r, c) of a product: row r against column c.
Value FeatureFormula::productFeature(kdsl::MatMulOp op, Value place) {
  VectorType lhs = op.getLhs().getType(), rhs = op.getRhs().getType();
  int64_t inner = rhs.getShape().front();
  int64_t columns = rhs.getRank() == 2 ? rhs.getShape()[1] : 1;
  Value row = lhs.getRank() == 2
                  ? arithmetic<arith::DivUIOp>(place, columns)
                  : constantIndex(op.getLoc(), 0);
  Value column = arithmetic<arith::RemUIOp>(place, columns);
  Location loc = op.getLoc();
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(lhs.getElementType()));
  return sumOfProducts(loc, zero, inner, [&](Value k) {
    Value left = builder.createOrFold<arith::AddIOp>(
        loc, arithmetic<arith::MulIOp>(row, inner), k);
    Value right = builder.createOrFold<arith::AddIOp>(
        loc, arithmetic<arith::MulIOp>(k, columns), column);
    Known ofLhs, ofRhs;
    Value a = feature(op.getLhs(), left, ofLhs);
    return std::make_pair(a, feature(op.getRhs(), right, ofRhs));
  });
}

/// What a label that is no place gives.
static Value nothing(OpBuilder &builder, Location loc, Type type) {
  TypedAttr attr;
  if (auto real = dyn_cast<FloatType>(type))
    attr = FloatAttr::get(type, APFloat::getNaN(real.getFloatSemantics()));
  else
    attr = IntegerAttr::get(type, type.isInteger(1) ? 0 : -1);
  return arith::ConstantOp::create(builder, loc, attr);
}

/// Without a place: the number of a row of numbers.
Value FeatureFormula::gatherFeature(kdsl::GatherOp op, Value place) {
  SmallVector<Value> indices;
  for (Value index : op.getIndices())
    indices.push_back(number(index));
  return ktile::GatherOp::create(builder, op.getLoc(),
                                 kdsl::featureElement(op.getType()),
                                 op.getRows(), number(op.getNumber()), indices,
                                 place, op.getAxes());
}

/// A table that lies in memory is read at the label, or at its nearest end, so
/// that the address is one of the table whatever the label is. Of a table that
/// is computed the places are compared with the label.
Value FeatureFormula::lookupFeature(kdsl::LookupOp op, Value place) {
  Location loc = op.getLoc();
  Value table = op.getTable();
  auto type = cast<VectorType>(table.getType());
  int64_t labels = type.getShape()[0], width = type.getNumElements() / labels;
  Type element = type.getElementType();
  Value label = builder.createOrFold<arith::IndexCastOp>(
      loc, builder.getIndexType(), number(op.getLabel()));
  auto flatten = [&](Value row) {
    Value first = arithmetic<arith::MulIOp>(row, width);
    return place ? builder.createOrFold<arith::AddIOp>(loc, first, place)
                 : first;
  };
  Value found;
  bool isWhole = !leaves.count(table) &&
                 (!table.getDefiningOp() || matchPattern(table, m_Constant()));
  if (isWhole) {
    Value inside = arithmetic<arith::MaxSIOp>(label, 0);
    inside = arithmetic<arith::MinSIOp>(inside, labels - 1);
    found = wholeFeature(table, flatten(inside));
  } else {
    // -0 changes no number that it is added to.
    bool isBool = element.isInteger(1);
    TypedAttr none = isa<FloatType>(element)
                         ? TypedAttr(FloatAttr::get(element, -0.0))
                         : TypedAttr(IntegerAttr::get(element, 0));
    Value rest = arith::ConstantOp::create(builder, loc, none);
    auto kind = isBool ? vector::CombiningKind::OR : vector::CombiningKind::ADD;
    found = contract(loc, kind, labels, rest, [&](Value row) {
      Known known;
      Value own = feature(table, flatten(row), known);
      Value here = arith::CmpIOp::create(builder, loc,
                                         arith::CmpIPredicate::eq, row, label);
      return arith::SelectOp::create(builder, loc, here, own, rest);
    });
  }
  // One comparison: negative labels are large numbers.
  Value isPlace = arith::CmpIOp::create(builder, loc,
                                        arith::CmpIPredicate::ult, label,
                                        constantIndex(loc, labels));
  return arith::SelectOp::create(builder, loc, isPlace, found,
                                 nothing(builder, loc, element));
}

Value FeatureFormula::feature(Value value, Value place, Known &known) {
  if (Value found = known.lookup(value))
    return found;
  if (auto leaf = leaves.find(value); leaf != leaves.end())
    return known[value] = leaf->second(builder, place);
  Operation *op = value.getDefiningOp();
  Value result;
  if (!op) { // a vector parameter
    result = wholeFeature(value, place);
  } else if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    assert(!isa<VectorType>(broadcast.getSourceType()));
    result = number(broadcast.getSource());
  } else if (auto pick = dyn_cast<kdsl::PickOp>(op)) {
    result = pickFeature(pick, place);
  } else if (auto concat = dyn_cast<kdsl::ConcatOp>(op)) {
    result = concatFeature(concat, place, known);
  } else if (auto product = dyn_cast<kdsl::MatMulOp>(op)) {
    result = productFeature(product, place);
  } else if (auto lookup = dyn_cast<kdsl::LookupOp>(op)) {
    result = lookupFeature(lookup, place);
  } else if (auto shaped = dyn_cast<vector::ShapeCastOp>(op)) {
    result = feature(shaped.getSource(), place, known); // row by row in both
  } else if (auto each = dyn_cast<kdsl::EachOp>(op)) {
    result = eachFeature(each, place);
  } else if (auto gather = dyn_cast<kdsl::GatherOp>(op)) {
    result = gatherFeature(gather, place);
  } else if (isa<vector::StepOp>(op)) {
    result = place;
  } else if (DenseElementsAttr elements;
             matchPattern(op, m_Constant(&elements))) {
    result = elements.isSplat()
                 ? Value(arith::ConstantOp::create(
                       builder, op->getLoc(),
                       cast<TypedAttr>(elements.getSplatValue<Attribute>())))
                 : wholeFeature(value, place);
  } else { // elementwise
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(isa<VectorType>(operand.getType())
                             ? feature(operand, place, known)
                             : number(operand));
    OperationState state(op->getLoc(), op->getName().getStringRef(), operands,
                         kdsl::featureElement(value.getType()),
                         op->getAttrs());
    if (exact)
      state.attributes.erase("fastmath");
    result = builder.create(state)->getResult(0);
  }
  return known[value] = result;
}

} // namespace kdslc
