//===- PairBuilder.h - a reduce or a map under construction ---------------===//
//
// The body comes first: rows that it reads become operands as they are asked
// for. A formula of each row (a `kdsl.map` that only derivatives read) is not
// read but copied in, so that a cotangent costs no memory and no pass.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_PAIRBUILDER_H
#define KDSLC_PLAN_PAIRBUILDER_H

#include "dialects/kdsl/Kdsl.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <map>

namespace kdslc {

/// What reduce and map share. Indices are the kept ones, then the reduced one.
struct PairView {
  explicit PairView(mlir::Operation *op);

  mlir::Value rowArgument(unsigned row) const {
    return block->getArgument(unsigned(axes.size()) + row);
  }
  llvm::ArrayRef<int64_t> subscript(unsigned row) const;

  mlir::Operation *op;
  llvm::SmallVector<mlir::Attribute> axes, names;
  unsigned kept;
  mlir::OperandRange rows;
  mlir::ArrayAttr subscripts;
  mlir::Block *block;
  mlir::OperandRange values, masks; ///< what the body yields
};

/// Gives a reduce one more operand: the row of an array at some of its indices.
mlir::BlockArgument appendRow(kdsl::ReduceOp reduce, mlir::Value rows,
                              llvm::ArrayRef<int64_t> subscript,
                              llvm::StringRef name);

class PairBuilder {
public:
  /// Positions among the indices, one for each axis of an operand.
  using Place = llvm::SmallVector<int64_t>;
  using Formulas = llvm::DenseSet<mlir::Operation *>;

  PairBuilder(mlir::Location loc, llvm::ArrayRef<mlir::Attribute> axes,
              llvm::ArrayRef<mlir::Attribute> names, const Formulas &formulas);

  /// The row of an array at a place; a parameter is itself.
  mlir::Value read(mlir::Value rows, llvm::ArrayRef<int64_t> place);
  mlir::Value index(int64_t position) { return block->getArgument(position); }

  /// Copies the body of another pair operation, whose index k is our index
  /// places[k]; gives the copies in order.
  llvm::SmallVector<mlir::Operation *> copy(const PairView &from,
                                            llvm::ArrayRef<int64_t> places,
                                            mlir::IRMapping &mapping);
  /// The same where our indices are those of the other one.
  llvm::SmallVector<mlir::Operation *> copy(const PairView &from,
                                            mlir::IRMapping &mapping);

  /// Ends the body: sums of `values` over the last index.
  kdsl::ReduceOp sums(mlir::OpBuilder &at, mlir::ValueRange values,
                      mlir::ValueRange masks, mlir::Value ranges = {});
  /// The same with any states and results.
  kdsl::ReduceOp reduce(mlir::OpBuilder &at,
                        llvm::ArrayRef<mlir::Attribute> states,
                        llvm::ArrayRef<mlir::Attribute> projections,
                        llvm::ArrayRef<mlir::Type> rowTypes,
                        mlir::ValueRange values, mlir::ValueRange masks,
                        mlir::Value ranges = {});
  kdsl::MapOp map(mlir::OpBuilder &at, mlir::ValueRange values);

  mlir::OpBuilder builder; ///< at the end of the body
  mlir::Location loc;

private:
  mlir::Attribute nameOf(mlir::Value rows, llvm::ArrayRef<int64_t> place);
  llvm::SmallVector<mlir::Type> rowsTypes(unsigned kept,
                                          llvm::ArrayRef<mlir::Type> rowTypes);

  llvm::SmallVector<mlir::Attribute> axes, names, subscripts;
  llvm::SmallVector<mlir::Value> rows;
  const Formulas &formulas;
  mlir::Region region;
  mlir::Block *block;
  /// What `read` gave before.
  std::map<std::pair<const void *, std::vector<int64_t>>, mlir::Value> known;
};

} // namespace kdslc

#endif // KDSLC_PLAN_PAIRBUILDER_H
