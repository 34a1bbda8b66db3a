//===- CheckMatrix.cpp - linear algebra on features -----------------------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::MutableArrayRef;
using llvm::StringRef;

/// The name of a size of a value, or "".
static StringRef sizeName(const Value &value, unsigned dim) {
  return dim < value.sizes.size() ? value.sizes[dim] : StringRef();
}

/// `A @ u`, `u @ A`, `A @ B`, and `u @ v`, which is their dot product.
Value Checker::applyMatMul(MutableArrayRef<Value> args, SourceRange range) {
  Value &a = args[0], &b = args[1];
  if (a.isScalar() || b.isScalar()) {
    Diagnostic &d = error(
        Label::K049, range,
        fmt::format("'@' is the product of matrices and vectors, got {}; a "
                    "product with a number is written '*'",
                    describePair(a, b)));
    if (opRange.isValid())
      d.fixIts.push_back({opRange, "*"});
    return Value();
  }
  bool fits = a.rank() >= 1 && a.rank() <= 2 && b.rank() >= 1 && b.rank() <= 2;
  if (!fits || a.type().shape.back() != b.type().shape.front()) {
    Diagnostic &d = error(
        Label::K049, range,
        fmt::format("'@' needs the columns of its left side to be as many as "
                    "the rows of its right side, got {}",
                    describePair(a, b)));
    noteInputs(d, args);
    return Value();
  }
  Flex flex;
  Function f =
      a.rank() == 1 && b.rank() == 1 ? Function::Dot : Function::MatMul;
  if (!unify(f, args, /*toReal=*/true, flex))
    return Value();
  ValueType type{a.elem(), {}};
  llvm::SmallVector<StringRef, 2> sizes;
  if (a.rank() == 2) {
    type.shape.push_back(a.type().shape[0]);
    sizes.push_back(sizeName(a, 0));
  }
  if (b.rank() == 2) {
    type.shape.push_back(b.type().shape[1]);
    sizes.push_back(sizeName(b, 1));
  }
  return buildShaped(f, std::move(type), sizes, args, range);
}

Value Checker::applyMatrix(Function f, MutableArrayRef<Value> args,
                           SourceRange range) {
  if (f == Function::OneHot || f == Function::Zeros)
    return applyFilled(f, args, range);
  unsigned rank = f == Function::Outer || f == Function::Kron ? 1 : 2;
  for (const Value &arg : args)
    if (arg.rank() != rank)
      return fail(Label::K049, arg.range,
                  fmt::format("'{}' needs {}, got {}", functionName(f).str(),
                              rank == 1 ? "vectors" : "a matrix",
                              f == Function::Transpose && arg.rank() == 1
                                  ? describe(arg) + "; '@' takes it as it is"
                                  : describe(arg)));
  Flex flex;
  if (!unify(f, args, /*toReal=*/true, flex))
    return Value();
  const auto &a = args[0].type().shape;
  Elem elem = args[0].elem();
  if (f == Function::Transpose)
    return buildShaped(f, {elem, {a[1], a[0]}},
                       {sizeName(args[0], 1), sizeName(args[0], 0)}, args,
                       range);
  if (f == Function::Trace) {
    if (a[0] != a[1])
      return fail(Label::K049, range,
                  fmt::format("'trace' needs a square matrix, got {}",
                              describe(args[0])));
    return buildShaped(f, {elem, {}}, {}, args, range);
  }
  const auto &b = args[1].type().shape;
  if (f == Function::Kron)
    return buildShaped(f, {elem, {a[0] * b[0]}}, {}, args, range);
  return buildShaped(f, {elem, {a[0], b[0]}},
                     {sizeName(args[0], 0), sizeName(args[1], 0)}, args, range);
}

/// `onehot(l, C)` and `zeros(n)`: vectors of a constant length.
Value Checker::applyFilled(Function f, MutableArrayRef<Value> args,
                           SourceRange range) {
  const Value &length = args.back();
  std::string name = functionName(f).str();
  if (!length.isLiteral() || !isInteger(length.elem()) ||
      length.expr->integer < 1 || length.expr->integer > maxFeatures)
    return fail(Label::K050, length.range,
                fmt::format("the length of '{}' is a whole constant of 1 to {}, "
                            "'{}' is not",
                            name, maxFeatures, nameOf(length)));
  if (f == Function::OneHot &&
      (!isInteger(args[0].elem()) || !args[0].isScalar()))
    return fail(Label::K048, args[0].range,
                fmt::format("'onehot' needs one integer, got {}",
                            describeTyped(args[0])));
  return buildShaped(f, {real, {length.expr->integer}}, {}, args, range);
}
