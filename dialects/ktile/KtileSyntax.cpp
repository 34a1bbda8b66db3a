//===- KtileSyntax.cpp - the textual form of the ktile dialect ------------===//

#include "dialects/ktile/Ktile.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace ktile;

/// A region whose entry block has these arguments.
static ParseResult parseBody(OpAsmParser &parser, OperationState &result,
                             ArrayRef<OpAsmParser::Argument> arguments) {
  return parser.parseRegion(*result.addRegion(), arguments);
}

static ParseResult parseIndexArgument(OpAsmParser &parser,
                                      OpAsmParser::Argument &argument) {
  if (parser.parseArgument(argument))
    return failure();
  argument.type = parser.getBuilder().getIndexType();
  return success();
}

static ParseResult parseIntegerAttr(OpAsmParser &parser, OperationState &result,
                                    StringAttr name) {
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  result.addAttribute(name, parser.getBuilder().getI64IntegerAttr(value));
  return success();
}

/// i for the rows of a grid, j and states for a sweep, d and e for features.
static void nameArguments(Region &region, StringRef first,
                          OpAsmSetValueNameFn setName) {
  for (BlockArgument argument : region.getArguments())
    setName(argument, argument.getArgNumber() == 0 ? first : "s");
}

void GridOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  for (BlockArgument batch : getBatch())
    setName(batch, "b");
  if (Value row = getTileRow())
    setName(row, "i");
}

void SweepOp::getAsmBlockArgumentNames(Region &region,
                                       OpAsmSetValueNameFn setName) {
  nameArguments(region, "j", setName);
}

void ContractOp::getAsmBlockArgumentNames(Region &region,
                                          OpAsmSetValueNameFn setName) {
  nameArguments(region, "d", setName);
}

void FoldOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  nameArguments(region, "e", setName);
}

void PutOp::getAsmBlockArgumentNames(Region &region,
                                     OpAsmSetValueNameFn setName) {
  nameArguments(region, "e", setName);
}

//===----------------------------------------------------------------------===//
// grid
//===----------------------------------------------------------------------===//

ParseResult GridOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<Attribute> axes;
  kdsl::ScheduleAttr schedule;
  auto parseAxis = [&]() -> ParseResult {
    std::string axis;
    if (parseIndexArgument(parser, arguments.emplace_back()) ||
        parser.parseKeyword("in") || parser.parseKeywordOrString(&axis))
      return failure();
    axes.push_back(parser.getBuilder().getStringAttr(axis));
    return success();
  };
  if (succeeded(parser.parseOptionalKeyword("over")) &&
      parser.parseCommaSeparatedList(parseAxis))
    return failure();
  result.addAttribute(getAxesAttrName(result.name),
                      parser.getBuilder().getArrayAttr(axes));
  return failure(parser.parseKeyword("schedule") || parser.parseLParen() ||
                 parser.parseCustomAttributeWithFallback(
                     schedule, Type(), getScheduleAttrName(result.name),
                     result.attributes) ||
                 parser.parseRParen() || parser.parseArrow() ||
                 parser.parseLParen() || parser.parseTypeList(result.types) ||
                 parser.parseRParen() ||
                 parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parseBody(parser, result, arguments));
}

