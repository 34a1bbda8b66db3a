//===- LogSumExp.cpp - log(sum(exp)) with a lazy maximum ------------------===//
//
// In units of log 2, with t the value: sum = (a + h + l) * 2^m. A group is
// tested as a whole: as long as no t exceeds m by more than `logitHeadroom`, its
// terms are 2^(t - m) and nothing else happens. Otherwise m rises to the floor
// of the group's maximum and the sums are scaled by 2^(m - m'), a power of two
// and therefore exact. Where exp2 is an instruction the terms come first, and
// their sum is tested: what a state has room for is a weight then.
//
// A value of -inf gives the weight 2^-inf = 0 wherever it stands, because m
// starts finite; +inf raises m to the largest finite number and the sum to +inf.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/reductions/Logits.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>

using namespace mlir;
using CmpF = kdsl::Lanes::CmpF;

namespace kdsl {

enum { Max, Room, Inner, High, Low, NumParts };

std::optional<std::string> LogSumExpAttr::checkValues(TypeRange elements) const {
  if (isa<FloatType>(elements.front()))
    return std::nullopt;
  return "a float";
}

SmallVector<Type> LogSumExpAttr::getStateElements(TypeRange elements) const {
  return SmallVector<Type>(NumParts, elements.front());
}

double largestFinite(Type element) {
  return APFloat::getLargest(cast<FloatType>(element).getFloatSemantics())
      .convertToDouble();
}

SmallVector<Value> LogSumExpAttr::init(Lanes &lanes, TypeRange elements) const {
  Type element = elements.front();
  Value zero = lanes.constant(element, 0.0);
  Value never = lanes.constant(element, -INFINITY);
  return {lanes.constant(element, -largestFinite(element)),
          lanes.hasExp2(element) ? zero : never, zero, zero, zero};
}

Value roomOf(Lanes &lanes, Value scale, double room, double none) {
  Type element = laneElement(scale);
  constexpr double large = 0x1p20;
  Value isSmall = lanes.both(
      lanes.compare(CmpF::OLT, scale, lanes.constant(element, large)),
      lanes.compare(CmpF::OGT, scale, lanes.constant(element, -large)));
  return lanes.select(isSmall, lanes.constant(element, room),
                      lanes.constant(element, none));
}

/// Raises m to `to` in the lanes of `mask`.
static void raise(Lanes &lanes, MutableArrayRef<Value> state, Value mask,
                  Value to) {
  Value before = state[Max];
  state[Max] = lanes.select(mask, to, before);
  state[Room] = lanes.hasExp2(laneElement(to))
                    ? roomOf(lanes, state[Max], std::exp2(logitHeadroom), -1)
                    : roomOf(lanes, state[Max]);
  Value scale = lanes.exp2(lanes.sub(before, state[Max]));
  for (int part : {Inner, High, Low})
    state[part] = lanes.mul(state[part], scale);
}

Logits::Logits(Lanes &lanes, ArrayRef<RowGroup> groups, Type element,
               bool base2)
    : lanes(lanes), never(lanes.constant(element, -INFINITY)) {
  Value perNat = lanes.constant(element, M_LOG2E);
  for (const RowGroup &group : groups) {
    SmallVector<Logit> &row = rows.emplace_back();
    for (const PairValues &pair : group) {
      Value t = pair.values[0];
      auto product = t.getDefiningOp<arith::MulFOp>();
      if (!base2)
        row.push_back({t, perNat, pair.mask});
      else if (product && arith::bitEnumContainsAll(
                              product.getFastmath(),
                              arith::FastMathFlags::contract))
        row.push_back({product.getLhs(), product.getRhs(), pair.mask});
      else
        row.push_back({t, Value(), pair.mask});
    }
  }
}

Value Logits::masked(const Logit &logit, Value value) const {
  return logit.mask ? lanes.select(logit.mask, value, never) : value;
}

RowNumbers Logits::above(unsigned r, Value scale) const {
  return llvm::map_to_vector(rows[r], [&](const Logit &t) {
    return masked(t, t.b ? lanes.mulSub(t.a, t.b, scale)
                         : lanes.sub(t.a, scale));
  });
}

RowNumbers Logits::roundedAbove(unsigned r, Value scale) const {
  return llvm::map_to_vector(
      of(r), [&](Value t) { return lanes.sub(t, scale); });
}

RowNumbers Logits::of(unsigned r) const {
  return llvm::map_to_vector(rows[r], [&](const Logit &t) {
    return masked(t, t.b ? lanes.mul(t.a, t.b) : t.a);
  });
}

Value topOf(Lanes &lanes, ArrayRef<Value> numbers) {
  Value top = numbers.front();
  for (Value t : numbers.drop_front())
    top = lanes.maxAny(t, top);
  return top;
}

Value excessOf(Lanes &lanes, ArrayRef<RowNumbers> above,
               ArrayRef<Value> rooms) {
  Value some;
  for (auto [row, room] : llvm::zip(above, rooms)) {
    Value tooLarge = lanes.compare(CmpF::OGT, topOf(lanes, row), room);
    some = some ? lanes.either(some, tooLarge) : tooLarge;
  }
  return some;
}

namespace {
/// One group of pairs for the states of several rows.
class GroupFold {
public:
  GroupFold(Lanes &lanes, MutableArrayRef<RowState> states,
            ArrayRef<RowGroup> groups, bool base2)
      : lanes(lanes), states(states), element(laneElement(states[0][Max])),
        logits(lanes, groups, element, base2),
        groupSize(unsigned(groups.front().size())) {
    for (auto [r, state] : llvm::enumerate(states))
      above.push_back(logits.above(unsigned(r), state[Max]));
  }

