//===- Layout.cpp - grids and device memory of one call -------------------===//

#include "runtime/cuda/Layout.h"
#include "runtime/ByteSum.h"
#include "runtime/Error.h"
#include "runtime/Ranges.h"

using namespace kdsl;
using namespace kdsl::cuda;

/// Rows j are split until there are about as many blocks as a large device runs
/// at once. Not the device's own count: the same program has the same bits on
/// every device of a target.
static constexpr int64_t targetBlocks = 1024;
/// Where many rows j are left for a block, until a device has some rounds of them:
/// of two rounds the second may be nearly empty, of sixteen that costs little.
static constexpr int64_t targetRounds = 16, longPart = 2048;
static constexpr int64_t mostOfStates = int64_t(64) << 20; ///< bytes, for that
/// Of halved phases, whose blocks do twice as much, and which have states of rows
/// j too: parts are halved until there are so many blocks, but not below so many
/// rows; and launches have as many parts as this memory holds.
static constexpr int64_t halvedBlocks = 512, leastWindow = 64;
static constexpr int64_t mostOfHalved = int64_t(512) << 20;
/// The driver's limits on grids.
static constexpr int64_t maxGridX = INT32_MAX;
static constexpr int64_t maxGridY = 65535;
/// Blocks of kernels with scratch memory, which bounds that memory.
static constexpr int64_t maxScratchBlocks = 4096;

static int64_t atLeastOne(int64_t a) { return a > 1 ? a : 1; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// Each two rows once: a part is a window of rows j, as far ahead of each tile, up
/// to half of the tiles away, or in its own rows, or behind the last whole tile.
static void halve(PhaseGrid &grid, const kdsl_device_phase &phase,
                  int64_t rowTiles, int64_t pairs) {
  const int64_t size = phase.block_rows;
  const int64_t distances = pairs / size / 2 + 1 + (pairs % size ? 1 : 0);
  int64_t windows = 1; // of a tile
  while (size / windows > leastWindow &&
         rowTiles * distances * windows < halvedBlocks)
    windows *= 2;
  const int64_t perWindow = grid.rows * atLeastOne(phase.state_bytes);
  int64_t parts = smaller(distances * windows,
                          smaller(mostOfHalved / perWindow / 2, maxGridY));
  // A tile's windows share a state of its rows: it is in one launch.
  parts = atLeastOne(parts / windows) * windows;
  grid.isHalved = true;
  grid.rowsInPart = size / windows;
  grid.parts = unsigned(parts);
  grid.launches = ceilDiv(distances * windows, parts);
  grid.states = parts + parts / windows;
}

PhaseGrid kdsl::cuda::gridOf(const Arguments &arguments, uint32_t phaseIndex,
                             const kdsl_device_phase &phase) {
  const kdsl_phase &loop = arguments.program().phases[phaseIndex];
  PhaseGrid grid;
  grid.rows = arguments.points(loop);
  if (grid.rows == 0)
    return grid;
  const int64_t rowTiles = tilesOf(arguments, loop, phase.block_rows);
  const int64_t pairs = loop.pair_axis < 0 ? 0 : arguments.size(loop.pair_axis);
  const int64_t step = atLeastOne(phase.part_rows);
  int64_t parts = 1;
  if (phase.merge && phase.part_rows == 0) {
    halve(grid, phase, rowTiles, pairs);
  } else if (phase.merge) {
    const int64_t filling =
        smaller(ceilDiv(targetBlocks, rowTiles), ceilDiv(pairs, step));
    const int64_t rounds =
        smaller(smaller(ceilDiv(targetRounds * targetBlocks, rowTiles),
                        pairs / longPart),
                mostOfStates / atLeastOne(phase.state_bytes) / grid.rows);
    parts = atLeastOne(smaller(filling > rounds ? filling : rounds, maxGridY));
  }
  if (!grid.isHalved) {
    grid.rowsInPart = atLeastOne(ceilDiv(ceilDiv(pairs, parts), step)) * step;
    grid.parts = unsigned(atLeastOne(ceilDiv(pairs, grid.rowsInPart)));
    grid.states = grid.parts > 1 ? grid.parts : 0;
  }
  const int64_t limit = phase.scratch_bytes > 0
                            ? atLeastOne(maxScratchBlocks / grid.parts)
                            : maxGridX;
  grid.x = unsigned(smaller(rowTiles, limit));
  // Its tiles have a row for each thread; scratch is there for as many blocks.
  const int64_t mergeTiles = atLeastOne(phase.block_rows / phase.threads);
  grid.mergeX = unsigned(
      smaller(grid.x * smaller(mergeTiles, grid.parts), maxGridX));
  return grid;
}

/// Keeps the larger of two sums; one that overflowed is the largest.
static void keepLarger(ByteSum &largest, const ByteSum &sum) {
  if (!largest.overflowed() &&
      (sum.overflowed() || sum.offset() > largest.offset()))
    largest = sum;
}

/// Widens `partials` and `scratch` to what one phase needs.
static void addPhase(const Arguments &arguments, uint32_t index,
                     const kdsl_device_phase &phase, ByteSum &partials,
                     ByteSum &scratch) {
  const PhaseGrid grid = gridOf(arguments, index, phase);
  if (grid.rows == 0)
    return;
  ByteSum states(deviceAlign), blocks(deviceAlign);
  states.add(grid.rows * grid.states, phase.state_bytes);
  blocks.add(int64_t(grid.x) * grid.parts, phase.scratch_bytes);
  keepLarger(partials, states);
  keepLarger(scratch, blocks);
}

int kdsl::cuda::layOut(const Arguments &arguments, const TurnedRanges &turned,
                       const kdsl_image &image, bool copiesArrays,
                       DeviceLayout &layout) {
  const kdsl_kernel &kernel = arguments.program();
  ByteSum sum(deviceAlign), partials(deviceAlign), scratch(deviceAlign);
  for (uint32_t k = 0; k < kernel.n_temps; ++k)
    sum.add(arguments.points(kernel.temps[k]), kernel.temps[k].row_bytes);
  layout.ranges = sum.offset();
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (isRanges(kernel.args[k]))
      sum.add(1, rangesBytes(*static_cast<const kdsl_ranges *>(
                                 arguments.pointer(kernel.args[k])),
                             turned.of(k)));
  layout.arrays = sum.offset();
  for (uint32_t k = 0; copiesArrays && k < kernel.n_args; ++k)
    if (isArray(kernel.args[k]))
      sum.add(1, denseBytes(arguments, kernel.args[k]));
  for (uint32_t k = 0; k < kernel.n_phases; ++k)
    addPhase(arguments, k, image.phases[k], partials, scratch);
  layout.partials = sum.offset();
  sum.add(1, int64_t(partials.offset()));
  layout.scratch = sum.offset();
  sum.add(1, int64_t(scratch.offset()));
  layout.total = sum.offset();
  if (sum.overflowed() || partials.overflowed() || scratch.overflowed())
    return fail(KDSL_ENOMEM,
                "program '%s': the device memory for these sizes is larger "
                "than the address space",
                kernel.name);
  return KDSL_OK;
}
