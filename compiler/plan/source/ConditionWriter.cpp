//===- ConditionWriter.cpp - conditions and integers as source ------------===//

#include "compiler/plan/source/FormulaWriter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

/// Whether the signs of two integers differ, as the frontend asks for `idiv`:
/// the exclusive or of them is negative.
static arith::XOrIOp differingSigns(Operation *op) {
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare || compare.getPredicate() != arith::CmpIPredicate::slt ||
      !matchPattern(compare.getRhs(), m_Zero()))
    return {};
  return compare.getLhs().getDefiningOp<arith::XOrIOp>();
}

Words FormulaWriter::ofComparison(Operation *op) {
  if (arith::XOrIOp both = differingSigns(op)) {
    Words a = of(both.getLhs()), b = of(both.getRhs());
    std::string left = a.within(Binding::Sum), right = b.within(Binding::Sum);
    return {fmt::format("select({0} < 0, {1} >= 0, {1} < 0)", left, right),
            Binding::Postfix, allSpread(both, {&a, &b})};
  }
  Words words;
  auto real = dyn_cast<arith::CmpFOp>(op);
  auto either = [&](StringRef first, StringRef second, StringRef join) {
    Words a = binary(op, first, Binding::Compare),
          b = binary(op, second, Binding::Compare);
    a.text = a.text + join.str() + b.text;
    a.binding = join == " or " ? Binding::Or : Binding::And;
    return a;
  };
  auto no = [](Words of) {
    of.text = "not " + of.within(Binding::Not);
    of.binding = Binding::Not;
    return of;
  };
  auto is = [&](StringRef sign) { return binary(op, sign, Binding::Compare); };
  if (real) {
    using P = arith::CmpFPredicate;
    switch (real.getPredicate()) {
    case P::OEQ:
      return is("==");
    case P::OGT:
      return is(">");
    case P::OGE:
      return is(">=");
    case P::OLT:
      return is("<");
    case P::OLE:
      return is("<=");
    case P::UNE:
      return is("!=");
    case P::ONE:
      return either("<", ">", " or ");
    case P::UEQ:
      return no(either("<", ">", " or "));
    case P::UGT:
      return no(is("<="));
    case P::UGE:
      return no(is("<"));
    case P::ULT:
      return no(is(">="));
    case P::ULE:
      return no(is(">"));
    case P::ORD:
      return either("<=", ">=", " or ");
    case P::UNO:
      return no(either("<=", ">=", " or "));
    default:
      break;
    }
  } else {
    using P = arith::CmpIPredicate;
    switch (cast<arith::CmpIOp>(op).getPredicate()) {
    case P::eq:
      return is("==");
    case P::ne:
      return is("!=");
    case P::slt:
      return is("<");
    case P::sle:
      return is("<=");
    case P::sgt:
      return is(">");
    case P::sge:
      return is(">=");
    default:
      break;
    }
  }
  lines.fail(op);
  return words;
}

/// `idiv`, which the frontend writes with selections around a division that
/// cannot trap.
static std::optional<std::pair<Value, Value>> floorDivision(Operation *op) {
  auto outer = dyn_cast<arith::SelectOp>(op);
  // By a constant: the quotient toward zero, less 1 where that is above.
  if (auto quotient = outer ? outer.getFalseValue().getDefiningOp<arith::DivSIOp>()
                            : arith::DivSIOp()) {
    Operation *less = outer.getTrueValue().getDefiningOp();
    bool isLess = isa_and_nonnull<arith::AddIOp, arith::SubIOp>(less) &&
                  less->getOperand(0) == quotient.getResult() &&
                  matchPattern(less->getOperand(1), m_Constant());
    if (isLess && outer.getCondition().getDefiningOp<arith::AndIOp>())
      return std::make_pair(quotient.getLhs(), quotient.getRhs());
  }
  if (!outer || !matchPattern(outer.getTrueValue(), m_Zero()))
    return std::nullopt;
  auto byZero = outer.getCondition().getDefiningOp<arith::CmpIOp>();
  auto inner = outer.getFalseValue().getDefiningOp<arith::SelectOp>();
  if (!byZero || !inner || !matchPattern(byZero.getRhs(), m_Zero()))
    return std::nullopt;
  auto minus = inner.getTrueValue().getDefiningOp<arith::SubIOp>();
  auto byMinusOne = inner.getCondition().getDefiningOp<arith::CmpIOp>();
  if (!minus || !byMinusOne || byMinusOne.getLhs() != byZero.getLhs() ||
      !matchPattern(minus.getLhs(), m_Zero()))
    return std::nullopt;
  return std::make_pair(minus.getRhs(), byZero.getLhs());
}

