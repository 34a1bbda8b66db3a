//===- KdslAttrs.cpp - types and attributes of the kdsl dialect -----------===//

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace kdsl;

#include "dialects/kdsl/KdslInterfaces.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/kdsl/KdslTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kdsl/KdslAttrs.cpp.inc"

void KdslDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/kdsl/KdslTypes.cpp.inc"
      >();
}

void KdslDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/kdsl/KdslAttrs.cpp.inc"
      >();
}

Type kdsl::featureElement(Type type) { return getElementTypeOrSelf(type); }

int64_t kdsl::featureCount(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 1;
}

Value kdsl::constantOf(OpBuilder &builder, Location loc, Type type,
                       double value) {
  Type element = featureElement(type);
  TypedAttr number =
      isa<FloatType>(element)
          ? TypedAttr(FloatAttr::get(element, value))
          : TypedAttr(IntegerAttr::get(element, int64_t(value)));
  if (auto shaped = dyn_cast<ShapedType>(type))
    number = DenseElementsAttr::get(shaped, number);
  return arith::ConstantOp::create(builder, loc, number);
}

Value kdsl::powerOf(OpBuilder &builder, Location loc, Value x, int64_t n) {
  Type type = featureElement(x.getType());
  bool isReal = isa<FloatType>(type);
  if (isReal)
    type = builder.getI64Type();
  TypedAttr number = builder.getIntegerAttr(type, n);
  if (auto vector = dyn_cast<VectorType>(x.getType()))
    number = DenseElementsAttr::get(vector.clone(type), Attribute(number));
  Value exponent = arith::ConstantOp::create(builder, loc, number);
  if (isReal)
    return math::FPowIOp::create(builder, loc, x, exponent);
  return math::IPowIOp::create(builder, loc, x, exponent);
}

std::optional<double> kdsl::numberOf(Value value) {
  if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(attribute);
  return number ? std::optional(number.getValueAsDouble()) : std::nullopt;
}

Type RowsType::getElement() const { return featureElement(getRow()); }
int64_t RowsType::getWidth() const { return featureCount(getRow()); }

LogicalResult RowsType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<StringAttr>, Type row) {
  auto vector = dyn_cast<VectorType>(row);
  if (vector && (vector.getRank() < 1 || vector.getRank() > 2 ||
                 vector.isScalable()))
    return emitError() << "a row is a number, a vector or a matrix, not "
                       << row;
  Type element = getElementTypeOrSelf(row);
  if (!isa<FloatType>(element) && !element.isSignlessInteger())
    return emitError() << "a row holds floats or signless integers, not "
                       << row;
  return success();
}

Type RowsType::parse(AsmParser &parser) {
  SmallVector<StringAttr> axes;
  Type row;
  auto parseAxis = [&]() -> ParseResult {
    std::string name;
    if (parser.parseKeywordOrString(&name))
      return failure();
    axes.push_back(parser.getBuilder().getStringAttr(name));
    return success();
  };
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseAxis) ||
      parser.parseComma() || parser.parseType(row) || parser.parseGreater())
    return {};
  return parser.getChecked<RowsType>(parser.getContext(), axes, row);
}

void RowsType::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getAxes(), printer, [&](StringAttr axis) {
    printer.printKeywordOrString(axis.getValue());
  });
  printer << "], " << getRow() << ">";
}

Type RangesType::parse(AsmParser &parser) {
  std::string kept, reduced;
  if (parser.parseLess() || parser.parseKeywordOrString(&kept) ||
      parser.parseComma() || parser.parseKeywordOrString(&reduced) ||
      parser.parseGreater())
    return {};
  Builder &builder = parser.getBuilder();
  return RangesType::get(parser.getContext(), builder.getStringAttr(kept),
                         builder.getStringAttr(reduced));
}

void RangesType::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printKeywordOrString(getKept().getValue());
  printer << ", ";
  printer.printKeywordOrString(getReduced().getValue());
  printer << '>';
}
