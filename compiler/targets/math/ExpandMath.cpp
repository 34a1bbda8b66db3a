//===- ExpandMath.cpp - the pass expand-math ------------------------------===//
//
// Finds the operations, groups adjacent ones, and puts the operations of their
// expansions in step. The formulas are in the other ExpandMath*.cpp files.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/targets/math/Signs.h"
#include "dialects/kdsl/Kdsl.h"
#include "dialects/kdsl/Steps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

namespace kdslc::elementary {
#define GEN_PASS_DEF_EXPANDMATH
#include "compiler/targets/math/Passes.h.inc"
} // namespace kdslc::elementary

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// Functions that the target lacks. GroupQuotients.cpp has the reciprocal root on a
/// GPU, where rounding to an integer takes as long as eight sums.
bool isElementary(Operation *op, Isa set) {
  if (isa<kdsl::LgammaOp>(op) || op->hasAttr(estimateName))
    return true;
  if (set == Isa::Gpu && isa<math::RsqrtOp>(op))
    return !isa<FloatType>(op->getResult(0).getType());
  if (set == Isa::Gpu && isa<math::RoundOp>(op))
    return op->getResult(0).getType().isF32();
  return isa_and_nonnull<math::MathDialect>(op->getDialect()) &&
         !isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
              math::CountLeadingZerosOp, math::CountTrailingZerosOp,
              math::CtPopOp, math::FloorOp, math::FmaOp, math::IsFiniteOp,
              math::IsInfOp, math::IsNaNOp, math::IsNormalOp, math::RoundEvenOp,
              math::RoundOp, math::SqrtOp, math::TruncOp>(op);
}

bool isSupported(Type type) {
  if (auto vector = dyn_cast<VectorType>(type); vector && vector.isScalable())
    return false;
  if (!type.isF32() && !type.isF64() && !isa<VectorType>(type))
    return false;
  Type element = getElementTypeOrSelf(type);
  return element.isF32() || element.isF64();
}

/// Emits the expansion at the builder's place.
/// \returns one value for each result; none when there is no expansion.
SmallVector<Value, 2> expand(Operation *op, MathContext &cx) {
  if (isHalfConversion(op, cx.isa))
    return {expandHalfConversion(cx, op)};
  if (op->hasAttr(estimateName))
    return {expandEstimate(op, cx)};
  auto num = [&](unsigned i) { return Num{&cx, op->getOperand(i)}; };
  auto one = [](Num n) { return SmallVector<Value, 2>{n.value}; };
  return TypeSwitch<Operation *, SmallVector<Value, 2>>(op)
      .Case([&](math::Exp2Op) {
        return one(expandExp2(num(0), op->hasAttr("kdsl.bounded")));
      })
      .Case([&](math::ExpOp) { return one(expandExp(num(0))); })
      .Case([&](math::ExpM1Op) { return one(expandExpm1(num(0))); })
      .Case([&](math::LogOp) { return one(expandLog(num(0))); })
      .Case([&](math::Log2Op) { return one(expandLog2(num(0))); })
      .Case([&](math::Log10Op) { return one(expandLog10(num(0))); })
      .Case([&](math::Log1pOp) { return one(expandLog1p(num(0))); })
      .Case([&](math::RsqrtOp) { return one(expandRsqrt(num(0))); })
      .Case([&](math::PowFOp) { return one(expandPow(num(0), num(1))); })
      .Case([&](math::FPowIOp) {
        return one(expandPowInteger(num(0), op->getOperand(1)));
      })
      .Case([&](math::SinOp) { return one(expandSin(num(0))); })
      .Case([&](math::CosOp) { return one(expandCos(num(0))); })
      .Case([&](math::SincosOp) {
        SinCos both = expandSinCos(num(0));
        return SmallVector<Value, 2>{both.sin.value, both.cos.value};
      })
      .Case([&](math::TanOp) { return one(expandTan(num(0))); })
      .Case([&](math::AsinOp) { return one(expandAsin(num(0))); })
      .Case([&](math::AcosOp) { return one(expandAcos(num(0))); })
      .Case([&](math::AtanOp) { return one(expandAtan(num(0))); })
      .Case([&](math::Atan2Op) { return one(expandAtan2(num(0), num(1))); })
      .Case([&](math::SinhOp) { return one(expandSinh(num(0))); })
      .Case([&](math::CoshOp) { return one(expandCosh(num(0))); })
      .Case([&](math::TanhOp) { return one(expandTanh(num(0))); })
      .Case([&](math::RoundOp) { return one(roundFromZero(num(0))); })
      .Case([&](math::AsinhOp) { return one(expandAsinh(num(0))); })
      .Case([&](math::AcoshOp) { return one(expandAcosh(num(0))); })
      .Case([&](math::AtanhOp) { return one(expandAtanh(num(0))); })
      .Case([&](math::ErfOp) { return one(expandErf(num(0))); })
      .Case([&](math::ErfcOp) { return one(expandErfc(num(0))); })
      .Case([&](kdsl::LgammaOp) { return one(expandLgamma(num(0))); })
      .Default([](Operation *) { return SmallVector<Value, 2>(); });
}

