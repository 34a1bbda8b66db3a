//===- EmitKdsl.cpp - checked programs to the kdsl dialect ----------------===//

#include "compiler/frontend/EmitKdsl.h"
#include "compiler/frontend/EmitProgram.h"
#include "compiler/frontend/LabelBounds.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

namespace kdslc {

bool isRowLeaf(const Expr &expr) {
  return expr.kind == ExprKind::Reduce ||
         (expr.kind == ExprKind::Input && !expr.subscripts.empty());
}

/// Formulas may be long chains, so nothing recurses.
std::vector<const Expr *> postorder(ArrayRef<const Expr *> roots) {
  std::vector<const Expr *> order;
  llvm::SmallPtrSet<const Expr *, 32> done;
  SmallVector<std::pair<const Expr *, unsigned>> stack;
  for (const Expr *root : roots) {
    stack.push_back({root, 0});
    while (!stack.empty()) {
      auto &[expr, next] = stack.back();
      if (done.count(expr)) {
        stack.pop_back();
      } else if (expr->kind != ExprKind::Reduce && next < expr->args.size()) {
        const Expr *argument = expr->args[next++];
        stack.push_back({argument, 0});
      } else {
        done.insert(expr);
        order.push_back(expr);
        stack.pop_back();
      }
    }
  }
  return order;
}

Location ProgramEmitter::location(SourceRange range) {
  unsigned buffer =
      range.isValid() ? sources.FindBufferContainingLoc(range.Start) : 0;
  if (!buffer)
    return builder.getUnknownLoc();
  auto [line, column] = sources.getLineAndColumn(range.Start, buffer);
  return FileLineColLoc::get(
      context, sources.getMemoryBuffer(buffer)->getBufferIdentifier(), line,
      column);
}

kdsl::RowsType ProgramEmitter::rowsType(ArrayRef<AxisId> axes,
                                        const ValueType &row) {
  SmallVector<StringAttr> names;
  for (AxisId axis : axes)
    names.push_back(axisName(axis));
  return kdsl::RowsType::get(context, names, mlirType(row, context));
}

ArrayAttr ProgramEmitter::axisNames(ArrayRef<IndexId> indices) {
  SmallVector<Attribute> names;
  for (IndexId index : indices)
    names.push_back(axisName(program.indices[index].axis));
  return builder.getArrayAttr(names);
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

Value ProgramEmitter::emitNode(const Expr &expr, Values &values) {
  Location loc = location(expr.range);
  FunctionEmitter functions(builder, loc);
  Type type = mlirType(expr.type, context);
  SmallVector<Value> operands;
  for (const Expr *argument : expr.args) {
    Value value = values.lookup(argument);
    operands.push_back(value ? value : parameters.lookup(argument));
  }
  switch (expr.kind) {
  case ExprKind::Number:
    return isFloat(expr.type.elem)
               ? functions.constant(type, expr.number)
               : Value(arith::ConstantOp::create(
                     builder, loc, builder.getIntegerAttr(type, expr.integer)));
  case ExprKind::Input: // what is stored in 16 bits is f32 at once
    return functions.convert(entry->getArgument(expr.input),
                             mlirElement(expr.type.elem, context));
  case ExprKind::Member:
  case ExprKind::RowIndex:
  case ExprKind::Reduce:
    llvm_unreachable("a leaf of the block");
  case ExprKind::AxisSize: {
    Value size = kdsl::SizeOp::create(builder, loc, builder.getIndexType(),
                                      program.axes[expr.axis].name);
    return arith::IndexCastOp::create(builder, loc, type, size);
  }
  case ExprKind::Apply:
    return functions.apply(expr, operands);
  case ExprKind::Extract:
    return functions.extract(operands[0], expr.begin);
  case ExprKind::Slice:
    return functions.slice(operands[0], expr.begin, expr.end);
  case ExprKind::Concat:
    return kdsl::ConcatOp::create(builder, loc, type, operands);
  case ExprKind::Convert:
    return functions.convert(operands[0],
                             mlirElement(expr.type.elem, context));
  }
  llvm_unreachable("not a kind of expression");
}

/// What a body reads: nodes in order, row operands with their subscripts.
/// Nodes of parameters alone are emitted at the program's level at once.
ProgramEmitter::PairBody
ProgramEmitter::prepareBody(ArrayRef<IndexId> keep, ArrayRef<IndexId> over,
                            ArrayRef<const Expr *> roots,
                            std::optional<IndexId> found) {
  PairBody body;
  body.indices.append(keep.begin(), keep.end());
  body.indices.append(over.begin(), over.end());
  for (IndexId index : body.indices)
    body.names.push_back(builder.getStringAttr(program.indices[index].name));

  for (const Expr *expr : postorder(roots)) {
    bool ofRows = expr->kind == ExprKind::RowIndex ||
                  expr->kind == ExprKind::Member || isRowLeaf(*expr);
    bool ofParameters = !ofRows &&
                        llvm::all_of(expr->args, [&](const Expr *argument) {
                          return isParameter(argument);
                        });
    if (isParameter(expr))
      continue;
    if (ofParameters) {
      parameters[expr] = emitNode(*expr, parameters);
      continue;
    }
    body.nodes.push_back(expr);
    if (!isRowLeaf(*expr))
      continue;
    SmallVector<IndexId> places = placesOf(*expr);
    bool atFound = found && llvm::is_contained(places, *found);
    (atFound ? body.gathered : body.leaves).insert(expr);
  }
  for (const Expr *leaf : body.leaves) {
    SmallVector<IndexId> places = placesOf(*leaf);
    SmallVector<int64_t> subscript;
    std::string name = leaf->kind == ExprKind::Input
                           ? program.inputs[leaf->input].name
                           : reductionName(leaf->reduction).str();
    for (IndexId place : places) {
      subscript.push_back(llvm::find(body.indices, place) -
                          body.indices.begin());
      name += "_" + program.indices[place].name;
    }
    body.operands.push_back(rowsOf(*leaf));
    body.subscripts.push_back(builder.getDenseI64ArrayAttr(subscript));
    body.names.push_back(builder.getStringAttr(name));
  }
  return body;
}

/// Creates the block and emits the nodes; the builder stays at its end.
ProgramEmitter::Values ProgramEmitter::fillBody(Region &region,
                                                const PairBody &body) {
  Block &block = region.emplaceBlock();
  Values values = addArguments(block, body);
  builder.setInsertionPointToStart(&block);
  emitNodes(block, body, values);
  return values;
}

ProgramEmitter::Values ProgramEmitter::addArguments(Block &block,
                                                    const PairBody &body) {
  Location unknown = builder.getUnknownLoc();
  for (unsigned k = 0; k < body.indices.size(); ++k)
    block.addArgument(builder.getIndexType(), unknown);
  Values values;
  for (auto [leaf, operand] : llvm::zip(body.leaves, body.operands))
    values[leaf] = block.addArgument(
        cast<kdsl::RowsType>(operand.getType()).getRow(),
        location(leaf->range));
  return values;
}

SmallVector<AxisId> ProgramEmitter::axesOf(ArrayRef<IndexId> indices) {
  return llvm::map_to_vector(indices, [&](IndexId index) {
    return program.indices[index].axis;
  });
}

Value ProgramEmitter::emitMember(const Expr &expr,
                                 function_ref<Value(IndexId)> indexOf) {
  return kdsl::ContainsOp::create(
      builder, location(expr.range), builder.getI1Type(),
      entry->getArgument(expr.input), indexOf(expr.subscripts[0]),
      indexOf(expr.subscripts[1]));
}

void ProgramEmitter::emitNodes(Block &block, const PairBody &body,
                               Values &values) {
  for (const Expr *leaf : body.leaves)
    values[leaf] = converted(values[leaf], *leaf);
  for (const Expr *expr : body.nodes) {
    if (values.count(expr))
      continue;
    auto indexOf = [&](IndexId id) {
      return block.getArgument(llvm::find(body.indices, id) -
                               body.indices.begin());
    };
    if (expr->kind == ExprKind::RowIndex) {
      values[expr] = kdsl::RowNumberOp::create(
          builder, location(expr->range), indexOf(expr->subscripts[0]));
      continue;
    }
    if (expr->kind == ExprKind::Member) {
      values[expr] = emitMember(*expr, indexOf);
      continue;
    }
    values[expr] = emitNode(*expr, values);
  }
}

Value ProgramEmitter::rowsOf(const Expr &leaf) {
  if (leaf.kind == ExprKind::Input)
    return entry->getArgument(leaf.input);
  Value &rows = reductions[&leaf];
  if (!rows) {
    Value made = emitReduce(leaf);
    return reductions[&leaf] = made;
  }
  return rows;
}

/// The rows that `value` gives at the kept indices.
Value ProgramEmitter::emitMap(const Expr &value, ArrayRef<IndexId> keep,
                              ArrayRef<AxisId> axes, const ValueType &type) {
  // The reduction itself, if its rows are all that is asked for.
  if (value.kind == ExprKind::Reduce && ArrayRef(keptOrder(value)) == keep &&
      value.type == type)
    return rowsOf(value);

  // Row numbers and counts that go to an i32 output are i32 from the start:
  // half the work, and the runtime refuses more rows than they can count.
  if (value.kind == ExprKind::Convert && type.elem == Elem::I32 &&
      value.args[0]->kind == ExprKind::Reduce &&
      ArrayRef(keptOrder(*value.args[0])) == keep &&
      value.args[0]->subscripts.size() == 1 && isNumbering(*value.args[0])) {
    Expr narrow = *value.args[0];
    narrow.type.elem = Elem::I32;
    return emitReduce(narrow);
  }

  Location loc = location(value.range);
  PairBody body = prepareBody(keep, {}, &value);
  auto map = kdsl::MapOp::create(
      builder, loc, rowsType(axes, type), body.operands, axisNames(keep),
      builder.getArrayAttr(body.subscripts), builder.getArrayAttr(body.names),
      kdsl::ScheduleAttr());
  OpBuilder::InsertionGuard guard(builder);
  Values values = fillBody(map.getBody(), body);
  Value result = values.lookup(&value);
  if (!result)
    result = parameters.lookup(&value);
  FunctionEmitter functions(builder, loc);
  result = functions.convert(result, mlirElement(type.elem, context));
  kdsl::YieldOp::create(builder, loc, result, ValueRange());
  return map.getResult(0);
}

/// The settings of the program's schedules: one dictionary for each, with the
/// target if it is for one.
ArrayAttr ProgramEmitter::scheduleWishes() {
  SmallVector<Attribute> wishes;
  for (const CheckedSchedule &schedule : program.schedules) {
    NamedAttrList keys;
    if (!schedule.target.empty())
      keys.append("target", builder.getStringAttr(schedule.target));
    for (const CheckedSchedule::Setting &setting : schedule.settings)
      keys.append(setting.key, setting.word.empty()
                                   ? Attribute(builder.getI64IntegerAttr(
                                         setting.number))
                                   : builder.getStringAttr(setting.word));
    wishes.push_back(keys.getDictionary(context));
  }
  return builder.getArrayAttr(wishes);
}

SmallVector<Value> ProgramEmitter::emitDerivation(const Derivation &derivation,
                                                  ArrayRef<Type> outputs) {
  SmallVector<int64_t> inputs(derivation.inputs.begin(),
                              derivation.inputs.end());
  auto derive = kdsl::DeriveOp::create(
      builder, location(program.range), outputs,
      modeName(derivation.mode), derivation.base->symbol(), inputs,
      entry->getArguments());
  return llvm::to_vector(ValueRange(derive.getResults()));
}

void ProgramEmitter::emit() {
  SmallVector<Type> inputs, outputs;
  SmallVector<Attribute> inputNames, outputNames, axes;
  auto nameAttr = [&](StringRef name) {
    return builder.getDictionaryAttr(
        builder.getNamedAttr("kdsl.name", builder.getStringAttr(name)));
  };
  for (const Input &input : program.inputs) {
    if (input.isRanges)
      inputs.push_back(kdsl::RangesType::get(context, axisName(input.axes[0]),
                                             axisName(input.axes[1])));
    else
      inputs.push_back(input.axes.empty() ? mlirType(input.type, context)
                                          : rowsType(input.axes, input.type));
    inputNames.push_back(nameAttr(input.name));
  }
  for (const Output &output : program.outputs) {
    outputs.push_back(rowsType(output.axes, output.type));
    outputNames.push_back(nameAttr(output.name));
  }
  SmallVector<int64_t> fixed;
  for (const Axis &axis : program.axes) {
    axes.push_back(builder.getStringAttr(axis.name));
    fixed.push_back(axis.fixed);
  }

  Location loc = location(program.range);
  auto op = kdsl::ProgramOp::create(
      builder, loc, builder.getStringAttr(program.symbol()),
      TypeAttr::get(builder.getFunctionType(inputs, outputs)), StringAttr(),
      builder.getArrayAttr(inputNames), builder.getArrayAttr(outputNames));
  op->setAttr("kdsl.axes", builder.getArrayAttr(axes));
  if (llvm::any_of(fixed, [](int64_t size) { return size >= 0; }))
    op->setAttr("kdsl.fixed", builder.getDenseI64ArrayAttr(fixed));
  std::vector<int64_t> labels = labelBounds(program);
  if (llvm::any_of(labels, [](int64_t bound) { return bound > 0; }))
    op->setAttr("kdsl.labels", builder.getDenseI64ArrayAttr(labels));
  if (!program.schedules.empty())
    op->setAttr("kdsl.wishes", scheduleWishes());
  OpBuilder::InsertionGuard guard(builder);
  entry = &op.getBody().emplaceBlock();
  for (auto [type, input] : llvm::zip(inputs, program.inputs))
    entry->addArgument(type, location(input.range));
  builder.setInsertionPointToStart(entry);
  SmallVector<Value> results;
  if (program.derivation)
    results = emitDerivation(*program.derivation, outputs);
  for (const Output &output : program.outputs)
    if (output.value)
      results.push_back(
          emitMap(*output.value, output.indices, output.axes, output.type));
  kdsl::ReturnOp::create(builder, loc, results);
}

OwningOpRef<ModuleOp> emitKdsl(const CheckedFile &file,
                               llvm::SourceMgr &sources,
                               MLIRContext *context) {
  context->loadDialect<kdsl::KdslDialect>();
  OpBuilder builder(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  for (const CheckedProgram &program : file.programs)
    ProgramEmitter(program, sources, builder).emit();
  return module;
}

} // namespace kdslc
