//===- LowerToVector.cpp - grids to functions of vector code --------------===//
//
// Each grid of a program becomes a phase function
//
//   void PROGRAM_TARGET_PHASE(args, temps, begin, end, scratch)
//
// that computes the tiles begin..end.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/Passes.h"
#include "compiler/targets/cpu/VectorTile.h"
#include "compiler/targets/emit/Phases.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace kdslc::cpu {
#define GEN_PASS_DEF_LOWERTOVECTOR
#include "compiler/targets/cpu/Passes.h.inc"

namespace {

class ProgramLowering {
public:
  ProgramLowering(kdsl::ProgramOp program, OpBuilder &builder)
      : program(program), builder(builder), loc(program.getLoc()) {}

  void run() {
    for (auto [phase, grid] :
         llvm::enumerate(program.getBody().getOps<ktile::GridOp>()))
      emitPhase(grid, int64_t(phase));
  }

private:
  func::FuncOp createFunction(int64_t phase);
  void emitPhase(ktile::GridOp grid, int64_t phase);

  kdsl::ProgramOp program;
  OpBuilder &builder;
  Location loc;
};

func::FuncOp ProgramLowering::createFunction(int64_t phase) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type();
  func::FuncOp function = createPhase(
      builder, program, phase, "",
      builder.getFunctionType({pointer, pointer, i64, i64, pointer}, {}));
  StringRef target = *program.getTarget();
  auto pair = [&](StringRef key, StringRef value) -> Attribute {
    return builder.getStrArrayAttr({key, value});
  };
  SmallVector<Attribute> passthrough{pair("target-cpu", target)};
  if (target == "x86-64-v4")
    passthrough.push_back(pair("prefer-vector-width", "512"));
  function->setAttr("passthrough", builder.getArrayAttr(passthrough));
  function->setAttr("llvm.linkage",
                    LLVM::LinkageAttr::get(builder.getContext(),
                                           LLVM::Linkage::Internal));
  return function;
}

void ProgramLowering::emitPhase(ktile::GridOp grid, int64_t phase) {
  func::FuncOp function = createFunction(phase);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Memory memory(builder, program, entry->getArgument(0), entry->getArgument(1),
                entry->getArgument(4));
  VectorTile tile(builder, grid, memory);
  tile.prepare(program);
  auto tiles =
      scf::ForOp::create(builder, loc, entry->getArgument(2),
                         entry->getArgument(3), memory.constant(1));
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(tiles.getBody());
    tile.emitTileNumber(tiles.getInductionVar());
  }
  func::ReturnOp::create(builder, loc);
  notePhase(function, program, grid, phase,
            {{"tile_rows", tile.tileRows()},
             {"scratch_bytes", memory.scratchBytes()}});
}

struct LowerToVector : impl::LowerToVectorBase<LowerToVector> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    OpBuilder builder(&getContext());
    for (kdsl::ProgramOp program : programsFor(module, /*device=*/false)) {
      if (!program.getTarget()) {
        program.emitOpError("has no target; run kdsl-choose-schedule first");
        return signalPassFailure();
      }
      builder.setInsertionPoint(program);
      noteProgram(module, program);
      ProgramLowering(program, builder).run();
      program.erase();
    }
  }
};

} // namespace
} // namespace kdslc::cpu
