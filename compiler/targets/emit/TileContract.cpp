//===- TileContract.cpp - folds of the features of a tile -----------------===//

#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/emit/TileEmitter.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace kdslc {

Value TileEmitter::combine(ktile::ContractOp op, Value value, Value sum) {
  using Flags = arith::FastMathFlags;
  const bool isOrder = op.getKind() == vector::CombiningKind::MINIMUMF ||
                       op.getKind() == vector::CombiningKind::MAXIMUMF;
  arith::FastMathFlagsAttr flags;
  if (isa<FloatType>(op.getType()))
    flags = arith::FastMathFlagsAttr::get(
        builder.getContext(), isOrder ? Flags::nsz : Flags::contract);
  return vector::makeArithReduction(builder, loc, op.getKind(), value, sum,
                                    flags);
}

static bool startsAtZero(ktile::ContractOp op) {
  return op.getKind() == vector::CombiningKind::ADD &&
         (matchPattern(op.getInit(), m_AnyZeroFloat()) ||
          matchPattern(op.getInit(), m_Zero()));
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

/// The sums of a feature loop before its first feature.
SpreadValue TileEmitter::firstSums(ktile::ContractOp op) {
  SpreadValue init = spreadOf(op.getInit()), sums;
  sums.spread =
      join(spreadOfFormula(op.getBody().front(), numbers), init.spread);
  bool isLane = isLaneSpread(sums.spread);
  auto [tall, wide] = membersAtHand(sums.spread);
  // Short loops would not pay for what goes to memory and back.
  if (tall * wide > mostInStep() && op.getSize() > usualUnroll)
    clearRegisters();
  for (unsigned g = 0; g < wide; ++g)
    for (unsigned r = 0; r < tall; ++r) {
      Value start = init.at(r, g, rowsAtHand());
      sums.members.push_back(isLane ? lane.splat(start) : start);
    }
  return sums;
}

/// Updates one sum after the other by `body`, which has its pair alone at hand.
/// Loads that pairs share are left to be merged.
void TileEmitter::forEachSum(SpreadValue &sums,
                             function_ref<void(Value &sum)> body) {
  std::optional<Focus> outer = focus;
  const Patch around = atHand();
  const unsigned tall = membersAtHand(sums.spread).first;
  for (auto [m, sum] : llvm::enumerate(sums.members)) {
    unsigned row = unsigned(m) % tall, column = unsigned(m) / tall;
    focus = Focus{{around.row + row, 1, around.column + column, 1}, around};
    body(sum);
  }
  focus = outer;
}

/// The formula of one feature, of all that is at hand.
SpreadValue TileEmitter::termOf(ktile::ContractOp op, Value feature) {
  Block &body = op.getBody().front();
  SpreadValue place;
  place.members = {feature};
  numbers[body.getArgument(0)] = place;
  emitBody(body);
  return spreadOf(body.getTerminator()->getOperand(0));
}

/// One sum with one more feature.
Value TileEmitter::addFeature(ktile::ContractOp op, Value feature, Value sum) {
  Value term = termOf(op, feature).members[0];
  if (isa<VectorType>(sum.getType()))
    term = lane.splat(term);
  // Of a sum that starts at zero the first term is the sum so far.
  if (matchPattern(feature, m_Zero()) && startsAtZero(op))
    return term;
  return combine(op, term, sum);
}

/// Long feature loops carry one sum for each pair, which fill the registers: so
/// each pair's formula is emitted to its end before the next one. A loop inside is
/// one for that pair.
SpreadValue TileEmitter::emitFeatureLoop(ktile::ContractOp op) {
  SpreadValue sums = firstSums(op);
  auto loop = scf::ForOp::create(builder, loc, number(0), number(op.getSize()),
                                 number(1), sums.members);
  keepLoop(loop);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  sums.members.assign(loop.getRegionIterArgs().begin(),
                      loop.getRegionIterArgs().end());
  fetchAhead(op, loop.getInductionVar());
  forEachSum(sums, [&](Value &sum) {
    sum = addFeature(op, loop.getInductionVar(), sum);
  });
  scf::YieldOp::create(builder, loc, sums.members);
  sums.members.assign(loop.getResults().begin(), loop.getResults().end());
  return sums;
}

/// Step by step over all pairs.
SpreadValue TileEmitter::emitInStep(ktile::ContractOp op) {
  SpreadValue sum = spreadOf(op.getInit());
  for (int64_t d = 0; d < int64_t(op.getSize()); ++d) {
    SpreadValue term = termOf(op, number(d));
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
  return sum;
}

/// Short feature loops are written out; of loops inside each other as many as do
/// not fill more code than the longest one with one inside.
SpreadValue TileEmitter::writeOut(ktile::ContractOp op) {
  llvm::SaveAndRestore written(copies, copies * int64_t(op.getSize()));
  SpreadValue sums = firstSums(op);
  if (sums.members.size() <= mostInStep())
    return emitInStep(op);
  forEachSum(sums, [&](Value &sum) {
    for (int64_t d = 0; d < int64_t(op.getSize()); ++d)
      sum = addFeature(op, number(d), sum);
  });
  return sums;
}

void TileEmitter::emitContract(ktile::ContractOp op) {
  const int64_t size = op.getSize();
  if (auto known = computed(op, sweepRows.members))
    numbers[op] = *known;
  else if (size > unroll || copies * size > unroll * unroll)
    numbers[op] = emitFeatureLoop(op);
  else
    numbers[op] = writeOut(op);
}

} // namespace kdslc
