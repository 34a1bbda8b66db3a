//===- Labels.h - inputs that pick features --------------------------------===//

#ifndef KDSL_RUNTIME_LABELS_H
#define KDSL_RUNTIME_LABELS_H

#include "runtime/Arguments.h"

namespace kdsl {

/// Checks that inputs with a label_bound hold labels below it, one pass over
/// each. The arrays are in host memory and have passed checkPointers.
int checkLabels(const Arguments &arguments);

} // namespace kdsl

#endif // KDSL_RUNTIME_LABELS_H
