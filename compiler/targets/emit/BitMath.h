//===- BitMath.h - integers with a bit for each of some things ------------===//

#ifndef KDSLC_TARGETS_EMIT_BITMATH_H
#define KDSLC_TARGETS_EMIT_BITMATH_H

#include "compiler/targets/emit/IndexMath.h"

namespace kdslc {

/// Short words for them, beside those for row numbers and places.
class BitMath : protected IndexMath {
public:
  using IndexMath::Value;

protected:
  using IndexMath::IndexMath;

  /// An i32.
  Value word(int64_t value);
  /// An i32 with a bit for each of some i1.
  Value bitsOf(llvm::ArrayRef<Value> conditions);
  /// Without the bits from number `count` on, at least 1, where there are `of`.
  Value firstOf(Value bits, Value count, int64_t of);
  /// Runs `body` for the number of each bit of an integer: it may change the values
  /// at some addresses.
  void forEachBit(Value bits, llvm::ArrayRef<Value *> carried,
                  llvm::function_ref<void(Value place)> body);
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_BITMATH_H