  void run() { lanes.hasExp2(element) ? lookAtSums() : lookAtLogits(); }

private:
  /// Raises m to the largest t where that exceeds it by more than `room`.
  void raiseTo(double room);
  Value weigh(RowNumbers &row, Value sum);
  void lookAtLogits();
  void lookAtSums();

  SmallVector<Value *> parts() {
    SmallVector<Value *> all;
    for (RowState &state : states)
      for (Value &part : state)
        all.push_back(&part);
    return all;
  }

  Lanes &lanes;
  MutableArrayRef<RowState> states;
  Type element;
  Logits logits;
  unsigned groupSize;
  SmallVector<RowNumbers> above; ///< t - m
};
} // namespace

void GroupFold::raiseTo(double headroom) {
  Value cap = lanes.constant(element, largestFinite(element));
  Value infinity = lanes.constant(element, INFINITY);
  Value room = lanes.constant(element, headroom);
  for (auto [r, state] : llvm::enumerate(states)) {
    Value top = topOf(lanes, logits.of(unsigned(r)));
    Value tooLarge =
        lanes.compare(CmpF::OGT, top, lanes.add(state[Max], room));
    raise(lanes, state, tooLarge, lanes.minAny(lanes.floor(top), cap));
    // The sum is +inf from here on, or the NaN that it is; its weights are as
    // finite as all others.
    state[Inner] = lanes.select(lanes.compare(CmpF::OEQ, top, infinity),
                                lanes.add(state[Inner], infinity),
                                state[Inner]);
    llvm::copy(logits.roundedAbove(unsigned(r), state[Max]), above[r].begin());
    Value most = lanes.constant(element, logitHeadroom);
    for (Value &number : above[r])
      number = lanes.select(lanes.compare(CmpF::OGT, number, most), most,
                            number);
  }
}

/// `sum`, if there is one, and the weights of a row.
Value GroupFold::weigh(RowNumbers &row, Value sum) {
  for (Value &number : row)
    number = lanes.hasExp2(element) ? lanes.exp2(number)
                                    : lanes.exp2Bounded(number);
  for (Value weight : row)
    sum = sum ? lanes.add(sum, weight) : weight;
  return sum;
}

/// A maximum of the logits says whether one is too large for its weight.
void GroupFold::lookAtLogits() {
  SmallVector<Value *> carried;
  SmallVector<Value> rooms;
  for (auto [state, row] : llvm::zip(states, above)) {
    rooms.push_back(state[Room]);
    for (Value &part : state)
      carried.push_back(&part);
    for (Value &number : row)
      carried.push_back(&number);
  }
  lanes.whereAny(excessOf(lanes, above, rooms), carried,
                 [&] { raiseTo(logitHeadroom); });
  for (auto [state, row] : llvm::zip(states, above))
    state[Inner] = weigh(row, state[Inner]);
}

/// The sum of the weights says it, one comparison a group: at most that many are
/// at most as large.
void GroupFold::lookAtSums() {
  SmallVector<Value> sums;
  Value excess;
  for (auto [state, row] : llvm::zip(states, above)) {
    RowNumbers weights = row;
    sums.push_back(weigh(weights, Value()));
    Value tooLarge = lanes.compare(CmpF::OGT, sums.back(), state[Room]);
    excess = excess ? lanes.either(excess, tooLarge) : tooLarge;
  }
  SmallVector<Value *> carried = parts();
  for (Value &sum : sums)
    carried.push_back(&sum);
  lanes.whereAny(excess, carried, [&] {
    raiseTo(logitHeadroom - 1 - llvm::Log2_32_Ceil(groupSize));
    for (auto [sum, row] : llvm::zip(sums, above))
      sum = weigh(row, Value());
  });
  for (auto [state, sum] : llvm::zip(states, sums))
    state[Inner] = lanes.add(state[Inner], sum);
}

void LogSumExpAttr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                              ArrayRef<RowGroup> groups) const {
  GroupFold(lanes, states, groups, getBase2()).run();
}

