//===- Limits.h - how much of everything is allowed -----------------------===//

#ifndef KDSLC_LIMITS_H
#define KDSLC_LIMITS_H

#include <cstdint>

namespace kdslc {

#define KDSL_LIMIT(NAME, VALUE, WHAT) inline constexpr int64_t NAME = VALUE;
#include "compiler/Limits.def"

} // namespace kdslc

#endif // KDSLC_LIMITS_H
