//===- RowOrder.h - rows in an order in which neighbours are near ---------===//
//
// A phase that looks for the smallest distances need not meet rows j that are far
// from all rows i of a tile. So both are put in the order of a k-d tree: halves of
// them by the middle number of their widest feature, again and again, down to the
// rows of a tile. What follows each other there lies in a small box, and the code
// of the phase passes over the boxes that are too far.
//
// Which phases have such code is in the descriptor; whether it is worth the sorting
// depends on sizes and code only.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CPU_ROWORDER_H
#define KDSL_RUNTIME_CPU_ROWORDER_H

#include "runtime/ByteSum.h"
#include "runtime/Phases.h"

namespace kdsl {

/// The code of a phase for ordered rows, where there is some and it is worth it;
/// else null.
const kdsl_ordered_phase *orderedCode(const Arguments &arguments,
                                      const kdsl_variant &variant,
                                      uint32_t phase);

/// Adds the memory of an order to a workspace.
void addOrderBytes(const Arguments &arguments, const kdsl_ordered_phase &code,
                   ByteSum &sum);

/// Puts the rows of a phase in order, on all workers of the call.
///
/// \param order  set to what lies in the workspace at `layout.partials`; without
///               rows where a number is beyond 2^60 or none, or too many rows j are
///               the same.
/// \param ask    called by worker 0 with `user` now and then: a status that ends the
///               sorting. Null: nobody asks.
/// \returns KDSL_OK, what `ask` returned, or how the caller's pool failed.
int orderRows(const PhaseRun &run, const kdsl_ordered_phase &code,
              kdsl_row_order &order, int (*ask)(void *user), void *user);

} // namespace kdsl

#endif // KDSL_RUNTIME_CPU_ROWORDER_H
