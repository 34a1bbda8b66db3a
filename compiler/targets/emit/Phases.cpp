//===- Phases.cpp - what a lowering says about its phases -----------------===//

#include "compiler/targets/emit/Phases.h"
#include "compiler/Target.h"
#include "compiler/targets/emit/Memory.h"
#include "compiler/targets/emit/TileEmitter.h"

using namespace mlir;

namespace kdslc {

static StringAttr originalName(kdsl::ProgramOp program) {
  auto original = program->getAttrOfType<StringAttr>("kdsl.program");
  return original ? original : program.getSymNameAttr();
}

static DenseBoolArrayAttr packedInputs(kdsl::ProgramOp program) {
  return DenseBoolArrayAttr::get(
      program.getContext(),
      llvm::map_to_vector(program.getBody().getArguments(), [](Value argument) {
        return isPacked(argument) ||
               llvm::any_of(argument.getUsers(), llvm::IsaPred<kdsl::TurnedOp>);
      }));
}

static DictionaryAttr describe(kdsl::ProgramOp program) {
  Builder builder(program.getContext());
  NamedAttrList info;
  info.append("name", originalName(program));
  info.append("axes", program->getAttr("kdsl.axes"));
  if (Attribute fixed = program->getAttr("kdsl.fixed"))
    info.append("fixed", fixed);
  if (Attribute labels = program->getAttr("kdsl.labels"))
    info.append("labels", labels);
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
  info.append("reduced", packedInputs(program));
  SmallVector<Attribute> temporaries;
  for (const Temporary &temporary : temporariesOf(program)) {
    NamedAttrList one;
    one.append("axes", temporary.axes);
    one.append("row_bytes", builder.getI64IntegerAttr(temporary.rowBytes));
    temporaries.push_back(one.getDictionary(program.getContext()));
  }
  info.append("temporaries", builder.getArrayAttr(temporaries));
  return info.getDictionary(program.getContext());
}

void noteProgram(ModuleOp module, kdsl::ProgramOp program) {
  SmallVector<Attribute> programs;
  if (auto known = module->getAttrOfType<ArrayAttr>("kdsl.programs"))
    programs.append(known.begin(), known.end());
  Attribute description = describe(program);
  if (llvm::is_contained(programs, description))
    return;
  programs.push_back(description);
  module->setAttr("kdsl.programs",
                  ArrayAttr::get(module.getContext(), programs));
}

func::FuncOp createPhase(OpBuilder &builder, kdsl::ProgramOp program,
                         int64_t phase, StringRef suffix, FunctionType type) {
  return func::FuncOp::create(
      builder, program.getLoc(),
      (program.getSymName() + "_" + Twine(phase) + suffix).str(), type);
}

void notePhase(func::FuncOp function, kdsl::ProgramOp program,
               ktile::GridOp grid, int64_t phase,
               ArrayRef<std::pair<StringRef, int64_t>> numbers) {
  Builder builder(function.getContext());
  NamedAttrList info;
  info.append("program", originalName(program));
  info.append("target", program.getTargetAttr());
  info.append("number", builder.getI64IntegerAttr(phase));
  info.append("axes", grid.getAxes());
  if (Attribute over = grid->getAttr("kdsl.over"))
    info.append("over", over);
  if (Attribute cost = grid->getAttr("kdsl.cost"))
    info.append("cost", cost);
  for (auto [name, value] : numbers)
    info.append(name, builder.getI64IntegerAttr(value));
  function->setAttr("kdsl.phase", info.getDictionary(function.getContext()));
  function->setAttr("kdsl.isa", program.getTargetAttr());
  for (StringRef precision : {"kdsl.exp", "kdsl.fma"})
    if (Attribute chosen = program->getAttr(precision))
      function->setAttr(precision, chosen);
}

SmallVector<kdsl::ProgramOp> programsFor(ModuleOp module, bool device) {
  SmallVector<kdsl::ProgramOp> programs;
  for (auto program : module.getOps<kdsl::ProgramOp>())
    if (isDeviceTarget(program.getTarget().value_or("")) == device)
      programs.push_back(program);
  return programs;
}

} // namespace kdslc
