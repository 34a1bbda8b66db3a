//===- EmitKdsl.cpp - checked programs to the kdsl dialect ----------------===//

#include "compiler/frontend/EmitKdsl.h"
#include "compiler/frontend/EmitFunctions.h"
#include "dialects/kdsl/Kdsl.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <deque>
#include <set>

using namespace mlir;

namespace kdslc {

namespace {

/// A leaf of a formula that is read by rows: an array at row indices, or the
/// result of another reduction.
bool isRowLeaf(const Expr &expr) {
  return expr.kind == ExprKind::Reduce ||
         (expr.kind == ExprKind::Input && !expr.subscripts.empty());
}

/// Every node below `roots` in operand order, each once, without entering
/// reductions. Formulas may be long chains, so nothing recurses.
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

class ProgramEmitter {
public:
  ProgramEmitter(const CheckedProgram &program, llvm::SourceMgr &sources,
                 OpBuilder &builder)
      : program(program), sources(sources), builder(builder),
        context(builder.getContext()) {}

  void emit();
  ArrayAttr scheduleWishes();

private:
  /// The values of the nodes of one region.
  using Values = llvm::DenseMap<const Expr *, Value>;

  Location location(SourceRange range);
  StringAttr axisName(AxisId axis) {
    return builder.getStringAttr(program.axes[axis].name);
  }
  kdsl::RowsType rowsType(ArrayRef<AxisId> axes, const ValueType &row);

  /// A pair operation under construction: its indices and its row operands.
  struct PairBody {
    SmallVector<IndexId> indices; ///< kept first
    std::vector<const Expr *> nodes;
    llvm::SetVector<const Expr *> leaves;
    SmallVector<Value> operands;
    SmallVector<Attribute> subscripts, names;
  };
  PairBody prepareBody(ArrayRef<IndexId> keep, ArrayRef<IndexId> over,
                       ArrayRef<const Expr *> roots);
  Values fillBody(Region &region, const PairBody &body);
  ArrayAttr axisNames(ArrayRef<IndexId> indices);
  SmallVector<IndexId> placesOf(const Expr &leaf) {
    if (leaf.kind == ExprKind::Reduce)
      return keptOrder(leaf);
    return SmallVector<IndexId>(leaf.subscripts.begin(), leaf.subscripts.end());
  }

  Value emitParameterNode(const Expr &expr);
  Value emitNode(const Expr &expr, Values &values);
  Value rowsOf(const Expr &leaf);
  SmallVector<IndexId> keptOrder(const Expr &expr);
  Value emitReduce(const Expr &expr);
  Value emitNested(const Expr &expr);
  Value emitMap(const Expr &value, ArrayRef<IndexId> keep,
                ArrayRef<AxisId> axes, const ValueType &type);
  Value emitMean(const Expr &expr, Value sum, Value count);

  /// True if a node depends on neither rows nor reductions.
  bool isParameter(const Expr *expr) { return parameters.count(expr); }

