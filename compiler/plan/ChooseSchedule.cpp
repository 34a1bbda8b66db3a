//===- ChooseSchedule.cpp - a copy of the program for each target ---------===//

#include "compiler/plan/Grids.h"
#include "compiler/plan/Passes.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "compiler/plan/Passes.h.inc"

namespace {

/// "gauss_x86_64_v4" for "gauss" and "x86-64-v4".
std::string variantName(StringRef program, StringRef target) {
  std::string name = (program + "_" + target).str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

struct ChooseSchedule : impl::ChooseScheduleBase<ChooseSchedule> {
  using ChooseScheduleBase::ChooseScheduleBase;

  void runOnOperation() override {
    SmallVector<const Target *> chosen;
    for (const std::string &name : targets) {
      const Target *target = findTarget(name);
      if (!target) {
        getOperation().emitError("unknown target '") << name << "'";
        return signalPassFailure();
      }
      chosen.push_back(target);
    }
    if (chosen.empty())
      for (const auto &target : allTargets())
        chosen.push_back(target.get());

    auto programs = llvm::to_vector(getOperation().getOps<kdsl::ProgramOp>());
    OpBuilder builder(&getContext());
    for (kdsl::ProgramOp program : programs) {
      builder.setInsertionPoint(program);
      for (auto [k, target] : llvm::enumerate(chosen)) {
        auto copy = cast<kdsl::ProgramOp>(builder.clone(*program));
        const bool hasNext = k + 1 < chosen.size() &&
                             !isDeviceTarget(chosen[k + 1]->name());
        if (!schedule(copy, *target) && hasNext)
          copy.erase();
      }
      program.erase();
    }
  }

  /// What the blocks for all targets ask, then those for this one.
  static ScheduleWishes wishesFor(kdsl::ProgramOp program,
                                  const Target &target) {
    ScheduleWishes wishes;
    auto blocks = program->getAttrOfType<ArrayAttr>("kdsl.wishes");
    if (!blocks)
      return wishes;
    auto take = [&](StringRef name) {
      for (auto block : blocks.getAsRange<DictionaryAttr>()) {
        auto of = block.getAs<StringAttr>("target");
        if ((of ? of.getValue() : "") != name)
          continue;
        for (NamedAttribute key : block)
          if (int64_t *number = wishes.find(key.getName()))
            *number = cast<IntegerAttr>(key.getValue()).getInt();
          else if (std::string *word = wishes.findWord(key.getName()))
            *word = cast<StringAttr>(key.getValue()).str();
      }
    };
    take("");
    take(target.name());
    return wishes;
  }

  /// The sums of floats, as `accumulate` asks. Those of f64 stay blocked under
  /// `f64`, as there is no wider type.
  static void chooseSums(kdsl::ReduceOp reduce, StringRef accumulate) {
    if (accumulate == "blocked")
      return;
    SmallVector<Attribute> states(reduce.getStates().getValue());
    for (auto [k, state] : llvm::enumerate(states)) {
      Type element = getElementTypeOrSelf(reduce.getValues(k).front());
      if (!isa<kdsl::SumAttr>(state) || !isa<FloatType>(element))
        continue;
      if (accumulate == "compensated")
        state = kdsl::SumCompensatedAttr::get(reduce.getContext());
      else if (element.isF32())
        state = kdsl::SumF64Attr::get(reduce.getContext());
    }
    reduce.setStatesAttr(ArrayAttr::get(reduce.getContext(), states));
  }

  /// Keeps the values of exchanged pairs where meeting each two rows once pays.
  /// Sums that are widened or compensated term by term have no other order.
  void decideHalving(kdsl::ReduceOp reduce, const ScheduleWishes &wishes,
                     const Target &target) {
    if (!reduce.hasTurned())
      return;
    PairCost both = countPair(reduce);
    OwningOpRef<kdsl::ReduceOp> plain = cast<kdsl::ReduceOp>(reduce->clone());
    plain->dropTurned();
    bool isPlainSum = llvm::all_of(reduce.getStates(), llvm::IsaPred<kdsl::SumAttr>);
    if (optLevel == 0 || wishes.pairs == "twice" || !isPlainSum ||
        !target.halves(countPair(*plain), both, wishes))
      reduce.dropTurned();
  }

  /// \returns whether the target has code of its own for it.
  bool schedule(kdsl::ProgramOp program, const Target &target) {
    Builder builder(&getContext());
    ScheduleWishes wishes = wishesFor(program, target);
    program->removeAttr("kdsl.wishes");
    program->setAttr("kdsl.program", program.getSymNameAttr());
    program.setTarget(target.name());
    program.setSymName(variantName(program.getSymName(), target.name()));
    // Read where the program becomes functions.
    if (wishes.exp != "accurate")
      program->setAttr("kdsl.exp", builder.getStringAttr(wishes.exp));
    if (wishes.fma != "on")
      program->setAttr("kdsl.fma", builder.getStringAttr(wishes.fma));
    for (auto reduce : program.getBody().getOps<kdsl::ReduceOp>()) {
      chooseSums(reduce, wishes.accumulate);
      decideHalving(reduce, wishes, target);
    }
    bool isOwn = false;
    for (const Grid &grid : gridsOf(program)) {
      const SmallVector<PairCost> costs = grid.costs();
      const kdsl::Schedule chosen =
          target.chooseSchedule(costs, optLevel, wishes);
      isOwn |= target.isOwn(chosen);
      for (Operation *op : grid.members)
        op->setAttr("schedule", kdsl::ScheduleAttr::get(&getContext(), chosen));
      for (auto [op, estimate] :
           llvm::zip(grid.sweeps(), target.estimatePairs(costs, chosen)))
        op->setAttr("kdsl.cost", builder.getF64FloatAttr(estimate.nanoseconds));
    }
    return isOwn;
  }
};

} // namespace
} // namespace kdslc
