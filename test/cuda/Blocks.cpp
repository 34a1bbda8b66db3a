//===- Blocks.cpp - device memory -----------------------------------------===//
//
// Pages of the host that only kernels and copies may touch: a host that uses a
// device pointer itself is ended by the system, as it would be on a machine
// with a GPU.
//
//===----------------------------------------------------------------------===//

#include "test/cuda/Machine.h"
#include <sys/mman.h>

using namespace fakecuda;

static constexpr size_t pageBytes = 4096;

static void *toHost(DevicePointer pointer) {
  return reinterpret_cast<void *>(pointer);
}

int Machine::allocate(Context context, size_t bytes, DevicePointer &pointer) {
  if (bytes == 0)
    return misuse(InvalidValue, "cuMemAlloc of 0 bytes");
  if (bytes > memoryBytes || allocatedBytes > memoryBytes - bytes)
    return OutOfMemory;
  const size_t mapped = (bytes + pageBytes - 1) / pageBytes * pageBytes;
  void *pages = mmap(nullptr, mapped, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    return OutOfMemory;
  memory.add(pages, bytes);
  pointer = reinterpret_cast<uintptr_t>(pages);
  allocations[pointer] = {context, bytes, mapped};
  allocatedBytes += bytes;
  return Success;
}

int Machine::release(DevicePointer pointer) {
  auto found = allocations.find(pointer);
  if (found == allocations.end())
    return misuse(InvalidValue, "cuMemFree of what is no block");
  memory.remove(toHost(pointer));
  munmap(toHost(pointer), found->second.mapped);
  allocatedBytes -= found->second.bytes;
  allocations.erase(found);
  return Success;
}

bool Machine::isDevice(DevicePointer pointer, size_t bytes) const {
  return memory.contains(toHost(pointer), bytes);
}
bool Machine::isDevice(const void *pointer, size_t bytes) const {
  return memory.contains(pointer, bytes);
}

static void protectAll(int protection) {
  for (const auto &[pointer, allocation] : machine().allocations)
    mprotect(toHost(pointer), allocation.mapped, protection);
}

OpenMemory::OpenMemory() { protectAll(PROT_READ | PROT_WRITE); }
OpenMemory::~OpenMemory() { protectAll(PROT_NONE); }
