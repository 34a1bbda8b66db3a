//===- LowerToThreads.cpp - grids to kernels ------------------------------===//
//
// Each grid of a program becomes a kernel, and a second one where its rows j
// may be split into parts:
//
//   PROGRAM_TARGET_PHASE(args, temps, scratch, partials, partRows, parts)
//   PROGRAM_TARGET_PHASE_merge(..)
//
// The parameters are stated at kdsl_device_phase in kdsl.h. Blocks take tiles
// of rows i in turn, so that a grid of any size does all rows.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/Phases.h"
#include "compiler/targets/nvptx/GpuModel.h"
#include "compiler/targets/nvptx/Passes.h"
#include "compiler/targets/nvptx/ThreadTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace kdslc::nvptx {
#define GEN_PASS_DEF_LOWERTOTHREADS
#include "compiler/targets/nvptx/Passes.h.inc"

namespace {

/// The parameters of a kernel.
enum Parameter { Args, Temps, Scratch, Partials, PartRows, PartCount };

/// Address spaces of PTX.
enum Space { Generic = 0, Global = 1, Shared = 3 };

class ProgramLowering {
public:
  ProgramLowering(kdsl::ProgramOp program, OpBuilder &builder)
      : program(program), builder(builder), loc(program.getLoc()) {}

  void run() {
    for (auto [phase, grid] :
         llvm::enumerate(program.getBody().getOps<ktile::GridOp>())) {
      emitKernel(grid, int64_t(phase), /*merge=*/false);
      if (!findChain(grid).empty())
        emitKernel(grid, int64_t(phase), /*merge=*/true);
    }
  }

private:
  LLVM::LLVMPointerType pointer(Space space) {
    return LLVM::LLVMPointerType::get(builder.getContext(), space);
  }
  Value wide(Value number) {
    return arith::ExtUIOp::create(builder, loc, builder.getI64Type(), number);
  }
  template <typename Op> Value specialRegister() {
    return wide(Op::create(builder, loc, builder.getI32Type()));
  }
  Value product(Value a, Value b) {
    return arith::MulIOp::create(builder, loc, a, b);
  }

  func::FuncOp createFunction(int64_t phase, bool merge);
  Value createShared(int64_t bytes, func::FuncOp kernel);
  ThreadTile::Parts partsOf(Block &entry, bool merge);
  ThreadTile::Parts partsOfRing(Block &entry, bool merge);
  void emitKernel(ktile::GridOp grid, int64_t phase, bool merge);
  void emitTiles(ThreadTile &tile);

  kdsl::ProgramOp program;
  OpBuilder &builder;
  Location loc;
};

func::FuncOp ProgramLowering::createFunction(int64_t phase, bool merge) {
  Type i64 = builder.getI64Type();
  func::FuncOp kernel = createPhase(
      builder, program, phase, merge ? "_merge" : "",
      builder.getFunctionType({pointer(Generic), pointer(Generic),
                               pointer(Global), pointer(Global), i64, i64},
                              {}));
  // Structs by value: reads of them are reads of parameter memory.
  auto byValue = [&](unsigned parameter, int64_t words) {
    auto type = LLVM::LLVMArrayType::get(i64, std::max<int64_t>(words, 1));
    kernel.setArgAttr(parameter, "llvm.byval", TypeAttr::get(type));
    kernel.setArgAttr(parameter, "llvm.align", builder.getI64IntegerAttr(8));
  };
  byValue(Args, computeArgLayout(signatureOf(program)).argsBytes / 8);
  byValue(Temps, int64_t(temporariesOf(program).size()));
  return kernel;
}

/// For the longest records of the grid.
int64_t sharedBytesOf(ktile::GridOp grid) {
  int64_t bytes = 0;
  for (auto sweep : grid.getBody().getOps<ktile::SweepOp>())
    bytes = std::max(bytes, sharedBytes(sweep));
  return bytes;
}

/// The address of so much shared memory: the kernel's own, or, where that is not
/// enough, what launches give.
Value ProgramLowering::createShared(int64_t bytes, func::FuncOp kernel) {
  if (bytes == 0)
    return {};
  const bool isGiven = bytes > mostOwnShared;
  auto type =
      LLVM::LLVMArrayType::get(builder.getI8Type(), isGiven ? 0 : bytes);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(kernel);
  auto global = LLVM::GlobalOp::create(
      builder, loc, type, /*isConstant=*/false,
      isGiven ? LLVM::Linkage::External : LLVM::Linkage::Internal,
      (kernel.getSymName() + "_rows").str(), Attribute(), /*alignment=*/16,
      Shared);
  global->setAttr("kdsl.isa", program.getTargetAttr());
  builder.setInsertionPointToEnd(&kernel.front());
  return LLVM::AddressOfOp::create(builder, loc, pointer(Shared),
                                   global.getSymName());
}

ThreadTile::Parts ProgramLowering::partsOf(Block &entry, bool merge) {
  ThreadTile::Parts parts;
  Value rows = entry.getArgument(PartRows);
  parts.number = specialRegister<NVVM::BlockIdYOp>();
  parts.begin = product(parts.number, rows);
  parts.end = arith::AddIOp::create(builder, loc, parts.begin, rows);
  parts.count = entry.getArgument(PartCount);
  parts.memory = entry.getArgument(Partials);
  parts.merge = merge;
  return parts;
}

/// Of halved sweeps: a launch has as many parts as blocks y.
ThreadTile::Parts ProgramLowering::partsOfRing(Block &entry, bool merge) {
  ThreadTile::Parts parts;
  parts.number = specialRegister<NVVM::BlockIdYOp>();
  parts.memory = entry.getArgument(Partials);
  parts.merge = merge;
  if (merge) {
    parts.count = entry.getArgument(PartCount);
    return parts;
  }
  parts.count = specialRegister<NVVM::GridDimYOp>();
  parts.continues = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::ne, entry.getArgument(PartCount),
      arith::ConstantIntOp::create(builder, loc, 0, 64));
  return parts;
}

