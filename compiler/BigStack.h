//===- BigStack.h - work that may recurse deeply --------------------------===//

#ifndef KDSLC_BIGSTACK_H
#define KDSLC_BIGSTACK_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstddef>

namespace kdslc {

/// Runs `work` to its end on a thread of its own, with a stack that is enough
/// for all that the limits of the language let through, whatever the caller has
/// (`ulimit -s`, a worker thread). Where no thread is to be had it runs on the
/// caller's.
void runOnBigStack(llvm::function_ref<void()> work);

/// Runs `work(0)` to `work(count - 1)` to their ends, side by side on as many
/// such threads as there are cores for this process, the first ones first.
void runSideBySide(size_t count, llvm::function_ref<void(size_t)> work);

} // namespace kdslc

#endif // KDSLC_BIGSTACK_H
