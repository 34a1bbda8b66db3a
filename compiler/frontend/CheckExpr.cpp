//===- CheckExpr.cpp - operators, names and concatenation -----------------===//

#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Habits.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace kdslc;
using llvm::StringRef;

/// The checker's own recursion, through kernels and lets, ends here: a chain
/// of kernels that call each other must not exhaust the stack.
Value Checker::check(const ast::Expr *expr) {
  if (!expr)
    return Value(); // the parser has reported it
  if (depth >= maxExpandedDepth)
    return fail(Label::K036, expr->range,
                fmt::format("nested deeper than {} levels after kernels and "
                            "lets are expanded",
                            maxExpandedDepth));
  ++depth;
  Value value = checkKind(expr);
  value.range = expr->range;
  --depth;
  return value;
}

Value Checker::checkKind(const ast::Expr *expr) {
  switch (expr->kind) {
  case ast::Expr::Number:
    return checkNumber(*llvm::cast<ast::Number>(expr));
  case ast::Expr::Bool:
    return made(pool.integer(Elem::Bool, llvm::cast<ast::Bool>(expr)->value,
                             expr->range),
                expr->range);
  case ast::Expr::Name:
    return checkName(llvm::cast<ast::Name>(expr)->name, expr->range);
  case ast::Expr::Unary:
    return checkUnary(*llvm::cast<ast::Unary>(expr));
  case ast::Expr::Chain:
    return checkChain(*llvm::cast<ast::Chain>(expr));
  case ast::Expr::Subscript:
    return checkSubscript(*llvm::cast<ast::Subscript>(expr));
  case ast::Expr::Concat:
    return checkConcat(*llvm::cast<ast::Concat>(expr));
  case ast::Expr::Call:
    return checkCall(*llvm::cast<ast::Call>(expr));
  case ast::Expr::Reduce:
    return checkReduce(*llvm::cast<ast::Reduce>(expr));
  }
  return Value();
}

/// Wraps a node that was just made: the budget and the number of row indices
/// are checked here, once for every kind of node.
Value Checker::made(const Expr *expr, SourceRange range, Flex flex) {
  if (!expr) {
    std::string chain;
    for (const Frame &frame : llvm::ArrayRef<Frame>(frames).take_front(8))
      chain +=
          (chain.empty() ? " (in " : " -> ") + frame.kernel->name.name.str();
    if (!chain.empty())
      chain += ")";
    if (!exhausted)
      error(Label::K046, range,
            fmt::format("more than {} expression nodes after inlining{}",
                        maxNodes, chain));
    exhausted = true;
    return Value();
  }
  Value value;
  value.expr = expr;
  value.flex = flex;
  value.range = range;
  return checkPairIndices(expr->free, expr, range) ? value : Value();
}

/// At most two indices besides batch indices meet in a term. What is left of a
/// batch is known from the left side and the brackets around the term, or from
/// the arrays in it.
bool Checker::checkPairIndices(llvm::ArrayRef<IndexId> free,
                               llvm::ArrayRef<const Expr *> parts,
                               SourceRange range) {
  if (free.size() <= 2)
    return true;
  auto leading = leadingIndices(parts);
  std::vector<IndexId> pair;
  for (IndexId id : std::set<IndexId>(free.begin(), free.end()))
    if (!program->checked.indices[id].batch &&
        !(leading && llvm::is_contained(*leading, id)))
      pair.push_back(id);
  if (pair.size() <= 2)
    return true;
  if (llvm::count_if(pair, [&](IndexId id) {
        return !llvm::is_contained(perhapsBatch, id);
      }) <= 2)
    return needsBatch = true;
  std::vector<StringRef> names;
  for (IndexId id : pair)
    names.push_back(program->checked.indices[id].name);
  static const char *const counts[] = {"three", "four", "five"};
  fail(Label::K013, range,
       fmt::format("{} row indices ({}) meet in one term; at most two (plus "
                   "batch) are supported",
                   pair.size() <= 5 ? counts[pair.size() - 3] : "many",
                   llvm::join(names, ", ")));
  return false;
}

Value Checker::literal(int64_t value, SourceRange range) {
  return made(pool.integer(Elem::I64, value, range), range, Flex::Literal);
}

/// Real constants stay f64 until they meet their partner.
Value Checker::literal(double value, SourceRange range) {
  return made(pool.real(Elem::F64, value, range), range, Flex::Literal);
}

Value Checker::checkNumber(const ast::Number &number) {
  return number.isInteger ? literal(number.integer, number.range)
                          : literal(number.real, number.range);
}

Value Checker::checkUnary(const ast::Unary &unary) {
  Value args[] = {check(unary.operand)};
  return apply(unary.op, args, unary.range);
}

