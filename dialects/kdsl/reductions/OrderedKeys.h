//===- OrderedKeys.h - integers in the order of values --------------------===//
//
// The least key is that of the first value, with NaN before all others and an
// empty place behind. The threshold of a list is a value that others have to
// pass to be of interest.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_REDUCTIONS_ORDEREDKEYS_H
#define KDSL_REDUCTIONS_ORDEREDKEYS_H

#include "dialects/kdsl/Kdsl.h"

namespace kdsl {

struct OrderedKeys {
  using Value = mlir::Value;
  using Type = mlir::Type;
  using CmpF = Lanes::CmpF;
  using CmpI = mlir::arith::CmpIPredicate;

  bool largest; ///< comes first

  static mlir::IntegerType keyType(Type value);
  static int64_t emptyKey(Type value);
  static int64_t keyOfNaN(Type value);

  Value keyOf(Lanes &lanes, Value value) const;
  /// The value of a key; NaN at an empty place.
  Value valueOf(Lanes &lanes, Value key, Type type) const;
  /// Of a place that no row has taken, or of an integer with the same key.
  Value isEmpty(Lanes &lanes, Value key) const;
  /// What no value is better than.
  Value worst(Lanes &lanes, Type type) const;

  /// What passes: a float that is better, or no worse where rows j are not met in
  /// order, or NaN, or anything while the threshold is NaN; an integer that is no
  /// worse.
  Value passes(Lanes &lanes, Value value, Value threshold) const;
  /// That of a list with this last key. Only what comes before it is let in, or
  /// everything while the last place is empty.
  Value thresholdOf(Lanes &lanes, Value last, Type type) const;
  /// What is no worse than `key` passes.
  Value thresholdAt(Lanes &lanes, Value key, Type type) const;
  /// The better one, if the first is a number.
  Value tighter(Lanes &lanes, Value threshold, Value old) const;
};

} // namespace kdsl

#endif // KDSL_REDUCTIONS_ORDEREDKEYS_H
