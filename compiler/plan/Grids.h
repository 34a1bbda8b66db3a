//===- Grids.h - what of a program runs in one grid -----------------------===//

#ifndef KDSLC_PLAN_GRIDS_H
#define KDSLC_PLAN_GRIDS_H

#include "compiler/Target.h"

namespace kdslc {

/// Reduces and maps that run in one grid, one after the other, under one schedule:
/// each reads, of the others, only the row that it computes itself.
struct Grid {
  llvm::SmallVector<mlir::Operation *> members;

  bool contains(mlir::Operation *op) const {
    return llvm::is_contained(members, op);
  }
  /// What its time goes to, for which its schedule is chosen: its reduces, or its
  /// maps where nothing is reduced.
  llvm::SmallVector<mlir::Operation *> sweeps() const;
  /// What a pair of each of them costs.
  llvm::SmallVector<PairCost> costs() const;
};

/// The axes that a reduce or map keeps, and the rows that it reads.
mlir::ArrayAttr keptAxes(mlir::Operation *op);
mlir::OperandRange rowOperands(mlir::Operation *op);

/// Distributes the pair operations of a program over grids. Schedules play no part,
/// so that the grids of a program are the same for every target.
std::vector<Grid> gridsOf(kdsl::ProgramOp program);

} // namespace kdslc

#endif // KDSLC_PLAN_GRIDS_H
