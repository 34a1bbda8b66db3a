//===- ExprMaker.cpp - checked expressions made by the oracle -------------===//

#include "compiler/reference/ForwardMode.h"

namespace kdslc::reference {

const Expr *ExprMaker::make(Expr expr) {
  if (const Expr *made = pool.make(std::move(expr)))
    return made;
  exhausted = true;
  return &dummy;
}

const Expr *ExprMaker::number(const ValueType &type, double value) {
  Expr e;
  e.type = type;
  if (isFloat(type.elem))
    e.number = type.elem == Elem::F32 ? double(float(value)) : value;
  else
    e.integer = static_cast<int64_t>(value);
  return make(std::move(e));
}

const Expr *ExprMaker::apply(Function function, std::vector<const Expr *> args,
                             ValueType type) {
  Expr e;
  e.kind = ExprKind::Apply;
  e.function = function;
  e.args = std::move(args);
  e.type = std::move(type);
  return make(std::move(e));
}

const Expr *ExprMaker::binary(Function function, const Expr *a, const Expr *b) {
  ValueType type = a->type; // of a power, the exponent's may be another
  if (type.isScalar())
    type.shape = b->type.shape;
  return apply(function, {a, b}, type);
}

const Expr *ExprMaker::unary(Function function, const Expr *a) {
  return apply(function, {a}, a->type);
}

const Expr *ExprMaker::add(const Expr *a, const Expr *b) {
  if (!a || !b)
    return a ? a : b;
  return binary(Function::Add, a, b);
}

const Expr *ExprMaker::sub(const Expr *a, const Expr *b) {
  if (!b)
    return a;
  return a ? binary(Function::Sub, a, b) : unary(Function::Neg, b);
}

const Expr *ExprMaker::mul(const Expr *a, const Expr *b) {
  return a && b ? binary(Function::Mul, a, b) : nullptr;
}

const Expr *ExprMaker::div(const Expr *a, const Expr *b) {
  return a ? binary(Function::Div, a, b) : nullptr;
}

const Expr *ExprMaker::times(const Expr *a, double factor) {
  return a ? mul(a, number({a->type.elem, {}}, factor)) : a;
}

const Expr *ExprMaker::compare(Function function, const Expr *a,
                               const Expr *b) {
  ValueType type = a->type.isScalar() ? b->type : a->type;
  type.elem = Elem::Bool;
  return apply(function, {a, b}, type);
}

const Expr *ExprMaker::compare(Function function, const Expr *a, double b) {
  return compare(function, a, number({a->type.elem, {}}, b));
}

const Expr *ExprMaker::select(const Expr *condition, const Expr *a,
                              const Expr *b) {
  if (!a && !b)
    return nullptr;
  ValueType type = (a ? a : b)->type;
  if (type.isScalar())
    type.shape = condition->type.shape;
  if (!a)
    a = number({type.elem, {}}, 0);
  if (!b)
    b = number({type.elem, {}}, 0);
  return apply(Function::Select, {condition, a, b}, type);
}

const Expr *ExprMaker::total(const Expr *value) {
  if (!value || value->type.isScalar())
    return value;
  return apply(Function::FeatureSum, {value}, {value->type.elem, {}});
}

const Expr *ExprMaker::rowNumber(IndexId index) {
  Expr e;
  e.kind = ExprKind::RowIndex;
  e.type.elem = Elem::I64;
  e.subscripts.push_back(index);
  return make(std::move(e));
}

const Expr *ExprMaker::concat(std::vector<const Expr *> parts, ValueType type) {
  if (type.isScalar())
    return parts.front();
  Expr e;
  e.kind = ExprKind::Concat;
  e.args = std::move(parts);
  e.type = std::move(type);
  return make(std::move(e));
}

const Expr *ExprMaker::element(const Expr *value, int64_t place) {
  while (value && !value->type.isScalar()) {
    ValueType type = value->type;
    type.shape.erase(type.shape.begin());
    Expr e;
    e.kind = ExprKind::Extract;
    e.args = {value};
    e.begin = place / type.count();
    e.type = type;
    place %= type.count();
    value = make(std::move(e));
  }
  return value;
}

const Expr *ExprMaker::reduceLike(const Expr &like, Reduction reduction,
                                  std::vector<const Expr *> args,
                                  ValueType type) {
  Expr e = like;
  e.reduction = reduction;
  e.args = std::move(args);
  e.type = std::move(type);
  return make(std::move(e));
}

IndexId ExprMaker::freshIndex(AxisId axis) {
  indices.push_back({"r" + std::to_string(indices.size()), axis, false});
  return IndexId(indices.size() - 1);
}

std::vector<const Expr *>
inOrder(llvm::ArrayRef<const Expr *> roots,
        llvm::function_ref<bool(const Expr &)> isLeaf) {
  std::vector<const Expr *> order;
  llvm::DenseMap<const Expr *, bool> done;
  std::vector<std::pair<const Expr *, size_t>> stack;
  for (const Expr *root : roots)
    stack.push_back({root, 0});
  while (!stack.empty()) {
    auto &[expr, next] = stack.back();
    size_t operands = isLeaf(*expr) ? 0 : expr->args.size() + !!expr->where;
    if (done.lookup(expr)) {
      stack.pop_back();
    } else if (next < operands) {
      const Expr *operand =
          next < expr->args.size() ? expr->args[next] : expr->where;
      ++next;
      stack.push_back({operand, 0});
    } else {
      done[expr] = true;
      order.push_back(expr);
      stack.pop_back();
    }
  }
  return order;
}

Expr ExprMaker::withOperands(const Expr &expr, const Changes &copies) {
  Expr copy = expr;
  for (const Expr *&arg : copy.args)
    arg = copies.lookup(arg);
  if (copy.where)
    copy.where = copies.lookup(copy.where);
  return copy;
}

const Expr *ExprMaker::rename(const Expr *root, IndexId from, IndexId to) {
  auto isOutside = [from](const Expr &e) {
    return !llvm::is_contained(e.free, from);
  };
  Changes renamed;
  for (const Expr *expr : inOrder(root, isOutside)) {
    if (isOutside(*expr)) {
      renamed[expr] = expr;
      continue;
    }
    Expr copy = withOperands(*expr, renamed);
    if (copy.ranges)
      copy.ranges = rename(copy.ranges, from, to);
    for (IndexId &index : copy.subscripts)
      if (index == from)
        index = to;
    renamed[expr] = make(std::move(copy));
  }
  return renamed.lookup(root);
}

} // namespace kdslc::reference
