//===- FeatureWriter.cpp - vectors and matrices as source -----------------===//
//
// The language has slices, joins and linear algebra where the dialect picks and
// reshapes features at will: a matrix of repeated rows is an outer product with
// ones, a matrix in row-major order is its rows joined.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/source/FormulaWriter.h"
#include "llvm/ADT/TypeSwitch.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

static ArrayRef<int64_t> shapeOf(Type type) {
  return cast<VectorType>(type).getShape();
}

/// More equal features than these are a sum with zeros.
static constexpr int64_t fewFeatures = 4;

std::string FormulaWriter::ones(int64_t count, Type element) {
  return fmt::format("({}(zeros({})) + 1)", elementName(element).str(), count);
}

Type FormulaWriter::realOf(Type element) {
  if (isa<FloatType>(element))
    return element;
  return element.isInteger(1) ? Type(Float32Type::get(element.getContext()))
                              : Type(Float64Type::get(element.getContext()));
}

std::string FormulaWriter::asReals(const Words &words, Type element) {
  if (isa<FloatType>(element))
    return words.text;
  return fmt::format("{}({})", elementName(realOf(element)).str(), words.text);
}

std::string FormulaWriter::ofReals(const std::string &reals, Type element) {
  if (isa<FloatType>(element))
    return reals;
  if (element.isInteger(1))
    return "(" + reals + " > 0)";
  return fmt::format("{}({})", elementName(element).str(), reals);
}

Words FormulaWriter::materialized(const Words &words, Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || !words.isSpread)
    return words;
  Words result = words;
  result.isSpread = false;
  Type element = vector.getElementType();
  if (vector.getRank() == 2) {
    Type real = realOf(element);
    Words number = words;
    std::string zeros = fmt::format(
        "outer({0}(zeros({1})), {0}(zeros({2})))", elementName(real).str(),
        vector.getDimSize(0), vector.getDimSize(1));
    if (!isa<FloatType>(element))
      number.text = asReals(words, element);
    result.text =
        ofReals(fmt::format("({} + {})", zeros,
                            number.within(Binding::Product)),
                element);
    result.binding = Binding::Postfix;
    result.isLiteral = false;
    return result;
  }
  int64_t count = vector.getNumElements();
  if (count > fewFeatures && isa<FloatType>(element)) {
    std::string zeros =
        fmt::format("{}(zeros({}))", elementName(element).str(), count);
    bool isZero = words.text == "0";
    result.text =
        isZero ? zeros : zeros + " + " + words.within(Binding::Product);
    result.binding = isZero ? Binding::Postfix : Binding::Sum;
    result.isLiteral = false;
    return result;
  }
  SmallVector<std::string> all(count, words.text);
  result.text = fmt::format("[{}]", fmt::join(all, ", "));
  result.binding = Binding::Postfix;
  return result;
}

/// Features of a vector, or rows of a matrix, from `begin` on.
static std::string sliced(const std::string &from, int64_t begin, int64_t count,
                          int64_t size) {
  if (begin == 0 && count == size)
    return from;
  return fmt::format("{}[{}:{}]", from, begin, begin + count);
}

static std::string at(const std::string &from, int64_t place) {
  return fmt::format("{}[{}]", from, place);
}

namespace {
/// A subscript of a picked feature: a constant, and a place of the result or
/// none.
struct Place {
  int dim = -1;
  int64_t from = 0;

  explicit Place(AffineExpr expr) {
    if (auto sum = dyn_cast<AffineBinaryOpExpr>(expr)) {
      dim = cast<AffineDimExpr>(sum.getLHS()).getPosition();
      from = cast<AffineConstantExpr>(sum.getRHS()).getValue();
    } else if (auto place = dyn_cast<AffineDimExpr>(expr)) {
      dim = place.getPosition();
    } else {
      from = cast<AffineConstantExpr>(expr).getValue();
    }
  }
};
} // namespace

Words FormulaWriter::ofPick(kdsl::PickOp op) {
  Value source = op.getSource();
  if (of(source).isSpread)
    return of(source);
  std::string from = named(source).within(Binding::Postfix);
  ArrayRef<int64_t> shape = shapeOf(source.getType()),
                    size = shapeOf(op.getResult().getType());
  Type element = getElementTypeOrSelf(source);
  SmallVector<Place> places;
  for (AffineExpr expr : op.getMap().getResults())
    places.push_back(Place(expr));
  auto turned = [&](const std::string &matrix) {
    return ofReals("transpose(" + asReals({matrix}, element) + ")", element);
  };

  // A line of the source along one place of the result, or one feature.
  std::string line;
  int dim = -1;
  if (places.size() == 1) {
    dim = places[0].dim;
    line = dim < 0 ? at(from, places[0].from)
                   : sliced(from, places[0].from, size[dim], shape[0]);
  } else if (places[0].dim < 0) {
    dim = places[1].dim;
    line = at(from, places[0].from);
    line = dim < 0 ? at(line, places[1].from)
                   : sliced(line, places[1].from, size[dim], shape[1]);
  } else if (places[1].dim < 0) {
    dim = places[0].dim;
    line = sliced(at(turned(from), places[1].from), places[0].from, size[dim],
                  shape[0]);
  } else if (places[0].dim == places[1].dim) {
    dim = places[0].dim;
    SmallVector<std::string> diagonal;
    for (int64_t k = 0; k < size[dim]; ++k)
      diagonal.push_back(
          at(at(from, places[0].from + k), places[1].from + k));
    line = fmt::format("[{}]", fmt::join(diagonal, ", "));
  } else { // rows, then columns, perhaps exchanged
    bool isTurned = places[0].dim == 1;
    line = sliced(from, places[0].from, size[places[0].dim], shape[0]);
    if (size[places[1].dim] == shape[1])
      return {isTurned ? turned(line) : line};
    line = sliced(turned(line), places[1].from, size[places[1].dim], shape[1]);
    return {isTurned ? line : turned(line)};
  }
  Words words{line};
  words.isSpread = dim < 0;
  if (dim < 0 || size.size() == 1)
    return words;
  std::string all = ones(size[1 - dim], realOf(element)),
              reals = asReals(words, element);
  return {ofReals(dim == 0 ? fmt::format("outer({}, {})", reals, all)
                           : fmt::format("outer({}, {})", all, reals),
                  element)};
}

