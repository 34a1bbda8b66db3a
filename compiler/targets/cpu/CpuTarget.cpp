//===- CpuTarget.cpp - the x86 levels and their cost model ----------------===//

#include "compiler/Target.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace kdslc {

namespace {

/// What distinguishes the x86 levels.
struct Level {
  const char *name, *description;
  int vectorBits;
  int registers;
  /// Vector operations an exp2 or another polynomial costs.
  double elementaryOps;
  /// Those of a quotient or a root, and how long the divider is busy with it: with
  /// AVX-512 it shares them with estimates.
  double divisionOps, dividerCycles;
  /// Feature loops up to this size are written out, beside polynomials and others.
  int64_t writtenWithFunctions, written;
  /// Whether differences take the units of products: a bound of a distance,
  /// which has none, is then told in less time than the distance.
  bool filters;
  /// Whether AMX tells bounds of distances; else it is the level behind it.
  bool hasMatrixUnit;
};

class CpuTarget : public Target {
public:
  explicit CpuTarget(const Level &level) : level(level) {}

  llvm::StringRef name() const override { return level.name; }
  llvm::StringRef description() const override { return level.description; }
  bool isOwn(const kdsl::Schedule &schedule) const override {
    return !level.hasMatrixUnit || schedule.chain > 0;
  }

  /// Rows and groups suit the sweep that takes the longest.
  kdsl::Schedule chooseSchedule(llvm::ArrayRef<PairCost> sweeps, int optLevel,
                                const ScheduleWishes &wishes) const override {
    const PairCost all = widest(sweeps);
    PairCost cost = longest(sweeps);
    kdsl::Schedule chosen;
    chosen.lanes = chosen.rows = chosen.group = 1;
    chosen.block = block;
    const int64_t widestLanes = level.vectorBits / int64_t(all.elementBits);
    // Lists that lie by row are in memory, and leave the registers to the pairs.
    if (liesByRow(all.listed, widestLanes))
      cost.stateParts -= cost.listedParts;
    chosen.unroll = wishes.unroll ? wishes.unroll : chooseUnroll(cost);
    if (optLevel == 0)
      return chosen;
    chosen.halved = cost.both;
    chosen.lanes = widestLanes;
    const bool hasLoops = cost.longestFeature > chosen.unroll;
    auto filters = [&](const PairCost &sweep) {
      return isFiltered(sweep, chosen.unroll);
    };
    // Groups that suit matrices are too large for sweeps without.
    const bool hasMatrices =
        level.hasMatrixUnit && llvm::all_of(sweeps, filters);
    std::tie(chosen.rows, chosen.group) = hasMatrices ? matrixShape(all)
                                          : hasLoops  ? panelShape(cost.both)
                                          : cost.both ? halvedShape(cost)
                                                      : formulaShape(cost);
    if (wishes.lanes)
      chosen.lanes = wishes.lanes;
    if (wishes.tileRows) {
      chosen.lanes = std::min(chosen.lanes, wishes.tileRows);
      chosen.rows = wishes.tileRows / chosen.lanes;
    }
    if (wishes.group)
      chosen.group = wishes.group;
    if (cost.both)
      divideTile(wishes, chosen);
    if (cost.both && !hasLoops)
      std::tie(chosen.stepRows, chosen.stepGroup) = halvedStep(cost, chosen);
    chosen.block = block / chosen.group * chosen.group;
    chosen.filter = chosen.lanes > 1 && llvm::any_of(sweeps, filters);
    if (hasMatrices && chosen.lanes == 16 && chosen.group == matrixShape(all).second &&
        chosen.rows <= matrixShape(all).first)
      chosen.chain = featuresInStep;
    // What a filter lets through costs less than rows that are met twice.
    if (!chosen.filter)
      chosen.bound = boundRows(all, chosen.lanes) / chosen.block * chosen.block;
    chosen.byRow = liesByRow(all.listed, chosen.lanes);
    if (chosen.lanes > 1 && llvm::all_of(sweeps, isOrdered))
      chosen.cells = cellRows / chosen.block * chosen.block;
    return chosen;
  }

  /// Half of the pairs must be worth the states of rows j in memory.
  bool halves(const PairCost &plain, const PairCost &both,
              const ScheduleWishes &wishes) const override {
    constexpr double least = 1.2;
    const bool canDivide = !wishes.tileRows || !wishes.group ||
                           wishes.tileRows % wishes.group == 0;
    return canDivide && estimate(plain, plain.elementBits).nanoseconds >
           least * estimate(both, both.elementBits).nanoseconds;
  }

