//===- ExprPool.cpp - makes checked expressions, equal ones once ----------===//

#include "compiler/frontend/ExprPool.h"
#include "compiler/Limits.h"
#include "llvm/ADT/Hashing.h"
#include <cstring>

using namespace kdslc;

/// The bits, so that NaN equals itself and -0 differs from 0.
static uint64_t bitsOf(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

size_t ExprPool::Hash::operator()(const Expr *e) const {
  using llvm::hash_combine_range;
  return llvm::hash_combine(
      e->kind, e->type.elem, hash_combine_range(e->type.shape),
      hash_combine_range(e->args), bitsOf(e->number), e->integer, e->input,
      hash_combine_range(e->subscripts), e->axis, e->begin, e->end,
      llvm::hash_combine(e->function, e->reduction, e->where, e->count,
                         e->ranges));
}

bool ExprPool::Equal::operator()(const Expr *a, const Expr *b) const {
  return a->kind == b->kind && a->type == b->type && a->args == b->args &&
         bitsOf(a->number) == bitsOf(b->number) && a->integer == b->integer &&
         a->input == b->input && a->subscripts == b->subscripts &&
         a->axis == b->axis && a->begin == b->begin && a->end == b->end &&
         a->function == b->function && a->reduction == b->reduction &&
         a->where == b->where && a->count == b->count && a->ranges == b->ranges;
}

/// Adds the sorted `from` to the sorted `to`.
static void unite(llvm::SmallVectorImpl<IndexId> &to,
                  llvm::ArrayRef<IndexId> from) {
  for (IndexId id : from) {
    auto *at = std::lower_bound(to.begin(), to.end(), id);
    if (at == to.end() || *at != id)
      to.insert(at, id);
  }
}

/// What the operands leave free; a reduction binds its subscripts.
static void computeFree(Expr &expr) {
  expr.free.clear();
  for (const Expr *arg : expr.args)
    unite(expr.free, arg->free);
  if (expr.where)
    unite(expr.free, expr.where->free);
  if (expr.ranges)
    unite(expr.free, expr.ranges->free);
  for (IndexId id : expr.subscripts) {
    if (expr.kind == ExprKind::Reduce)
      llvm::erase(expr.free, id);
    else
      unite(expr.free, id);
  }
}

/// Meets what two parts of a term say of `Expr::leading`.
static void intersect(std::optional<llvm::SmallVector<IndexId, 2>> &to,
                      const std::optional<llvm::SmallVector<IndexId, 2>> &from) {
  if (!to)
    to = from;
  else if (from)
    llvm::erase_if(*to,
                   [&](IndexId id) { return !llvm::is_contained(*from, id); });
}

std::optional<llvm::SmallVector<IndexId, 2>>
kdslc::leadingIndices(llvm::ArrayRef<const Expr *> parts) {
  std::optional<llvm::SmallVector<IndexId, 2>> leading;
  for (const Expr *part : parts)
    intersect(leading, part->leading);
  return leading;
}

static void computeLeading(Expr &expr) {
  expr.leading = leadingIndices(expr.args);
  if (expr.where)
    intersect(expr.leading, expr.where->leading);
  if (expr.kind == ExprKind::Input && expr.subscripts.size() > 1) {
    llvm::SmallVector<IndexId, 2> before;
    unite(before, llvm::ArrayRef<IndexId>(expr.subscripts).drop_back());
    llvm::erase(before, expr.subscripts.back());
    expr.leading = before;
  }
  if (expr.kind == ExprKind::Reduce && expr.leading)
    for (IndexId id : expr.subscripts)
      llvm::erase(*expr.leading, id);
}

const Expr *ExprPool::make(Expr expr) {
  computeFree(expr);
  computeLeading(expr);
  if (auto found = known.find(&expr); found != known.end())
    return *found;
  if (int64_t(owner.size()) >= maxNodes)
    return nullptr;
  owner.push_back(std::move(expr));
  known.insert(&owner.back());
  return &owner.back();
}

const Expr *ExprPool::real(Elem elem, double value, SourceRange range) {
  Expr e;
  e.type.elem = elem;
  e.number = elem == Elem::F32 ? double(float(value)) : value;
  e.range = range;
  return make(std::move(e));
}

const Expr *ExprPool::integer(Elem elem, int64_t value, SourceRange range) {
  Expr e;
  e.type.elem = elem;
  e.integer = value;
  e.range = range;
  return make(std::move(e));
}

const Expr *ExprPool::apply(Function function, ValueType type,
                            std::vector<const Expr *> args, SourceRange range) {
  Expr e;
  e.kind = ExprKind::Apply;
  e.function = function;
  e.type = std::move(type);
  e.args = std::move(args);
  e.range = range;
  return make(std::move(e));
}

const Expr *ExprPool::convert(const Expr *of, Elem elem, SourceRange range) {
  if (of->type.elem == elem)
    return of;
  Expr e;
  e.kind = ExprKind::Convert;
  e.type = {elem, of->type.shape};
  e.args = {of};
  e.range = range;
  return make(std::move(e));
}