void GridOp::print(OpAsmPrinter &printer) {
  if (!getAxes().empty())
    printer << " over ";
  llvm::interleaveComma(
      llvm::zip(getBody().getArguments(), getAxes().getAsRange<StringAttr>()),
      printer, [&](auto axis) {
        printer.printRegionArgument(std::get<0>(axis), {}, true);
        printer << " in ";
        printer.printKeywordOrString(std::get<1>(axis).getValue());
      });
  printer << " schedule(" << getScheduleAttr() << ") -> (" << getResultTypes()
          << ')';
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getAxesAttrName(), getScheduleAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// sweep
//===----------------------------------------------------------------------===//

ParseResult SweepOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument row;
  OpAsmParser::UnresolvedOperand from, to;
  SmallVector<OpAsmParser::Argument> arguments(1);
  SmallVector<OpAsmParser::UnresolvedOperand> inits;
  SmallVector<Type> types;
  Type index = parser.getBuilder().getIndexType();
  SmallVector<OpAsmParser::UnresolvedOperand> near, ranges;
  SmallVector<Type> rangesType;
  auto parseLimits = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalKeyword("near")) &&
        parser.parseOperandList(near, 4, AsmParser::Delimiter::Paren))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("in")) &&
        (parser.parseOperand(ranges.emplace_back()) ||
         parser.parseColonType(rangesType.emplace_back())))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("first")) &&
        (parseIntegerAttr(parser, result, getFirstAttrName(result.name)) ||
         parser.parseKeyword("of") ||
         parseIntegerAttr(parser, result, getOfAttrName(result.name))))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("filtered")))
      result.addAttribute(getFilteredAttrName(result.name),
                          parser.getBuilder().getUnitAttr());
    if (succeeded(parser.parseOptionalKeyword("ordered")))
      result.addAttribute(getOrderedAttrName(result.name),
                          parser.getBuilder().getUnitAttr());
    return success();
  };
  if (parseIndexArgument(parser, arguments[0]) || parser.parseKeyword("from") ||
      parser.parseOperand(from) || parser.parseKeyword("to") ||
      parser.parseOperand(to) || parseLimits() ||
      parser.parseKeyword("group") ||
      parseIntegerAttr(parser, result, getGroupAttrName(result.name)) ||
      parser.parseKeyword("block") ||
      parseIntegerAttr(parser, result, getBlockAttrName(result.name)) ||
      parser.parseKeyword("init") ||
      parser.parseAssignmentList(arguments, inits) || parser.parseColon() ||
      parser.parseLParen() || parser.parseTypeList(types) ||
      parser.parseRParen() ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  if (types.size() != inits.size())
    return parser.emitError(parser.getNameLoc(), "expected ")
           << inits.size() << " state types";
  for (auto [argument, type] :
       llvm::zip(MutableArrayRef(arguments).drop_front(), types))
    argument.type = type;
  result.addTypes(types);
  result.getOrAddProperties<SweepOp::Properties>().operandSegmentSizes = {
      1, 1, int32_t(near.size()), int32_t(ranges.size()),
      int32_t(inits.size())};
  return failure(parser.resolveOperand(from, index, result.operands) ||
                 parser.resolveOperand(to, index, result.operands) ||
                 parser.resolveOperands(near, parser.getBuilder().getI64Type(),
                                        result.operands) ||
                 parser.resolveOperands(ranges, rangesType, parser.getNameLoc(),
                                        result.operands) ||
                 parser.resolveOperands(inits, types, parser.getNameLoc(),
                                        result.operands) ||
                 parseBody(parser, result, arguments));
}

void SweepOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printRegionArgument(getRow(), {}, true);
  printer << " from " << getFrom() << " to " << getTo();
  if (!getBand().empty())
    printer << " near(" << getBand() << ')';
  if (getRanges())
    printer << " in " << getRanges() << " : " << getRanges().getType();
  if (getFirst())
    printer << " first " << *getFirst() << " of " << *getOf();
  if (getFiltered())
    printer << " filtered";
  if (getOrdered())
    printer << " ordered";
  printer << " group " << getGroup() << " block " << getBlock() << " init(";
  llvm::interleaveComma(llvm::enumerate(getInits()), printer, [&](auto init) {
    printer.printRegionArgument(getBody().getArgument(1 + init.index()), {},
                                true);
    printer << " = " << init.value();
  });
  printer << ") : (" << getResultTypes() << ')';
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getGroupAttrName(), getBlockAttrName(), getFirstAttrName(),
       getOfAttrName(), getFilteredAttrName(), getOrderedAttrName(),
       "operandSegmentSizes"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// load, finish
//===----------------------------------------------------------------------===//

ParseResult LoadOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand rows;
  SmallVector<OpAsmParser::UnresolvedOperand> places;
  kdsl::RowsType type;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperand(rows) ||
      parser.parseOperandList(places, AsmParser::Delimiter::Square) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonType(type) ||
      parser.resolveOperand(rows, type, result.operands) ||
      parser.resolveOperands(places, parser.getBuilder().getIndexType(),
                             result.operands))
    return failure();
  auto axes = int32_t(type.getAxes().size());
  int32_t hasFeature = int32_t(places.size()) - axes;
  if (hasFeature < 0 || hasFeature > 1)
    return parser.emitError(loc, "expected ")
           << axes << " row indices and perhaps a feature";
  result.getOrAddProperties<LoadOp::Properties>().operandSegmentSizes = {
      1, axes, hasFeature};
  result.addTypes(type.getElement());
  return success();
}

void LoadOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getRows() << '[';
  llvm::interleaveComma(getOperands().drop_front(), printer);
  printer << ']';
  printer.printOptionalAttrDict((*this)->getAttrs(), {"operandSegmentSizes"});
  printer << " : " << getRows().getType();
}

