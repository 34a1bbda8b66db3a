//===- FoldRule.h - derivatives of reductions -----------------------------===//
//
// The change of a result is a weighted sum of the changes of its terms, and the
// cotangent of a term is the result's with the same weight: 1 for a sum, "is
// the chosen row" for min and max, the softmax weight for logsumexp. A rule
// gives the weight of one pair.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FOLDRULE_H
#define KDSLC_PLAN_DERIVE_FOLDRULE_H

#include "compiler/plan/derive/Calculator.h"
#include "compiler/plan/derive/PairBuilder.h"

namespace kdslc {

/// Arrays over the kept rows that rules need beside the results of a reduce,
/// each made once.
class SideArrays {
public:
  explicit SideArrays(const PairBuilder::Formulas &formulas)
      : formulas(formulas) {}
  /// The row that a min or max chose, an i64.
  mlir::Value chosen(kdsl::ReduceOp reduce, unsigned state);
  /// Of a product: the one of the factors that are not 0, and how many are.
  std::pair<mlir::Value, mlir::Value> factors(kdsl::ReduceOp reduce,
                                              unsigned state);

private:
  using Key = std::pair<mlir::Operation *, unsigned>;
  const PairBuilder::Formulas &formulas;
  llvm::DenseMap<Key, mlir::Value> chosenRows;
  llvm::DenseMap<Key, std::pair<mlir::Value, mlir::Value>> productFactors;
};

/// One result of a reduce, seen from a copy of its body.
class FoldRule {
public:
  /// \param places  where the indices of the reduce are in the pair.
  FoldRule(kdsl::ReduceOp reduce, unsigned result, PairBuilder &pair,
           llvm::ArrayRef<int64_t> places, mlir::IRMapping &mapping,
           SideArrays &side);

  /// The value of the pair, in the copy.
  mlir::Value value() const { return term; }
  /// Where the pair counts at all; null: everywhere.
  mlir::Value active() const { return condition; }
  /// A change of the term, or a cotangent of the result, times the weight.
  mlir::Value weighted(mlir::Value value) const;

  /// Whether the reduce has rules for all its results.
  static bool areKnown(kdsl::ReduceOp reduce);
  /// Whether the result depends smoothly on the terms.
  static bool exists(kdsl::ReduceOp reduce, unsigned result);

private:
  void ofProduct(kdsl::ReduceOp reduce, unsigned state, PairBuilder &pair,
                 llvm::ArrayRef<int64_t> kept, SideArrays &side);

  mlir::Value term, condition, factor;
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FOLDRULE_H