  std::string refuse(llvm::StringRef key, int64_t value) const override {
    if (key == "tile_i")
      return needPower(key, value, 1, 64);
    if (key == "tile_j" || key == "unroll")
      return needPower(key, value, 1, 32);
    if (key == "vector")
      return needPower(key, value, 1, level.vectorBits / 32);
    if (key == "threads")
      return "'threads' is for GPUs; a call on the CPU says how many in "
             "'exec.threads'";
    return "'" + key.str() + "' is not for the CPU, which has 'tile_i', "
           "'tile_j', 'unroll' and 'vector'";
  }

  kdsl::Schedule ofSweep(const PairCost &cost,
                         const kdsl::Schedule &schedule) const override {
    kdsl::Schedule own = schedule;
    if (cost.places == 0)
      own.bound = 0;
    own.byRow &= cost.listed > 0;
    own.filter &= isFiltered(cost, schedule.unroll);
    own.chain *= own.filter;
    return own;
  }

  llvm::SmallVector<PairEstimate>
  estimatePairs(llvm::ArrayRef<PairCost> sweeps,
                const kdsl::Schedule &schedule) const override {
    const unsigned bits = widest(sweeps).elementBits;
    return llvm::map_to_vector(sweeps, [&](PairCost cost) {
      // A bound has no differences; one comparison for some of them.
      const kdsl::Schedule own = ofSweep(cost, schedule);
      if (own.filter) {
        cost.arithmetic -= double(cost.filtered);
        cost.folds = 2;
      }
      if (own.chain > 0)
        cost.arithmetic = opsOfUnit + opsOfUnitByFeature * double(cost.filtered);
      PairEstimate made = estimate(cost, bits);
      if (own.chain > 0)
        made.boundBy = "the matrix unit";
      return made;
    });
  }

  llvm::StringRef machine() const override { return "one core at 3.5 GHz"; }

private:
  using Shape = std::pair<int64_t, int64_t>;
  static constexpr int64_t block = 32; ///< rows j between two closings
  /// Rows j of a cell.
  static constexpr int64_t cellRows = 64;
  /// Features that one of AMX's instructions multiplies.
  static constexpr int64_t featuresInStep = 32;
  /// What a bound of AMX costs, as operations of vectors: measured, since halves of
  /// rows j are made, and what it reads arrives, while it works.
  static constexpr double opsOfUnit = 4, opsOfUnitByFeature = 0.35;
  static constexpr int64_t fewParts = 8; ///< of states beside the rows in registers
  static constexpr int64_t partsOfSum = 3; ///< itself, of a block, what was lost
  static constexpr int64_t fewNumbers = 4; ///< of a row, in registers beside others
  static constexpr double gigahertz = 3.5;

  /// Two units add and multiply; the divider works beside them.
  /// \param bits  of the widest number of a grid, which says how many lanes it has.
  PairEstimate estimate(const PairCost &cost, unsigned bits) const {
    constexpr double opsPerCycle = 2.0;
    const double lanes = double(level.vectorBits) / bits;
    const double functions = cost.elementary * level.elementaryOps;
    const double plain =
        cost.arithmetic + cost.folds + cost.divisions * level.divisionOps;
    const double busy = (plain + functions) / opsPerCycle;
    const double divider = cost.divisions * level.dividerCycles;
    const double pairs = cost.both ? 2 : 1;
    return {std::max(busy, divider) / pairs / lanes / gigahertz,
            divider > busy      ? "the divider"
            : functions > plain ? "the polynomials of its functions"
                                : "additions and products"};
  }

  /// The sweep that most of the time goes to.
  const PairCost &longest(llvm::ArrayRef<PairCost> sweeps) const {
    return *llvm::max_element(
        sweeps, [&](const PairCost &a, const PairCost &b) {
          return estimate(a, a.elementBits).nanoseconds <
                 estimate(b, a.elementBits).nanoseconds;
        });
  }

  /// Whether a pair waits for polynomials.
  static bool hasFunctions(const PairCost &cost) {
    return cost.elementary > 0 || cost.foldExponentials > 0;
  }

  /// Whether eight vectors that LLVM puts one behind the other are faster than four
  /// in step: of a single sum of functions, of weighted sums beside a maximum, and of
  /// polynomials longer than exp2 of f32.
  static bool gainsFromEight(const PairCost &cost) {
    if (cost.foldExponentials > 0)
      return cost.elementBits == 64 || cost.stateParts > fewParts;
    return cost.elementary > cost.exponentials ||
           (cost.elementary > 0 && cost.stateParts <= partsOfSum);
  }

