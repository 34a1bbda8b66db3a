//===- GpuModel.cpp - what a pair takes on a GPU --------------------------===//

#include "compiler/targets/nvptx/GpuModel.h"
#include "compiler/targets/nvptx/InnerProduct.h"
#include "compiler/targets/nvptx/TensorFilter.h"
#include "compiler/targets/nvptx/TensorProducts.h"
#include "compiler/targets/nvptx/WeightedSums.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

namespace kdslc::nvptx {

/// What the model takes for a function that is no instruction, for a quotient or root
/// of f32, and for the counters and branches of the loops around a pair.
static constexpr double functionOps = 16, quotientOps = 7, loopSlots = 0.25;

/// Threads that share what a block does once, as most of these numbers were found.
static constexpr double usualThreads = 256;

/// What a pair costs where a block splits rows j, for all of its rows i, and where a
/// thread adds up chains of products.
static double splitSlots(const PairCost &cost, const kdsl::Schedule &schedule) {
  const double features = double(cost.innerProduct) / 64;
  const double share = usualThreads / double(schedule.lanes);
  return cost.productOfHalves
             ? 1.3 + 1.6 * features + (0.7 + 0.4 * features) * share
             : 3 + 3 * features + (1 + 2.5 * features) * share;
}

/// Instructions of a thread for the inner product of a pair: one of 32 threads
/// takes 16 features of 16 x 8 pairs.
static double instructionsOfProducts(const PairCost &cost) {
  return (cost.productOfHalves ? 1 : 3) *
         std::ceil(double(cost.innerProduct) / 16) * 32 / (16 * 8);
}

static double tilesOf(const PairCost &cost) {
  return std::ceil(double(cost.weighted) / 8);
}

/// The same for sums of weighted values, of tf32: one of 32 threads takes 8
/// components of 16 x 8 pairs, 8 rows j twice in a chain.
static double instructionsOfSums(const PairCost &cost) {
  return (cost.weightedOfHalves ? 2 : 3) * tilesOf(cost) / 4;
}

int64_t productParts(const PairCost &cost) {
  return cost.productOfHalves ? 1 : 2;
}

/// The components whose sums a thread has at once, beside rows i.
static WeightedSums::Tiles tilesAtOnce(const PairCost &cost, bool hasProducts) {
  return WeightedSums::tilesOf(
      cost.weighted, hasProducts ? TensorProducts::registersOfRows(
                                       cost.innerProduct, productParts(cost))
                                 : 0);
}

/// What else they take: weights, which are split for each batch of components; values,
/// which are read and split for each 32 rows i, or once for a block; chains that are
/// added; and states, once for each window.
static double slotsOfSums(const PairCost &cost,
                          const kdsl::Schedule &schedule) {
  const double window = double(schedule.collect);
  const double values = (cost.weightedOfHalves ? 8 : 16) / 16.0;
  const double loads = (cost.weightedOfHalves ? 1 : 2) / 16.0;
  const double warps = double(schedule.lanes) / 32;
  const auto tiles = tilesAtOnce(cost, schedule.chain > 0);
  return 6 * double(tiles.batches) +
         double(tiles.all()) *
             ((schedule.values ? loads + 2.5 * values / warps : values) + 0.6 +
              40 / window);
}

kdsl::Schedule ofSweep(const PairCost &whole, const kdsl::Schedule &schedule) {
  const bool filters =
      schedule.filter && whole.filtered > 0 &&
      (schedule.chain > 0 || whole.filtered <= schedule.unroll);
  const bool multiplied =
      multiplies(whole.innerProduct, productParts(whole), schedule);
  const bool collects = schedule.collect > 0 && whole.weighted > 0;
  kdsl::Schedule own = schedule;
  own.filter = filters;
  if (!filters && !multiplied)
    own.chain = 0;
  if (!collects) {
    own.collect = 0;
    own.values = false;
  }
  return own;
}

/// Of a sweep alone, under what it has of its grid's schedule.
static int64_t sharedOfSweep(const PairCost &whole,
                             const kdsl::Schedule &schedule) {
  const int64_t window = schedule.collect;
  const bool hasProducts = schedule.chain > 0;
  if (schedule.filter && hasProducts)
    return TensorFilter::sharedBytes(whole.filtered, schedule);
  const PairCost cost = window > 0 ? whole.withoutWeighted() : whole;
  const int64_t record =
      cost.columnBytes - (hasProducts ? cost.productBytes : 0) + 15;
  return schedule.stage * record +
         (hasProducts ? TensorProducts::sharedBytes(cost.innerProduct,
                                                    productParts(cost),
                                                    schedule, window)
                      : WeightedSums::weightBytes(schedule.lanes, window)) +
         (schedule.values
              ? 16 + WeightedSums::valueBytes(tilesAtOnce(whole, hasProducts),
                                              whole.weightedOfHalves, window)
              : 0);
}

int64_t sharedBytes(llvm::ArrayRef<PairCost> sweeps,
                    const kdsl::Schedule &schedule) {
  int64_t bytes = 0;
  for (const PairCost &sweep : sweeps)
    bytes = std::max(bytes, sharedOfSweep(sweep, ofSweep(sweep, schedule)));
  return bytes;
}

/// Threads of a multiprocessor at once, of which each has all registers that it may.
static double threadsAtOnce(const Gpu &gpu, const kdsl::Schedule &schedule,
                            int64_t shared) {
  constexpr int64_t ofSystem = 1024;
  const int64_t lanes = schedule.lanes;
  const int64_t blocks =
      std::min(int64_t(usualThreads) / lanes,
               gpu.sharedOfProcessor / (shared + ofSystem));
  return double(lanes * std::max<int64_t>(blocks, 1));
}

/// What a pair waits for rows j that come to shared memory: a stage comes from the
/// other end of the machine, and the more threads there are, the more of them do
/// something else meanwhile.
static double waitingSlots(const kdsl::Schedule &schedule, double threads) {
  constexpr double cycles = 400, lanesOfCycle = 128;
  return cycles * lanesOfCycle / (double(schedule.stage) * threads);
}

/// Of pairs that cannot change a state; few others are left of many rows j. A
/// group has one branch around what is rare.
static PairEstimate estimateFilter(const Gpu &gpu, const PairCost &cost,
                                   const kdsl::Schedule &schedule) {
  constexpr double slotsOfGroup = 14, lanes = 32, schedulers = 4;
  const auto features = double(cost.filtered);
  const auto rows = double(schedule.rows);
  const double loads = std::ceil((features + 1) / 4) / rows;
  const double slots =
      features + 1 + loads + slotsOfGroup / (rows * double(schedule.group));
  return {slots / (gpu.multiprocessors * lanes * schedulers * gpu.gigahertz),
          "issue slots"};
}

/// The same by tensor cores. A warp loads for 32 rows i what it multiplies, and
/// a block rounds rows j for all of its rows i.
static PairEstimate estimateBounds(const Gpu &gpu, const PairCost &cost,
                                   const kdsl::Schedule &schedule) {
  constexpr double lanes = 32, schedulers = 4, slotsOfGroup = 16;
  constexpr double slotsOfFeature = 10, pass = 0.002;
  const double steps = std::ceil(double(cost.filtered) / 16);
  const double products = steps / 4;
  const double slots = products + 2.5 + steps / 8 +
                       slotsOfGroup / double(schedule.group) +
                       slotsOfFeature * 16 * steps / double(schedule.lanes) +
                       pass * 2 * cost.arithmetic;
  const double tensor = products * gpu.product;
  return {std::max(slots, tensor) / (gpu.multiprocessors * lanes *
                                     schedulers * gpu.gigahertz),
          slots < tensor ? "tensor cores (HMMA)" : "issue slots"};
}

/// A scheduler issues one instruction of a warp in a cycle; other units take
/// several cycles for theirs. The slowest of them binds.
/// \param schedule  what of its grid's the sweep has a use for.
/// \param rows      of a thread.
/// \param threads   of a multiprocessor at once, where tensor cores leave room for
///                  few; 0: for many.
static PairEstimate estimatePair(const Gpu &gpu, const PairCost &whole,
                                 const kdsl::Schedule &schedule, double rows,
                                 double threads) {
  constexpr double lanesOfScheduler = 32, schedulers = 4;
  const bool hasWeights = schedule.collect > 0;
  const PairCost cost = hasWeights ? whole.withoutWeighted() : whole;
  const bool isDouble = cost.elementBits == 64;
  const bool hasProducts = schedule.chain > 0;
  if (schedule.filter)
    return schedule.chain ? estimateBounds(gpu, cost, schedule)
                          : estimateFilter(gpu, cost, schedule);
  const double exponentials = cost.exponentials + cost.foldExponentials;
  const double others = cost.elementary - cost.exponentials;
  const double features = hasProducts ? double(cost.innerProduct) : 0;
  const double weighted = hasWeights ? instructionsOfSums(cost) : 0;
  const double products =
      weighted + (hasProducts ? instructionsOfProducts(cost) : 0);
  // What tensor cores take and give comes and goes by shared memory.
  const double moved = hasProducts ? 1 + features / 64 : 0;
  const double split = hasProducts ? splitSlots(cost, schedule) : 0;
  // A number for row j is added once for a pair; once for all rows of a thread
  // it is added to what travels, and goes on.
  const double plain = cost.arithmetic - cost.fused + cost.otherFolds() -
                       (1 - 2 / rows) * cost.turned -
                       (hasProducts ? cost.productArithmetic : 0);
  const double loads =
      moved +
      std::ceil(double(cost.columnBytes -
                       (hasProducts ? cost.productBytes : 0)) /
                16) /
          rows;
  const double polynomials =
      functionOps * (others + (isDouble ? exponentials + cost.divisions : 0)) +
      (isDouble ? 0 : quotientOps * cost.divisions);
  double slots = plain + polynomials + loads + loopSlots + products + split +
                 (isDouble ? 0 : exponentials);
  if (hasWeights)
    slots += slotsOfSums(whole, schedule);
  // Half of the threads hide half of what instructions wait for; what products wait
  // for is among their slots.
  double share = 1;
  if (threads > 0 && (hasWeights || !hasProducts)) {
    slots += waitingSlots(schedule, threads);
    share = std::min(1.0, threads / usualThreads);
  }
  const std::pair<double, llvm::StringRef> units[] = {
      {slots, "issue slots"},
      {isDouble ? 0
                : (exponentials + cost.divisions) * lanesOfScheduler *
                      schedulers / gpu.special,
       "the unit of exponentials (MUFU)"},
      {isDouble ? (plain + polynomials) * lanesOfScheduler * schedulers /
                      gpu.doubles
                : 0,
       "the unit of doubles (FP64)"},
      {products * gpu.product, "tensor cores (HMMA)"},
      // Of rows j that the lanes of a warp do not share, 16 bytes are four reads.
      {loads * schedulers * (cost.both ? 4 : 1), "shared memory"}};
  const auto &slowest = *llvm::max_element(
      units, [](auto &a, auto &b) { return a.first < b.first; });
  const double slotsInTime = gpu.multiprocessors * lanesOfScheduler * schedulers *
                             (cost.both ? 2 : 1) * share * gpu.gigahertz;
  return {slowest.first / slotsInTime, slowest.second, slots / slotsInTime};
}

llvm::SmallVector<PairEstimate> estimatePairs(const Gpu &gpu,
                                              llvm::ArrayRef<PairCost> sweeps,
                                              const kdsl::Schedule &schedule,
                                              int64_t rowsOfThread) {
  const bool hasTensorCores = schedule.chain > 0 || schedule.collect > 0;
  const double threads =
      hasTensorCores
          ? threadsAtOnce(gpu, schedule, sharedBytes(sweeps, schedule))
          : 0;
  return llvm::map_to_vector(sweeps, [&](const PairCost &sweep) {
    return estimatePair(gpu, sweep, ofSweep(sweep, schedule),
                        hasTensorCores ? 1 : double(rowsOfThread), threads);
  });
}

} // namespace kdslc::nvptx
