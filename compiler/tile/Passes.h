//===- Passes.h - passes that tile: kdsl to ktile -------------------------===//

#ifndef KDSLC_TILE_PASSES_H
#define KDSLC_TILE_PASSES_H

#include "dialects/ktile/Ktile.h"
#include "mlir/Pass/Pass.h"

namespace kdslc {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/tile/Passes.h.inc"
} // namespace kdslc

#endif // KDSLC_TILE_PASSES_H
