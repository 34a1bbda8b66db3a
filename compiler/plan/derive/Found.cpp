//===- Found.cpp - values at the rows that an order has found -------------===//

#include "compiler/plan/derive/Found.h"

using namespace mlir;

namespace kdslc {

/// The number of a row that was found, in a map or in the places of a list: a
/// row operand of the map, or an element of one.
static BlockArgument numbersOf(Value number, Block &map) {
  if (auto extract = number.getDefiningOp<vector::ExtractOp>())
    number = extract.getSource();
  auto argument = dyn_cast<BlockArgument>(number);
  return argument && argument.getOwner() == &map ? argument : BlockArgument();
}

/// The operand with the numbers, and the axis whose rows were found. A list of
/// values that gathers nothing has its axis from the reduce that found it.
static std::pair<BlockArgument, StringAttr> searchOf(kdsl::MapOp map) {
  Block &block = map.getBody().front();
  BlockArgument numbers;
  StringAttr axis;
  map.walk([&](kdsl::GatherOp gather) {
    numbers = numbersOf(gather.getNumber(), block);
    axis = cast<kdsl::RowsType>(gather.getRows().getType())
               .getAxes()[gather.getAxes().front()];
  });
  if (numbers)
    return {numbers, axis};
  map.walk([&](kdsl::EachOp each) {
    each.walk([&](vector::ExtractOp extract) {
      BlockArgument argument = numbersOf(extract.getResult(), block);
      if (!argument || extract.getDynamicPosition().empty())
        return;
      Value rows = map.getRows()[argument.getArgNumber() -
                                 map.getKeep().size()];
      if (auto reduce = rows.getDefiningOp<kdsl::ReduceOp>()) {
        numbers = argument;
        axis = cast<StringAttr>(reduce.getOver()[0]);
      }
    });
  });
  return {numbers, axis};
}

namespace {
/// Copies the body of a map with one index more, row j, in place of what was
/// found.
class Unfolding {
public:
  Unfolding(kdsl::MapOp map, BlockArgument numbers, StringAttr axis)
      : map(map), numbers(numbers), view(map), axes(view.axes),
        names(view.names) {
    axes.push_back(axis);
    names.push_back(StringAttr::get(map.getContext(), "found"));
  }

  kdsl::ReduceOp run() {
    PairBuilder pair(map.getLoc(), axes, names, none);
    for (unsigned k = 0; k < view.axes.size(); ++k)
      mapping.map(view.block->getArgument(k), pair.index(k));
    for (unsigned r = 0; r < view.rows.size(); ++r)
      if (view.rowArgument(r) != Value(numbers))
        mapping.map(view.rowArgument(r),
                    pair.read(view.rows[r], view.subscript(r)));
    row = view.axes.size();
    number = kdsl::RowNumberOp::create(pair.builder, map.getLoc(),
                                       pair.builder.getI64Type(),
                                       pair.index(row));
    if (!isa<VectorType>(numbers.getType()))
      mapping.map(numbers, number);
    copy(*view.block, pair);
    OpBuilder after(map.getContext());
    after.setInsertionPointAfter(map);
    return pair.sums(after, mapping.lookupOrDefault(view.values[0]), {},
                     rangesOfSearch());
  }

private:
  /// Rows were found among those of a set of pairs: the others need no look.
  Value rangesOfSearch() {
    Value found = map.getRows()[numbers.getArgNumber() - view.kept];
    auto search = found.getDefiningOp<kdsl::ReduceOp>();
    bool isSame = search && search.getRanges() && view.kept > 0 &&
                  search.getRanges().getType().getKept() == axes[view.kept - 1];
    ArrayRef<int64_t> own = view.subscript(numbers.getArgNumber() - view.kept);
    return isSame && !own.empty() && own.back() == int64_t(view.kept) - 1
               ? search.getRanges()
               : Value();
  }

  /// Where a gathered row stands: its own indices, and row j.
  PairBuilder::Place placeOf(kdsl::GatherOp gather) {
    PairBuilder::Place place;
    ValueRange others = gather.getIndices();
    int64_t rank = gather.getRows().getType().getAxes().size();
    for (int64_t axis = 0; axis < rank; ++axis) {
      if (llvm::is_contained(gather.getAxes(), axis)) {
        place.push_back(row);
      } else {
        place.push_back(cast<BlockArgument>(others.front()).getArgNumber());
        others = others.drop_front();
      }
    }
    return place;
  }

  void copy(Block &block, PairBuilder &pair) {
    for (Operation &op : block.without_terminator()) {
      auto extract = dyn_cast<vector::ExtractOp>(op);
      if (extract && extract.getSource() == Value(numbers)) {
        mapping.map(op.getResult(0), number);
      } else if (auto gather = dyn_cast<kdsl::GatherOp>(op)) {
        mapping.map(op.getResult(0),
                    pair.read(gather.getRows(), placeOf(gather)));
      } else if (auto each = dyn_cast<kdsl::EachOp>(op)) {
        copy(each.getBody().front(), pair);
        mapping.map(op.getResult(0), mapping.lookupOrDefault(
                                         each.getYield().getValues().front()));
      } else if (auto shaped = dyn_cast<vector::ShapeCastOp>(op);
                 shaped && shaped.getSource().getDefiningOp<kdsl::EachOp>()) {
        // Of all places; what is left is the value of one.
        mapping.map(op.getResult(0), mapping.lookup(shaped.getSource()));
      } else {
        Operation *copy = pair.builder.clone(op, mapping);
        if (isa<kdsl::ContainsOp>(copy)) // of the row itself
          for (OpOperand &operand : copy->getOpOperands())
            if (operand.get() == number)
              operand.set(pair.index(row));
      }
    }
  }

  kdsl::MapOp map;
  BlockArgument numbers;
  PairView view;
  SmallVector<Attribute> axes, names;
  PairBuilder::Formulas none;
  IRMapping mapping;
  Value number;
  int64_t row = 0;
};
} // namespace

std::optional<Found> foundBy(kdsl::MapOp map) {
  auto [numbers, axis] = searchOf(map);
  if (!numbers)
    return std::nullopt;
  Found found;
  unsigned operand = numbers.getArgNumber() - map.getKeep().size();
  found.numbers = map.getRows()[operand];
  found.at.assign(map.getSubscript(operand).begin(),
                  map.getSubscript(operand).end());
  if (auto list = dyn_cast<VectorType>(numbers.getType()))
    found.places = list.getNumElements();
  found.pairs = Unfolding(map, numbers, axis).run();
  return found;
}

std::pair<Value, Value> cotangentOfFound(Value y, Value found, Value own,
                                         Type value, Calculator &c) {
  auto list = dyn_cast<VectorType>(found.getType());
  Value isFound = arith::CmpIOp::create(c.builder, c.loc,
                                        arith::CmpIPredicate::eq,
                                        c.spread(own, found.getType()), found);
  if (!list)
    return {y, isFound};
  Value any = c.any(isFound);
  auto vector = dyn_cast<VectorType>(value);
  if (!vector)
    return {c.total(c.select(isFound, y, Value())), any};
  // Row k of a matrix has the value of place k.
  int64_t shape[] = {list.getNumElements(), vector.getNumElements()};
  Type element = vector.getElementType();
  Value rows = c.shaped(y, VectorType::get(shape, element));
  Value here = c.pick(isFound, shape, c.builder.getAffineDimExpr(0));
  Value ones = c.constant(VectorType::get(shape[0], element), 1);
  return {c.matmul(ones, c.select(here, rows, Value()), value), any};
}

} // namespace kdslc
