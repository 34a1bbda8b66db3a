//===- LabelBounds.h - inputs that hold labels -----------------------------===//

#ifndef KDSLC_FRONTEND_LABELBOUNDS_H
#define KDSLC_FRONTEND_LABELBOUNDS_H

#include "compiler/frontend/Checked.h"

namespace kdslc {

/// For each input, how many features there are for the labels that it holds: a
/// call with a label outside 0 .. bound - 1 is wrong. 0 where the input holds no
/// labels, or may hold others: labels of arithmetic (`w[l[j] - 1]`), and those
/// that are looked up only where the program says so, below a `where` or
/// `ranges`, a branch of `select`, or behind `and` or `or`.
std::vector<int64_t> labelBounds(const CheckedProgram &program);

} // namespace kdslc

#endif // KDSLC_FRONTEND_LABELBOUNDS_H
