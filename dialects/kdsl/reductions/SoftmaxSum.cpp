//===- SoftmaxSum.cpp - sums weighted by exp(logit) -----------------------===//
//
// As in logsumexp, m lags behind the largest logit and rises by whole numbers,
// so that rescaling rounds nothing; it rarely happens, and only then are the
// components touched for anything but a multiply-add per pair. Unlike there, m
// may rise to +inf: the one logit of +inf then weighs 1 and the others nothing.
//
// 2^(t - m) g is NaN where a weight of 0 meets an infinite g, and where t and m
// are both +inf. A group in which that may happen, or of which a predicate
// excludes pairs, is folded pair by pair under a mask.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/reductions/Logits.h"
#include <cmath>

using namespace mlir;
using CmpF = kdsl::Lanes::CmpF;

namespace kdsl {

namespace {

/// Shared parts: the scale m, its room, and the sum of weights as a block and a
/// compensated sum. Parts of a component: the same sum of weighted values.
enum { Max, Room, Total, TotalHigh, TotalLow, NumShared };
enum { Inner, High, Low, NumParts };

using Weights = SmallVector<RowNumbers>; ///< of each row's pairs

class Softmax {
public:
  Softmax(Lanes &lanes, MutableArrayRef<RowState> shared,
          Components &components)
      : lanes(lanes), shared(shared), components(components),
        element(laneElement(shared[0][Max])), zero(constant(0)),
        one(constant(1)), infinity(constant(INFINITY)) {}

  void fold(ArrayRef<RowGroup> groups, bool base2);
  void merge(ArrayRef<RowState> from, OtherComponent other);

private:
  Value constant(double value) { return lanes.constant(element, value); }
  Value isInfinite(Value m) { return lanes.compare(CmpF::OEQ, m, infinity); }
  Value scaleOf(Value from, Value to);
  Value scaled(Value part, Value scale, Value to, Value nothing);
  Value scaled(Value part, Value scale, Value to) {
    return scaled(part, scale, to, zero);
  }
  void raise(const Logits &logits, Weights &above);
  void addUp(const Weights &weights, const Weights &alive);
  Weights corrected(const Logits &logits, const Weights &weights);

  /// The shared parts, for branches to carry.
  SmallVector<Value *> carried() {
    SmallVector<Value *> all;
    for (RowState &row : shared)
      for (Value &part : row)
        all.push_back(&part);
    return all;
  }

