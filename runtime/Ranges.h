//===- Ranges.h - block-sparse sets of pairs ------------------------------===//

#ifndef KDSL_RUNTIME_RANGES_H
#define KDSL_RUNTIME_RANGES_H

#include "runtime/Arguments.h"

namespace kdsl {

/// Checks every kdsl_ranges of a call, in O(blocks + slices). Needs checkShapes.
int checkRanges(const Arguments &arguments);

/// Bytes of a checked set with its arrays behind it.
int64_t rangesBytes(const kdsl_ranges &ranges);

/// Writes a checked set with its arrays behind it to `copy`, which will be moved
/// to `address`.
void packRanges(const kdsl_ranges &ranges, uint64_t address, char *copy);

} // namespace kdsl

#endif // KDSL_RUNTIME_RANGES_H
