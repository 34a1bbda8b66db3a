//===- BigStack.cpp - work that may recurse deeply ------------------------===//

#include "compiler/BigStack.h"
#include <pthread.h>

namespace kdslc {

/// Kernels that call each other a thousand deep take the checker 2 MiB; MLIR
/// and LLVM recurse along chains of operations. Pages that are not touched cost
/// nothing.
static constexpr size_t stackBytes = size_t(64) << 20;

static void *callWork(void *work) {
  (*static_cast<llvm::function_ref<void()> *>(work))();
  return nullptr;
}

void runOnBigStack(llvm::function_ref<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_t thread;
  // Not llvm::thread, which ends the process when there is no memory for one.
  bool started =
      pthread_attr_setstacksize(&attributes, stackBytes) == 0 &&
      pthread_create(&thread, &attributes, callWork, &work) == 0;
  pthread_attr_destroy(&attributes);
  if (started)
    pthread_join(thread, nullptr);
  else
    work();
}

} // namespace kdslc
