//===- NvptxTarget.cpp - NVIDIA GPUs and their cost model -----------------===//

#include "compiler/Target.h"
#include "compiler/targets/nvptx/GpuModel.h"
#include "compiler/targets/nvptx/InnerProduct.h"
#include "compiler/targets/nvptx/TensorFilter.h"
#include "compiler/targets/nvptx/TensorProducts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace kdslc {

namespace {

using nvptx::Gpu, nvptx::TensorFilter, nvptx::TensorProducts,
    nvptx::longestChain, nvptx::productParts;

class NvptxTarget : public Target {
public:
  explicit NvptxTarget(const Gpu &gpu) : gpu(gpu) {}

  llvm::StringRef name() const override { return gpu.name; }
  llvm::StringRef description() const override { return gpu.description; }

  kdsl::Schedule chooseSchedule(llvm::ArrayRef<PairCost> sweeps, int optLevel,
                                const ScheduleWishes &wishes) const override {
    const PairCost all = widest(sweeps);
    if (optLevel == 0) {
      kdsl::Schedule single;
      single.lanes = 32;
      single.rows = single.group = 1;
      single.block = block;
      single.unroll = unroll;
      single.stage = chooseStage(all, single.lanes, single.lanes);
      return single;
    }
    auto best = choosePlain(all, wishes, /*filter=*/false);
    if (all.both)
      return best;
    auto consider = [&](const kdsl::Schedule &other) {
      if (isFaster(sweeps, other, best))
        best = other;
    };
    if (canFilter(sweeps, wishes))
      if (auto filter = choosePlain(all, wishes, /*filter=*/true);
          filter.stage > 0)
        consider(filter);
    // Tensor cores sum products that are not rounded one by one.
    if (wishes.fma == "on")
      withTensorCores(sweeps, wishes, consider);
    return best;
  }

  /// Half of the pairs must be worth what travels and the states of rows j. Both
  /// directions must fit the registers, and so many rows of a thread the bound of
  /// a sum, as it says in ThreadRing.cpp.
  bool halves(const PairCost &plain, const PairCost &both,
              const ScheduleWishes &wishes) const override {
    constexpr double least = 1.2, mostTurned = 8;
    constexpr int64_t mostBytes = 128, mostRows = 16;
    const int64_t lanes = wishes.lanes ? wishes.lanes : threads;
    return both.longestFeature <= unroll && both.columnBytes <= mostBytes &&
           both.turned <= mostTurned && wishes.tileRows / lanes <= mostRows &&
           chooseStage(both, threads, lanes) > 0 &&
           estimatePairs(plain, {}).front().nanoseconds >
               least * estimatePairs(both, {}).front().nanoseconds;
  }

  std::string refuse(llvm::StringRef key, int64_t value) const override {
    if (key == "tile_i")
      return needPower(key, value, 32, 1024);
    if (key == "tile_j" || key == "unroll")
      return needPower(key, value, 1, 32);
    if (key == "threads")
      return needPower(key, value, 32, 512);
    return "'" + key.str() + "' is not for GPUs, which have 'tile_i', "
           "'tile_j', 'unroll' and 'threads'";
  }

  kdsl::Schedule ofSweep(const PairCost &cost,
                         const kdsl::Schedule &schedule) const override {
    return nvptx::ofSweep(cost, schedule);
  }

  llvm::SmallVector<PairEstimate>
  estimatePairs(llvm::ArrayRef<PairCost> sweeps,
                const kdsl::Schedule &schedule) const override {
    return nvptx::estimatePairs(gpu, sweeps, schedule,
                                chooseRows(widest(sweeps), /*filter=*/false));
  }

  int64_t askedBytes(llvm::ArrayRef<PairCost> sweeps,
                     const kdsl::Schedule &schedule) const override {
    const int64_t bytes = nvptx::sharedBytes(sweeps, schedule);
    return bytes > nvptx::mostOwnShared ? bytes : 0;
  }

  llvm::StringRef machine() const override { return gpu.machine; }

private:
  static constexpr int64_t threads = 128, block = 32, unroll = usualUnroll;
  static constexpr int64_t widestTile = 512;
  /// Rows j whose weights wait for tensor cores, at most.
  static constexpr int64_t longestWindow = 4 * block;
  /// Instructions of a group. PTX is text that every object carries, and numbers of
  /// doubles take two registers.
  static constexpr double longestCode = 640, longestOfDoubles = 480;
  /// Many rows share what is read, and hide latencies, in small groups too.
  static constexpr double longestOfManyRows = 256;
  /// Of a block with tensor cores: the more, the more rows i share what is
  /// split of row j, and one block fills the registers.
  static constexpr int64_t productThreads = 256;
  static constexpr double polynomialOps = 30;
  /// What stands in registers of a row where loops over features are written out.
  static int64_t wholeRow(const PairCost &cost) {
    return (cost.rowNumbers + cost.stateParts) * (cost.elementBits / 32);
  }

