//===- Compiler.cpp - source text to artefacts ----------------------------===//

#include "compiler/Compiler.h"
#include "compiler/BigStack.h"
#include "compiler/CheckSchedules.h"
#include "compiler/Lowering.h"
#include "compiler/Pipeline.h"
#include "compiler/Target.h"
#include "compiler/frontend/Check.h"
#include "compiler/frontend/EmitKdsl.h"
#include "compiler/frontend/FormulaLimits.h"
#include "compiler/frontend/Imports.h"
#include "compiler/frontend/Parser.h"
#include "compiler/output/CNames.h"
#include "compiler/output/EmitArchive.h"
#include "compiler/output/EmitHeader.h"
#include "compiler/output/Ptxas.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

namespace kdslc {

namespace {

/// The whole range of a file, for what concerns no single place in it.
SourceRange startOf(llvm::StringRef text) {
  auto start = llvm::SMLoc::getFromPointer(text.begin());
  return {start, start};
}

bool hasProgram(const ast::File &file) {
  return llvm::any_of(file.items, [](const auto &item) {
    return item->kind == ast::Item::Program || item->kind == ast::Item::Derive;
  });
}

std::string printAst(const ast::File &file) {
  std::string text;
  llvm::raw_string_ostream os(text);
  ast::print(file, os);
  return text;
}

/// GPUs run code for older ones, so PTX for this one serves all.
constexpr const char *ptxTarget = "sm_80";

/// Names of known targets, in the order of allTargets() and each once. The
/// request has been checked.
void resolveTargets(Options &options) {
  std::vector<std::string> asked = options.targets;
  if (asked.empty())
    asked = {"x86-64-v4-amx", "x86-64-v4", "x86-64-v3", "x86-64-v2", "ptx"};
  if (llvm::is_contained(asked, "native")) {
    // Up to the first level that all programs have code of.
    for (const std::string &name : nativeTargets()) {
      asked.push_back(name);
      if (!findTarget(name)->isOptional())
        break;
    }
    llvm::erase(asked, "native");
  }
  options.targets.clear();
  for (std::string &name : asked) {
    if (isDeviceTarget(name))
      options.cubins.push_back(name);
    if (name == "ptx")
      name = ptxTarget;
  }
  for (const auto &target : allTargets())
    if (llvm::is_contained(asked, target->name()))
      options.targets.push_back(target->name().str());
}

/// One compilation.
class Compilation {
public:
  Compilation(llvm::StringRef name, llvm::ArrayRef<Emit> emit,
              const Options &options, DiagnosticEngine &diags)
      : name(name), emit(emit), options(options), diags(diags) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    result.dependencies.push_back(name.str());
  }

  CompileResult run(llvm::StringRef text);

private:
  bool runSource(llvm::StringRef text);
  bool runMlir(llvm::StringRef text);
  bool lower(mlir::ModuleOp module, const CheckedFile *source);
  bool finish();
  std::string header();
  std::vector<std::string> targetsOf(bool device);

  llvm::StringRef name;
  llvm::ArrayRef<Emit> emit;
  Options options;
  DiagnosticEngine &diags;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  CompileResult result;
  std::map<Emit, std::string> made;
};

bool Compilation::lower(mlir::ModuleOp module, const CheckedFile *source) {
  Lowering lowering(context, options, source, diags);
  auto stages = lowering.run(module, emit);
  made.insert(stages.begin(), stages.end());
  result.outsideFailed = lowering.failedOutside();
  return !diags.hasErrors();
}

bool Compilation::runSource(llvm::StringRef text) {
  std::unique_ptr<ast::File> file = parse(text, diags);
  // Where statements alone were not understood, the others are checked.
  bool understood = !diags.hasErrors();
  if (!understood && !file->isWhole)
    return false;
  if (!hasProgram(*file))
    diags.warning(Label::K057, startOf(text), "the file has no program");
  if (understood && llvm::is_contained(emit, Emit::Ast))
    made[Emit::Ast] = printAst(*file);
  bool onlyAst = !emit.empty() && llvm::all_of(emit, [](Emit kind) {
    return kind == Emit::Ast;
  });
  if (onlyAst)
    return understood;
  if (!loadImports(*file, name, options, diags, result.dependencies))
    return false;

  std::optional<CheckedFile> checked = check(*file, options, diags);
  if (diags.hasErrors())
    return false;
  // A check alone says what would not compile, but does not fail for it.
  Severity severity = emit.empty() ? Severity::Warning : Severity::Error;
  if (!checked || !checkFormulaLimits(*checked, severity, diags))
    return false;
  result.checked = std::move(*checked);
  checkSchedules(result.checked, options.targets, diags);
  checkCNames(result.checked, options, targetsOf(/*device=*/false), diags);
  diags.promoteWarnings(options.warnings);
  if (diags.hasErrors())
    return false;
  if (emit.empty())
    return true;
  auto module = emitKdsl(result.checked, diags.sourceMgr(), &context);
  return lower(*module, &result.checked);
}

bool Compilation::runMlir(llvm::StringRef text) {
  std::string words;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        words = words.empty() ? diagnostic.str() : words;
        return mlir::success();
      });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module) {
    diags.error(Label::K000, startOf(text), "not valid MLIR: " + words);
    return false;
  }
  return emit.empty() || lower(*module, nullptr);
}

