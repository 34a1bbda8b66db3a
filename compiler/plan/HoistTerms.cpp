//===- HoistTerms.cpp - terms of row j alone leave the pair ---------------===//

#include "compiler/plan/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_HOISTTERMS
#include "compiler/plan/Passes.h.inc"

namespace {

/// More than arithmetic: worth a pass of its own over the rows.
bool isExpensive(Operation *op) {
  if (isa<kdsl::SqDistOp, kdsl::DotOp, kdsl::LgammaOp, vector::ReductionOp,
          arith::DivFOp>(op))
    return true;
  return isa<math::MathDialect>(op->getDialect()) &&
         !isa<math::AbsFOp, math::FloorOp, math::CeilOp, math::RoundOp>(op);
}

/// The terms of one reduce that depend on the reduced row and parameters only.
class RowTerms {
public:
  explicit RowTerms(kdsl::ReduceOp reduce) : reduce(reduce) {
    unsigned kept = reduce.getKeep().size(), indices = kept + 1;
    Block &block = reduce.getBody().front();
    for (unsigned r = 0; r < reduce.getRows().size(); ++r)
      if (reduce.getSubscript(r) == ArrayRef<int64_t>{int64_t(kept)})
        ofRow.insert(block.getArgument(indices + r));
    for (Operation &op : block.without_terminator())
      classify(op);
    for (Operation &op : block.without_terminator())
      if (expensive.count(&op) && leavesTerms(op))
        roots.push_back(op.getResult(0));
  }

  /// Terms to hoist: the largest of their kind.
  SmallVector<Value> roots;

  /// The operations that a root needs, in order.
  SmallVector<Operation *> slice() {
    llvm::SetVector<Operation *> needed;
    for (Value root : roots)
      needed.insert(root.getDefiningOp());
    for (unsigned n = 0; n < needed.size(); ++n)
      for (Value operand : needed[n]->getOperands())
        if (Operation *op = operand.getDefiningOp())
          if (op->getBlock() == &reduce.getBody().front())
            needed.insert(op);
    SmallVector<Operation *> ordered(needed.begin(), needed.end());
    llvm::sort(ordered, [](Operation *a, Operation *b) {
      return a->isBeforeInBlock(b);
    });
    return ordered;
  }

private:
  /// An operation belongs to row j if each operand does or is invariant, and
  /// at least one does. Row numbers are counted from the caller's j_base, which
  /// only the sweep knows.
  void classify(Operation &op) {
    bool some = false, costly = isExpensive(&op);
    if (op.getNumResults() != 1 || op.getNumRegions() ||
        op.getResult(0).getType().isInteger(1))
      return;
    for (Value operand : op.getOperands()) {
      bool own = ofRow.count(operand);
      bool outside = operand.getParentRegion() != &reduce.getBody();
      bool constant = operand.getDefiningOp() &&
                      operand.getDefiningOp()->hasTrait<OpTrait::ConstantLike>();
      if (!own && !outside && !constant)
        return;
      some |= own;
      costly |= operand.getDefiningOp() &&
                expensive.count(operand.getDefiningOp());
    }
    if (!some)
      return;
    ofRow.insert(op.getResult(0));
    if (costly)
      expensive.insert(&op);
  }

  /// Some user is not itself a term of row j.
  bool leavesTerms(Operation &op) {
    return llvm::any_of(op.getUsers(), [&](Operation *user) {
      return user->getNumResults() != 1 || !ofRow.count(user->getResult(0));
    });
  }

  kdsl::ReduceOp reduce;
  llvm::DenseSet<Value> ofRow;
  llvm::DenseSet<Operation *> expensive;
};

/// Builds the map over j that computes the roots.
kdsl::MapOp buildMap(kdsl::ReduceOp reduce, RowTerms &terms) {
  OpBuilder builder(reduce);
  Location loc = reduce.getLoc();
  Block &block = reduce.getBody().front();
  unsigned kept = reduce.getKeep().size();
  SmallVector<Operation *> slice = terms.slice();

  SmallVector<unsigned> used;
  for (unsigned r = 0; r < reduce.getRows().size(); ++r) {
    Value argument = block.getArgument(kept + 1 + r);
    if (llvm::any_of(slice, [&](Operation *op) {
          return llvm::is_contained(op->getOperands(), argument);
        }))
      used.push_back(r);
  }
  SmallVector<Value> rows;
  SmallVector<Attribute> subscripts, names{reduce.getNames()[kept]};
  for (unsigned r : used) {
    rows.push_back(reduce.getRows()[r]);
    subscripts.push_back(builder.getDenseI64ArrayAttr({0}));
    names.push_back(reduce.getNames()[kept + 1 + r]);
  }
  SmallVector<Type> types;
  auto axis = cast<StringAttr>(reduce.getOver()[0]);
  for (Value root : terms.roots)
    types.push_back(
        kdsl::RowsType::get(builder.getContext(), {axis}, root.getType()));
  auto map = kdsl::MapOp::create(
      builder, loc, types, rows, builder.getArrayAttr({axis}),
      builder.getArrayAttr(subscripts), builder.getArrayAttr(names),
      kdsl::ScheduleAttr());

  Block &body = map.getBody().emplaceBlock();
  IRMapping mapping;
  mapping.map(block.getArgument(kept),
              body.addArgument(builder.getIndexType(), loc));
  for (unsigned r : used) {
    BlockArgument argument = block.getArgument(kept + 1 + r);
    mapping.map(argument, body.addArgument(argument.getType(), loc));
  }
  builder.setInsertionPointToStart(&body);
  for (Operation *op : slice)
    builder.clone(*op, mapping);
  SmallVector<Value> results;
  for (Value root : terms.roots)
    results.push_back(mapping.lookup(root));
  kdsl::YieldOp::create(builder, loc, results, ValueRange());
  return map;
}

/// Reads the map's results in place of the roots.
void readRows(kdsl::ReduceOp reduce, RowTerms &terms, kdsl::MapOp map) {
  Builder builder(reduce.getContext());
  Block &block = reduce.getBody().front();
  int64_t kept = reduce.getKeep().size();
  SmallVector<Attribute> subscripts(reduce.getSubscripts().getValue());
  SmallVector<Attribute> names(reduce.getNames().getValue());
  for (auto [root, result] : llvm::zip(terms.roots, map.getResults())) {
    reduce.getRowsMutable().append(result);
    subscripts.push_back(builder.getDenseI64ArrayAttr({kept}));
    names.push_back(builder.getStringAttr("term"));
    root.replaceAllUsesWith(block.addArgument(root.getType(), root.getLoc()));
  }
  SmallVector<Operation *> slice = terms.slice();
  for (Operation *op : llvm::reverse(slice))
    if (op->use_empty())
      op->erase();
  reduce.setSubscriptsAttr(builder.getArrayAttr(subscripts));
  reduce.setNamesAttr(builder.getArrayAttr(names));
}

struct HoistTerms : impl::HoistTermsBase<HoistTerms> {
  void runOnOperation() override {
    auto reduces = llvm::to_vector(getOperation().getOps<kdsl::ReduceOp>());
    for (kdsl::ReduceOp reduce : reduces) {
      RowTerms terms(reduce);
      if (!terms.roots.empty())
        readRows(reduce, terms, buildMap(reduce, terms));
    }
  }
};

} // namespace
} // namespace kdslc
