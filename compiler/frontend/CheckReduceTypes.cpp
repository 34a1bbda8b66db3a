//===- CheckReduceTypes.cpp - what reductions take and give ---------------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

/// Converts the arguments and sets the type of the node.
bool Checker::typeReduction(const ast::Reduce &reduce, Reduction op,
                            llvm::MutableArrayRef<Value> args, Expr &node,
                            Flex &flex) {
  Value &body = args[0];
  if (op == Reduction::Any || op == Reduction::All || op == Reduction::Count) {
    if (body.elem() != Elem::Bool)
      return bool(needsBool(reductionName(op), body));
    bool counts = op == Reduction::Count;
    node.type = {counts ? Elem::I64 : Elem::Bool, body.type().shape};
    flex = counts ? Flex::Place : Flex::Fixed;
    return true;
  }
  if (body.elem() == Elem::Bool)
    return noReduction(reduce, op, body);
  bool toReal = op == Reduction::Mean || op == Reduction::LogSumExp ||
                op == Reduction::SoftmaxSum;
  if (op == Reduction::Mean && isInteger(body.elem()))
    body = convert(body, real, body.range);
  if (!body || !unify(reductionName(op), args.take_front(1), toReal, flex))
    return false;
  node.type = body.type();
  if (op == Reduction::LogSumExp || op == Reduction::SoftmaxSum)
    return typeWeighted(op, args, node);
  if (isArg(op) || isCounted(op))
    return typePlaced(reduce, op, args, node, flex);
  // A sum of i32 may need 64 bits; a smallest or largest one does not.
  if ((op == Reduction::Sum || op == Reduction::Prod) &&
      body.elem() == Elem::I32) {
    body = convert(body, Elem::I64, body.range);
    node.type.elem = Elem::I64;
  }
  return true;
}

/// Reports a reduction of bools that adds or orders.
bool Checker::noReduction(const ast::Reduce &reduce, Reduction op,
                          const Value &body) {
  std::string head = headOf(reduce);
  StringRef instead = op == Reduction::Sum    ? "count"
                      : op == Reduction::Prod ? "all"
                      : op == Reduction::Min  ? "all"
                      : op == Reduction::Max  ? "any"
                                              : "";
  std::string real = fmt::format("'real({})'", nameOf(body));
  if (!instead.empty())
    real = fmt::format("'{}{}({})' or {}", instead.str(),
                       StringRef(head).drop_front(reduce.op.name.size()).str(),
                       nameOf(body), real);
  fail(Label::K015, body.range,
       fmt::format("'bool' has no arithmetic; use {}", real));
  return false;
}

/// logsumexp(e, w) and softmax_sum(e, g): reals of one type; the second one is
/// a number or, for one logit, anything.
bool Checker::typeWeighted(Reduction op, llvm::MutableArrayRef<Value> args,
                           Expr &node) {
  if (args.size() == 1)
    return true;
  Flex flex;
  if (!unify(reductionName(op), args, /*toReal=*/true, flex))
    return false;
  Value shape;
  if (!sameShape(reductionName(op), args, args[1].range, shape))
    return false;
  if (op == Reduction::SoftmaxSum && !args[0].isScalar() &&
      args[1].isScalar()) {
    fail(Label::K049, args[0].range,
         fmt::format("'softmax_sum' needs one logit for each value, got {} for "
                     "a number",
                     describe(args[0])));
    return false;
  }
  node.type = {args[0].elem(), shape.type().shape};
  return true;
}

/// A row number is one of one index; what a value is at a pair is not.
bool Checker::checkPlaces(const ast::Reduce &reduce, Reduction op,
                          bool payload) {
  size_t count = reduce.indices.size();
  if (count == 1 || !isArg(op) || payload)
    return true;
  bool isList = isCounted(op);
  fail(Label::K049, reduce.range,
       fmt::format("'{}' finds row numbers of one index, got {}; '{}(e, {}v)' "
                   "gives what v is at the pair{}, '{}' for one",
                   reductionName(op).str(), count, headOf(reduce),
                   isList ? "K, " : "", isList ? "s" : "",
                   reduce.indices[0].name.name.str()));
  return false;
}

/// argmin, argkmin and the other reductions that keep places or payloads.
bool Checker::typePlaced(const ast::Reduce &reduce, Reduction op,
                         llvm::MutableArrayRef<Value> args,
                         Expr &node, Flex &flex) {
  std::string name = reductionName(op).str();
  bool payload = args.size() == 2;
  if (!checkPlaces(reduce, op, payload))
    return false;
  if ((isCounted(op) || payload) && !args[0].isScalar()) {
    fail(Label::K049, args[0].range,
         fmt::format("'{}'{} needs one number as its key, got {}", name,
                     payload ? " with a value" : "", describe(args[0])));
    return false;
  }
  if (payload && args[1].flex == Flex::Literal) {
    Flex ignoredFlex;
    if (!unify(reductionName(op), args.drop_front(), false, ignoredFlex))
      return false;
  }
  if (payload) {
    node.type = args[1].type();
    bool isRow = args[1].expr->kind == ExprKind::RowIndex;
    flex = isRow ? Flex::Place : Flex::Fixed;
  } else if (isArg(op)) {
    node.type.elem = Elem::I64;
    flex = Flex::Place;
  }
  if (!isCounted(op))
    return true;
  if (node.type.shape.size() > 1) {
    fail(Label::K049, args[1].range,
         fmt::format("the value of '{}' is a number or a vector, got {}", name,
                     describe(args[1])));
    return false;
  }
  node.type.shape.insert(node.type.shape.begin(), node.count);
  return true;
}
