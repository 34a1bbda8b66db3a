//===- Split.cpp - how the work of a phase on the CPU is cut --------------===//

#include "runtime/Split.h"

using namespace kdsl;

/// Fewer tiles than this do not keep many threads busy to the end.
static constexpr int64_t enoughItems = 64;
/// A part is worth the states that it leaves.
static constexpr double partNanoseconds = 50e3;
/// The most memory for all of them.
static constexpr int64_t mostPartialBytes = int64_t(64) << 20;

int64_t kdsl::pairsPerRow(const Arguments &arguments, uint32_t phase) {
  const int32_t axis = arguments.program().phases[phase].pair_axis;
  return axis < 0 ? 1 : arguments.size(axis);
}

int64_t kdsl::partialBytes(const Split &split, const kdsl_cpu_phase &phase) {
  return split.parts == 1 ? 0 : split.items() * phase.state_bytes;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

Split kdsl::splitOf(const Arguments &arguments, const kdsl_variant &variant,
                    uint32_t phase) {
  const kdsl_cpu_phase &code = variant.phases[phase];
  const int64_t pairs = pairsPerRow(arguments, phase);
  Split split;
  split.tiles =
      tilesOf(arguments, arguments.program().phases[phase], code.tile_rows);
  split.rowsInPart = pairs;
  if (!code.merge || split.tiles == 0 || split.tiles >= enoughItems)
    return split;
  const double nanoseconds =
      double(code.tile_rows) * double(pairs) * code.pair_cost;
  int64_t parts = ceilDiv(enoughItems, split.tiles);
  if (nanoseconds < double(parts) * partNanoseconds)
    parts = int64_t(nanoseconds / partNanoseconds);
  if (code.state_bytes > 0)
    parts = smaller(parts,
                    mostPartialBytes / (split.tiles * code.state_bytes));
  const int64_t step = code.part_rows > 0 ? code.part_rows : 1;
  if (parts <= 1 || pairs <= step)
    return split;
  split.rowsInPart = ceilDiv(ceilDiv(pairs, parts), step) * step;
  split.parts = ceilDiv(pairs, split.rowsInPart);
  return split;
}
