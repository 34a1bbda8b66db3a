//===- KdslSyntax.cpp - the textual form of the kdsl dialect --------------===//
//
// Written so that a reduction reads as on paper:
//
//   %a = kdsl.reduce keep(%i in M) over(%j in N)
//            rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, ...)
//            fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) { ... }
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace kdsl;

//===----------------------------------------------------------------------===//
// program, size
//===----------------------------------------------------------------------===//

ParseResult ProgramOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildFunctionType = [](Builder &builder, ArrayRef<Type> arguments,
                              ArrayRef<Type> results,
                              function_interface_impl::VariadicFlag,
                              std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildFunctionType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void ProgramOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

void ProgramOp::getAsmBlockArgumentNames(Region &region,
                                         OpAsmSetValueNameFn setName) {
  for (BlockArgument argument : region.getArguments())
    if (StringRef name = argumentName(*this, argument.getArgNumber());
        !name.empty())
      setName(argument, name);
}

ParseResult SizeOp::parse(OpAsmParser &parser, OperationState &result) {
  std::string axis;
  if (parser.parseKeywordOrString(&axis) ||
      parser.parseOptionalAttrDict(result.attributes))
    return failure();
  result.addAttribute(getAxisAttrName(result.name),
                      parser.getBuilder().getStringAttr(axis));
  result.addTypes(parser.getBuilder().getIndexType());
  return success();
}

void SizeOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printKeywordOrString(getAxis());
  printer.printOptionalAttrDict((*this)->getAttrs(), {getAxisAttrName()});
}

//===----------------------------------------------------------------------===//
// each
//===----------------------------------------------------------------------===//

ParseResult EachOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument place;
  int64_t count;
  Type type;
  place.type = parser.getBuilder().getIndexType();
  if (parser.parseArgument(place) || parser.parseKeyword("in") ||
      parser.parseInteger(count) || parser.parseColonType(type) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*result.addRegion(), place))
    return failure();
  result.addAttribute(getCountAttrName(result.name),
                      parser.getBuilder().getI64IntegerAttr(count));
  result.addTypes(type);
  return success();
}

void EachOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printRegionArgument(getBody().getArgument(0), {}, true);
  printer << " in " << getCount() << " : " << getType();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           {getCountAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

void EachOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  setName(region.getArgument(0), "k");
}

//===----------------------------------------------------------------------===//
// derive
//===----------------------------------------------------------------------===//

ParseResult DeriveOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringRef mode;
  FlatSymbolRefAttr program;
  SmallVector<int64_t> wrt;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  auto parseInput = [&] { return parser.parseInteger(wrt.emplace_back()); };
  if (parser.parseKeyword(&mode) || parser.parseAttribute(program) ||
      parser.parseKeyword("wrt") ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     parseInput) ||
      parser.parseOperandList(operands, AsmParser::Delimiter::Paren) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonType(type) ||
      parser.resolveOperands(operands, type.getInputs(), loc, result.operands))
    return failure();
  result.addTypes(type.getResults());
  result.addAttribute(getModeAttrName(result.name),
                      builder.getStringAttr(mode));
  result.addAttribute(getProgramAttrName(result.name), program);
  result.addAttribute(getWrtAttrName(result.name),
                      builder.getDenseI64ArrayAttr(wrt));
  return success();
}

void DeriveOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getMode() << ' ' << getProgramAttr() << " wrt [";
  llvm::interleaveComma(getWrt(), printer);
  printer << "] (" << getInputs() << ')';
  printer.printOptionalAttrDict(
      (*this)->getAttrs(),
      {getModeAttrName(), getProgramAttrName(), getWrtAttrName()});
  printer << " : ";
  printer.printFunctionalType(getInputs().getTypes(), getResultTypes());
}

//===----------------------------------------------------------------------===//
// reduce, map: the parts they share
//===----------------------------------------------------------------------===//

namespace {
/// What the parser of a pair operation gathers before it reads the region.
struct PairSyntax {
  SmallVector<OpAsmParser::Argument> indices, rows;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> operandTypes;
  SmallVector<Attribute> subscripts;

  /// `(%i in M, ...)` after a keyword.
  ParseResult parseIndices(OpAsmParser &parser, StringRef keyword,
                           SmallVectorImpl<Attribute> &axes) {
    Builder &builder = parser.getBuilder();
    auto parseOne = [&]() -> ParseResult {
      OpAsmParser::Argument index;
      std::string axis;
      if (parser.parseArgument(index) || parser.parseKeyword("in") ||
          parser.parseKeywordOrString(&axis))
        return failure();
      index.type = builder.getIndexType();
      indices.push_back(index);
      axes.push_back(builder.getStringAttr(axis));
      return success();
    };
    return failure(
        parser.parseKeyword(keyword) ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseOne));
  }

