//===- Differentiate.cpp - derived programs become programs ---------------===//

#include "compiler/Limits.h"
#include "compiler/plan/Passes.h"
#include "compiler/plan/derive/Derivative.h"
#include "compiler/plan/derive/Factors.h"
#include "compiler/plan/derive/Inside.h"
#include "compiler/plan/derive/Products.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/plan/Passes.h.inc"

namespace {

Primal copyBase(OpBuilder &builder, kdsl::ProgramOp base, ValueRange inputs) {
  Primal primal;
  llvm::append_range(primal.inputs, inputs);
  IRMapping mapping;
  Block &body = base.getBody().front();
  mapping.map(body.getArguments(), inputs);
  for (Operation &op : body.without_terminator())
    primal.steps.push_back(builder.clone(op, mapping));
  for (Value output : body.getTerminator()->getOperands())
    primal.outputs.push_back(mapping.lookupOrDefault(output));
  return primal;
}

bool isRealOutput(Value output) {
  auto type = cast<kdsl::RowsType>(output.getType());
  return isa<FloatType>(type.getElement());
}

/// The results of `derive` in order; rows, parameters, or null for zero.
FailureOr<SmallVector<Value>>
differentiate(OpBuilder &builder, kdsl::DeriveOp derive, const Primal &primal) {
  ValueRange given = derive.getInputs().drop_front(primal.inputs.size());
  SmallVector<Value> results;
  if (derive.getMode() != "vjp")
    results = primal.outputs;
  if (derive.getMode() == "jvp") {
    SmallVector<Value> tangents(primal.inputs.size());
    for (auto [input, tangent] : llvm::zip(derive.getWrt(), given))
      tangents[input] = tangent;
    auto changes = forward(builder, primal, tangents);
    if (failed(changes))
      return failure();
    for (auto [output, change] : llvm::zip(primal.outputs, *changes))
      if (isRealOutput(output))
        results.push_back(change);
    return results;
  }
  SmallVector<Value> cotangents;
  for (Value output : primal.outputs) {
    if (!isRealOutput(output)) {
      cotangents.emplace_back();
    } else if (derive.getMode() == "grad") {
      Type row = cast<kdsl::RowsType>(output.getType()).getRow();
      cotangents.push_back(
          Calculator(builder, derive.getLoc()).constant(row, 1));
    } else {
      cotangents.push_back(given.front());
      given = given.drop_front();
    }
  }
  auto gradients = backward(builder, primal, cotangents, derive.getWrt());
  if (failed(gradients))
    return failure();
  llvm::append_range(results, *gradients);
  return results;
}

/// sin(x) / x, which has no derivative at 0.
void writeOut(kdsl::SincOp op) {
  OpBuilder builder(op);
  Calculator c(builder, op.getLoc());
  Value x = op.getOperand();
  Value quotient = c.div(c.call<math::SinOp>(x), x);
  Value isZero = c.compare(arith::CmpFPredicate::OEQ, x, 0.0);
  op.getResult().replaceAllUsesWith(
      c.select(isZero, c.constant(x.getType(), 1), quotient));
  op.erase();
}

/// x^n, whose derivative is one of its own kind.
void writeOutPower(Operation *op) {
  APInt n;
  if (!isa<math::FPowIOp, math::IPowIOp>(op) ||
      !matchPattern(op->getOperand(1), m_ConstantInt(&n)))
    return;
  OpBuilder builder(op);
  Calculator c(builder, op->getLoc());
  op->getResult(0).replaceAllUsesWith(
      c.power(op->getOperand(0), n.getSExtValue()));
  op->erase();
}

struct Differentiate : impl::DifferentiateBase<Differentiate> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet all(context);
    for (Dialect *dialect : context->getLoadedDialects())
      dialect->getCanonicalizationPatterns(all);
    for (RegisteredOperationName op : context->getRegisteredOperations())
      op.getCanonicalizationPatterns(all, context);
    patterns = std::move(all);
    return success();
  }

  void runOnOperation() override {
    derived = 0;
    written.clear();
    // Programs stand in the order of the source, so that what is derived again
    // is a program by then.
    for (auto program : getOperation().getOps<kdsl::ProgramOp>()) {
      auto derives = llvm::to_vector(program.getOps<kdsl::DeriveOp>());
      for (kdsl::DeriveOp derive : derives) {
        noteWritten(program, derive);
        if (failed(expand(derive)))
          return signalPassFailure();
      }
      auto inside = expandPartials(program);
      if (failed(inside))
        return signalPassFailure();
      if (!derives.empty() || *inside)
        cleanUp(program);
    }
    // What is derived again keeps its products whole until then: its derivative
    // has more in common with itself.
    for (kdsl::ProgramOp program : llvm::make_first_range(written))
      if (inDerivedReduces(program, leaveSums))
        cleanUpOnce(program);
    // All derivatives are made by now.
    getOperation().walk(writeOut);
    getOperation().walk(writeOutPower);
  }

  /// Notes which outputs of a program with a derivative are sums of a user's, as
  /// those of its base.
  void noteWritten(kdsl::ProgramOp program, kdsl::DeriveOp derive) {
    SmallVector<unsigned> &outputs = written[program];
    if (derive.getMode() == "vjp")
      return;
    kdsl::ProgramOp base = baseOf(derive);
    auto ofBase = written.find(base);
    for (unsigned r = 0; r < base.getNumResults(); ++r)
      if (ofBase == written.end() || llvm::is_contained(ofBase->second, r))
        for (OpOperand &use : derive.getResult(r).getUses())
          if (isa<kdsl::ReturnOp>(use.getOwner()))
            outputs.push_back(use.getOperandNumber());
  }

  static kdsl::ProgramOp baseOf(kdsl::DeriveOp derive) {
    return SymbolTable::lookupNearestSymbolFrom<kdsl::ProgramOp>(
        derive, derive.getProgramAttr());
  }

  /// A derivative that is derived again grows with what is left over here.
  void cleanUp(kdsl::ProgramOp program) {
    cleanUpOnce(program); // equal products are one before they are taken apart
    if (inDerivedReduces(program, gatherTerms))
      cleanUpOnce(program);
    gatherFactors(program);
    cleanUpOnce(program);
    if (inDerivedReduces(program, cancelQuotients))
      cleanUpOnce(program);
  }

  /// Whether `change` changes anything.
  bool inDerivedReduces(kdsl::ProgramOp program,
                        llvm::function_ref<bool(kdsl::ReduceOp)> change) {
    bool changed = false;
    for (kdsl::ReduceOp reduce : derivedReduces(program))
      changed |= change(reduce);
    return changed;
  }

  /// The reduces that no output as a user wrote it needs; none where a user's
  /// formula has derivatives in it.
  SmallVector<kdsl::ReduceOp> derivedReduces(kdsl::ProgramOp program) {
    auto found = written.find(program);
    if (found == written.end())
      return {};
    Operation *results = program.getBody().front().getTerminator();
    SetVector<Operation *> needed;
    auto need = [&](Value value) {
      if (Operation *op = value.getDefiningOp())
        needed.insert(op);
    };
    for (unsigned output : found->second)
      need(results->getOperand(output));
    for (unsigned n = 0; n < needed.size(); ++n)
      llvm::for_each(needed[n]->getOperands(), need);
    SmallVector<kdsl::ReduceOp> reduces;
    for (auto reduce : program.getOps<kdsl::ReduceOp>())
      if (!needed.contains(reduce))
        reduces.push_back(reduce);
    return reduces;
  }

  void cleanUpOnce(kdsl::ProgramOp program) {
    // Not converging leaves something uncleaned, which is no failure.
    (void)applyPatternsGreedily(program, patterns, cleanupConfig());
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(program);
    eliminateCommonSubExpressions(rewriter, dominance, program);
  }

  /// 1, and one more for each time that the derived program is derived again.
  unsigned orderOf(kdsl::DeriveOp derive) {
    auto own = derive->getParentOfType<kdsl::ProgramOp>();
    unsigned order = 0;
    getOperation().walk([&](kdsl::DeriveOp other) {
      if (other.getProgram() == own.getSymName())
        order = std::max(order, orderOf(other));
    });
    return order + 1;
  }

  /// A derivative repeats its base several times over; what is derived again
  /// and again grows until memory ends. Lowering.cpp says so to the user.
  bool isTooLarge(kdsl::ProgramOp base) {
    base.walk([&](Operation *) { ++derived; });
    return derived > maxDerived;
  }

  FrozenRewritePatternSet patterns;
  int64_t derived = 0; ///< operations of all bases up to now
  /// Of derived programs, in order: numbers of the outputs as users wrote them.
  llvm::MapVector<kdsl::ProgramOp, SmallVector<unsigned>> written;

  LogicalResult expand(kdsl::DeriveOp derive) {
    kdsl::ProgramOp base = baseOf(derive);
    if (!base.getOps<kdsl::DeriveOp>().empty())
      return derive.emitOpError("needs a program that stands before it");
    if (isTooLarge(base)) {
      derive->setAttr("kdsl.too_large", UnitAttr::get(&getContext()));
      return failure();
    }
    OpBuilder builder(derive);
    size_t inputs = base.getArgumentTypes().size();
    Primal primal =
        copyBase(builder, base, derive.getInputs().take_front(inputs));
    expandProducts(primal, orderOf(derive));
    auto results = differentiate(builder, derive, primal);
    if (failed(results))
      return failure();
    for (auto [old, made] : llvm::zip(derive.getResults(), *results))
      old.replaceAllUsesWith(asRows(builder, derive.getLoc(), made,
                                    cast<kdsl::RowsType>(old.getType()), {}));
    derive.erase();
    return success();
  }
};

} // namespace
} // namespace kdslc
