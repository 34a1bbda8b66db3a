//===- JoinQuotients.cpp - the pass join-quotients ------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/targets/math/Signs.h"
#include "dialects/kdsl/Kdsl.h"
#include "dialects/kdsl/Steps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"
#include <cmath>

namespace kdslc::elementary {
#define GEN_PASS_DEF_JOINQUOTIENTS
#include "compiler/targets/math/Passes.h.inc"
} // namespace kdslc::elementary

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// More at once would keep too many numbers in registers.
constexpr size_t mostShares = 4;

/// Quotients that come from one division: those with one divisor, or n / a and n / b.
struct Share {
  SmallVector<arith::DivFOp, 3> quotients;
  SmallVector<Value, 2> divisors; ///< one, or a and b
  /// What the divisor or a b is known to be at least; 0 says nothing, of its sign
  /// neither.
  double least = 0;

  bool isPair() const { return divisors.size() == 2; }
  /// What the quotient is a product of, beside the result of the division.
  Value factorOf(arith::DivFOp quotient) const {
    return !isPair()                       ? quotient.getLhs()
           : quotient == quotients.front() ? divisors.back()
                                           : divisors.front();
  }
};

/// Shares of one block, and with them the products and sums that take their quotients
/// in, in the order of the block.
struct Group {
  SmallVector<Share> shares;
  SmallVector<Operation *> body;

  bool contains(Operation *op) const { return llvm::is_contained(body, op); }
};

/// Half the range of exponents, both ways: quotients of what is within it are normal
/// numbers.
int halfRange(const FloatFormat &format) { return format.bias / 2; }

/// Whether this sum or product may be a part of a multiply-add.
template <typename Op>
bool isJoined(Operation *op) {
  auto joined = dyn_cast<Op>(op);
  return joined && arith::bitEnumContainsAll(joined.getFastmath(),
                                             arith::FastMathFlags::contract);
}

/// Whether a multiply-add takes this product in, and does not round it.
bool isOfSum(Operation *op) {
  return isJoined<arith::MulFOp>(op) && op->hasOneUse() &&
         isJoined<arith::AddFOp>(*op->user_begin());
}

//===----------------------------------------------------------------------===//
// Which quotients
//===----------------------------------------------------------------------===//

/// The sums that take a quotient in, some as a factor of a product: none if anything
/// else needs it.
SmallVector<Operation *> sumsOf(arith::DivFOp op) {
  SmallVector<Operation *> found;
  for (Operation *user : op->getUsers()) {
    found.push_back(user);
    if (isOfSum(user))
      found.push_back(user = *user->user_begin());
    if (!isJoined<arith::AddFOp>(user) || user->getBlock() != op->getBlock())
      return {};
  }
  return found;
}

/// What a vector operation takes of the units that add and multiply.
int operations(Operation &op) {
  constexpr int elementary = 13;
  auto type = op.getNumResults() == 1
                  ? dyn_cast<VectorType>(op.getResult(0).getType())
                  : VectorType();
  if (!type || isOfSum(&op) || op.hasTrait<OpTrait::ConstantLike>())
    return 0;
  if (isa<arith::ArithDialect>(op.getDialect()) ||
      isa<math::AbsFOp, math::FloorOp, math::CeilOp, math::RoundOp>(op))
    return 1;
  return isa<math::MathDialect>(op.getDialect()) || isa<kdsl::LgammaOp>(op)
             ? elementary
             : 0;
}

/// How many operations more a block has time for, with those that pairs need anyway,
/// while it waits for the divider. A loop inside takes longer than a division.
int spareOperations(Block &block) {
  constexpr int besideSingle = 9, besideDouble = 16;
  int spare = 0;
  for (Operation &op : block) {
    if (isa<scf::ForOp, scf::WhileOp>(op))
      return -1;
    if (!isa<arith::DivFOp, math::SqrtOp, math::RsqrtOp>(op)) {
      spare -= operations(op);
      continue;
    }
    Type type = op.getResult(0).getType();
    const int beside = !isa<VectorType>(type)    ? 0
                       : formatOf(type).isDouble ? besideDouble
                                                 : besideSingle;
    spare += isa<math::RsqrtOp>(op) ? 2 * beside : beside;
  }
  return spare;
}

