//===- Report.cpp - what the planner has decided, in words ----------------===//

#include "compiler/plan/Report.h"
#include "compiler/plan/Grids.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

static std::string nameOf(Attribute attribute) {
  return cast<StringAttr>(attribute).getValue().str();
}

/// "sum, max over j in N for each i in M", or "for each i in M".
static std::string headOf(Operation *op) {
  ArrayAttr names = op->getAttrOfType<ArrayAttr>("names");
  ArrayAttr keep = op->getAttrOfType<ArrayAttr>("keep");
  std::vector<std::string> kept;
  for (auto [axis, name] : llvm::zip(keep, names))
    kept.push_back(fmt::format("{} in {}", nameOf(name), nameOf(axis)));
  std::string each =
      kept.empty() ? "" : "for each " + llvm::join(kept, ", ");
  auto reduce = dyn_cast<kdsl::ReduceOp>(op);
  if (!reduce)
    return each.empty() ? "once" : each;
  std::vector<std::string> states;
  for (Attribute state : reduce.getStates())
    states.push_back(state.getAbstractAttribute()
                         .getName()
                         .drop_front(StringRef("kdsl.").size())
                         .str());
  return fmt::format("{} over {} in {}{}", llvm::join(states, ", "),
                     nameOf(names[keep.size()]), nameOf(reduce.getOver()[0]),
                     each.empty() ? "" : " " + each);
}

static std::string scheduleText(const kdsl::Schedule &schedule, bool isDevice,
                                bool isReduce) {
  std::string text = fmt::format("{} {} x {} rows i", schedule.lanes,
                                 isDevice ? "threads" : "lanes", schedule.rows);
  if (!isReduce)
    return text;
  text += fmt::format(", {} rows j at once, sums closed after {}",
                      schedule.group, schedule.block);
  if (schedule.stage)
    text += fmt::format(", {} rows j in shared memory", schedule.stage);
  if (schedule.chain && !schedule.filter)
    text +=
        fmt::format(", inner products by tensor cores, {} features to a sum",
                    schedule.chain);
  if (schedule.filter)
    text += fmt::format(
        ", distances that cannot be small enough told by a lower bound{}",
        !schedule.chain ? "" : isDevice ? " of tensor cores" : " of the matrix unit");
  if (schedule.collect)
    text +=
        fmt::format(", weighted values of {} rows j{} added up by tensor cores",
                    schedule.collect, schedule.values ? " split once and" : "");
  if (schedule.cells)
    text += fmt::format(", of many rows the nearest cells of {} rows j",
                        schedule.cells);
  if (schedule.bound)
    text += fmt::format(", lists bounded by {} rows", schedule.bound);
  if (schedule.halved)
    text += ", each two rows once";
  if (schedule.byRow)
    text += ", lists by row";
  return text;
}

static std::string costText(const PairCost &cost) {
  std::vector<std::string> parts;
  auto add = [&](const char *what, double count) {
    if (count > 0)
      parts.push_back(fmt::format("{} {:.4g}", what, count));
  };
  add("arithmetic", cost.arithmetic);
  add("exponentials", cost.exponentials + cost.foldExponentials);
  add("other functions", cost.elementary - cost.exponentials);
  add("quotients and roots", cost.divisions);
  add("folding", cost.otherFolds());
  add("bytes of row j", double(cost.columnBytes));
  return parts.empty() ? "nothing to compute" : llvm::join(parts, ", ");
}

static std::string expectedText(const Target &target,
                                const PairEstimate &estimate) {
  if (estimate.nanoseconds == 0)
    return "";
  const bool isDevice = isDeviceTarget(target.name());
  return fmt::format(
      "about {:.3g} billion a second on {}, bound by {}; 10^{} in {:.2g} s",
      1 / estimate.nanoseconds, target.machine().str(), estimate.boundBy.str(),
      isDevice ? 12 : 9, estimate.nanoseconds * (isDevice ? 1e3 : 1));
}

/// One pass of a grid.
static PassReport reportOf(Operation *op, const Target &target,
                           const PairCost &cost, const PairEstimate &estimate,
                           int64_t askedBytes) {
  PassReport report;
  report.ofPairs = isa<kdsl::ReduceOp>(op);
  report.what = headOf(op);
  const auto schedule =
      op->getAttrOfType<kdsl::ScheduleAttr>("schedule").getValue();
  report.schedule = scheduleText(target.ofSweep(cost, schedule),
                                 isDeviceTarget(target.name()), report.ofPairs);
  if (askedBytes > 0)
    report.schedule +=
        fmt::format(", {} KiB of shared memory", (askedBytes + 1023) / 1024);
  report.cost = fmt::format("a {}: {}",
                            cost.both        ? "pair and its exchange"
                            : report.ofPairs ? "pair"
                                             : "row",
                            costText(cost));
  report.expected = expectedText(target, estimate);
  return report;
}

void forEachPass(kdsl::ProgramOp program,
                 llvm::function_ref<void(const PassReport &)> see) {
  const Target *target = findTarget(program.getTarget().value_or(""));
  if (!target)
    return;
  for (const Grid &grid : gridsOf(program)) {
    const auto schedule = grid.members.front()
                              ->getAttrOfType<kdsl::ScheduleAttr>("schedule")
                              .getValue();
    const SmallVector<PairCost> costs = grid.costs();
    const auto estimates = target->estimatePairs(costs, schedule);
    const SmallVector<Operation *> sweeps = grid.sweeps();
    const int64_t asked = target->askedBytes(costs, schedule);
    unsigned next = 0;
    for (Operation *op : grid.members) {
      const bool isSweep = next < sweeps.size() && sweeps[next] == op;
      const PairCost cost = isSweep ? costs[next] : countPair(op);
      see(reportOf(op, *target, cost,
                   isSweep ? estimates[next]
                           : target->estimatePairs(cost, schedule).front(),
                   isSweep ? asked : 0));
      next += isSweep;
    }
  }
}

std::string reportSchedules(ModuleOp planned) {
  std::string text;
  for (auto program : planned.getOps<kdsl::ProgramOp>()) {
    auto original = program->getAttrOfType<StringAttr>("kdsl.program");
    if (!original)
      continue;
    text += fmt::format("{}{} for {}\n", text.empty() ? "" : "\n",
                        original.getValue().str(),
                        program.getTarget().value_or("").str());
    forEachPass(program, [&](const PassReport &report) {
      text += fmt::format("  {}\n    {}\n    {}\n", report.what,
                          report.schedule, report.cost);
      if (!report.expected.empty())
        text += "    " + report.expected + "\n";
    });
  }
  return text;
}

} // namespace kdslc