/// Block x takes the tiles x, x + gridDim.x, ..
void ProgramLowering::emitTiles(ThreadTile &tile) {
  auto tiles = scf::ForOp::create(builder, loc,
                                  specialRegister<NVVM::BlockIdXOp>(),
                                  tile.tileCount(),
                                  specialRegister<NVVM::GridDimXOp>());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(tiles.getBody());
  tile.emitTileNumber(tiles.getInductionVar());
}

void ProgramLowering::emitKernel(ktile::GridOp grid, int64_t phase,
                                 bool merge) {
  func::FuncOp kernel = createFunction(phase, merge);
  OpBuilder::InsertionGuard guard(builder);
  // Rows have nothing to share where states are merged: one for each thread.
  const kdsl::Schedule schedule = grid.getSchedule();
  if (merge) {
    kdsl::Schedule merging = schedule;
    merging.rows = 1;
    merging.stepRows = merging.stepGroup = 0;
    grid.setSchedule(merging);
  }
  Block *entry = kernel.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  // Scratch of this block; how much it needs is known at the end.
  Value block = product(specialRegister<NVVM::BlockIdYOp>(),
                        specialRegister<NVVM::GridDimXOp>());
  block = arith::AddIOp::create(builder, loc, block,
                                specialRegister<NVVM::BlockIdXOp>());
  auto scratchBytes = arith::ConstantIntOp::create(builder, loc, 0, 64);
  Value scratch = LLVM::GEPOp::create(
      builder, loc, pointer(Global), builder.getI8Type(),
      entry->getArgument(Scratch),
      ArrayRef<LLVM::GEPArg>{product(block, scratchBytes)});

  Memory memory(builder, program, entry->getArgument(Args),
                entry->getArgument(Temps), scratch);
  const int64_t bytes = merge ? 0 : sharedBytesOf(grid);
  Value shared = createShared(bytes, kernel);
  const Ring ring{schedule.lanes * schedule.rows, entry->getArgument(PartRows),
                  entry->getArgument(PartCount)};
  ThreadTile tile(builder, grid, memory, shared,
                  schedule.halved ? partsOfRing(*entry, merge)
                                  : partsOf(*entry, merge),
                  ring);
  tile.prepare(program);
  emitTiles(tile);
  func::ReturnOp::create(builder, loc);
  grid.setSchedule(schedule);
  scratchBytes.setValueAttr(builder.getI64IntegerAttr(memory.scratchBytes()));

  int64_t partRows =
      schedule.halved ? 0 : std::max(schedule.stage, 4 * schedule.block);
  notePhase(kernel, program, grid, phase,
            {{"merge", merge},
             {"tile_rows", tile.tileRows()},
             {"threads", schedule.lanes},
             {"part_rows", partRows},
             {"state_bytes", PartialLayout(findChain(grid)).bytesOfRow()},
             {"scratch_bytes", memory.scratchBytes()},
             {"shared_bytes", bytes > mostOwnShared ? bytes : 0}});
}

struct LowerToThreads : impl::LowerToThreadsBase<LowerToThreads> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    OpBuilder builder(&getContext());
    for (kdsl::ProgramOp program : programsFor(module, /*device=*/true)) {
      builder.setInsertionPoint(program);
      noteProgram(module, program);
      ProgramLowering(program, builder).run();
      program.erase();
    }
  }
};

} // namespace
} // namespace kdslc::nvptx
