//===- Sum.cpp - the sum, blocked and compensated -------------------------===//
//
// |error| <= 16 u sum|t|: the inner accumulator takes at most 32 terms, so it
// errs by at most about 32/4 + 1/2 u of their magnitude (measured worst 8.5);
// the outer level is Kahan's and errs by O(u) at any number of blocks. Up to 16
// blocks may be gathered before that, which adds 16/4 + 1/2 u.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/Kdsl.h"
#include <cmath>

using namespace mlir;

namespace kdsl {

/// Kahan's step h, l += y without rounding to be lost. An infinite or NaN sum
/// has no meaningful remainder, which is then NaN, or infinite where the sum has
/// become so: the remainder is 0 instead, so that inf stays inf.
void addCompensated(Lanes &lanes, Value &high, Value &low, Value term) {
  // The sign of a zero is of no interest: where the term is 0, so is its addition.
  Value y = arith::AddFOp::create(lanes.builder, lanes.loc, term, low,
                                  arith::FastMathFlags::nsz);
  Value sum = lanes.add(high, y);
  Value rest = lanes.sub(y, lanes.sub(sum, high));
  Value zero = lanes.constant(laneElement(term), 0.0);
  Value infinity = lanes.constant(laneElement(term), INFINITY);
  Value isFinite =
      lanes.compare(Lanes::CmpF::OLT, lanes.absolute(rest), infinity);
  low = lanes.select(isFinite, rest, zero);
  high = sum;
}

void mergeCompensated(Lanes &lanes, Value &high, Value &low, Value fromHigh,
                      Value fromLow) {
  low = lanes.add(low, fromLow);
  addCompensated(lanes, high, low, fromHigh);
}

void gatherBlock(Lanes &lanes, Value &inner, Value &low) {
  low = lanes.add(low, inner);
  inner = lanes.constant(laneElement(inner), 0.0);
}

static bool isFloatSum(TypeRange elements) {
  return isa<FloatType>(elements.front());
}

static bool isCount(TypeRange elements) {
  return elements.front().isInteger(1);
}

/// The parts of the state.
static constexpr size_t ofIntegers = 1, ofCount = 2, ofFloats = 3;

std::optional<std::string> SumAttr::checkValues(TypeRange elements) const {
  if (isa<FloatType>(elements.front()) || elements.front().isInteger(1) ||
      elements.front().isInteger(32) || elements.front().isInteger(64))
    return std::nullopt;
  return "a float, i1, i32 or i64";
}

Type SumAttr::getResultElement(StringRef, TypeRange elements) const {
  return isCount(elements) ? IntegerType::get(getContext(), 64)
                           : elements.front();
}

SmallVector<Type> SumAttr::getStateElements(TypeRange elements) const {
  if (isCount(elements))
    return {IntegerType::get(getContext(), 32),
            IntegerType::get(getContext(), 64)};
  return SmallVector<Type>(isFloatSum(elements) ? ofFloats : ofIntegers,
                           elements.front());
}

SmallVector<Value> SumAttr::init(Lanes &lanes, TypeRange elements) const {
  SmallVector<Value> state;
  for (Type part : getStateElements(elements))
    state.push_back(isa<FloatType>(part) ? lanes.constant(part, 0.0)
                                         : lanes.integer(part, 0));
  return state;
}

void SumAttr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                        ArrayRef<RowGroup> groups) const {
  for (unsigned g = 0; g < groups.front().size(); ++g)
    for (auto [state, group] : llvm::zip(states, groups)) {
      const PairValues &pair = group[g];
      Value value = pair.values[0], mask = pair.mask;
      if (laneElement(value).isInteger(1)) {
        mask = mask ? lanes.both(mask, value) : value;
        value = lanes.integer(laneElement(state[0]), 1);
      }
      Value sum = state.size() == ofFloats ? lanes.addContract(state[0], value)
                                           : lanes.addInt(state[0], value);
      state[0] = mask ? lanes.select(mask, sum, state[0]) : sum;
    }
}

bool SumAttr::hasBlocks() const { return true; }

void SumAttr::closeBlock(Lanes &lanes, MutableArrayRef<Value> state) const {
  if (state.size() == ofCount) {
    state[1] = lanes.addInt(state[1], lanes.widenInt(state[0]));
    state[0] = lanes.integer(laneElement(state[0]), 0);
  } else if (state.size() == ofFloats) {
    addCompensated(lanes, state[1], state[2], state[0]);
    state[0] = lanes.constant(laneElement(state[0]), 0.0);
  }
}

