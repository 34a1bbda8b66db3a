//===- HoistTerms.cpp - terms of one row alone leave the pair -------------===//

#include "compiler/Target.h"
#include "compiler/plan/PairBuilder.h"
#include "compiler/plan/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_HOISTTERMS
#include "compiler/plan/Passes.h.inc"

namespace {

/// More than arithmetic: worth a pass of its own over the rows.
bool isExpensive(Operation *op) {
  if (isa<kdsl::SqDistOp, kdsl::DotOp, kdsl::MatMulOp, kdsl::PlaceOp,
          kdsl::LookupOp, kdsl::LgammaOp, vector::ReductionOp, arith::DivFOp>(
          op))
    return true;
  return isa<math::MathDialect>(op->getDialect()) &&
         !isa<math::AbsFOp, math::FloorOp, math::CeilOp, math::RoundOp>(op);
}

/// Features of a row i that a loop computes again for each pair: fewer are
/// written out, and leave the sweep as numbers do.
bool isLong(Operation *op) {
  int64_t size = kdsl::featureCount(op->getResult(0).getType());
  if (auto product = dyn_cast<kdsl::MatMulOp>(op))
    return size * product.getRhs().getType().getShape().front() > 64;
  return size > usualUnroll;
}

enum class Side { Kept, Reduced };

/// The terms of one reduce that depend on the reduced row, at a point of the
/// batch, or on the kept ones, and on parameters only.
class RowTerms {
public:
  RowTerms(kdsl::ReduceOp reduce, Side side) : reduce(reduce), side(side) {
    int64_t kept = reduce.getKeep().size(), tileRow = kept - 1;
    Block &block = reduce.getBody().front();
    for (unsigned r = 0; r < reduce.getRows().size(); ++r) {
      ArrayRef<int64_t> subscript = reduce.getSubscript(r);
      bool ofTile = llvm::is_contained(subscript, tileRow),
           ofReduced = llvm::is_contained(subscript, kept);
      Value argument = block.getArgument(kept + 1 + r);
      if (side == Side::Kept && !ofReduced)
        ofRow.insert(argument);
      else if (side == Side::Reduced && !ofTile)
        (ofReduced ? ofRow : ofBatch).insert(argument);
    }
    for (Operation &op : block.without_terminator())
      classify(op);
    for (Operation &op : llvm::reverse(block.without_terminator()))
      if (leavesTerms(op))
        leaving.insert(&op);
    for (Operation &op : block.without_terminator())
      if (expensive.count(&op) && !isCondition(op) && leaving.count(&op))
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
  /// An operation belongs to the row if each operand does or is invariant, and
  /// at least one does. Row numbers are counted from the caller's j_base, which
  /// only the sweep knows.
  void classify(Operation &op) {
    if (op.getNumResults() != 1 || op.getNumRegions())
      return;
    bool some = false, costly = isExpensive(&op);
    if (side == Side::Kept)
      costly &= isa<VectorType>(op.getResult(0).getType()) && isLong(&op);
    for (Value operand : op.getOperands()) {
      bool own = ofRow.count(operand);
      bool outside = operand.getParentRegion() != &reduce.getBody() ||
                     ofBatch.count(operand);
      bool constant = operand.getDefiningOp() &&
                      operand.getDefiningOp()->getNumOperands() == 0;
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

  /// Conditions are no rows of an array.
  static bool isCondition(Operation &op) {
    return kdsl::featureElement(op.getResult(0).getType()).isInteger(1);
  }

  /// Some user, of which all are known already, is not itself a term of the row,
  /// or is a condition that leaves.
  bool leavesTerms(Operation &op) {
    return llvm::any_of(op.getUsers(), [&](Operation *user) {
      return user->getNumResults() != 1 || !ofRow.count(user->getResult(0)) ||
             (isCondition(*user) && leaving.count(user));
    });
  }

  kdsl::ReduceOp reduce;
  Side side;
  llvm::DenseSet<Value> ofRow;
  llvm::DenseSet<Value> ofBatch; ///< the same for all rows at hand
  llvm::DenseSet<Operation *> expensive, leaving;
};

/// The map that computes the roots, and how the reduce reads it.
struct TermMap {
  kdsl::MapOp map;
  SmallVector<int64_t> subscript; ///< positions of the map's axes in the reduce
};

/// Builds the map over those indices that the terms read.
TermMap buildMap(kdsl::ReduceOp reduce, RowTerms &terms) {
  OpBuilder builder(reduce);
  Location loc = reduce.getLoc();
  Block &block = reduce.getBody().front();
  unsigned kept = reduce.getKeep().size();
  SmallVector<Operation *> slice = terms.slice();

  SmallVector<unsigned> used;
  llvm::SmallSet<int64_t, 4> positions;
  for (unsigned r = 0; r < reduce.getRows().size(); ++r) {
    Value argument = block.getArgument(kept + 1 + r);
    if (llvm::none_of(slice, [&](Operation *op) {
          return llvm::is_contained(op->getOperands(), argument);
        }))
      continue;
    used.push_back(r);
    positions.insert_range(reduce.getSubscript(r));
  }
  TermMap made;
  SmallVector<Attribute> axes, subscripts, names;
  SmallVector<StringAttr> axisNames;
  for (int64_t k = 0; k <= int64_t(kept); ++k) {
    if (!positions.contains(k))
      continue;
    made.subscript.push_back(k);
    axes.push_back(k < int64_t(kept) ? reduce.getKeep()[k]
                                     : reduce.getOver()[0]);
    axisNames.push_back(cast<StringAttr>(axes.back()));
    names.push_back(reduce.getNames()[k]);
  }
  SmallVector<Value> rows;
  for (unsigned r : used) {
    rows.push_back(reduce.getRows()[r]);
    subscripts.push_back(builder.getDenseI64ArrayAttr(
        llvm::map_to_vector(reduce.getSubscript(r), [&](int64_t k) -> int64_t {
          return llvm::find(made.subscript, k) - made.subscript.begin();
        })));
    names.push_back(reduce.getNames()[kept + 1 + r]);
  }
  SmallVector<Type> types;
  for (Value root : terms.roots)
    types.push_back(kdsl::RowsType::get(builder.getContext(), axisNames,
                                        root.getType()));
  made.map = kdsl::MapOp::create(
      builder, loc, types, rows, builder.getArrayAttr(axes),
      builder.getArrayAttr(subscripts), builder.getArrayAttr(names),
      kdsl::ScheduleAttr());

  Block &body = made.map.getBody().emplaceBlock();
  IRMapping mapping;
  for (int64_t k : made.subscript)
    mapping.map(block.getArgument(k),
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
  return made;
}

/// Reads the map's results in place of the roots.
void readRows(kdsl::ReduceOp reduce, RowTerms &terms, const TermMap &made) {
  for (auto [root, result] :
       llvm::zip(terms.roots, kdsl::MapOp(made.map).getResults()))
    root.replaceAllUsesWith(appendRow(reduce, result, made.subscript, "term"));
  SmallVector<Operation *> slice = terms.slice();
  for (Operation *op : llvm::reverse(slice))
    if (op->use_empty())
      op->erase();
}

struct HoistTerms : impl::HoistTermsBase<HoistTerms> {
  void runOnOperation() override {
    auto reduces = llvm::to_vector(getOperation().getOps<kdsl::ReduceOp>());
    for (kdsl::ReduceOp reduce : reduces)
      for (Side side : {Side::Reduced, Side::Kept}) {
        RowTerms terms(reduce, side);
        if (!terms.roots.empty())
          readRows(reduce, terms, buildMap(reduce, terms));
      }
  }
};

} // namespace
} // namespace kdslc
