//===- FormulaNumbers.cpp - vector formulas: the numbers that they give ---===//

#include "compiler/tile/FeatureFormula.h"
#include <limits>

using namespace mlir;

namespace kdslc {

static constexpr auto contractFlag = arith::FastMathFlags::contract;

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

/// An inner product that is of use in this sum only, whose terms may come in
/// any order: it starts from the other term.
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
