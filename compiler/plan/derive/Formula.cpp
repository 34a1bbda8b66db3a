//===- Formula.cpp - derivatives of the operations of one formula ---------===//

#include "compiler/plan/derive/Formula.h"
#include "compiler/plan/derive/Partials.h"

using namespace mlir;

namespace kdslc {

bool isReal(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value.getType()));
}

void grow(Varied &varied, ArrayRef<Operation *> ops) {
  for (Operation *op : ops)
    if (llvm::any_of(op->getOperands(),
                     [&](Value operand) { return varied.contains(operand); }))
      for (Value result : op->getResults())
        if (isReal(result))
          varied.insert(result);
}

/// The products of all features but each one.
static SmallVector<Value> otherFeatures(Value vector, Calculator &c) {
  int64_t n = kdsl::featureCount(vector.getType());
  SmallVector<Value> features, others(n);
  for (int64_t k = 0; k < n; ++k)
    features.push_back(c.feature(vector, k));
  Value before, after;
  for (int64_t k = 0; k < n; ++k) {
    others[k] = before;
    before = before ? c.mul(before, features[k]) : features[k];
  }
  for (int64_t k = n; k-- > 0;) {
    others[k] = others[k] && after ? c.mul(others[k], after)
                : after            ? after
                                   : others[k];
    after = after ? c.mul(after, features[k]) : features[k];
  }
  if (n == 1)
    others[0] = c.constant(features[0].getType(), 1);
  return others;
}

/// For each feature whether it is the first that equals the extreme.
static SmallVector<Value> firstAt(Value vector, Value extreme, Calculator &c) {
  int64_t n = kdsl::featureCount(vector.getType());
  SmallVector<Value> result;
  Value found;
  for (int64_t k = 0; k < n; ++k) {
    Value here =
        c.compare(arith::CmpFPredicate::OEQ, c.feature(vector, k), extreme);
    result.push_back(found ? c.both(here, c.no(found)) : here);
    found = found ? c.either(found, here) : here;
  }
  return result;
}

static Value sumOfFeatures(Value vector, Calculator &c) {
  return vector ? Value(vector::ReductionOp::create(
                      c.builder, c.loc, vector::CombiningKind::ADD, vector,
                      arith::FastMathFlags::contract))
                : vector;
}

static Value dot(Value a, Value b, Calculator &c) {
  return a && b ? Value(kdsl::DotOp::create(c.builder, c.loc, a, b)) : Value();
}

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

/// The change of what folds the features of a vector.
static Value tangentOfFold(vector::ReductionOp op, Value tangent,
                           Calculator &c) {
  using Kind = vector::CombiningKind;
  Value vector = op.getVector(), sum;
  int64_t n = kdsl::featureCount(vector.getType());
  switch (op.getKind()) {
  case Kind::ADD:
    return sumOfFeatures(tangent, c);
  case Kind::MUL:
    for (auto [k, others] : llvm::enumerate(otherFeatures(vector, c)))
      sum = c.add(sum, c.mul(c.feature(tangent, k), others));
    return sum;
  default:
    SmallVector<Value> first = firstAt(vector, op.getResult(), c);
    for (int64_t k = 0; k < n; ++k)
      sum = c.add(sum, c.select(first[k], c.feature(tangent, k), Value()));
    return sum;
  }
}

Value Tangents::through(Operation *op) {
  Calculator c(builder, op->getLoc());
  Type type = op->getResult(0).getType();
  auto tangent = [&](unsigned k) { return of(op->getOperand(k)); };
  if (auto choice = choiceOf(op, c))
    return c.select(choice->condition, tangent(choice->first),
                    tangent(choice->second));
  if (auto factors = partials(op, c)) {
    Value sum;
    for (const Partial &partial : *factors) {
      Value change = tangent(partial.operand);
      sum = partial.minus && !partial.factor
                ? (change ? c.sub(sum, change) : sum)
                : c.add(sum, partial.times(change, c));
    }
    return sum;
  }
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return c.toReal(tangent(0), type);
  if (isa<vector::BroadcastOp>(op))
    return c.spread(tangent(0), type);
  if (isa<vector::ExtractOp, kdsl::PickOp>(op)) {
    IRMapping mapping;
    mapping.map(op->getOperand(0), tangent(0));
    return builder.clone(*op, mapping)->getResult(0);
  }
  if (auto concat = dyn_cast<kdsl::ConcatOp>(op)) {
    SmallVector<Value> parts;
    for (auto [k, part] : llvm::enumerate(concat.getParts()))
      parts.push_back(c.orZero(tangent(k), part.getType()));
    return kdsl::ConcatOp::create(builder, op->getLoc(), type, parts);
  }
  if (auto fold = dyn_cast<vector::ReductionOp>(op))
    return tangentOfFold(fold, tangent(0), c);
  if (isa<kdsl::SqDistOp>(op)) {
    Value apart = c.sub(op->getOperand(0), op->getOperand(1));
    Value half = dot(apart, c.sub(tangent(0), tangent(1)), c);
    return c.add(half, half);
  }
  if (isa<kdsl::DotOp>(op)) {
    Value left = dot(tangent(0), op->getOperand(1), c);
    if (op->getOperand(0) == op->getOperand(1))
      return c.add(left, left);
    return c.add(left, dot(op->getOperand(0), tangent(1), c));
  }
  op->emitOpError("has no derivative");
  failed = true;
  return {};
}