/// Features in order in another shape.
Words FormulaWriter::ofShape(Operation *op) {
  Value source = op->getOperand(0);
  if (of(source).isSpread)
    return of(source);
  std::string from = named(source).within(Binding::Postfix);
  ArrayRef<int64_t> shape = shapeOf(source.getType()),
                    size = shapeOf(op->getResult(0).getType());
  Type element = getElementTypeOrSelf(source);
  std::string real = elementName(realOf(element)).str();
  if (shape.size() == size.size())
    return {from};
  if (size.size() == 1) {
    SmallVector<std::string> rows;
    for (int64_t k = 0; k < shape[0]; ++k)
      rows.push_back(at(from, k));
    return {fmt::format("[{}]", fmt::join(rows, ", "))};
  }
  SmallVector<std::string> rows;
  for (int64_t k = 0; k < size[0]; ++k)
    rows.push_back(fmt::format(
        "outer({}(onehot({}, {})), {})", real, k, size[0],
        asReals({sliced(from, k * size[1], size[1], shape[0])}, element)));
  return {ofReals(fmt::format("({})", fmt::join(rows, " + ")), element)};
}

Words FormulaWriter::ofReduction(Operation *op) {
  auto reduction = cast<vector::ReductionOp>(op);
  using Kind = vector::CombiningKind;
  auto function = [&]() -> StringRef {
    switch (reduction.getKind()) {
    case Kind::ADD:
      return "sum";
    case Kind::MUL:
      return "prod";
    case Kind::MINIMUMF:
    case Kind::MINSI:
      return "min";
    case Kind::MAXIMUMF:
    case Kind::MAXSI:
      return "max";
    case Kind::OR:
      return "any";
    case Kind::AND:
      return "all";
    default:
      lines.fail(op);
      return "";
    }
  }();
  if (reduction.getAcc())
    lines.fail(op);
  return {fmt::format("{}({})", function.str(),
                      typed(reduction.getVector()).text)};
}

Words FormulaWriter::ofFeatures(Operation *op) {
  auto operand = [&](unsigned k) {
    Value value = op->getOperand(k);
    return materialized(of(value), value.getType());
  };
  auto pair = [&](StringRef function) {
    return Words{fmt::format("{}({}, {})", function.str(), operand(0).text,
                             operand(1).text)};
  };
  return llvm::TypeSwitch<Operation *, Words>(op)
      .Case([&](kdsl::DotOp dot) {
        if (dot.getLhs() == dot.getRhs())
          return Words{fmt::format("sqnorm({})", typed(dot.getLhs()).text)};
        return pair("dot");
      })
      .Case([&](kdsl::SqDistOp) { return pair("sqdist"); })
      .Case([&](kdsl::MatMulOp) {
        return Words{operand(0).within(Binding::Product) + " @ " +
                         operand(1).within(Binding::Unary),
                     Binding::Product};
      })
      .Case([&](kdsl::ConcatOp concat) {
        SmallVector<std::string> parts;
        bool isLiteral = true;
        for (unsigned k = 0; k < concat->getNumOperands(); ++k) {
          Words part = operand(k);
          isLiteral &= part.isLiteral;
          parts.push_back(part.text);
        }
        Words words{fmt::format("[{}]", fmt::join(parts, ", "))};
        words.isLiteral = isLiteral;
        return words;
      })
      .Case([&](kdsl::PlaceOp place) {
        return Words{fmt::format("{}({})",
                                 place.getLargest() ? "argmax" : "argmin",
                                 operand(0).text)};
      })
      .Case([&](kdsl::LookupOp) {
        return Words{fmt::format("{}[{}]", operand(0).within(Binding::Postfix),
                                 operand(1).text)};
      })
      .Case([&](kdsl::PickOp pick) { return ofPick(pick); })
      .Case([&](vector::ShapeCastOp) { return ofShape(op); })
      .Case([&](vector::ReductionOp) { return ofReduction(op); })
      .Case([&](vector::BroadcastOp broadcast) {
        Words words = of(broadcast.getSource());
        if (isa<VectorType>(broadcast.getSource().getType()) &&
            !words.isSpread)
          lines.fail(op);
        words.isSpread = true;
        return words;
      })
      .Case([&](vector::ExtractOp extract) {
        Words words = of(extract.getSource());
        if (words.isSpread) {
          words.isSpread = isa<VectorType>(extract.getType());
          return words;
        }
        std::string text = named(extract.getSource()).within(Binding::Postfix);
        if (!extract.getDynamicPosition().empty())
          lines.fail(op);
        for (int64_t place : extract.getStaticPosition())
          text = at(text, place);
        return Words{text};
      })
      .Case([&](vector::StepOp step) {
        SmallVector<std::string> places;
        for (int64_t k = 0; k < step.getType().getNumElements(); ++k)
          places.push_back(std::to_string(k));
        Words words{fmt::format("[{}]", fmt::join(places, ", "))};
        words.isLiteral = true;
        return words;
      })
      .Default([&](Operation *) {
        lines.fail(op);
        return Words();
      });
}

} // namespace kdslc
