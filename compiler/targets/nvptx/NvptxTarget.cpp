//===- NvptxTarget.cpp - NVIDIA GPUs and their cost model -----------------===//

#include "compiler/Target.h"
#include <algorithm>

namespace kdslc {

namespace {

class NvptxTarget : public Target {
public:
  NvptxTarget(const char *name, const char *description)
      : targetName(name), text(description) {}

  llvm::StringRef name() const override { return targetName; }
  llvm::StringRef description() const override { return text; }

  kdsl::ScheduleAttr chooseSchedule(const PairCost &cost, int optLevel,
                                    const ScheduleWishes &wishes,
                                    mlir::MLIRContext *context) const override {
    if (optLevel == 0)
      return kdsl::ScheduleAttr::get(context, 32, 1, 1, block, unroll,
                                     chooseStage(cost, 32), /*bound=*/0,
                                     /*wait=*/0, /*halved=*/false);
    int64_t rows = chooseRows(cost);
    // Where one row fills half of what a thread has, a group must be small.
    int64_t group = registersOfRow(cost) > 96 ? 2 : 4;
    double ops = cost.arithmetic + cost.folds + 8 * cost.divisions +
                 polynomialOps * cost.elementary;
    if (cost.elementBits == 32) // one instruction
      ops -= (polynomialOps - 1) * cost.exponentials;
    while (group > 1 && double(rows * group) * ops > longestCode)
      group /= 2;
    while (rows > 1 && double(rows * group) * ops > longestCode)
      rows /= 2;
    int64_t lanes = wishes.lanes ? wishes.lanes : threads;
    if (wishes.tileRows) {
      lanes = std::min(lanes, wishes.tileRows);
      rows = wishes.tileRows / lanes;
    }
    if (wishes.group)
      group = wishes.group;
    return kdsl::ScheduleAttr::get(context, lanes, rows, group, block,
                                   wishes.unroll ? wishes.unroll : unroll,
                                   chooseStage(cost, lanes), /*bound=*/0,
                                   /*wait=*/0, /*halved=*/false);
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

  /// f64 at half the rate.
  PairEstimate estimatePair(const PairCost &cost) const override {
    constexpr double slotsPerNanosecond = 132 * 128 * 1.7;
    const double functions = 8 * cost.divisions + 8 * cost.elementary;
    const double plain = cost.arithmetic + cost.folds;
    return {(plain + functions) * (cost.elementBits / 32.0) /
                slotsPerNanosecond,
            functions > plain ? "its functions" : "additions and products"};
  }

  llvm::StringRef machine() const override {
    return "132 multiprocessors at 1.7 GHz";
  }

private:
  static constexpr int64_t threads = 128, block = 32, unroll = usualUnroll;
  /// Instructions of a group. PTX is text that every object carries.
  static constexpr double longestCode = 512;
  static constexpr double polynomialOps = 30;

  /// Registers of 32 bits that the features and states of one row take; long
  /// feature loops hold sums instead.
  static int64_t registersOfRow(const PairCost &cost) {
    bool loops = cost.longestFeature > unroll;
    int64_t numbers = (loops ? 8 : cost.rowNumbers) +
                      std::min(cost.stateParts, 3 * unroll);
    return numbers * (cost.elementBits / 32);
  }

  /// Rows of a thread share what is read of row j. 64 registers for rows and
  /// states leave as many for the values of a group at half occupancy.
  static int64_t chooseRows(const PairCost &cost) {
    constexpr int64_t budget = 64;
    for (int64_t rows : {4, 2})
      if (rows * registersOfRow(cost) <= budget)
        return rows;
    return 1;
  }

  /// As many rows j as threads, one to copy for each, if they take no more than
  /// half of the 48 KiB that a block may use without asking.
  static int64_t chooseStage(const PairCost &cost, int64_t rows) {
    constexpr int64_t budget = 24 * 1024;
    while (rows >= block && rows * (cost.columnBytes + 15) > budget)
      rows /= 2;
    return rows >= block ? rows : 0;
  }

  const char *targetName, *text;
};

} // namespace

std::vector<std::unique_ptr<Target>> nvptxTargets() {
  std::vector<std::unique_ptr<Target>> made;
  auto add = [&](const char *name, const char *description) {
    made.push_back(std::make_unique<NvptxTarget>(name, description));
  };
  add("sm_80", "NVIDIA Ampere (A100), and newer GPUs through PTX");
  add("sm_90", "NVIDIA Hopper (H100, H200)");
  add("sm_100", "NVIDIA Blackwell (B200)");
  add("sm_120", "NVIDIA Blackwell (RTX 50)");
  return made;
}

} // namespace kdslc
