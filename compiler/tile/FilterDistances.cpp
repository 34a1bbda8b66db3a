//===- FilterDistances.cpp - sweeps of which few pairs matter -------------===//

#include "compiler/Target.h"
#include "compiler/tile/Passes.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_FILTERDISTANCES
#include "compiler/tile/Passes.h.inc"

namespace {

/// Whether the rows of a distance are two inputs of one axis each, of few features as they are
/// computed with, and nothing else is swept: the runtime puts them in order.
bool canBeOrdered(ktile::GridOp grid, const ktile::SquaredDistance &distance) {
  auto isInput = [](ktile::LoadOp load) {
    auto rows = dyn_cast<BlockArgument>(load.getRows());
    return rows && isa<kdsl::ProgramOp>(rows.getOwner()->getParentOp()) &&
           load.getIndices().size() == 1 &&
           cast<kdsl::RowsType>(rows.getType()).getElement().isF32();
  };
  return distance.features <= mostOrdered && isInput(distance.ofTile) &&
         isInput(distance.ofSweep) && grid.getAxes().size() == 1 &&
         llvm::hasSingleElement(grid.getBody().getOps<ktile::SweepOp>());
}

struct FilterDistances : impl::FilterDistancesBase<FilterDistances> {
  void runOnOperation() override {
    getOperation().walk([](ktile::SweepOp sweep) {
      auto grid = sweep->getParentOfType<ktile::GridOp>();
      const kdsl::Schedule schedule = grid.getSchedule();
      auto ordered = ktile::foldedDistance(sweep, /*mayBeMasked=*/true);
      sweep.setOrdered(schedule.cells > 0 && ordered && canBeOrdered(grid, *ordered));
      auto distance = ktile::foldedDistance(sweep);
      if (!schedule.filter || !distance)
        return;
      // What threads filter is written out, but for tensor cores; what vectors
      // do, which have no stage, is not.
      const bool isWrittenOut = distance->features <= schedule.unroll;
      sweep.setFiltered(schedule.stage > 0
                            ? schedule.chain > 0 || isWrittenOut
                            : !isWrittenOut &&
                                  distance->features <= mostFiltered);
    });
  }
};

} // namespace
} // namespace kdslc
