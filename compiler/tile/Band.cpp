//===- Band.cpp - rows j that a predicate leaves out ----------------------===//

#include "compiler/tile/Band.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using Predicate = arith::CmpIPredicate;

namespace kdslc {

namespace {

/// i * kept + j * reduced + constant + the sum of the atoms, each an i64 from
/// outside of the reduction.
struct Linear {
  int64_t kept = 0, reduced = 0, constant = 0;
  SmallVector<std::pair<int64_t, Value>> atoms;

  Linear plus(const Linear &other, int64_t sign) const {
    Linear sum = *this;
    sum.kept += sign * other.kept;
    sum.reduced += sign * other.reduced;
    sum.constant += sign * other.constant;
    for (auto [factor, atom] : other.atoms)
      sum.atoms.push_back({sign * factor, atom});
    return sum;
  }
};

class BandFinder {
public:
  BandFinder(kdsl::ReduceOp reduce, OpBuilder &builder)
      : reduce(reduce), builder(builder), loc(reduce.getLoc()) {}

  SmallVector<Value> run();

private:
  /// Limits that hold for the pairs of one state.
  struct Limits {
    /// Of which the least counts; of the begin, its negative.
    SmallVector<Linear> below, above, begin, end;
  };

  std::optional<Linear> linear(Value value);
  void atMostZero(const Linear &difference, Limits &limits);
  void compare(Value lesser, Value greater, int64_t atLeast, Limits &limits);
  void read(Value mask, Limits &limits);
  Value emit(const Linear &value);
  Value widest(ArrayRef<Limits> all, SmallVector<Linear> Limits::*side);
  Value number(int64_t n) {
    return arith::ConstantIntOp::create(builder, loc, n, 64);
  }

  kdsl::ReduceOp reduce;
  OpBuilder &builder;
  Location loc;
};

} // namespace

std::optional<Linear> BandFinder::linear(Value value) {
  Linear result;
  APInt known;
  if (matchPattern(value, m_ConstantInt(&known))) {
    result.constant = known.getSExtValue();
    if (std::abs(result.constant) > kdsl::beyondRows)
      return std::nullopt;
    return result;
  }
  if (!reduce.getBody().isAncestor(value.getParentRegion())) {
    if (!value.getType().isInteger(64))
      return std::nullopt;
    result.atoms.push_back({1, value});
    return result;
  }
  Operation *op = value.getDefiningOp();
  if (auto row = dyn_cast_or_null<kdsl::RowNumberOp>(op)) {
    auto index = cast<BlockArgument>(row.getIndex());
    unsigned kept = reduce.getKeep().size();
    if (index.getArgNumber() == kept)
      result.reduced = 1;
    else if (index.getArgNumber() + 1 == kept)
      result.kept = 1;
    else
      return std::nullopt;
    return result;
  }
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op)) {
    auto a = linear(op->getOperand(0)), b = linear(op->getOperand(1));
    if (a && b)
      return a->plus(*b, isa<arith::AddIOp>(op) ? 1 : -1);
  }
  return std::nullopt;
}

/// What `difference <= 0` says of j.
void BandFinder::atMostZero(const Linear &difference, Limits &limits) {
  Linear rest = difference;
  rest.kept = rest.reduced = 0;
  Linear none;
  if (difference.reduced == 1 && difference.kept == -1) // j <= i - rest
    limits.above.push_back(none.plus(rest, -1));
  if (difference.reduced == -1 && difference.kept == 1) // j >= i + rest
    limits.below.push_back(none.plus(rest, -1));
  if (difference.reduced == -1 && difference.kept == 0) // -j <= -rest
    limits.begin.push_back(none.plus(rest, -1));
  if (difference.reduced == 1 && difference.kept == 0) { // j < 1 - rest
    none.constant = 1;
    limits.end.push_back(none.plus(rest, -1));
  }
}