/// From left to right, without recursion over the terms.
Value Checker::checkChain(const ast::Chain &chain) {
  Value left = check(chain.first);
  for (const ast::Chain::Link &link : chain.links) {
    Value right = check(link.operand);
    if (exhausted)
      return Value();
    Value args[] = {left, right};
    opRange = link.opRange;
    left = apply(link.op, args, {chain.range.Start, link.operand->range.End});
    opRange = {};
  }
  return left;
}

/// Numbers and vectors one after another.
Value Checker::checkConcat(const ast::Concat &concat) {
  // `sqdist(x[i], [j])`: nobody writes a row number as a list.
  if (const auto *only = concat.elements.size() == 1
                             ? llvm::dyn_cast<ast::Name>(concat.elements[0])
                             : nullptr;
      only && !scope->values.count(only->name) && findIndex(only->name))
    return fail(Label::K039, concat.range,
                fmt::format("a name is missing before '[{0}]'; a list of "
                            "row numbers is '[{0} + 0]'",
                            only->name.str()));
  llvm::SmallVector<Value, 8> parts;
  bool ok = true, constant = true;
  int64_t size = 0;
  for (const ast::Expr *element : concat.elements) {
    parts.push_back(check(element));
    const Value &part = parts.back();
    ok &= bool(part);
    if (!part)
      continue;
    if (part.rank() > 1)
      return fail(Label::K049, element->range,
                  fmt::format("'[..]' joins numbers and vectors, got {}",
                              describe(part)));
    constant &= part.flex == Flex::Literal && part.elem() != Elem::Bool;
    size += part.type().count();
  }
  if (!ok)
    return Value();
  if (size > maxFeatures)
    return fail(Label::K046, concat.range,
                fmt::format("'[..]' has {} features; at most {} are allowed",
                            size, maxFeatures));
  bool bools = llvm::all_of(
      parts, [](const Value &v) { return v.elem() == Elem::Bool; });
  Flex flex = Flex::Fixed;
  if (constant)
    makeLiteralsAlike(parts);
  else if (!bools && !unify(Meeting("[..]"), parts, /*toReal=*/false, flex))
    return Value();
  Expr node;
  node.kind = ExprKind::Concat;
  node.type = {parts[0].elem(), {size}};
  node.range = concat.range;
  for (const Value &part : parts) {
    // Lists of constants are flat, so that their parts are at hand.
    if (constant && part.expr->kind == ExprKind::Concat)
      llvm::append_range(node.args, part.expr->args);
    else
      node.args.push_back(part.expr);
  }
  return made(pool.make(std::move(node)), concat.range,
              constant ? Flex::Literal : flex);
}

