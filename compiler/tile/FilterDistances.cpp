//===- FilterDistances.cpp - sweeps of which few pairs matter -------------===//

#include "compiler/tile/Passes.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_FILTERDISTANCES
#include "compiler/tile/Passes.h.inc"

namespace {

struct FilterDistances : impl::FilterDistancesBase<FilterDistances> {
  void runOnOperation() override {
    getOperation().walk([](ktile::SweepOp sweep) {
      auto grid = sweep->getParentOfType<ktile::GridOp>();
      auto distance = ktile::foldedDistance(sweep);
      // What threads filter is written out.
      const kdsl::Schedule schedule = grid.getSchedule();
      if (schedule.filter && distance &&
          (schedule.chain > 0 || distance->features <= schedule.unroll))
        sweep.setFiltered(true);
    });
  }
};

} // namespace
} // namespace kdslc
