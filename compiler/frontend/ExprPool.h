//===- ExprPool.h - makes checked expressions, equal ones once ------------===//
//
// Hash-consing: an expression that was made before is returned again, so that
// `f(x) + f(x)`, forty deep, stays forty nodes, and equality of expressions is
// equality of addresses. The place in the source is not part of equality; the
// first one stays.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_EXPRPOOL_H
#define KDSLC_FRONTEND_EXPRPOOL_H

#include "compiler/frontend/Checked.h"
#include <unordered_set>

namespace kdslc {

/// `Expr::leading` of a term of these parts.
std::optional<llvm::SmallVector<IndexId, 2>>
leadingIndices(llvm::ArrayRef<const Expr *> parts);

class ExprPool {
public:
  /// \param owner  keeps the nodes; it outlives the pool.
  explicit ExprPool(std::deque<Expr> &owner) : owner(owner) {}

  /// The node equal to `expr`, whose free and leading indices are computed here;
  /// null when the budget is used up.
  const Expr *make(Expr expr);

  /// A number of an element type; f32 numbers are rounded here, once.
  const Expr *real(Elem elem, double value, SourceRange range);
  const Expr *integer(Elem elem, int64_t value, SourceRange range);
  const Expr *apply(Function function, ValueType type,
                    std::vector<const Expr *> args, SourceRange range);
  const Expr *convert(const Expr *of, Elem elem, SourceRange range);

private:
  struct Hash {
    size_t operator()(const Expr *e) const;
  };
  struct Equal {
    bool operator()(const Expr *a, const Expr *b) const;
  };
  std::deque<Expr> &owner;
  std::unordered_set<const Expr *, Hash, Equal> known;
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_EXPRPOOL_H
