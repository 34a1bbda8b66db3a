//===- EmitReduce.cpp - checked reductions to the kdsl dialect ------------===//

#include "compiler/frontend/EmitProgram.h"
#include <set>

using namespace mlir;

namespace kdslc {

/// kmin, or one of its kind, of the lists that kmin over another index has left.
static bool isOfLists(const Expr &reduce) {
  return reduce.count && !reduce.args[0]->type.isScalar();
}

static Attribute reductionAttr(const Expr &expr, OpBuilder &builder) {
  MLIRContext *context = builder.getContext();
  auto index = cast<IntegerType>(
      isInteger(expr.type.elem) ? mlirElement(expr.type.elem, context)
                                : builder.getI64Type());
  Attribute softmax = kdsl::SoftmaxSumAttr::get(
      context, /*base2=*/false, /*each=*/!expr.args[0]->type.isScalar());
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
    if (expr.args.size() == 2) // a weight beside the logit
      return softmax;
    return kdsl::LogSumExpAttr::get(context, /*base2=*/false);
  case Reduction::Prod:
    return kdsl::ProdAttr::get(context);
  case Reduction::Any:
    return kdsl::AnyAttr::get(context);
  case Reduction::All:
    return kdsl::AllAttr::get(context);
  case Reduction::SoftmaxSum:
    return softmax;
  case Reduction::KMin:
    if (isOfLists(expr))
      return kdsl::KMinListsAttr::get(context, expr.count);
    return kdsl::KMinAttr::get(context, expr.count);
  case Reduction::KMax:
    if (isOfLists(expr))
      return kdsl::KMaxListsAttr::get(context, expr.count);
    return kdsl::KMaxAttr::get(context, expr.count);
  case Reduction::ArgKMin:
    if (isOfLists(expr))
      return kdsl::ArgKMinListsAttr::get(context, expr.count, index);
    return kdsl::ArgKMinAttr::get(context, expr.count, index);
  case Reduction::ArgKMax:
    if (isOfLists(expr))
      return kdsl::ArgKMaxListsAttr::get(context, expr.count, index);
    return kdsl::ArgKMaxAttr::get(context, expr.count, index);
  }
  llvm_unreachable("not a reduction");
}

/// A reduction to row numbers.
static bool isIndexing(const Expr &reduce) {
  return reduce.reduction == Reduction::ArgMin ||
         reduce.reduction == Reduction::ArgMax ||
         reduce.reduction == Reduction::ArgKMin ||
         reduce.reduction == Reduction::ArgKMax;
}

/// A reduction that also gives a value at these rows.
static bool hasPayload(const Expr &reduce) {
  return isIndexing(reduce) && reduce.args.size() == 2;
}

bool isNumbering(const Expr &reduce) {
  return (isIndexing(reduce) && !hasPayload(reduce)) ||
         reduce.reduction == Reduction::Count;
}

/// The reduction runs over the first rows of the pairs of its set.
static bool isTurned(const Expr &reduce) {
  return reduce.ranges &&
         reduce.ranges->subscripts[0] == reduce.subscripts.back();
}

/// The free indices of a reduction in the order of its result's axes: as arrays
/// are subscripted, so that the batch comes first and the rows i last.
SmallVector<IndexId> ProgramEmitter::keptOrder(const Expr &expr) {
  SmallVector<IndexId> left(expr.free.begin(), expr.free.end());
  if (left.size() < 2)
    return left;
  // Blocks of ranges are blocks of the rows i of a tile, unless these are reduced
  // too.
  SmallVector<IndexId, 1> ofRanges;
  if (expr.ranges) {
    IndexId blocks = expr.ranges->subscripts[isTurned(expr) ? 1 : 0];
    if (llvm::is_contained(left, blocks))
      ofRanges.push_back(blocks);
    llvm::erase(left, blocks);
  }
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
  order.append(ofRanges);
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
    if (args.size() == 1) // others give the shape of their second argument
      node.type.shape = args[0]->type.shape;
    bool isList = reduction == Reduction::KMin || reduction == Reduction::KMax;
    if (isList)
      node.type.shape.assign(1, expr.count);
    if (isList || reduction == Reduction::Min || reduction == Reduction::Max)
      node.type.elem = args[0]->type.elem;
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
  case Reduction::KMin:
  case Reduction::KMax:
    return over(expr.reduction, {inner(expr.reduction, args)});
  case Reduction::Count:
    return over(Reduction::Sum, {inner(Reduction::Count, args)});
  case Reduction::Mean: {
    Expr &one = made.emplace_back();
    one.type.elem = Elem::Bool;
    one.integer = 1;
    const Expr *count =
        reduce(Reduction::Count, {&one}, all, &expr, Elem::I64);
    return emitMean(expr,
                    rowsOf(*reduce(Reduction::Sum, args, all, &expr, elem)),
                    rowsOf(*count), keptOrder(*count));
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
  case Reduction::ArgKMin:
    return over(Reduction::ArgKMin, {inner(Reduction::KMin, {args[0]}),
                                     inner(Reduction::ArgKMin, args)});
  case Reduction::ArgKMax:
    return over(Reduction::ArgKMax, {inner(Reduction::KMax, {args[0]}),
                                     inner(Reduction::ArgKMax, args)});
  }
  llvm_unreachable("unknown reduction");
}