  /// Whether exponentials wait for a quotient or a root, of few numbers of f32: sixteen
  /// vectors hide what the divider takes for every second one.
  bool waitsForDivider(const PairCost &cost) const {
    return level.registers == 32 && cost.elementary > 0 && cost.divisions > 0 &&
           cost.elementary == cost.exponentials && gainsFromEight(cost) &&
           cost.elementBits == 32 && cost.rowNumbers <= fewNumbers;
  }

  /// Operations for a vector of pairs, in which one elementary function costs as
  /// many as its polynomial has.
  double operations(const PairCost &cost) const {
    return cost.arithmetic + cost.folds + cost.divisions * level.divisionOps +
           cost.elementary * level.elementaryOps;
  }

  /// Whether a bound tells most pairs: of many features, as what it needs of a
  /// row j for each tile is more than it spares of few, and not of long lists,
  /// which many values enter whose distances are computed one by one.
  bool isFiltered(const PairCost &cost, int64_t unroll) const {
    return level.filters && cost.filtered > unroll &&
           cost.filtered <= mostFiltered && cost.places <= 3 * cost.filtered;
  }

  /// Whether most rows j are too far from a row i to be met.
  static bool isOrdered(const PairCost &cost) {
    return cost.distance > 0 && cost.distance <= mostOrdered;
  }

  /// Operations for a vector of rows with a value, in one of its lanes, that
  /// enters a list: of its own row, or those of all lanes.
  static double entry(int64_t places, int64_t lanes, bool byRow) {
    constexpr double branch = 80, place = 6, take = 45, step = 10;
    return byRow ? take + step * std::ceil(double(places) / double(lanes))
                 : branch + place * double(places);
  }

  static bool liesByRow(int64_t places, int64_t lanes) {
    return places > 0 && lanes > 1 &&
           entry(places, lanes, true) < entry(places, lanes, false);
  }

  /// A list of K places that has seen n rows takes the next one with probability
  /// K/n in each lane, at a cost c for the whole vector; n rows of a first sweep
  /// at a cost d for each row, with what a block's best value costs, spare
  /// K (1 + log n) of them. The sum is least at n = lanes K c / d. A bound of
  /// fewer than two blocks a place is too loose: there are at least so many rows,
  /// or none if they cost more than they spare.
  int64_t boundRows(const PairCost &cost, int64_t lanes) const {
    constexpr double place = 4, spared = 3;
    constexpr int64_t most = 1 << 20;
    const int64_t least = 2 * block * cost.places;
    // The places of a short bound are in registers.
    const double row =
        std::max(1.0, operations(cost)) +
        (cost.places > widestInRegisters ? place * double(cost.places) / block
                                         : 0);
    const double entering =
        double(lanes * cost.places) *
        entry(cost.places, lanes, liesByRow(cost.places, lanes));
    return spared * entering < double(least) * row
               ? 0
               : std::clamp(int64_t(entering / row), least, most);
  }

  /// Where 16 registers do not hold the rows, a loop over features, which keeps the
  /// sums of twelve pairs there, is faster by up to a half; and by more where a
  /// function follows, which waits for itself in smaller groups. Wide states have
  /// loops of their own, and halved sweeps as much in step without.
  int64_t chooseUnroll(const PairCost &cost) const {
    if (cost.stateParts > fewParts)
      return usualUnroll;
    return hasFunctions(cost) && !cost.both ? level.writtenWithFunctions
                                            : level.written;
  }

  /// Feature loops: rows x group accumulators, `rows` registers of x and one of
  /// y and of the difference stay live through the loop. Three vectors of rows and
  /// their states of 64 features leave room in the first cache; of two, rows j come
  /// from the caches behind it more often. In halved sweeps the group divides the
  /// rows of a tile.
  Shape panelShape(bool halved) const {
    if (level.registers == 32)
      return halved ? Shape{2, 8} : Shape{3, 8};
    return halved ? Shape{2, 4} : Shape{2, 6};
  }

  /// Four vectors of rows i by 16 rows j are half of AMX's registers. Of eight, rows
  /// j are made halves half as often; lists of so many rows gain nothing, and are
  /// twice the code.
  static Shape matrixShape(const PairCost &cost) {
    return {cost.listed > 0 ? 4 : 8, 16};
  }

  /// Whether a group has more operations.
  bool isLonger(Shape shape, const PairCost &cost, double operationsOfGroup) const {
    return double(shape.first * shape.second) * operations(cost) >
           operationsOfGroup;
  }

