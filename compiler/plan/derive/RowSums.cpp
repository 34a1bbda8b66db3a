//===- RowSums.cpp - cotangents of whole arrays, put together -------------===//

#include "compiler/plan/derive/RowSums.h"
#include "compiler/plan/derive/Calculator.h"

using namespace mlir;

namespace kdslc {

Value RowSums::sum(ArrayRef<Value> parts) {
  SmallVector<Attribute> axes, names;
  if (auto type = dyn_cast<kdsl::RowsType>(parts.front().getType()))
    axes.append(type.getAxes().begin(), type.getAxes().end());
  for (size_t k = 0; k < axes.size(); ++k)
    names.push_back(builder.getStringAttr(
        std::string(1, char('i' + std::min<size_t>(k, 10)))));
  PairBuilder pair(parts.front().getLoc(), axes, names, formulas);
  auto place = llvm::to_vector(llvm::seq<int64_t>(0, axes.size()));
  Value sum;
  for (Value part : parts)
    sum = Calculator(pair.builder, parts.front().getLoc())
              .add(sum, pair.read(part, place));
  kdsl::MapOp map = pair.map(builder, sum);
  formulas.insert(map);
  return map.getResult(0);
}

Value RowSums::onDiagonal(Value rows, Type array, const Place &diagonal) {
  auto from = dyn_cast<kdsl::RowsType>(rows.getType());
  size_t own = from.getAxes().size();
  if (diagonal.size() == own)
    return rows;
  auto type = cast<kdsl::RowsType>(array);
  SmallVector<Attribute> axes, names;
  for (StringAttr axis : type.getAxes()) {
    names.push_back(builder.getStringAttr("i" + std::to_string(axes.size())));
    axes.push_back(axis);
  }
  Location loc = rows.getLoc();
  PairBuilder pair(loc, axes, names, formulas);
  Calculator c(pair.builder, loc);
  Place first(own, -1);
  Value isOn;
  auto number = [&](int64_t index) -> Value {
    return kdsl::RowNumberOp::create(pair.builder, loc,
                                     pair.builder.getI64Type(),
                                     pair.index(index));
  };
  for (auto [index, place] : llvm::enumerate(diagonal)) {
    if (first[place] < 0) {
      first[place] = index;
      continue;
    }
    Value equal = arith::CmpIOp::create(pair.builder, loc,
                                        arith::CmpIPredicate::eq,
                                        number(first[place]), number(index));
    isOn = isOn ? c.both(isOn, equal) : equal;
  }
  kdsl::MapOp map =
      pair.map(builder, c.select(isOn, pair.read(rows, first), Value()));
  formulas.insert(map);
  return map.getResult(0);
}

/// The rows with their axes as they are listed.
Value RowSums::inOrder(Value rows, const Place &at) {
  if (llvm::is_sorted(at))
    return rows;
  auto type = cast<kdsl::RowsType>(rows.getType());
  SmallVector<Attribute> axes, names;
  Place place(at.size());
  for (auto [position, axis] : llvm::enumerate(at)) {
    axes.push_back(type.getAxes()[axis]);
    names.push_back(builder.getStringAttr("i" + std::to_string(axis)));
    place[axis] = position;
  }
  PairBuilder pair(rows.getLoc(), axes, names, formulas);
  kdsl::MapOp map = pair.map(builder, pair.read(rows, place));
  formulas.insert(map);
  return map.getResult(0);
}

Value RowSums::sumOver(Value rows, Place at) {
  auto type = cast<kdsl::RowsType>(rows.getType());
  int64_t rank = type.getAxes().size();
  if (rank == int64_t(at.size()))
    return inOrder(rows, at);
  int64_t over = rank - 1;
  while (llvm::is_contained(at, over))
    --over;
  bool isLast = rank == int64_t(at.size()) + 1;
  Place order = at;
  if (!isLast) {
    order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    llvm::erase(order, over);
  }
  order.push_back(over);
  SmallVector<Attribute> axes, names;
  Place place(rank);
  for (auto [position, axis] : llvm::enumerate(order)) {
    axes.push_back(type.getAxes()[axis]);
    names.push_back(builder.getStringAttr(
        std::string(1, char('i' + std::min<int64_t>(axis, 10)))));
    place[axis] = position;
  }
  PairBuilder pair(rows.getLoc(), axes, names, formulas);
  Value sum = pair.sums(builder, pair.read(rows, place), {}).getResult(0);
  if (isLast)
    return sum;
  for (int64_t &position : at)
    position -= position > over;
  return sumOver(sum, at);
}

} // namespace kdslc
