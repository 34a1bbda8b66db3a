//===- Formula.cpp - derivatives of the operations of one formula ---------===//

#include "compiler/plan/derive/Formula.h"
#include "compiler/plan/derive/Features.h"
#include "compiler/plan/derive/Partials.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kdslc {

static unsigned depthOf(Operation *op) {
  unsigned depth = 0;
  while ((op = op->getParentOp()))
    ++depth;
  return depth;
}

SmallVector<Operation *> formulaOf(Value value,
                                   function_ref<bool(Value)> isKnown) {
  llvm::SetVector<Operation *> needed;
  auto add = [&](Value v) {
    Operation *op = v.getDefiningOp();
    if (op && !(isKnown && isKnown(v)))
      needed.insert(op);
  };
  add(value);
  for (unsigned n = 0; n < needed.size(); ++n)
    for (Value operand : needed[n]->getOperands())
      add(operand);
  SmallVector<Operation *> ops = needed.takeVector();
  llvm::sort(ops, [](Operation *a, Operation *b) {
    return a->getBlock() == b->getBlock() ? a->isBeforeInBlock(b)
                                          : depthOf(a) < depthOf(b);
  });
  return ops;
}

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

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

/// The tangents of a body that is repeated for several places.
Value Tangents::throughEach(kdsl::EachOp op) {
  auto made = kdsl::EachOp::create(builder, op.getLoc(),
                                   op.getResult().getType(), op.getCount());
  Block &from = op.getBody().front(), &to = made.getBody().emplaceBlock();
  IRMapping mapping;
  mapping.map(from.getArgument(0),
              to.addArgument(builder.getIndexType(), op.getLoc()));
  OpBuilder inner = OpBuilder::atBlockEnd(&to);
  SmallVector<Operation *> copies;
  for (Operation &own : from.without_terminator())
    copies.push_back(inner.clone(own, mapping));
  Tangents tangents(inner);
  tangents.known = known;
  tangents.propagate(copies);
  failed |= tangents.failed;
  Value value = mapping.lookupOrDefault(op.getYield().getValues().front());
  Value change = tangents.of(value);
  if (!change) {
    made.erase();
    return {};
  }
  kdsl::YieldOp::create(inner, op.getLoc(), change, ValueRange());
  return made.getResult();
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
  if (auto gather = dyn_cast<kdsl::GatherOp>(op))
    return kdsl::GatherOp::create(builder, op->getLoc(), type, tangent(0),
                                  gather.getNumber(), gather.getIndices(),
                                  gather.getAxes());
  if (auto each = dyn_cast<kdsl::EachOp>(op))
    return throughEach(each);
  SmallVector<Value> tangents;
  for (Value operand : op->getOperands())
    tangents.push_back(of(operand));
  if (auto change = tangentOfFeatures(op, tangents, c))
    return *change;
  op->emitOpError("has no derivative");
  failed = true;
  return {};
}

void Tangents::propagate(ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    bool changes = isa<kdsl::EachOp>(op) || // reads from outside
                   llvm::any_of(op->getOperands(), [&](Value operand) {
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
    Value joined = kdsl::ConcatOp::create(
        builder, value.getLoc(),
        VectorType::get(entry.features.size(), element), entry.features);
    entry.sum = c.add(entry.sum, c.shaped(joined, value.getType()));
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

/// A condition that is one for all features, as a number; else null.
static Value uniform(Value active) {
  if (!active || !isa<VectorType>(active.getType()))
    return active;
  auto broadcast = active.getDefiningOp<vector::BroadcastOp>();
  return broadcast ? broadcast.getSource() : Value();
}

bool Cotangents::throughFeatures(Operation *op, Value y, Value active) {
  Calculator c(builder, op->getLoc());
  auto given = cotangentsOfFeatures(
      op, y,
      [&](unsigned operand) { return varied.contains(op->getOperand(operand)); },
      c);
  if (!given)
    return false;
  active = uniform(active);
  bool hasFactors =
      isa<kdsl::DotOp, kdsl::SqDistOp, kdsl::MatMulOp, vector::ReductionOp>(op);
  for (Given &to : *given) {
    if (active && hasFactors) // which may be NaN elsewhere
      to.cotangent = c.select(active, to.cotangent, Value());
    if (to.feature < 0)
      add(op->getOperand(to.operand), to.cotangent, active);
    else
      addFeature(op->getOperand(to.operand), to.feature, to.cotangent, active);
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
    if (!throughFeatures(op, y, active)) {
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
