//===- CheckTypes.cpp - how element types and shapes meet -----------------===//

#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Fold.h"
#include <cmath>
#include <fmt/format.h>

using namespace kdslc;
using llvm::MutableArrayRef;

Rule kdslc::ruleOf(Function function) {
  switch (function) {
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC)                            \
  case Function::ENUM:                                                         \
    return Rule::RULE;
#include "compiler/frontend/Builtins.def"
  }
  return Rule::Real;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Equal shapes, or numbers among them; `shape` receives the one that has it.
bool Checker::sameShape(const Meeting &in, llvm::ArrayRef<Value> args,
                        SourceRange range, Value &shape) {
  shape = args[0];
  for (const Value &arg : args.drop_front()) {
    if (arg.isScalar())
      continue;
    if (shape.isScalar()) {
      shape = arg;
      continue;
    }
    if (shape.type().shape != arg.type().shape) {
      bool isProduct = in.who.empty() && in.function == Function::Mul &&
                       shape.rank() + arg.rank() > 2;
      std::string message = in.cannot(describePair(shape, arg));
      if (shape.rank() == 1 && arg.rank() == 1) {
        bool firstIsLong = shape.type().shape[0] > arg.type().shape[0];
        const Value &longer = firstIsLong ? shape : arg;
        int64_t size = (firstIsLong ? arg : shape).type().shape[0];
        bool isName =
            frames.empty() && longer.expr->kind == ExprKind::Input;
        if (isName && nameOf(longer) != "...")
          message += fmt::format("; '{0}[0:{1}]' is a vector of {1}",
                                 nameOf(longer), size);
      }
      if (isProduct)
        message += " feature by feature; the matrix product is written '@'";
      Diagnostic &d = error(Label::K009, range, message);
      if (isProduct && opRange.isValid() && frames.empty() &&
          shape.type().shape.back() == arg.type().shape.front())
        d.fixIts.push_back({opRange, "@"});
      return false;
    }
    // A size that has a name in one of them has it in the result.
    if (shape.sizes.empty())
      shape.sizes = arg.sizes;
  }
  return true;
}

Value Checker::build(Function f, Elem elem, const Value &shape,
                     llvm::ArrayRef<Value> args, SourceRange range, Flex flex) {
  std::vector<const Expr *> operands;
  for (const Value &arg : args)
    operands.push_back(arg.expr);
  ValueType type{elem, shape.type().shape};
  Value out =
      made(pool.apply(f, type, std::move(operands), range), range, flex);
  out.sizes = shape.sizes;
  return out;
}

/// A value of a shape of its own.
Value Checker::buildShaped(Function f, ValueType type,
                           llvm::ArrayRef<llvm::StringRef> sizes,
                           llvm::ArrayRef<Value> args, SourceRange range,
                           Flex flex) {
  int64_t count = 1;
  for (int64_t size : type.shape)
    if (__builtin_mul_overflow(count, size, &count) || count > maxFeatures)
      return fail(Label::K046, range,
                  fmt::format("'{}' gives more than {} features",
                              functionName(f).str(), maxFeatures));
  std::vector<const Expr *> operands;
  for (const Value &arg : args)
    operands.push_back(arg.expr);
  Value out = made(pool.apply(f, std::move(type), std::move(operands), range),
                   range, flex);
  out.sizes.assign(sizes.begin(), sizes.end());
  return out;
}

//===----------------------------------------------------------------------===//
// The rules
//===----------------------------------------------------------------------===//

/// The function of the arguments, by its rule.
Value Checker::apply(Function f, MutableArrayRef<Value> args,
                     SourceRange range) {
  for (const Value &arg : args)
    if (!arg)
      return Value();
  switch (ruleOf(f)) {
  case Rule::Arithmetic:
  case Rule::Real:
  case Rule::Integer:
    return applyElementwise(f, args, range);
  case Rule::Power:
    return applyPower(args, range);
  case Rule::Compare:
    return applyCompare(f, args, range);
  case Rule::Logic:
    return applyLogic(f, args, range);
  case Rule::Select:
    return applySelect(args, range);
  case Rule::VectorPair:
  case Rule::VectorNumber:
  case Rule::VectorVector:
    return applyVectors(f, args, range);
  case Rule::FeatureFold:
  case Rule::FeatureMean:
  case Rule::FeatureIndex:
  case Rule::FeatureLogic:
    return applyFeatures(f, args, range);
  case Rule::MatMul:
    return applyMatMul(args, range);
  case Rule::Outer:
  case Rule::Transpose:
  case Rule::Trace:
  case Rule::Kron:
  case Rule::OneHot:
  case Rule::Zeros:
    return applyMatrix(f, args, range);
  case Rule::Partial:
  case Rule::PartialTrace:
  case Rule::PartialTwice:
    return applyPartial(f, args, range);
  case Rule::Lookup:
    return lookup(args[0], args[1], range);
  }
  return Value();
}

