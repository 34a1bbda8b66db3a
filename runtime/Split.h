//===- Split.h - how the work of a phase on the CPU is cut ----------------===//

#ifndef KDSL_RUNTIME_SPLIT_H
#define KDSL_RUNTIME_SPLIT_H

#include "runtime/Arguments.h"

namespace kdsl {

/// The items of a phase: tiles of rows i, or of few tiles their parts of the rows
/// j, whose states are merged behind it. It depends on sizes and code only, so
/// that results have the same bits for any number of threads.
struct Split {
  int64_t tiles = 0;
  int64_t parts = 1;      ///< of each tile; 1: nothing is merged
  int64_t rowsInPart = 0; ///< rows j, at least all of them for one part
  bool isHalved = false;  ///< parts share out the tiles, and are always merged

  int64_t items() const { return isHalved ? parts : tiles * parts; }
  bool isMerged() const { return isHalved || parts > 1; }
};

Split splitOf(const Arguments &arguments, const kdsl_variant &variant,
              uint32_t phase);

/// Bytes of the states of all parts; 0 for one part.
int64_t partialBytes(const Split &split, const kdsl_cpu_phase &phase);

/// Rows j that each row i of a phase meets; 1 if there is no sweep.
int64_t pairsPerRow(const Arguments &arguments, uint32_t phase);

} // namespace kdsl

#endif // KDSL_RUNTIME_SPLIT_H
