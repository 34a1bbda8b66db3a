//===- Memory.cpp - device memory and streams that are kept ---------------===//

#include "runtime/cuda/Memory.h"
#include "kdsl/kdsl.h"
#include "runtime/Error.h"
#include "runtime/cuda/Device.h"

using namespace kdsl;
using namespace kdsl::cuda;

namespace {
class Locked {
public:
  explicit Locked(pthread_mutex_t &lock) : lock(lock) {
    pthread_mutex_lock(&lock);
  }
  ~Locked() { pthread_mutex_unlock(&lock); }
  Locked(const Locked &) = delete;
  Locked &operator=(const Locked &) = delete;

private:
  pthread_mutex_t &lock;
};
} // namespace

/// Sizes of blocks are coarse, so that slowly growing calls find theirs.
static size_t blockBytes(size_t bytes) {
  const size_t step =
      bytes < (size_t(1) << 20) ? size_t(1) << 16 : size_t(1) << 21;
  return (bytes + step - 1) / step * step;
}

/// Small needs do not bind large blocks.
static bool fits(const Block &block, size_t bytes) {
  return block.bytes >= bytes && block.bytes / 4 <= blockBytes(bytes);
}

/// Whether no queued work uses the block. A failed query means that it may be;
/// what is wrong shows at the next call of the driver that matters.
static bool isFree(const Driver &driver, Block &block) {
  if (block.isPending && driver.cuEventQuery(block.done) == Success)
    block.isPending = false;
  return !block.isPending;
}

/// Frees a block, after the work that uses it.
static void freeBlock(const Driver &driver, Block &block) {
  if (block.isPending)
    driver.cuEventSynchronize(block.done);
  driver.cuMemFree_v2(block.address);
  driver.cuEventDestroy_v2(block.done);
  block = {};
}

Block BlockCache::remove(int index) {
  const Block block = kept[index];
  --count;
  for (int k = index; k < count; ++k)
    kept[k] = kept[k + 1];
  return block;
}

/// Takes the smallest block that fits and is free, or that its own stream left
/// pending.
bool BlockCache::takeKept(const Caller &caller, size_t bytes, Stream stream,
                          Block &block) {
  {
    const Locked locked(lock);
    int best = -1;
    for (int k = 0; k < count; ++k)
      if (fits(kept[k], bytes) &&
          (best < 0 || kept[k].bytes < kept[best].bytes) &&
          (isFree(caller.driver, kept[k]) || kept[k].stream == stream))
        best = k;
    if (best < 0)
      return false;
    block = remove(best);
  }
  // The stream may be a new one at the place of one that was destroyed, so its
  // order alone proves nothing.
  if (!block.isPending ||
      caller.driver.cuStreamWaitEvent(stream, block.done, 0) == Success)
    return true;
  keep(caller, block);
  return false;
}

int BlockCache::take(const Caller &caller, size_t bytes, Stream stream,
                     Block &block) {
  const Driver &driver = caller.driver;
  if (takeKept(caller, bytes, stream, block))
    return KDSL_OK;
  Block fresh;
  fresh.bytes = blockBytes(bytes);
  int result = driver.cuMemAlloc_v2(&fresh.address, fresh.bytes);
  if (result == OutOfMemory) {
    releaseAll(caller);
    result = driver.cuMemAlloc_v2(&fresh.address, fresh.bytes);
  }
  if (result == OutOfMemory)
    return fail(KDSL_ENOMEM,
                "program '%s': device %d (%s) gave no memory for %zu bytes",
                caller.program, caller.device.ordinal, caller.device.name,
                fresh.bytes);
  if (int status = caller.check(result, "cuMemAlloc"))
    return status;
  if (int status =
          caller.check(driver.cuEventCreate(&fresh.done, EventDisableTiming),
                       "cuEventCreate")) {
    driver.cuMemFree_v2(fresh.address);
    return status;
  }
  block = fresh;
  return KDSL_OK;
}

void BlockCache::give(const Caller &caller, Block &block, Stream stream,
                      bool isDone) {
  const Driver &driver = caller.driver;
  block.stream = stream;
  block.isPending = !isDone;
  if (!isDone && driver.cuEventRecord(block.done, stream) != Success) {
    // Without the event nothing says when the block is free; this does.
    driver.cuStreamSynchronize(stream);
    block.isPending = false;
    freeBlock(driver, block);
    return;
  }
  keep(caller, block);
  block = {};
  trim(caller);
}

void BlockCache::keep(const Caller &caller, const Block &block) {
  Block surplus;
  {
    const Locked locked(lock);
    if (count == maxBlocks)
      surplus = remove(0);
    kept[count++] = block;
  }
  if (surplus.address)
    freeBlock(caller.driver, surplus);
}

/// Frees blocks whose work is done, the oldest first, until the rest is small.
void BlockCache::trim(const Caller &caller) {
  for (;;) {
    Block surplus;
    {
      const Locked locked(lock);
      size_t bytes = 0;
      for (int k = 0; k < count; ++k)
        bytes += kept[k].bytes;
      for (int k = 0; k < count && bytes > maxBytes && !surplus.address; ++k)
        if (isFree(caller.driver, kept[k]))
          surplus = remove(k);
    }
    if (!surplus.address)
      return;
    freeBlock(caller.driver, surplus);
  }
}

void BlockCache::releaseAll(const Caller &caller) {
  for (;;) {
    Block block;
    {
      const Locked locked(lock);
      if (!count)
        return;
      block = remove(count - 1);
    }
    freeBlock(caller.driver, block);
  }
}

int StreamCache::take(const Caller &caller, Stream &stream) {
  {
    const Locked locked(lock);
    if (count) {
      stream = kept[--count];
      return KDSL_OK;
    }
  }
  return caller.check(caller.driver.cuStreamCreate(&stream, StreamNonBlocking),
                      "cuStreamCreate");
}

void StreamCache::give(const Caller &caller, Stream stream) {
  {
    const Locked locked(lock);
    if (count < maxStreams) {
      kept[count++] = stream;
      return;
    }
  }
  caller.driver.cuStreamDestroy_v2(stream);
}

void StreamCache::releaseAll(const Caller &caller) {
  const Locked locked(lock);
  while (count)
    caller.driver.cuStreamDestroy_v2(kept[--count]);
}
