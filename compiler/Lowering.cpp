//===- Lowering.cpp - a module through the stages -------------------------===//

#include "compiler/Lowering.h"
#include "compiler/Pipeline.h"
#include "compiler/Target.h"
#include "compiler/WorkLimit.h"
#include "compiler/output/EmitLlvm.h"
#include "compiler/output/EmitObject.h"
#include "compiler/output/MergeObjects.h"
#include "compiler/output/Units.h"
#include "compiler/plan/Report.h"
#include "compiler/plan/source/PrintSource.h"
#include "mlir/IR/Diagnostics.h"
#include <fmt/format.h>
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace kdslc {

bool Lowering::fail(const std::string &message) {
  diags.error(Label::K000, SourceRange(), message);
  return false;
}

/// The file of a stage below --dump-phases, in the order of the stages.
static llvm::StringRef dumpName(Emit kind) {
  switch (kind) {
  case Emit::Kdsl:
    return "1-kdsl.mlir";
  case Emit::Planned:
    return "2-planned.mlir";
  case Emit::Tiled:
    return "3-tiled.mlir";
  case Emit::Lowered:
    return "4-lowered.mlir";
  case Emit::Llvm:
    return "5-llvm.cpu.ll";
  case Emit::Asm:
    return "6-asm.cpu.s";
  case Emit::Obj:
    return "7-obj.o";
  case Emit::Ptx:
    return "6-asm.ptx";
  case Emit::Cubin:
    return "7-obj.cubin";
  case Emit::Ast:
  case Emit::Header:
  case Emit::Static:
  case Emit::Shared:
  case Emit::Derivative:
  case Emit::Report:
    break;
  }
  return {};
}

/// Writes a stage below --dump-phases, until one cannot be written.
void Lowering::dump(Emit kind, StringRef text) {
  if (outsideFailed)
    return;
  llvm::SmallString<128> path(options.dumpDir);
  llvm::sys::path::append(path, dumpName(kind));
  std::error_code error = llvm::sys::fs::create_directories(options.dumpDir);
  std::optional<llvm::raw_fd_ostream> os;
  if (!error)
    os.emplace(path, error);
  if (!error) {
    *os << text;
    os->close();
    error = os->error();
    os->clear_error();
  }
  if (!error)
    return;
  outsideFailed = true;
  fail("cannot write the dump '" + path.str().str() + "': " + error.message());
}

/// Whether a stage was asked for, for itself, as a part of a library or in dumps.
bool Lowering::wants(Emit kind, ArrayRef<Emit> emit) const {
  bool forLibrary =
      kind == Emit::Obj && (llvm::is_contained(emit, Emit::Static) ||
                            llvm::is_contained(emit, Emit::Shared));
  return forLibrary || llvm::is_contained(emit, kind) ||
         !options.dumpDir.empty();
}

/// Keeps a stage that is wanted; one that nobody wants to see is not printed.
void Lowering::keep(Emit kind, ArrayRef<Emit> emit,
                    function_ref<std::string()> print) {
  if (!wants(kind, emit))
    return;
  std::string text = print();
  if (!options.dumpDir.empty())
    dump(kind, text);
  made[kind] = std::move(text);
}

static std::string printModule(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, OpPrintingFlags().useLocalScope());
  os << '\n';
  return text;
}

/// The last MLIR stage that a request needs.
static Stage lastStage(ArrayRef<Emit> emit) {
  Stage last = Stage::Kdsl;
  for (Emit kind : emit)
    switch (kind) {
    case Emit::Ast:
    case Emit::Header:
    case Emit::Kdsl:
    case Emit::Derivative:
      break;
    case Emit::Planned:
    case Emit::Report:
      last = std::max(last, Stage::Planned);
      break;
    case Emit::Tiled:
      last = std::max(last, Stage::Tiled);
      break;
    case Emit::Lowered:
      last = std::max(last, Stage::Lowered);
      break;
    case Emit::Llvm:
    case Emit::Asm:
    case Emit::Obj:
    case Emit::Static:
    case Emit::Shared:
    case Emit::Ptx:
    case Emit::Cubin:
      last = Stage::LlvmDialect;
      break;
    }
  return last;
}

/// The program of the source with that symbol; null if there is none.
const CheckedProgram *Lowering::sourceOf(llvm::StringRef symbol) const {
  if (source)
    for (const CheckedProgram &checked : source->programs)
      if (checked.symbol() == symbol)
        return &checked;
  return nullptr;
}