/// Fewer steps for usual arguments, on a GPU; nothing where there are none.
std::optional<Quick> expandQuick(Operation *op, MathContext &cx) {
  Num x = {&cx, op->getOperand(0)};
  if (!hasApproximations(x))
    return std::nullopt;
  return TypeSwitch<Operation *, std::optional<Quick>>(op)
      .Case([&](math::LogOp) { return quickLog(x); })
      .Case([&](math::Log2Op) { return quickLog2(x); })
      .Case([&](math::Log1pOp) { return quickLog1p(x); })
      .Case([&](math::PowFOp) {
        return quickPow(x, {&cx, op->getOperand(1)});
      })
      .Case([&](math::AsinhOp) { return quickAsinh(x); })
      .Case([&](math::AcoshOp) { return quickAcosh(x); })
      .Default([](Operation *) { return std::nullopt; });
}

/// Operations that follow one another, of one kind and type, none of which uses
/// another's result.
using Group = SmallVector<Operation *>;

bool joins(const Group &group, Operation *op) {
  Operation *last = group.back();
  if (last->getNextNode() != op || last->getName() != op->getName() ||
      last->getResultTypes() != op->getResultTypes() ||
      last->hasAttr("kdsl.bounded") != op->hasAttr("kdsl.bounded") ||
      last->getAttr(estimateName) != op->getAttr(estimateName))
    return false;
  return llvm::none_of(op->getOperands(), [&](Value operand) {
    return llvm::is_contained(group, operand.getDefiningOp());
  });
}

/// More vectors at once than this do not fit into the registers: most formulas keep one
/// or two numbers beside the sum of a polynomial.
size_t widestGroup(Operation *op) {
  if (isa<kdsl::LgammaOp>(op)) // a dozen
    return 2;
  return isa<math::AsinOp, math::AcosOp>(op) ? 3 : 9;
}

/// Cuts a long group into equal parts.
void addGroup(const Group &group, SmallVectorImpl<Group> &groups) {
  size_t parts =
      llvm::divideCeil(group.size(), widestGroup(group.front()));
  size_t size = llvm::divideCeil(group.size(), parts);
  ArrayRef<Operation *> left = group;
  while (!left.empty()) {
    ArrayRef<Operation *> part = left.take_front(size);
    groups.emplace_back(part.begin(), part.end());
    left = left.drop_front(part.size());
  }
}

SmallVector<Group> findGroups(func::FuncOp function, Isa isa) {
  SmallVector<Group> groups;
  Group current;
  function.walk([&](Operation *op) {
    if (!isElementary(op, isa) && !isHalfConversion(op, isa))
      return;
    if (!current.empty() && !joins(current, op)) {
      addGroup(current, groups);
      current.clear();
    }
    current.push_back(op);
  });
  if (!current.empty())
    addGroup(current, groups);
  return groups;
}

/// Puts expansion after expansion, each `sequences[i]` in a row, into the order
/// first of all, second of all, and so on, before `end`. They are equal in
/// shape as they come from one formula; expansions that differ (powers with
/// other constant exponents) stay one after another.
void interleave(ArrayRef<SmallVector<Operation *>> sequences, Operation *end) {
  size_t length = sequences.front().size();
  if (llvm::any_of(sequences, [&](auto &s) { return s.size() != length; }))
    return;
  for (size_t step = 0; step < length; ++step)
    for (const SmallVector<Operation *> &sequence : sequences)
      sequence[step]->moveBefore(end);
}