/// What `lesser + atLeast <= greater` says; an absolute value holds both ways.
void BandFinder::compare(Value lesser, Value greater, int64_t atLeast,
                         Limits &limits) {
  auto absolute = lesser.getDefiningOp<math::AbsIOp>();
  auto a = linear(absolute ? absolute.getOperand() : lesser);
  auto b = linear(greater);
  if (!a || !b)
    return;
  Linear least;
  least.constant = atLeast;
  Linear limit = least.plus(*b, -1); // atLeast - greater
  atMostZero(limit.plus(*a, 1), limits);
  if (absolute)
    atMostZero(limit.plus(*a, -1), limits);
}

void BandFinder::read(Value mask, Limits &limits) {
  if (auto both = mask.getDefiningOp<arith::AndIOp>()) {
    read(both.getLhs(), limits);
    read(both.getRhs(), limits);
  }
  auto compares = mask.getDefiningOp<arith::CmpIOp>();
  if (!compares)
    return;
  Value a = compares.getLhs(), b = compares.getRhs();
  switch (compares.getPredicate()) {
  case Predicate::slt:
  case Predicate::sle:
    return compare(a, b, compares.getPredicate() == Predicate::slt, limits);
  case Predicate::sgt:
  case Predicate::sge:
    return compare(b, a, compares.getPredicate() == Predicate::sgt, limits);
  case Predicate::eq:
    compare(a, b, 0, limits);
    return compare(b, a, 0, limits);
  default:
    return;
  }
}

/// The number, or `beyondRows` where a part of it is so large that arithmetic on
/// it may have wrapped in the predicate.
Value BandFinder::emit(const Linear &value) {
  Value sum = number(value.constant);
  Value isSmall;
  for (auto [factor, atom] : value.atoms) {
    Value part = factor == 1 ? atom
                             : arith::MulIOp::create(builder, loc, atom,
                                                     number(factor));
    sum = arith::AddIOp::create(builder, loc, sum, part);
    Value shifted =
        arith::AddIOp::create(builder, loc, atom, number(kdsl::beyondRows));
    Value small = arith::CmpIOp::create(builder, loc, Predicate::ule, shifted,
                                        number(2 * kdsl::beyondRows));
    isSmall = isSmall ? arith::AndIOp::create(builder, loc, isSmall, small)
                      : small;
  }
  return isSmall ? arith::SelectOp::create(builder, loc, isSmall, sum,
                                           number(kdsl::beyondRows))
                 : sum;
}

/// The least limit of each state, the widest of all states.
Value BandFinder::widest(ArrayRef<Limits> all,
                         SmallVector<Linear> Limits::*side) {
  for (const Limits &limits : all)
    if ((limits.*side).empty())
      return number(kdsl::beyondRows);
  Value result;
  for (const Limits &limits : all) {
    Value least;
    for (const Linear &limit : limits.*side) {
      Value one = emit(limit);
      least = least ? Value(arith::MinSIOp::create(builder, loc, least, one))
                    : one;
    }
    result = result ? Value(arith::MaxSIOp::create(builder, loc, result, least))
                    : least;
  }
  return result;
}

SmallVector<Value> BandFinder::run() {
  OperandRange masks = reduce.getYield().getMasks();
  std::vector<Limits> all;
  for (Value mask : masks)
    read(mask, all.emplace_back());
  const auto sides = {&Limits::below, &Limits::above, &Limits::begin,
                      &Limits::end};
  bool isLimited = llvm::any_of(sides, [&](auto side) {
    return !all.empty() && llvm::none_of(all, [&](const Limits &limits) {
      return (limits.*side).empty();
    });
  });
  SmallVector<Value> band;
  if (!isLimited)
    return band;
  for (auto side : sides)
    band.push_back(widest(all, side));
  band[2] = arith::SubIOp::create(builder, loc, number(0), band[2]);
  return band;
}

SmallVector<Value> findBand(kdsl::ReduceOp reduce, OpBuilder &builder) {
  return BandFinder(reduce, builder).run();
}

} // namespace kdslc
