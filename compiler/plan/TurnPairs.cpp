//===- TurnPairs.cpp - what a formula is for the exchanged pair -----------===//
//
// A sum over the pairs of one set of rows meets each two rows twice, as (i, j) and
// as (j, i), and most of the formula is the same for both: distances and what is
// made of them. Each value of the body is followed to the exchanged pair: it is
// itself (a distance), its negative (a difference), or an operation of its own.
//
//===----------------------------------------------------------------------===//

#include "compiler/Target.h"
#include "compiler/plan/PairBuilder.h"
#include "compiler/plan/Passes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_TURNPAIRS
#include "compiler/plan/Passes.h.inc"

namespace {

/// Equal operations have equal keys.
struct SameOperation : llvm::DenseMapInfo<Operation *> {
  static unsigned getHashValue(const Operation *op) {
    return unsigned(OperationEquivalence::computeHash(
        const_cast<Operation *>(op), OperationEquivalence::directHashValue,
        OperationEquivalence::ignoreHashValue,
        OperationEquivalence::IgnoreLocations));
  }
  static bool isEqual(const Operation *a, const Operation *b) {
    if (a == b)
      return true;
    if (a == getEmptyKey() || a == getTombstoneKey() || b == getEmptyKey() ||
        b == getTombstoneKey())
      return false;
    return OperationEquivalence::isEquivalentTo(
        const_cast<Operation *>(a), const_cast<Operation *>(b),
        OperationEquivalence::IgnoreLocations);
  }
};

/// What a value is for the exchanged pair.
struct Turned {
  Value value;
  bool isNegated = false;
};

/// Whether an operation gives its negative where some operands are theirs;
/// nothing: it gives something else.
std::optional<bool> signOf(Operation *op, ArrayRef<bool> negated) {
  if (llvm::none_of(negated, [](bool n) { return n; }))
    return false;
  if (isa<arith::MulFOp, arith::DivFOp, kdsl::DotOp>(op))
    return negated[0] != negated[1];
  if (isa<arith::AddFOp, arith::SubFOp>(op) && negated[0] == negated[1])
    return true;
  if (isa<kdsl::SqDistOp>(op) && negated[0] == negated[1])
    return false;
  if (isa<arith::NegFOp, vector::BroadcastOp, vector::ExtractOp>(op))
    return true;
  if (isa<math::AbsFOp, math::CosOp>(op))
    return false;
  if (auto sum = dyn_cast<vector::ReductionOp>(op);
      sum && sum.getKind() == vector::CombiningKind::ADD && !sum.getAcc())
    return true;
  return std::nullopt;
}

class PairTurner {
public:
  explicit PairTurner(kdsl::ReduceOp reduce)
      : reduce(reduce), kept(reduce.getKeep().size()),
        builder(reduce.getYield()) {}

  /// Adds the values of the exchanged pair to what the body yields, if it has
  /// them all.
  void run();

private:
  bool turnRows();
  void turnOperation(Operation *op);
  Turned turnedOf(Value value) {
    auto found = turned.find(value);
    return found == turned.end() ? Turned{value} : found->second;
  }
  Value materialized(Turned value);
  Operation *unique(Operation *made);