  /// Row i of long features is in registers too, where they hold it and the pair
  /// has a distance or product and little else, of which no other features are
  /// kept: read again in each pair a row costs as much as the arithmetic, a line
  /// of memory a thread.
  static int64_t chooseUnroll(const PairCost &cost) {
    constexpr int64_t longest = 128, registers = 112, states = 8;
    const double distance = 2.0 * double(cost.longestFeature);
    bool fits = cost.longestFeature <= longest && wholeRow(cost) <= registers &&
                cost.folds > 0 && cost.stateParts <= states &&
                cost.arithmetic <= distance + 8;
    return fits ? std::max(cost.longestFeature, unroll) : unroll;
  }

  /// Registers of 32 bits that the features and states of one row take; long
  /// feature loops hold sums instead.
  static int64_t registersOfRow(const PairCost &cost, bool filter) {
    // The filter has its own numbers of a row, its norm, and its limit; long lists
    // are not in registers.
    if (filter)
      return 2 * cost.rowNumbers + 3 +
             (cost.places > unroll ? unroll : cost.stateParts);
    if (cost.longestFeature <= chooseUnroll(cost))
      return wholeRow(cost);
    return (8 + std::min(cost.stateParts, 3 * unroll)) *
           (cost.elementBits / 32);
  }

  /// Rows of a thread share what is read of row j. These registers for rows and
  /// states leave as many for the values of a group; with more rows, at a quarter
  /// of the threads that a multiprocessor can hold, which is enough where pairs
  /// do not wait. Only short pairs feel what they share, and where nothing is
  /// reduced nothing is shared. The code that enters a list is long, and there once
  /// for each row.
  static int64_t chooseRows(const PairCost &cost, bool filter) {
    struct Choice {
      int64_t rows, budget;
      bool forShort;
    };
    constexpr Choice choices[] = {
        {8, 48, true}, {4, 96, true}, {4, 64, false}, {2, 64, false}};
    constexpr double mostOfShort = 32;
    constexpr int64_t mostOfLists = 2;
    if (cost.folds == 0)
      return 1;
    const bool isShort = cost.elementBits == 32 &&
                         cost.elementary == cost.exponentials &&
                         cost.arithmetic + cost.folds <= mostOfShort;
    for (const Choice &choice : choices)
      if (choice.rows * registersOfRow(cost, filter) <= choice.budget &&
          (isShort || !choice.forShort) &&
          (cost.places == 0 || filter || choice.rows <= mostOfLists))
        return choice.rows;
    return 1;
  }

  /// Of long lists and sums, which are not in registers, folds have as much at
  /// hand as of this many numbers.
  static constexpr int64_t widestState = 28;

  /// A schedule without tensor cores.
  static kdsl::Schedule choosePlain(const PairCost &cost,
                                    const ScheduleWishes &wishes, bool filter) {
    kdsl::Schedule plain;
    plain.block = block;
    plain.unroll = wishes.unroll ? wishes.unroll : chooseUnroll(cost);
    plain.halved = cost.both;
    plain.filter = filter;
    int64_t &lanes = plain.lanes, &rows = plain.rows, &group = plain.group;
    rows = chooseRows(cost, filter);
    // Where one row fills half of what a thread has, a group must be small, and so
    // where rows j do; of features that are not written out few are there at once.
    // A filter has little code for each pair, and tests all of a group at once.
    group = registersOfRow(cost, filter) > 96 ? 2 : filter ? 8 : 4;
    constexpr int64_t mostOfColumns = 96;
    while (group > 1 && cost.longestFeature <= unroll &&
           group * cost.columnBytes / 4 > mostOfColumns)
      group /= 2;
    const double exponential = cost.elementBits == 32 ? 1 : polynomialOps / 2;
    const double ops = cost.arithmetic + cost.folds + 8 * cost.divisions +
                       exponential * cost.exponentials +
                       polynomialOps * (cost.elementary - cost.exponentials);
    const double most = cost.elementBits == 64 ? longestOfDoubles
                        : rows > 4             ? longestOfManyRows
                                               : longestCode;
    while (group > 1 && double(rows * group) * ops > most)
      group /= 2;
    while (rows > 1 && double(rows * group) * ops > most)
      rows /= 2;
    // As many rows of a tile, so that small problems have as many blocks.
    lanes = wishes.lanes      ? wishes.lanes
            : wishes.tileRows ? threads
                              : std::min(threads, widestTile / rows);
    if (wishes.tileRows) {
      lanes = std::min(lanes, wishes.tileRows);
      rows = wishes.tileRows / lanes;
    }
    if (wishes.group)
      group = wishes.group;
    plain.stage = chooseStage(cost, std::max(lanes, threads), lanes);
    return plain;
  }