ParseResult FinishOp::parse(OpAsmParser &parser, OperationState &result) {
  StringRef projection;
  OpAsmParser::UnresolvedOperand state;
  SmallVector<OpAsmParser::UnresolvedOperand> component;
  StateType type;
  if (parser.parseKeyword(&projection) || parser.parseKeyword("of") ||
      parser.parseOperand(state) ||
      parser.parseOperandList(component,
                              AsmParser::Delimiter::OptionalSquare) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonType(type) ||
      parser.resolveOperand(state, type, result.operands) ||
      parser.resolveOperands(component, parser.getBuilder().getIndexType(),
                             result.operands))
    return failure();
  result.addAttribute(getProjectionAttrName(result.name),
                      parser.getBuilder().getStringAttr(projection));
  result.addTypes(
      type.getInterface().getResultElement(projection, type.getElements()));
  return success();
}

void FinishOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getProjection() << " of " << getState();
  if (getComponent())
    printer << '[' << getComponent() << ']';
  printer.printOptionalAttrDict((*this)->getAttrs(), {getProjectionAttrName()});
  printer << " : " << getState().getType();
}

//===----------------------------------------------------------------------===//
// contract, fold, put: bodies of one feature
//===----------------------------------------------------------------------===//

ParseResult ContractOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument feature;
  OpAsmParser::UnresolvedOperand init;
  StringRef kind;
  Type type;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&kind))
    return failure();
  auto combining = vector::symbolizeCombiningKind(kind);
  if (!combining)
    return parser.emitError(loc, "unknown combining kind '") << kind << "'";
  result.addAttribute(
      getKindAttrName(result.name),
      vector::CombiningKindAttr::get(parser.getContext(), *combining));
  if (parseIndexArgument(parser, feature) || parser.parseKeyword("in") ||
      parseIntegerAttr(parser, result, getSizeAttrName(result.name)) ||
      parser.parseKeyword("from") || parser.parseOperand(init) ||
      parser.parseColonType(type) ||
      parser.resolveOperand(init, type, result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addTypes(type);
  return parseBody(parser, result, feature);
}

void ContractOp::print(OpAsmPrinter &printer) {
  printer << ' ' << vector::stringifyCombiningKind(getKind()) << ' ';
  printer.printRegionArgument(getBody().getArgument(0), {}, true);
  printer << " in " << getSize() << " from " << getInit() << " : "
          << getInit().getType();
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getKindAttrName(), getSizeAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult FoldOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument component;
  OpAsmParser::UnresolvedOperand state, mask;
  StateType type;
  if (parser.parseOperand(state))
    return failure();
  bool masked = succeeded(parser.parseOptionalKeyword("where"));
  if ((masked && parser.parseOperand(mask)) || parser.parseKeyword("for") ||
      parseIndexArgument(parser, component) || parser.parseColonType(type) ||
      parser.resolveOperand(state, type, result.operands) ||
      (masked &&
       parser.resolveOperand(mask, parser.getBuilder().getI1Type(),
                             result.operands)) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addTypes(type);
  if (parseBody(parser, result, component))
    return failure();
  if (failed(parser.parseOptionalKeyword("turned"))) {
    result.addRegion();
    return success();
  }
  OpAsmParser::Argument other;
  return failure(parseIndexArgument(parser, other) ||
                 parseBody(parser, result, other));
}

void FoldOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getState();
  if (getMask())
    printer << " where " << getMask();
  printer << " for ";
  printer.printRegionArgument(getBody().getArgument(0), {}, true);
  printer << " : " << getState().getType();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  if (getTurned().empty())
    return;
  printer << " turned ";
  printer.printRegionArgument(getTurned().getArgument(0), {}, true);
  printer << ' ';
  printer.printRegion(getTurned(), /*printEntryBlockArgs=*/false);
}

ParseResult PutOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument feature;
  return failure(parseIntegerAttr(parser, result,
                                  getResultAttrName(result.name)) ||
                 parseIndexArgument(parser, feature) ||
                 parser.parseKeyword("in") ||
                 parseIntegerAttr(parser, result,
                                  getSizeAttrName(result.name)) ||
                 parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parseBody(parser, result, feature));
}

void PutOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getResult() << ' ';
  printer.printRegionArgument(getBody().getArgument(0), {}, true);
  printer << " in " << getSize();
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getResultAttrName(), getSizeAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