/// The value of a function of constants; nothing if one is not a constant.
std::optional<Value> Checker::fold(Function f, llvm::ArrayRef<Value> args,
                                   SourceRange range) {
  llvm::SmallVector<double, 3> reals;
  llvm::SmallVector<int64_t, 3> integers;
  bool allIntegers = true;
  for (const Value &arg : args) {
    if (!arg.isLiteral() || arg.elem() == Elem::Bool)
      return std::nullopt;
    bool whole = isInteger(arg.elem());
    allIntegers &= whole;
    integers.push_back(whole ? arg.expr->integer : 0);
    reals.push_back(whole ? double(arg.expr->integer) : arg.expr->number);
  }
  if (allIntegers && f != Function::Div) {
    bool overflow = false;
    if (auto value = foldInteger(f, integers, overflow))
      return literal(*value, range);
    if (overflow)
      return fail(Label::K050, range,
                  fmt::format("'{}' does not fit a 64-bit integer; numbers "
                              "with a point are real",
                              quoted(sourceText(range))));
  }
  std::optional<double> value = foldReal(f, reals);
  if (!value)
    return std::nullopt;
  bool nanBefore = llvm::any_of(reals, [](double r) { return std::isnan(r); });
  if (std::isnan(*value) && !nanBefore)
    warning(Label::K050, range,
            fmt::format("'{}' is NaN", quoted(sourceText(range))));
  return literal(*value, range);
}

Value Checker::applyElementwise(Function f, MutableArrayRef<Value> args,
                                SourceRange range) {
  if (f == Function::Div && args[1].isLiteral() && args[1].expr->number == 0 &&
      args[1].expr->integer == 0)
    warning(Label::K050, range, "division by the constant 0");
  if (auto folded = fold(f, args, range))
    return *folded;
  Value shape;
  Flex flex;
  Rule rule = ruleOf(f);
  if (rule == Rule::Integer)
    for (const Value &arg : args)
      if (!isInteger(arg.elem()))
        return fail(Label::K048, arg.range,
                    fmt::format("'{}' needs integers, got {}{}",
                                functionName(f).str(), describeTyped(arg),
                                f == Function::Idiv && isFloat(arg.elem())
                                    ? "; of reals write 'floor(x / y)'"
                                    : ""));
  if (!sameShape(f, args, range, shape) ||
      !unify(f, args, rule == Rule::Real, flex))
    return Value();
  return build(f, args[0].elem(), shape, args, range, flex);
}

/// A whole constant exponent keeps its value and, if >= 0, the integer base.
Value Checker::applyPower(MutableArrayRef<Value> args, SourceRange range) {
  const Function f = Function::Pow;
  if (auto folded = fold(f, args, range))
    return *folded;
  Value shape;
  Flex flex;
  if (!sameShape(f, args, range, shape))
    return Value();
  Value &base = args[0], &exponent = args[1];
  if (exponent.isLiteral() && isFloat(exponent.elem())) {
    double n = exponent.expr->number;
    if (std::fabs(n) <= 1024 && n == std::trunc(n))
      exponent = literal(int64_t(n), exponent.range);
  }
  if (!exponent.isLiteral() || !isInteger(exponent.elem())) {
    if (!unify(f, args, /*toReal=*/true, flex))
      return Value();
    return build(f, base.elem(), shape, args, range);
  }
  int64_t n = exponent.expr->integer;
  if (!unify(f, MutableArrayRef<Value>(base), /*toReal=*/n < 0, flex))
    return Value();
  // LLVM takes the products of an integer for n factors.
  constexpr int64_t longest = 1 << 16;
  if (isInteger(base.elem()) && n > longest)
    return fail(Label::K050, range,
                fmt::format("an integer has an exponent of at most {}, got {}",
                            longest, n));
  return build(f, base.elem(), shape, args, range, flex);
}

Value Checker::applyCompare(Function f, MutableArrayRef<Value> args,
                            SourceRange range) {
  Value shape;
  Flex flex;
  if (!sameShape(f, args, range, shape))
    return Value();
  bool literals = args[0].isLiteral() && args[1].isLiteral();
  if (!unify(f, args, /*toReal=*/false, flex))
    return Value();
  if (literals) {
    const Expr &a = *args[0].expr, &b = *args[1].expr;
    auto truth = isFloat(a.type.elem) ? foldCompare(f, a.number, b.number)
                                      : foldCompare(f, a.integer, b.integer);
    return made(pool.integer(Elem::Bool, *truth, range), range);
  }
  return build(f, Elem::Bool, shape, args, range);
}