  /// What the filter adds up is a chain of multiply-adds, written out.
  static bool canFilter(llvm::ArrayRef<PairCost> sweeps,
                        const ScheduleWishes &wishes) {
    const int64_t written =
        wishes.unroll ? wishes.unroll : chooseUnroll(widest(sweeps));
    return wishes.fma == "on" &&
           llvm::any_of(sweeps, [&](const PairCost &sweep) {
             return sweep.filtered > 0 &&
                    sweep.filtered <= std::min(written, unroll);
           });
  }

  /// Whether one is to be taken before another: with the same units busy all the time,
  /// the one that leaves the others more.
  bool isFaster(llvm::ArrayRef<PairCost> sweeps, const kdsl::Schedule &one,
                const kdsl::Schedule &other) const {
    auto timeOf = [&](const kdsl::Schedule &schedule) {
      std::pair<double, double> time;
      for (const PairEstimate &pair : estimatePairs(sweeps, schedule)) {
        time.first += pair.nanoseconds;
        time.second += pair.issued;
      }
      return time;
    };
    return timeOf(one) < timeOf(other);
  }

  /// Instructions of a pair, which stand in the code for each of a group.
  static double codeOf(const PairCost &cost) {
    return cost.arithmetic + cost.folds + 8 * cost.divisions +
           polynomialOps * (cost.elementary - cost.exponentials);
  }

  /// Numbers of `wish` if it is one, or that and half of it.
  static llvm::SmallVector<int64_t> wishedOr(int64_t wish, int64_t most) {
    if (wish)
      return {wish};
    return {most, most / 2};
  }

  /// \param others  numbers that are in registers like those of states.
  static int64_t groupOfProducts(const PairCost &cost, int64_t others) {
    return TensorProducts::groupFor(
        cost.innerProduct, productParts(cost),
        std::min(cost.stateParts, widestState) + others);
  }

  /// A sweep whose weighted values tensor cores add up, or do not.
  static PairCost heldOf(const PairCost &sweep, bool collects) {
    return collects ? sweep.withoutWeighted() : sweep;
  }

  /// Rows j at once of a grid with products or bounds: the most that suits each sweep.
  static int64_t groupOfSteps(llvm::ArrayRef<PairCost> sweeps, bool filter,
                              bool collects) {
    int64_t group = filter ? 32 : 16;
    for (const PairCost &sweep : sweeps) {
      const PairCost cost = heldOf(sweep, collects);
      const int64_t products = groupOfProducts(cost, /*others=*/0);
      const bool isLong = cost.longestFeature <= unroll &&
                          16 * codeOf(cost) > longestCode;
      group = std::min(
          group, filter && cost.filtered > 0
                     ? TensorFilter::groupFor(
                           cost.filtered, std::min(cost.stateParts, widestState))
                 : cost.innerProduct > 0 && products > 0 ? products
                 : isLong                                ? 8
                                                         : 16);
    }
    return group;
  }

  /// The same of a grid without them whose weights are collected.
  static int64_t groupOfWeights(llvm::ArrayRef<PairCost> sweeps) {
    int64_t group = 16;
    for (const PairCost &sweep : sweeps)
      while (group > 4 &&
             double(group) * codeOf(sweep.withoutWeighted()) > longestCode)
        group /= 2;
    return group;
  }

  /// The chains of a grid's products, or, of bounds, with all features in one too:
  /// of each sweep the longest, which others may or may not share.
  static llvm::SmallSetVector<int64_t, 4>
  chainsOf(llvm::ArrayRef<PairCost> sweeps, bool filter, bool collects) {
    llvm::SmallSetVector<int64_t, 4> chains;
    for (const PairCost &sweep : sweeps) {
      if (filter && sweep.filtered > unroll)
        chains.insert(int64_t(llvm::alignTo(uint64_t(sweep.filtered), 16)));
      const int64_t chain = longestChain(sweep.innerProduct, productParts(sweep));
      if (chain > 0 && groupOfProducts(heldOf(sweep, collects), /*others=*/0) > 0)
        chains.insert(chain);
    }
    return chains;
  }

  /// Whether registers and shared memory hold what each sweep of a grid needs under a
  /// schedule with tensor cores.
  bool fits(llvm::ArrayRef<PairCost> sweeps,
            const kdsl::Schedule &schedule) const {
    for (const PairCost &sweep : sweeps) {
      auto own = nvptx::ofSweep(sweep, schedule);
      if (own.chain == 0 || own.filter)
        continue;
      // Functions that are no instructions have some numbers of each pair at hand,
      // for which registers must be left.
      const bool collects = own.collect > 0;
      const PairCost cost = heldOf(sweep, collects);
      const bool hasFunctions = cost.elementary > cost.exponentials;
      if (groupOfProducts(cost, collects && hasFunctions ? 8 : 0) <
          schedule.group)
        return false;
    }
    const bool asks = schedule.collect > 0 || schedule.filter;
    return nvptx::sharedBytes(sweeps, schedule) <=
           (asks ? gpu.sharedOfBlock : nvptx::mostOwnShared);
  }

