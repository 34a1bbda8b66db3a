//===- Products.h - products written so that zeros have derivatives -------===//
//
// The derivative of a product in one factor is the product of the others, which
// the product itself does not tell once a factor is 0. So before a program is
// differentiated its products become
//
//   (product of the factors that are not 0) * e_z(the factors that are 0)
//
// with z, the number of zeros, and e_z, the product of z numbers, written with
// the sums of their powers: for z = 2 it is (p1^2 - p2) / 2. All those sums are
// 0, but they have derivatives, and up to the order that is asked for they are
// the right ones.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_PRODUCTS_H
#define KDSLC_PLAN_DERIVE_PRODUCTS_H

#include "compiler/plan/derive/Derivative.h"

namespace kdslc {

/// \param order how many times the program will be differentiated, 1 to 4.
void expandProducts(Primal &primal, unsigned order);

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_PRODUCTS_H
