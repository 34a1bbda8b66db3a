//===- GroupQuotients.cpp - the pass group-quotients ----------------------===//

#include "compiler/targets/math/ExpandMath.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/targets/math/Signs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

namespace kdslc::elementary {
#define GEN_PASS_DEF_GROUPQUOTIENTS
#include "compiler/targets/math/Passes.h.inc"
} // namespace kdslc::elementary

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// More at once would keep too many operands in registers, for the rare case.
constexpr size_t widest = 8;

using Group = SmallVector<Operation *>;

bool isOfGroup(Operation *op) {
  if (!isa<arith::DivFOp, math::SqrtOp, math::RsqrtOp>(op))
    return false;
  Type type = op->getResult(0).getType();
  return type.isF32() || (type.isF64() && isa<math::RsqrtOp>(op));
}

bool joins(const Group &group, Operation *op) {
  return !group.empty() && group.size() < widest &&
         group.back()->getNextNode() == op &&
         group.back()->getName() == op->getName() &&
         llvm::none_of(op->getOperands(), [&](Value operand) {
           return llvm::is_contained(group, operand.getDefiningOp());
         });
}

SmallVector<Group> findGroups(func::FuncOp function) {
  SmallVector<Group> groups;
  function.walk([&](Operation *op) {
    if (!isOfGroup(op))
      return;
    if (groups.empty() || !joins(groups.back(), op))
      groups.emplace_back();
    groups.back().push_back(op);
  });
  return groups;
}

struct GroupQuotients : impl::GroupQuotientsBase<GroupQuotients> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    std::optional<Isa> set = instructionSet(function);
    if (!set)
      return signalPassFailure();
    if (*set != Isa::Gpu)
      return;
    MathContext cx(function.front(), function.getLoc(), *set,
                   /*fastExp=*/false);
    Signs signs;
    function.walk([&](Operation *op) {
      if (isa<math::SqrtOp, math::RsqrtOp>(op) &&
          signs.isPositive(op->getOperand(0)))
        ofPositive.insert(op);
    });
    for (const Group &group : findGroups(function)) {
      cx.builder.setInsertionPoint(group.back());
      cx.loc = group.back()->getLoc();
      const bool ofRoots = isa<math::RsqrtOp>(group.front());
      const bool hasRare =
          !ofRoots ||
          !llvm::all_of(group, [&](Operation *op) { return isShort(op); });
      if (hasRare && group.size() > 1)
        guess(group, cx);
      else if (ofRoots)
        expandRoots(group, cx);
    }
  }

  /// A reciprocal root that is one instruction for all that it may be of.
  bool isShort(Operation *op) {
    return ofPositive.contains(op) && op->getResult(0).getType().isF32();
  }

  /// Reciprocals of roots one by one.
  void expandRoots(const Group &group, MathContext &cx) {
    for (Operation *op : group) {
      Num x = {&cx, op->getOperand(0)};
      Num root = isShort(op) ? *rsqrtOfNormal(x) : expandRsqrt(x);
      op->replaceAllUsesWith(ValueRange(root.value));
      op->erase();
    }
  }

  void guess(const Group &group, MathContext &cx) {
    SmallVector<Quick> quick;
    SmallVector<Value> seedsOfGroup;
    for (Operation *op : group) {
      Value &seed = seedsOfGroup.emplace_back();
      quick.push_back(quickOf(op, cx, seed));
    }
    SmallVector<Value> results = resultsOf(cx, quick, [&](size_t i) {
      return isa<math::RsqrtOp>(group[i])
                 ? expandRsqrt({&cx, group[i]->getOperand(0)}).value
                 : cx.builder.clone(*group[i])->getResult(0);
    });
    for (auto [op, result, seed] :
         llvm::zip_equal(group, results, seedsOfGroup)) {
      seeds[result] = seed;
      op->replaceAllUsesWith(ValueRange(result));
      op->erase();
    }
  }

  /// \param seed  of a root: becomes an estimate of its reciprocal.
  Quick quickOf(Operation *op, MathContext &cx, Value &seed) {
    Num x = {&cx, op->getOperand(0)};
    if (isa<math::RsqrtOp>(op) && x.format().isDouble)
      return quickRsqrt(x);
    if (isa<math::RsqrtOp>(op))
      return {*rsqrtOfNormal(x), x >= x.format().minNormal};
    if (isa<math::SqrtOp>(op)) {
      Num rsqrt = *rsqrtOfNormal(x), first = x * rsqrt;
      Num rest = mulAdd(-first, first, x);
      seed = rsqrt.value;
      // NaN of infinity and all that is not above 0: below 0, a small number has a
      // negative guess. The rest of another small one has lost its digits.
      Num better = mulAdd(rest, abs(rsqrt) * 0.5, first);
      return {better,
              ofPositive.contains(op) ? !isNan(better) : better >= 0x1p-50};
    }
    Num d = {&cx, op->getOperand(1)};
    Value known = seeds.lookup(d.value);
    Num guess = known ? Num{&cx, known} : *nativeReciprocal(d);
    Num rest = mulAdd(-guess, d, d.make(1));
    Num reciprocal = mulAdd(rest, guess, guess), first = x * reciprocal;
    if (!op->hasAttr(exactName))
      return {first, abs(rest) < 0.5};
    // What is left of x makes it the nearest number, as a rule; a whole quotient
    // always.
    Num better = nearerQuotient(first, x, d, reciprocal);
    return {better, (abs(rest) < 0.5) & (abs(first) < 0x1p127)};
  }

  /// Reciprocals of roots of what is a normal number, infinity or NaN.
  llvm::DenseSet<Operation *> ofPositive;
  llvm::DenseMap<Value, Value> seeds; ///< of roots, estimates of their reciprocals
};

} // namespace

SmallVector<Value> resultsOf(MathContext &cx, ArrayRef<Quick> group,
                             llvm::function_ref<Value(size_t)> exact) {
  SmallVector<Value> results, others;
  Mask usual = group.front().usual;
  for (const Quick &quick : group)
    results.push_back(quick.result.value);
  for (const Quick &quick : group.drop_front())
    usual = usual & quick.usual;
  OpBuilder &builder = cx.builder;
  auto branch = scf::IfOp::create(builder, cx.loc, TypeRange(ValueRange(results)),
                                  usual.value, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(builder, cx.loc, results);
  builder.setInsertionPointToStart(branch.elseBlock());
  // Without something that has effects LLVM would always compute a few of them.
  LLVM::InlineAsmOp::create(builder, cx.loc, TypeRange(), ValueRange(),
                            /*asm_string=*/"", /*constraints=*/"",
                            /*has_side_effects=*/true,
                            /*is_align_stack=*/false, LLVM::TailCallKind::None,
                            /*asm_dialect=*/LLVM::AsmDialectAttr(),
                            /*operand_attrs=*/ArrayAttr());
  for (size_t i = 0; i < group.size(); ++i)
    others.push_back(exact(i));
  scf::YieldOp::create(builder, cx.loc, others);
  return SmallVector<Value>(branch.getResults());
}

} // namespace kdslc::elementary