Words FormulaWriter::ofSelect(Operation *op) {
  if (auto parts = floorDivision(op)) {
    Words a = of(parts->first), b = of(parts->second);
    return {fmt::format("idiv({}, {})", a.text, b.text), Binding::Postfix,
            allSpread(op, {&b, &a, &a})};
  }
  const Words c = of(op->getOperand(0));
  Words a = of(op->getOperand(1)), b = of(op->getOperand(2));
  bool isSpread = allSpread(op, {&c, &a, &b});
  if (a.isLiteral && b.isLiteral && elementName(op->getResult(0).getType()) != "bool")
    a.text = fmt::format(
        "{}({})", elementName(op->getResult(0).getType()).str(), a.text);
  return {fmt::format("select({}, {}, {})", c.text, a.text, b.text),
          Binding::Postfix, isSpread};
}

/// Integers and conditions.
std::optional<Words> FormulaWriter::ofIntegers(Operation *op) {
  bool isLogic = elementName(op->getResult(0).getType()) == "bool";
  return llvm::TypeSwitch<Operation *, std::optional<Words>>(op)
      .Case([&](arith::AddIOp) { return binary(op, "+", Binding::Sum); })
      .Case([&](arith::SubIOp) { return binary(op, "-", Binding::Sum); })
      .Case([&](arith::MulIOp) { return binary(op, "*", Binding::Product); })
      .Case([&](arith::MinSIOp) { return call(op, "min"); })
      .Case([&](arith::MaxSIOp) { return call(op, "max"); })
      .Case([&](math::AbsIOp) { return call(op, "abs"); })
      .Case([&](arith::DivSIOp) {
        // Toward zero: the quotient of the sizes, with the sign of both.
        std::string a = of(op->getOperand(0)).text,
                    b = of(op->getOperand(1)).text;
        Words words = call(op, "idiv");
        words.text = fmt::format("idiv(abs({0}), abs({1})) * sign({0}) * "
                                 "sign({1})",
                                 a, b);
        words.binding = Binding::Product;
        return words;
      })
      .Case([&](arith::AndIOp) -> std::optional<Words> {
        if (isLogic)
          return binary(op, "and", Binding::And);
        return std::nullopt;
      })
      .Case([&](arith::OrIOp) -> std::optional<Words> {
        if (isLogic)
          return binary(op, "or", Binding::Or);
        return std::nullopt;
      })
      .Case([&](arith::XOrIOp) -> std::optional<Words> {
        if (!isLogic) { // said where its sign is asked for
          for (Operation *user : op->getUsers())
            if (differingSigns(user) != op)
              return std::nullopt;
          return Words{"0"};
        }
        Words a = of(op->getOperand(0)), b = of(op->getOperand(1));
        std::string left = a.within(Binding::Not);
        if (b.text == "true") {
          a.text = "not " + left;
          a.binding = Binding::Not;
          a.isLiteral = false;
          return a;
        }
        std::string right = b.within(Binding::Not);
        return Words{fmt::format("{0} and not {1} or {1} and not {0}", left,
                                 right),
                     Binding::Or, allSpread(op, {&a, &b})};
      })
      .Default(std::nullopt);
}

} // namespace kdslc
