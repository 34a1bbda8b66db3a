//===- FloatMode.h - the default floating-point mode for a scope ----------===//
//
// Results may not depend on the caller's rounding mode or on FTZ and DAZ, and
// an unmasked exception of the caller must not fire in generated code or in the
// runtime. A call, and each chunk of it on other threads, runs in the default
// mode; the control word, sticky flags included, is put back after it.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CPU_FLOATMODE_H
#define KDSL_RUNTIME_CPU_FLOATMODE_H

#include <xmmintrin.h>

namespace kdsl {

class DefaultFloatMode {
public:
  DefaultFloatMode() : saved(_mm_getcsr()) { _mm_setcsr(defaultMxcsr); }
  ~DefaultFloatMode() { _mm_setcsr(saved); }
  DefaultFloatMode(const DefaultFloatMode &) = delete;
  DefaultFloatMode &operator=(const DefaultFloatMode &) = delete;

private:
  /// Round to nearest, denormals kept, all exceptions masked, no flags.
  static constexpr unsigned defaultMxcsr = 0x1F80;
  unsigned saved;
};

} // namespace kdsl

#endif // KDSL_RUNTIME_CPU_FLOATMODE_H
