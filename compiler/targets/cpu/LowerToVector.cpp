//===- LowerToVector.cpp - grids to functions of vector code --------------===//
//
// Each grid of a program becomes a phase function
//
//   void PROGRAM_TARGET_PHASE(args, temps, begin, end, scratch)
//
// that computes rows begin..end, a tile at a time. What the entry point has to
// know of the phases stays in attributes: `kdsl.phase` on each function, and
// `kdsl.programs` on the module for the signatures.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/Passes.h"
#include "compiler/targets/cpu/TileEmitter.h"
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

  /// Signature and temporaries, as an attribute.
  DictionaryAttr describe();

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
  auto type = builder.getFunctionType({pointer, pointer, i64, i64, pointer}, {});
  auto function = func::FuncOp::create(
      builder, loc, (program.getSymName() + "_" + Twine(phase)).str(), type);
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
  function->setAttr("kdsl.isa", builder.getStringAttr(target));
  return function;
}

void ProgramLowering::emitPhase(ktile::GridOp grid, int64_t phase) {
  func::FuncOp function = createFunction(phase);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Memory memory(builder, program, entry->getArgument(0), entry->getArgument(1),
                entry->getArgument(4));
  TileEmitter tile(builder, grid, memory);
  for (Operation &op : program.getBody().front().without_terminator())
    tile.emitUniform(op);
  tile.reserveScratch();
  Value begin = entry->getArgument(2), end = entry->getArgument(3);
  auto tiles = scf::ForOp::create(builder, loc, begin, end,
                                  memory.constant(tile.tileRows()));
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(tiles.getBody());
    Value first = tiles.getInductionVar();
    Value count = arith::MinSIOp::create(
        builder, loc, arith::SubIOp::create(builder, loc, end, first),
        memory.constant(tile.tileRows()));
    tile.emitTile(first, count);
  }
  func::ReturnOp::create(builder, loc);

  NamedAttrList info;
  auto original = program->getAttrOfType<StringAttr>("kdsl.program");
  info.append("program", original ? original : program.getSymNameAttr());
  info.append("target", program.getTargetAttr());
  info.append("number", builder.getI64IntegerAttr(phase));
  if (grid.getAxis())
    info.append("axis", grid.getAxisAttr());
  if (Attribute over = grid->getAttr("kdsl.over"))
    info.append("over", over);
  if (Attribute cost = grid->getAttr("kdsl.cost"))
    info.append("cost", cost);
  info.append("tile_rows", builder.getI64IntegerAttr(tile.tileRows()));
  info.append("scratch_bytes",
              builder.getI64IntegerAttr(memory.scratchBytes()));
  function->setAttr("kdsl.phase", info.getDictionary(builder.getContext()));
}

DictionaryAttr ProgramLowering::describe() {
  NamedAttrList info;
  auto original = program->getAttrOfType<StringAttr>("kdsl.program");
  info.append("name", original ? original : program.getSymNameAttr());
  info.append("axes", program->getAttr("kdsl.axes"));
  info.append("type", program.getFunctionTypeAttr());
  auto names = [&](unsigned count, auto nameOf) {
    SmallVector<StringRef> list;
    for (unsigned k = 0; k < count; ++k)
      list.push_back(nameOf(program, k));
    return builder.getStrArrayAttr(list);
  };
  info.append("inputs", names(program.getArgumentTypes().size(),
                              kdsl::argumentName));
  info.append("outputs",
              names(program.getResultTypes().size(), kdsl::resultName));
  // Inputs that some sweep reads as rows j must be dense.
  SmallVector<bool> reduced;
  for (BlockArgument argument : program.getBody().getArguments())
    reduced.push_back(llvm::any_of(argument.getUsers(), [](Operation *user) {
      auto load = dyn_cast<ktile::LoadOp>(user);
      return load && load.getRow() &&
             !isa<ktile::GridOp>(
                 load.getRow().getParentBlock()->getParentOp());
    }));
  info.append("reduced", builder.getDenseBoolArrayAttr(reduced));
  SmallVector<Attribute> temporaries;
  for (const Temporary &temporary : temporariesOf(program)) {
    NamedAttrList one;
    if (temporary.axis)
      one.append("axis", temporary.axis);
    one.append("row_bytes", builder.getI64IntegerAttr(temporary.rowBytes));
    temporaries.push_back(one.getDictionary(builder.getContext()));
  }
  info.append("temporaries", builder.getArrayAttr(temporaries));
  return info.getDictionary(builder.getContext());
}

struct LowerToVector : impl::LowerToVectorBase<LowerToVector> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    OpBuilder builder(&getContext());
    SmallVector<Attribute> descriptions;
    for (kdsl::ProgramOp program :
         llvm::to_vector(module.getOps<kdsl::ProgramOp>())) {
      if (!program.getTarget()) {
        program.emitOpError("has no target; run kdsl-choose-schedule first");
        return signalPassFailure();
      }
      builder.setInsertionPoint(program);
      ProgramLowering lowering(program, builder);
      Attribute description = lowering.describe();
      if (!llvm::is_contained(descriptions, description))
        descriptions.push_back(description);
      lowering.run();
      program.erase();
    }
    module->setAttr("kdsl.programs", builder.getArrayAttr(descriptions));
  }
};

} // namespace
} // namespace kdslc::cpu