bool SumAttr::gathersBlocks() const { return true; }

void SumAttr::gatherBlock(Lanes &lanes, MutableArrayRef<Value> state) const {
  if (state.size() == ofFloats)
    kdsl::gatherBlock(lanes, state[0], state[2]);
  else
    closeBlock(lanes, state);
}

/// The inner accumulator; sums of integers have one part, which is the sum.
bool SumAttr::isOfFolds(TypeRange elements, unsigned part, bool) const {
  return (isFloatSum(elements) || isCount(elements)) && part == 0;
}

void SumAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                    ArrayRef<Value> from) const {
  if (into.size() == ofFloats)
    mergeCompensated(lanes, into[1], into[2], from[1], from[2]);
  else
    into.back() = lanes.addInt(into.back(), from.back());
}

Value SumAttr::finish(Lanes &lanes, ArrayRef<Value> state,
                      StringRef projection) const {
  return state.size() == ofFloats ? lanes.add(state[1], state[2])
                                  : state.back();
}

/// One add a pair, four a block of 32.
double SumAttr::getFoldCost() const { return 1.0 + 4.0 / 32; }

/// Adds the values of groups one by one, `step(state, value)`; what a predicate
/// excludes leaves the state alone.
static void
foldEach(Lanes &lanes, MutableArrayRef<RowState> states,
         ArrayRef<RowGroup> groups,
         function_ref<void(MutableArrayRef<Value>, Value)> step) {
  for (unsigned g = 0; g < groups.front().size(); ++g)
    for (auto [state, group] : llvm::zip(states, groups)) {
      const PairValues &pair = group[g];
      RowState before = state;
      step(state, pair.values[0]);
      if (pair.mask)
        for (auto [now, then] : llvm::zip(state, before))
          now = lanes.select(pair.mask, now, then);
    }
}

//===----------------------------------------------------------------------===//
// accumulate = f64
//===----------------------------------------------------------------------===//

std::optional<std::string> SumF64Attr::checkValues(TypeRange elements) const {
  if (elements.front().isF32())
    return std::nullopt;
  return "f32";
}

SmallVector<Type> SumF64Attr::getStateElements(TypeRange elements) const {
  return {Float64Type::get(getContext())};
}

SmallVector<Value> SumF64Attr::init(Lanes &lanes, TypeRange) const {
  return {lanes.constant(Float64Type::get(getContext()), 0.0)};
}

void SumF64Attr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                           ArrayRef<RowGroup> groups) const {
  foldEach(lanes, states, groups, [&](MutableArrayRef<Value> sum, Value term) {
    sum[0] = lanes.add(sum[0], lanes.widen(term));
  });
}

void SumF64Attr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                       ArrayRef<Value> from) const {
  into[0] = lanes.add(into[0], from[0]);
}

Value SumF64Attr::finish(Lanes &lanes, ArrayRef<Value> state,
                         StringRef projection) const {
  return lanes.narrow(state[0]);
}

/// A conversion, and an add of twice the width.
double SumF64Attr::getFoldCost() const { return 4.0; }

//===----------------------------------------------------------------------===//
// accumulate = compensated
//===----------------------------------------------------------------------===//

std::optional<std::string>
SumCompensatedAttr::checkValues(TypeRange elements) const {
  if (isFloatSum(elements))
    return std::nullopt;
  return "a float";
}

SmallVector<Type>
SumCompensatedAttr::getStateElements(TypeRange elements) const {
  return SmallVector<Type>(2, elements.front());
}

SmallVector<Value> SumCompensatedAttr::init(Lanes &lanes,
                                            TypeRange elements) const {
  return SmallVector<Value>(2, lanes.constant(elements.front(), 0.0));
}

void SumCompensatedAttr::foldGroup(Lanes &lanes,
                                   MutableArrayRef<RowState> states,
                                   ArrayRef<RowGroup> groups) const {
  foldEach(lanes, states, groups, [&](MutableArrayRef<Value> sum, Value term) {
    addCompensated(lanes, sum[0], sum[1], term);
  });
}

void SumCompensatedAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                               ArrayRef<Value> from) const {
  mergeCompensated(lanes, into[0], into[1], from[0], from[1]);
}

Value SumCompensatedAttr::finish(Lanes &lanes, ArrayRef<Value> state,
                                 StringRef projection) const {
  return lanes.add(state[0], state[1]);
}

double SumCompensatedAttr::getFoldCost() const { return 6.0; }

} // namespace kdsl
