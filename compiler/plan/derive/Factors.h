//===- Factors.h - products of derivatives, put in order ------------------===//
//
// Rules of differentiation leave products as they come: -(w * k) * (1/s) + the
// same again, times a difference. Here each product becomes
//
//   (what depends on the pair) * (what depends on row i or on parameters) * vectors
//
// with all numbers, signs and doublings in one constant. The middle is computed
// outside of the sweep; what stands in front is common to value and gradients
// and is computed once. A product of n factors is rounded n - 1 times in either
// order.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FACTORS_H
#define KDSLC_PLAN_DERIVE_FACTORS_H

#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// In all maps and reduces of a program, whose equal operations are one by now.
void gatherFactors(kdsl::ProgramOp program);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FACTORS_H