  Lanes &lanes;
  MutableArrayRef<RowState> shared;
  Components &components;
  Type element;
  Value zero, one, infinity;
};

/// 2^(from - to), a power of two; 1 also between two infinities.
Value Softmax::scaleOf(Value from, Value to) {
  Value scale = lanes.exp2(lanes.sub(from, to));
  return lanes.select(lanes.compare(CmpF::OEQ, from, to), one, scale);
}

/// A part of a component after m has risen to `to`. Beside a logit of +inf no
/// other value counts, not even a NaN; but the totals keep that of a logit.
/// \param nothing  what is left of a part that does not count.
Value Softmax::scaled(Value part, Value scale, Value to, Value nothing) {
  Value gone = lanes.both(isInfinite(to),
                          lanes.compare(CmpF::OEQ, scale, zero));
  return lanes.select(gone, nothing, lanes.mul(part, scale));
}

/// Raises m where a logit exceeds it by too much.
void Softmax::raise(const Logits &logits, Weights &above) {
  SmallVector<Value> rooms;
  for (RowState &row : shared)
    rooms.push_back(row[Room]);
  SmallVector<Value *> all = carried();
  for (RowNumbers &row : above)
    for (Value &number : row)
      all.push_back(&number);
  components.whereAny(excessOf(lanes, above, rooms), all, [&] {
    SmallVector<Value> scales;
    for (auto [r, row] : llvm::enumerate(shared)) {
      Value top = topOf(lanes, logits.of(unsigned(r)));
      Value tooLarge = lanes.compare(
          CmpF::OGT, top, lanes.add(row[Max], constant(logitHeadroom)));
      Value to = lanes.select(tooLarge, lanes.floor(top), row[Max]);
      scales.push_back(scaleOf(row[Max], to));
      row[Max] = to;
      row[Room] = roomOf(lanes, to);
      for (int part : {Total, TotalHigh, TotalLow})
        row[part] = lanes.mul(row[part], scales.back());
      llvm::copy(logits.roundedAbove(unsigned(r), to), above[r].begin());
    }
    components.forEach({}, [&](Value, MutableArrayRef<RowState> parts) {
      for (auto [row, state, scale] : llvm::zip(parts, shared, scales))
        for (Value &part : row)
          part = scaled(part, scale, state[Max]);
    });
    if (components.collects())
      components.changeCollected([&](unsigned r, Value weight) {
        return scaled(weight, scales[r], shared[r][Max], constant(-0.0));
      });
  });
}

/// Adds the weights, and the weighted values of each component.
/// \param alive  the pairs that count; empty: all.
void Softmax::addUp(const Weights &weights, const Weights &alive) {
  for (auto [row, list] : llvm::zip(shared, weights))
    for (Value weight : list)
      row[Total] = lanes.add(row[Total], weight);
  if (components.collects()) {
    Weights left = weights;
    for (auto [row, mask] : llvm::zip(left, alive))
      for (auto [weight, isAlive] : llvm::zip(row, mask))
        weight = lanes.select(isAlive, weight, constant(-0.0));
    return components.collect(left);
  }
  components.forEach({}, [&](Value component,
                             MutableArrayRef<RowState> parts) {
    std::vector<RowGroup> values = components.valuesOf(component);
    for (unsigned g = 0; g < weights.front().size(); ++g)
      for (unsigned r = 0; r < parts.size(); ++r) {
        Value &inner = parts[r][Inner];
        Value sum = lanes.addProduct(inner, weights[r][g],
                                     values[r][g].values[0]);
        inner = alive.empty() ? sum : lanes.select(alive[r][g], sum, inner);
      }
  });
}

/// The weights with that of t = m as 1, even if both are infinite.
Weights Softmax::corrected(const Logits &logits, const Weights &weights) {
  Weights result = weights;
  for (auto [r, row] : llvm::enumerate(result))
    for (auto [weight, t] : llvm::zip(row, logits.of(unsigned(r))))
      weight = lanes.select(lanes.compare(CmpF::OEQ, t, shared[r][Max]), one,
                            weight);
  return result;
}

void Softmax::fold(ArrayRef<RowGroup> groups, bool base2) {
  Logits logits(lanes, groups, element, base2);
  Weights above;
  for (auto [r, row] : llvm::enumerate(shared))
    above.push_back(logits.above(unsigned(r), row[Max]));
  raise(logits, above);
  // No weight is above 2^headroom: m rises to +inf too.
  Weights weights = above;
  for (RowNumbers &row : weights)
    for (Value &weight : row)
      weight = lanes.exp2Bounded(weight);

  auto underMask = [&] {
    Weights exact = corrected(logits, weights), alive = exact;
    for (RowNumbers &row : alive)
      for (Value &weight : row)
        weight = lanes.compare(CmpF::UNE, weight, zero);
    addUp(exact, alive);
  };
  if (groups.front().front().mask)
    return underMask();
  Value never = constant(-INFINITY), unusual;
  for (auto [row, list] : llvm::zip(shared, above)) {
    Value least = list.front();
    for (Value t : ArrayRef(list).drop_front())
      least = lanes.minAny(t, least);
    Value here = lanes.either(lanes.compare(CmpF::OEQ, least, never),
                              isInfinite(row[Max]));
    unusual = unusual ? lanes.either(unusual, here) : here;
  }
  components.whereAny(unusual, carried(), underMask,
                      [&] { addUp(weights, {}); });
}

void Softmax::merge(ArrayRef<RowState> from, OtherComponent other) {
  SmallVector<Value> own, others;
  for (auto [row, later] : llvm::zip(shared, from)) {
    Value to = lanes.maxAny(later[Max], row[Max]);
    own.push_back(scaleOf(row[Max], to));
    others.push_back(scaleOf(later[Max], to));
    row[Max] = to;
    row[Room] = roomOf(lanes, to);
    for (int part : {TotalHigh, TotalLow})
      row[part] = lanes.mul(row[part], own.back());
    mergeCompensated(lanes, row[TotalHigh], row[TotalLow],
                     lanes.mul(later[TotalHigh], others.back()),
                     lanes.mul(later[TotalLow], others.back()));
  }
  components.forEach({}, [&](Value component,
                             MutableArrayRef<RowState> parts) {
    SmallVector<RowState> later = other(component);
    for (unsigned r = 0; r < parts.size(); ++r) {
      Value to = shared[r][Max];
      for (int part : {High, Low})
        parts[r][part] = scaled(parts[r][part], own[r], to);
      mergeCompensated(lanes, parts[r][High], parts[r][Low],
                       scaled(later[r][High], others[r], to),
                       scaled(later[r][Low], others[r], to));
    }
  });
}

/// The components of states that share nothing: one at a time, which lies
/// behind its own copy of the shared parts.
class OneComponent : public Components {
public:
  OneComponent(Lanes &lanes, ArrayRef<RowState> states,
               ArrayRef<RowGroup> groups)
      : lanes(lanes), groups(groups) {
    for (const RowState &state : states) {
      shared.emplace_back(state.begin(), state.begin() + NumShared);
      parts.emplace_back(state.begin() + NumShared, state.end());
    }
  }

