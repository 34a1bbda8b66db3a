//===- StateComponents.h - all components of a state, for its reduction ---===//

#ifndef KDSLC_TARGETS_EMIT_STATECOMPONENTS_H
#define KDSLC_TARGETS_EMIT_STATECOMPONENTS_H

#include "compiler/targets/emit/TileEmitter.h"

namespace kdslc {

/// The components of a state of the tile: loops and branches carry those in
/// registers, and load and store those in scratch.
class TileEmitter::StateComponents : public kdsl::Components {
public:
  /// \param fold  whose values `valuesOf` gives; null when merging or
  ///              closing.
  StateComponents(TileEmitter &tile, StateValue &state, ktile::FoldOp fold)
      : tile(tile), state(state), fold(fold) {}

  void forEach(
      Carried carried,
      llvm::function_ref<void(Value, llvm::MutableArrayRef<kdsl::RowState>)>
          body) override;
  std::vector<kdsl::RowGroup> valuesOf(Value component) override;
  void loop(int64_t count, Carried carried,
            llvm::function_ref<void(Value)> body) override;
  /// The same from..to.
  void loop(Value from, Value to, Carried carried,
            llvm::function_ref<void(Value)> body);
  void whereAny(Value mask, Carried carried, llvm::function_ref<void()> then,
                llvm::function_ref<void()> otherwise) override;
  bool liesByRow() const override { return tile.liesByRow(state); }
  void enter(llvm::ArrayRef<kdsl::RowGroup> offers, Carried carried,
             const Entry &entry) override {
    tile.enterByRow(state, offers, carried, entry);
  }
  bool canLeave(llvm::ArrayRef<kdsl::RowGroup> groups) override;
  void leave(llvm::ArrayRef<kdsl::RowGroup> groups, Value hit) override {
    tile.leave(state, groups, hit);
  }
  void takeLeft(Carried carried,
                llvm::function_ref<void(llvm::ArrayRef<kdsl::RowGroup>)> take)
      override {
    tile.takeLeft(state, carried, take);
  }
  bool collects() const override { return fold && tile.collects(fold); }
  void collect(llvm::ArrayRef<llvm::SmallVector<Value>> weights) override {
    tile.collect(weights);
  }
  void changeCollected(
      llvm::function_ref<Value(unsigned r, Value weight)> change) override {
    tile.changeCollected(change);
  }

private:
  llvm::SmallVector<Value *> withRegisters(Carried carried);

  TileEmitter &tile;
  StateValue &state;
  ktile::FoldOp fold;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_STATECOMPONENTS_H
