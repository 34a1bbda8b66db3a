//===- ByRow.h - states whose components lie side by side -----------------===//
//
// Scratch has the components of a state as lane values, one row i in each lane.
// Of reductions that few pairs change a target may keep them row by row instead
// (kdsl::Schedule::byRow), so that a pair costs its own row alone something. These
// are the target's part; kdsl::Components says what they do.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_EMIT_BYROW_H
#define KDSLC_TARGETS_EMIT_BYROW_H

#include "compiler/targets/emit/TileState.h"
#include "dialects/kdsl/Lanes.h"

namespace kdslc {

class ByRow {
public:
  virtual ~ByRow() = default;

protected:
  using Carried = kdsl::Components::Carried;
  using Offers = llvm::ArrayRef<kdsl::RowGroup>;

  /// The scratch memory of a state.
  virtual int64_t bytesByRow(ktile::StateType type) { never(); }
  /// No pair at all: all components have the parts `none`.
  virtual void clearByRow(const TileState &state,
                          llvm::ArrayRef<mlir::Value> none) {
    never();
  }
  /// The parts of one component of all rows of the tile.
  virtual llvm::SmallVector<kdsl::RowState>
  loadByRow(const TileState &state, mlir::Value component) {
    never();
  }
  virtual void enterByRow(const TileState &state, Offers offers,
                          Carried carried,
                          const kdsl::Components::Entry &entry) {
    never();
  }
  virtual void leave(TileState &state, Offers groups, mlir::Value hit) {
    never();
  }
  virtual void takeLeft(const TileState &state, Carried carried,
                        llvm::function_ref<void(Offers)> take) {
    never();
  }

private:
  [[noreturn]] static void never() {
    llvm_unreachable("states lie by component");
  }
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_BYROW_H
