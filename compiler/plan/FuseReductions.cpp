//===- FuseReductions.cpp - reductions over one index space, one pass -----===//

#include "compiler/plan/Passes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_FUSEREDUCTIONS
#include "compiler/plan/Passes.h.inc"

namespace {

/// Everything at the program's level that `op` needs, in order, without `op`.
SmallVector<Operation *> needs(Operation *op) {
  llvm::SetVector<Operation *> needed;
  needed.insert(op);
  for (unsigned n = 0; n < needed.size(); ++n)
    needed[n]->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *definer = operand.getDefiningOp())
          if (definer->getBlock() == op->getBlock())
            needed.insert(definer);
    });
  SmallVector<Operation *> ordered(std::next(needed.begin()), needed.end());
  llvm::sort(ordered, [](Operation *a, Operation *b) {
    return a->isBeforeInBlock(b);
  });
  return ordered;
}

/// Moves what `op` needs before `place`; false, and nothing moved, if it needs
/// `place` itself.
bool moveNeedsBefore(Operation *op, Operation *place) {
  SmallVector<Operation *> needed = needs(op);
  if (llvm::is_contained(needed, place))
    return false;
  for (Operation *n : needed)
    if (place->isBeforeInBlock(n))
      n->moveBefore(place);
  return true;
}

/// One reduce with the states and results of both.
class Fusion {
public:
  Fusion(kdsl::ReduceOp first, kdsl::ReduceOp second)
      : first(first), second(second), builder(first) {}

  kdsl::ReduceOp run() {
    gather(first, 0);
    gather(second, first.getStates().size());
    SmallVector<Type> types(first.getResultTypes());
    llvm::append_range(types, second.getResultTypes());
    auto fused = kdsl::ReduceOp::create(
        builder, first.getLoc(), types, rows, first.getRanges(),
        first.getKeep(), first.getOver(),
        builder.getArrayAttr(subscripts), builder.getArrayAttr(states),
        builder.getDenseI64ArrayAttr(resultStates),
        builder.getArrayAttr(projections), builder.getArrayAttr(names),
        kdsl::ScheduleAttr());
    Block &block = fused.getBody().emplaceBlock();
    unsigned indices = numIndices();
    for (unsigned k = 0; k < indices; ++k)
      block.addArgument(builder.getIndexType(), first.getLoc());
    for (Value row : rows)
      block.addArgument(cast<kdsl::RowsType>(row.getType()).getRow(),
                        row.getLoc());
    builder.setInsertionPointToStart(&block);
    SmallVector<Value> values, masks;
    bool anyMask = !first.getYield().getMasks().empty() ||
                   !second.getYield().getMasks().empty();
    copyBody(first, block, values, masks, anyMask);
    copyBody(second, block, values, masks, anyMask);
    kdsl::YieldOp::create(builder, first.getLoc(), values, masks);

    for (unsigned r = 0; r < first.getNumResults(); ++r)
      first.getResult(r).replaceAllUsesWith(fused.getResult(r));
    for (unsigned r = 0; r < second.getNumResults(); ++r)
      second.getResult(r).replaceAllUsesWith(
          fused.getResult(first.getNumResults() + r));
    first.erase();
    second.erase();
    return fused;
  }

private:
  unsigned numIndices() {
    return first.getKeep().size() + first.getOver().size();
  }

  void gather(kdsl::ReduceOp op, int64_t firstState) {
    if (op == first)
      names.append(op.getNames().begin(),
                   op.getNames().begin() + numIndices());
    for (unsigned r = 0; r < op.getRows().size(); ++r) {
      unsigned known = 0;
      while (known < rows.size() && (rows[known] != op.getRows()[r] ||
                                     subscripts[known] != op.getSubscripts()[r]))
        ++known;
      place[op].push_back(known);
      if (known < rows.size())
        continue;
      rows.push_back(op.getRows()[r]);
      subscripts.push_back(op.getSubscripts()[r]);
      names.push_back(op.getNames()[numIndices() + r]);
    }
    llvm::append_range(states, op.getStates());
    for (int64_t state : op.getResultStates())
      resultStates.push_back(firstState + state);
    llvm::append_range(projections, op.getProjections());
  }

