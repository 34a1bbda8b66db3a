//===- CheckPartial.cpp - derivatives inside of formulas ------------------===//

#include "compiler/frontend/Checker.h"
#include "llvm/ADT/DenseSet.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::MutableArrayRef;

/// A reduction in `value` that reads `operand`, or null. Those do not count as
/// constants, and they are not formulas of one pair.
static const Expr *reductionOf(const Expr *value, const Expr *operand) {
  llvm::DenseSet<const Expr *> reads; // reductions and what is below them
  auto readsOperand = [&](const Expr *reduce) {
    std::vector<const Expr *> work{reduce};
    while (!work.empty()) {
      const Expr *expr = work.back();
      work.pop_back();
      if (!expr || !reads.insert(expr).second)
        continue;
      if (expr == operand)
        return true;
      llvm::append_range(work, expr->args);
      work.push_back(expr->where);
    }
    return false;
  };
  llvm::DenseSet<const Expr *> seen;
  std::vector<const Expr *> work{value};
  while (!work.empty()) {
    const Expr *expr = work.back();
    work.pop_back();
    if (!seen.insert(expr).second)
      continue;
    if (expr->kind != ExprKind::Reduce)
      llvm::append_range(work, expr->args);
    else if (readsOperand(expr))
      return expr;
  }
  return nullptr;
}

/// `grad(e, x[i])`, `divergence(u, x[i])` and `laplacian(e, x[i])`: partial
/// derivatives in an operand.
Value Checker::applyPartial(Function f, MutableArrayRef<Value> args,
                            SourceRange range) {
  std::string name = functionName(f).str();
  const Value &operand = args[1];
  if (operand.expr->kind != ExprKind::Input || !isFloat(operand.elem()))
    return fail(Label::K044, operand.range,
                fmt::format("the second argument of '{}' is a real input, for "
                            "example 'x[i]'",
                            name));
  if (f != Function::Partial && operand.type().shape.size() > 1)
    return fail(Label::K049, operand.range,
                fmt::format("'{}' is in a vector or a number, got {}", name,
                            describe(operand)));
  if (f != Function::Divergence && !args[0].isScalar())
    return fail(Label::K049, args[0].range,
                fmt::format("'{}' needs one number, got {}; take 'sum(...)' "
                            "or one feature of it",
                            name, describe(args[0])));
  if (args[0].elem() == Elem::Bool ||
      (isInteger(args[0].elem()) && args[0].flex == Flex::Fixed)) {
    Diagnostic &d = error(Label::K048, args[0].range,
                          fmt::format("'{}' needs a real number, got {}; write "
                                      "'real({})'",
                                      name, elemWord(args[0]),
                                      nameOf(args[0])));
    wrapIn(d, args[0].range, "real");
    return Value();
  }
  if (args[0].flex != Flex::Fixed)
    args[0] = convert(args[0], operand.elem(), range);
  if (!args[0])
    return Value();
  if (f == Function::Divergence &&
      args[0].type().shape != operand.type().shape)
    return fail(Label::K049, args[0].range,
                fmt::format("'divergence' needs one component for each feature "
                            "of '{}', got {} for {}",
                            nameOf(operand), describe(args[0]),
                            describe(operand)));
  if (args[0].elem() != operand.elem())
    return fail(Label::K033, range,
                fmt::format("'{}' of {} in {}; convert with 'f64(...)'", name,
                            elemName(args[0].elem()).str(),
                            elemName(operand.elem()).str()));
  if (const Expr *reduce = reductionOf(args[0].expr, operand.expr))
    return fail(Label::K044, range,
                fmt::format("'{}' does not reach into '{}', which reads its "
                            "operand; derive the program, or take the "
                            "derivative inside of the reduction",
                            name, reductionName(reduce->reduction).str()));
  if (f == Function::Partial)
    return buildShaped(f, operand.type(), operand.sizes, args, range);
  return buildShaped(f, {operand.elem(), {}}, {}, args, range);
}
