//===- GuardedArray.cpp - an array beside memory that nobody may touch ----===//

#include "GuardedArray.h"
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace kdslc::test {

GuardedArray::GuardedArray(size_t bytes, Flush flush) {
  const size_t page = size_t(sysconf(_SC_PAGESIZE));
  const size_t inside = (bytes + page - 1) / page * page;
  mapped = inside + 2 * page;
  void *memory = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                      /*fd=*/-1, /*offset=*/0);
  if (memory == MAP_FAILED)
    throw std::runtime_error("no memory for a guarded array");
  mapping = static_cast<char *>(memory);
  if (inside && mprotect(mapping + page, inside, PROT_READ | PROT_WRITE) != 0)
    throw std::runtime_error("cannot open the pages of a guarded array");
  begin = mapping + page + (flush == Flush::ToEnd ? inside - bytes : 0);
}

GuardedArray::~GuardedArray() {
  if (mapping)
    munmap(mapping, mapped);
}

GuardedArray::GuardedArray(GuardedArray &&other) noexcept
    : mapping(std::exchange(other.mapping, nullptr)), mapped(other.mapped),
      begin(other.begin) {}

} // namespace kdslc::test