/// The set of pairs as its reduction sees it; null if there is none.
Value ProgramEmitter::rangesOf(const Expr &expr) {
  if (!expr.ranges)
    return {};
  Value set = entry->getArgument(expr.ranges->input);
  if (!isTurned(expr))
    return set;
  auto type = cast<kdsl::RangesType>(set.getType());
  return kdsl::TurnedOp::create(
      builder, location(expr.range),
      kdsl::RangesType::get(context, type.getReduced(), type.getKept()), set);
}

Value ProgramEmitter::emitReduce(const Expr &expr) {
  if (expr.subscripts.size() > 1)
    return emitNested(expr);
  if (hasPayload(expr))
    return isOfLists(expr) ? emitFoundInLists(expr) : emitFound(expr);
  Location loc = location(expr.range);
  SmallVector<IndexId> kept = keptOrder(expr);
  SmallVector<AxisId> axes = axesOf(kept);

  SmallVector<const Expr *> roots(expr.args.begin(), expr.args.end());
  if (expr.where)
    roots.push_back(expr.where);
  PairBody body = prepareBody(kept, expr.subscripts, roots);

  bool isMean = expr.reduction == Reduction::Mean;
  bool isIndex = isIndexing(expr);
  bool isWeighted =
      expr.reduction == Reduction::LogSumExp && expr.args.size() == 2;
  Attribute reduction = reductionAttr(expr, builder);
  SmallVector<Attribute> states{reduction};
  SmallVector<int64_t> resultStates{0};
  SmallVector<Attribute> projections{
      builder.getStringAttr(isIndex      ? "index"
                                           : isWeighted ? "log"
                                                        : "value")};
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
      rangesOf(expr),
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
  // Bools are counted in an i64; a shorter count is a sum of numbers.
  if (expr.reduction == Reduction::Count && expr.type.elem != Elem::I64)
    yields[0] = functions.convert(yields[0],
                                  mlirElement(expr.type.elem, context));
  if (expr.args.size() == 2) { // one weight for all features of the logit
    Value second = valueOf(expr.args[1]);
    Type first = yields[0].getType();
    if (isa<VectorType>(first) && !isa<VectorType>(second.getType()))
      second = vector::BroadcastOp::create(builder, loc, first, second);
    yields.push_back(second);
  }
  if (isOfLists(expr))
    yields.insert(yields.begin(),
                  vector::ExtractOp::create(builder, loc, yields[0], 0));
  if (isMean)
    yields.push_back(functions.constant(builder.getI1Type(), 1));
  if (expr.where)
    masks.assign(states.size(), valueOf(expr.where));
  kdsl::YieldOp::create(builder, loc, yields, masks);
  if (!isMean)
    return reduce.getResult(0);
  builder.setInsertionPointAfter(reduce);
  return emitMean(expr, reduce.getResult(0), reduce.getResult(1), kept);
}

/// sum / count for each row. The count may depend on fewer indices.
Value ProgramEmitter::emitMean(const Expr &expr, Value sum, Value count,
                               ArrayRef<IndexId> countKept) {
  Location loc = location(expr.range);
  SmallVector<IndexId> kept = keptOrder(expr);
  unsigned rank = kept.size();
  SmallVector<int64_t> all(llvm::to_vector(llvm::seq<int64_t>(0, rank))), own;
  for (IndexId index : countKept)
    own.push_back(llvm::find(kept, index) - kept.begin());
  SmallVector<Attribute> names;
  for (IndexId index : kept)
    names.push_back(builder.getStringAttr(program.indices[index].name));
  names.push_back(builder.getStringAttr("sum"));
  names.push_back(builder.getStringAttr("count"));
  Attribute ofSum = builder.getDenseI64ArrayAttr(all),
            ofCount = builder.getDenseI64ArrayAttr(own);
  auto map = kdsl::MapOp::create(
      builder, loc, sum.getType(), ValueRange{sum, count},
      axisNames(kept), builder.getArrayAttr({ofSum, ofCount}),
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

} // namespace kdslc