LogicalResult expandGroup(const Group &group, MathContext &cx) {
  SmallVector<SmallVector<Operation *>> sequences;
  SmallVector<Quick> quick;
  for (Operation *op : group) {
    Operation *before = op->getPrevNode();
    cx.builder.setInsertionPoint(op);
    cx.loc = op->getLoc();
    SmallVector<Value, 2> results;
    // The test of one alone, and its branch, cost as much as they save.
    if (std::optional<Quick> one;
        group.size() > 1 && (one = expandQuick(op, cx)))
      quick.push_back(*one);
    else if (isHalfConversion(op, cx.isa) ||
             isSupported(op->getResult(0).getType()))
      results = expand(op, cx);
    if (results.empty() && quick.empty())
      return op->emitError("cannot expand '")
             << op->getName() << "' on " << op->getResult(0).getType()
             << ": expected a known function of f32 or f64, scalar or fixed "
                "vector";
    SmallVector<Operation *> &created = sequences.emplace_back();
    Operation *first =
        before ? before->getNextNode() : &op->getBlock()->front();
    // Constants go to the start of the function, which may be this place.
    for (Operation *o = first; o != op; o = o->getNextNode())
      if (!isa<arith::ConstantOp>(o))
        created.push_back(o);
    if (quick.empty())
      op->replaceAllUsesWith(results);
  }
  Operation *end = group.back();
  interleave(sequences, end);
  if (!quick.empty()) {
    cx.builder.setInsertionPoint(end);
    auto results = resultsOf(cx, quick, [&](size_t i) {
      return expand(group[i], cx).front();
    });
    for (auto [op, result] : llvm::zip_equal(group, results))
      op->replaceAllUsesWith(ValueRange(result));
  }
  for (Operation *op : group)
    op->erase();
  return success();
}

} // namespace

std::optional<Isa> instructionSet(func::FuncOp function) {
  auto attr = function->getAttrOfType<StringAttr>("kdsl.isa");
  StringRef name = attr ? attr.getValue() : "x86-64-v2";
  auto isa = llvm::StringSwitch<std::optional<Isa>>(name)
                 .Case("x86-64-v2", Isa::V2)
                 .Case("x86-64-v3", Isa::V3)
                 .Cases({"x86-64-v4", "x86-64-v4-amx"}, Isa::V4)
                 .Cases({"sm_80", "sm_90", "sm_100", "sm_120"}, Isa::Gpu)
                 .Default(std::nullopt);
  if (!isa)
    function.emitError("unknown instruction set '")
        << name
        << "': expected x86-64-v2, x86-64-v3, x86-64-v4, sm_80, sm_90, "
           "sm_100 "
           "or sm_120";
  return isa;
}

