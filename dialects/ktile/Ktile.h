//===- Ktile.h - the ktile dialect ----------------------------------------===//
//
// The one header for users of the dialect.
//
//===----------------------------------------------------------------------===//

#ifndef KTILE_KTILE_H
#define KTILE_KTILE_H

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

#include "dialects/ktile/KtileDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/ktile/KtileTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/ktile/KtileOps.h.inc"

#endif // KTILE_KTILE_H
