//===- Grids.cpp - what of a program runs in one grid ---------------------===//

#include "compiler/plan/Grids.h"

using namespace mlir;

namespace kdslc {

ArrayAttr keptAxes(Operation *op) {
  return op->getAttrOfType<ArrayAttr>("keep");
}

OperandRange rowOperands(Operation *op) {
  auto reduce = dyn_cast<kdsl::ReduceOp>(op);
  return reduce ? reduce.getRows() : op->getOperands();
}

/// True if row operand `r` of `op` is read at the kept row itself.
static bool readsOwnRow(Operation *op, unsigned r) {
  auto subscripts = op->getAttrOfType<ArrayAttr>("subscripts");
  auto subscript = cast<DenseI64ArrayAttr>(subscripts[r]).asArrayRef();
  return subscript.size() == keptAxes(op).size() &&
         llvm::equal(subscript, llvm::seq<int64_t>(0, subscript.size()));
}

/// True if a feature of the map's row may be a loop over features.
static bool multipliesMatrices(Operation *op) {
  return isa<kdsl::MapOp>(op) &&
         !op->getRegion(0).front().getOps<kdsl::MatMulOp>().empty();
}

/// True if `op` needs a row for many pairs, or each of its features often, and
/// they cost more to compute again than to load. Features of short vectors are
/// written out, and computed once for the row.
static bool needsStored(Operation *op, Value rows) {
  auto made = rows.getDefiningOp<kdsl::MapOp>();
  Type row = cast<kdsl::RowsType>(rows.getType()).getRow();
  if (!made || !isa<VectorType>(row))
    return false;
  bool isLong = kdsl::featureCount(row) > usualUnroll;
  return (isa<kdsl::ReduceOp>(op) && isLong) ||
         (multipliesMatrices(made) &&
          (isa<kdsl::ReduceOp>(op) || multipliesMatrices(op)));
}

SmallVector<Operation *> Grid::sweeps() const {
  auto reduces = llvm::to_vector(
      llvm::make_filter_range(members, llvm::IsaPred<kdsl::ReduceOp>));
  return reduces.empty() ? members : reduces;
}

SmallVector<PairCost> Grid::costs() const {
  return llvm::map_to_vector(
      sweeps(), [&](Operation *op) { return countPair(op, this); });
}

/// An operation joins the newest grid if that keeps the same axes and holds nothing
/// that the operation reads at other rows.
std::vector<Grid> gridsOf(kdsl::ProgramOp program) {
  std::vector<Grid> grids;
  for (Operation &op : program.getBody().front()) {
    if (!isa<kdsl::ReduceOp, kdsl::MapOp>(op))
      continue;
    bool joins = !grids.empty() &&
                 keptAxes(grids.back().members.front()) == keptAxes(&op);
    for (auto [r, rows] : llvm::enumerate(rowOperands(&op)))
      if (joins && rows.getDefiningOp() &&
          grids.back().contains(rows.getDefiningOp()))
        joins = readsOwnRow(&op, r) && !needsStored(&op, rows);
    op.walk([&](kdsl::GatherOp gather) { // any row, of a finished grid
      Operation *made = gather.getRows().getDefiningOp();
      joins &= !made || grids.empty() || !grids.back().contains(made);
    });
    if (!joins)
      grids.emplace_back();
    grids.back().members.push_back(&op);
  }
  return grids;
}

} // namespace kdslc
