//===- Factors.h - products of derivatives, put in order ------------------===//
//
// Rules of differentiation leave products as they come: -(w * k) * (1/s) + the
// same again, times a difference. Here each product becomes
//
//   (what depends on the pair) * (what depends on row i or on parameters) * vectors
//
// with all numbers, signs and doublings in one constant. What stands in front is
// common to value and gradients and is computed once. The middle is computed
// outside of the sweep, and multiplies the sum behind it where it can:
//
//   sum_j c_i t_ij = c_i sum_j t_ij
//
// A product of n factors is rounded n - 1 times in either order. The sums of a
// formula stay as their user wrote them: with an infinite c_i and t_ij = 0 the
// left side is NaN, the right one may not be. The c_i of derivatives are
// cotangents and constants of the chain rule.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FACTORS_H
#define KDSLC_PLAN_DERIVE_FACTORS_H

#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// In all maps and reduces of a program, whose equal operations are one by now.
void gatherFactors(kdsl::ProgramOp program);

/// Before that, in one reduce: sums of products by fewer operations, where like
/// terms meet and cancel; whether there are any.
bool gatherTerms(kdsl::ReduceOp reduce);

/// Afterwards, in one reduce: 1/t and t, which meet in one product, cancel; t = 0
/// has a result of its own there. Whether any do.
bool cancelQuotients(kdsl::ReduceOp reduce);

/// Afterwards, in one reduce: c_i behind its sums; whether any are.
bool leaveSums(kdsl::ReduceOp reduce);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FACTORS_H
