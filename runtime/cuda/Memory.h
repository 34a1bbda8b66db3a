//===- Memory.h - device memory and streams that are kept -----------------===//
//
// Allocating device memory is slow and may wait for the whole device, so blocks
// are kept for later calls. A block goes back while work that uses it may still
// be queued: an event behind that work says when it is free. Until then the
// same stream may have it again, behind the event; other streams may not.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CUDA_MEMORY_H
#define KDSL_RUNTIME_CUDA_MEMORY_H

#include "runtime/cuda/Driver.h"
#include <pthread.h>

namespace kdsl::cuda {

struct Caller;

/// Device memory and the event behind its last use.
struct Block {
  DevicePointer address = 0;
  size_t bytes = 0;
  Event done = nullptr;
  Stream stream = nullptr; ///< of the last use
  bool isPending = false;  ///< `done` may not have happened yet
};

/// The blocks of one device that no call has. Thread safe; needs the device's
/// context current.
class BlockCache {
public:
  /// Gives a block of at least `bytes` for work on `stream`. Waits for nothing
  /// unless the device is out of memory; then for the blocks kept here.
  /// \returns KDSL_OK, KDSL_ENOMEM or KDSL_EDEVICE.
  int take(const Caller &caller, size_t bytes, Stream stream, Block &block);

  /// Takes a block back, behind the work that was queued on `stream`, or at
  /// once when `isDone` says that no work uses it any more.
  void give(const Caller &caller, Block &block, Stream stream, bool isDone);

  void releaseAll(const Caller &caller);

private:
  /// Many streams with pending work fill this; then blocks are freed early.
  static constexpr int maxBlocks = 32;
  /// Blocks beyond this sum are freed once their work is done.
  static constexpr size_t maxBytes = size_t(256) << 20;

  bool takeKept(const Caller &caller, size_t bytes, Stream stream,
                Block &block);
  void keep(const Caller &caller, const Block &block);
  void trim(const Caller &caller);
  Block remove(int index);

  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  Block kept[maxBlocks]; ///< in the order in which they came
  int count = 0;
};

/// Streams of the runtime's own, for calls on host memory that name none. They
/// do not wait for the default stream.
class StreamCache {
public:
  int take(const Caller &caller, Stream &stream);
  void give(const Caller &caller, Stream stream);
  void releaseAll(const Caller &caller);

private:
  static constexpr int maxStreams = 16;

  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  Stream kept[maxStreams] = {};
  int count = 0;
};

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_MEMORY_H
