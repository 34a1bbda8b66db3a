//===- Conditions.h - comparisons, logic and select, with doubt -----------===//
//
// A bool is 0 or 1. Where the errors of compared numbers leave both possible,
// it has e = 1; a select on it then spans both branches.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_CONDITIONS_H
#define KDSLC_REFERENCE_CONDITIONS_H

#include "compiler/reference/Value.h"

namespace kdslc::reference {

/// Lt, Le, Gt, Ge, Eq or Ne of two numbers.
Value applyComparison(Function function, Value a, Value b);

/// And or Or of two bools.
Value applyLogic(Function function, Value a, Value b);

/// a where c holds, otherwise b.
Value applySelect(Value c, Value a, Value b);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_CONDITIONS_H