std::vector<std::string> Compilation::targetsOf(bool device) {
  std::vector<std::string> names;
  for (const std::string &target : options.targets)
    if (isDeviceTarget(target) == device)
      names.push_back(target);
  return names;
}

std::string Compilation::header() {
  HeaderInfo info;
  info.fileStem = llvm::sys::path::stem(name).str();
  info.sourceName = llvm::sys::path::filename(name).str();
  info.toolVersion = KDSLC_VERSION;
  info.targets = targetsOf(/*device=*/false);
  // Not every program has code of these.
  if (info.targets.size() > 1)
    llvm::erase_if(info.targets, [](const std::string &target) {
      return findTarget(target)->isOptional();
    });
  info.devices = targetsOf(/*device=*/true);
  return emitHeader(result.checked, options, info);
}

/// Puts what was made in the order of the request.
bool Compilation::finish() {
  for (Emit kind : emit) {
    if (kind == Emit::Header)
      made[kind] = header();
    if (kind == Emit::Static && made.count(Emit::Obj))
      made[kind] = emitArchive(made[Emit::Obj],
                               llvm::sys::path::stem(name).str() + ".o");
    if (kind == Emit::Shared) {
      diags.error(Label::K045, SourceRange(),
                  "a shared library is the linker's work: link the object, with "
                  "'cc -shared' and libkdslrt");
      return false;
    }
    auto found = made.find(kind);
    if (found == made.end()) {
      diags.error(Label::K000, SourceRange(),
                  "the input is past the stage that was asked for");
      return false;
    }
    result.artefacts.push_back({kind, found->second});
  }
  return true;
}

CompileResult Compilation::run(llvm::StringRef text) {
  llvm::SourceMgr &sources = diags.sourceMgr();
  unsigned id = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(text, name), llvm::SMLoc());
  text = sources.getMemoryBuffer(id)->getBuffer();
  if (auto wrong = checkRequest(emit, options)) {
    diags.error(Label::K000, startOf(text), *wrong);
    return std::move(result);
  }
  resolveTargets(options);
  bool ok = (name.ends_with(".mlir") ? runMlir(text) : runSource(text)) &&
            finish();
  diags.promoteWarnings(options.warnings);
  result.ok = ok && !diags.hasErrors();
  return std::move(result);
}

} // namespace

CompileResult compile(llvm::StringRef name, llvm::StringRef text,
                      llvm::ArrayRef<Emit> emit, const Options &options,
                      DiagnosticEngine &diags) {
  CompileResult result;
  runOnBigStack([&] {
    result = Compilation(name, emit, options, diags).run(text);
  });
  return result;
}

std::optional<std::string> checkRequest(llvm::ArrayRef<Emit> emit,
                                        const Options &options) {
  llvm::StringRef prefix = options.prefix;
  if (!prefix.empty() &&
      (llvm::isDigit(prefix[0]) || !llvm::all_of(prefix, [](char c) {
        return llvm::isAlnum(c) || c == '_';
      })))
    return "--prefix=" + prefix.substr(0, 60).str() +
           ": a prefix is ASCII letters, digits and '_', and begins with no "
           "digit";
  std::vector<std::string> known = targetNames();
  int gpus = 0;
  bool hasPtx = options.targets.empty();
  for (const std::string &target : options.targets) {
    if (!llvm::is_contained(known, target))
      return "--target=" + target.substr(0, 60) +
             ": unknown target; targets are " + llvm::join(known, ", ");
    gpus += isDeviceTarget(target);
    hasPtx |= isDeviceTarget(target) || target == "ptx";
  }
  if (llvm::is_contained(emit, Emit::Ptx) && !hasPtx)
    return "--emit=ptx needs a target that is a GPU, as --target=ptx";
  if (llvm::is_contained(emit, Emit::Cubin) && gpus != 1)
    return "--emit=cubin is for one GPU, as --target=sm_90";
  return std::nullopt;
}

std::vector<std::string> nativeTargets() {
  auto features = llvm::sys::getHostCPUFeatures();
  auto has = [&](std::initializer_list<const char *> names) {
    return llvm::all_of(names, [&](const char *n) { return features.lookup(n); });
  };
  std::vector<std::string> levels;
  bool hasV3 = has({"avx2", "fma", "bmi2"});
  if (hasV3 && has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})) {
    if (has({"amx-tile", "amx-bf16"}))
      levels.push_back("x86-64-v4-amx");
    levels.push_back("x86-64-v4");
  }
  if (hasV3)
    levels.push_back("x86-64-v3");
  levels.push_back("x86-64-v2");
  return levels;
}

std::vector<std::string> targetNames() {
  std::vector<std::string> names{"native", "ptx"};
  for (const auto &target : allTargets())
    names.push_back(target->name().str());
  return names;
}

std::string listTargets(llvm::StringRef cudaPath) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto row = [&](llvm::StringRef name, llvm::StringRef description) {
    os << llvm::left_justify(name, 15) << description << '\n';
  };
  for (const auto &target : allTargets())
    row(target->name(), target->description());
  row("native", "the widest x86 level that this machine runs");
  row("ptx", "sm_80 as PTX, which the driver assembles; needs no tool");
  std::optional<std::string> ptxas = findPtxas(cudaPath);
  os << "\nsm_80 and newer need ptxas: "
     << (ptxas ? *ptxas : "not found; --cuda-path=DIR says where CUDA is")
     << '\n';
  return text;
}

} // namespace kdslc
