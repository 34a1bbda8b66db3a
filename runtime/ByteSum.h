//===- ByteSum.h - laying out a block of memory ---------------------------===//

#ifndef KDSL_RUNTIME_BYTESUM_H
#define KDSL_RUNTIME_BYTESUM_H

#include <stddef.h>
#include <stdint.h>

namespace kdsl {

/// Sums the sizes of the parts of a block, rounding each up to the alignment,
/// and remembers overflow, so that callers check once at the end.
class ByteSum {
public:
  explicit ByteSum(size_t align) : align(align) {}

  size_t offset() const { return total; }
  bool overflowed() const { return overflow; }

  void add(int64_t count, int64_t bytes) {
    size_t part;
    overflow |= __builtin_mul_overflow(count, bytes, &part) ||
                __builtin_add_overflow(part, align - 1, &part) ||
                __builtin_add_overflow(total, part & ~(align - 1), &total);
    // Room for the alignment of the whole, and for pointer differences.
    overflow |= total > size_t(PTRDIFF_MAX) - align;
  }

private:
  size_t align;
  size_t total = 0;
  bool overflow = false;
};

} // namespace kdsl

#endif // KDSL_RUNTIME_BYTESUM_H
