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

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value FeatureFormula::contract(Location loc, vector::CombiningKind kind,
                               int64_t size, Value init,
                               function_ref<Value(Value)> formula) {
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

Value FeatureFormula::sumOfProducts(
    Location loc, Value init, int64_t size,
    function_ref<std::pair<Value, Value>(Value)> pair) {
  return contract(loc, vector::CombiningKind::ADD, size, init, [&](Value d) {
    auto [a, b] = pair(d);
    return Value(arith::MulFOp::create(
        builder, loc, a, b, exact ? arith::FastMathFlags::none : contractFlag));
  });
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
    if (kind == Kind::AND)
      value = APInt::getAllOnes(bits);
    attr = IntegerAttr::get(type, value);
  }
  return arith::ConstantOp::create(builder, loc, attr);
}

/// The first feature that is the best one, or NaN. Features are computed once
/// more to be compared with the best, exactly as before.
Value FeatureFormula::placeOfBest(kdsl::PlaceOp op) {
  using Kind = vector::CombiningKind;
  Location loc = op.getLoc();
  Value v = op.getFeatures();
  Type element = kdsl::featureElement(v.getType());
  int64_t size = kdsl::featureCount(v.getType());
  bool isReal = isa<FloatType>(element), largest = op.getLargest();
  Kind kind = isReal    ? (largest ? Kind::MAXIMUMF : Kind::MINIMUMF)
              : largest ? Kind::MAXSI
                        : Kind::MINSI;
  exact = true;
  Value best = contract(loc, kind, size, neutral(builder, loc, kind, element),
                        [&](Value d) { return at(v, d); });
  Value last = constantIndex(loc, size - 1);
  Value place = contract(loc, Kind::MINSI, size, last, [&](Value d) -> Value {
    Value own = at(v, d);
    Value here;
    if (isReal) { // a NaN is the best if there is one
      Value isBest = arith::CmpFOp::create(
          builder, loc, arith::CmpFPredicate::OEQ, own, best);
      Value isNan = arith::CmpFOp::create(builder, loc,
                                          arith::CmpFPredicate::UNO, own, own);
      here = arith::OrIOp::create(builder, loc, isBest, isNan);
    } else {
      here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, own,
                                   best);
    }
    return arith::SelectOp::create(builder, loc, here, d, last);
  });
  exact = false;
  return arith::IndexCastOp::create(builder, loc, op.getType(), place);
}

Value FeatureFormula::innerProduct(kdsl::DotOp dot, Value init) {
  return sumOfProducts(dot.getLoc(), init,
                       kdsl::featureCount(dot.getLhs().getType()),
                       [&](Value d) {
                         Known known;
                         Value lhs = feature(dot.getLhs(), d, known);
                         Value rhs = feature(dot.getRhs(), d, known);
                         return std::make_pair(lhs, rhs);
                       });
}

/// An inner product that is of use in this sum only, whose terms may come in any
/// order: it starts from the other term.
static kdsl::DotOp dotInSum(Operation &op) {
  auto sum = dyn_cast<arith::AddFOp>(op);
  if (sum && arith::bitEnumContainsAll(sum.getFastmath(),
                                       arith::FastMathFlags::reassoc))
    for (Value operand : sum->getOperands())
      if (auto dot = operand.getDefiningOp<kdsl::DotOp>();
          dot && dot->hasOneUse())
        return dot;
  return {};
}

Value FeatureFormula::emitNumber(Operation &op) {
  Location loc = op.getLoc();
  Value result = op.getResult(0);
  Type type = result.getType();
  auto zero = [&] {
    return neutral(builder, loc, vector::CombiningKind::ADD, type);
  };
  if (auto sqdist = dyn_cast<kdsl::SqDistOp>(op)) {
    numbers[result] = sumOfProducts(
        loc, zero(), kdsl::featureCount(sqdist.getLhs().getType()),
        [&](Value d) {
          Known known;
          // Named, because C++ leaves the order open in which arguments are
          // evaluated, and a reader of the module expects lhs before rhs.
          Value lhs = feature(sqdist.getLhs(), d, known);
          Value rhs = feature(sqdist.getRhs(), d, known);
          Value difference =
              arith::SubFOp::create(builder, loc, lhs, rhs, contractFlag);
          return std::make_pair(difference, difference);
        });
  } else if (auto dot = dyn_cast<kdsl::DotOp>(op)) {
    numbers[result] = innerProduct(dot, zero());
  } else if (kdsl::DotOp dot = dotInSum(op)) {
    Value start = op.getOperand(op.getOperand(0) == dot.getResult() ? 1 : 0);
    numbers[result] = innerProduct(dot, number(start));
  } else if (auto fold = dyn_cast<vector::ReductionOp>(op)) {
    numbers[result] = contract(
        loc, fold.getKind(), kdsl::featureCount(fold.getVector().getType()),
        neutral(builder, loc, fold.getKind(), type),
        [&](Value d) { return at(fold.getVector(), d); });
  } else if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
    Value place;
    if (extract.getDynamicPosition().empty()) {
      int64_t flat = 0;
      for (auto [position, size] :
           llvm::zip(extract.getStaticPosition(),
                     extract.getSourceVectorType().getShape()))
        flat = flat * size + position;
      place = constantIndex(loc, flat);
    } else {
      place = number(extract.getDynamicPosition().front());
    }
    numbers[result] = at(extract.getSource(), place);
  } else if (auto gather = dyn_cast<kdsl::GatherOp>(op)) {
    numbers[result] = gatherFeature(gather, Value());
  } else if (auto place = dyn_cast<kdsl::PlaceOp>(op)) {
    numbers[result] = placeOfBest(place);
  } else if (auto lookup = dyn_cast<kdsl::LookupOp>(op)) {
    numbers[result] = lookupFeature(lookup, Value());
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
    if (isa<kdsl::DotOp>(op) && op.hasOneUse() &&
        dotInSum(**op.user_begin()) == &op)
      continue; // with the sum
    else if (op.getNumResults() == 1 &&
        !isa<VectorType>(op.getResult(0).getType()))
      emitNumber(op);
}

} // namespace kdslc
