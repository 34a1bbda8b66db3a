//===- ForwardMode.cpp - changes of checked expressions -------------------===//

#include "compiler/reference/ForwardMode.h"
#include <cmath>

namespace kdslc::reference {

namespace {

/// The change of one node from those of its arguments.
class Rule {
public:
  Rule(const Expr &node, const Changes &changes, ExprMaker &make)
      : node(node), changes(changes), make(make) {}

  const Expr *change();

private:
  const Expr *arg(size_t k) const { return node.args[k]; }
  const Expr *d(size_t k) const { return changes.lookup(node.args[k]); }
  const Expr *one() { return make.number({node.type.elem, {}}, 1); }
  const Expr *call(Function f, const Expr *x) { return make.unary(f, x); }
  const Expr *square(const Expr *x) { return make.mul(x, x); }
  const Expr *unlessZero(const Expr *at, const Expr *value) {
    return make.select(make.compare(Function::Eq, at, 0.0), nullptr, value);
  }
  const Expr *dot(const Expr *a, const Expr *b) {
    return make.total(make.mul(a, b));
  }
  const Expr *ofFunction();
  const Expr *slope();
  const Expr *sincSlope(const Expr *x, const Expr *y);
  const Expr *digamma(const Expr *x);
  const Expr *power();
  const Expr *ofVectors();
  const Expr *product();
  const Expr *normalized();
  const Expr *constantAt(const Expr *concat, int64_t feature);
  const Expr *withArgs(std::vector<const Expr *> args) {
    for (size_t k = 0; k < args.size(); ++k)
      if (!args[k])
        args[k] = make.number(node.args[k]->type, 0);
    Expr copy = node;
    copy.args = std::move(args);
    return make.make(std::move(copy));
  }

