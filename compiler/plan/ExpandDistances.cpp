//===- ExpandDistances.cpp - |x - y|^2 as norms and an inner product ------===//
//
// |x - y|^2 = |x - c|^2 + |y - c|^2 - 2 (x - c).(y - c) for any c: one product a
// feature in the pair in place of a difference and a product, which counts where
// both share ports. With c far from the points the sum cancels; c is the mean of
// the rows j.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/PairBuilder.h"
#include "compiler/plan/Passes.h"
#include "compiler/plan/derive/Calculator.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>
#include <set>

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_EXPANDDISTANCES
#include "compiler/plan/Passes.h.inc"

namespace {

/// Indices of a reduce, by their positions.
using Indices = std::set<int64_t>;
using Place = PairBuilder::Place;

/// Of one distance: the reduce has more operands afterwards.
class Expansion {
public:
  explicit Expansion(kdsl::ReduceOp reduce)
      : reduce(reduce), view(reduce), last(int64_t(view.axes.size()) - 1) {}

  void run(kdsl::SqDistOp distance);

private:
  /// What a side of the distance is made of, in the order of the body.
  struct Side {
    Value vector;
    SmallVector<Operation *> operations;
    Indices indices;
  };
  Side sideOf(Value vector);
  Value copy(const Side &side, PairBuilder &pair, const Place &places);
  Value centre(PairBuilder &pair, Value sum, ArrayRef<int64_t> place);
  kdsl::MapOp centred(const Side &side, const Place &places, Value sum,
                      const Place &batch, double factor);
  Value read(Value rows, const Place &place) {
    return appendRow(reduce, rows, place, "centred");
  }

  /// A new operation over some of the indices.
  PairBuilder over(const Place &places) {
    SmallVector<Attribute> axes, names;
    for (int64_t place : places) {
      axes.push_back(view.axes[place]);
      names.push_back(view.names[place]);
    }
    return PairBuilder(reduce.getLoc(), axes, names, none);
  }

  kdsl::ReduceOp reduce;
  PairView view;
  int64_t last; ///< the position of the reduced index
  PairBuilder::Formulas none;
};
} // namespace

/// Where indices stand among others.
static Place positions(ArrayRef<int64_t> indices, const Place &among) {
  Place found;
  for (int64_t index : indices)
    found.push_back(llvm::find(among, index) - among.begin());
  return found;
}

/// Whether a value is of no use but in an exponential: one a little below zero is
/// as good as zero there, within the error that it has.
static bool isExponent(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    Operation *op = use.getOwner();
    if (isa<math::ExpOp, math::Exp2Op>(op))
      return true;
    if (isa<arith::AddFOp, arith::SubFOp, arith::NegFOp>(op))
      return isExponent(op->getResult(0));
    auto reduce = dyn_cast<kdsl::ReduceOp>(op->getParentOp());
    if (isa<arith::MulFOp>(op)) {
      Value other = op->getOperand(1 - use.getOperandNumber());
      return reduce &&
             !reduce->isAncestor(other.getParentBlock()->getParentOp()) &&
             isExponent(op->getResult(0));
    }
    if (!reduce || !isa<kdsl::YieldOp>(op))
      return false;
    for (unsigned s = 0; s < reduce.getStates().size(); ++s)
      if (reduce.getValues(s).getBeginOperandIndex() == use.getOperandNumber())
        return isa<kdsl::LogSumExpAttr, kdsl::SoftmaxSumAttr>(
            reduce.getStates()[s]);
    return false;
  });
}

Expansion::Side Expansion::sideOf(Value vector) {
  Side side{vector, {}, {}};
  llvm::DenseSet<Value> needed = {vector};
  for (Operation &op : llvm::reverse(*view.block))
    if (llvm::any_of(op.getResults(),
                     [&](Value result) { return needed.contains(result); })) {
      side.operations.insert(side.operations.begin(), &op);
      needed.insert_range(op.getOperands());
    }
  for (unsigned k = 0; k < view.axes.size(); ++k)
    if (needed.contains(view.block->getArgument(k)))
      side.indices.insert(k);
  for (unsigned r = 0; r < view.rows.size(); ++r)
    if (needed.contains(view.rowArgument(r)))
      side.indices.insert(view.subscript(r).begin(), view.subscript(r).end());
  return side;
}

/// The side in another operation, whose index k is our index places[k].
Value Expansion::copy(const Side &side, PairBuilder &pair,
                      const Place &places) {
  IRMapping mapping;
  for (auto [k, index] : llvm::enumerate(places))
    mapping.map(view.block->getArgument(index), pair.index(k));
  for (unsigned r = 0; r < view.rows.size(); ++r) {
    bool isNeeded = side.vector == view.rowArgument(r) ||
                    llvm::any_of(side.operations, [&](Operation *op) {
                      return llvm::is_contained(op->getOperands(),
                                                view.rowArgument(r));
                    });
    if (isNeeded)
      mapping.map(view.rowArgument(r),
                  pair.read(view.rows[r],
                            positions(view.subscript(r), places)));
  }
  for (Operation *op : side.operations)
    pair.builder.clone(*op, mapping);
  return mapping.lookupOrDefault(side.vector);
}

