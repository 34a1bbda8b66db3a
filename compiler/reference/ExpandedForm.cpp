//===- ExpandedForm.cpp - formulas for `form = expanded` ------------------===//

#include "compiler/reference/ExpandedForm.h"
#include "compiler/reference/ForwardMode.h"
#include <limits>

namespace kdslc::reference {

namespace {
class Expansion {
public:
  explicit Expansion(ExpandedForm &form)
      : form(form), pool(form.exprs), make(pool, form.program.indices) {}

  void run();

private:
  const Expr *inside(const Expr *value, IndexId last);
  const Expr *distance(const Expr &expr, IndexId last);
  const Expr *squareOf(const Expr *a, const Expr *b, IndexId last);

  ExpandedForm &form;
  ExprPool pool;
  ExprMaker make;
};
} // namespace

static bool isApply(const Expr &expr, Function function) {
  return expr.kind == ExprKind::Apply && expr.function == function;
}

static bool dependsOn(const Expr *expr, IndexId index) {
  return llvm::is_contained(expr->free, index);
}

/// The square of |a - b|, or null where it is no distance between row `last` and
/// another one.
const Expr *Expansion::squareOf(const Expr *a, const Expr *b, IndexId last) {
  if (dependsOn(a, last))
    std::swap(a, b);
  if (dependsOn(a, last) || !dependsOn(b, last) || a->type.shape.size() != 1 ||
      b->type.shape.size() != 1)
    return nullptr;
  IndexId all = make.freshIndex(make.axisOf(last));
  Expr sum;
  sum.kind = ExprKind::Reduce;
  sum.reduction = Reduction::Mean;
  sum.args = {make.rename(b, last, all)};
  sum.subscripts = {all};
  sum.type = b->type;
  const Expr *mean = make.make(std::move(sum));
  form.centres.insert(mean);
  // The origin where the mean is not finite.
  const Expr *isFinite =
      make.compare(Function::Lt, make.unary(Function::Abs, mean),
                   std::numeric_limits<double>::infinity());
  const Expr *centre = make.select(isFinite, mean, nullptr);
  a = make.sub(a, centre);
  b = make.sub(b, centre);
  ValueType number = {a->type.elem, {}};
  auto dot = [&](const Expr *u, const Expr *v) {
    return make.apply(Function::Dot, {u, v}, number);
  };
  const Expr *square = make.sub(make.add(dot(a, a), dot(b, b)),
                                make.times(dot(a, b), 2));
  return make.unary(Function::Relu, square);
}

/// The expanded form of a node, or null if it is no distance. What the compiler
/// takes for one: dot(x - y, x - y) too.
const Expr *Expansion::distance(const Expr &expr, IndexId last) {
  if (isApply(expr, Function::SqDist))
    return squareOf(expr.args[0], expr.args[1], last);
  bool isNorm = isApply(expr, Function::Norm);
  bool isDot = isApply(expr, Function::Dot) && expr.args[0] == expr.args[1];
  if (!isNorm && !isDot && !isApply(expr, Function::SqNorm))
    return nullptr;
  const Expr &difference = *expr.args[0];
  if (!isApply(difference, Function::Sub))
    return nullptr;
  const Expr *square =
      squareOf(difference.args[0], difference.args[1], last);
  return square && isNorm ? make.unary(Function::Sqrt, square) : square;
}

/// A value inside of a reduction over `last`.
const Expr *Expansion::inside(const Expr *value, IndexId last) {
  Changes copies;
  for (const Expr *expr : inOrder(value, [](const Expr &e) {
         return e.kind == ExprKind::Reduce;
       })) {
    bool isLeaf = expr->kind == ExprKind::Reduce;
    const Expr *copy =
        isLeaf ? expr : make.make(make.withOperands(*expr, copies));
    const Expr *expanded = isLeaf ? nullptr : distance(*copy, last);
    copies[expr] = expanded ? expanded : copy;
  }
  return copies.lookup(value);
}

void Expansion::run() {
  std::vector<const Expr *> roots;
  for (const Output &output : form.program.outputs)
    roots.push_back(output.value);
  Changes copies;
  for (const Expr *expr : inOrder(roots, [](const Expr &) { return false; })) {
    Expr copy = make.withOperands(*expr, copies);
    if (copy.kind == ExprKind::Reduce) {
      for (const Expr *&arg : copy.args)
        arg = inside(arg, copy.subscripts.back());
      if (copy.where)
        copy.where = inside(copy.where, copy.subscripts.back());
    }
    copies[expr] = make.make(std::move(copy));
  }
  for (Output &output : form.program.outputs)
    output.value = copies.lookup(output.value);
}

std::unique_ptr<ExpandedForm> expandDistances(const CheckedProgram &program) {
  auto form = std::make_unique<ExpandedForm>();
  form->program = program;
  Expansion(*form).run();
  return form;
}

} // namespace kdslc::reference