/// Says which derivative is left because its base is too large; the base may be
/// a derivative, so that only its expansion showed.
bool Lowering::refusesDerivative(ModuleOp module) {
  for (auto program : module.getOps<kdsl::ProgramOp>())
    for (auto derive : program.getOps<kdsl::DeriveOp>())
      if (derive->hasAttr("kdsl.too_large"))
        if (const CheckedProgram *checked = sourceOf(program.getSymName())) {
          diags.error(Label::K046, checked->range,
                      fmt::format("the programs that are derived up to '{}' "
                                  "have more than {} operations together",
                                  checked->declared, maxDerived));
          return true;
        }
  return false;
}

/// "g = vjp(conv, x, y)".
static std::string declarationOf(const CheckedProgram &program) {
  const Derivation &derivation = *program.derivation;
  std::string text =
      fmt::format("{} = {}({}", program.declared,
                  modeName(derivation.mode).str(), derivation.base->declared);
  for (unsigned input : derivation.inputs)
    text += ", " + derivation.base->inputs[input].name;
  return text + ")";
}

/// The derived programs as source; of a module that is no source, all programs.
bool Lowering::explainDerivatives(ModuleOp module) {
  std::string text;
  for (auto program : module.getOps<kdsl::ProgramOp>()) {
    const CheckedProgram *checked = sourceOf(program.getSymName());
    if (source && !(checked && checked->derivation))
      continue;
    auto own = printSource(program, checked ? declarationOf(*checked) : "");
    if (!own) {
      diags.error(Label::K045, checked ? checked->range : SourceRange(),
                  "this derivative has no form in the language: " +
                      llvm::toString(own.takeError()));
      return false;
    }
    text += (text.empty() ? "" : "\n") + *own;
  }
  made[Emit::Derivative] =
      text.empty() ? "// The file derives no program.\n" : text;
  return true;
}

/// What -Rkdsl asks for, at the programs' places.
void Lowering::remark(ModuleOp planned) {
  auto wants = [&](const char *kind) {
    return llvm::is_contained(options.remarks, kind);
  };
  llvm::StringSet<> seen; // programs, whose passes all targets share
  for (auto program : planned.getOps<kdsl::ProgramOp>()) {
    auto name = program->getAttrOfType<StringAttr>("kdsl.program");
    const CheckedProgram *checked = name ? sourceOf(name) : nullptr;
    if (!checked)
      continue;
    std::vector<std::string> passes;
    forEachPass(program, [&](const PassReport &report) {
      if (report.ofPairs)
        passes.push_back(report.what);
      if (wants("schedule"))
        diags.remark("schedule", checked->range,
                     fmt::format("{}: {}: {}; {}{}{}",
                                 program.getTarget().value_or("").str(),
                                 report.what, report.schedule, report.cost,
                                 report.expected.empty() ? "" : "; ",
                                 report.expected));
    });
    if (wants("passes") && seen.insert(name.getValue()).second)
      diags.remark("passes", checked->range,
                   fmt::format("{} pass{} over pairs{}{}", passes.size(),
                               passes.size() == 1 ? "" : "es",
                               passes.empty() ? "" : ": ",
                               llvm::join(passes, "; ")));
  }
}

bool Lowering::runStages(ModuleOp module, ArrayRef<Emit> emit) {
  static constexpr std::pair<Stage, Emit> shown[] = {
      {Stage::Kdsl, Emit::Kdsl},
      {Stage::Planned, Emit::Planned},
      {Stage::Tiled, Emit::Tiled},
      {Stage::Lowered, Emit::Lowered}};
  Stage at = stageOf(module), last = lastStage(emit);
  for (auto [stage, kind] : shown) {
    if (stage > last || stage < at)
      continue;
    if (stage > at || stage == Stage::Kdsl) {
      PassManager pm(&context);
      pm.enableVerifier(false); // once a stage, by verifyStage
      addStage(pm, stage, options);
      if (failed(pm.run(module)) || failed(verifyStage(module, stage)))
        return !refusesDerivative(module) &&
               fail("internal error in stage '" +
                    dumpName(kind).drop_front(2).str() + "'");
    }
    keep(kind, emit, [&] { return printModule(module); });
    if (stage == Stage::Kdsl && llvm::is_contained(emit, Emit::Derivative) &&
        !explainDerivatives(module))
      return false;
    if (stage == Stage::Planned && source && !options.remarks.empty())
      remark(module);
    if (stage == Stage::Planned && llvm::is_contained(emit, Emit::Report))
      made[Emit::Report] = reportSchedules(module);
    if (stage == Stage::Planned && last > stage && source &&
        !checkWork(module, *source, options.maxWork, diags))
      return false;
  }
  return true;
}

