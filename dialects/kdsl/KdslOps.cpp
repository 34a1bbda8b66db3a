//===- KdslOps.cpp - verifiers and accessors of the kdsl dialect ----------===//

#include "dialects/kdsl/Kdsl.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace kdsl;

#define GET_OP_CLASSES
#include "dialects/kdsl/KdslOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Accessors
//===----------------------------------------------------------------------===//

StringRef kdsl::argumentName(FunctionOpInterface program, unsigned position) {
  auto name = program.getArgAttrOfType<StringAttr>(position, "kdsl.name");
  return name ? name.getValue() : StringRef();
}

StringRef kdsl::resultName(FunctionOpInterface program, unsigned position) {
  auto name = program.getResultAttrOfType<StringAttr>(position, "kdsl.name");
  return name ? name.getValue() : StringRef();
}

static ArrayRef<int64_t> subscriptOf(ArrayAttr subscripts, unsigned operand) {
  return cast<DenseI64ArrayAttr>(subscripts[operand]).asArrayRef();
}

ArrayRef<int64_t> ReduceOp::getSubscript(unsigned operand) {
  return subscriptOf(getSubscripts(), operand);
}
ArrayRef<int64_t> MapOp::getSubscript(unsigned operand) {
  return subscriptOf(getSubscripts(), operand);
}

YieldOp ReduceOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}
YieldOp MapOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

ReductionAttrInterface ReduceOp::getState(unsigned state) {
  return cast<ReductionAttrInterface>(getStates()[state]);
}

YieldOp EachOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

/// Those of one state among what is yielded for all.
static OperandRange ofState(ReduceOp reduce, OperandRange yielded,
                            unsigned state) {
  unsigned first = 0;
  for (unsigned s = 0; s < state; ++s)
    first += reduce.getState(s).getNumValues();
  return yielded.slice(first, reduce.getState(state).getNumValues());
}

OperandRange ReduceOp::getValues(unsigned state) {
  return ofState(*this, getYield().getValues(), state);
}

OperandRange ReduceOp::getTurned(unsigned state) {
  return ofState(*this, getYield().getTurned(), state);
}

bool ReduceOp::hasTurned() { return !getYield().getTurned().empty(); }

