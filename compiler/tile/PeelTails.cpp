//===- PeelTails.cpp - full groups and a remainder ------------------------===//

#include "compiler/tile/Passes.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_PEELTAILS
#include "compiler/tile/Passes.h.inc"

namespace {

/// sweep [from, to) by G  ->  sweep [from, middle) by G, sweep [middle, to) by 1
/// with middle = to - (to - from) mod G.
void peel(ktile::SweepOp sweep) {
  OpBuilder builder(sweep);
  Location loc = sweep.getLoc();
  Value group = arith::ConstantIndexOp::create(builder, loc, sweep.getGroup());
  Value count =
      arith::SubIOp::create(builder, loc, sweep.getTo(), sweep.getFrom());
  Value rest = arith::RemUIOp::create(builder, loc, count, group);
  Value middle = arith::SubIOp::create(builder, loc, sweep.getTo(), rest);

  auto tail = cast<ktile::SweepOp>(sweep->clone());
  sweep.getToMutable().assign(middle);
  builder.setInsertionPointAfter(sweep);
  builder.insert(tail);
  sweep.replaceAllUsesWith(tail);
  tail.getFromMutable().assign(middle);
  tail.getInitsMutable().assign(sweep.getResults());
  tail.setGroup(1);
}

struct PeelTails : impl::PeelTailsBase<PeelTails> {
  void runOnOperation() override {
    SmallVector<ktile::SweepOp> sweeps;
    getOperation().walk([&](ktile::SweepOp sweep) {
      // Of ranges, every slice has a remainder of its own; filters leave out what
      // is no row.
      if (sweep.getGroup() > 1 && !sweep.getRanges() && !sweep.getFiltered())
        sweeps.push_back(sweep);
    });
    for (ktile::SweepOp sweep : sweeps)
      peel(sweep);
  }
};

} // namespace
} // namespace kdslc
