//===- Settled.cpp - predicates that hold for all pairs of a block --------===//
//
// Of a tile and a block of rows j the numbers are known as intervals, and so may be
// that `i != j` or `j <= i` holds for all of their pairs. Few blocks are next to the
// rows i of a tile: the others are swept without the predicate.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/TileEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using Predicate = arith::CmpIPredicate;

namespace kdslc {

namespace {

/// From `low` to `high`; numbers of rows are far from where sums wrap around.
struct Interval {
  Value low, high;
};

class Settler : IndexMath {
public:
  Settler(const IndexMath &math, const Interval &tile, const Interval &swept,
          llvm::function_ref<Value(Value)> uniform)
      : IndexMath(math), tile(tile), swept(swept), uniform(uniform) {}

  /// Whether the i1 is set for all pairs; null where nothing says so.
  Value holds(Value mask);

private:
  std::optional<Interval> intervalOf(Value value);
  Value compare(Predicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value both(Value a, Value b) {
    return arith::AndIOp::create(builder, loc, a, b);
  }

  Interval tile, swept;
  llvm::function_ref<Value(Value)> uniform;
  Value areSmall; ///< whether the other numbers are, null: there are none
};

} // namespace

std::optional<Interval> Settler::intervalOf(Value value) {
  APInt known;
  if (matchPattern(value, m_ConstantInt(&known))) {
    if (known.getBitWidth() != 64 || known.abs().ugt(kdsl::beyondRows))
      return std::nullopt;
    Value constant = number(known.getSExtValue());
    return Interval{constant, constant};
  }
  Operation *op = value.getDefiningOp();
  if (auto row = dyn_cast_if_present<kdsl::RowNumberOp>(op)) {
    if (isSweptRow(row.getIndex()))
      return swept;
    if (isTileRow(row.getIndex()))
      return tile;
  }
  if (isa_and_present<arith::AddIOp, arith::SubIOp>(op)) {
    auto a = intervalOf(op->getOperand(0)), b = intervalOf(op->getOperand(1));
    if (!a || !b)
      return std::nullopt;
    if (isa<arith::AddIOp>(op))
      return Interval{add(a->low, b->low), add(a->high, b->high)};
    return Interval{subtract(a->low, b->high), subtract(a->high, b->low)};
  }
  if (auto absolute = dyn_cast_if_present<math::AbsIOp>(op)) {
    auto a = intervalOf(absolute.getOperand());
    if (!a)
      return std::nullopt;
    Value below = subtract(number(0), a->low), above = a->high;
    return Interval{max(max(a->low, subtract(number(0), above)), number(0)),
                    max(below, above)};
  }
  Value same = uniform(value);
  if (!same || !same.getType().isInteger(64))
    return std::nullopt;
  Value isSmall = compare(Predicate::ule, add(same, number(kdsl::beyondRows)),
                          number(2 * kdsl::beyondRows));
  areSmall = areSmall ? both(areSmall, isSmall) : isSmall;
  return Interval{same, same};
}

Value Settler::holds(Value mask) {
  if (auto parts = mask.getDefiningOp<arith::AndIOp>()) {
    Value a = holds(parts.getLhs()), b = a ? holds(parts.getRhs()) : Value();
    return b ? both(a, b) : b;
  }
  auto op = mask.getDefiningOp<arith::CmpIOp>();
  if (!op || !op.getLhs().getType().isInteger(64))
    return {};
  auto a = intervalOf(op.getLhs()), b = a ? intervalOf(op.getRhs()) : a;
  if (!b)
    return {};
  Value result;
  switch (op.getPredicate()) {
  case Predicate::slt:
  case Predicate::sle:
    result = compare(op.getPredicate(), a->high, b->low);
    break;
  case Predicate::sgt:
  case Predicate::sge:
    result = compare(op.getPredicate(), a->low, b->high);
    break;
  case Predicate::ne:
    result = arith::OrIOp::create(builder, loc,
                                  compare(Predicate::slt, a->high, b->low),
                                  compare(Predicate::sgt, a->low, b->high));
    break;
  default:
    return {};
  }
  return areSmall ? both(areSmall, result) : result;
}

Value TileEmitter::settledFor(ktile::SweepOp op, Value first, Value end) {
  auto folds = op.getBody().getOps<ktile::FoldOp>();
  if (!areNumbersTogether() || llvm::none_of(folds, [](ktile::FoldOp fold) { return fold.getMask(); }))
    return {};
  Value tileBase = memory.rowBase(/*reduced=*/false),
        base = memory.rowBase(/*reduced=*/true);
  Value firstOfTile = add(tileBase, tileRow);
  Interval tile{firstOfTile, add(firstOfTile, number(tileRows() - 1))};
  Interval swept{add(base, first), add(base, subtract(end, number(1)))};
  auto uniform = [&](Value value) -> Value {
    auto found = numbers.find(value);
    bool isOutside = !op.getBody().isAncestor(value.getParentRegion());
    return isOutside && found != numbers.end() &&
                   found->second.spread == Spread::Uniform
               ? found->second.members.front()
               : Value();
  };
  Settler settler(*this, tile, swept, uniform);
  Value all;
  for (ktile::FoldOp fold : folds) {
    if (!fold.getMask())
      continue;
    Value one = settler.holds(fold.getMask());
    if (!one)
      return {};
    all = all ? Value(arith::AndIOp::create(builder, loc, all, one)) : one;
  }
  return all;
}

} // namespace kdslc
