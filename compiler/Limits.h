//===- Limits.h - how much of everything is allowed -----------------------===//

#ifndef KDSLC_LIMITS_H
#define KDSLC_LIMITS_H

#include <cstdint>

namespace kdslc {

#define KDSL_LIMIT(NAME, VALUE, WHAT) inline constexpr int64_t NAME = VALUE;
#include "compiler/Limits.def"

/// Two more, of what is made of programs and shows only in the making:
/// operations of the programs of a file that are derived, together,
inline constexpr int64_t maxDerived = 65536;
/// and of code for all targets, unless `--max-work` says another number.
inline constexpr int64_t defaultMaxWork = 200000;

} // namespace kdslc

#endif // KDSLC_LIMITS_H