void Tangents::propagate(ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    bool changes = llvm::any_of(op->getOperands(), [&](Value operand) {
      return bool(known.lookup(operand));
    });
    if (changes && op->getNumResults() == 1 && isReal(op->getResult(0)))
      if (Value tangent = through(op))
        known[op->getResult(0)] = tangent;
  }
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

/// A condition in the shape of a value; null, which is "everywhere", where the
/// condition of several features would have to be one.
static Value shapedLike(Value active, Value value, Calculator &c) {
  if (!active)
    return active;
  auto vector = dyn_cast<VectorType>(value.getType());
  bool isVector = isa<VectorType>(active.getType());
  if (vector)
    return isVector && cast<VectorType>(active.getType()).getNumElements() !=
                           vector.getNumElements()
               ? Value()
               : c.spread(active, vector.clone(c.builder.getI1Type()));
  if (auto broadcast = active.getDefiningOp<vector::BroadcastOp>())
    return broadcast.getSource();
  return isVector ? Value() : active;
}

void Cotangents::note(Entry &entry, Value value, Value active) {
  Calculator c(builder, value.getLoc());
  active = shapedLike(active, value, c);
  if (!entry.seen)
    entry.active = active;
  else
    entry.active =
        entry.active && active ? c.either(entry.active, active) : Value();
  entry.seen = true;
}

void Cotangents::add(Value value, Value cotangent, Value active) {
  if (!cotangent || !varied.contains(value))
    return;
  Entry &entry = entries[value];
  note(entry, value, active);
  entry.sum = Calculator(builder, value.getLoc()).add(entry.sum, cotangent);
}

void Cotangents::addFeature(Value vector, int64_t at, Value cotangent,
                            Value active) {
  if (!cotangent || !varied.contains(vector))
    return;
  Entry &entry = entries[vector];
  note(entry, vector, active);
  entry.features.resize(kdsl::featureCount(vector.getType()));
  Value &feature = entry.features[at];
  feature = Calculator(builder, vector.getLoc()).add(feature, cotangent);
}

Value Cotangents::of(Value value) {
  auto found = entries.find(value);
  if (found == entries.end())
    return {};
  Entry &entry = found->second;
  if (!entry.features.empty()) {
    Calculator c(builder, value.getLoc());
    Type element = kdsl::featureElement(value.getType());
    for (Value &feature : entry.features)
      feature = c.orZero(feature, element);
    Value joined = kdsl::ConcatOp::create(builder, value.getLoc(),
                                          value.getType(), entry.features);
    entry.sum = c.add(entry.sum, joined);
    entry.features.clear();
  }
  return entry.sum;
}

bool Cotangents::throughChoice(Operation *op, Value y, Value active) {
  Calculator c(builder, op->getLoc());
  auto choice = choiceOf(op, c);
  if (!choice)
    return false;
  Value condition = choice->condition;
  if (auto vector = dyn_cast<VectorType>(op->getResult(0).getType()))
    condition = c.spread(condition, vector.clone(builder.getI1Type()));
  auto to = [&](unsigned operand, Value taken, Value other) {
    if (!varied.contains(op->getOperand(operand)))
      return;
    Value cotangent = other ? c.select(condition, Value(), y)
                            : c.select(condition, y, Value());
    Value here = other ? c.no(taken) : taken;
    add(op->getOperand(operand), cotangent,
        active ? c.both(active, here) : here);
  };
  to(choice->first, condition, Value());
  to(choice->second, condition, condition);
  return true;
}

/// The map of a slice of a vector.
static AffineMap sliceFrom(int64_t begin, MLIRContext *context) {
  return AffineMap::get(1, 0, getAffineDimExpr(0, context) + begin);
}

/// Where a slice of a vector begins; nothing of what is picked otherwise.
static std::optional<int64_t> beginOfSlice(kdsl::PickOp pick) {
  AffineMap map = pick.getMap();
  if (map.getNumDims() != 1 || map.getNumResults() != 1)
    return std::nullopt;
  if (isa<AffineDimExpr>(map.getResult(0)))
    return 0;
  auto sum = dyn_cast<AffineBinaryOpExpr>(map.getResult(0));
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  auto begin = dyn_cast<AffineConstantExpr>(sum.getRHS());
  return begin ? std::optional(begin.getValue()) : std::nullopt;
}

