//===- BoundLists.cpp - a first sweep that bounds what lists can hold -----===//

#include "compiler/tile/Passes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_BOUNDLISTS
#include "compiler/tile/Passes.h.inc"

namespace {

/// The bound of a state that a sweep starts from nothing; null if it has none.
Attribute boundOf(Value init) {
  if (!init.getDefiningOp<ktile::InitOp>())
    return {};
  return cast<ktile::StateType>(init.getType()).getInterface().getBound();
}

class Bounding {
public:
  Bounding(ktile::SweepOp sweep, const kdsl::Schedule &schedule)
      : sweep(sweep), schedule(schedule), builder(sweep), loc(sweep.getLoc()) {}

  void run();

private:
  int64_t places();
  void copyBody(ktile::SweepOp first);

  ktile::SweepOp sweep;
  const kdsl::Schedule schedule;
  OpBuilder builder;
  Location loc;
  SmallVector<unsigned> lists; ///< among the states of the sweep
};

/// Of the longest list.
int64_t Bounding::places() {
  int64_t most = 0;
  for (unsigned list : lists)
    most = std::max(
        most,
        cast<ktile::StateType>(sweep.getInits()[list].getType()).getWidth());
  return most;
}

/// The formula, and the folds of the lists into their bounds.
void Bounding::copyBody(ktile::SweepOp first) {
  Block &from = sweep.getBody().front(), &to = first.getBody().emplaceBlock();
  IRMapping mapping;
  mapping.map(sweep.getRow(), to.addArgument(builder.getIndexType(), loc));
  SmallVector<Value> bounds;
  DenseMap<Value, unsigned> boundOfState;
  for (auto [k, list] : llvm::enumerate(lists)) {
    bounds.push_back(to.addArgument(first.getInits()[k].getType(), loc));
    boundOfState[from.getArgument(1 + list)] = unsigned(k);
  }
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&to);
  for (Operation &op : from.without_terminator()) {
    auto fold = dyn_cast<ktile::FoldOp>(op);
    if (!fold) {
      builder.clone(op, mapping);
      continue;
    }
    auto found = boundOfState.find(fold.getState());
    if (found == boundOfState.end())
      continue;
    Value &bound = bounds[found->second];
    Value mask = fold.getMask() ? mapping.lookupOrDefault(fold.getMask())
                                : Value();
    auto copy = ktile::FoldOp::create(builder, fold.getLoc(), bound.getType(),
                                      bound, mask);
    fold.getBody().cloneInto(&copy.getBody(), mapping);
    bound = copy;
  }
  ktile::YieldOp::create(builder, loc, bounds);
}

void Bounding::run() {
  SmallVector<Value> inits;
  for (auto [k, init] : llvm::enumerate(sweep.getInits()))
    if (Attribute bound = boundOf(init)) {
      auto type = cast<ktile::StateType>(init.getType());
      lists.push_back(unsigned(k));
      inits.push_back(ktile::InitOp::create(
          builder, loc,
          ktile::StateType::get(builder.getContext(), bound, type.getWidth(),
                                type.getElements().take_front())));
    }
  if (lists.empty())
    return;
  // Fewer blocks than two a place would bound too little.
  const int64_t enough = 2 * schedule.block * places();
  auto first = ktile::SweepOp::create(
      builder, loc, ValueRange(inits).getTypes(), sweep.getFrom(),
      sweep.getTo(), sweep.getBand(), /*ranges=*/Value(),
      builder.getI64IntegerAttr(schedule.bound),
      builder.getI64IntegerAttr(enough), /*filtered=*/UnitAttr(),
      /*ordered=*/UnitAttr(),
      sweep.getGroupAttr(), builder.getI64IntegerAttr(schedule.block), inits);
  copyBody(first);
  for (auto [list, bound] : llvm::zip(lists, first.getResults())) {
    Value state = ktile::BoundOp::create(
        builder, loc, sweep.getInits()[list].getType(), bound);
    sweep.getInitsMutable().slice(list, 1).assign(state);
  }
}

struct BoundLists : impl::BoundListsBase<BoundLists> {
  void runOnOperation() override {
    SmallVector<ktile::SweepOp> sweeps;
    // Of ranges other rows i have seen other rows j.
    getOperation().walk([&](ktile::SweepOp sweep) {
      if (!sweep.getRanges())
        sweeps.push_back(sweep);
    });
    for (ktile::SweepOp sweep : sweeps) {
      auto grid = sweep->getParentOfType<ktile::GridOp>();
      if (grid.getSchedule().bound > 0)
        Bounding(sweep, grid.getSchedule()).run();
    }
  }
};

} // namespace
} // namespace kdslc