Value Checker::applyLogic(Function f, MutableArrayRef<Value> args,
                          SourceRange range) {
  for (const Value &arg : args)
    if (arg.elem() != Elem::Bool)
      return needsBool(functionName(f), arg);
  Value shape;
  if (!sameShape(f, args, range, shape))
    return Value();
  return build(f, Elem::Bool, shape, args, range);
}

Value Checker::applySelect(MutableArrayRef<Value> args, SourceRange range) {
  const Function f = Function::Select;
  if (args[0].elem() != Elem::Bool)
    return needsBool("select", args[0]);
  Value shape;
  Flex flex = Flex::Fixed;
  if (!sameShape(f, args, range, shape))
    return Value();
  bool bools = args[1].elem() == Elem::Bool && args[2].elem() == Elem::Bool;
  if (!bools && (args[1].elem() == Elem::Bool || args[2].elem() == Elem::Bool)) {
    const Value &boolean = args[1].elem() == Elem::Bool ? args[1] : args[2];
    return fail(Label::K015, boolean.range,
                fmt::format("'select' chooses between {} and {}; write "
                            "'real({})'",
                            elemWord(args[1]), elemWord(args[2]),
                            nameOf(boolean)));
  }
  if (!bools && !unify(f, args.drop_front(), /*toReal=*/false, flex))
    return Value();
  return build(f, args[1].elem(), shape, args, range, flex);
}

/// Functions of one or two vectors of reals.
Value Checker::applyVectors(Function f, MutableArrayRef<Value> args,
                            SourceRange range) {
  std::string name = functionName(f).str();
  if (args.size() == 2 && (args[0].rank() != 1 || args[1].rank() != 1 ||
                           args[0].type().shape != args[1].type().shape)) {
    std::string got = args[0].rank() == 1 && args[1].rank() == 1
                          ? describeSizes(args[0], args[1])
                          : describePair(args[0], args[1]);
    if (args[0].isScalar() && args[1].isScalar())
      got += fmt::format(f == Function::Dot ? "; of numbers write '{} * {}'"
                                            : "; of numbers write '({} - {})^2'",
                         nameOf(args[0]), nameOf(args[1]));
    Diagnostic &d = error(
        Label::K007, range,
        fmt::format("'{}' needs vectors of one length, got {}", name, got));
    noteInputs(d, args);
    return Value();
  }
  if (args[0].rank() != 1)
    return fail(
        Label::K049, range,
        fmt::format("'{}' needs a vector, got {}{}", name, describe(args[0]),
                    !args[0].isScalar()        ? ""
                    : f == Function::Norm      ? "; of a number write 'abs(x)'"
                    : f == Function::SqNorm    ? "; of a number write 'x^2'"
                    : f == Function::Normalize ? "; of a number write 'sign(x)'"
                                               : ""));
  Flex flex;
  if (!unify(f, args, /*toReal=*/true, flex))
    return Value();
  Elem elem = args[0].elem();
  if (ruleOf(f) == Rule::VectorVector)
    return build(f, elem, args[0], args, range);
  return buildShaped(f, {elem, {}}, {}, args, range);
}

/// Folds over the features of one vector.
Value Checker::applyFeatures(Function f, MutableArrayRef<Value> args,
                             SourceRange range) {
  Value &v = args[0];
  std::string name = functionName(f).str();
  if (v.rank() != 1)
    return fail(Label::K049, range,
                fmt::format("'{}(...)' works over the features of a vector, "
                            "got {}; over rows it is written '{}[j](...)'",
                            name, describe(v), name));
  Rule rule = ruleOf(f);
  if (rule == Rule::FeatureLogic) {
    if (v.elem() != Elem::Bool)
      return needsBool(name, v);
    return buildShaped(f, {Elem::Bool, {}}, {}, args, range);
  }
  if (rule == Rule::FeatureMean && isInteger(v.elem()))
    v = convert(v, real, v.range);
  Flex flex;
  if (!v || !unify(f, args, rule == Rule::FeatureMean, flex))
    return Value();
  Elem elem = rule == Rule::FeatureIndex ? Elem::I64 : v.elem();
  Value out = buildShaped(f, {elem, {}}, {}, args, range);
  out.flex = rule == Rule::FeatureIndex ? Flex::Place : flex;
  return out;
}
