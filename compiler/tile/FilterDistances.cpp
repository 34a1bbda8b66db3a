//===- FilterDistances.cpp - sweeps of which few pairs matter -------------===//

#include "compiler/Target.h"
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
      const kdsl::Schedule schedule = grid.getSchedule();
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
