//===- ChooseSchedule.cpp - a copy of the program for each target ---------===//

#include "compiler/Target.h"
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
      for (const Target *target : chosen)
        schedule(cast<kdsl::ProgramOp>(builder.clone(*program)), *target);
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
      }
    };
    take("");
    take(target.name());
    return wishes;
  }

  void schedule(kdsl::ProgramOp program, const Target &target) {
    Builder builder(&getContext());
    ScheduleWishes wishes = wishesFor(program, target);
    program->removeAttr("kdsl.wishes");
    program->setAttr("kdsl.program", program.getSymNameAttr());
    program.setTarget(target.name());
    program.setSymName(variantName(program.getSymName(), target.name()));
    program.walk([&](Operation *op) {
      if (!isa<kdsl::ReduceOp, kdsl::MapOp>(op))
        return;
      PairCost cost = countPair(op);
      op->setAttr("schedule",
                  target.chooseSchedule(cost, optLevel, wishes,
                                        &getContext()));
      op->setAttr("kdsl.cost",
                  builder.getF64FloatAttr(target.estimatePair(cost)));
    });
  }
};

} // namespace
} // namespace kdslc