/// Whether nothing between needs what the group would give behind its last operation.
bool canMove(const Group &group) {
  Operation *last = group.body.back();
  return llvm::all_of(group.body, [&](Operation *op) {
    return llvm::all_of(op->getUsers(), [&](Operation *user) {
      Operation *there = op->getBlock()->findAncestorOpInBlock(*user);
      return group.contains(user) || !there || last->isBeforeInBlock(there);
    });
  });
}

/// Finds what divisions can share in one block.
class Finder {
public:
  Finder(Block &block, Isa set, Signs &signs)
      : block(block), set(set), signs(signs), spare(spareOperations(block)) {}

  SmallVector<Group> run(const llvm::DenseSet<Value> &ofSteps) {
    if (spare < 0)
      return {};
    llvm::MapVector<Value, SmallVector<arith::DivFOp, 3>> byDivisor;
    for (auto op : block.getOps<arith::DivFOp>())
      if (hasLanes(op) && !ofSteps.contains(op) && isDivided(op) &&
          !sumsOf(op).empty())
        byDivisor[op.getRhs()].push_back(op);
    llvm::DenseMap<Value, arith::DivFOp> byDividend; // one that has no other yet
    for (auto &[divisor, quotients] : byDivisor) {
      if (quotients.size() > 1) {
        add({quotients, {divisor}, signs.atLeast(divisor)});
        continue;
      }
      arith::DivFOp op = quotients.front();
      auto [place, isNew] = byDividend.try_emplace(op.getLhs(), op);
      if (isNew)
        continue;
      Value other = place->second.getRhs();
      add({{place->second, op},
           {other, divisor},
           signs.atLeast(other) * signs.atLeast(divisor)});
      byDividend.erase(place);
    }
    for (Group &group : groups)
      llvm::sort(group.body,
                 [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    llvm::erase_if(groups, [](const Group &group) {
      return group.shares.empty() || !canMove(group);
    });
    return groups;
  }

private:
  /// Without optimisation there is one, and quotients are as they were written.
  static bool hasLanes(arith::DivFOp op) {
    auto type = dyn_cast<VectorType>(op.getType());
    return type && type.getNumElements() > 1;
  }

  /// What `share-divider` makes of quotients by roots is no division.
  bool isDivided(arith::DivFOp op) const {
    return set != Isa::V4 ||
           (!radicandOf(op.getRhs()) && !radicandOfCube(op.getRhs()));
  }

  /// Unless a sum would take in two quotients, or there is no time to test a pair.
  void add(const Share &share) {
    constexpr int tests = 4;
    if (share.isPair() && share.least == 0 && (spare -= tests) < 0)
      return;
    if (groups.empty() || groups.back().shares.size() == mostShares)
      groups.emplace_back();
    Group &group = groups.back();
    SmallVector<Operation *> body = group.body;
    for (arith::DivFOp op : share.quotients) {
      body.push_back(op);
      llvm::append_range(body, sumsOf(op));
    }
    if (llvm::SmallPtrSet<Operation *, 16>(llvm::from_range, body).size() !=
        body.size())
      return;
    group.shares.push_back(share);
    group.body = body;
  }

  Block &block;
  Isa set;
  Signs &signs;
  int spare;
  SmallVector<Group> groups;
};

//===----------------------------------------------------------------------===//
// Their code
//===----------------------------------------------------------------------===//

Mask compare(arith::CmpIPredicate predicate, Bits a, Bits b) {
  return {a.cx, arith::CmpIOp::create(a.cx->builder, a.cx->loc, predicate, a.value,
                                      b.value)};
}

/// Whether a dividend is 0 or far from the smallest numbers, and from the largest if
/// its quotients may be larger than it is.
Mask isModerate(Num n, bool mayGrow) {
  const FloatFormat &format = n.format();
  auto sizeOf = [&](int exponent) {
    return uint64_t(format.bias + exponent) << (format.mantissaBits + 1);
  };
  Bits size = shiftLeft(bits(n), 1); // the sign has left
  // One less, so that 0 is the largest.
  Mask moderate = compare(arith::CmpIPredicate::uge, size - size.make(1),
                          size.make(sizeOf(-halfRange(format)) - 1));
  if (!mayGrow)
    return moderate;
  return moderate & compare(arith::CmpIPredicate::ule, size,
                            size.make(sizeOf(halfRange(format))));
}

/// The code of one group.
class Joined {
public:
  Joined(Group &group, MathContext &cx) : group(group), cx(cx) {}

  void emit() {
    Operation *last = group.body.back();
    OpBuilder &builder = cx.builder;
    builder.setInsertionPointAfter(last);
    cx.loc = last->getLoc();
    for (const Share &share : group.shares) {
      Num divisor = {&cx, share.divisors.front()};
      divisors.push_back(share.isPair() ? divisor * Num{&cx, share.divisors.back()}
                                        : divisor);
    }
    const SmallVector<Operation *> ends = endsOfGroup();
    auto types = llvm::map_to_vector(
        ends, [](Operation *op) { return op->getResult(0).getType(); });
    auto branch = scf::IfOp::create(builder, cx.loc, types, areUsual(),
                                    /*withElse=*/true);
    fill(branch.thenBlock(), ends, &Joined::addShared);
    fill(branch.elseBlock(), ends, &Joined::addPlain);
    for (auto [end, result] : llvm::zip_equal(ends, branch.getResults()))
      end->getResult(0).replaceUsesWithIf(result, [&](OpOperand &use) {
        return !group.contains(use.getOwner());
      });
    for (Operation *op : llvm::reverse(group.body))
      op->erase();
  }

private:
  /// What stands for a quotient: a product of two numbers.
  struct Factors {
    Num division; ///< its result
    Value other;
    Value quotient = {};
  };

  /// The sums that others need.
  SmallVector<Operation *> endsOfGroup() const {
    SmallVector<Operation *> ends;
    llvm::copy_if(group.body, std::back_inserter(ends), [&](Operation *op) {
      return llvm::any_of(op->getUsers(), [&](Operation *user) {
        return !group.contains(user);
      });
    });
    return ends;
  }

  /// Whether what is between is a normal number, for all shares and lanes.
  Value areUsual() {
    std::optional<Mask> all;
    SmallVector<Mask> ofScalars;
    for (auto [share, divisor] : llvm::zip_equal(group.shares, divisors)) {
      Mask usual = isUsual(divisor, share.least);
      all = all ? *all & usual : usual;
      std::optional<Mask> moderate = ofDividend(share);
      if (!moderate)
        continue;
      if (isa<VectorType>(moderate->value.getType()))
        all = *all & *moderate;
      else
        ofScalars.push_back(*moderate);
    }
    Mask result = inAllLanes(*all);
    for (Mask scalar : ofScalars)
      result = result & scalar;
    return result.value;
  }

  /// Whether the size of a divisor, or of a product of two, is within the half range.
  static Mask isUsual(Num divisor, double least) {
    const double most = std::exp2(halfRange(divisor.format()));
    Num size = least > 0 ? divisor : abs(divisor);
    return least >= 1 / most ? size <= most : (size <= most) & (size >= 1 / most);
  }

  /// Of what a pair divides, if it is not known to be moderate; of one number for all
  /// lanes, a test of that.
  std::optional<Mask> ofDividend(const Share &share) {
    if (!share.isPair())
      return std::nullopt;
    arith::DivFOp quotient = share.quotients.front();
    Value value = quotient.getLhs();
    if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>();
        broadcast && isa<FloatType>(broadcast.getSourceType()))
      value = broadcast.getSource();
    Num dividend = {&cx, value};
    std::optional<double> number = kdsl::numberOf(value);
    if (number && std::fabs(std::log2(std::fabs(*number))) <=
                      halfRange(dividend.format()))
      return std::nullopt;
    return isModerate(dividend, /*mayGrow=*/share.least < 1);
  }

  Mask inAllLanes(Mask mask) {
    const auto lanes =
        unsigned(cast<VectorType>(mask.value.getType()).getNumElements());
    IntegerType type = cx.builder.getIntegerType(lanes);
    Bits lane = {&cx, LLVM::BitcastOp::create(cx.builder, cx.loc, type, mask.value)};
    Bits all = {&cx, cx.constant(cx.builder.getIntegerAttr(
                         type, APInt::getAllOnes(lanes)))};
    return compare(arith::CmpIPredicate::eq, lane, all);
  }

  void fill(Block *block, ArrayRef<Operation *> ends,
            void (Joined::*add)(IRMapping &)) {
    OpBuilder::InsertionGuard guard(cx.builder);
    cx.builder.setInsertionPointToStart(block);
    IRMapping map;
    (this->*add)(map);
    auto results = llvm::map_to_vector(
        ends, [&](Operation *op) { return map.lookup(op->getResult(0)); });
    scf::YieldOp::create(cx.builder, cx.loc, results);
  }

  void addPlain(IRMapping &map) {
    for (Operation *op : group.body)
      cx.builder.clone(*op, map);
  }

  /// The rounded product of a pair leaves no room for another error than one rounding.
  Num divide(const Share &share, Num divisor) {
    if (!share.isPair())
      return 1 / divisor;
    arith::DivFOp quotient = share.quotients.front();
    Num division = Num{&cx, quotient.getLhs()} / divisor;
    division.value.getDefiningOp()->setAttr(exactName, cx.builder.getUnitAttr());
    return division;
  }

  void addShared(IRMapping &map) {
    for (auto [share, divisor] : llvm::zip_equal(group.shares, divisors)) {
      Num division = divide(share, divisor);
      for (arith::DivFOp quotient : share.quotients)
        factors.insert({quotient, {division, share.factorOf(quotient)}});
    }
    for (Operation *op : group.body)
      if (auto sum = dyn_cast<arith::AddFOp>(op))
        map.map(sum.getResult(), addInto(sum, map));
  }

  /// One multiply-add for a sum and the last product of what it takes in.
  Value addInto(arith::AddFOp sum, IRMapping &map) {
    const unsigned i = isShared(sum.getLhs()) ? 0 : 1;
    auto [a, b] = factorsOf(sum->getOperand(i));
    Num rest = {&cx, map.lookupOrDefault(sum->getOperand(1 - i))};
    return mulAdd(a, b, rest).value;
  }

  /// Whether this is a quotient, or a product with one.
  bool isShared(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && !isa<arith::AddFOp>(op) && group.contains(op);
  }

  std::pair<Num, Num> factorsOf(Value value) {
    if (auto place = factors.find(value); place != factors.end())
      return {place->second.division, {&cx, place->second.other}};
    auto product = value.getDefiningOp<arith::MulFOp>();
    const unsigned i = isShared(product.getLhs()) ? 0 : 1;
    auto &[division, other, quotient] = factors.find(product->getOperand(i))->second;
    if (!quotient)
      quotient = (division * Num{&cx, other}).value;
    return {{&cx, quotient}, {&cx, product->getOperand(1 - i)}};
  }

  Group &group;
  MathContext &cx;
  SmallVector<Num> divisors; ///< one for each share
  llvm::DenseMap<Value, Factors> factors; ///< by quotients
};

struct JoinQuotients : impl::JoinQuotientsBase<JoinQuotients> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    std::optional<Isa> set = instructionSet(function);
    if (!set)
      return signalPassFailure();
    if (*set == Isa::Gpu || *set == Isa::V2)
      return;
    MathContext cx(function.front(), function.getLoc(), *set,
                   /*fastExp=*/false);
    llvm::DenseSet<Value> ofSteps = kdsl::valuesOfSteps(function.getBody());
    Signs signs;
    SmallVector<Group> groups;
    function.walk([&](Block *block) {
      llvm::append_range(groups, Finder(*block, *set, signs).run(ofSteps));
    });
    for (Group &group : groups)
      Joined(group, cx).emit();
  }
};

} // namespace

} // namespace kdslc::elementary
