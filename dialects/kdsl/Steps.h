//===- Steps.h - values that jumps depend on ------------------------------===//
//
// A comparison, a rounding and a conversion to an integer tell numbers apart that
// are next to each other: 41 * (1/41) is not 41 / 41. What they are made of keeps
// its quotients; elsewhere 1 ulp is no matter.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_STEPS_H
#define KDSL_STEPS_H

#include "mlir/IR/Region.h"
#include "llvm/ADT/DenseSet.h"

namespace kdsl {

/// What such an operation of the region depends on, but through states of loops.
llvm::DenseSet<mlir::Value> valuesOfSteps(mlir::Region &region);

} // namespace kdsl

#endif // KDSL_STEPS_H
