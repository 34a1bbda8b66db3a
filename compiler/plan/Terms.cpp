//===- Terms.cpp - what a value of a pair is made of ----------------------===//

#include "compiler/plan/Terms.h"
#include "compiler/plan/derive/Calculator.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kdslc {

Term termOf(kdsl::ReduceOp reduce, Value value) {
  PairView view(reduce);
  Term term{value, {}, {}};
  llvm::DenseSet<Value> needed = {value};
  for (Operation &op : llvm::reverse(*view.block))
    if (llvm::any_of(op.getResults(),
                     [&](Value result) { return needed.contains(result); })) {
      term.operations.insert(term.operations.begin(), &op);
      needed.insert_range(op.getOperands());
    }
  for (unsigned k = 0; k < view.axes.size(); ++k)
    if (needed.contains(view.block->getArgument(k))) {
      term.indices.insert(k);
      term.countsRows = true;
    }
  for (unsigned r = 0; r < view.rows.size(); ++r)
    if (needed.contains(view.rowArgument(r)))
      term.indices.insert(view.subscript(r).begin(), view.subscript(r).end());
  return term;
}

bool isOfPair(kdsl::ReduceOp reduce, Value value) {
  PairView view(reduce);
  bool ofTile = false, ofReduced = false;
  auto meet = [&](int64_t index) {
    ofTile |= index + 1 == int64_t(view.kept);
    ofReduced |= index == int64_t(view.kept);
  };
  llvm::SetVector<Value> needed;
  needed.insert(value);
  for (unsigned n = 0; n < needed.size() && !(ofTile && ofReduced); ++n) {
    if (auto argument = dyn_cast<BlockArgument>(needed[n])) {
      if (argument.getOwner() != view.block)
        continue;
      unsigned number = argument.getArgNumber();
      if (number < view.axes.size())
        meet(number);
      else
        llvm::for_each(view.subscript(number - view.axes.size()), meet);
    } else if (Operation *op = needed[n].getDefiningOp();
               op->getBlock() == view.block) {
      needed.insert_range(op->getOperands());
    }
  }
  return ofTile && ofReduced;
}

llvm::DenseSet<Value> dependents(Block &body, llvm::DenseSet<Value> values) {
  for (Operation &op : body)
    if (op.getNumRegions() ||
        llvm::any_of(op.getOperands(),
                     [&](Value operand) { return values.contains(operand); }))
      values.insert_range(op.getResults());
  return values;
}

PairBuilder::Place positions(ArrayRef<int64_t> indices,
                             const PairBuilder::Place &among) {
  PairBuilder::Place found;
  for (int64_t index : indices)
    found.push_back(llvm::find(among, index) - among.begin());
  return found;
}

PairBuilder::Place keptPlace(kdsl::ReduceOp reduce) {
  return llvm::to_vector(
      llvm::seq<int64_t>(0, int64_t(reduce.getKeep().size())));
}

PairBuilder over(kdsl::ReduceOp reduce, const PairBuilder::Place &place) {
  static const PairBuilder::Formulas none;
  PairView view(reduce);
  SmallVector<Attribute> axes, names;
  for (int64_t index : place) {
    axes.push_back(view.axes[index]);
    names.push_back(view.names[index]);
  }
  return PairBuilder(reduce.getLoc(), axes, names, none);
}

Value copyTerm(kdsl::ReduceOp reduce, const Term &term,
               const PairBuilder::Place &place, PairBuilder &pair) {
  PairView view(reduce);
  IRMapping mapping;
  for (auto [k, index] : llvm::enumerate(place))
    mapping.map(view.block->getArgument(index), pair.index(k));
  for (unsigned r = 0; r < view.rows.size(); ++r) {
    Value row = view.rowArgument(r);
    if (term.value == row || llvm::any_of(term.operations, [&](Operation *op) {
          return llvm::is_contained(op->getOperands(), row);
        }))
      mapping.map(row,
                  pair.read(view.rows[r], positions(view.subscript(r), place)));
  }
  for (Operation *op : term.operations)
    pair.builder.clone(*op, mapping);
  return mapping.lookupOrDefault(term.value);
}

Value hasNoRows(kdsl::ReduceOp reduce, Calculator &c) {
  Value size = kdsl::SizeOp::create(c.builder, c.loc, c.builder.getIndexType(),
                                    cast<StringAttr>(reduce.getOver()[0]));
  return arith::CmpIOp::create(
      c.builder, c.loc, arith::CmpIPredicate::eq, size,
      arith::ConstantIndexOp::create(c.builder, c.loc, 0));
}

void replaceState(kdsl::ReduceOp reduce, unsigned state, Value value) {
  for (unsigned r = 0; r < reduce.getNumResults(); ++r)
    if (reduce.getResultStates()[r] == int64_t(state))
      reduce.getResult(r).replaceAllUsesExcept(value, value.getDefiningOp());
}

} // namespace kdslc
