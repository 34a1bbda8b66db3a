//===- Parser.cpp - modules -----------------------------------------------===//

#include "test/ptx/Parser.h"
#include <cstdlib>
#include <cstring>
#include <new>

namespace kdslc::ptx {

namespace {

class ModuleParser {
public:
  ModuleParser(Cursor &cursor, ModuleContents &module)
      : cursor(cursor), module(module) {}

  bool run() {
    while (cursor.peek().kind != Token::End)
      if (!parseItem())
        return false;
    if (module.version.empty() || module.target.empty())
      return cursor.fail("a module begins with .version and .target");
    return true;
  }

private:
  struct Linkage {
    bool isExtern = false;
  };

  bool parseItem() {
    if (cursor.acceptDirective(".version"))
      return parseVersion();
    if (cursor.acceptDirective(".target"))
      return parseTarget();
    if (cursor.acceptDirective(".address_size"))
      return parseAddressSize();
    if (cursor.peek().isDirective(".file")) {
      cursor.skipLine();
      return true;
    }
    if (cursor.acceptDirective(".section"))
      return cursor.skipPast('{') && cursor.skipPast('}');
    Linkage linkage = parseLinkage();
    if (cursor.acceptDirective(".entry"))
      return parseKernel();
    if (cursor.acceptDirective(".func"))
      return refuseFunction(linkage);
    if (cursor.acceptDirective(".global"))
      return parseVariable(false, linkage);
    if (cursor.acceptDirective(".const"))
      return parseVariable(true, linkage);
    if (cursor.acceptDirective(".shared"))
      return parseShared(linkage);
    return cursor.failExpected("a kernel, a variable or another directive");
  }

  bool parseVersion() {
    if (cursor.peek().kind != Token::Float64)
      return cursor.failExpected("a version such as 7.8");
    module.version = cursor.take().text;
    return true;
  }

  bool parseTarget() {
    if (!cursor.expectName(module.target))
      return false;
    std::string option;
    while (cursor.accept(','))
      if (!cursor.expectName(option))
        return false;
    return true;
  }

  bool parseAddressSize() {
    uint64_t bits;
    if (!cursor.expectInteger(bits))
      return false;
    return bits == 64 || cursor.fail("addresses of " + std::to_string(bits) +
                                     " bits, expected 64");
  }

  Linkage parseLinkage() {
    Linkage linkage;
    while (true) {
      if (cursor.acceptDirective(".extern"))
        linkage.isExtern = true;
      else if (!cursor.acceptDirective(".visible") &&
               !cursor.acceptDirective(".weak") &&
               !cursor.acceptDirective(".common"))
        return linkage;
    }
  }

  bool refuseFunction(Linkage linkage) {
    if (cursor.accept('(') && !cursor.skipPast(')'))
      return false;
    std::string name;
    if (!cursor.expectName(name))
      return false;
    if (linkage.isExtern)
      return cursor.fail("the module needs the external function '" + name +
                         "', which nothing defines");
    return cursor.fail("function '" + name +
                       "' is no kernel; all functions must be inlined");
  }

  bool isKnown(const std::string &name) const {
    return symbols.addresses.count(name) || symbols.shared.count(name) ||
           module.kernels.count(name);
  }

  bool parseVariable(bool isConstant, Linkage linkage) {
    Declaration declaration;
    uint32_t line = cursor.peek().line;
    if (!parseDeclaration(cursor, declaration) || !cursor.expect(';'))
      return false;
    if (linkage.isExtern)
      return cursor.failAt(line, "the module needs the external variable '" +
                                     declaration.name +
                                     "', which nothing defines");
    if (isKnown(declaration.name))
      return cursor.failAt(line, "'" + declaration.name + "' is defined twice");
    if (!declaration.bytes)
      return cursor.failAt(line, "'" + declaration.name + "' has no size");
    addStorage(declaration, isConstant);
    return true;
  }

  /// Bytes without an initial value are zeros.
  void addStorage(const Declaration &declaration, bool isConstant) {
    uint64_t align = std::max<uint64_t>(declaration.align, 16);
    std::unique_ptr<std::byte[], Free> data(static_cast<std::byte *>(
        std::aligned_alloc(align, alignTo(declaration.bytes, align))));
    if (!data)
      throw std::bad_alloc();
    std::memset(data.get(), 0, declaration.bytes);
    if (!declaration.initial.empty())
      std::memcpy(data.get(), declaration.initial.data(),
                  declaration.initial.size());
    DeviceMemory &memory = isConstant ? module.constants : module.globals;
    memory.add(data.get(), declaration.bytes);
    memory.markInitialised(data.get(), declaration.bytes);
    uint64_t address = reinterpret_cast<uintptr_t>(data.get());
    symbols.addresses[declaration.name] = {
        isConstant ? Space::Const : Space::Global, address};
    module.storage.push_back(
        {declaration.name, declaration.bytes, isConstant, std::move(data)});
  }