  void putBack(MutableArrayRef<RowState> states) {
    for (auto [state, head, tail] : llvm::zip(states, shared, parts)) {
      state = head;
      state.append(tail.begin(), tail.end());
    }
  }

  void forEach(Carried,
               function_ref<void(Value, MutableArrayRef<RowState>)> body)
      override {
    body(Value(), parts);
  }
  std::vector<RowGroup> valuesOf(Value) override {
    std::vector<RowGroup> own;
    for (const RowGroup &group : groups) {
      RowGroup &mine = own.emplace_back();
      for (const PairValues &pair : group)
        mine.push_back({{pair.values[1]}, pair.index, pair.mask});
    }
    return own;
  }
  void loop(int64_t, Carried, function_ref<void(Value)>) override {
    llvm_unreachable("merging a softmax goes through all components at once");
  }
  void whereAny(Value mask, Carried carried, function_ref<void()> then,
                function_ref<void()> otherwise) override {
    SmallVector<Value *> all(carried);
    for (RowState &row : parts)
      for (Value &part : row)
        all.push_back(&part);
    lanes.whereAny(mask, all, then, otherwise);
  }

  SmallVector<RowState> shared, parts;

private:
  Lanes &lanes;
  ArrayRef<RowGroup> groups;
};

} // namespace

//===----------------------------------------------------------------------===//
// The interface
//===----------------------------------------------------------------------===//

unsigned SoftmaxSumAttr::getNumValues() const { return 2; }
unsigned SoftmaxSumAttr::getNumShared() const { return getEach() ? 0 : 1; }
int64_t SoftmaxSumAttr::getWidth(TypeRange values) const {
  return featureCount(values[1]);
}

std::optional<std::string>
SoftmaxSumAttr::checkValues(TypeRange elements) const {
  if (isa<FloatType>(elements[0]) && elements[0] == elements[1])
    return std::nullopt;
  return "two floats of one type";
}

SmallVector<StringRef> SoftmaxSumAttr::getProjections() const {
  return {"value", "log", "total"};
}
bool SoftmaxSumAttr::isShared(StringRef projection) const {
  return !getEach() && projection == "total";
}

SmallVector<Type> SoftmaxSumAttr::getSharedElements(TypeRange elements) const {
  return SmallVector<Type>(getEach() ? 0 : NumShared, elements.front());
}
SmallVector<Type> SoftmaxSumAttr::getStateElements(TypeRange elements) const {
  return SmallVector<Type>(NumParts + (getEach() ? NumShared : 0),
                           elements.front());
}

static SmallVector<Value> startOfShared(Lanes &lanes, Type element) {
  SmallVector<Value> parts(NumShared, lanes.constant(element, 0.0));
  parts[Max] = lanes.constant(element, -largestFinite(element));
  parts[Room] = lanes.constant(element, -INFINITY);
  return parts;
}

SmallVector<Value> SoftmaxSumAttr::initShared(Lanes &lanes,
                                              TypeRange elements) const {
  return startOfShared(lanes, elements.front());
}
SmallVector<Value> SoftmaxSumAttr::init(Lanes &lanes,
                                        TypeRange elements) const {
  SmallVector<Value> parts;
  if (getEach())
    parts = startOfShared(lanes, elements.front());
  parts.append(NumParts, lanes.constant(elements.front(), 0.0));
  return parts;
}

void SoftmaxSumAttr::foldShared(Lanes &lanes, MutableArrayRef<RowState> shared,
                                ArrayRef<RowGroup> groups,
                                Components &components) const {
  Softmax(lanes, shared, components).fold(groups, getBase2());
}

void SoftmaxSumAttr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                               ArrayRef<RowGroup> groups) const {
  OneComponent component(lanes, states, groups);
  foldShared(lanes, component.shared, groups, component);
  component.putBack(states);
}

bool SoftmaxSumAttr::hasBlocks() const { return true; }