  /// `rows(%xi = %x[%i] : !kdsl.rows<[M], f32>, ...)`.
  ParseResult parseRows(OpAsmParser &parser) {
    auto parseOne = [&]() -> ParseResult {
      OpAsmParser::Argument row;
      OpAsmParser::UnresolvedOperand operand;
      SmallVector<OpAsmParser::UnresolvedOperand> places;
      RowsType type;
      SMLoc loc = parser.getCurrentLocation();
      if (parser.parseArgument(row) || parser.parseEqual() ||
          parser.parseOperand(operand) ||
          parser.parseOperandList(places, AsmParser::Delimiter::Square) ||
          parser.parseColonType(type))
        return failure();
      SmallVector<int64_t> subscript;
      for (auto &place : places) {
        auto *found = llvm::find_if(indices, [&](auto &index) {
          return index.ssaName.name == place.name;
        });
        if (found == indices.end())
          return parser.emitError(loc, "unknown index ") << place.name;
        subscript.push_back(found - indices.begin());
      }
      row.type = type.getRow();
      rows.push_back(row);
      operands.push_back(operand);
      operandTypes.push_back(type);
      subscripts.push_back(parser.getBuilder().getDenseI64ArrayAttr(subscript));
      return success();
    };
    return failure(
        parser.parseKeyword("rows") ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseOne));
  }

  /// `schedule(...)`, attributes and the region.
  ParseResult
  parseRest(OpAsmParser &parser, OperationState &result, StringRef scheduleName,
            StringRef namesName, StringRef subscriptsName) {
    Builder &builder = parser.getBuilder();
    if (succeeded(parser.parseOptionalKeyword("schedule"))) {
      ScheduleAttr schedule;
      if (parser.parseLParen() ||
          parser.parseCustomAttributeWithFallback(
              schedule, Type(), scheduleName, result.attributes) ||
          parser.parseRParen())
        return failure();
    }
    SmallVector<OpAsmParser::Argument> arguments(indices);
    arguments.append(rows);
    SmallVector<Attribute> names;
    for (auto &argument : arguments)
      names.push_back(
          builder.getStringAttr(argument.ssaName.name.drop_front()));
    result.addAttribute(namesName, builder.getArrayAttr(names));
    result.addAttribute(subscriptsName, builder.getArrayAttr(subscripts));
    return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                   parser.resolveOperands(operands, operandTypes,
                                          parser.getNameLoc(),
                                          result.operands) ||
                   parser.parseRegion(*result.addRegion(), arguments));
  }
};

template <typename OpTy>
void printIndices(OpAsmPrinter &printer, OpTy op, StringRef keyword,
                  ArrayAttr axes, unsigned first) {
  printer << ' ' << keyword << '(';
  llvm::interleaveComma(llvm::enumerate(axes), printer, [&](auto axis) {
    printer.printRegionArgument(
        op.getBody().front().getArgument(first + axis.index()), {},
        /*omitType=*/true);
    printer << " in ";
    printer.printKeywordOrString(cast<StringAttr>(axis.value()).getValue());
  });
  printer << ')';
}

template <typename OpTy>
void printRows(OpAsmPrinter &printer, OpTy op, unsigned numIndices) {
  Block &block = op.getBody().front();
  printer << " rows(";
  llvm::interleaveComma(llvm::enumerate(op.getRows()), printer, [&](auto row) {
    printer.printRegionArgument(block.getArgument(numIndices + row.index()), {},
                                /*omitType=*/true);
    printer << " = " << row.value() << '[';
    llvm::interleaveComma(
        op.getSubscript(row.index()), printer,
        [&](int64_t index) { printer << block.getArgument(index); });
    printer << "] : " << row.value().getType();
  });
  printer << ')';
}

template <typename OpTy>
void printRest(OpAsmPrinter &printer, OpTy op, ArrayRef<StringRef> elided) {
  if (ScheduleAttr schedule = op.getScheduleAttr())
    printer << " schedule(" << schedule << ')';
  printer.printOptionalAttrDictWithKeyword(op->getAttrs(), elided);
  printer << ' ';
  printer.printRegion(op.getBody(), /*printEntryBlockArgs=*/false);
}

void nameArguments(Region &region, ArrayAttr names,
                   OpAsmSetValueNameFn setName) {
  for (auto [argument, name] : llvm::zip(region.getArguments(), names))
    setName(argument, cast<StringAttr>(name).getValue());
}
} // namespace

//===----------------------------------------------------------------------===//
// reduce
//===----------------------------------------------------------------------===//

