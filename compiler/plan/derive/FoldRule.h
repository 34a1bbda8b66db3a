//===- FoldRule.h - derivatives of reductions -----------------------------===//
//
// The change of a result is a weighted sum of the changes of its terms, and the
// cotangent of a term is the result's with the same weight: 1 for a sum, "is
// the chosen row" for min and max, the softmax weight for logsumexp. A rule
// gives the weights of one pair.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FOLDRULE_H
#define KDSLC_PLAN_DERIVE_FOLDRULE_H

#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/PairBuilder.h"

namespace kdslc {

/// Arrays over rows that rules need beside the results of a reduce,
/// each made once.
class SideArrays {
public:
  explicit SideArrays(const PairBuilder::Formulas &formulas)
      : formulas(formulas) {}
  /// The rows that an order chose: an i64, or one for each feature or place.
  mlir::Value chosen(kdsl::ReduceOp reduce, unsigned state);
  /// Of merged lists: which of a row's values stand where (`placesInLists`).
  mlir::Value places(kdsl::ReduceOp reduce, unsigned state);
  /// The logsumexp of the logits of a softmax.
  mlir::Value total(kdsl::ReduceOp reduce, unsigned state);

private:
  using Key = std::pair<mlir::Operation *, unsigned>;
  const PairBuilder::Formulas &formulas;
  llvm::DenseMap<Key, mlir::Value> chosenRows, placesOfLists, totals;
};

/// What the values of a pair give to one result of a reduce.
class FoldRule {
public:
  /// A change dt of the term changes the result by weight * factor * dt where
  /// the condition holds; a number goes to all features of a result.
  struct Share {
    mlir::Value term;
    mlir::Value factor;    ///< null: 1
    mlir::Value condition; ///< of the pair or of each feature; null: always
  };
  /// A cotangent of a term, and where the term takes part at all.
  struct Returned {
    mlir::Value term, cotangent, active;
  };

  /// \param places  where the indices of the reduce are in the pair.
  FoldRule(kdsl::ReduceOp reduce, unsigned result, PairBuilder &pair,
           llvm::ArrayRef<int64_t> places, mlir::IRMapping &mapping,
           SideArrays &side);

  /// The condition of the whole pair, if it has one that all shares have: it
  /// can guard the fold, and `tangent` and `cotangents` leave it out.
  mlir::Value pairCondition() const { return common; }
  /// The pair's part of the change of the result; null if there is none.
  mlir::Value
  tangent(llvm::function_ref<mlir::Value(mlir::Value)> changeOf) const;
  /// What a cotangent of the result gives the terms.
  llvm::SmallVector<Returned, 2> cotangents(mlir::Value y) const;

  /// Whether the reduce has rules for all its results.
  static bool areKnown(kdsl::ReduceOp reduce);
  /// Whether the result depends smoothly on the terms.
  static bool exists(kdsl::ReduceOp reduce, unsigned result);

private:
  mlir::Value softWeight(mlir::Value logit, mlir::Value total);

  mlir::Type rowType;
  llvm::SmallVector<Share, 2> shares;
  mlir::Value weight; ///< null: 1
  mlir::Value common; ///< null: always
  mlir::Value inList; ///< of merged lists: which of its values stand where
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FOLDRULE_H
