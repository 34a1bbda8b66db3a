//===- Memory.cpp - the live ranges of device memory ----------------------===//

#include "test/ptx/Memory.h"
#include "test/ptx/Ptx.h"
#include <algorithm>
#include <cstring>
#include <new>

namespace kdslc::ptx {

template <class T> static std::unique_ptr<T[], Free> zeros(uint64_t count) {
  std::unique_ptr<T[], Free> memory(
      static_cast<T *>(std::calloc(count, sizeof(T))));
  if (!memory)
    throw std::bad_alloc();
  return memory;
}

static uint64_t toAddress(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

bool areSomeWritten(const uint8_t *written, uint64_t count, uint32_t mask) {
  if (mask == ~0u)
    return !std::memchr(written, 0, count);
  for (uint64_t i = 0; i < count; ++i)
    if (!written[i] && (mask >> i & 1))
      return false;
  return true;
}

void MemoryRange::makeHistory(unsigned unit) {
  history = zeros<History>((bytes + unit - 1) / unit);
  granule = unit;
}

DeviceMemory::DeviceMemory() = default;
DeviceMemory::~DeviceMemory() = default;

MemoryRange *DeviceMemory::findAtOrBelow(uint64_t address) const {
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](uint64_t a, const auto &range) { return a < range->begin; });
  return after == ranges.begin() ? nullptr : std::prev(after)->get();
}

bool DeviceMemory::add(void *begin, size_t bytes) {
  uint64_t address = toAddress(begin);
  if (!bytes || address + bytes < address)
    return false;
  MemoryRange *below = findAtOrBelow(address + bytes - 1);
  if (below && below->begin + below->bytes > address)
    return false;
  auto range = std::make_unique<MemoryRange>();
  range->begin = address;
  range->bytes = bytes;
  range->written = zeros<uint8_t>(bytes);
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](uint64_t a, const auto &other) { return a < other->begin; });
  ranges.insert(after, std::move(range));
  return true;
}

bool DeviceMemory::remove(void *begin) {
  auto found =
      std::find_if(ranges.begin(), ranges.end(), [&](const auto &range) {
        return range->begin == toAddress(begin);
      });
  if (found == ranges.end())
    return false;
  ranges.erase(found);
  return true;
}

void DeviceMemory::markInitialised(const void *begin, size_t bytes) {
  uint64_t from = toAddress(begin);
  for (auto &range : ranges) {
    uint64_t first = std::max(from, range->begin);
    uint64_t end = std::min(from + bytes, range->begin + range->bytes);
    if (first < end)
      std::memset(range->written.get() + (first - range->begin), 1,
                  end - first);
  }
}

bool DeviceMemory::contains(const void *begin, size_t bytes) const {
  MemoryRange *range = findAtOrBelow(toAddress(begin));
  return range && range->holds(toAddress(begin), bytes);
}

bool DeviceMemory::isInitialised(const void *begin, size_t bytes) const {
  uint64_t address = toAddress(begin);
  MemoryRange *range = findAtOrBelow(address);
  return range && range->holds(address, bytes) &&
         range->isWritten(address - range->begin, bytes);
}

} // namespace kdslc::ptx
