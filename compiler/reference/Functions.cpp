//===- Functions.cpp - the value of one expression node -------------------===//

#include "compiler/reference/Functions.h"
#include "compiler/reference/Accuracy.h"
#include "compiler/reference/ScalarFunctions.h"
#include "compiler/reference/Summation.h"
#include <algorithm>

namespace kdslc::reference {

using Operands = llvm::ArrayRef<const Value *>;

//===----------------------------------------------------------------------===//
// Vectors to numbers
//===----------------------------------------------------------------------===//

/// Sum over k < n of term(k). The compiled sum over features is sequential in
/// the worst case: each of its n - 1 additions rounds once.
template <typename Term> static Value sumOver(int64_t n, Elem elem, Term term) {
  Summation sum;
  for (int64_t k = 0; k < n; ++k)
    sum.add(term(k));
  return sum.finish(static_cast<double>(std::max<int64_t>(n - 1, 0)), elem);
}

/// Whether the product of two whole numbers may be rounded in a sum of products
/// by tensor cores, which have 22 bits of each, and leave out the product of the
/// lower 11 bits of both.
static bool isCut(const Value &a, const Value &b) {
  Real least = std::fabs(a.v), most = std::fabs(b.v);
  if (least > most)
    std::swap(least, most);
  return least > 0x1p11L || most > 0x1p22L;
}

/// u[k * uStep] against v[k * vStep]; the steps walk matrices.
static Value dot(const Value *u, int64_t uStep, const Value *v, int64_t vStep,
                 int64_t n, Elem elem) {
  Summation sum;
  for (int64_t k = 0; k < n; ++k) {
    const Value &a = u[k * uStep], &b = v[k * vStep];
    sum.add(multiply(a, b, elem));
    if (elem == Elem::F32 && n >= splitFeatures && isCut(a, b))
      sum.addDoubtful({0, 0}); // not exact, though whole
  }
  return sum.finish(static_cast<double>(std::max<int64_t>(n - 1, 0)), elem);
}

static Value squaredNorm(const Value *v, int64_t n, Elem elem) {
  return dot(v, 1, v, 1, n, elem);
}

static Value squaredDistance(const Value *u, const Value *v, int64_t n,
                             Elem elem) {
  return sumOver(n, elem, [&](int64_t k) {
    return applyPower(subtract(u[k], v[k], elem), 2, elem);
  });
}

static Value norm(const Value *v, int64_t n, Elem elem) {
  return applyScalar(Function::Sqrt, squaredNorm(v, n, elem), elem);
}

template <typename Fold>
static Value foldFeatures(const Value *v, int64_t n, Fold fold) {
  Value state = v[0];
  for (int64_t k = 1; k < n; ++k)
    state = fold(state, v[k]);
  return state;
}

/// The place of the least v, or of -v. NaN counts as first, equals give the
/// first place. Where errors leave several places possible, e spans them.
static Value placeOfExtreme(const Value *v, int64_t n, bool least) {
  auto key = [&](int64_t k) { return least ? v[k].v : -v[k].v; };
  int64_t best = 0;
  Real reach = std::numeric_limits<Real>::infinity();
  for (int64_t k = 0; k < n; ++k) {
    if (std::isnan(v[k].v))
      return {static_cast<Real>(k), v[k].isExact() ? 0 : unpredictable};
    if (key(k) < key(best))
      best = k;
    reach = std::min(reach, key(k) + v[k].e);
  }
  double span = 0;
  for (int64_t k = 0; k < n; ++k)
    if (v[k].e + v[best].e > 0 && key(k) - v[k].e <= reach)
      span = std::max(span, std::fabs(static_cast<double>(k - best)));
  return {static_cast<Real>(best), span};
}

static Value foldLogic(Function function, const Value *v, int64_t n) {
  bool any = function == Function::FeatureAny;
  return foldFeatures(v, n, [any](Value a, Value b) {
    return applyScalar(any ? Function::Or : Function::And, {a, b}, Elem::Bool);
  });
}

//===----------------------------------------------------------------------===//
// Vectors and matrices to vectors and matrices
//===----------------------------------------------------------------------===//

static void normalize(const Value *v, int64_t n, Elem elem, Value *result) {
  Value length = norm(v, n, elem);
  const Format &format = arithmeticFormat(elem);
  for (int64_t k = 0; k < n; ++k) {
    Value quotient = divide(v[k], length, elem);
    result[k] = rounded(quotient.v, quotient.e,
                        statedUnits(Function::Normalize), format);
  }
}

/// Matrices are row-major; a vector on the left is a row, on the right a
/// column.
static void matrixProduct(const Expr &node, Operands operands, Value *result) {
  const ValueType &a = node.args[0]->type, &b = node.args[1]->type;
  int64_t inner = b.shape[0];
  int64_t rows = a.shape.size() == 2 ? a.shape[0] : 1;
  int64_t columns = b.shape.size() == 2 ? b.shape[1] : 1;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      result[r * columns + c] = dot(operands[0] + r * inner, 1, operands[1] + c,
                                    columns, inner, node.type.elem);
}

static void outerProduct(const Expr &node, Operands operands, Value *result) {
  int64_t n = node.args[0]->type.count(), m = node.args[1]->type.count();
  for (int64_t a = 0; a < n; ++a)
    for (int64_t b = 0; b < m; ++b)
      result[a * m + b] =
          multiply(operands[0][a], operands[1][b], node.type.elem);
}

static void transpose(const Expr &node, const Value *matrix, Value *result) {
  int64_t n = node.args[0]->type.shape[0], m = node.args[0]->type.shape[1];
  for (int64_t a = 0; a < n; ++a)
    for (int64_t b = 0; b < m; ++b)
      result[b * n + a] = matrix[a * m + b];
}

static void oneHot(const Value &label, int64_t n, Value *result) {
  for (int64_t k = 0; k < n; ++k)
    result[k] = {label.v == k ? 1.0L : 0.0L, label.e};
}

/// One feature, or one row of a matrix, picked by an integer; NaN, -1 or false
/// for a label out of range.
static void lookup(const Expr &node, Operands operands, Value *result) {
  int64_t rows = node.args[0]->type.shape[0], n = node.type.count();
  Value label = operands[1][0];
  bool inRange = label.v >= 0 && label.v < rows;
  Value nothing = {0, 0};
  if (isFloat(node.type.elem))
    nothing.v = std::numeric_limits<Real>::quiet_NaN();
  else if (node.type.elem != Elem::Bool)
    nothing.v = -1;
  for (int64_t k = 0; k < n; ++k) {
    result[k] = inRange ? operands[0][static_cast<int64_t>(label.v) * n + k]
                        : nothing;
    if (!label.isExact())
      result[k].e = unpredictable;
  }
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

/// A number among the operands meets every element of the others.
static void applyElementwise(const Expr &node, Operands operands,
                             Value *result) {
  llvm::SmallVector<Value, 3> args(operands.size());
  bool wholePower = node.function == Function::Pow &&
                    node.args[1]->kind == ExprKind::Number &&
                    isInteger(node.args[1]->type.elem);
  for (int64_t k = 0, n = node.type.count(); k < n; ++k) {
    for (size_t a = 0; a < operands.size(); ++a)
      args[a] = operands[a][node.args[a]->type.isScalar() ? 0 : k];
    result[k] = wholePower
                    ? applyPower(args[0], node.args[1]->integer, node.type.elem)
                    : applyScalar(node.function, args, node.type.elem);
  }
}

static Value divideByCount(Value sum, int64_t n, Elem elem) {
  return divide(sum, {static_cast<Real>(n), 0}, elem);
}

static void apply(const Expr &node, Operands operands, Value *result) {
  Elem elem = node.type.elem;
  const Value *v = operands[0];
  int64_t n = node.args.empty() ? 0 : node.args[0]->type.count();
  switch (node.function) {
  case Function::Dot:
    *result = dot(v, 1, operands[1], 1, n, elem);
    return;
  case Function::SqDist:
    *result = squaredDistance(v, operands[1], n, elem);
    return;
  case Function::Norm:
    *result = norm(v, n, elem);
    return;
  case Function::SqNorm:
    *result = squaredNorm(v, n, elem);
    return;
  case Function::Normalize:
    return normalize(v, n, elem, result);
  case Function::FeatureSum:
    *result = sumOver(n, elem, [v](int64_t k) { return v[k]; });
    return;
  case Function::FeatureProd:
    *result = foldFeatures(
        v, n, [elem](Value a, Value b) { return multiply(a, b, elem); });
    return;
  case Function::FeatureMean:
    *result = divideByCount(sumOver(n, elem, [v](int64_t k) { return v[k]; }),
                            n, elem);
    return;
  case Function::FeatureMin:
    *result = foldFeatures(v, n, lesser);
    return;
  case Function::FeatureMax:
    *result = foldFeatures(v, n, greater);
    return;
  case Function::FeatureArgMin:
  case Function::FeatureArgMax:
    *result = placeOfExtreme(v, n, node.function == Function::FeatureArgMin);
    return;
  case Function::FeatureAny:
  case Function::FeatureAll:
    *result = foldLogic(node.function, v, n);
    return;
  case Function::MatMul:
    return matrixProduct(node, operands, result);
  case Function::Outer:
  case Function::Kron:
    return outerProduct(node, operands, result);
  case Function::Transpose:
    return transpose(node, v, result);
  case Function::Trace: {
    int64_t side = node.args[0]->type.shape[0];
    *result = sumOver(side, elem, [&](int64_t k) { return v[k * (side + 1)]; });
    return;
  }
  case Function::OneHot:
    return oneHot(*v, node.type.count(), result);
  case Function::Lookup:
    return lookup(node, operands, result);
  default:
    return applyElementwise(node, operands, result);
  }
}

/// A constant as its type holds it.
static Value constant(const Expr &node) {
  Elem elem = node.type.elem;
  if (!isFloat(elem))
    return {static_cast<Real>(node.integer), 0};
  return convert({node.number, 0}, Elem::F64, elem);
}

static void concatenate(const Expr &node, Operands operands, Value *result) {
  for (size_t a = 0; a < operands.size(); ++a)
    result = std::copy_n(operands[a], node.args[a]->type.count(), result);
}

/// Features begin.. of the first dimension, whole rows for a matrix.
static void copyFeatures(const Expr &node, const Value *from, Value *result) {
  const ValueType &type = node.args[0]->type;
  int64_t row = type.count() / type.shape[0];
  std::copy_n(from + node.begin * row, node.type.count(), result);
}

void evaluateNode(const Expr &node, Operands operands, Value *result) {
  switch (node.kind) {
  case ExprKind::Number:
    std::fill_n(result, node.type.count(), constant(node));
    return;
  case ExprKind::Apply:
    if (node.function == Function::Zeros)
      std::fill_n(result, node.type.count(), Value());
    else
      apply(node, operands, result);
    return;
  case ExprKind::Extract:
  case ExprKind::Slice:
    return copyFeatures(node, operands[0], result);
  case ExprKind::Concat:
    return concatenate(node, operands, result);
  case ExprKind::Convert:
    for (int64_t k = 0, n = node.type.count(); k < n; ++k)
      result[k] =
          convert(operands[0][k], node.args[0]->type.elem, node.type.elem);
    return;
  case ExprKind::Input:
  case ExprKind::Member:
  case ExprKind::RowIndex:
  case ExprKind::AxisSize:
  case ExprKind::Reduce:
    llvm_unreachable("evaluated by the interpreter itself");
  }
}

bool canEvaluate(Function function) {
  return function != Function::Partial && function != Function::Divergence &&
         function != Function::Laplacian;
}

} // namespace kdslc::reference