  /// With 16 registers: pairs that wait for polynomials together.
  static Shape polynomialShape(const PairCost &cost) {
    const bool isWide = cost.stateParts > fewParts;
    return !isWide && cost.rowNumbers <= fewNumbers ? Shape{3, 4}
           : cost.foldExponentials > 0              ? Shape{2, 4}
                                                    : Shape{3, 2};
  }

  /// Formulas without a loop: the values of a group live together with the row
  /// and the states. A long formula has enough work of its own, and a smaller group
  /// keeps its code small.
  ///
  /// With 32 registers, where a number of row j is an operand of AVX-512, one
  /// vector of rows by four or eight rows j is as fast as two by half of them, and few
  /// rows i waste fewer lanes. With 16, a row j that two vectors share costs half as much, by up
  /// to a third of a pair on Zen 3, but wide states leave no room for two. What waits
  /// for polynomials gains more from twelve vectors, and with much else at hand from
  /// six or eight, than they cost in registers.
  Shape formulaShape(const PairCost &cost) const {
    constexpr double longestCode = 512;
    const bool isWide = cost.stateParts > fewParts;
    Shape shape = waitsForDivider(cost)   ? Shape{2, 8}
                  : level.registers == 32 ? Shape{1, gainsFromEight(cost) ? 8 : 4}
                  : hasFunctions(cost)  ? polynomialShape(cost)
                  : isWide              ? Shape{1, 4}
                                        : Shape{2, 2};
    while (shape.second > 1 && isLonger(shape, cost, longestCode))
      shape.second /= 2;
    if (isLonger(shape, cost, longestCode))
      shape.first = 1;
    return shape;
  }

  /// Each two rows once: what a pair gives to row j is summed over the vectors of
  /// the tile before it is summed over lanes, which the more vectors pay for, at
  /// the cost of code.
  Shape halvedShape(const PairCost &cost) const {
    constexpr double longestCode = 1280;
    Shape shape = level.vectorBits == 512   ? Shape{8, 2}
                  : level.vectorBits == 256 ? Shape{6, 4}
                                            : Shape{4, 4};
    while (shape.second > 1 && isLonger(shape, cost, longestCode))
      shape.second /= 2;
    while (shape.first > 1 && isLonger(shape, cost, longestCode))
      shape.first /= 2;
    return shape;
  }

  /// Makes the group of a halved sweep divide the rows of a tile: what was wished
  /// stays.
  static void divideTile(const ScheduleWishes &wishes, kdsl::Schedule &chosen) {
    if (!wishes.group)
      while (chosen.lanes * chosen.rows % chosen.group != 0)
        chosen.group /= 2;
    const int64_t unit = chosen.group / std::gcd(chosen.lanes, chosen.group);
    chosen.rows = std::max(unit, chosen.rows / unit * unit);
  }

  /// How many pairs of a halved group are emitted together. With AVX2, what waits
  /// for polynomials gains from twelve, as in plain sweeps; of more numbers a pair,
  /// or without polynomials, from six or three. With AVX-512 four, whatever they are
  /// of. With SSE one vector of rows after the other.
  Shape halvedStep(const PairCost &cost, const kdsl::Schedule &whole) const {
    const bool isWide = cost.stateParts > fewParts;
    Shape step = level.vectorBits == 512                         ? Shape{2, 2}
                 : level.vectorBits == 256 && hasFunctions(cost) ? polynomialShape(cost)
                 : level.vectorBits == 256 ? Shape{3, isWide ? 1 : 2}
                                           : Shape{1, whole.group};
    // Whole groups of the tile's own rows are behind those of a step.
    while (step.first < whole.rows && step.first * whole.lanes % whole.group != 0)
      ++step.first;
    return {std::min(step.first, whole.rows), std::min(step.second, whole.group)};
  }

  Level level;
};

} // namespace

std::vector<std::unique_ptr<Target>> cpuTargets() {
  static const Level levels[] = {
      {"x86-64-v4-amx", "AVX-512 and AMX, of programs that gain by it", 512, 32, 9,
       6, 0, usualUnroll, usualUnroll, true, true},
      {"x86-64-v4", "AVX-512; CPU and operating system support needed", 512, 32,
       9, 6, 0, usualUnroll, usualUnroll, true, false},
      {"x86-64-v3", "AVX2 and FMA", 256, 16, 13, 1, 5, 4, 8, false, false},
      {"x86-64-v2", "SSE4.2", 128, 16, 18, 1, 5, usualUnroll, usualUnroll,
       true, false},
  };
  std::vector<std::unique_ptr<Target>> made;
  for (const Level &level : levels)
    made.push_back(std::make_unique<CpuTarget>(level));
  return made;
}

} // namespace kdslc