  /// Offers the schedules with tensor cores that fit a grid. They give a thread one
  /// row i, bound distances of more features than threads do, multiply rows, and add
  /// up weighted values of windows of rows j.
  void withTensorCores(
      llvm::ArrayRef<PairCost> sweeps, const ScheduleWishes &wishes,
      llvm::function_ref<void(const kdsl::Schedule &)> consider) const {
    auto any = [&](auto what) { return llvm::any_of(sweeps, what); };
    const bool hasBounds =
        any([](const PairCost &sweep) { return sweep.filtered > unroll; });
    const bool hasWeights =
        any([](const PairCost &sweep) { return sweep.weighted > 0; });
    for (int64_t lanes : wishedOr(wishes.lanes, productThreads)) {
      if (lanes > productThreads || (wishes.tileRows && wishes.tileRows != lanes))
        continue;
      auto offer = [&](const kdsl::Schedule &made) {
        if ((!wishes.group || wishes.group == made.group) && fits(sweeps, made))
          consider(made);
      };
      auto offerWindows = [&](kdsl::Schedule made) {
        for (int64_t window = block; window <= longestWindow; window *= 2)
          for (int64_t stage = block; stage <= std::min(window, lanes); stage *= 2)
            for (bool values : {false, true}) {
              made.collect = window;
              made.stage = stage;
              made.values = values;
              offer(made);
            }
      };
      kdsl::Schedule made;
      made.lanes = lanes;
      made.rows = 1;
      made.block = block;
      made.unroll = wishes.unroll ? wishes.unroll : unroll;
      if (hasWeights) {
        made.group = wishes.group ? wishes.group : groupOfWeights(sweeps);
        offerWindows(made);
      }
      for (bool filter : {false, true})
        for (bool collects : {false, true}) {
          if (filter > hasBounds || collects > hasWeights)
            continue;
          made.group = groupOfSteps(sweeps, filter, collects);
          if (filter && wishes.group)
            made.group = std::min(made.group, wishes.group);
          if (made.group < 8)
            continue;
          made.filter = filter;
          made.stage = filter ? std::min(2 * block, lanes) : block;
          for (int64_t chain : chainsOf(sweeps, filter, collects)) {
            made.chain = chain;
            if (collects)
              offerWindows(made);
            else
              offer(made);
          }
        }
    }
  }

  /// That many rows j, if they take no more than half of the 48 KiB that a block
  /// may use without asking. Those that take their share stand twice, beside the
  /// sums of each warp.
  static int64_t chooseStage(const PairCost &cost, int64_t rows,
                             int64_t lanes) {
    constexpr int64_t budget = 24 * 1024;
    const int64_t sums = int64_t(cost.turned) * (cost.elementBits / 8) *
                         (lanes / block);
    const int64_t bytes = (cost.both ? 2 : 1) * (cost.columnBytes + 15) + sums;
    while (rows >= block && rows * bytes > budget)
      rows /= 2;
    return rows >= block ? rows : 0;
  }

  Gpu gpu;
};

} // namespace

std::vector<std::unique_ptr<Target>> nvptxTargets() {
  static const Gpu gpus[] = {
      {"sm_80", "NVIDIA Ampere (A100), and newer GPUs through PTX",
       "an A100 (108 multiprocessors at 1.41 GHz)", 108, 1.41, 16, 32, 8,
       99 * 1024, 100 * 1024},
      {"sm_90", "NVIDIA Hopper (H100, H200)",
       "an H200 (132 multiprocessors at 1.98 GHz)", 132, 1.98, 16, 64, 6,
       227 * 1024, 228 * 1024},
      {"sm_100", "NVIDIA Blackwell (B200)",
       "a B200 (148 multiprocessors at 1.96 GHz)", 148, 1.96, 16, 64, 6,
       227 * 1024, 228 * 1024},
      {"sm_120", "NVIDIA Blackwell (RTX 50)",
       "an RTX 5090 (170 multiprocessors at 2.41 GHz)", 170, 2.41, 16, 2, 16,
       99 * 1024, 100 * 1024},
  };
  std::vector<std::unique_ptr<Target>> made;
  for (const Gpu &gpu : gpus)
    made.push_back(std::make_unique<NvptxTarget>(gpu));
  return made;
}

} // namespace kdslc
