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
  return split.isMerged() ? split.parts * split.tiles * phase.state_bytes : 0;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// A part of a halved phase has a state for every row: clearing and merging them
/// is to stay a few hundredths of the work. Memory that the allocator gives back after
/// each call costs more, as its pages are made anew. A million rows have 32 parts in
/// the most memory, for as many threads; a few parts suit two and four threads, of which
/// two may cost thrice that.
static int64_t halvedParts(const Split &split, const kdsl_cpu_phase &code,
                           double nanoseconds) {
  constexpr double share = 0.05, ofByte = 0.25, ofNewByte = 0.7;
  constexpr int64_t mostBytes = int64_t(512) << 20, keptBytes = 24 << 20;
  const int64_t bytes = split.tiles * code.state_bytes + 1;
  auto worth = [&](double nanosecondsOfByte) {
    return int64_t(share * nanoseconds / (nanosecondsOfByte * double(bytes)));
  };
  const int64_t kept = smaller(worth(ofByte), keptBytes / bytes),
                made = smaller(worth(ofNewByte), mostBytes / bytes);
  const int64_t parts =
      smaller(smaller(enoughItems, split.tiles), kept > made ? kept : made);
  if (parts >= 4)
    return parts / 4 * 4;
  return split.tiles > 1 && 3 * worth(ofByte) >= 2 ? 2 : 1;
}

Split kdsl::splitOf(const Arguments &arguments, const kdsl_variant &variant,
                    uint32_t phase) {
  const kdsl_cpu_phase &code = variant.phases[phase];
  const int64_t pairs = pairsPerRow(arguments, phase);
  Split split;
  split.tiles =
      tilesOf(arguments, arguments.program().phases[phase], code.tile_rows);
  split.rowsInPart = pairs;
  if (code.merge && code.part_rows == 0 && split.tiles > 0) {
    split.isHalved = true;
    split.parts = halvedParts(split, code,
                              double(split.tiles) * double(code.tile_rows) *
                                  double(pairs) * code.pair_cost);
    return split;
  }
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
