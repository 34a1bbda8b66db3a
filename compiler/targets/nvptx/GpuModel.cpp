//===- GpuModel.cpp - what a pair takes on a GPU --------------------------===//

#include "compiler/targets/nvptx/GpuModel.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

namespace kdslc::nvptx {

/// What the model takes for a function that is no instruction, and for the
/// counters and branches of the loops around a pair.
static constexpr double functionOps = 16, loopSlots = 0.25;

/// What a pair costs where a block splits rows j, and where a thread adds up
/// chains of products.
static double splitSlots(const PairCost &cost) {
  return cost.productOfHalves
             ? 2 + double(cost.innerProduct) / 32
             : 4 + 5.5 * double(cost.innerProduct) / 64;
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

/// What else they take: rows j that are read and split for each 32 rows i, chains
/// that are added, and states, once for each window.
static double slotsOfSums(const PairCost &cost, kdsl::ScheduleAttr schedule) {
  const double window = double(schedule.getCollect());
  const double values = (cost.weightedOfHalves ? 4 : 16) / 16.0;
  const double batches = std::ceil(tilesOf(cost) / 8);
  return 0.5 + 3 * batches + tilesOf(cost) * (values + 0.5 + 8 * 4 / window);
}

/// Of pairs that cannot change a state; few others are left of many rows j. A
/// group has one branch around what is rare.
static PairEstimate estimateFilter(const Gpu &gpu, const PairCost &cost,
                                   kdsl::ScheduleAttr schedule) {
  constexpr double slotsOfGroup = 14, lanes = 32, schedulers = 4;
  const auto features = double(cost.filtered);
  const auto rows = double(schedule.getRows());
  const double loads = std::ceil((features + 1) / 4) / rows;
  const double slots = features + 1 + loads +
                       slotsOfGroup / (rows * double(schedule.getGroup()));
  return {slots / (gpu.multiprocessors * lanes * schedulers * gpu.gigahertz),
          "issue slots"};
}

/// The same by tensor cores. A warp loads for 32 rows i what it multiplies, and
/// a block rounds rows j for all of its rows i.
static PairEstimate estimateBounds(const Gpu &gpu, const PairCost &cost,
                                   kdsl::ScheduleAttr schedule) {
  constexpr double lanes = 32, schedulers = 4, slotsOfGroup = 16;
  constexpr double slotsOfFeature = 10, pass = 0.002;
  const double steps = std::ceil(double(cost.filtered) / 16);
  const double products = steps / 4;
  const double slots = products + 2.5 + steps / 8 +
                       slotsOfGroup / double(schedule.getGroup()) +
                       slotsOfFeature * 16 * steps /
                           double(schedule.getLanes()) +
                       pass * 2 * cost.arithmetic;
  const double tensor = products * gpu.product;
  return {std::max(slots, tensor) / (gpu.multiprocessors * lanes *
                                     schedulers * gpu.gigahertz),
          slots < tensor ? "tensor cores (HMMA)" : "issue slots"};
}

/// A scheduler issues one instruction of a warp in a cycle; other units take
/// several cycles for theirs. The slowest of them binds.
PairEstimate estimatePair(const Gpu &gpu, const PairCost &whole,
                          kdsl::ScheduleAttr schedule, int64_t rowsOfThread) {
  constexpr double lanesOfScheduler = 32, schedulers = 4;
  const bool hasWeights = schedule && schedule.getCollect() > 0;
  const PairCost cost = hasWeights ? whole.withoutWeighted() : whole;
  const bool isDouble = cost.elementBits == 64;
  const bool hasProducts = schedule && schedule.getChain() > 0;
  if (schedule && schedule.getFilter())
    return schedule.getChain() ? estimateBounds(gpu, cost, schedule)
                               : estimateFilter(gpu, cost, schedule);
  const double rows =
      hasProducts || hasWeights ? 1 : double(rowsOfThread);
  const double exponentials = cost.exponentials + cost.foldExponentials;
  const double others = cost.elementary - cost.exponentials + cost.divisions;
  const double features = hasProducts ? double(cost.innerProduct) : 0;
  const double weighted = hasWeights ? instructionsOfSums(cost) : 0;
  const double products =
      weighted + (hasProducts ? instructionsOfProducts(cost) : 0);
  // What tensor cores take and give comes and goes by shared memory.
  const double moved = hasProducts ? 1 + features / 64 : 0;
  const double split = hasProducts ? splitSlots(cost) : 0;
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
      functionOps * others + (isDouble ? functionOps * exponentials : 0);
  const double slots = plain + polynomials + loads + loopSlots + products +
                       split + (hasWeights ? slotsOfSums(cost, schedule) : 0) +
                       (isDouble ? 0 : exponentials);
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
  const double pairsPerCycle = gpu.multiprocessors * lanesOfScheduler *
                               schedulers * (cost.both ? 2 : 1) /
                               slowest.first;
  return {1 / (pairsPerCycle * gpu.gigahertz), slowest.second};
}

} // namespace kdslc::nvptx