static void closeTotal(Lanes &lanes, MutableArrayRef<Value> shared) {
  addCompensated(lanes, shared[TotalHigh], shared[TotalLow], shared[Total]);
  shared[Total] = lanes.constant(laneElement(shared[Total]), 0.0);
}

void SoftmaxSumAttr::closeShared(Lanes &lanes, MutableArrayRef<RowState> shared,
                                 Components &) const {
  for (RowState &row : shared)
    closeTotal(lanes, row);
}

void SoftmaxSumAttr::closeBlock(Lanes &lanes,
                                MutableArrayRef<Value> state) const {
  if (getEach()) {
    closeTotal(lanes, state);
    state = state.drop_front(NumShared);
  }
  addCompensated(lanes, state[High], state[Low], state[Inner]);
  state[Inner] = lanes.constant(laneElement(state[Inner]), 0.0);
}

bool SoftmaxSumAttr::gathersBlocks() const { return true; }

void SoftmaxSumAttr::gatherShared(Lanes &lanes,
                                  MutableArrayRef<RowState> shared) const {
  for (RowState &row : shared)
    kdsl::gatherBlock(lanes, row[Total], row[TotalLow]);
}

void SoftmaxSumAttr::gatherBlock(Lanes &lanes,
                                 MutableArrayRef<Value> state) const {
  if (getEach()) {
    kdsl::gatherBlock(lanes, state[Total], state[TotalLow]);
    state = state.drop_front(NumShared);
  }
  kdsl::gatherBlock(lanes, state[Inner], state[Low]);
}

void SoftmaxSumAttr::mergeShared(Lanes &lanes, MutableArrayRef<RowState> into,
                                 ArrayRef<RowState> from,
                                 Components &components,
                                 OtherComponent other) const {
  Softmax(lanes, into, components).merge(from, other);
}

bool SoftmaxSumAttr::isOfFolds(TypeRange, unsigned part, bool shared) const {
  const unsigned alone = getEach() ? NumShared : 0;
  if (shared || part < alone)
    return part == Room || part == Total;
  return part == alone + Inner;
}

void SoftmaxSumAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                           ArrayRef<Value> from) const {
  RowState state(into);
  OneComponent component(lanes, state, {});
  RowState shared(from.take_front(NumShared));
  mergeShared(lanes, component.shared, shared, component, [&](Value) {
    return SmallVector<RowState>{RowState(from.drop_front(NumShared))};
  });
  component.putBack(state);
  llvm::copy(state, into.begin());
}

Value SoftmaxSumAttr::finish(Lanes &lanes, ArrayRef<Value> state,
                             StringRef projection) const {
  Type element = laneElement(state[Max]);
  auto constant = [&](double value) { return lanes.constant(element, value); };
  Value total = lanes.add(state[TotalHigh], state[TotalLow]);
  Value none = lanes.compare(CmpF::OEQ, total, constant(0));
  Value sum = total;
  if (projection != "total")
    sum = lanes.add(state[NumShared + High], state[NumShared + Low]);
  if (projection == "value") {
    Value mean = lanes.select(none, constant(0), lanes.div(sum, total));
    // Of two logits of +inf neither is the largest.
    Value compete =
        lanes.both(lanes.compare(CmpF::OEQ, state[Max], constant(INFINITY)),
                   lanes.compare(CmpF::OGT, total, constant(1)));
    return lanes.select(compete, constant(NAN), mean);
  }
  Value result = lanes.add(lanes.log2(sum), state[Max]);
  result = lanes.select(none, constant(-INFINITY), result);
  Value isNumber = lanes.compare(CmpF::ORD, total, total);
  result = lanes.select(isNumber, result, total);
  return lanes.mul(result, constant(M_LN2));
}

/// `logsumexp` of the logits alone is the total.
std::optional<StringRef> SoftmaxSumAttr::serves(Attribute other,
                                                StringRef theirs) const {
  if (other == *this)
    return theirs;
  auto plain = dyn_cast<LogSumExpAttr>(other);
  if (plain && plain.getBase2() == getBase2())
    return StringRef("total");
  return std::nullopt;
}

/// Subtraction, maximum, minimum, sum, and an exp2 of five multiply-adds.
double SoftmaxSumAttr::getSharedCost() const { return getEach() ? 0 : 12.0; }
double SoftmaxSumAttr::getExponentials() const { return 1.0; }
/// A multiply-add a pair, four operations a block of 32.
double SoftmaxSumAttr::getFoldCost() const {
  return (getEach() ? 12.0 : 0.0) + 1.0 + 4.0 / 32;
}

} // namespace kdsl
