//===- Units.cpp - parts of an object, from LLVM IR to bytes --------------===//

#include "compiler/output/Units.h"
#include "compiler/BigStack.h"
#include "compiler/Target.h"
#include "compiler/output/EmitLlvm.h"
#include "compiler/output/EmitObject.h"
#include "compiler/output/Ptxas.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Linker/Linker.h"

using namespace mlir;

namespace kdslc {

bool Unit::isDevice() const { return isDeviceTarget(target); }

static llvm::StringRef machineOf(const Unit &unit) {
  return unit.isDevice() ? unit.target : llvm::StringRef(hostMachine);
}

/// Only functions of the LLVM dialect can say that they are kernels.
static void makeKernel(LLVM::LLVMFuncOp function, DictionaryAttr phase) {
  Builder builder(function.getContext());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  int64_t threads = phase.getAs<IntegerAttr>("threads").getInt();
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    builder.getDenseI32ArrayAttr({int32_t(threads)}));
  // Without it ptxas spills a few registers where it hopes for more blocks.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    builder.getI32IntegerAttr(1));
}

std::vector<Unit> takeUnits(ModuleOp module) {
  using TargetAndProgram = std::pair<StringAttr, StringAttr>;
  llvm::MapVector<TargetAndProgram, OwningOpRef<ModuleOp>> parts;
  for (Operation &op : llvm::make_early_inc_range(*module.getBody())) {
    auto target = op.getAttrOfType<StringAttr>("kdsl.isa");
    auto phase = op.getAttrOfType<DictionaryAttr>("kdsl.phase");
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    StringAttr program;
    if (target && isDeviceTarget(target.getValue())) {
      if (function && phase)
        makeKernel(function, phase);
    } else if (function && phase) {
      // The unit of the entry points calls it.
      function.setVisibility_(LLVM::Visibility::Hidden);
      program = phase.getAs<StringAttr>("program");
    }
    OwningOpRef<ModuleOp> &part = parts[{target, program}];
    if (!part)
      part = ModuleOp::create(module.getLoc());
    op.moveBefore(part->getBody(), part->getBody()->end());
  }
  std::vector<Unit> units;
  for (auto &[key, part] : parts) {
    Unit unit{key.first ? key.first.str() : ""};
    unit.context = std::make_unique<llvm::LLVMContext>();
    unit.module = translate(*part, *unit.context, machineOf(unit));
    if (!unit.module)
      unit.error = "internal error in the translation to LLVM for " + unit.target;
    units.push_back(std::move(unit));
  }
  return units;
}

Unit makeHostUnit() {
  Unit unit;
  unit.context = std::make_unique<llvm::LLVMContext>();
  unit.module = emptyModule(*unit.context, hostMachine);
  return unit;
}

static bool makeCode(Unit &unit, llvm::TargetMachine &machine) {
  auto kind = unit.isDevice() ? MachineCode::Assembly : MachineCode::Object;
  auto code = emitMachineCode(*unit.module, machine, kind, unit.error);
  unit.code = code.value_or("");
  // A function that LLVM cannot expand becomes a call without any error, and
  // fails only when a driver loads it.
  if (unit.isDevice() && llvm::StringRef(unit.code).contains(".extern .func"))
    unit.error = "internal error: the code for " + unit.target +
                 " calls a function that no GPU has";
  return unit.error.empty();
}

static void generateOne(Unit &unit, const UnitRequest &request) {
  const Options &options = request.options;
  auto machine = createTargetMachine(machineOf(unit), options.optLevel);
  if (!unit.module || !optimise(*unit.module, *machine, unit.error))
    return;
  if (request.bitcode) {
    llvm::raw_string_ostream os(unit.bitcode);
    // The order of uses decides between equal choices of the code generator.
    llvm::WriteBitcodeToFile(*unit.module, os,
                             /*ShouldPreserveUseListOrder=*/true);
  }
  bool hasCode =
      (unit.isDevice() || request.objects) && makeCode(unit, *machine);
  unit.module.reset();
  if (hasCode && request.cubins &&
      llvm::is_contained(options.cubins, unit.target)) {
    auto cubin =
        assemblePtx(unit.code, unit.target, options.cudaPath, unit.error);
    unit.cubin = cubin.value_or("");
    unit.isErrorOutside = !cubin;
  }
}

void generate(llvm::ArrayRef<Unit *> units, const UnitRequest &request) {
  runSideBySide(units.size(),
                [&](size_t k) { generateOne(*units[k], request); });
}

std::unique_ptr<llvm::Module> joinUnits(llvm::ArrayRef<Unit *> units,
                                        llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> joined =
      emptyModule(context, machineOf(*units.front()));
  llvm::Linker linker(*joined);
  for (const Unit *unit : units) {
    auto part = llvm::parseBitcodeFile(
        llvm::MemoryBufferRef(unit->bitcode, unit->target), context);
    bool failed = linker.linkInModule(llvm::cantFail(std::move(part)));
    assert(!failed && "units declare what another one defines");
    (void)failed;
  }
  for (llvm::Function &function : *joined)
    if (function.hasHiddenVisibility() && !function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  return joined;
}

} // namespace kdslc
