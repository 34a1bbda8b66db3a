//===- ForwardMode.h - changes of checked expressions ---------------------===//
//
// The oracle's own way to differentiate: dual numbers, written as expressions.
// From a change of some leaves follows the change of every node, by rules that
// are stated here once more and share nothing with the compiler's; what comes
// out is evaluated, with its error bounds, like any other expression.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_FORWARDMODE_H
#define KDSLC_REFERENCE_FORWARDMODE_H

#include "compiler/frontend/ExprPool.h"
#include "llvm/ADT/DenseMap.h"

namespace kdslc::reference {

/// Makes expressions; shapes and types follow from the operands. Null is zero.
class ExprMaker {
public:
  ExprMaker(ExprPool &pool, std::vector<RowIndex> &indices)
      : pool(pool), indices(indices) {}

  /// An expression of the pool. Throws nothing: an exhausted budget is kept in
  /// `exhausted`, and the result is then of no use.
  const Expr *make(Expr expr);
  const Expr *number(const ValueType &type, double value);
  const Expr *apply(Function function, std::vector<const Expr *> args,
                    ValueType type);
  const Expr *binary(Function function, const Expr *a, const Expr *b);
  const Expr *unary(Function function, const Expr *a);
  const Expr *add(const Expr *a, const Expr *b);
  const Expr *sub(const Expr *a, const Expr *b);
  const Expr *mul(const Expr *a, const Expr *b);
  const Expr *div(const Expr *a, const Expr *b);
  const Expr *times(const Expr *a, double factor);
  const Expr *compare(Function function, const Expr *a, const Expr *b);
  const Expr *compare(Function function, const Expr *a, double b);
  /// a or b; null beside a value is zeros.
  const Expr *select(const Expr *condition, const Expr *a, const Expr *b);
  /// The sum of all features.
  const Expr *total(const Expr *value);
  const Expr *rowNumber(IndexId index);
  const Expr *concat(std::vector<const Expr *> parts, ValueType type);
  /// The element at a place of the flat row-major order.
  const Expr *element(const Expr *value, int64_t place);
  /// A reduction like another one, of other arguments.
  const Expr *reduceLike(const Expr &like, Reduction reduction,
                         std::vector<const Expr *> args, ValueType type);
  /// The expression with copies of its operands; not yet one of the pool.
  static Expr
  withOperands(const Expr &expr,
               const llvm::DenseMap<const Expr *, const Expr *> &copies);
  /// With index `to` in place of the free index `from`.
  const Expr *rename(const Expr *expr, IndexId from, IndexId to);
  IndexId freshIndex(AxisId axis);
  AxisId axisOf(IndexId index) const { return indices[index].axis; }

  bool exhausted = false;

private:
  ExprPool &pool;
  std::vector<RowIndex> &indices;
  Expr dummy;
};

/// Every node below the roots, operands first; without entering `leaves`.
std::vector<const Expr *>
inOrder(llvm::ArrayRef<const Expr *> roots,
        llvm::function_ref<bool(const Expr &)> isLeaf);

using Changes = llvm::DenseMap<const Expr *, const Expr *>;

/// The change of `root` under changes of leaves; null if there is none.
/// `changes` keeps those of all nodes below.
const Expr *changeOf(const Expr *root, Changes &changes, ExprMaker &maker);

/// What one row contributes to the change of a reduction, given the changes of
/// its arguments (null: none), and the rows that take part.
struct Contribution {
  const Expr *term = nullptr; ///< null: nothing
  const Expr *where = nullptr;
  const Expr *chosen = nullptr; ///< the features that it goes to; null: all
};
Contribution contributionOf(const Expr &reduce,
                            llvm::ArrayRef<const Expr *> changes,
                            ExprMaker &maker);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_FORWARDMODE_H
