//===- PairBuilder.cpp - a reduce or a map under construction -------------===//

#include "compiler/plan/PairBuilder.h"

using namespace mlir;

namespace kdslc {

PairView::PairView(Operation *op)
    : op(op), kept(op->getAttrOfType<ArrayAttr>("keep").size()),
      rows(isa<kdsl::ReduceOp>(op) ? cast<kdsl::ReduceOp>(op).getRows()
                                   : cast<kdsl::MapOp>(op).getRows()),
      subscripts(op->getAttrOfType<ArrayAttr>("subscripts")),
      block(&op->getRegion(0).front()),
      values(cast<kdsl::YieldOp>(block->getTerminator()).getValues()),
      masks(cast<kdsl::YieldOp>(block->getTerminator()).getMasks()) {
  llvm::append_range(axes, op->getAttrOfType<ArrayAttr>("keep"));
  if (auto over = op->getAttrOfType<ArrayAttr>("over"))
    llvm::append_range(axes, over);
  llvm::append_range(
      names, llvm::ArrayRef(op->getAttrOfType<ArrayAttr>("names").getValue())
                 .take_front(axes.size()));
}

ArrayRef<int64_t> PairView::subscript(unsigned row) const {
  return cast<DenseI64ArrayAttr>(subscripts[row]).asArrayRef();
}

BlockArgument appendRow(kdsl::ReduceOp reduce, Value rows,
                        ArrayRef<int64_t> subscript, StringRef name) {
  Builder builder(reduce.getContext());
  SmallVector<Attribute> subscripts(reduce.getSubscripts().getValue());
  SmallVector<Attribute> names(reduce.getNames().getValue());
  subscripts.push_back(builder.getDenseI64ArrayAttr(subscript));
  names.push_back(builder.getStringAttr(name));
  reduce.getRowsMutable().append(rows);
  reduce.setSubscriptsAttr(builder.getArrayAttr(subscripts));
  reduce.setNamesAttr(builder.getArrayAttr(names));
  return reduce.getBody().front().addArgument(
      cast<kdsl::RowsType>(rows.getType()).getRow(), rows.getLoc());
}

PairBuilder::PairBuilder(Location loc, ArrayRef<Attribute> axes,
                         ArrayRef<Attribute> names, const Formulas &formulas)
    : builder(loc.getContext()), loc(loc), axes(axes), names(names),
      formulas(formulas), block(&region.emplaceBlock()) {
  for (size_t k = 0; k < axes.size(); ++k)
    block->addArgument(builder.getIndexType(), loc);
  builder.setInsertionPointToEnd(block);
}

Attribute PairBuilder::nameOf(Value rows, ArrayRef<int64_t> place) {
  std::string name = "row";
  if (auto argument = dyn_cast<BlockArgument>(rows))
    if (auto program =
            dyn_cast<kdsl::ProgramOp>(argument.getOwner()->getParentOp()))
      name = kdsl::argumentName(program, argument.getArgNumber()).str();
  for (int64_t position : place)
    name += "_" + cast<StringAttr>(names[position]).getValue().str();
  return builder.getStringAttr(name);
}

Value PairBuilder::read(Value from, ArrayRef<int64_t> place) {
  auto type = dyn_cast<kdsl::RowsType>(from.getType());
  if (!type)
    return from;
  std::pair<const void *, std::vector<int64_t>> key(from.getAsOpaquePointer(),
                                                    place);
  if (auto found = known.find(key); found != known.end())
    return found->second;
  Operation *definer = from.getDefiningOp();
  if (definer && formulas.contains(definer)) {
    PairView view(definer);
    IRMapping mapping;
    copy(view, place, mapping);
    unsigned result = cast<OpResult>(from).getResultNumber();
    return known[key] = mapping.lookupOrDefault(view.values[result]);
  }
  rows.push_back(from);
  subscripts.push_back(builder.getDenseI64ArrayAttr(place));
  names.push_back(nameOf(from, place));
  return known[key] = block->addArgument(type.getRow(), from.getLoc());
}

SmallVector<Operation *> PairBuilder::copy(const PairView &from,
                                           IRMapping &mapping) {
  return copy(from,
              llvm::to_vector(llvm::seq<int64_t>(0, int64_t(from.axes.size()))),
              mapping);
}

SmallVector<Operation *> PairBuilder::copy(const PairView &from,
                                           ArrayRef<int64_t> places,
                                           IRMapping &mapping) {
  for (auto [k, place] : llvm::enumerate(places))
    mapping.map(from.block->getArgument(k), index(place));
  for (unsigned r = 0; r < from.rows.size(); ++r) {
    Place at;
    for (int64_t position : from.subscript(r))
      at.push_back(places[position]);
    mapping.map(from.rowArgument(r), read(from.rows[r], at));
  }
  SmallVector<Operation *> copies;
  for (Operation &op : from.block->without_terminator())
    copies.push_back(builder.clone(op, mapping));
  return copies;
}

SmallVector<Type> PairBuilder::rowsTypes(unsigned kept,
                                         ArrayRef<Type> rowTypes) {
  SmallVector<StringAttr> keep;
  for (unsigned k = 0; k < kept; ++k)
    keep.push_back(cast<StringAttr>(axes[k]));
  SmallVector<Type> types;
  for (Type type : rowTypes)
    types.push_back(kdsl::RowsType::get(builder.getContext(), keep, type));
  return types;
}

kdsl::ReduceOp PairBuilder::reduce(OpBuilder &at, ArrayRef<Attribute> states,
                                   ArrayRef<Attribute> projections,
                                   ArrayRef<Type> rowTypes, ValueRange values,
                                   ValueRange masks, Value ranges) {
  kdsl::YieldOp::create(builder, loc, values, masks);
  auto inOrder = llvm::to_vector(llvm::seq<int64_t>(0, states.size()));
  auto op = kdsl::ReduceOp::create(
      at, loc, rowsTypes(axes.size() - 1, rowTypes), rows, ranges,
      at.getArrayAttr(ArrayRef(axes).drop_back()), at.getArrayAttr(axes.back()),
      at.getArrayAttr(subscripts), at.getArrayAttr(states),
      at.getDenseI64ArrayAttr(inOrder), at.getArrayAttr(projections),
      at.getArrayAttr(names), kdsl::ScheduleAttr());
  op.getBody().takeBody(region);
  return op;
}

kdsl::ReduceOp PairBuilder::sums(OpBuilder &at, ValueRange values,
                                 ValueRange masks, Value ranges) {
  SmallVector<Attribute> states(values.size(),
                                kdsl::SumAttr::get(builder.getContext()));
  SmallVector<Attribute> projections(values.size(),
                                     builder.getStringAttr("value"));
  return reduce(at, states, projections, llvm::to_vector<4>(values.getTypes()),
                values, masks, ranges);
}

kdsl::MapOp PairBuilder::map(OpBuilder &at, ValueRange values) {
  kdsl::YieldOp::create(builder, loc, values, ValueRange());
  auto op = kdsl::MapOp::create(
      at, loc, rowsTypes(axes.size(), llvm::to_vector<4>(values.getTypes())),
      rows, at.getArrayAttr(axes), at.getArrayAttr(subscripts),
      at.getArrayAttr(names), kdsl::ScheduleAttr());
  op.getBody().takeBody(region);
  return op;
}

} // namespace kdslc