  const CheckedProgram &program;
  llvm::SourceMgr &sources;
  OpBuilder &builder;
  MLIRContext *context;
  Block *entry = nullptr;
  Values parameters; ///< values of the program's level
  Values reductions; ///< rows that a reduction gives
  std::deque<Expr> made; ///< reductions over one index of those over several
};

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
    return vector::ExtractOp::create(builder, loc, operands[0], expr.begin);
  case ExprKind::Slice:
    return vector::ExtractStridedSliceOp::create(
        builder, loc, operands[0], ArrayRef<int64_t>{expr.begin},
        ArrayRef<int64_t>{expr.end - expr.begin}, ArrayRef<int64_t>{1});
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
                            ArrayRef<const Expr *> roots) {
  PairBody body;
  body.indices.append(keep.begin(), keep.end());
  body.indices.append(over.begin(), over.end());
  for (IndexId index : body.indices)
    body.names.push_back(builder.getStringAttr(program.indices[index].name));

  for (const Expr *expr : postorder(roots)) {
    bool ofParameters = expr->kind != ExprKind::RowIndex && !isRowLeaf(*expr) &&
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
    if (isRowLeaf(*expr))
      body.leaves.insert(expr);
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
  Location unknown = builder.getUnknownLoc();
  for (unsigned k = 0; k < body.indices.size(); ++k)
    block.addArgument(builder.getIndexType(), unknown);
  Values values;
  for (auto [leaf, operand] : llvm::zip(body.leaves, body.operands))
    values[leaf] = block.addArgument(
        cast<kdsl::RowsType>(operand.getType()).getRow(),
        location(leaf->range));
  builder.setInsertionPointToStart(&block);
  for (const Expr *leaf : body.leaves)
    values[leaf] = FunctionEmitter(builder, location(leaf->range))
                       .convert(values[leaf],
                                mlirElement(leaf->type.elem, context));
  for (const Expr *expr : body.nodes) {
    if (values.count(expr))
      continue;
    if (expr->kind == ExprKind::RowIndex) {
      auto place = llvm::find(body.indices, expr->subscripts[0]);
      values[expr] = kdsl::RowNumberOp::create(
          builder, location(expr->range),
          block.getArgument(place - body.indices.begin()));
      continue;
    }
    values[expr] = emitNode(*expr, values);
  }
  return values;
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

//===----------------------------------------------------------------------===//
// Reductions and maps
//===----------------------------------------------------------------------===//

static Attribute reductionAttr(const Expr &expr, OpBuilder &builder) {
  MLIRContext *context = builder.getContext();
  auto index = cast<IntegerType>(
      isInteger(expr.type.elem) ? mlirElement(expr.type.elem, context)
                                : builder.getI64Type());
  switch (expr.reduction) {
  case Reduction::Sum:
  case Reduction::Mean:
  case Reduction::Count:
    return kdsl::SumAttr::get(context);
  case Reduction::Min:
    return kdsl::MinAttr::get(context);
  case Reduction::Max:
    return kdsl::MaxAttr::get(context);
  case Reduction::ArgMin:
    return kdsl::ArgMinAttr::get(context, index);
  case Reduction::ArgMax:
    return kdsl::ArgMaxAttr::get(context, index);
  case Reduction::LogSumExp:
    return kdsl::LogSumExpAttr::get(context, /*base2=*/false);
  case Reduction::Prod:
    return kdsl::ProdAttr::get(context);
  case Reduction::Any:
    return kdsl::AnyAttr::get(context);
  case Reduction::All:
    return kdsl::AllAttr::get(context);
  case Reduction::SoftmaxSum:
  case Reduction::KMin:
  case Reduction::ArgKMin:
  case Reduction::KMax:
  case Reduction::ArgKMax:
    break;
  }
  llvm_unreachable("refused before");
}

/// A reduction to a row number or a count.
static bool isNumbering(const Expr &reduce) {
  return reduce.reduction == Reduction::ArgMin ||
         reduce.reduction == Reduction::ArgMax ||
         reduce.reduction == Reduction::Count;
}

/// The free indices of a reduction in the order of its result's axes: as arrays
/// are subscripted, so that the batch comes first and the rows i last.
SmallVector<IndexId> ProgramEmitter::keptOrder(const Expr &expr) {
  SmallVector<IndexId> left(expr.free.begin(), expr.free.end());
  if (left.size() < 2)
    return left;
  // Blocks of ranges are blocks of the rows i of a tile.
  IndexId ofRanges = expr.ranges ? expr.ranges->subscripts[0] : 0;
  if (expr.ranges)
    llvm::erase(left, ofRanges);
  auto key = [&](IndexId index) {
    return std::make_pair(!program.indices[index].batch, index);
  };
  llvm::sort(left, [&](IndexId a, IndexId b) { return key(a) < key(b); });
  SmallVector<const Expr *> roots(expr.args.begin(), expr.args.end());
  if (expr.where)
    roots.push_back(expr.where);
  std::vector<SmallVector<IndexId>> chains;
  for (const Expr *leaf : postorder(roots))
    if (isRowLeaf(*leaf))
      chains.push_back(placesOf(*leaf));
  SmallVector<IndexId> order;
  while (!left.empty()) {
    // The first that no array has behind another one that is left.
    auto isFirst = [&](IndexId index) {
      return llvm::none_of(chains, [&](ArrayRef<IndexId> chain) {
        auto at = llvm::find(chain, index);
        return at != chain.end() &&
               std::any_of(chain.begin(), at, [&](IndexId before) {
                 return before != index && llvm::is_contained(left, before);
               });
      });
    };
    auto next = llvm::find_if(left, isFirst);
    if (next == left.end()) // arrays disagree
      next = left.begin();
    order.push_back(*next);
    left.erase(next);
  }
  if (expr.ranges)
    order.push_back(ofRanges);
  return order;
}

/// A reduction over several indices: over the last of them, and over the rows
/// that this leaves.
Value ProgramEmitter::emitNested(const Expr &expr) {
  // `limits` has the predicate and the ranges, or is null.
  auto reduce = [&](Reduction reduction, SmallVector<const Expr *> args,
                    ArrayRef<IndexId> over, const Expr *limits, Elem elem) {
    Expr &node = made.emplace_back(expr);
    node.reduction = reduction;
    node.type.elem = elem;
    if (reduction == Reduction::Count)
      node.type.shape.clear();
    if (reduction == Reduction::LogSumExp && args.size() == 1)
      node.type.shape = args[0]->type.shape;
    node.args.assign(args.begin(), args.end());
    node.subscripts.assign(over.begin(), over.end());
    node.where = limits ? limits->where : nullptr;
    node.ranges = limits ? limits->ranges : nullptr;
    args.append({node.where, node.ranges});
    std::set<IndexId> free;
    for (const Expr *arg : args)
      if (arg)
        free.insert(arg->free.begin(), arg->free.end());
    for (IndexId index : over)
      free.erase(index);
    node.free.assign(free.begin(), free.end());
    return &node;
  };
  ArrayRef<IndexId> all = expr.subscripts, outer = all.drop_back();
  SmallVector<const Expr *> args(expr.args.begin(), expr.args.end());
  Elem elem = expr.type.elem;
  auto inner = [&](Reduction reduction, SmallVector<const Expr *> of) {
    return reduce(reduction, of, all.take_back(), &expr, elem);
  };
  auto over = [&](Reduction reduction, SmallVector<const Expr *> of) {
    return rowsOf(*reduce(reduction, of, outer, nullptr, elem));
  };
  switch (expr.reduction) {
  case Reduction::Sum:
  case Reduction::Prod:
  case Reduction::Min:
  case Reduction::Max:
  case Reduction::Any:
  case Reduction::All:
    return over(expr.reduction, {inner(expr.reduction, args)});
  case Reduction::Count:
    return over(Reduction::Sum, {inner(Reduction::Count, args)});
  case Reduction::Mean: {
    Expr &one = made.emplace_back();
    one.type.elem = Elem::Bool;
    one.integer = 1;
    return emitMean(
        expr, rowsOf(*reduce(Reduction::Sum, args, all, &expr, elem)),
        rowsOf(*reduce(Reduction::Count, {&one}, all, &expr, Elem::I64)));
  }
  case Reduction::LogSumExp:
    if (args.size() == 1)
      return over(Reduction::LogSumExp, {inner(Reduction::LogSumExp, args)});
    [[fallthrough]];
  case Reduction::SoftmaxSum:
    // The rows' sums of weights, and their weighted means.
    return over(expr.reduction, {inner(Reduction::LogSumExp, {args[0]}),
                                 inner(Reduction::SoftmaxSum, args)});
  case Reduction::ArgMin:
    return over(Reduction::ArgMin, {inner(Reduction::Min, {args[0]}),
                                    inner(Reduction::ArgMin, args)});
  case Reduction::ArgMax:
    return over(Reduction::ArgMax, {inner(Reduction::Max, {args[0]}),
                                    inner(Reduction::ArgMax, args)});
  case Reduction::KMin:
  case Reduction::ArgKMin:
  case Reduction::KMax:
  case Reduction::ArgKMax:
    break;
  }
  llvm_unreachable("refused before");
}

Value ProgramEmitter::emitReduce(const Expr &expr) {
  if (expr.subscripts.size() > 1)
    return emitNested(expr);
  Location loc = location(expr.range);
  SmallVector<IndexId> kept = keptOrder(expr);
  SmallVector<AxisId> axes;
  for (IndexId index : kept)
    axes.push_back(program.indices[index].axis);

  SmallVector<const Expr *> roots(expr.args.begin(), expr.args.end());
  if (expr.where)
    roots.push_back(expr.where);
  PairBody body = prepareBody(kept, expr.subscripts, roots);

  bool isMean = expr.reduction == Reduction::Mean;
  bool isIndex = expr.reduction == Reduction::ArgMin ||
                 expr.reduction == Reduction::ArgMax;
  Attribute reduction = reductionAttr(expr, builder);
  SmallVector<Attribute> states{reduction};
  SmallVector<int64_t> resultStates{0};
  SmallVector<Attribute> projections{
      builder.getStringAttr(isIndex ? "index" : "value")};
  SmallVector<Type> types{rowsType(axes, expr.type)};
  ValueType counter;
  counter.elem = Elem::I64;
  if (isMean) { // how many pairs took part
    states.push_back(kdsl::SumAttr::get(context));
    resultStates.push_back(1);
    projections.push_back(builder.getStringAttr("value"));
    types.push_back(rowsType(axes, counter));
  }
  auto reduce = kdsl::ReduceOp::create(
      builder, loc, types, body.operands,
      expr.ranges ? entry->getArgument(expr.ranges->input) : Value(),
      axisNames(kept), axisNames(expr.subscripts), builder.getArrayAttr(body.subscripts),
      builder.getArrayAttr(states),
      builder.getDenseI64ArrayAttr(resultStates),
      builder.getArrayAttr(projections), builder.getArrayAttr(body.names),
      kdsl::ScheduleAttr());

  OpBuilder::InsertionGuard guard(builder);
  Values values = fillBody(reduce.getBody(), body);
  auto valueOf = [&](const Expr *node) {
    Value value = values.lookup(node);
    return value ? value : parameters.lookup(node);
  };
  FunctionEmitter functions(builder, loc);
  SmallVector<Value> yields{valueOf(expr.args[0])}, masks;
  if (expr.reduction == Reduction::Count)
    yields[0] = functions.convert(yields[0],
                                  mlirElement(expr.type.elem, context));
  if (isMean)
    yields.push_back(functions.constant(builder.getI64Type(), 1));
  if (expr.where)
    masks.assign(states.size(), valueOf(expr.where));
  kdsl::YieldOp::create(builder, loc, yields, masks);
  if (!isMean)
    return reduce.getResult(0);
  builder.setInsertionPointAfter(reduce);
  return emitMean(expr, reduce.getResult(0), reduce.getResult(1));
}

/// sum / count for each row.
Value ProgramEmitter::emitMean(const Expr &expr, Value sum, Value count) {
  Location loc = location(expr.range);
  SmallVector<IndexId> kept = keptOrder(expr);
  unsigned rank = kept.size();
  SmallVector<int64_t> all(llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  SmallVector<Attribute> names;
  for (IndexId index : kept)
    names.push_back(builder.getStringAttr(program.indices[index].name));
  names.push_back(builder.getStringAttr("sum"));
  names.push_back(builder.getStringAttr("count"));
  Attribute subscript = builder.getDenseI64ArrayAttr(all);
  auto map = kdsl::MapOp::create(
      builder, loc, sum.getType(), ValueRange{sum, count},
      axisNames(kept), builder.getArrayAttr({subscript, subscript}),
      builder.getArrayAttr(names), kdsl::ScheduleAttr());
  Block &block = map.getBody().emplaceBlock();
  for (unsigned k = 0; k < rank; ++k)
    block.addArgument(builder.getIndexType(), loc);
  Value total = block.addArgument(mlirType(expr.type, context), loc);
  Value number = block.addArgument(builder.getI64Type(), loc);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&block);
  FunctionEmitter functions(builder, loc);
  Value divisor =
      functions.convert(number, getElementTypeOrSelf(total.getType()));
  if (divisor.getType() != total.getType())
    divisor =
        vector::BroadcastOp::create(builder, loc, total.getType(), divisor);
  Value mean = arith::DivFOp::create(builder, loc, total, divisor);
  kdsl::YieldOp::create(builder, loc, mean, ValueRange());
  return map.getResult(0);
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

/// The numbers of the program's schedules: one dictionary for each, with the
/// target if it is for one.
ArrayAttr ProgramEmitter::scheduleWishes() {
  SmallVector<Attribute> wishes;
  for (const CheckedSchedule &schedule : program.schedules) {
    NamedAttrList keys;
    if (!schedule.target.empty())
      keys.append("target", builder.getStringAttr(schedule.target));
    for (const CheckedSchedule::Setting &setting : schedule.settings)
      if (setting.word.empty())
        keys.append(setting.key, builder.getI64IntegerAttr(setting.number));
    wishes.push_back(keys.getDictionary(context));
  }
  return builder.getArrayAttr(wishes);
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
  if (!program.schedules.empty())
    op->setAttr("kdsl.wishes", scheduleWishes());
  OpBuilder::InsertionGuard guard(builder);
  entry = &op.getBody().emplaceBlock();
  for (auto [type, input] : llvm::zip(inputs, program.inputs))
    entry->addArgument(type, location(input.range));
  builder.setInsertionPointToStart(entry);
  SmallVector<Value> results;
  for (const Output &output : program.outputs)
    results.push_back(
        emitMap(*output.value, output.indices, output.axes, output.type));
  kdsl::ReturnOp::create(builder, loc, results);
}

} // namespace

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
