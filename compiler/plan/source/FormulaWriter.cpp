//===- FormulaWriter.cpp - the operations of one formula as source --------===//

#include "compiler/plan/source/FormulaWriter.h"
#include "compiler/plan/derive/Formula.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

/// Longer expressions become lets.
static constexpr size_t longWords = 72;

StringRef elementName(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isInteger(1))
    return "bool";
  if (element.isInteger(32))
    return "i32";
  if (element.isInteger(64) || element.isIndex())
    return "i64";
  if (element.isF16())
    return "f16";
  if (element.isBF16())
    return "bf16";
  return element.isF64() ? "f64" : "f32";
}

std::string numeral(double value, Type element) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  for (int digits = 1;; ++digits) {
    std::string text = fmt::format("{:.{}g}", value, digits);
    double read = std::strtod(text.c_str(), nullptr);
    bool isSame = element.isF64() ? read == value : float(read) == float(value);
    if (isSame || digits == 17)
      return text;
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

const Words &FormulaWriter::of(Value value) {
  if (auto at = known.find(value); at != known.end())
    return at->second;
  Block *own = value.getParentBlock();
  auto isElsewhere = [&](Value v) {
    return known.count(v) || v.getParentBlock() != own;
  };
  if (outer && isa<kdsl::ProgramOp>(own->getParentOp()))
    return known[value] = outer->of(value);
  for (Operation *op : formulaOf(value, isElsewhere)) {
    if (op->getNumResults() != 1) {
      lines.fail(op);
      continue;
    }
    Words words = write(op);
    for (Value operand : op->getOperands()) {
      if (isa<kdsl::RangesType>(operand.getType()))
        continue; // a name, also of a set that is turned
      const Words &part = of(operand);
      words.subscripts |= part.subscripts;
      words.numbers |= part.numbers;
    }
    bool isUsedAgain = !op->getResult(0).hasOneUse();
    bool isIndex = op->getResult(0).getType().isIndex();
    if (!words.isName() && !words.isLiteral && !isIndex &&
        (isUsedAgain || words.text.size() > longWords))
      words = asLet(words);
    known[op->getResult(0)] = words;
  }
  return known[value];
}

/// An index that subscripts nothing has no axis in a `let`: such words stay.
Words FormulaWriter::asLet(const Words &words) {
  if (words.numbers & ~words.subscripts)
    return words;
  Words name = words;
  SmallVector<std::string> own;
  for (size_t k = 0; k < indices.size(); ++k)
    if (words.subscripts & (uint64_t(1) << k))
      own.push_back(indices[k]);
  name.text = lines.let(own, words.text);
  if (!own.empty())
    name.text += fmt::format("[{}]", fmt::join(own, ", "));
  name.binding = Binding::Postfix;
  return name;
}

Words FormulaWriter::named(Value value) {
  Words words = materialized(of(value), value.getType());
  if (words.isName())
    return words;
  Words name = asLet(words);
  if (!value.getType().isIndex())
    known[value] = name;
  return name;
}

Words FormulaWriter::typed(Value value) {
  Words words = materialized(of(value), value.getType());
  if (words.isLiteral && !getElementTypeOrSelf(value).isInteger(1)) {
    words.text = fmt::format("{}({})", elementName(value.getType()).str(),
                             words.text);
    words.binding = Binding::Postfix;
    words.isLiteral = false;
  }
  return words;
}

//===----------------------------------------------------------------------===//
// Elementwise operations
//===----------------------------------------------------------------------===//

/// Whether the result is a number in words because all operands are.
bool FormulaWriter::allSpread(Operation *op, ArrayRef<const Words *> operands) {
  if (!isa<VectorType>(op->getResult(0).getType()))
    return false;
  for (auto [value, words] : llvm::zip(op->getOperands(), operands))
    if (isa<VectorType>(value.getType()) && !words->isSpread)
      return false;
  return true;
}

Words FormulaWriter::binary(Operation *op, StringRef sign, Binding binding) {
  const Words a = of(op->getOperand(0)), b = of(op->getOperand(1));
  Words result;
  Binding next = Binding(int(binding) + 1);
  // Comparisons do not chain; all others nest to the left.
  std::string left = a.within(binding == Binding::Compare ? next : binding);
  std::string right = b.within(next);
  bool isTight = binding == Binding::Product && sign == "*" &&
                 left.size() + right.size() < 12 && right.front() != '-' &&
                 left.find('/') == std::string::npos;
  result.text = isTight ? left + sign.str() + right
                        : fmt::format("{} {} {}", left, sign.str(), right);
  result.binding = binding;
  result.isSpread = allSpread(op, {&a, &b});
  return result;
}

Words FormulaWriter::call(Operation *op, StringRef function) {
  SmallVector<Words> operands;
  SmallVector<const Words *> pointers;
  for (Value operand : op->getOperands())
    operands.push_back(of(operand));
  SmallVector<std::string> texts;
  for (Words &words : operands) {
    pointers.push_back(&words);
    texts.push_back(words.text);
  }
  if (llvm::all_of(operands, [](const Words &w) { return w.isLiteral; }))
    texts[0] = fmt::format("{}({})",
                           elementName(op->getOperand(0).getType()).str(),
                           texts[0]);
  Words result;
  result.text = fmt::format("{}({})", function.str(), fmt::join(texts, ", "));
  result.isSpread = allSpread(op, pointers);
  return result;
}

Words FormulaWriter::ofConstant(Operation *op, Attribute value) {
  Words words;
  words.isLiteral = true;
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  auto type = dyn_cast<VectorType>(op->getResult(0).getType());
  auto dense = dyn_cast<DenseElementsAttr>(value);
  bool isTable = type && type.getRank() == 2 && !dense.isSplat();
  auto say = [&](Attribute number) -> std::string {
    if (auto real = dyn_cast<FloatAttr>(number))
      return numeral(real.getValueAsDouble(), element);
    const APInt &whole = cast<IntegerAttr>(number).getValue();
    if (element.isInteger(1) && !isTable)
      return whole.isZero() ? "false" : "true";
    if (element.isInteger(1))
      return whole.isZero() ? "0" : "1";
    return std::to_string(whole.getSExtValue());
  };
  if (!dense) {
    words.text = say(value);
  } else if (dense.isSplat()) {
    words.text = say(dense.getSplatValue<Attribute>());
    words.isSpread = true;
  } else {
    SmallVector<std::string> numbers;
    for (Attribute number : dense.getValues<Attribute>())
      numbers.push_back(say(number));
    if (isTable)
      return ofTable(numbers, op);
    words.text = fmt::format("[{}]", fmt::join(numbers, ", "));
    return words;
  }
  if (words.text.front() == '-')
    words.binding = Binding::Unary;
  return words;
}

/// A matrix of constants: its rows, each at its place.
Words FormulaWriter::ofTable(ArrayRef<std::string> numbers, Operation *op) {
  auto type = cast<VectorType>(op->getResult(0).getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  Type real = realOf(type.getElementType());
  std::string element = elementName(real).str();
  SmallVector<std::string> parts;
  for (int64_t k = 0; k < rows; ++k)
    parts.push_back(fmt::format(
        "outer({0}(onehot({1}, {2})), {0}([{3}]))", element, k, rows,
        fmt::join(numbers.slice(k * columns, columns), ", ")));
  return {ofReals(fmt::format("({})", fmt::join(parts, " + ")),
                  type.getElementType())};
}

/// Between element types. What is stored in 16 bits is f32 once it is read, and
/// rounded where it is assigned.
Words FormulaWriter::ofConversion(Operation *op) {
  Value from = op->getOperand(0), to = op->getResult(0);
  Words words = of(from);
  Type narrow = getElementTypeOrSelf(from), wide = getElementTypeOrSelf(to);
  if (narrow.isF16() || narrow.isBF16() || wide.isF16() || wide.isBF16() ||
      (narrow.isIndex() && !isa<VectorType>(to.getType())))
    return words;
  words.text = fmt::format("{}({})", elementName(wide).str(), words.text);
  words.binding = Binding::Postfix;
  words.isLiteral = false;
  return words;
}

Words FormulaWriter::ofArithmetic(Operation *op) {
  return llvm::TypeSwitch<Operation *, Words>(op)
      .Case([&](arith::AddFOp) { return binary(op, "+", Binding::Sum); })
      .Case([&](arith::SubFOp) { return binary(op, "-", Binding::Sum); })
      .Case([&](arith::MulFOp) { return binary(op, "*", Binding::Product); })
      .Case([&](arith::DivFOp) { return binary(op, "/", Binding::Product); })
      .Case([&](arith::NegFOp) {
        Words words = of(op->getOperand(0));
        // Of a sum the first term would be negative, and not all of it.
        words.text = "-" + words.within(Binding::Unary);
        words.binding = Binding::Unary;
        return words;
      })
      .Case([&](math::PowFOp) {
        Words base = of(op->getOperand(0)), power = of(op->getOperand(1));
        bool isSpread = allSpread(op, {&base, &power});
        if (!isSpread)
          base = materialized(base, op->getResult(0).getType());
        return Words{base.within(Binding::Postfix) + "^" +
                         power.within(Binding::Unary),
                     Binding::Power, isSpread};
      })
      .Case([&](arith::MinimumFOp) { return call(op, "min"); })
      .Case([&](arith::MaximumFOp) { return call(op, "max"); })
      .Case([&](math::AbsFOp) { return call(op, "abs"); })
      .Case([&](kdsl::LgammaOp) { return call(op, "lgamma"); })
      .Case([&](kdsl::SincOp) { return call(op, "sinc"); })
      .Default([&](Operation *) {
        // The others have upstream's name: math.exp, math.atan2.
        StringRef name = op->getName().getStringRef();
        if (!name.consume_front("math.")) {
          lines.fail(op);
          return Words();
        }
        return call(op, name);
      });
}

Words FormulaWriter::write(Operation *op) {
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant)))
    return ofConstant(op, constant);
  if (isa<arith::CmpFOp, arith::CmpIOp>(op))
    return ofComparison(op);
  if (isa<arith::SelectOp>(op))
    return ofSelect(op);
  if (isa<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp,
          arith::FPToSIOp, arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp,
          arith::IndexCastOp>(op))
    return ofConversion(op);
  if (auto size = dyn_cast<kdsl::SizeOp>(op))
    return {size.getAxis().str()};
  if (auto number = dyn_cast<kdsl::RowNumberOp>(op)) {
    unsigned position =
        cast<BlockArgument>(number.getIndex()).getArgNumber();
    Words words{indices[position]};
    words.numbers = uint64_t(1) << position;
    return words;
  }
  if (auto contains = dyn_cast<kdsl::ContainsOp>(op)) {
    Words words;
    auto rowOf = [&](Value row) -> std::string {
      if (!row.getType().isIndex())
        return {};
      unsigned position = cast<BlockArgument>(row).getArgNumber();
      words.subscripts |= uint64_t(1) << position;
      return indices[position];
    };
    std::string kept = rowOf(contains.getKept()),
                reduced = rowOf(contains.getReduced());
    // A row that was found is none to ask for: some row of the set is it.
    std::string number;
    for (Value row : {contains.getKept(), contains.getReduced()})
      if (row.getType().isInteger(64))
        number = of(row).within(Binding::Sum);
    words.text = lines.membership(contains, kept, reduced, number);
    words.binding = number.empty() ? Binding::Compare : Binding::Postfix;
    return words;
  }
  if (isa<kdsl::KdslDialect>(op->getDialect()) &&
      !isa<kdsl::LgammaOp, kdsl::SincOp>(op))
    return ofFeatures(op);
  if (isa<vector::VectorDialect>(op->getDialect()))
    return ofFeatures(op);
  if (auto words = ofIntegers(op))
    return *words;
  return ofArithmetic(op);
}

} // namespace kdslc
