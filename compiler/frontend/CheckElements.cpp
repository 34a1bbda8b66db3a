//===- CheckElements.cpp - how element types meet -------------------------===//

#include "compiler/frontend/Checker.h"
#include <cmath>
#include <fmt/format.h>

using namespace kdslc;
using llvm::MutableArrayRef;
using llvm::StringRef;

/// The value in another element type; constants are retyped in place.
Value Checker::convert(const Value &value, Elem elem, SourceRange range) {
  if (!value)
    return value;
  Value out = value;
  out.flex = Flex::Fixed;
  const Expr &from = *value.expr;
  if (from.type.elem == elem)
    return out;
  if (value.flex != Flex::Literal)
    out.expr = pool.convert(value.expr, elem, range);
  else if (from.kind == ExprKind::Concat)
    return convertConcat(value, elem, range);
  else if (isFloat(elem))
    return convertToReal(value, elem, range);
  else if (elem == Elem::I32 && from.integer != int32_t(from.integer))
    return fail(Label::K050, range,
                fmt::format("{} does not fit i32", from.integer));
  else
    out.expr = pool.integer(elem, from.integer, from.range);
  return made(out.expr, range) ? out : Value();
}

Value Checker::convertToReal(const Value &value, Elem elem, SourceRange range) {
  const Expr &from = *value.expr;
  double number = isFloat(from.type.elem) ? from.number : double(from.integer);
  if (elem == Elem::F32 && std::isfinite(number) && std::isinf(float(number)))
    return fail(Label::K050, range,
                fmt::format("{} does not fit f32; use f64", number));
  if (elem == Elem::F32 && number != 0 && float(number) == 0)
    warning(Label::K050, range,
            fmt::format("{} is 0 in f32; use f64", number));
  return made(pool.real(elem, number, from.range), value.range);
}

Value Checker::convertConcat(const Value &value, Elem elem, SourceRange range) {
  Expr copy = *value.expr;
  copy.type.elem = elem;
  for (const Expr *&arg : copy.args) {
    Value part;
    part.expr = arg;
    part.flex = Flex::Literal;
    part.range = range;
    part = convert(part, elem, range);
    if (!part)
      return part;
    arg = part.expr;
  }
  Value out = made(pool.make(std::move(copy)), range);
  out.sizes = value.sizes;
  return out;
}

static bool isFixedInteger(const Value &v) {
  return isInteger(v.elem()) &&
         (v.flex == Flex::Fixed || v.flex == Flex::Place);
}

/// Finds the element type in which the arguments meet and converts them to it
/// (rule T4 of Language.md).
///
/// \param toReal  the function is one of reals.
/// \param flex    receives how the result adapts.
bool Checker::unify(const Meeting &in, MutableArrayRef<Value> args, bool toReal,
                    Flex &flex) {
  const Value *fixedReal = nullptr, *fixedInteger = nullptr;
  bool anyReal = toReal, wide = false;
  for (const Value &arg : args) {
    if (arg.elem() == Elem::Bool)
      return noArithmetic(in, args, arg);
    anyReal |= isFloat(arg.elem());
    if (isFixedInteger(arg))
      fixedInteger = &arg;
    wide |= arg.elem() == Elem::I64 && arg.flex != Flex::Literal;
    if (!isFloat(arg.elem()) || arg.flex != Flex::Fixed)
      continue;
    if (fixedReal && fixedReal->elem() != arg.elem())
      return twoReals(in, *fixedReal, arg);
    fixedReal = &arg;
  }

  bool allIntegers = !fixedReal && llvm::none_of(args, [](const Value &v) {
    return isFloat(v.elem());
  });
  bool dividesIntegers =
      in.function == Function::Div && in.who.empty() && allIntegers;
  if (anyReal && fixedInteger && !dividesIntegers) {
    Diagnostic &d =
        error(Label::K048, fixedInteger->range,
              fmt::format("'{}' is {} and does not become real by itself; "
                          "write 'real({})'",
                          nameOf(*fixedInteger), elemWord(*fixedInteger),
                          nameOf(*fixedInteger)));
    wrapIn(d, fixedInteger->range, "real");
    return false;
  }

  Elem elem = Elem::I64;
  flex = Flex::Fixed;
  if (anyReal)
    elem = fixedReal ? fixedReal->elem() : real;
  else if (fixedInteger && !wide)
    elem = Elem::I32;
  else if (!fixedInteger)
    flex = Flex::Whole;
  for (Value &arg : args) {
    arg = convert(arg, elem, arg.range);
    if (!arg)
      return false;
  }
  return true;
}

std::string Meeting::cannot(const std::string &what) const {
  if (!who.empty())
    return fmt::format("'{}' cannot combine {}", who.str(), what);
  switch (function) {
  case Function::Add:
    return "cannot add " + what;
  case Function::Sub:
    return "cannot subtract " + what;
  case Function::Mul:
    return "cannot multiply " + what;
  case Function::Div:
    return "cannot divide " + what;
  default:
    return ruleOf(function) == Rule::Compare
               ? "cannot compare " + what
               : fmt::format("'{}' cannot combine {}",
                             functionName(function).str(), what);
  }
}

/// Reports f32 beside f64.
bool Checker::twoReals(const Meeting &in, const Value &a, const Value &b) {
  const Value &narrow = a.elem() == Elem::F32 ? a : b;
  std::string pair = fmt::format("{} and {}", elemWord(a), elemWord(b));
  Diagnostic &d = error(Label::K033, b.range,
                        fmt::format("{}; write 'f64({})'", in.cannot(pair),
                                    nameOf(narrow)));
  wrapIn(d, narrow.range, "f64");
  return false;
}

/// Reports bool among numbers.
bool Checker::noArithmetic(const Meeting &in, llvm::ArrayRef<Value> args,
                           const Value &boolean) {
  std::string condition = nameOf(boolean);
  std::string instead = fmt::format("'real({})'", condition);
  const Value &other = &args[0] == &boolean ? args.back() : args[0];
  StringRef fold = in.function == Function::FeatureMin   ? "all"
                   : in.function == Function::FeatureMax ? "any"
                                                         : "";
  if (in.who.empty() && ruleOf(in.function) == Rule::Compare)
    instead = "'and', 'or' and 'not' instead of a comparison";
  else if (in.who.empty() && in.function == Function::Neg)
    instead = fmt::format("'not {}'", condition);
  else if (!fold.empty())
    instead = fmt::format("'{}({})'", fold.str(), condition);
  else if (in.who.empty() && in.function == Function::Mul &&
           other.elem() != Elem::Bool)
    instead = fmt::format("'select({}, {}, 0)' or {}", condition,
                          nameOf(other), instead);
  else if (in.who.empty() && in.function == Function::Mul)
    instead = fmt::format("'{} and {}'", condition, nameOf(other));
  fail(Label::K015, boolean.range,
       fmt::format("'bool' has no arithmetic; use {}", instead));
  return false;
}

/// Reports a number where a bool is needed.
Value Checker::needsBool(StringRef who, const Value &value) {
  std::string number = nameOf(value);
  bool isShort = number != "..." && value.flex != Flex::Literal;
  return fail(Label::K048, value.range,
              fmt::format("'{}' needs a bool, got {}; write a comparison{}",
                          who.str(), describeTyped(value),
                          isShort ? fmt::format(", as '{} != 0'", number)
                                  : ""));
}