bool LogSumExpAttr::hasBlocks() const { return true; }

void LogSumExpAttr::closeBlock(Lanes &lanes,
                               MutableArrayRef<Value> state) const {
  addCompensated(lanes, state[High], state[Low], state[Inner]);
  state[Inner] = lanes.constant(laneElement(state[Inner]), 0.0);
}

bool LogSumExpAttr::gathersBlocks() const { return true; }

void LogSumExpAttr::gatherBlock(Lanes &lanes,
                                MutableArrayRef<Value> state) const {
  kdsl::gatherBlock(lanes, state[Inner], state[Low]);
}

bool LogSumExpAttr::isOfFolds(TypeRange, unsigned part, bool) const {
  return part == Room || part == Inner;
}

void LogSumExpAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                          ArrayRef<Value> from) const {
  Value larger = lanes.compare(CmpF::OGT, from[Max], into[Max]);
  raise(lanes, into, larger, from[Max]);
  Value scale = lanes.exp2(lanes.sub(from[Max], into[Max]));
  mergeCompensated(lanes, into[High], into[Low], lanes.mul(from[High], scale),
                   lanes.mul(from[Low], scale));
}

Value LogSumExpAttr::finish(Lanes &lanes, ArrayRef<Value> state,
                            StringRef projection) const {
  Type element = laneElement(state[Max]);
  Value sum = lanes.add(state[High], state[Low]);
  Value result = lanes.add(lanes.log2(sum), state[Max]);
  // Nothing but weights of zero: m still has its start value.
  Value zero = lanes.constant(element, 0.0);
  Value none = lanes.compare(CmpF::OEQ, sum, zero);
  result = lanes.select(none, lanes.constant(element, -INFINITY), result);
  return lanes.mul(result, lanes.constant(element, M_LN2));
}

/// Subtraction, maximum, sum, and an exp2 of five multiply-adds.
double LogSumExpAttr::getFoldCost() const { return 10.0; }
double LogSumExpAttr::getExponentials() const { return 1.0; }

} // namespace kdsl