/// A list of constants with one real among them is a list of reals.
void Checker::makeLiteralsAlike(llvm::MutableArrayRef<Value> parts) {
  if (llvm::none_of(parts, [](const Value &v) { return isFloat(v.elem()); }))
    return;
  for (Value &part : parts) {
    part = convert(part, Elem::F64, part.range);
    part.flex = Flex::Literal;
  }
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

BoundIndex *Checker::findIndex(StringRef name) {
  for (BoundIndex &index : scope->indices)
    if (index.name == name)
      return &index;
  return nullptr;
}

/// A name that stands alone: a value, or a row number.
Value Checker::checkName(StringRef name, SourceRange range) {
  if (auto found = scope->values.find(name); found != scope->values.end())
    return found->second;
  if (BoundIndex *index = findIndex(name)) {
    index->used = true;
    if (!index->id)
      return Value();
    Expr node;
    node.kind = ExprKind::RowIndex;
    node.type.elem = Elem::I64;
    node.subscripts = {*index->id};
    node.range = range;
    return made(pool.make(std::move(node)), range, Flex::Whole);
  }
  if (!program || !frames.empty())
    return checkFileName(name, range);

  if (auto found = program->inputs.find(name); found != program->inputs.end())
    return checkInputAlone(found->second, range);
  if (auto found = program->lets.find(name); found != program->lets.end()) {
    LetState &let = found->second;
    let.used = true;
    if (let.isOpen)
      return ownLet(name, range);
    if (let.statement->indices.empty())
      return let.valid ? expandLet(let, {}) : Value();
    return fail(Label::K001, range,
                fmt::format("'{}' is a symbolic matrix; give it its indices, "
                            "for example '{}'",
                            name.str(), leftSide(*let.statement)));
  }
  if (program->poisoned.contains(name))
    return Value();
  if (program->outputs.count(name))
    return fail(Label::K044, range,
                fmt::format("'{}' is an output and cannot be read; name its "
                            "value with 'let'",
                            name.str()));
  if (auto found = program->sizes.find(name); found != program->sizes.end())
    return found->second > 0 ? literal(found->second, range) : Value();
  if (auto found = program->axes.find(name); found != program->axes.end()) {
    Expr node;
    node.kind = ExprKind::AxisSize;
    node.type.elem = Elem::I64;
    node.axis = found->second;
    node.range = range;
    return made(pool.make(std::move(node)), range, Flex::Whole);
  }
  return checkFileName(name, range);
}

/// Constants of the file, sizes from -D, and the predefined numbers.
Value Checker::checkFileName(StringRef name, SourceRange range) {
  if (auto found = consts.find(name); found != consts.end())
    return found->second;
  if (auto found = defines.find(name); found != defines.end()) {
    usedDefines.insert(name.str());
    return literal(found->second, range);
  }
  if (name == "pi")
    return literal(3.14159265358979323846, range);
  if (name == "inf")
    return literal(std::numeric_limits<double>::infinity(), range);
  if (name == "nan")
    return literal(std::numeric_limits<double>::quiet_NaN(), range);
  return unknownName(name, range);
}

Value Checker::unknownName(StringRef name, SourceRange range) {
  std::string text = name.str();
  if (kernels.count(name))
    return fail(
        Label::K044, range,
        fmt::format("'{}' is a kernel; it is called, '{}(...)'", text, text));
  if (signatures.count(name))
    return fail(Label::K044, range,
                fmt::format("'{}' is a program, not a value", text));
  if (program && frames.empty())
    for (const ast::Statement &later : program->ast.statements)
      if (later.isLet && later.name.name == name)
        return fail(Label::K043, range,
                    fmt::format("'{}' is used before its 'let'", text));
  if (!frames.empty() && program &&
      (program->inputs.count(name) || program->lets.count(name)))
    return fail(Label::K043, range,
                fmt::format("'{}' belongs to '{}'; a kernel sees its own "
                            "parameters only, add '{}' to those of '{}'",
                            text, program->ast.name.name.str(), text,
                            frames.back().kernel->name.name.str()));
  for (const auto &later : file.items)
    if (later->kind == ast::Item::Const && later->name.name == name)
      return fail(Label::K043, range,
                  fmt::format("'{}' is used before its 'const'", text));
  if (const Habit *habit = valueHabit(name)) {
    Diagnostic &d = error(Label::K043, range,
                          fmt::format("unknown name '{}'; it is written '{}'",
                                      text, habit->ours.str()));
    d.replaceBy(habit->ours.str());
    return Value();
  }
  std::vector<StringRef> known = {"pi", "inf", "nan", "true", "false"};
  for (const auto &entry : scope->values)
    known.push_back(entry.first());
  for (const auto &entry : consts)
    known.push_back(entry.first());
  for (const BoundIndex &index : scope->indices)
    known.push_back(index.name);
  if (program && frames.empty()) {
    for (const auto &entry : program->inputs)
      known.push_back(entry.first());
    for (const auto &entry : program->lets)
      known.push_back(entry.first());
    for (const auto &entry : program->sizes)
      known.push_back(entry.first());
    for (const auto &entry : program->axes)
      known.push_back(entry.first());
  }
  llvm::sort(known);
  Diagnostic &d = error(
      Label::K043, range,
      fmt::format("unknown name '{}'{}", text, didYouMean(name, known)));
  if (StringRef closest = closestName(name, known); !closest.empty())
    d.replaceBy(closest.str());
  return Value();
}

/// An input without subscript: a parameter, or an error.
Value Checker::checkInputAlone(unsigned input, SourceRange range) {
  program->inputUsed[input] = true;
  const Input &in = program->checked.inputs[input];
  if (in.isRanges)
    return fail(Label::K044, range,
                fmt::format("'{}' is a 'ranges' input; it stands in a bracket "
                            "only, 'j in {}[i]'",
                            in.name, in.name));
  if (!program->inputValid[input])
    return Value();
  if (!in.axes.empty())
    return rowsMissing(input, range);
  return inputValue(input, {}, range);
}

/// An input at row indices. f16 and bf16 are storage: the load is f32.
Value Checker::inputValue(unsigned input, llvm::ArrayRef<IndexId> rows,
                          SourceRange range) {
  Expr node;
  node.kind = ExprKind::Input;
  node.type = program->checked.inputs[input].type;
  if (node.type.elem == Elem::F16 || node.type.elem == Elem::BF16)
    node.type.elem = Elem::F32;
  node.input = input;
  node.subscripts.assign(rows.begin(), rows.end());
  node.range = range;
  Value value = made(pool.make(std::move(node)), range);
  value.sizes = program->inputSizes[input];
  return value;
}

std::optional<int64_t> Checker::constantInteger(const ast::Expr *expr,
                                                StringRef what) {
  Value value = check(expr);
  if (!value)
    return std::nullopt;
  if (!value.isLiteral() || !isInteger(value.elem())) {
    fail(Label::K050, expr->range,
         fmt::format("{} is a whole constant, '{}' is not", what.str(),
                     quoted(sourceText(expr->range))));
    return std::nullopt;
  }
  return value.expr->integer;
}
