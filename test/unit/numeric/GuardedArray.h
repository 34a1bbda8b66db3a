//===- GuardedArray.h - an array beside memory that nobody may touch ------===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_GUARDEDARRAY_H
#define KDSLC_TEST_UNIT_NUMERIC_GUARDEDARRAY_H

#include <cstddef>

namespace kdslc::test {

/// Which end of the array meets the forbidden page at once.
enum class Flush { ToStart, ToEnd };

/// Zeroed memory between two pages without access: one byte too far, read or
/// written, ends the test program. An empty array points at such a page.
class GuardedArray {
public:
  GuardedArray(size_t bytes, Flush flush);
  ~GuardedArray();
  GuardedArray(GuardedArray &&other) noexcept;
  GuardedArray(const GuardedArray &) = delete;
  GuardedArray &operator=(const GuardedArray &) = delete;

  char *data() const { return begin; }

private:
  char *mapping = nullptr;
  size_t mapped = 0;
  char *begin = nullptr;
};

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_GUARDEDARRAY_H
