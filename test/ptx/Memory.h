//===- Memory.h - one live range of device memory -------------------------===//

#ifndef KDSLC_TEST_PTX_MEMORY_H
#define KDSLC_TEST_PTX_MEMORY_H

#include "test/ptx/Races.h"
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace kdslc::ptx {

struct Free {
  void operator()(void *p) const { std::free(p); }
};

template <class T> bool areOnes(const uint8_t *written, T ones) {
  T marks;
  std::memcpy(&marks, written, sizeof marks);
  return marks == ones;
}
bool areSomeWritten(const uint8_t *written, uint64_t count, uint32_t mask);

/// Whether all of the bytes, or those of the mask among the first 32, are
/// marked as written. Inline for most accesses.
inline bool areWritten(const uint8_t *written, uint64_t count, uint32_t mask) {
  if (mask == ~0u && count == 4)
    return areOnes(written, uint32_t(0x01010101));
  if (mask == ~0u && count == 8)
    return areOnes(written, uint64_t(0x0101010101010101));
  return areSomeWritten(written, count, mask);
}

struct MemoryRange {
  uint64_t begin = 0;
  uint64_t bytes = 0;
  /// One byte for each byte: 1 once written. From calloc, so that the parts of
  /// a large range that nobody touches cost nothing; so is the history.
  std::unique_ptr<uint8_t[], Free> written;
  std::unique_ptr<History[], Free> history;
  unsigned granule = 0; ///< bytes that one entry of the history stands for

  bool holds(uint64_t address, uint64_t count) const {
    return address >= begin && count <= bytes &&
           address - begin <= bytes - count;
  }
  bool isWritten(uint64_t offset, uint64_t count) const {
    return areWritten(written.get() + offset, count, ~0u);
  }
  /// The history from `offset` on, in units of `unit` bytes, a power of two.
  History *historyAt(uint64_t offset, unsigned unit) {
    // Entries of earlier launches are out of date, whatever their unit was.
    if (!history || unit < granule)
      makeHistory(unit);
    return history.get() + (offset >> __builtin_ctz(unit));
  }
  void makeHistory(unsigned unit);
};

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_MEMORY_H