/// Says what is missing of the first unit that is not whole.
bool Lowering::areWhole(ArrayRef<Unit *> units) {
  for (const Unit *unit : units)
    if (!unit->error.empty()) {
      outsideFailed = unit->isErrorOutside;
      return fail(unit->error);
    }
  return true;
}

/// The device code of an object: cubins where GPUs were named, and PTX.
std::vector<DeviceImage> Lowering::keepDevices(ArrayRef<Unit *> devices,
                                               ArrayRef<Emit> emit) {
  std::vector<DeviceImage> images;
  for (const Unit *unit : devices)
    if (!unit->cubin.empty()) {
      keep(Emit::Cubin, emit, [&] { return unit->cubin; });
      images.push_back({unit->target, /*isCubin=*/true, unit->cubin});
    }
  if (devices.empty())
    return images;
  // One PTX, of the oldest GPU: newer ones than the cubins' run it.
  const Unit &oldest = *devices.front();
  images.push_back({oldest.target, /*isCubin=*/false, compactPtx(oldest.code)});
  return images;
}

/// LLVM IR and assembly of the object's units as one text each; IR of an object for
/// GPUs alone is that of the oldest.
bool Lowering::keepTexts(ArrayRef<Unit *> host, ArrayRef<Unit *> devices,
                         bool isForGpu, ArrayRef<Emit> emit) {
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> joined;
  if (!isForGpu || wants(Emit::Asm, emit))
    joined = joinUnits(host, llvmContext);
  keep(Emit::Llvm, emit, [&] {
    return emitLlvmText(
        isForGpu ? *joinUnits(devices.take_front(), llvmContext) : *joined);
  });
  if (!wants(Emit::Asm, emit))
    return true;
  std::string error;
  auto machine = createTargetMachine(hostMachine, options.optLevel);
  auto text =
      emitMachineCode(*joined, *machine, MachineCode::Assembly, error);
  if (!text)
    return fail("internal error in code generation: " + error);
  keep(Emit::Asm, emit, [&] { return *text; });
  return true;
}

bool Lowering::runBackEnd(ModuleOp module, ArrayRef<Emit> emit) {
  std::vector<ProgramInfo> programs = collectPrograms(module, source);
  PassManager pm(&context);
  pm.enableVerifier(false); // LLVM's verifier sees what comes of it
  addStage(pm, Stage::LlvmDialect, options);
  if (failed(pm.run(module)))
    return fail("internal error in the conversion to LLVM");
  UnitRequest request{options};
  request.bitcode = wants(Emit::Llvm, emit) || wants(Emit::Asm, emit);
  request.objects = wants(Emit::Obj, emit);
  request.cubins = request.objects || wants(Emit::Cubin, emit);
  bool wantsHost = request.bitcode || request.objects;

  std::vector<Unit> units = takeUnits(module);
  SmallVector<Unit *> all, devices, host;
  for (Unit &unit : units) {
    all.push_back(&unit);
    (unit.isDevice() ? devices : host).push_back(&unit);
  }
  generate(wantsHost ? all : devices, request);
  if (!devices.empty()) // also what ptxas refuses
    keep(Emit::Ptx, emit, [&] { return devices.front()->code; });
  if (!areWhole(all))
    return false;
  std::vector<DeviceImage> images = keepDevices(devices, emit);
  if (!wantsHost)
    return true;

  // Last, as the entry points have the device code as data.
  bool isForGpu = host.empty() && !devices.empty();
  Unit entries = makeHostUnit();
  addEntryPoints(*entries.module, programs, images, options);
  generate(&entries, request);
  if (!areWhole(&entries))
    return false;
  host.push_back(&entries);
  if (request.bitcode && !keepTexts(host, devices, isForGpu, emit))
    return false;
  keep(Emit::Obj, emit, [&] {
    return mergeObjects(llvm::map_to_vector(
        host, [](const Unit *unit) { return StringRef(unit->code); }));
  });
  return true;
}

std::map<Emit, std::string> Lowering::run(ModuleOp module,
                                          ArrayRef<Emit> emit) {
  made.clear();
  bool whole = lastStage(emit) == Stage::LlvmDialect;
  // MLIR reports through its own engine; its words become the message.
  std::string words;
  ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && words.empty())
      words = diagnostic.str();
    return success();
  });
  if (!runStages(module, emit) || (whole && !runBackEnd(module, emit))) {
    if (!words.empty())
      fail(words);
    made.clear();
  }
  return made;
}

} // namespace kdslc
