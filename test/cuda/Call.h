//===- Call.h - one call of the fake driver -------------------------------===//

#ifndef KDSL_TEST_CUDA_CALL_H
#define KDSL_TEST_CUDA_CALL_H

#include "test/cuda/Cuda.h"
#include "test/cuda/Machine.h"
#include <sstream>

namespace fakecuda {

/// What must hold before a function does anything.
enum class Needs { nothing, driver, context };

/// Each entry point begins with one: it takes the lock, records the call and
/// decides whether it fails at once.
class Call {
public:
  template <typename... Arguments>
  Call(Needs needs, const char *name, const Arguments &...arguments)
      : all(machine()), guard(all.lock) {
    std::ostringstream line;
    line << name;
    ((line << ' ' << arguments), ...);
    all.log.push_back(line.str());
    ++all.calls[name];
    result = check(needs, name);
  }

  /// The current context of the thread, or null.
  Context current() const {
    return contextStack().empty() ? nullptr : contextStack().back();
  }

  Machine &all;
  int result = Success; ///< what to return at once, unless Success

private:
  int check(Needs needs, const char *name);
  int inject(const char *name);

  std::lock_guard<std::recursive_mutex> guard;
};

} // namespace fakecuda

#endif // KDSL_TEST_CUDA_CALL_H