ParseResult ReduceOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  OperationName name = result.name;
  PairSyntax syntax;
  SmallVector<Attribute> keep, over, states, projections;
  SmallVector<int64_t> resultStates;
  auto parseState = [&]() -> ParseResult {
    return parser.parseAttribute(states.emplace_back());
  };
  auto parseResult = [&]() -> ParseResult {
    StringRef projection;
    Type type;
    if (parser.parseKeyword(&projection) || parser.parseKeyword("of") ||
        parser.parseInteger(resultStates.emplace_back()) ||
        parser.parseColonType(type))
      return failure();
    projections.push_back(builder.getStringAttr(projection));
    result.addTypes(type);
    return success();
  };
  SmallVector<OpAsmParser::UnresolvedOperand, 1> ranges;
  SmallVector<Type, 1> rangesType;
  auto parseRanges = [&]() -> ParseResult {
    if (failed(parser.parseOptionalKeyword("within")))
      return success();
    return failure(parser.parseLParen() ||
                   parser.parseOperand(ranges.emplace_back()) ||
                   parser.parseColonType(rangesType.emplace_back()) ||
                   parser.parseRParen());
  };
  if (syntax.parseIndices(parser, "keep", keep) ||
      syntax.parseIndices(parser, "over", over) || parseRanges() ||
      syntax.parseRows(parser) || parser.parseKeyword("fold") ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseState) ||
      parser.parseArrow() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseResult))
    return failure();
  result.addAttribute(getKeepAttrName(name), builder.getArrayAttr(keep));
  result.addAttribute(getOverAttrName(name), builder.getArrayAttr(over));
  result.addAttribute(getStatesAttrName(name), builder.getArrayAttr(states));
  result.addAttribute(getProjectionsAttrName(name),
                      builder.getArrayAttr(projections));
  result.addAttribute(getResultStatesAttrName(name),
                      builder.getDenseI64ArrayAttr(resultStates));
  result.getOrAddProperties<ReduceOp::Properties>().operandSegmentSizes = {
      int32_t(syntax.operands.size()), int32_t(ranges.size())};
  return failure(
      syntax.parseRest(parser, result, getScheduleAttrName(name),
                       getNamesAttrName(name), getSubscriptsAttrName(name)) ||
      parser.resolveOperands(ranges, rangesType, parser.getNameLoc(),
                             result.operands));
}

void ReduceOp::print(OpAsmPrinter &printer) {
  printIndices(printer, *this, "keep", getKeep(), 0);
  printIndices(printer, *this, "over", getOver(), getKeep().size());
  if (getRanges())
    printer << " within(" << getRanges() << " : " << getRanges().getType()
            << ')';
  printRows(printer, *this, getKeep().size() + getOver().size());
  printer << " fold(";
  llvm::interleaveComma(getStates(), printer);
  printer << ") -> (";
  llvm::interleaveComma(llvm::seq(getNumResults()), printer, [&](unsigned r) {
    printer << cast<StringAttr>(getProjections()[r]).getValue() << " of "
            << getResultStates()[r] << " : " << getResult(r).getType();
  });
  printer << ')';
  printRest(printer, *this,
            {getKeepAttrName(), getOverAttrName(), getSubscriptsAttrName(),
             getStatesAttrName(), getResultStatesAttrName(),
             getProjectionsAttrName(), getNamesAttrName(),
             getScheduleAttrName(), "operandSegmentSizes"});
}

void ReduceOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  nameArguments(region, getNames(), setName);
}

//===----------------------------------------------------------------------===//
// map
//===----------------------------------------------------------------------===//

ParseResult MapOp::parse(OpAsmParser &parser, OperationState &result) {
  PairSyntax syntax;
  SmallVector<Attribute> keep;
  if (syntax.parseIndices(parser, "keep", keep) || syntax.parseRows(parser) ||
      parser.parseArrow() || parser.parseLParen() ||
      parser.parseTypeList(result.types) || parser.parseRParen())
    return failure();
  result.addAttribute(getKeepAttrName(result.name),
                      parser.getBuilder().getArrayAttr(keep));
  return syntax.parseRest(parser, result, getScheduleAttrName(result.name),
                          getNamesAttrName(result.name),
                          getSubscriptsAttrName(result.name));
}

void MapOp::print(OpAsmPrinter &printer) {
  printIndices(printer, *this, "keep", getKeep(), 0);
  printRows(printer, *this, getKeep().size());
  printer << " -> (" << getResultTypes() << ')';
  printRest(printer, *this,
            {getKeepAttrName(), getSubscriptsAttrName(), getNamesAttrName(),
             getScheduleAttrName()});
}

void MapOp::getAsmBlockArgumentNames(Region &region,
                                     OpAsmSetValueNameFn setName) {
  nameArguments(region, getNames(), setName);
}
