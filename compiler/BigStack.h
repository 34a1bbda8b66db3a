//===- BigStack.h - work that may recurse deeply --------------------------===//

#ifndef KDSLC_BIGSTACK_H
#define KDSLC_BIGSTACK_H

#include "llvm/ADT/STLFunctionalExtras.h"

namespace kdslc {

/// Runs `work` to its end on a thread of its own, with a stack that is enough
/// for all that the limits of the language let through, whatever the caller has
/// (`ulimit -s`, a worker thread). Where no thread is to be had it runs on the
/// caller's.
void runOnBigStack(llvm::function_ref<void()> work);

} // namespace kdslc

#endif // KDSLC_BIGSTACK_H
