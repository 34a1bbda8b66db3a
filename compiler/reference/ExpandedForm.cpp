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
  /// dot(a, b) and the sum of the terms: a number in an exponent.
  struct Terms {
    const Expr *a, *b;
    std::vector<const Expr *> terms;
    std::vector<IndexId> ofRow; ///< the indices of row j
  };
  using Exponents = llvm::DenseMap<const Expr *, Terms>;

  const Expr *inside(const Expr &reduce, const Expr *value);
  bool isPair(const Expr *&a, const Expr *&b, IndexId last);
  const Expr *centre(const Expr *row, IndexId last);
  const Expr *difference(const Expr &expr, IndexId last);
  std::optional<Terms> distance(const Expr &expr, const Changes &copies,
                                IndexId last);
  std::optional<Terms> linear(const Expr &expr, const Changes &copies,
                              const Exponents &known, IndexId last);
  const Expr *squareOf(const Terms &square);
  const Expr *exponentOf(const Terms &terms);

  ExpandedForm &form;
  ExprPool pool;
  ExprMaker make;
};
} // namespace

static bool isApply(const Expr &expr, Function function) {
  return expr.kind == ExprKind::Apply && expr.function == function;
}

/// A sum, or a product: of an exponent a part of it, or a multiple.
static bool isLinear(const Expr &expr) {
  return isApply(expr, Function::Add) || isApply(expr, Function::Sub) ||
         isApply(expr, Function::Neg) || isApply(expr, Function::Mul) ||
         isApply(expr, Function::Div);
}

static bool dependsOn(const Expr *expr, IndexId index) {
  return llvm::is_contained(expr->free, index);
}

/// Whether one is of row `last` and the other one is not: that comes first
/// then.
bool Expansion::isPair(const Expr *&a, const Expr *&b, IndexId last) {
  if (dependsOn(a, last))
    std::swap(a, b);
  return !dependsOn(a, last) && dependsOn(b, last) &&
         a->type.shape.size() == 1 && b->type.shape.size() == 1;
}

/// The mean of the rows j; the origin where it is not finite.
const Expr *Expansion::centre(const Expr *row, IndexId last) {
  IndexId all = make.freshIndex(make.axisOf(last));
  Expr sum;
  sum.kind = ExprKind::Reduce;
  sum.reduction = Reduction::Mean;
  sum.args = {make.rename(row, last, all)};
  sum.subscripts = {all};
  sum.type = row->type;
  const Expr *mean = make.make(std::move(sum));
  form.centres.insert(mean);
  const Expr *isFinite =
      make.compare(Function::Lt, make.unary(Function::Abs, mean),
                   std::numeric_limits<double>::infinity());
  return make.select(isFinite, mean, nullptr);
}

/// The terms of a node that is the square of a distance or, of a norm, of its
/// square; none if it is no distance between row `last` and another one. What
/// the compiler takes for one: dot(x - y, x - y) too.
std::optional<Expansion::Terms>
Expansion::distance(const Expr &expr, const Changes &copies, IndexId last) {
  const Expr *operands = &expr;
  if (!isApply(expr, Function::SqDist)) {
    bool isDot = isApply(expr, Function::Dot) && expr.args[0] == expr.args[1];
    if (!isDot && !isApply(expr, Function::SqNorm) &&
        !isApply(expr, Function::Norm))
      return {};
    operands = expr.args[0];
    if (!isApply(*operands, Function::Sub))
      return {};
  }
  const Expr *a = copies.lookup(operands->args[0]),
             *b = copies.lookup(operands->args[1]);
  if (!isPair(a, b, last))
    return {};
  const Expr *c = centre(b, last);
  std::vector<IndexId> ofRow(b->free.begin(), b->free.end());
  a = make.sub(a, c);
  b = make.sub(b, c);
  ValueType number = {a->type.elem, {}};
  return Terms{a,
               make.times(b, -2),
               {make.apply(Function::Dot, {a, a}, number),
                make.apply(Function::Dot, {b, b}, number)},
               ofRow};
}

/// The terms of a sum with an exponent or a product of it and what is not of
/// the pair.
std::optional<Expansion::Terms> Expansion::linear(const Expr &expr,
                                                  const Changes &copies,
                                                  const Exponents &known,
                                                  IndexId last) {
  if (!isLinear(expr))
    return {};
  bool isNeg = isApply(expr, Function::Neg),
       isSub = isApply(expr, Function::Sub),
       isMul = isApply(expr, Function::Mul),
       isDiv = isApply(expr, Function::Div);
  unsigned at = known.contains(expr.args[0]) ? 0 : 1;
  if (at >= expr.args.size() || !known.contains(expr.args[at]) ||
      (isDiv && at == 1))
    return {};
  Terms result = known.lookup(expr.args[at]);
  auto change = [&](auto function) {
    result.b = function(result.b);
    for (const Expr *&term : result.terms)
      term = function(term);
  };
  if (isNeg || (isSub && at == 1))
    change([&](const Expr *e) { return make.unary(Function::Neg, e); });
  if (isNeg)
    return result;
  const Expr *other = copies.lookup(expr.args[1 - at]);
  bool isOfRow = llvm::all_of(other->free, [&](IndexId index) {
    return llvm::is_contained(result.ofRow, index);
  });
  if (dependsOn(other, last) && !isOfRow)
    return {};
  if (isMul || isDiv)
    change([&](const Expr *e) { return make.binary(expr.function, e, other); });
  else
    result.terms.push_back(isSub && at == 0 ? make.unary(Function::Neg, other)
                                            : other);
  return result;
}

