//===- BigStack.cpp - work that may recurse deeply ------------------------===//

#include "compiler/BigStack.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Threading.h"
#include <algorithm>
#include <atomic>
#include <optional>
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

/// \returns nothing where no thread is to be had. Not llvm::thread, which ends
/// the process then.
static std::optional<pthread_t> start(llvm::function_ref<void()> *work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_t thread;
  bool started =
      pthread_attr_setstacksize(&attributes, stackBytes) == 0 &&
      pthread_create(&thread, &attributes, callWork, work) == 0;
  pthread_attr_destroy(&attributes);
  return started ? std::optional(thread) : std::nullopt;
}

void runOnBigStack(llvm::function_ref<void()> work) {
  if (auto thread = start(&work))
    pthread_join(*thread, nullptr);
  else
    work();
}

void runSideBySide(size_t count, llvm::function_ref<void(size_t)> work) {
  std::atomic<size_t> next = 0;
  auto takeTurns = [&] {
    for (size_t turn = next++; turn < count; turn = next++)
      work(turn);
  };
  llvm::function_ref<void()> turns = takeTurns;
  size_t cores = llvm::hardware_concurrency().compute_thread_count();
  llvm::SmallVector<pthread_t> threads;
  while (threads.size() < std::min(cores, count)) {
    auto thread = start(&turns);
    if (!thread)
      break;
    threads.push_back(*thread);
  }
  if (threads.empty())
    takeTurns();
  for (pthread_t thread : threads)
    pthread_join(thread, nullptr);
}

} // namespace kdslc
