//===- Exec.h - how to run: the checked form of kdsl_exec -----------------===//

#ifndef KDSL_RUNTIME_EXEC_H
#define KDSL_RUNTIME_EXEC_H

#include "kdsl/kdsl.h"

namespace kdsl {

/// Copies the caller's options over the defaults and checks every field.
///
/// \param exec  the caller's options; null means all defaults.
/// \param isa   a level that overrides exec->isa; KDSL_ISA_BEST: none.
/// \returns KDSL_OK or KDSL_EARG.
int readExec(const kdsl_kernel &kernel, const kdsl_exec *exec, int isa,
             kdsl_exec &options);

/// Whether the call looks for a device, rather than going to the CPU at once.
inline bool wantsDevice(const kdsl_exec &options) {
  return options.device > KDSL_CPU ||
         (options.device == KDSL_AUTO && options.isa == KDSL_ISA_BEST);
}

/// Chooses the code to run: the best that object and machine have, or the
/// level that `isa` names. \returns KDSL_OK or KDSL_ETARGET.
int chooseVariant(const kdsl_kernel &kernel, int isa,
                  const kdsl_variant *&variant);

/// How many workers a parallel phase may use, at least 1: those of the
/// caller's pool, or the wished threads clamped to the process's processors.
int workerCount(const kdsl_exec &options);

} // namespace kdsl

#endif // KDSL_RUNTIME_EXEC_H