  bool parseShared(Linkage linkage) {
    Declaration declaration;
    uint32_t line = cursor.peek().line;
    if (!parseDeclaration(cursor, declaration) || !cursor.expect(';'))
      return false;
    if (isKnown(declaration.name))
      return cursor.failAt(line, "'" + declaration.name + "' is defined twice");
    if (!declaration.initial.empty())
      return cursor.failAt(line, "shared variables have no initial value");
    if (declaration.isUnsized != linkage.isExtern)
      return cursor.failAt(line, "'" + declaration.name +
                                     "': external shared arrays, and only "
                                     "these, have no size");
    symbols.shared[declaration.name] = {declaration, linkage.isExtern};
    return true;
  }

  bool parseKernel() {
    auto kernel = std::make_unique<Kernel>();
    uint32_t line = cursor.peek().line;
    if (!cursor.expectName(kernel->info.name))
      return false;
    if (isKnown(kernel->info.name))
      return cursor.failAt(line,
                           "'" + kernel->info.name + "' is defined twice");
    kernel->paramEnd = paramBase;
    kernel->localEnd = localBase;
    kernel->sharedEnd = sharedBase;
    if (!parseParameters(*kernel) || !parseTuning(*kernel) ||
        !KernelParser(cursor, symbols, *kernel).parseBody())
      return false;
    module.kernelNames.push_back(kernel->info.name);
    module.kernels[kernel->info.name] = std::move(kernel);
    return true;
  }

  bool parseParameters(Kernel &kernel) {
    if (!cursor.accept('(') || cursor.accept(')'))
      return true;
    do {
      Declaration declaration;
      if (!parseParameter(cursor, declaration))
        return false;
      uint64_t address = alignTo(kernel.paramEnd, declaration.align);
      kernel.params.push_back({declaration.name, address, declaration.bytes});
      kernel.info.paramBytes.push_back(declaration.bytes);
      kernel.paramEnd = address + declaration.bytes;
    } while (cursor.accept(','));
    return cursor.expect(')');
  }

  /// The directives between the parameters and the body.
  bool parseTuning(Kernel &kernel) {
    while (!cursor.peek().is('{')) {
      bool isRequired = cursor.peek().isDirective(".reqntid");
      if (isRequired || cursor.peek().isDirective(".maxntid")) {
        cursor.take();
        if (!parseBlockSize(kernel, isRequired))
          return false;
      } else if (cursor.acceptDirective(".minnctapersm") ||
                 cursor.acceptDirective(".maxnreg")) {
        uint64_t ignored; // steers the register allocation of ptxas only
        if (!cursor.expectInteger(ignored))
          return false;
      } else if (cursor.acceptDirective(".pragma")) {
        if (!cursor.skipPast(';'))
          return false;
      } else {
        return cursor.failExpected("the kernel's body or a directive");
      }
    }
    return true;
  }

  bool parseBlockSize(Kernel &kernel, bool isRequired) {
    uint64_t size[3] = {1, 1, 1}, threads = 1;
    unsigned count = 0;
    do {
      if (count == 3)
        return cursor.failExpected("at most 3 sizes");
      if (!cursor.expectInteger(size[count]))
        return false;
      if (size[count] == 0 || size[count] > 1024)
        return cursor.fail("a block's size is 1 to 1024");
      threads *= size[count++];
    } while (cursor.accept(','));
    kernel.info.maxThreads = uint32_t(std::min<uint64_t>(threads, 1024));
    for (unsigned i = 0; i < 3 && isRequired; ++i)
      kernel.info.requiredBlock[i] = uint32_t(size[i]);
    return true;
  }

  Cursor &cursor;
  ModuleContents &module;
  Symbols symbols;
};

} // namespace

Module::Module(std::unique_ptr<ModuleContents> contents)
    : state(std::move(contents)) {}
Module::~Module() = default;

std::unique_ptr<Module> Module::parse(std::string_view text,
                                      std::string &error) {
  error.clear();
  auto contents = std::make_unique<ModuleContents>();
  // A module comes with the terminating zero of its C string now and then.
  contents->text = text.substr(0, text.find('\0'));
  std::vector<Token> tokens = tokenize(contents->text, error);
  if (!error.empty())
    return nullptr;
  Cursor cursor(tokens, error);
  if (!ModuleParser(cursor, *contents).run())
    return nullptr;
  return std::unique_ptr<Module>(new Module(std::move(contents)));
}

const Kernel *Module::kernel(std::string_view name) const {
  auto found = state->kernels.find(std::string(name));
  return found == state->kernels.end() ? nullptr : found->second.get();
}

const KernelInfo &Module::info(const Kernel &kernel) const {
  return kernel.info;
}

std::vector<std::string> Module::kernelNames() const {
  return state->kernelNames;
}

std::string_view Module::target() const { return state->target; }
std::string_view Module::version() const { return state->version; }

std::optional<Module::Variable> Module::variable(std::string_view name) const {
  for (const ModuleContents::Storage &storage : state->storage)
    if (storage.name == name)
      return Variable{storage.data.get(), storage.bytes};
  return std::nullopt;
}

} // namespace kdslc::ptx
