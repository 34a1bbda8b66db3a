//===- KernelParser.cpp - the statements of a kernel's body ---------------===//

#include "test/ptx/Parser.h"
#include <cstdlib>

namespace kdslc::ptx {

/// Between shared variables, so that an index that runs over hits no other.
static constexpr uint64_t gapBytes = 64;
/// The largest shared memory of any device.
static constexpr uint64_t maxSharedBytes = 227 * 1024;
static constexpr uint64_t maxRegisters = 1 << 20;
static constexpr uint64_t maxLocalBytes = 512 * 1024;

KernelParser::KernelParser(Cursor &cursor, const Symbols &symbols,
                           Kernel &kernel)
    : cursor(cursor), symbols(symbols), kernel(kernel) {
  scopes.emplace_back();
  for (const Variable &param : kernel.params)
    scopes.back().variables[param.name] = {Space::Param, param.address};
}

bool KernelParser::parseBody() {
  if (!cursor.expect('{'))
    return false;
  size_t outermost = scopes.size();
  while (scopes.size() > outermost || !cursor.peek().is('}'))
    if (!parseStatement())
      return false;
  Instruction end;
  end.control = Control::Exit;
  end.countedAs = InstructionClass::Branch;
  end.line = cursor.peek().line;
  end.text = cursor.take().text;
  kernel.code.push_back(end);
  return closeScope();
}

bool KernelParser::parseStatement() {
  const Token &token = cursor.peek();
  if (token.kind == Token::Directive)
    return parseDirective();
  if (cursor.accept('{')) {
    scopes.emplace_back();
    return true;
  }
  if (cursor.accept('}'))
    return closeScope();
  if (token.kind == Token::Word && cursor.peek(1).is(':'))
    return parseLabel();
  if (token.kind == Token::Word || token.is('@'))
    return parseInstruction();
  return cursor.failExpected("an instruction, a label or a directive");
}

bool KernelParser::parseDirective() {
  if (cursor.peek().isDirective(".loc") || cursor.peek().isDirective(".file")) {
    cursor.skipLine();
    return true;
  }
  if (cursor.acceptDirective(".pragma"))
    return parsePragma();
  if (cursor.acceptDirective(".reg"))
    return parseRegisters();
  if (cursor.acceptDirective(".local"))
    return parseLocal();
  if (cursor.acceptDirective(".shared"))
    return parseShared();
  if (cursor.peek().isDirective(".param"))
    return cursor.fail("parameters of a call: calls are not supported, all "
                       "functions must be inlined");
  return cursor.failExpected("a directive that a kernel may hold");
}

/// "used_bytes_mask 0xfff" tells which bytes of the next load matter; other
/// pragmas only steer ptxas.
bool KernelParser::parsePragma() {
  const Token &token = cursor.peek();
  if (token.kind != Token::String)
    return cursor.failExpected("a string");
  std::string text(token.text.substr(1, token.text.size() - 2));
  const std::string name = "used_bytes_mask ";
  if (text.substr(0, name.size()) == name) {
    char *end = nullptr;
    usedBytes = uint32_t(std::strtoul(text.c_str() + name.size(), &end, 0));
    if (*end || !usedBytes)
      return cursor.fail("'" + text + "' is no mask");
  }
  cursor.take();
  return cursor.expect(';');
}

/// .reg .b32 %r<10>; or .reg .f32 x, y;
bool KernelParser::parseRegisters() {
  const Token &token = cursor.peek();
  auto type = token.kind == Token::Directive
                  ? typeOfSuffix(token.text.substr(1))
                  : std::nullopt;
  if (!type)
    return cursor.failExpected("a type such as .b32");
  cursor.take();
  auto bytes = uint8_t(byteSize(*type));
  do {
    std::string name;
    if (!cursor.expectName(name))
      return false;
    if (!cursor.accept('<')) {
      if (!declareRegister(name, bytes))
        return false;
      continue;
    }
    uint64_t count;
    if (!cursor.expectInteger(count) || !cursor.expect('>'))
      return false;
    if (count > maxRegisters)
      return cursor.fail(std::to_string(count) + " registers are more than " +
                         std::to_string(maxRegisters));
    for (uint64_t i = 0; i < count; ++i)
      if (!declareRegister(name + std::to_string(i), bytes))
        return false;
  } while (cursor.accept(','));
  return cursor.expect(';');
}

bool KernelParser::declareRegister(const std::string &name, uint8_t bytes) {
  if (kernel.registers.size() >= maxRegisters)
    return cursor.fail("more than " + std::to_string(maxRegisters) +
                       " registers");
  Slot slot = newSlot(bytes);
  if (scopes.back().variables.count(name) ||
      !scopes.back().registers.emplace(name, Register{slot, bytes}).second)
    return cursor.fail("'" + name + "' is declared twice");
  kernel.registers.push_back({slot, name});
  return true;
}

bool KernelParser::declareVariable(const std::string &name, Space space,
                                   uint64_t address) {
  if (scopes.back().registers.count(name) ||
      !scopes.back()
           .variables.emplace(name, Symbols::Address{space, address})
           .second)
    return cursor.fail("'" + name + "' is declared twice");
  return true;
}

bool KernelParser::parseLocal() {
  Declaration declaration;
  if (!parseDeclaration(cursor, declaration) || !cursor.expect(';'))
    return false;
  if (!declaration.initial.empty() || !declaration.bytes)
    return cursor.fail("local variable '" + declaration.name +
                       "' has an initial value or no size");
  uint64_t address = alignTo(kernel.localEnd, declaration.align);
  kernel.localEnd = address + declaration.bytes;
  if (kernel.localEnd - localBase > maxLocalBytes)
    return cursor.fail("more than " + std::to_string(maxLocalBytes) +
                       " bytes of local memory");
  kernel.locals.push_back({declaration.name, address, declaration.bytes});
  return declareVariable(declaration.name, Space::Local, address);
}

bool KernelParser::parseShared() {
  Declaration declaration;
  if (!parseDeclaration(cursor, declaration) || !cursor.expect(';'))
    return false;
  if (!declaration.initial.empty() || !declaration.bytes)
    return cursor.fail("shared variable '" + declaration.name +
                       "' has an initial value or no size");
  Symbols::Address place = placeShared(declaration, false);
  if (kernel.info.staticSharedBytes > maxSharedBytes)
    return cursor.fail(std::to_string(kernel.info.staticSharedBytes) +
                       " bytes of shared memory are more than " +
                       std::to_string(maxSharedBytes));
  return declareVariable(declaration.name, place.space, place.value);
}

Symbols::Address KernelParser::placeShared(const Declaration &declaration,
                                           bool isExtern) {
  if (isExtern) {
    kernel.usesDynamicShared = true;
    return {Space::Shared, dynamicSharedBase};
  }
  uint64_t align = std::max<uint64_t>(declaration.align, 16);
  uint64_t address = alignTo(kernel.sharedEnd, align);
  kernel.shared.push_back({declaration.name, address, declaration.bytes});
  // The gap is ours: on a device the next variable follows at once.
  kernel.sharedEnd = alignTo(address + declaration.bytes + gapBytes, 16);
  kernel.info.staticSharedBytes =
      alignTo(kernel.info.staticSharedBytes, declaration.align) +
      declaration.bytes;
  return {Space::Shared, address};
}

bool KernelParser::parseLabel() {
  std::string name(cursor.take().text);
  cursor.take();
  auto at = uint32_t(kernel.code.size());
  if (!scopes.back().labels.emplace(name, at).second)
    return cursor.fail("label '" + name + "' is defined twice");
  return true;
}

/// Resolves the branches to the scope's labels; others may be to labels of the
/// scope around.
bool KernelParser::closeScope() {
  Scope closed = std::move(scopes.back());
  scopes.pop_back();
  for (Scope::Use &use : closed.uses) {
    auto label = closed.labels.find(use.label);
    if (label != closed.labels.end())
      kernel.code[use.instruction].target = label->second;
    else if (scopes.empty())
      return cursor.failAt(kernel.code[use.instruction].line,
                           "no label '" + use.label + "'");
    else
      scopes.back().uses.push_back(std::move(use));
  }
  return true;
}

Slot KernelParser::newSlot(uint8_t bytes) {
  Slot slot = kernel.fileBytes;
  kernel.fileBytes += registerHeaderBytes + numLanes * bytes;
  return slot;
}

Slot KernelParser::constantSlot(uint8_t bytes, uint64_t value) {
  auto [found, isNew] = constants.try_emplace({bytes, value}, 0);
  if (isNew) {
    found->second = newSlot(bytes);
    kernel.constants.push_back({found->second, bytes, value});
  }
  return found->second;
}

Slot KernelParser::specialSlot(SpecialRegister which) {
  auto [found, isNew] = specials.try_emplace(which, 0);
  if (isNew) {
    found->second = newSlot(4);
    kernel.specials.emplace_back(found->second, which);
  }
  return found->second;
}

/// Where results go that the program does not name.
Slot KernelParser::sinkSlot(uint8_t bytes) {
  auto [found, isNew] = sinks.try_emplace(bytes, 0);
  if (isNew)
    found->second = newSlot(bytes);
  return found->second;
}

const KernelParser::Register *
KernelParser::findRegister(std::string_view name) const {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    auto found = scope->registers.find(std::string(name));
    if (found != scope->registers.end())
      return &found->second;
    if (scope->variables.count(name))
      return nullptr;
  }
  return nullptr;
}

std::optional<Symbols::Address>
KernelParser::findVariable(std::string_view name) {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    auto found = scope->variables.find(name);
    if (found != scope->variables.end())
      return found->second;
  }
  auto global = symbols.addresses.find(name);
  if (global != symbols.addresses.end())
    return global->second;
  auto shared = symbols.shared.find(name);
  if (shared == symbols.shared.end())
    return std::nullopt;
  Symbols::Address place =
      placeShared(shared->second.declaration, shared->second.isExtern);
  scopes.front().variables[std::string(name)] = place;
  return place;
}

} // namespace kdslc::ptx