/// The mean of the rows j; the origin for features where it is not finite, so
/// that one row of inf spoils its own distances only.
Value Expansion::centre(PairBuilder &pair, Value sum,
                        ArrayRef<int64_t> place) {
  Calculator c(pair.builder, pair.loc);
  Value total = pair.read(sum, place);
  auto type = cast<VectorType>(total.getType());
  Value size = kdsl::SizeOp::create(pair.builder, pair.loc,
                                    pair.builder.getIndexType(),
                                    cast<StringAttr>(view.axes[last]));
  Value rows = arith::SIToFPOp::create(
      pair.builder, pair.loc, type.getElementType(),
      arith::IndexCastOp::create(pair.builder, pair.loc,
                                 pair.builder.getI64Type(), size));
  Value mean = c.div(total, c.spread(rows, type));
  Value isFinite =
      c.compare(arith::CmpFPredicate::OLT, c.call<math::AbsFOp>(mean),
                std::numeric_limits<double>::infinity());
  return c.select(isFinite, mean, Value());
}

/// `factor` times the centred rows of a side, and their squared norms. There is a
/// sum of the rows j for each point of the batch.
kdsl::MapOp Expansion::centred(const Side &side, const Place &places, Value sum,
                               const Place &batch, double factor) {
  PairBuilder pair = over(places);
  Calculator c(pair.builder, pair.loc);
  Value row = c.sub(copy(side, pair, places),
                    centre(pair, sum, positions(batch, places)));
  Value norm = c.dot(row, row);
  OpBuilder before(reduce);
  return pair.map(before, {factor == 1 ? row : c.scale(row, factor), norm});
}

void Expansion::run(kdsl::SqDistOp distance) {
  Side x = sideOf(distance.getLhs()), y = sideOf(distance.getRhs());
  if (x.indices.count(last))
    std::swap(x, y);
  if (x.indices.count(last) || !y.indices.count(last))
    return; // not of row j and of another
  Place batch, ofX, ofY;
  for (int64_t index : y.indices)
    if (index != last)
      batch.push_back(index);
  ofY = batch;
  ofY.push_back(last);
  x.indices.insert(batch.begin(), batch.end());
  ofX.assign(x.indices.begin(), x.indices.end());

  PairBuilder sums = over(ofY);
  Value row = copy(y, sums, ofY);
  OpBuilder before(reduce);
  Value sum = sums.sums(before, row, {}).getResult(0);
  kdsl::MapOp left = centred(x, ofX, sum, batch, 1);
  kdsl::MapOp right = centred(y, ofY, sum, batch, -2);

  Value xRow = read(left.getResult(0), ofX), xNorm = read(left.getResult(1), ofX);
  Value yRow = read(right.getResult(0), ofY), yNorm = read(right.getResult(1), ofY);
  OpBuilder builder(distance);
  Calculator c(builder, distance.getLoc());
  // In any order: all of it is off by its largest term.
  constexpr auto anyOrder =
      arith::FastMathFlags::contract | arith::FastMathFlags::reassoc;
  Value norms = c.add(xNorm, yNorm), product = c.dot(xRow, yRow);
  Value square = arith::AddFOp::create(builder, distance.getLoc(), norms,
                                       product, anyOrder);
  // What cancels below zero is zero; NaN stays.
  if (!isExponent(distance))
    square = arith::MaximumFOp::create(builder, distance.getLoc(), square,
                                       c.constant(square.getType(), 0),
                                       arith::FastMathFlags::nsz);
  distance.replaceAllUsesWith(square);
  distance.erase();
}

namespace {
struct ExpandDistances : impl::ExpandDistancesBase<ExpandDistances> {
  /// For all targets: they share the arrays that it adds.
  bool isAsked() {
    auto blocks = getOperation()->getAttrOfType<ArrayAttr>("kdsl.wishes");
    return blocks && llvm::any_of(blocks, [](Attribute block) {
             auto form = cast<DictionaryAttr>(block).getAs<StringAttr>("form");
             return form && form.getValue() == "expanded";
           });
  }

  void runOnOperation() override {
    if (!isAsked())
      return;
    SmallVector<kdsl::SqDistOp> distances;
    for (auto reduce : getOperation().getOps<kdsl::ReduceOp>())
      llvm::append_range(
          distances, reduce.getBody().front().getOps<kdsl::SqDistOp>());
    for (kdsl::SqDistOp distance : distances)
      Expansion(distance->getParentOfType<kdsl::ReduceOp>()).run(distance);
  }
};
} // namespace
} // namespace kdslc
