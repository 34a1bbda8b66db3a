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
  Bounding(ktile::SweepOp sweep, kdsl::ScheduleAttr schedule)
      : sweep(sweep), schedule(schedule), builder(sweep), loc(sweep.getLoc()) {}

  void run();

private:
  Value lastRow();
  void copyBody(ktile::SweepOp first);

  Value index(int64_t n) {
    return arith::ConstantIndexOp::create(builder, loc, n);
  }

  ktile::SweepOp sweep;
  kdsl::ScheduleAttr schedule;
  OpBuilder builder;
  Location loc;
  SmallVector<unsigned> lists; ///< among the states of the sweep
};

/// Whole blocks; none where they are fewer than two a place: then the bound would
/// let most rows through.
Value Bounding::lastRow() {
  int64_t places = 0;
  for (unsigned list : lists)
    places = std::max(places, cast<ktile::StateType>(
                                  sweep.getInits()[list].getType())
                                  .getWidth());
  const int64_t block = schedule.getBlock();
  Value count =
      arith::SubIOp::create(builder, loc, sweep.getTo(), sweep.getFrom());
  Value rows = arith::MinSIOp::create(builder, loc, count,
                                      index(schedule.getBound()));
  Value rest = arith::RemUIOp::create(builder, loc, rows, index(block));
  Value whole = arith::SubIOp::create(builder, loc, rows, rest);
  Value enough = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                       count, index(2 * block * places));
  Value seen =
      arith::SelectOp::create(builder, loc, enough, whole, index(0));
  return arith::AddIOp::create(builder, loc, sweep.getFrom(), seen);
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
  auto first = ktile::SweepOp::create(
      builder, loc, ValueRange(inits).getTypes(), sweep.getFrom(), lastRow(),
      ValueRange(), Value(), sweep.getGroupAttr(),
      builder.getI64IntegerAttr(schedule.getBlock()), inits);
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
    // Of a band or of ranges other rows i have seen other rows j.
    getOperation().walk([&](ktile::SweepOp sweep) {
      if (sweep.getBand().empty() && !sweep.getRanges())
        sweeps.push_back(sweep);
    });
    for (ktile::SweepOp sweep : sweeps) {
      auto grid = sweep->getParentOfType<ktile::GridOp>();
      if (grid.getSchedule().getBound() > 0)
        Bounding(sweep, grid.getSchedule()).run();
    }
  }
};

} // namespace
} // namespace kdslc
