//===- OrderedKeys.cpp - integers in the order of values ------------------===//

#include "dialects/kdsl/reductions/OrderedKeys.h"
#include "dialects/kdsl/reductions/Extremum.h"

using namespace mlir;

namespace kdsl {

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

IntegerType OrderedKeys::keyType(Type value) {
  return IntegerType::get(value.getContext(), value.getIntOrFloatBitWidth());
}

int64_t OrderedKeys::emptyKey(Type value) {
  return APInt::getSignedMaxValue(value.getIntOrFloatBitWidth()).getSExtValue();
}

int64_t OrderedKeys::keyOfNaN(Type value) {
  return APInt::getSignedMinValue(value.getIntOrFloatBitWidth()).getSExtValue();
}

static Value flipIf(Lanes &lanes, bool flip, Value bits, int64_t mask) {
  return flip ? lanes.exclusiveOr(bits, lanes.integer(laneElement(bits), mask))
              : bits;
}

/// Between the bits of a float and an integer in its order, both ways: below
/// the sign, negative numbers have their bits flipped.
static Value ordered(Lanes &lanes, Value bits) {
  Type type = laneElement(bits);
  Value negative = lanes.both(
      lanes.signBits(bits), lanes.integer(type, OrderedKeys::emptyKey(type)));
  return lanes.exclusiveOr(bits, negative);
}

/// By operations of integers: numbers of one row have no registers in common
/// with vectors, where a step takes longer.
Value OrderedKeys::keyOf(Lanes &lanes, Value value) const {
  Type type = laneElement(value);
  if (isa<IntegerType>(type))
    return flipIf(lanes, largest, value, -1);
  Type keys = keyType(type);
  auto number = [&](int64_t n) { return lanes.integer(keys, n); };
  Value bits = lanes.bitcast(value, keys);
  Value size = lanes.both(bits, number(emptyKey(type)));
  // The two zeros are equal.
  bits = lanes.select(lanes.compareInt(CmpI::eq, size, number(0)), number(0),
                      bits);
  Value key = ordered(lanes, flipIf(lanes, largest, bits, keyOfNaN(type)));
  APInt infinity =
      APFloat::getInf(cast<FloatType>(type).getFloatSemantics()).bitcastToAPInt();
  Value isNaN = lanes.compareInt(CmpI::sgt, size,
                                 number(infinity.getSExtValue()));
  return lanes.select(isNaN, number(keyOfNaN(type)), key);
}

Value OrderedKeys::valueOf(Lanes &lanes, Value key, Type type) const {
  if (isa<IntegerType>(type))
    return flipIf(lanes, largest, key, -1);
  return lanes.bitcast(
      flipIf(lanes, largest, ordered(lanes, key), keyOfNaN(type)), type);
}

Value OrderedKeys::isEmpty(Lanes &lanes, Value key) const {
  Type type = laneElement(key);
  return lanes.compareInt(CmpI::eq, key, lanes.integer(type, emptyKey(type)));
}

Value OrderedKeys::worst(Lanes &lanes, Type type) const {
  return Extremum{largest, {}}.init(lanes, type).front();
}

//===----------------------------------------------------------------------===//
// Thresholds
//===----------------------------------------------------------------------===//

Value OrderedKeys::passes(Lanes &lanes, Value value, Value threshold) const {
  if (isa<IntegerType>(laneElement(value)))
    return lanes.compareInt(largest ? CmpI::sge : CmpI::sle, value, threshold);
  if (!lanes.areRowsInOrder())
    return lanes.compare(largest ? CmpF::UGE : CmpF::ULE, value, threshold);
  return lanes.compare(largest ? CmpF::UGT : CmpF::ULT, value, threshold);
}

Value OrderedKeys::thresholdOf(Lanes &lanes, Value last, Type type) const {
  if (isa<FloatType>(type))
    return valueOf(lanes, last, type);
  Value least = lanes.integer(type, keyOfNaN(type) + 1);
  Value before =
      lanes.addInt(lanes.maxInt(last, least), lanes.integer(type, -1));
  return valueOf(lanes, lanes.select(isEmpty(lanes, last), last, before), type);
}

Value OrderedKeys::thresholdAt(Lanes &lanes, Value key, Type type) const {
  if (isa<IntegerType>(type))
    return valueOf(lanes, key, type);
  // Two keys on: the next one behind 0 may be -0, which 0 is not better than.
  Type keys = keyType(type);
  Value filled = lanes.minInt(key, lanes.integer(keys, emptyKey(type) - 2));
  return valueOf(lanes, lanes.addInt(filled, lanes.integer(keys, 2)), type);
}

Value OrderedKeys::tighter(Lanes &lanes, Value threshold, Value old) const {
  if (isa<IntegerType>(laneElement(old)))
    return largest ? lanes.maxInt(threshold, old)
                   : lanes.minInt(threshold, old);
  return largest ? lanes.maxNumber(threshold, old)
                 : lanes.minNumber(threshold, old);
}

} // namespace kdsl
