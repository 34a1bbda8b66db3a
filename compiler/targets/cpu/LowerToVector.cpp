//===- LowerToVector.cpp - grids to functions of vector code --------------===//
//
// Each grid of a program becomes a phase function, and a second one where its
// rows j may be split into parts:
//
//   PROGRAM_TARGET_PHASE(args, temps, begin, end, scratch, partials, partRows,
//                        parts)
//   PROGRAM_TARGET_PHASE_merge(..)
//   PROGRAM_TARGET_PHASE_ordered(.., order, ..)
//
// The last one, of rows in an order of space, is there for sweeps that are marked so.
// The parameters are stated at kdsl_phase_fn in kdsl.h.
//
//===----------------------------------------------------------------------===//

#include "compiler/output/EmitObject.h"
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

/// What a function of a phase does.
enum class Part { Sweep, Merge, Ordered };

/// The parameters of a phase function.
enum Parameter { Args, Temps, Begin, End, Scratch, Partials, PartRows, PartCount };

class ProgramLowering {
public:
  ProgramLowering(kdsl::ProgramOp program, OpBuilder &builder)
      : program(program), builder(builder), loc(program.getLoc()) {}

  void run() {
    for (auto [phase, grid] :
         llvm::enumerate(program.getBody().getOps<ktile::GridOp>())) {
      emitPhase(grid, int64_t(phase), Part::Sweep);
      if (!findChain(grid).empty())
        emitPhase(grid, int64_t(phase), Part::Merge);
      if (VectorTile::orderedIn(grid))
        emitPhase(grid, int64_t(phase), Part::Ordered);
    }
  }

private:
  func::FuncOp createFunction(ktile::GridOp grid, int64_t phase, Part part);
  Value takePart(VectorTile &tile, VectorTile::Parts parts, Value rows,
                 Value item);
  void emitPhase(ktile::GridOp grid, int64_t phase, Part part);

  kdsl::ProgramOp program;
  OpBuilder &builder;
  Location loc;
};

static StringRef suffixOf(Part part) {
  return part == Part::Merge ? "_merge" : part == Part::Ordered ? "_ordered" : "";
}

func::FuncOp ProgramLowering::createFunction(ktile::GridOp grid,
                                             int64_t phase, Part part) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type();
  func::FuncOp function = createPhase(
      builder, program, phase, suffixOf(part),
      builder.getFunctionType(
          {pointer, pointer, i64, i64, pointer, pointer, i64, i64}, {}));
  StringRef target = *program.getTarget();
  auto pair = [&](StringRef key, StringRef value) -> Attribute {
    return builder.getStrArrayAttr({key, value});
  };
  // Vectors that are spilled would lie across lines of the cache: the stack of the
  // caller is aligned to 16 bytes.
  constexpr StringLiteral withUnit("-amx");
  const bool hasMatrixUnit = target.consume_back(withUnit);
  SmallVector<Attribute> passthrough{pair("target-cpu", target),
                                     builder.getStringAttr("stackrealign")};
  const bool isWidest = target == "x86-64-v4";
  if (hasMatrixUnit)
    passthrough.push_back(pair("target-features", "+amx-tile,+amx-bf16"));
  if (isWidest)
    passthrough.push_back(pair("prefer-vector-width", "512"));
  // The vectors of a group are written in step. Of more values than there are
  // registers, LLVM's scheduler would put one vector behind the other, each of
  // which waits for itself. With 32 registers that is as good where more than four
  // would need memory.
  kdsl::Schedule schedule = grid.getSchedule();
  if (!isWidest || schedule.halved || schedule.filter ||
      schedule.rows * schedule.group <= 4)
    passthrough.push_back(builder.getStringAttr(keepsOrder));
  // Their groups are the largest, with addresses of rows i, rows j and what rows j
  // j take: as fast, and compiled in three quarters to nine tenths of the time.
  if (schedule.halved)
    passthrough.push_back(builder.getStringAttr(keepsAddresses));
  function->setAttr("passthrough", builder.getArrayAttr(passthrough));
  return function;
}