  void copyBody(kdsl::ReduceOp op, Block &into, SmallVectorImpl<Value> &values,
                SmallVectorImpl<Value> &masks, bool anyMask) {
    IRMapping mapping;
    Block &from = op.getBody().front();
    unsigned indices = numIndices();
    for (unsigned k = 0; k < indices; ++k)
      mapping.map(from.getArgument(k), into.getArgument(k));
    for (auto [r, known] : llvm::enumerate(place[op]))
      mapping.map(from.getArgument(indices + r),
                  into.getArgument(indices + known));
    for (Operation &inner : from.without_terminator())
      builder.clone(inner, mapping);
    kdsl::YieldOp yield = op.getYield();
    for (Value value : yield.getValues())
      values.push_back(mapping.lookupOrDefault(value));
    for (Value mask : yield.getMasks())
      masks.push_back(mapping.lookupOrDefault(mask));
    if (anyMask && yield.getMasks().empty())
      masks.append(op.getStates().size(),
                   arith::ConstantOp::create(builder, op.getLoc(),
                                             builder.getBoolAttr(true)));
  }

  kdsl::ReduceOp first, second;
  OpBuilder builder;
  llvm::DenseMap<Operation *, SmallVector<unsigned>> place;
  SmallVector<Value> rows;
  SmallVector<Attribute> subscripts, states, projections, names;
  SmallVector<int64_t> resultStates;
};

/// One state for all results that a state can serve: equal states over equal
/// values, and states that hold another's result.
void shareStates(kdsl::ReduceOp op) {
  kdsl::YieldOp yield = op.getYield();
  unsigned count = op.getStates().size();
  auto maskOf = [&](unsigned s) {
    return yield.getMasks().empty() ? Value() : yield.getMasks()[s];
  };
  // A state may take more values than the one it serves.
  auto coversValues = [&](unsigned a, unsigned b) {
    OperandRange all = op.getValues(a), some = op.getValues(b);
    return all.size() >= some.size() &&
           llvm::equal(all.take_front(some.size()), some) &&
           maskOf(a) == maskOf(b);
  };
  SmallVector<int64_t> resultStates(op.getResultStates());
  SmallVector<Attribute> projections(op.getProjections().getValue());
  // A result moves to a state that serves it: to one that keeps more (argmin
  // for min), or to the first of equals.
  for (unsigned r = 0; r < op.getNumResults(); ++r)
    for (unsigned s = 0; s < count; ++s) {
      unsigned own = resultStates[r];
      if (s == own || !coversValues(s, own))
        continue;
      auto projection = op.getState(s).serves(
          op.getStates()[own], cast<StringAttr>(projections[r]).getValue());
      bool equal = op.getStates()[s] == op.getStates()[own];
      if (!projection || (equal && s > own))
        continue;
      resultStates[r] = s;
      projections[r] = StringAttr::get(op.getContext(), *projection);
    }

  SmallVector<int64_t> newPlace(count, -1);
  SmallVector<Attribute> states;
  SmallVector<Value> values, masks;
  for (unsigned s = 0; s < count; ++s) {
    if (!llvm::is_contained(resultStates, int64_t(s)))
      continue;
    newPlace[s] = states.size();
    states.push_back(op.getStates()[s]);
    llvm::append_range(values, op.getValues(s));
    if (Value mask = maskOf(s))
      masks.push_back(mask);
  }
  for (int64_t &state : resultStates)
    state = newPlace[state];
  OpBuilder builder(yield);
  kdsl::YieldOp::create(builder, yield.getLoc(), values, masks);
  yield.erase();
  op.setStatesAttr(builder.getArrayAttr(states));
  op.setResultStatesAttr(builder.getDenseI64ArrayAttr(resultStates));
  op.setProjectionsAttr(builder.getArrayAttr(projections));
}

struct FuseReductions : impl::FuseReductionsBase<FuseReductions> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    auto reduces = llvm::to_vector(getOperation().getOps<kdsl::ReduceOp>());
    for (unsigned a = 0; a < reduces.size(); ++a)
      for (unsigned b = a + 1; b < reduces.size();) {
        kdsl::ReduceOp first = reduces[a], second = reduces[b];
        // One that was needed elsewhere may have moved to the front.
        if (second->isBeforeInBlock(first))
          std::swap(first, second);
        if (first.getKeep() != second.getKeep() ||
            first.getOver() != second.getOver() ||
            first.getRanges() != second.getRanges() ||
            !moveNeedsBefore(second, first)) {
          ++b;
          continue;
        }
        reduces[a] = Fusion(first, second).run();
        reduces.erase(reduces.begin() + b);
      }
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    for (kdsl::ReduceOp reduce : getOperation().getOps<kdsl::ReduceOp>())
      shareStates(reduce);
  }
};

} // namespace
} // namespace kdslc