  const Expr &node;
  const Changes &changes;
  ExprMaker &make;
};

} // namespace

/// (cos x - y) / x, which cancels near 0: there the series.
const Expr *Rule::sincSlope(const Expr *x, const Expr *y) {
  auto constant = [&](double v) {
    return make.number({node.type.elem, {}}, v);
  };
  const Expr *sum = nullptr, *x2 = square(x);
  for (int n = 22; n >= 2; n -= 2) {
    double coefficient = n / std::tgamma(n + 2.0) * (n % 4 ? -1 : 1);
    sum = make.add(make.mul(sum, x2), constant(coefficient));
  }
  const Expr *isNear = make.compare(Function::Lt, call(Function::Abs, x), 1.0);
  return make.select(isNear, make.mul(sum, x),
                     make.div(make.sub(call(Function::Cos, x), y), x));
}

/// Ten steps of the recurrence, then -sum of B(n) / (n x^n); below 1/2 from the
/// other side of it.
const Expr *Rule::digamma(const Expr *x) {
  auto constant = [&](double v) {
    return make.number({node.type.elem, {}}, v);
  };
  const double pi = std::acos(-1.0);
  const double bernoulli[] = {1.0 / 6,  -1.0 / 30,      1.0 / 42, -1.0 / 30,
                              5.0 / 66, -691.0 / 2730, 7.0 / 6};
  const Expr *isLow = make.compare(Function::Lt, x, 0.5);
  const Expr *z = make.select(isLow, make.sub(one(), x), x);
  const Expr *steps = nullptr;
  for (int k = 0; k < 10; ++k)
    steps = make.add(steps, make.div(one(), make.add(z, constant(k))));
  const Expr *w = make.add(z, constant(10));
  const Expr *sum = nullptr, *v = make.div(one(), square(w));
  for (int k = 7; k-- > 0;)
    sum = make.add(make.mul(sum, v), constant(bernoulli[k] / (2 * k + 2)));
  const Expr *psi = make.sub(call(Function::Log, w), make.div(constant(0.5), w));
  psi = make.sub(make.sub(psi, make.mul(sum, v)), steps);
  const Expr *turn = make.times(make.sub(x, call(Function::Round, x)), pi);
  const Expr *mirror = make.div(constant(pi), call(Function::Tan, turn));
  return make.select(isLow, make.sub(psi, mirror), psi);
}

/// dy / dx of the functions of one number; null where it is 0.
const Expr *Rule::slope() {
  const Expr *x = arg(0), *y = &node;
  auto half = [&](const Expr *v) { return make.times(v, 0.5); };
  auto root = [&] { // sqrt(1 - x^2)
    return call(Function::Sqrt,
                make.mul(make.sub(one(), x), make.add(one(), x)));
  };
  auto bell = [&] {
    return make.times(call(Function::Exp, make.sub(nullptr, square(x))),
                      2 / std::sqrt(std::acos(-1.0)));
  };
  switch (node.function) {
  case Function::Exp:
    return y;
  case Function::Exp2:
    return make.times(y, std::log(2.0));
  case Function::Expm1:
    return call(Function::Exp, x);
  case Function::Log:
    return make.div(one(), x);
  case Function::Log2:
    return make.div(one(), make.times(x, std::log(2.0)));
  case Function::Log1p:
    return make.div(one(), make.add(one(), x));
  case Function::XLogX:
    return unlessZero(x, make.add(call(Function::Log, x), one()));
  case Function::Sqrt:
    return unlessZero(x, half(make.div(one(), y)));
  case Function::Rsqrt:
    return unlessZero(x, make.times(make.div(y, x), -0.5));
  case Function::Sin:
    return call(Function::Cos, x);
  case Function::Cos:
    return make.sub(nullptr, call(Function::Sin, x));
  case Function::Tan:
    return make.add(one(), square(y));
  case Function::Asin:
    return make.div(one(), root());
  case Function::Acos:
    return make.sub(nullptr, make.div(one(), root()));
  case Function::Atan:
    return make.div(one(), make.add(one(), square(x)));
  case Function::Sinc:
    return sincSlope(x, y);
  case Function::Lgamma:
    return digamma(x);
  case Function::Sinh:
    return call(Function::Cosh, x);
  case Function::Cosh:
    return call(Function::Sinh, x);
  case Function::Tanh:
    return square(make.div(one(), call(Function::Cosh, x)));
  case Function::Asinh:
    return make.div(one(), call(Function::Sqrt, make.add(one(), square(x))));
  case Function::Acosh:
    return make.div(one(), call(Function::Sqrt, make.mul(make.sub(x, one()),
                                                         make.add(x, one()))));
  case Function::Atanh:
    return make.div(one(), make.mul(make.sub(one(), x), make.add(one(), x)));
  case Function::Erf:
    return bell();
  case Function::Erfc:
    return make.sub(nullptr, bell());
  default: // sign, step, floor and their kin
    return nullptr;
  }
}

/// x^p; whole constant exponents differentiate as products.
const Expr *Rule::power() {
  const Expr *x = arg(0), *p = arg(1);
  if (p->kind == ExprKind::Number && isInteger(p->type.elem)) {
    if (p->integer == 0)
      return nullptr;
    Expr less = *p;
    --less.integer;
    const Expr *factor =
        make.times(make.binary(Function::Pow, x, make.make(std::move(less))),
                   double(p->integer));
    return make.mul(factor, d(0));
  }
  const Expr *less = make.sub(p, one());
  const Expr *inBase =
      make.mul(make.mul(p, make.binary(Function::Pow, x, less)), d(0));
  if (!d(1))
    return inBase;
  const Expr *growth = make.mul(&node, call(Function::Log, x));
  return make.add(inBase, make.mul(unlessZero(x, growth), d(1)));
}

/// The sum of the products that leave one feature out.
const Expr *Rule::product() {
  int64_t n = arg(0)->type.count();
  const Expr *sum = nullptr;
  for (int64_t k = 0; k < n; ++k) {
    const Expr *term = make.element(d(0), k);
    for (int64_t other = 0; other < n; ++other)
      if (other != k)
        term = make.mul(term, make.element(arg(0), other));
    sum = make.add(sum, term);
  }
  return sum;
}

/// (dv - u (u . dv)) / |v| with u = v/|v|; the zero vector stays.
const Expr *Rule::normalized() {
  const Expr *norm = make.apply(Function::Norm, {arg(0)}, {node.type.elem, {}});
  const Expr *across = make.sub(d(0), make.mul(&node, dot(&node, d(0))));
  return make.select(make.compare(Function::Eq, norm, 0.0), d(0),
                     make.div(across, norm));
}

const Expr *Rule::ofVectors() {
  switch (node.function) {
  case Function::Dot:
    return make.add(dot(d(0), arg(1)), dot(arg(0), d(1)));
  case Function::SqDist:
    return make.times(dot(make.sub(arg(0), arg(1)), make.sub(d(0), d(1))), 2);
  case Function::SqNorm:
    return make.times(dot(arg(0), d(0)), 2);
  case Function::Norm:
    return unlessZero(&node, make.div(dot(arg(0), d(0)), &node));
  case Function::Normalize:
    return normalized();
  case Function::FeatureProd:
    return product();
  case Function::FeatureMin:
  case Function::FeatureMax: {
    bool least = node.function == Function::FeatureMin;
    const Expr *place =
        make.apply(least ? Function::FeatureArgMin : Function::FeatureArgMax,
                   {arg(0)}, {Elem::I64, {}});
    return make.apply(Function::Lookup, {d(0), place}, node.type);
  }
  case Function::MatMul:
  case Function::Outer:
  case Function::Kron:
    return make.add(d(0) ? withArgs({d(0), arg(1)}) : nullptr,
                    d(1) ? withArgs({arg(0), d(1)}) : nullptr);
  case Function::Lookup: { // a label that is no place picks what is constant
    if (!d(0))
      return nullptr;
    const Expr *label = arg(1);
    auto limit = [&](int64_t n) { return make.number(label->type, double(n)); };
    const Expr *isPlace = make.apply(
        Function::And,
        {make.compare(Function::Ge, label, limit(0)),
         make.compare(Function::Lt, label, limit(arg(0)->type.shape[0]))},
        {Elem::Bool, {}});
    return make.select(isPlace, withArgs({d(0), label}), nullptr);
  }
  default: // sums, transpose, trace: linear
    return withArgs({d(0)});
  }
}

const Expr *Rule::ofFunction() {
  switch (node.function) {
  case Function::Add:
    return make.add(d(0), d(1));
  case Function::Sub:
    return make.sub(d(0), d(1));
  case Function::Mul:
    return make.add(make.mul(d(0), arg(1)), make.mul(arg(0), d(1)));
  case Function::Div:
    return make.div(make.sub(d(0), make.mul(&node, d(1))), arg(1));
  case Function::Neg:
    return make.sub(nullptr, d(0));
  case Function::Pow:
    return power();
  case Function::Atan2: { // angle of (x, y) = (second, first)
    const Expr *y = arg(0), *x = arg(1);
    const Expr *r2 = make.add(square(x), square(y));
    return unlessZero(
        r2, make.div(make.sub(make.mul(x, d(0)), make.mul(y, d(1))), r2));
  }
  case Function::Mod: {
    const Expr *whole =
        call(Function::Floor, make.binary(Function::Div, arg(0), arg(1)));
    return make.sub(d(0), make.mul(whole, d(1)));
  }
  case Function::Abs:
    return make.select(make.compare(Function::Gt, arg(0), 0.0), d(0),
                       make.select(make.compare(Function::Lt, arg(0), 0.0),
                                   make.sub(nullptr, d(0)), nullptr));
  case Function::Relu:
    return make.select(make.compare(Function::Lt, arg(0), 0.0), nullptr, d(0));
  case Function::Min:
    return make.select(make.compare(Function::Le, arg(0), arg(1)), d(0), d(1));
  case Function::Max:
    return make.select(make.compare(Function::Ge, arg(0), arg(1)), d(0), d(1));
  case Function::Clamp: {
    const Expr *raised = make.binary(Function::Max, arg(0), arg(1));
    const Expr *change =
        make.select(make.compare(Function::Ge, arg(0), arg(1)), d(0), d(1));
    return make.select(make.compare(Function::Le, raised, arg(2)), change,
                       d(2));
  }
  case Function::Select:
    return make.select(arg(0), d(1), d(2));
  case Function::Dot:
  case Function::SqDist:
  case Function::SqNorm:
  case Function::Norm:
  case Function::Normalize:
  case Function::FeatureSum:
  case Function::FeatureMean:
  case Function::FeatureProd:
  case Function::FeatureMin:
  case Function::FeatureMax:
  case Function::MatMul:
  case Function::Outer:
  case Function::Kron:
  case Function::Transpose:
  case Function::Trace:
  case Function::Lookup:
    return ofVectors();
  default:
    return d(0) ? make.mul(slope(), d(0)) : nullptr;
  }
}

/// The number that a concatenation of constants has at a feature. A leaf that
/// changes in one feature is one, and what does not change must not meet a NaN.
const Expr *Rule::constantAt(const Expr *concat, int64_t feature) {
  if (concat->kind != ExprKind::Concat || concat->type.shape.size() != 1)
    return nullptr;
  for (const Expr *part : concat->args) {
    if (feature < part->type.count())
      return part->kind == ExprKind::Number
                 ? make.number({part->type.elem, {}}, part->number)
                 : nullptr;
    feature -= part->type.count();
  }
  return nullptr;
}

const Expr *Rule::change() {
  bool any = false;
  for (size_t k = 0; k < node.args.size(); ++k)
    any |= d(k) != nullptr;
  if (!any || !isFloat(node.type.elem))
    return nullptr;
  switch (node.kind) {
  case ExprKind::Apply: {
    // Numbers among vectors: the change is a vector all the same.
    const Expr *change = ofFunction();
    if (change && change->type.shape != node.type.shape)
      change = make.add(make.number(node.type, 0), change);
    return change;
  }
  case ExprKind::Extract:
    if (const Expr *constant = constantAt(d(0), node.begin))
      return constant->number == 0 ? nullptr : constant;
    return withArgs({d(0)});
  case ExprKind::Slice:
  case ExprKind::Convert:
  case ExprKind::Concat: {
    std::vector<const Expr *> args;
    for (size_t k = 0; k < node.args.size(); ++k)
      args.push_back(d(k));
    return withArgs(std::move(args));
  }
  case ExprKind::Reduce: {
    llvm::SmallVector<const Expr *, 2> args;
    for (size_t k = 0; k < node.args.size(); ++k)
      args.push_back(d(k));
    Contribution part = contributionOf(node, args, make);
    if (!part.term)
      return nullptr;
    Expr sum = node;
    sum.where = part.where;
    if (part.chosen)
      part.term = make.select(part.chosen, part.term, nullptr);
    return make.reduceLike(sum, Reduction::Sum, {part.term}, node.type);
  }
  case ExprKind::Number:
  case ExprKind::Input:
  case ExprKind::Member:
  case ExprKind::RowIndex:
  case ExprKind::AxisSize:
    return nullptr;
  }
  llvm_unreachable("not a kind of expression");
}

const Expr *changeOf(const Expr *root, Changes &changes, ExprMaker &maker) {
  auto isKnown = [&](const Expr &e) { return changes.count(&e) != 0; };
  for (const Expr *expr : inOrder(root, isKnown))
    if (!isKnown(*expr)) {
      const Expr *change = Rule(*expr, changes, maker).change();
      changes[expr] = change;
    }
  return changes.lookup(root);
}

} // namespace kdslc::reference
