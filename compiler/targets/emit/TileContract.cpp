//===- TileContract.cpp - folds of the features of a tile -----------------===//

#include "compiler/targets/emit/TileEmitter.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace kdslc {

Value TileEmitter::combine(ktile::ContractOp op, Value value, Value sum) {
  arith::FastMathFlagsAttr flags;
  if (isa<FloatType>(op.getType()))
    flags = arith::FastMathFlagsAttr::get(builder.getContext(),
                                          arith::FastMathFlags::contract);
  return vector::makeArithReduction(builder, loc, op.getKind(), value, sum,
                                    flags);
}

static bool startsAtZero(ktile::ContractOp op) {
  return op.getKind() == vector::CombiningKind::ADD &&
         (matchPattern(op.getInit(), m_AnyZeroFloat()) ||
          matchPattern(op.getInit(), m_Zero()));
}

/// Short feature loops are written out, step by step over all pairs; of loops
/// inside each other as many as do not fill more code than the longest one with
/// one inside.
void TileEmitter::emitContract(ktile::ContractOp op) {
  if (auto known = computed(op, sweepRows.members)) {
    numbers[op] = *known;
    return;
  }
  SpreadValue init = spreadOf(op.getInit());
  if (int64_t(op.getSize()) > unroll ||
      copies * int64_t(op.getSize()) > unroll * unroll) {
    numbers[op] = emitFeatureLoop(op, init);
    return;
  }
  llvm::SaveAndRestore written(copies, copies * int64_t(op.getSize()));
  Block &body = op.getBody().front();
  SpreadValue sum = init;
  for (int64_t d = 0; d < int64_t(op.getSize()); ++d) {
    SpreadValue place;
    place.members = {number(d)};
    numbers[body.getArgument(0)] = place;
    emitBody(body);
    SpreadValue term = spreadOf(body.getTerminator()->getOperand(0));
    // Of a sum that starts at zero the first term is the sum so far.
    if (d == 0 && startsAtZero(op)) {
      sum = term;
      continue;
    }
    SpreadValue next;
    next.spread = join(sum.spread, term.spread);
    bool isLane = isLaneSpread(next.spread);
    auto [tileRows, columns] = membersAtHand(next.spread);
    for (unsigned g = 0; g < columns; ++g)
      for (unsigned r = 0; r < tileRows; ++r) {
        Value value = term.at(r, g, rowsAtHand());
        Value before = sum.at(r, g, rowsAtHand());
        next.members.push_back(combine(op,
                                       isLane ? lane.splat(value) : value,
                                       isLane ? lane.splat(before) : before));
      }
    sum = next;
  }
  numbers[op] = sum;
}

/// What the formula of one feature differs by, before it is emitted.
static Spread spreadOfFormula(Block &body,
                              const llvm::DenseMap<Value, SpreadValue> &known) {
  Spread spread = Spread::Uniform;
  body.walk([&](Operation *op) {
    for (Value operand : op->getOperands()) {
      auto found = known.find(operand);
      if (found != known.end() && operand.getParentBlock() != &body)
        spread = join(spread, found->second.spread);
    }
    auto load = dyn_cast<ktile::LoadOp>(op);
    if ((load && readsTileRow(load)) ||
        isa<ktile::FinishOp, ktile::GatherOp>(op))
      spread = join(spread, Spread::Row);
  });
  return spread;
}

void keepLoop(scf::ForOp loop) {
  MLIRContext *context = loop.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/BoolAttr::get(context, true), {}, {}, {}, {}, {}, {});
  loop->setAttr("llvm.loop_annotation",
                LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {},
                                              {}, {}, {}, {}, {}, {}, {}, {},
                                              {}, {}));
}

/// Long feature loops carry one sum for each pair, which fill the registers:
/// so each pair's formula is emitted to its end before the next one, and loads
/// that pairs share are left to be merged. A loop inside is one for that pair.
SpreadValue TileEmitter::emitFeatureLoop(ktile::ContractOp op,
                                         const SpreadValue &init) {
  Block &body = op.getBody().front();
  SpreadValue sums;
  sums.spread = join(spreadOfFormula(body, numbers), init.spread);
  bool isLane = isLaneSpread(sums.spread);
  SmallVector<Value> starts;
  std::optional<Focus> outer = focus;
  auto [atRows, atColumns] = membersAtHand(sums.spread);
  const unsigned tall = atRows;
  unsigned members = atRows * atColumns;
  for (unsigned m = 0; m < members; ++m) {
    Value start = init.at(m % tall, m / tall, rowsAtHand());
    starts.push_back(isLane ? lane.splat(start) : start);
  }
  auto loop = scf::ForOp::create(builder, loc, number(0),
                                 number(op.getSize()),
                                 number(1), starts);
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SpreadValue place;
  place.members = {loop.getInductionVar()};
  numbers[body.getArgument(0)] = place;
  SmallVector<Value> next;
  for (auto [m, sum] : llvm::enumerate(loop.getRegionIterArgs())) {
    unsigned row = unsigned(m) % tall, column = unsigned(m) / tall;
    focus = Focus{outer ? outer->row : row,
                  outer && outer->column ? *outer->column : column};
    emitBody(body);
    Value term = spreadOf(body.getTerminator()->getOperand(0)).members[0];
    next.push_back(combine(op, isLane ? lane.splat(term) : term, sum));
  }
  focus = outer;
  scf::YieldOp::create(builder, loc, next);
  sums.members.assign(loop.getResults().begin(), loop.getResults().end());
  return sums;
}

} // namespace kdslc
