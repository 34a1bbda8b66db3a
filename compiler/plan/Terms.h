//===- Terms.h - what a value of a pair is made of ------------------------===//
//
// A term of some of a reduce's indices can stand in an operation over these
// alone: computed once a row before the sweep, or with a row's result behind it.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_TERMS_H
#define KDSLC_PLAN_TERMS_H

#include "compiler/plan/PairBuilder.h"
#include <set>

namespace kdslc {

class Calculator;

/// What a value of a reduce's body is made of.
struct Term {
  mlir::Value value;
  llvm::SmallVector<mlir::Operation *> operations; ///< in the body's order
  std::set<int64_t> indices; ///< positions of those that it depends on
  bool countsRows = false;   ///< needs the number of a row
};
Term termOf(kdsl::ReduceOp reduce, mlir::Value value);

/// Whether a value depends on a row i of a tile and on row j as well; finds that
/// out without all that it is made of.
bool isOfPair(kdsl::ReduceOp reduce, mlir::Value value);

/// Those values of a body, and all that depends on one of them.
llvm::DenseSet<mlir::Value> dependents(mlir::Block &body,
                                       llvm::DenseSet<mlir::Value> values);

/// Where indices stand among others.
PairBuilder::Place positions(llvm::ArrayRef<int64_t> indices,
                             const PairBuilder::Place &among);
/// The indices of a reduce but the reduced one.
PairBuilder::Place keptPlace(kdsl::ReduceOp reduce);
/// An operation over some of the reduce's indices, not begun.
PairBuilder over(kdsl::ReduceOp reduce, const PairBuilder::Place &place);
/// A term in another operation, whose index k is the reduce's place[k].
mlir::Value copyTerm(kdsl::ReduceOp reduce, const Term &term,
                     const PairBuilder::Place &place, PairBuilder &pair);

/// Whether nothing is reduced for any row, whatever masks and ranges say.
mlir::Value hasNoRows(kdsl::ReduceOp reduce, Calculator &c);
/// Gives what reads a state of the reduce another value, which may read it.
void replaceState(kdsl::ReduceOp reduce, unsigned state, mlir::Value value);

} // namespace kdslc

#endif // KDSLC_PLAN_TERMS_H