/// Fewer rows j are not worth an order: of more than three features each cell has
/// twice as many neighbours, and places of a list are filled anew by each tile.
static int64_t fewestOrdered(ktile::GridOp grid, int64_t features) {
  constexpr int64_t fewFeatures = 3, cells = 16, places = 64;
  int64_t width = 1;
  for (ktile::SweepOp sweep : findChain(grid))
    for (Type type : sweep.getResultTypes())
      width = std::max(width, cast<ktile::StateType>(type).getWidth());
  const int64_t rows = cells * grid.getSchedule().cells;
  return (rows + rows * width / places)
         << std::max<int64_t>(0, features - fewFeatures);
}

/// How many rows j a part has at least: a list fills in each part anew, at the
/// cost of some times the rows that bound it; or of some hundreds for each place,
/// of which a filter tells the pairs.
static int64_t partRows(ktile::GridOp grid) {
  constexpr int64_t worth = 32, worthOfPlace = 512, places = 4;
  const kdsl::Schedule schedule = grid.getSchedule();
  int64_t rows = std::max(schedule.block, worth * schedule.bound);
  if (schedule.filter)
    for (ktile::SweepOp sweep : findChain(grid))
      for (Type type : sweep.getResultTypes())
        rows = std::max(rows, worthOfPlace *
                                  (places + cast<ktile::StateType>(type).getWidth()));
  return rows;
}

/// Says which rows j of which tile an item of a phase is, and gives the tile.
Value ProgramLowering::takePart(VectorTile &tile, VectorTile::Parts parts,
                                Value rows, Value item) {
  parts.number = arith::RemSIOp::create(builder, loc, item, parts.count);
  Value number = arith::DivSIOp::create(builder, loc, item, parts.count);
  parts.begin = arith::MulIOp::create(builder, loc, parts.number, rows);
  parts.end = arith::AddIOp::create(builder, loc, parts.begin, rows);
  tile.setParts(parts);
  return number;
}

void ProgramLowering::emitPhase(ktile::GridOp grid, int64_t phase, Part part) {
  const bool merge = part == Part::Merge, isOrdered = part == Part::Ordered;
  func::FuncOp function = createFunction(grid, phase, part);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Memory memory(builder, program, entry->getArgument(Args),
                entry->getArgument(Temps), entry->getArgument(Scratch));
  VectorTile tile(builder, grid, memory,
                  /*isAvx2=*/*program.getTarget() == "x86-64-v3",
                  isOrdered ? entry->getArgument(Partials) : Value());
  VectorTile::Parts parts;
  parts.merge = merge;
  parts.count = entry->getArgument(PartCount);
  parts.memory = entry->getArgument(Partials);
  tile.setParts(parts);
  tile.prepare(program);
  auto items =
      scf::ForOp::create(builder, loc, entry->getArgument(Begin),
                         entry->getArgument(End), memory.constant(1));
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(items.getBody());
    Value item = items.getInductionVar();
    if (tile.isHalved() && !merge) {
      parts.number = item;
      tile.setParts(parts);
      tile.emitPart();
    } else {
      if (tile.hasChain() && part == Part::Sweep)
        item = takePart(tile, parts, entry->getArgument(PartRows), item);
      tile.emitTileNumber(item);
    }
  }
  tile.releaseMatrices();
  func::ReturnOp::create(builder, loc);
  SmallVector<std::pair<StringRef, int64_t>> notes{
      {"merge", merge},
      {"tile_rows", tile.tileRows()},
      // Halved sweeps: parts have no rows j of their own.
      {"part_rows", tile.isHalved() ? 0 : partRows(grid)},
      {"state_bytes",
       PartialLayout(findChain(grid)).bytesOfRow() * tile.tileRows()},
      {"scratch_bytes", memory.scratchBytes()}};
  if (isOrdered) {
    auto numberOf = [](ktile::LoadOp load) {
      return int64_t(cast<BlockArgument>(load.getRows()).getArgNumber());
    };
    const ktile::SquaredDistance distance = *VectorTile::orderedIn(grid);
    notes.push_back({"kept", numberOf(distance.ofTile)});
    notes.push_back({"reduced", numberOf(distance.ofSweep)});
    notes.push_back({"cell_rows", grid.getSchedule().cells});
    notes.push_back({"record", VectorTile::numbersOfRecord(distance.features)});
    notes.push_back({"fewest_rows", fewestOrdered(grid, distance.features)});
  }
  notePhase(function, program, grid, phase, notes);
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
