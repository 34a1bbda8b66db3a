//===- CarriedStates.h - the states of a sweep in loops and branches ------===//

#ifndef KDSLC_TARGETS_EMIT_CARRIEDSTATES_H
#define KDSLC_TARGETS_EMIT_CARRIEDSTATES_H

#include "compiler/targets/emit/TileEmitter.h"

namespace kdslc {

/// The states of a sweep, as values that a loop or a branch carries with others.
/// What `update` runs inside of it finds them, and changes them; behind it they are
/// taken up by `finish`.
class TileEmitter::CarriedStates {
public:
  /// \param others  addresses of what is carried beside them.
  CarriedStates(TileEmitter &tile, ktile::SweepOp op,
                llvm::ArrayRef<Value *> others = {})
      : tile(tile), arguments(op.getBody().getArguments().drop_front()),
        parts(tile.flatten(arguments)), carried(others) {
    for (Value &part : parts)
      carried.push_back(&part);
  }

  llvm::ArrayRef<Value *> addresses() const { return carried; }

  void update(llvm::function_ref<void()> body) {
    tile.unflatten(arguments, parts);
    body();
    llvm::copy(tile.flatten(arguments), parts.begin());
  }
  void finish() { tile.unflatten(arguments, parts); }

private:
  TileEmitter &tile;
  mlir::ValueRange arguments;
  llvm::SmallVector<Value> parts;
  llvm::SmallVector<Value *> carried;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_CARRIEDSTATES_H
