//===- Ranges.h - block-sparse sets of pairs ------------------------------===//

#ifndef KDSL_RUNTIME_RANGES_H
#define KDSL_RUNTIME_RANGES_H

#include "runtime/TurnedRanges.h"

namespace kdsl {

/// Checks every kdsl_ranges of a call, in O(blocks + slices). Needs checkShapes.
int checkRanges(const Arguments &arguments);

/// Bytes of a checked set with its arrays behind it, and of the turned one.
///
/// \param turned  null if code does not read it.
int64_t rangesBytes(const kdsl_ranges &ranges, const kdsl_ranges *turned);

/// Writes a checked set, with its arrays behind it, to `copy`, which will be
/// moved to `address`.
void packRanges(const kdsl_ranges &ranges, const kdsl_ranges *turned,
                uint64_t address, char *copy);

} // namespace kdsl

#endif // KDSL_RUNTIME_RANGES_H