bool Cotangents::throughVectors(Operation *op, Value y, Value active) {
  Calculator c(builder, op->getLoc());
  Value x = op->getOperand(0);
  if (isa<vector::BroadcastOp>(op)) {
    add(x, isa<VectorType>(x.getType()) ? y : sumOfFeatures(y, c), active);
  } else if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
    addFeature(x, extract.getStaticPosition().front(), y, active);
  } else if (auto pick = dyn_cast<kdsl::PickOp>(op)) {
    std::optional<int64_t> first = beginOfSlice(pick);
    if (!first)
      return false;
    int64_t begin = *first;
    int64_t count = kdsl::featureCount(y.getType());
    int64_t rest = kdsl::featureCount(x.getType()) - begin - count;
    Type element = kdsl::featureElement(x.getType());
    SmallVector<Value> parts;
    if (begin)
      parts.push_back(c.constant(VectorType::get(begin, element), 0));
    parts.push_back(y);
    if (rest)
      parts.push_back(c.constant(VectorType::get(rest, element), 0));
    add(x, kdsl::ConcatOp::create(builder, op->getLoc(), x.getType(), parts),
        Value());
  } else if (auto concat = dyn_cast<kdsl::ConcatOp>(op)) {
    int64_t begin = 0;
    for (Value part : concat.getParts()) {
      int64_t count = kdsl::featureCount(part.getType());
      if (varied.contains(part))
        add(part, isa<VectorType>(part.getType())
                      ? Value(kdsl::PickOp::create(
                            builder, op->getLoc(), part.getType(), y,
                            sliceFrom(begin, builder.getContext())))
                      : c.feature(y, begin));
      begin += count;
    }
  } else if (auto fold = dyn_cast<vector::ReductionOp>(op)) {
    using Kind = vector::CombiningKind;
    if (fold.getKind() == Kind::ADD) {
      add(x, c.spread(y, x.getType()), active);
    } else if (fold.getKind() == Kind::MUL) {
      for (auto [k, others] : llvm::enumerate(otherFeatures(x, c)))
        addFeature(x, k, c.mul(y, others), active);
    } else {
      for (auto [k, first] : llvm::enumerate(firstAt(x, op->getResult(0), c)))
        addFeature(x, k, c.select(first, y, Value()), active);
    }
  } else if (isa<kdsl::SqDistOp>(op)) {
    // Each difference from its own side: a body with i and j exchanged then
    // has the same ones.
    Value other = op->getOperand(1);
    Value twice = c.spread(c.add(y, y), x.getType());
    if (varied.contains(x))
      add(x, c.mul(twice, c.sub(x, other)), active);
    if (varied.contains(other))
      add(other, c.mul(twice, c.sub(other, x)), active);
  } else if (isa<kdsl::DotOp>(op)) {
    Value other = op->getOperand(1);
    bool isSquare = x == other;
    Value factor = c.spread(isSquare ? c.add(y, y) : y, x.getType());
    if (varied.contains(x))
      add(x, c.mul(factor, other), active);
    if (!isSquare && varied.contains(other))
      add(other, c.mul(factor, x), active);
  } else {
    return false;
  }
  return true;
}

void Cotangents::through(Operation *op) {
  Value result = op->getResult(0), y = of(result);
  if (!y)
    return;
  Value active = entries[result].active;
  Calculator c(builder, op->getLoc());
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    // f16 and bf16 are storage: what they get stays wide until it is written.
    Type type = op->getOperand(0).getType();
    bool isStored = kdsl::featureElement(type).getIntOrFloatBitWidth() < 32;
    return add(op->getOperand(0), isStored ? y : c.toReal(y, type), active);
  }
  if (throughChoice(op, y, active))
    return;
  auto factors = partials(op, c);
  if (!factors) {
    if (!throughVectors(op, y, active)) {
      op->emitOpError("has no derivative");
      failed = true;
    }
    return;
  }
  for (Partial &partial : *factors) {
    Value operand = op->getOperand(partial.operand), &factor = partial.factor;
    if (!varied.contains(operand))
      continue;
    bool isConstant = factor && factor.getDefiningOp<arith::ConstantOp>();
    if (factor && active && !isConstant)
      factor = c.select(active, factor, Value());
    add(operand, partial.times(y, c), active);
  }
}

void Cotangents::propagate(ArrayRef<Operation *> ops) {
  for (Operation *op : llvm::reverse(ops))
    if (op->getNumResults() == 1 && varied.contains(op->getResult(0)))
      through(op);
}

} // namespace kdslc
