//===- Pipeline.cpp - the whole compiler on one page ----------------------===//
//
//   .kdsl text -> AST -> kdsl -> planned -> tiled -> lowered -> LLVM -> object
//
// Text to kdsl is compiler/frontend; LLVM to objects is compiler/output; this
// is everything between. A pass never runs another pass, and no other file
// orders them.
//
//===----------------------------------------------------------------------===//

#include "compiler/Pipeline.h"
#include "compiler/plan/Passes.h"
#include "compiler/targets/emit/LlvmConversion.h"
#include "compiler/targets/cpu/Passes.h"
#include "compiler/targets/nvptx/Passes.h"
#include "compiler/targets/math/Passes.h"
#include "compiler/tile/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace kdslc {

/// Stages up to `tiled` end clean: folded, without duplicates.
static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass(cleanupConfig()));
  pm.addPass(createCSEPass());
}

/// kdsl -> planned: decide.
static void addPlan(OpPassManager &pm, const Options &options) {
  // At -O0 the formula stays as written: a second reference.
  if (options.optLevel > 0) {
    addCleanup(pm); // constants first: scales are products of constants
    pm.addNestedPass<kdsl::ProgramOp>(createSimplifyFormula());
    // What is left of quotients when exponents have taken theirs.
    pm.addNestedPass<kdsl::ProgramOp>(createTakeReciprocals());
    addCleanup(pm);
    // Before fusion: what two reductions share, a term or a sum, is one row
    // operand or state then.
    pm.addNestedPass<kdsl::ProgramOp>(createHoistTerms());
    pm.addNestedPass<kdsl::ProgramOp>(createSumMoments());
    addCleanup(pm);
  }
  // Also at -O0: that reductions run in one pass is a promise of the language.
  pm.addNestedPass<kdsl::ProgramOp>(createFuseReductions());
  if (options.optLevel > 0)
    pm.addNestedPass<kdsl::ProgramOp>(createExpandDistances());
  addCleanup(pm);
  // Of the final formula; what it leaves is dropped or kept by the schedule.
  if (options.optLevel > 0)
    pm.addNestedPass<kdsl::ProgramOp>(createTurnPairs());
  ChooseScheduleOptions schedule;
  for (const std::string &target : options.targets)
    schedule.targets.push_back(target);
  schedule.optLevel = options.optLevel;
  pm.addPass(createChooseSchedule(schedule));
}

/// planned -> tiled: obey the schedule.
static void addTile(OpPassManager &pm) {
  pm.addNestedPass<kdsl::ProgramOp>(createTileReductions());
  addCleanup(pm);
  pm.addNestedPass<kdsl::ProgramOp>(createStartSums());
  // Terms of row i alone leave the sweep, once for both halves of a peeled one.
  pm.addNestedPass<kdsl::ProgramOp>(createLoopInvariantCodeMotionPass());
  pm.addNestedPass<kdsl::ProgramOp>(createFilterDistances());
  pm.addNestedPass<kdsl::ProgramOp>(createPeelTails());
  pm.addNestedPass<kdsl::ProgramOp>(createBoundLists());
  addCleanup(pm);
}

/// tiled -> lowered: loops over vectors, and kernels of threads.
static void addLower(OpPassManager &pm) {
  pm.addPass(cpu::createLowerToVector());
  pm.addPass(nvptx::createLowerToThreads());
  // Duplicates first: an `if` inside another one with an equal condition folds,
  // and there is half as much to fold.
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass(cleanupConfig()));
  // Scalars of parameters leave the loops before they grow into polynomials.
  pm.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  // Before elementary functions, whose steps are no products of the formula.
  pm.addNestedPass<func::FuncOp>(elementary::createSeparateProducts());
  // Divisions that several quotients share come before those that two units share.
  pm.addNestedPass<func::FuncOp>(elementary::createJoinQuotients());
  pm.addNestedPass<func::FuncOp>(elementary::createShareDivider());
  // No cleanup behind it: LLVM's is as good for the code, and faster.
  pm.addNestedPass<func::FuncOp>(elementary::createExpandMath());
  pm.addNestedPass<func::FuncOp>(elementary::createGroupQuotients());
}

void addStage(OpPassManager &pm, Stage stage, const Options &options) {
  switch (stage) {
  case Stage::Kdsl:
    // Here and not in `plan`: what a derivative is can be read in `kdsl`.
    pm.addPass(createDifferentiate());
    return addCleanup(pm);
  case Stage::Planned:
    return addPlan(pm, options);
  case Stage::Tiled:
    return addTile(pm);
  case Stage::Lowered:
    return addLower(pm);
  case Stage::LlvmDialect:
    return addLlvmConversionPasses(pm);
  }
}

void registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect, DLTIDialect,
                  func::FuncDialect, kdsl::KdslDialect, ktile::KtileDialect,
                  LLVM::LLVMDialect, math::MathDialect, NVVM::NVVMDialect,
                  scf::SCFDialect, vector::VectorDialect>();
  registerLlvmConversions(registry);
}

Stage stageOf(ModuleOp module) {
  Stage stage = Stage::Kdsl;
  auto atLeast = [&](Stage s) { stage = std::max(stage, s); };
  module.walk([&](Operation *op) {
    if (auto program = dyn_cast<kdsl::ProgramOp>(op); program && program.getTarget())
      atLeast(Stage::Planned);
    else if (isa<ktile::GridOp>(op))
      atLeast(Stage::Tiled);
    else if (isa<func::FuncOp>(op))
      atLeast(Stage::Lowered);
    else if (isa<LLVM::LLVMFuncOp>(op))
      atLeast(Stage::LlvmDialect);
  });
  return stage;
}

LogicalResult verifyStage(ModuleOp module, Stage stage) {
  LogicalResult result = verify(module);
  module.walk([&](Operation *op) {
    bool left = isa<kdsl::DeriveOp>(op);
    if (stage >= Stage::Planned)
      if (auto program = dyn_cast<kdsl::ProgramOp>(op))
        left |= !program.getTarget();
    if (stage >= Stage::Tiled)
      left |= isa<kdsl::ReduceOp, kdsl::MapOp>(op);
    if (stage >= Stage::Lowered)
      left |= isa<kdsl::KdslDialect, ktile::KtileDialect>(op->getDialect());
    if (stage >= Stage::LlvmDialect)
      left |= !isa<LLVM::LLVMDialect, NVVM::NVVMDialect>(op->getDialect()) &&
              !isa<ModuleOp>(op);
    if (left)
      result = op->emitOpError("is left of an earlier stage");
  });
  return result;
}

} // namespace kdslc