const Expr *Expansion::squareOf(const Terms &square) {
  ValueType number = {square.a->type.elem, {}};
  const Expr *sum =
      make.add(make.add(square.terms[0], square.terms[1]),
               make.apply(Function::Dot, {square.a, square.b}, number));
  return make.unary(Function::Relu, sum);
}

/// In units of log 2, as exponents are computed.
const Expr *Expansion::exponentOf(const Terms &exponent) {
  Elem elem = exponent.a->type.elem;
  constexpr double unit = 1.4426950408889634;
  std::vector<const Expr *> parts;
  for (const Expr *term : exponent.terms)
    parts.push_back(make.times(term, unit));
  parts.push_back(make.mul(exponent.a, make.times(exponent.b, unit)));
  int64_t count = parts.back()->type.count() + int64_t(parts.size()) - 1;
  const Expr *sum = make.total(make.concat(parts, {elem, {count}}));
  return make.div(sum, make.number({elem, {}}, unit));
}

/// Two rows of a pair, one subtracted from the other.
const Expr *Expansion::difference(const Expr &expr, IndexId last) {
  const Expr *a = expr.args[0], *b = expr.args[1];
  if (!isPair(a, b, last) || a->type.shape != b->type.shape)
    return nullptr;
  const Expr *c = centre(b, last);
  const Expr *result =
      make.sub(make.sub(expr.args[0], c), make.sub(expr.args[1], c));
  form.parted.insert(result);
  return result;
}

/// The nodes that a value is linear in, each beside the others.
static llvm::DenseSet<const Expr *> linearIn(const Expr *value) {
  llvm::DenseSet<const Expr *> found = {value};
  std::vector<const Expr *> left = {value};
  while (!left.empty()) {
    const Expr *expr = left.back();
    left.pop_back();
    if (!isLinear(*expr) && !isApply(*expr, Function::Dot) &&
        !isApply(*expr, Function::FeatureSum) &&
        expr->kind != ExprKind::Extract && expr->kind != ExprKind::Concat)
      continue;
    for (const Expr *arg : expr->args)
      if (found.insert(arg).second)
        left.push_back(arg);
  }
  return found;
}

/// A value inside of a reduction, as an argument of it.
const Expr *Expansion::inside(const Expr &reduce, const Expr *value) {
  IndexId last = reduce.subscripts.back();
  bool isSum =
      reduce.reduction == Reduction::Sum || reduce.reduction == Reduction::Mean;
  bool isLogit = (reduce.reduction == Reduction::LogSumExp ||
                  reduce.reduction == Reduction::SoftmaxSum) &&
                 value == reduce.args[0];
  llvm::DenseSet<const Expr *> summed;
  if (isSum && value != reduce.where)
    summed = linearIn(value);
  Changes copies, exponents;
  Exponents known;
  for (const Expr *expr : inOrder(
           value, [](const Expr &e) { return e.kind == ExprKind::Reduce; })) {
    if (expr->kind == ExprKind::Reduce) {
      copies[expr] = exponents[expr] = expr;
      continue;
    }
    bool isExp =
        isApply(*expr, Function::Exp) || isApply(*expr, Function::Exp2);
    const Expr *copy =
        make.make(make.withOperands(*expr, isExp ? exponents : copies));
    const Expr *exponent = copy;
    if (std::optional<Terms> terms = distance(*expr, copies, last)) {
      exponent = copy = squareOf(*terms);
      if (isApply(*expr, Function::Norm))
        exponent = copy = make.unary(Function::Sqrt, copy);
      else
        known[expr] = *terms;
    } else if (std::optional<Terms> terms =
                   linear(*expr, copies, known, last)) {
      known[expr] = *terms;
    } else if (isApply(*expr, Function::Sub) && summed.contains(expr)) {
      if (const Expr *parted = difference(*copy, last))
        exponent = copy = parted;
    }
    if (known.contains(expr))
      exponent = exponentOf(known.lookup(expr));
    else if (isLinear(*expr))
      exponent = make.make(make.withOperands(*expr, exponents));
    copies[expr] = copy;
    exponents[expr] = exponent;
  }
  return (isLogit ? exponents : copies).lookup(value);
}

void Expansion::run() {
  std::vector<const Expr *> roots;
  for (const Output &output : form.program.outputs)
    roots.push_back(output.value);
  Changes copies;
  for (const Expr *expr : inOrder(roots, [](const Expr &) { return false; })) {
    Expr copy = make.withOperands(*expr, copies);
    if (copy.kind == ExprKind::Reduce) {
      Expr reduce = copy;
      for (const Expr *&arg : copy.args)
        arg = inside(reduce, arg);
      if (copy.where)
        copy.where = inside(reduce, copy.where);
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
