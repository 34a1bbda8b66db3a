//===- Load.cpp - programs from .kdsl, .o and .so files -------------------===//
//
// A program called p is found through its function p_kernel, which gives the
// descriptor. Shared libraries are opened by the system's loader; objects,
// compiled just now or read from a file, are linked in this process, where the
// runtime is this program's own.
//
//===----------------------------------------------------------------------===//

#include "Load.h"
#include "Failure.h"
#include "compiler/Compiler.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/WithColor.h"
#include <set>
#include <dlfcn.h>

using namespace kdslrun;
using llvm::StringRef;

static constexpr StringRef suffix = "_kernel";
using KernelFunction = const kdsl_kernel *(*)();

llvm::Expected<const kdsl_kernel *> LoadedFile::find(StringRef name) const {
  std::string names;
  for (const kdsl_kernel *kernel : kernels) {
    if (name == kernel->name || (name.empty() && kernels.size() == 1))
      return kernel;
    names += std::string(names.empty() ? "" : ", ") + kernel->name;
  }
  if (kernels.empty())
    return usageError("the file holds no program");
  if (name.empty())
    return usageError("the file holds several programs, say which: {}", names);
  return usageError("no program '{}' in the file, expected one of {}",
                    name.str(), names);
}

const kdslc::CheckedProgram *
LoadedFile::source(const kdsl_kernel &kernel) const {
  for (const kdslc::CheckedProgram &program : checked.programs) {
    bool isIt = program.name == kernel.name;
    for (uint32_t k = 0; isIt && kernel.fixed && k < kernel.n_sizes; ++k)
      isIt = program.axes[k].fixed == kernel.fixed[k];
    if (isIt)
      return &program;
  }
  return nullptr;
}

llvm::Error LoadedFile::add(const std::string &path, KernelFunction function) {
  const kdsl_kernel *kernel = function ? function() : nullptr;
  if (!kernel)
    return ioError("{}: a program without a descriptor", path);
  if (kernel->abi < KDSL_ABI_OLDEST || kernel->abi > KDSL_ABI)
    return ioError("{}: made for version {} of the interface, expected {}; "
                   "compile it again",
                   path, kernel->abi, KDSL_ABI);
  kernels.push_back(kernel);
  return llvm::Error::success();
}

/// Names of the exported functions that give descriptors: `NAME_kernel` beside a
/// function `NAME`. A program's own name may end so.
static llvm::Expected<std::vector<std::string>>
kernelSymbols(const std::string &path, llvm::MemoryBufferRef file,
              bool isDynamic) {
  auto object = llvm::object::ObjectFile::createObjectFile(file);
  if (!object)
    return ioError("{}: {}", path, llvm::toString(object.takeError()));
  auto *elf = llvm::dyn_cast<llvm::object::ELFObjectFileBase>(object->get());
  if (!elf)
    return ioError("{}: not an ELF file", path);
  std::set<std::string> functions;
  auto collect = [&](llvm::object::ELFSymbolRef symbol) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    const bool isGood = bool(flags) && bool(name);
    if (isGood && !(*flags & llvm::object::SymbolRef::SF_Undefined) &&
        (*flags & llvm::object::SymbolRef::SF_Global) &&
        symbol.getELFType() == llvm::ELF::STT_FUNC)
      functions.insert(name->str());
    llvm::consumeError(flags.takeError());
    llvm::consumeError(name.takeError());
  };
  if (isDynamic)
    llvm::for_each(elf->getDynamicSymbolIterators(), collect);
  else
    llvm::for_each(elf->symbols(), collect);
  std::vector<std::string> names;
  for (const std::string &name : functions)
    if (StringRef program = name;
        program.consume_back(suffix) && functions.count(program.str()))
      names.push_back(name);
  return names;
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return ioError("{}: {}", path, buffer.getError().message());
  return std::move(*buffer);
}

/// Compiles `text` to an object; prints the diagnostics.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
compileSource(const std::string &path, StringRef text,
              const CompileSettings &settings, kdslc::CheckedFile &checked) {
  llvm::SourceMgr sources;
  kdslc::DiagnosticEngine diagnostics(sources);
  kdslc::Options options;
  options.defines = settings.defines;
  options.importDirs = settings.importDirs;
  options.optLevel = settings.optLevel;
  options.targets = settings.targets;
  options.maxWork = 0; // who runs a program has the time to compile it
  kdslc::CompileResult result =
      kdslc::compile(path, text, {kdslc::Emit::Obj}, options, diagnostics);
  diagnostics.print(llvm::errs(),
                    llvm::WithColor(llvm::errs()).colorsEnabled());
  if (!result.ok || result.artefacts.size() != 1)
    return llvm::make_error<Failure>(Exit::Mismatch,
                                     path + ": the program has errors");
  checked = std::move(result.checked);
  return llvm::MemoryBuffer::getMemBufferCopy(result.artefacts[0].bytes, path);
}