  kdsl::ReduceOp reduce;
  unsigned kept;
  OpBuilder builder;
  llvm::DenseMap<Value, Turned> turned;
  llvm::DenseSet<Operation *, SameOperation> known;
};

/// Each row meets the row of the same array at the other index. Rows that the
/// reduce does not read yet must be the program's own: others may be made in the
/// sweep's own pass.
bool PairTurner::turnRows() {
  int64_t i = int64_t(kept) - 1, j = int64_t(kept);
  unsigned count = reduce.getRows().size();
  for (unsigned r = 0; r < count; ++r) {
    Value rows = reduce.getRows()[r];
    SmallVector<int64_t> place(reduce.getSubscript(r));
    bool ofI = llvm::is_contained(place, i), ofJ = llvm::is_contained(place, j);
    if (ofI && ofJ)
      return false;
    for (int64_t &index : place)
      index = index == i ? j : index == j ? i : index;
    Block &body = reduce.getBody().front();
    Value other;
    for (unsigned k = 0; k < reduce.getRows().size(); ++k)
      if (reduce.getRows()[k] == rows && reduce.getSubscript(k) == ArrayRef(place))
        other = body.getArgument(kept + 1 + k);
    if (!other) {
      auto argument = dyn_cast<BlockArgument>(rows);
      if (!argument)
        return false;
      other = appendRow(reduce, rows, place,
                        kdsl::argumentName(
                            reduce->getParentOfType<kdsl::ProgramOp>(),
                            argument.getArgNumber()));
    }
    turned[body.getArgument(kept + 1 + r)] = {other};
  }
  return true;
}

Value PairTurner::materialized(Turned value) {
  if (!value.isNegated)
    return value.value;
  return unique(arith::NegFOp::create(builder, reduce.getLoc(), value.value))
      ->getResult(0);
}

/// The equal operation that there is already, or `made`.
Operation *PairTurner::unique(Operation *made) {
  auto [found, isNew] = known.insert(made);
  if (isNew)
    return made;
  made->erase();
  return *found;
}

void PairTurner::turnOperation(Operation *op) {
  SmallVector<Value> values;
  SmallVector<bool> negated;
  for (Value operand : op->getOperands()) {
    Turned other = turnedOf(operand);
    values.push_back(other.value);
    negated.push_back(other.isNegated);
  }
  std::optional<bool> sign = signOf(op, negated);
  if (!sign) {
    for (auto [value, operand] : llvm::zip(values, op->getOperands()))
      value = materialized(turnedOf(operand));
    sign = false;
  }
  Value result = op->getResult(0);
  auto own = op->getOperands();
  bool isExchanged =
      values.size() == 2 && values[0] == own[1] && values[1] == own[0];
  if (isExchanged && isa<arith::SubFOp>(op) && own[0] != own[1])
    turned[result] = {result, !*sign};
  else if (llvm::equal(values, own) ||
           (isExchanged && op->hasTrait<OpTrait::IsCommutative>()))
    turned[result] = {result, *sign};
  else {
    Operation *other = builder.clone(*op);
    other->setOperands(values);
    turned[result] = {unique(other)->getResult(0), *sign};
  }
}

void PairTurner::run() {
  if (!turnRows()) {
    reduce.dropTurned();
    return;
  }
  auto ops = llvm::to_vector(llvm::make_pointer_range(
      reduce.getBody().front().without_terminator()));
  for (Operation *op : ops)
    known.insert(op);
  for (Operation *op : ops)
    turnOperation(op);
  SmallVector<Value> values;
  for (Value value : reduce.getYield().getValues())
    values.push_back(materialized(turnedOf(value)));
  reduce.getYield().getTurnedMutable().assign(values);
}

/// Whether a predicate leaves out the pair of each row with itself, and no other.
bool isOthers(Value mask, kdsl::ReduceOp reduce) {
  auto compares = mask.getDefiningOp<arith::CmpIOp>();
  if (!compares || compares.getPredicate() != arith::CmpIPredicate::ne)
    return false;
  auto isNumberOf = [&](Value value, unsigned index) {
    auto row = value.getDefiningOp<kdsl::RowNumberOp>();
    return row && row.getIndex() == reduce.getBody().getArgument(index);
  };
  const auto kept = unsigned(reduce.getKeep().size());
  Value a = compares.getLhs(), b = compares.getRhs();
  return (isNumberOf(a, kept - 1) && isNumberOf(b, kept)) ||
         (isNumberOf(b, kept - 1) && isNumberOf(a, kept));
}

/// The numbers of rows serve predicates alone.
bool isNumberOfMasks(Operation *user, kdsl::ReduceOp reduce) {
  return isa<kdsl::RowNumberOp>(user) &&
         llvm::all_of(user->getUsers(), [&](Operation *compares) {
           return llvm::is_contained(reduce.getYield().getMasks(),
                                     compares->getResult(0)) &&
                  llvm::all_of(compares->getUsers(),
                               llvm::IsaPred<kdsl::YieldOp>);
         });
}

/// Only plain numbers of two rows can be exchanged: not the numbers of rows,
/// what is read at them, or what has a body.
bool isFormulaOfRows(kdsl::ReduceOp reduce) {
  Block &body = reduce.getBody().front();
  unsigned indices = reduce.getKeep().size() + 1;
  for (BlockArgument index : body.getArguments().take_front(indices))
    for (Operation *user : index.getUsers())
      if (!isNumberOfMasks(user, reduce))
        return false;
  return llvm::all_of(body.without_terminator(), [](Operation &op) {
    return op.getNumResults() == 1 && op.getNumRegions() == 0 &&
           isMemoryEffectFree(&op);
  });
}

struct TurnPairs : impl::TurnPairsBase<TurnPairs> {
  /// Results of a halved sweep are there when all its tiles are done: nothing
  /// else sweeps in its pass.
  static bool isCandidate(kdsl::ReduceOp reduce,
                          ArrayRef<kdsl::ReduceOp> all) {
    bool isSum = llvm::all_of(reduce.getStates(), llvm::IsaPred<kdsl::SumAttr>);
    bool isShort = llvm::all_of(reduce.getYield().getValues(), [](Value value) {
      return kdsl::featureCount(value.getType()) <= usualUnroll;
    });
    return isSum && isShort && !reduce.getKeep().empty() &&
           reduce.getKeep().getValue().back() == reduce.getOver()[0] &&
           !reduce.getRanges() && isFormulaOfRows(reduce) &&
           llvm::all_of(reduce.getYield().getMasks(),
                        [&](Value mask) { return isOthers(mask, reduce); }) &&
           llvm::count_if(all, [&](kdsl::ReduceOp other) {
             return reduce.getKeep() == other.getKeep();
           }) == 1;
  }

  void runOnOperation() override {
    auto all = llvm::to_vector(
        getOperation().getBody().front().getOps<kdsl::ReduceOp>());
    for (kdsl::ReduceOp reduce : all)
      if (isCandidate(reduce, all))
        PairTurner(reduce).run();
  }
};

} // namespace
} // namespace kdslc