namespace {

/// Takes away bits that become a 16-bit number and bits again, which a conversion and
/// the memory that it is for make of it. Without optimisation LLVM would call a library
/// for the number.
void foldBitcasts(func::FuncOp function) {
  function.walk([](arith::BitcastOp op) {
    auto before = op.getIn().getDefiningOp<arith::BitcastOp>();
    if (!before || before.getIn().getType() != op.getType())
      return;
    op.replaceAllUsesWith(before.getIn());
    op.erase();
    if (before.use_empty())
      before.erase();
  });
}

/// The larger of two numbers without a sign is that of their bits, of which NaN has
/// the largest: one instruction, where a maximum of floats that keeps NaN is three.
void compareBits(func::FuncOp function, Isa set, Signs &signs) {
  if (set == Isa::Gpu) // has an instruction
    return;
  SmallVector<arith::MaximumFOp> found;
  function.walk([&](arith::MaximumFOp op) {
    const unsigned bits = getElementTypeOrSelf(op).getIntOrFloatBitWidth();
    if (isa<VectorType>(op.getType()) &&
        (bits == 32 || (bits == 64 && set == Isa::V4)) &&
        signs.isNonNegative(op.getLhs()) && signs.isNonNegative(op.getRhs()))
      found.push_back(op);
  });
  for (arith::MaximumFOp op : found) {
    OpBuilder builder(op);
    auto type = cast<VectorType>(op.getType());
    Type bits = type.clone(builder.getIntegerType(type.getElementTypeBitWidth()));
    auto bitsOf = [&](Value value) -> Value {
      return arith::BitcastOp::create(builder, op.getLoc(), bits, value);
    };
    Value larger = arith::MaxUIOp::create(builder, op.getLoc(),
                                          bitsOf(op.getLhs()), bitsOf(op.getRhs()));
    Value result = arith::BitcastOp::create(builder, op.getLoc(), type, larger);
    op.replaceAllUsesWith(result);
    op.erase();
  }
}

/// x where a comparison of it with 0 by the predicate chooses `chosen`; null elsewhere.
Value comparedWithZero(arith::SelectOp select, arith::CmpFPredicate predicate,
                       double chosen) {
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  return compare && compare.getPredicate() == predicate &&
                 kdsl::numberOf(compare.getRhs()) == 0.0 &&
                 kdsl::numberOf(select.getTrueValue()) == chosen
             ? compare.getLhs()
             : Value();
}

/// On a GPU the sign of what is not 0 comes from its bits, by one comparison less.
void takeSigns(func::FuncOp function, MathContext &cx) {
  function.walk([&](arith::SelectOp outer) {
    auto inner = outer.getFalseValue().getDefiningOp<arith::SelectOp>();
    Value x = comparedWithZero(outer, arith::CmpFPredicate::OGT, 1);
    if (!x || !x.getType().isF32() || !inner ||
        comparedWithZero(inner, arith::CmpFPredicate::OLT, -1) != x)
      return;
    cx.builder.setInsertionPoint(outer);
    cx.loc = outer.getLoc();
    Num number = {&cx, x};
    Num sign = flip(number.make(1), signOf(number));
    Value apart = arith::CmpFOp::create(cx.builder, cx.loc, arith::CmpFPredicate::ONE,
                                        x, number.make(0).value);
    outer.replaceAllUsesWith(arith::SelectOp::create(cx.builder, cx.loc, apart,
                                                     sign.value,
                                                     inner.getFalseValue())
                                 .getResult());
  });
}

/// Notes which quotients keep to one rounding, before functions have comparisons.
void markExact(func::FuncOp function) {
  llvm::DenseSet<Value> ofSteps = kdsl::valuesOfSteps(function.getBody());
  function.walk([&](arith::DivFOp op) {
    if (ofSteps.contains(op))
      op->setAttr(exactName, UnitAttr::get(op.getContext()));
  });
}

/// The sine and the cosine of one angle become one operation, which takes its
/// remainder once.
void pairAngles(func::FuncOp function) {
  function.walk([](Block *block) {
    llvm::MapVector<Value, math::SinOp> sines;
    llvm::DenseMap<Value, math::CosOp> cosines;
    for (Operation &op : *block)
      if (auto sine = dyn_cast<math::SinOp>(op))
        sines.insert({sine.getOperand(), sine});
      else if (auto cosine = dyn_cast<math::CosOp>(op))
        cosines.insert({cosine.getOperand(), cosine});
    for (auto [angle, sine] : sines) {
      math::CosOp cosine = cosines.lookup(angle);
      if (!cosine)
        continue;
      OpBuilder builder(sine->isBeforeInBlock(cosine) ? sine.getOperation()
                                                      : cosine.getOperation());
      auto both = math::SincosOp::create(builder, sine.getLoc(), angle);
      sine.replaceAllUsesWith(both.getSin());
      cosine.replaceAllUsesWith(both.getCos());
      sine.erase();
      cosine.erase();
    }
  });
}

struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    std::optional<Isa> isa = instructionSet(function);
    std::optional<bool> fast = fastExp(function);
    if (!isa || !fast)
      return signalPassFailure();
    Signs signs;
    function.walk([&](math::Exp2Op op) {
      if (signs.isNonPositive(op.getOperand()))
        op->setAttr("kdsl.bounded", UnitAttr::get(&getContext()));
    });
    compareBits(function, *isa, signs);
    pairAngles(function);
    MathContext cx(function.front(), function.getLoc(), *isa, *fast);
    if (*isa == Isa::Gpu) {
      takeSigns(function, cx);
      markExact(function);
    }
    for (const Group &group : findGroups(function, *isa))
      if (failed(expandGroup(group, cx)))
        return signalPassFailure();
    foldBitcasts(function);
  }

  static std::optional<bool> fastExp(func::FuncOp function) {
    auto attr = function->getAttrOfType<StringAttr>("kdsl.exp");
    StringRef name = attr ? attr.getValue() : "accurate";
    if (name == "accurate" || name == "fast")
      return name == "fast";
    function.emitError("unknown precision '")
        << name << "' of 'exp': expected accurate or fast";
    return std::nullopt;
  }
};

} // namespace

} // namespace kdslc::elementary
