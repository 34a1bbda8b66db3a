//===- EmitFound.cpp - values at the rows that an order has found ---------===//

#include "compiler/frontend/EmitProgram.h"
#include "dialects/kdsl/Lists.h"

using namespace mlir;

namespace kdslc {

/// The order of such a reduction alone, which gives the numbers of rows.
Expr ProgramEmitter::numbersOf(const Expr &expr) {
  Expr numbers = expr;
  numbers.args.pop_back();
  numbers.type.elem = Elem::I64;
  numbers.type.shape.clear();
  if (expr.count)
    numbers.type.shape.push_back(expr.count);
  return numbers;
}

/// Makes what was found the last operand of the body, at the indices `own`.
void ProgramEmitter::addFound(PairBody &body, const Expr &expr, Value found,
                              ArrayRef<IndexId> own) {
  SmallVector<int64_t> subscript;
  for (IndexId index : own)
    subscript.push_back(llvm::find(body.indices, index) - body.indices.begin());
  body.operands.push_back(found);
  body.subscripts.push_back(builder.getDenseI64ArrayAttr(subscript));
  body.names.push_back(builder.getStringAttr(reductionName(expr.reduction)));
}

/// argmin[j](key, value): the number of the row, then for each row i the value
/// with the row of that number as row j; 0 where there is none.
Value ProgramEmitter::emitFound(const Expr &expr) {
  Location loc = location(expr.range);
  Expr order = numbersOf(expr);
  Value numbers = emitReduce(order);

  IndexId found = expr.subscripts[0];
  const Expr *value = expr.args.back();
  SmallVector<IndexId> kept = keptOrder(expr);
  PairBody body = prepareBody(kept, {}, value, found);
  SmallVector<Value> gathered;
  for (const Expr *leaf : body.gathered)
    gathered.push_back(rowsOf(*leaf));
  addFound(body, expr, numbers, keptOrder(order));
  auto map = kdsl::MapOp::create(
      builder, loc, rowsType(axesOf(kept), expr.type), body.operands,
      axisNames(kept), builder.getArrayAttr(body.subscripts),
      builder.getArrayAttr(body.names), kdsl::ScheduleAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = map.getBody().emplaceBlock();
  Values values = addArguments(block, body);
  Value number = block.addArgument(
      cast<kdsl::RowsType>(numbers.getType()).getRow(), loc);
  builder.setInsertionPointToStart(&block);
  auto emitAt = [&](Value place) {
    for (auto [leaf, rows] : llvm::zip(body.gathered, gathered)) {
      SmallVector<IndexId> places = placesOf(*leaf);
      SmallVector<int64_t> axes;
      SmallVector<Value> others;
      for (auto [axis, index] : llvm::enumerate(places))
        if (index == found)
          axes.push_back(axis);
        else
          others.push_back(
              block.getArgument(llvm::find(kept, index) - kept.begin()));
      values[leaf] = converted(
          kdsl::GatherOp::create(builder, location(leaf->range),
                                 cast<kdsl::RowsType>(rows.getType()).getRow(),
                                 rows, place, others, axes),
          *leaf);
    }
    for (const Expr *node : body.nodes) {
      if (node->kind == ExprKind::RowIndex && node->subscripts[0] == found)
        values[node] = place;
      if (node->kind == ExprKind::Member &&
          llvm::is_contained(node->subscripts, found))
        values[node] = emitMember(*node, [&](IndexId id) -> Value {
          if (id == found)
            return place;
          return block.getArgument(llvm::find(kept, id) - kept.begin());
        });
    }
    emitNodes(block, body, values);
    Value result = values.lookup(value);
    if (!result)
      result = parameters.lookup(value);
    FunctionEmitter functions(builder, loc);
    Value none = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::slt, place,
        functions.constant(builder.getI64Type(), 0));
    Value zero = functions.constant(result.getType(), 0);
    if (auto vector = dyn_cast<VectorType>(result.getType()))
      none = vector::BroadcastOp::create(
          builder, loc, vector.clone(builder.getI1Type()), none);
    kdsl::YieldOp::create(
        builder, loc,
        Value(arith::SelectOp::create(builder, loc, none, zero, result)),
        ValueRange());
  };
  if (!expr.count) {
    emitAt(number);
    return map.getResult(0);
  }
  auto each = kdsl::EachOp::create(
      builder, loc,
      VectorType::get(expr.type.count(), mlirElement(expr.type.elem, context)),
      expr.count);
  Value list = each.getResult();
  if (Type whole = mlirType(expr.type, context); whole != list.getType())
    list = vector::ShapeCastOp::create(builder, loc, whole, list);
  kdsl::YieldOp::create(builder, loc, list, ValueRange());
  Block &inner = each.getBody().emplaceBlock();
  Value k = inner.addArgument(builder.getIndexType(), loc);
  builder.setInsertionPointToStart(&inner);
  emitAt(vector::ExtractOp::create(builder, loc, number, OpFoldResult(k)));
  return map.getResult(0);
}

/// argkmin over rows i of lists (keys, values) that argkmin over another index
/// has left: the rows whose lists gave the keys, then the sum of what these give
/// to the places.
Value ProgramEmitter::emitFoundInLists(const Expr &expr) {
  Location loc = location(expr.range);
  const Expr *lists = expr.args.back();
  Expr order = numbersOf(expr);
  Value found = kdsl::placesInLists(cast<OpResult>(emitReduce(order)));

  SmallVector<IndexId> kept = keptOrder(expr);
  PairBody body = prepareBody(kept, expr.subscripts, lists);
  SmallVector<IndexId> own = keptOrder(order);
  llvm::append_range(own, expr.subscripts);
  addFound(body, expr, found, own);
  Attribute fold = kdsl::SumAttr::get(context);
  if (expr.type.elem == Elem::Bool)
    fold = kdsl::AnyAttr::get(context);
  auto reduce = kdsl::ReduceOp::create(
      builder, loc, rowsType(axesOf(kept), expr.type), body.operands, Value(),
      axisNames(kept), axisNames(expr.subscripts),
      builder.getArrayAttr(body.subscripts), builder.getArrayAttr(fold),
      builder.getDenseI64ArrayAttr({0}),
      builder.getArrayAttr(builder.getStringAttr("value")),
      builder.getArrayAttr(body.names), kdsl::ScheduleAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = reduce.getBody().emplaceBlock();
  Values values = addArguments(block, body);
  Value places = block.addArgument(
      cast<kdsl::RowsType>(found.getType()).getRow(), loc);
  builder.setInsertionPointToStart(&block);
  emitNodes(block, body, values);
  kdsl::YieldOp::create(
      builder, loc, kdsl::givenByList(builder, loc, places, values[lists]),
      ValueRange());
  return reduce.getResult(0);
}

} // namespace kdslc