void ReduceOp::dropTurned() {
  getYield().getTurnedMutable().clear();
  Block &block = getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  unsigned indices = block.getNumArguments() - getRows().size();
  SmallVector<Attribute> subscripts(getSubscripts().getValue());
  SmallVector<Attribute> names(getNames().getValue());
  while (!getRows().empty() && block.getArguments().back().use_empty()) {
    getRowsMutable().erase(getRows().size() - 1);
    block.eraseArgument(block.getNumArguments() - 1);
    subscripts.pop_back();
    names.pop_back();
  }
  assert(block.getNumArguments() == indices + getRows().size());
  (void)indices;
  setSubscriptsAttr(ArrayAttr::get(getContext(), subscripts));
  setNamesAttr(ArrayAttr::get(getContext(), names));
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

/// What reduce and map share: the block holds the indices, then the rows.
static LogicalResult verifyPairBlock(Operation *op, Block &block,
                                     OperandRange rows, ArrayAttr keep,
                                     ArrayAttr over, ArrayAttr subscripts,
                                     ArrayAttr names) {
  SmallVector<StringAttr> axes;
  for (Attribute axis : keep)
    axes.push_back(cast<StringAttr>(axis));
  if (over)
    for (Attribute axis : over)
      axes.push_back(cast<StringAttr>(axis));
  if (block.getNumArguments() != axes.size() + rows.size() ||
      names.size() != block.getNumArguments())
    return op->emitOpError("the block has ")
           << block.getNumArguments() << " arguments, expected "
           << axes.size() << " indices and " << rows.size() << " rows";
  for (unsigned k = 0; k < axes.size(); ++k)
    if (!block.getArgument(k).getType().isIndex())
      return op->emitOpError("block argument ") << k << " is not an index";
  if (subscripts.size() != rows.size())
    return op->emitOpError("has ") << subscripts.size() << " subscripts for "
                                   << rows.size() << " row operands";
  for (unsigned r = 0; r < rows.size(); ++r) {
    auto type = cast<RowsType>(rows[r].getType());
    auto subscript = dyn_cast<DenseI64ArrayAttr>(subscripts[r]);
    if (!subscript || subscript.size() != int64_t(type.getAxes().size()))
      return op->emitOpError("row operand ")
             << r << " has " << type.getAxes().size()
             << " axes and another number of subscripts";
    for (auto [position, axis] :
         llvm::zip(subscript.asArrayRef(), type.getAxes()))
      if (position < 0 || position >= int64_t(axes.size()) ||
          axes[position] != axis)
        return op->emitOpError("row operand ")
               << r << " is subscripted by an index that does not range over "
               << axis;
    if (block.getArgument(axes.size() + r).getType() != type.getRow())
      return op->emitOpError("row operand ")
             << r << " has rows of type " << type.getRow()
             << ", the block expects "
             << block.getArgument(axes.size() + r).getType();
  }
  return success();
}

static LogicalResult verifyResultAxes(Operation *op, ArrayAttr keep) {
  for (Type type : op->getResultTypes())
    if (!llvm::equal(cast<RowsType>(type).getAxes(),
                     keep.getAsRange<StringAttr>()))
      return op->emitOpError("result type ")
             << type << " does not have the kept axes";
  return success();
}

LogicalResult TurnedOp::verify() {
  RangesType from = getRanges().getType(), to = getResult().getType();
  if (from.getKept() != to.getReduced() || from.getReduced() != to.getKept())
    return emitOpError("turns ") << from << " into " << to
                                 << ", whose axes are not exchanged";
  return success();
}

OpFoldResult TurnedOp::fold(FoldAdaptor) {
  auto inner = getRanges().getDefiningOp<TurnedOp>();
  return inner ? inner.getRanges() : OpFoldResult();
}

LogicalResult ReduceOp::verify() {
  Block &block = getBody().front();
  if (failed(verifyPairBlock(*this, block, getRows(), getKeep(), getOver(),
                             getSubscripts(), getNames())) ||
      failed(verifyResultAxes(*this, getKeep())))
    return failure();
  if (getOver().size() != 1)
    return emitOpError("reduces over one axis, got ") << getOver().size();
  if (getRanges()) {
    RangesType ranges = getRanges().getType();
    if (getKeep().empty() || getKeep().getValue().back() != ranges.getKept() ||
        getOver()[0] != ranges.getReduced())
      return emitOpError("is within ")
             << ranges << ", which is not of its last kept and its reduced axis";
  }
  if (!isa<YieldOp>(block.getTerminator()))
    return emitOpError("the body ends in kdsl.yield");

  unsigned values = 0;
  for (Attribute state : getStates()) {
    auto reduction = dyn_cast<ReductionAttrInterface>(state);
    if (!reduction)
      return emitOpError("folds ") << state << ", which is not a reduction";
    values += reduction.getNumValues();
  }
  YieldOp yield = getYield();
  if (yield.getValues().size() != values)
    return emitOpError("the states take ")
           << values << " values, the body yields " << yield.getValues().size();
  if (hasTurned() && !llvm::equal(yield.getTurned().getTypes(),
                                  yield.getValues().getTypes()))
    return emitOpError("yields other types for the exchanged pair");
  if (hasTurned() && (getKeep().empty() || getKeep().getValue().back() !=
                                               getOver().getValue().front()))
    return emitOpError("exchanges rows of two axes");
  if (!yield.getMasks().empty() &&
      yield.getMasks().size() != getStates().size())
    return emitOpError("yields ") << yield.getMasks().size()
                                  << " predicates for " << getStates().size()
                                  << " states; expected none or one each";

  if (getResultStates().size() != getNumResults() ||
      getProjections().size() != getNumResults())
    return emitOpError("every result names its state and its projection");
  for (unsigned r = 0; r < getNumResults(); ++r) {
    int64_t state = getResultStates()[r];
    StringRef projection = cast<StringAttr>(getProjections()[r]).getValue();
    if (state < 0 || state >= int64_t(getStates().size()))
      return emitOpError("result ") << r << " reads state " << state << " of "
                                    << getStates().size();
    ReductionAttrInterface reduction = getState(state);
    SmallVector<Type> elements;
    for (Value value : getValues(state))
      elements.push_back(featureElement(value.getType()));
    if (auto expected = reduction.checkValues(elements))
      return emitOpError() << getStates()[state] << " takes " << *expected
                           << ", got " << elements.front();
    if (!llvm::is_contained(reduction.getProjections(), projection))
      return emitOpError() << getStates()[state] << " has no projection '"
                           << projection << "'";
    auto row = cast<RowsType>(getResult(r).getType());
    Type element = reduction.getResultElement(projection, elements);
    TypeRange values = getValues(state).getTypes();
    for (unsigned v = 0; v < reduction.getNumShared(); ++v)
      if (isa<VectorType>(values[v]))
        return emitOpError() << getStates()[state] << " takes a number for "
                             << "all its components, got " << values[v];
    int64_t width =
        reduction.isShared(projection) ? 1 : reduction.getWidth(values);
    for (unsigned v = reduction.getNumShared(); v < values.size(); ++v)
      if (featureCount(values[v]) != reduction.getWidth(values))
        return emitOpError()
               << getStates()[state] << " takes values of one width, got "
               << values[v] << " for " << reduction.getWidth(values);
    if (row.getElement() != element || row.getWidth() != width)
      return emitOpError("result ")
             << r << " has rows of " << row.getRow() << ", the state gives "
             << width << " of " << element;
  }
  return success();
}

LogicalResult MapOp::verify() {
  Block &block = getBody().front();
  if (failed(verifyPairBlock(*this, block, getRows(), getKeep(), {},
                             getSubscripts(), getNames())) ||
      failed(verifyResultAxes(*this, getKeep())))
    return failure();
  if (!isa<YieldOp>(block.getTerminator()))
    return emitOpError("the body ends in kdsl.yield");
  YieldOp yield = getYield();
  if (yield.getValues().size() != getNumResults() ||
      !yield.getMasks().empty() || !yield.getTurned().empty())
    return emitOpError("yields one value for each result and no predicate");
  for (auto [value, result] : llvm::zip(yield.getValues(), getResults()))
    if (value.getType() != cast<RowsType>(result.getType()).getRow())
      return emitOpError("yields ") << value.getType() << " for a result of "
                                    << result.getType();
  return success();
}

LogicalResult EachOp::verify() {
  Block &block = getBody().front();
  if (block.getNumArguments() != 1 || !block.getArgument(0).getType().isIndex())
    return emitOpError("the block takes the place and nothing else");
  if (!isa<YieldOp>(block.getTerminator()))
    return emitOpError("the body ends in kdsl.yield");
  YieldOp yield = getYield();
  if (yield.getValues().size() != 1 || !yield.getMasks().empty() ||
      !yield.getTurned().empty())
    return emitOpError("yields one value and no predicate");
  Type value = yield.getValues().front().getType();
  if (featureElement(value) != getType().getElementType() ||
      featureCount(value) * int64_t(getCount()) != getType().getNumElements())
    return emitOpError("joins ")
           << getCount() << " of " << value << " into " << getType();
  return success();
}

LogicalResult ReturnOp::verify() {
  auto program = cast<ProgramOp>((*this)->getParentOp());
  if (!llvm::equal(getOperandTypes(), program.getResultTypes()))
    return emitOpError("returns other types than the program declares");
  return success();
}

/// What a program gives for an argument of this type.
static RowsType asResult(Type type) {
  auto rows = dyn_cast<RowsType>(type);
  return rows ? rows : RowsType::get(type.getContext(), {}, type);
}

/// What a program takes for a result of this type: one row is a parameter.
static Type asArgument(Type type) {
  auto rows = cast<RowsType>(type);
  return rows.getAxes().empty() ? rows.getRow() : type;
}

LogicalResult DeriveOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto program =
      symbols.lookupNearestSymbolFrom<ProgramOp>(*this, getProgramAttr());
  if (!program)
    return emitOpError("derives ") << getProgramAttr()
                                   << ", which is not a program";
  if (getMode() != "grad" && getMode() != "vjp" && getMode() != "jvp")
    return emitOpError("has the mode '")
           << getMode() << "', expected grad, vjp or jvp";
  auto isReal = [](RowsType type) {
    return isa<FloatType>(type.getElement());
  };
  SmallVector<Type> inputs(program.getArgumentTypes()), results, derivatives;
  size_t own = inputs.size();
  if (getMode() != "vjp")
    llvm::append_range(results, program.getResultTypes());
  for (int64_t input : getWrt()) {
    if (input < 0 || input >= int64_t(own) ||
        isa<RangesType>(inputs[input]) || !isReal(asResult(inputs[input])))
      return emitOpError("derives in input ")
             << input << ", which is not a real input of the program";
    if (getMode() == "jvp")
      inputs.push_back(inputs[input]);
    else
      derivatives.push_back(asResult(inputs[input]));
  }
  for (Type type : program.getResultTypes()) {
    if (!isReal(cast<RowsType>(type)))
      continue;
    if (getMode() == "jvp")
      derivatives.push_back(type);
    else if (getMode() == "vjp")
      inputs.push_back(asArgument(type));
  }
  llvm::append_range(results, derivatives);
  if (!llvm::equal(getInputs().getTypes(), inputs))
    return emitOpError("takes operands of other types than the program's "
                       "inputs and derivatives");
  if (!llvm::equal(getResultTypes(), results))
    return emitOpError("has other results than the program's outputs and "
                       "derivatives");
  return success();
}

LogicalResult ConcatOp::verify() {
  int64_t count = 0;
  for (Value part : getParts()) {
    if (featureElement(part.getType()) != getType().getElementType())
      return emitOpError("joins ") << part.getType() << " into " << getType();
    count += featureCount(part.getType());
  }
  if (count != getType().getNumElements())
    return emitOpError("joins ") << count << " features into " << getType();
  return success();
}
