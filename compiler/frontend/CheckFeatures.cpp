//===- CheckFeatures.cpp - subscripts of features -------------------------===//

#include "compiler/frontend/Checker.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

Value Checker::checkFeatures(Value base, const ast::Subscript &subscript,
                             StringRef name) {
  SourceRange range = subscript.range;
  if (base && subscript.subs.size() > base.rank())
    return checkTooManySubs(base, subscript, name);
  // `A[1:3, 0]` would need the dimension after a slice: one step at a time.
  for (const ast::Subscript::Sub &sub : subscript.subs) {
    bool isLast = &sub == &subscript.subs.back();
    if (!isLast && sub.last)
      return fail(Label::K049, sub.first->range,
                  "a slice stands last in its bracket");
    base = checkFeature(base, sub, name, range);
    if (!base)
      return base;
  }
  return base;
}

/// Reports subscripts of something that has fewer dimensions.
Value Checker::checkTooManySubs(const Value &base,
                                const ast::Subscript &subscript,
                                StringRef name) {
  const auto *sub = llvm::dyn_cast<ast::Name>(subscript.subs[0].first);
  BoundIndex *index = sub ? findIndex(sub->name) : nullptr;
  if (index)
    return indexOnFeatures(name, *index, subscript.subs[0].first->range);
  return fail(
      Label::K049, subscript.range,
      base.isScalar()
          ? fmt::format("'{}' is a number and has no features",
                        quoted(name))
          : fmt::format("'{}' is {}; it takes {} subscript{}",
                        quoted(name), describe(base), base.rank(),
                        base.rank() == 1 ? "" : "s"));
}

/// Reports a row index where a feature stands.
Value Checker::indexOnFeatures(StringRef name, BoundIndex &index,
                               SourceRange range) {
  index.used = true;
  if (!llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return fail(Label::K002, range,
                fmt::format("'{}' is a row index and cannot subscript the "
                            "features of '{}'; a constant can",
                            index.name.str(), quoted(name)));
  std::string axis =
      index.id
          ? program->checked.axes[program->checked.indices[*index.id].axis].name
          : "N";
  return fail(Label::K002, range,
              fmt::format("'{}' has no rows; '{}' cannot subscript a feature "
                          "(use '{}' itself or a constant, or declare '{}: [{}] real')",
                          name.str(), index.name.str(), name.str(), name.str(),
                          axis));
}

/// `base[c]`, `base[a:b]` or `base[label]`.
Value Checker::checkFeature(Value base, const ast::Subscript::Sub &sub,
                            StringRef name, SourceRange range) {
  if (const auto *index = llvm::dyn_cast<ast::Name>(sub.first))
    if (BoundIndex *bound = findIndex(index->name); bound && base)
      return indexOnFeatures(name, *bound, sub.first->range);
  Value first = check(sub.first);
  Value last = sub.last ? check(sub.last) : Value();
  if (!base || !first || (sub.last && !last))
    return Value();
  int64_t size = base.type().shape[0];
  std::string owner = fmt::format("'{}'", quoted(name));
  std::string limit =
      fmt::format("{} has {} features (0..{})", owner, size, size - 1);
  bool constant = first.isLiteral() && isInteger(first.elem());
  if (!sub.last && !constant) {
    Value args[] = {base, first};
    return apply(Function::Lookup, args, range);
  }
  if (sub.last && (!constant || !last.isLiteral() || !isInteger(last.elem())))
    return fail(Label::K050, sub.first->range,
                "the ends of a slice are whole constants, for example '0:2'");
  int64_t begin = first.expr->integer;
  if (!sub.last)
    return begin >= 0 && begin < size
               ? extract(base, begin, range)
               : negativeFeature(
                     begin, size, sub.first->range,
                     fmt::format("feature index {} is out of range: {}", begin,
                                 limit));
  int64_t end = last.expr->integer;
  if (begin < 0 || end > size || begin >= end)
    return fail(Label::K010, {sub.first->range.Start, sub.last->range.End},
                fmt::format("the slice {}:{} is {}: {}", begin, end,
                            begin >= end ? "empty" : "out of range", limit));
  return slice(base, begin, end, range);
}

/// Reports a feature that is out of range, one from the end with a proposal.
Value Checker::negativeFeature(int64_t at, int64_t size, SourceRange range,
                               std::string message) {
  bool fromEnd = at < 0 && at >= -size;
  if (fromEnd)
    message += fmt::format("; from the end that is {}", at + size);
  Diagnostic &d = error(Label::K010, range, std::move(message));
  if (fromEnd)
    d.replaceBy(fmt::format("{}", at + size));
  return Value();
}

Value Checker::extract(const Value &base, int64_t at, SourceRange range) {
  if (base.flex == Flex::Literal)
    return made(base.expr->args[at], range, Flex::Literal);
  Expr node;
  node.kind = ExprKind::Extract;
  node.type = {base.elem(), {}};
  node.type.shape.assign(base.type().shape.begin() + 1,
                         base.type().shape.end());
  node.args = {base.expr};
  node.begin = at;
  node.range = range;
  Value value = made(pool.make(std::move(node)), range, base.flex);
  if (base.sizes.size() > 1)
    value.sizes.assign(base.sizes.begin() + 1, base.sizes.end());
  return value;
}

Value Checker::slice(const Value &base, int64_t begin, int64_t end,
                     SourceRange range) {
  Expr node;
  node.kind = ExprKind::Slice;
  node.type = base.type();
  node.type.shape[0] = end - begin;
  node.range = range;
  if (base.flex == Flex::Literal) {
    node.kind = ExprKind::Concat;
    node.args.assign(base.expr->args.begin() + begin,
                     base.expr->args.begin() + end);
  } else {
    node.args = {base.expr};
    node.begin = begin;
    node.end = end;
  }
  Value value = made(pool.make(std::move(node)), range, base.flex);
  if (base.sizes.size() > 1) {
    value.sizes = base.sizes;
    value.sizes[0] = "";
  }
  return value;
}

/// `w[l]`: a feature that an integer value picks.
Value Checker::lookup(const Value &base, const Value &label,
                      SourceRange range) {
  if (!isInteger(label.elem()) || !label.isScalar())
    return fail(Label::K048, label.range,
                fmt::format("a feature is picked by one integer, got {}",
                            describeTyped(label)));
  // A table of constants is of reals, or of integers that adapt as sizes do.
  Value table = base;
  Flex flex = Flex::Fixed;
  if (base.flex == Flex::Literal && isFloat(base.elem()))
    table = convert(base, real, range);
  else if (base.flex == Flex::Literal)
    flex = Flex::Whole;
  if (!table)
    return Value();
  ValueType type{table.elem(), {}};
  type.shape.assign(table.type().shape.begin() + 1, table.type().shape.end());
  Value args[] = {table, label};
  return buildShaped(Function::Lookup, std::move(type), {}, args, range, flex);
}