namespace {

/// A library that the system's loader has opened.
class SharedLibrary : public LoadedFile {
public:
  ~SharedLibrary() override {
    if (handle)
      dlclose(handle);
  }
  llvm::Error open(const std::string &path) {
    auto buffer = readFile(path);
    if (!buffer)
      return buffer.takeError();
    auto names = kernelSymbols(path, **buffer, /*isDynamic=*/true);
    if (!names)
      return names.takeError();
    // A plain name would be searched in the system's folders.
    const std::string file = StringRef(path).contains('/') ? path : "./" + path;
    handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
      return ioError("{}: {}", path, dlerror());
    for (const std::string &name : *names)
      if (llvm::Error error = LoadedFile::add(
              path,
              reinterpret_cast<KernelFunction>(dlsym(handle, name.c_str()))))
        return error;
    return llvm::Error::success();
  }

private:
  void *handle = nullptr;
};

/// An object that ORC has linked into this process.
class JitObject : public LoadedFile {
public:
  explicit JitObject(kdslc::CheckedFile source = {}) {
    checked = std::move(source);
  }

  /// Replaces the source in `buffer` by its object.
  llvm::Error compile(const std::string &path,
                      std::unique_ptr<llvm::MemoryBuffer> &buffer,
                      const CompileSettings &settings) {
    auto object = compileSource(path, buffer->getBuffer(), settings, checked);
    if (!object)
      return object.takeError();
    buffer = std::move(*object);
    return llvm::Error::success();
  }

  llvm::Error link(const std::string &path,
                   std::unique_ptr<llvm::MemoryBuffer> object) {
    auto names = kernelSymbols(path, *object, /*isDynamic=*/false);
    if (!names)
      return names.takeError();
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto made = llvm::orc::LLJITBuilder().create();
    if (!made)
      return made.takeError();
    jit = std::move(*made);
    if (llvm::Error error = defineRuntime())
      return error;
    if (llvm::Error error = jit->addObjectFile(std::move(object)))
      return error;
    for (const std::string &name : *names) {
      auto address = jit->lookup(name);
      if (!address)
        return ioError("{}: {}", path, llvm::toString(address.takeError()));
      if (llvm::Error error =
              LoadedFile::add(path, address->toPtr<KernelFunction>()))
        return error;
    }
    return llvm::Error::success();
  }

private:
  /// The runtime is linked into this program; libc comes from the process.
  llvm::Error defineRuntime() {
    llvm::orc::SymbolMap symbols;
    auto define = [&](StringRef name, auto *function) {
      symbols[jit->mangleAndIntern(name)] = {
          llvm::orc::ExecutorAddr::fromPtr(function),
          llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    };
    define("kdsl_call_v1", &kdsl_call_v1);
    define("kdsl_call_isa_v1", &kdsl_call_isa_v1);
    define("kdsl_workspace_v1", &kdsl_workspace_v1);
    auto &library = jit->getMainJITDylib();
    auto process =
        llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
            jit->getDataLayout().getGlobalPrefix());
    if (!process)
      return process.takeError();
    library.addGenerator(std::move(*process));
    return library.define(llvm::orc::absoluteSymbols(std::move(symbols)));
  }

  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace

llvm::Expected<std::unique_ptr<LoadedFile>>
kdslrun::linkObject(const std::string &name, StringRef object,
                    kdslc::CheckedFile checked) {
  auto file = std::make_unique<JitObject>(std::move(checked));
  if (llvm::Error error =
          file->link(name, llvm::MemoryBuffer::getMemBufferCopy(object, name)))
    return error;
  return file;
}

llvm::Expected<std::unique_ptr<LoadedFile>>
kdslrun::loadFile(const std::string &path, const CompileSettings &settings) {
  StringRef name = path;
  if (name.ends_with(".so")) {
    auto library = std::make_unique<SharedLibrary>();
    if (llvm::Error error = library->open(path))
      return error;
    return library;
  }
  if (!name.ends_with(".o") && !name.ends_with(".kdsl"))
    return usageError("{}: expected a file that ends in .kdsl, .o or .so",
                      path);
  auto buffer = readFile(path);
  if (!buffer)
    return buffer.takeError();
  auto object = std::make_unique<JitObject>();
  if (name.ends_with(".kdsl"))
    if (llvm::Error error = object->compile(path, *buffer, settings))
      return error;
  if (llvm::Error error = object->link(path, std::move(*buffer)))
    return error;
  return object;
}
