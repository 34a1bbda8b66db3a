//===- Operands.cpp - instructions and their operands ---------------------===//

#include "test/ptx/FloatBits.h"
#include "test/ptx/Parser.h"
#include <utility>

namespace kdslc::ptx {

namespace {

std::optional<SpecialRegister> specialRegister(std::string_view name) {
  using S = SpecialRegister;
  static const std::unordered_map<std::string_view, S> names = {
      {"%tid.x", S::TidX},
      {"%tid.y", S::TidY},
      {"%tid.z", S::TidZ},
      {"%ntid.x", S::NtidX},
      {"%ntid.y", S::NtidY},
      {"%ntid.z", S::NtidZ},
      {"%ctaid.x", S::CtaidX},
      {"%ctaid.y", S::CtaidY},
      {"%ctaid.z", S::CtaidZ},
      {"%nctaid.x", S::NctaidX},
      {"%nctaid.y", S::NctaidY},
      {"%nctaid.z", S::NctaidZ},
      {"%laneid", S::LaneId},
      {"%warpid", S::WarpId},
      {"%nwarpid", S::NumWarps},
      {"%lanemask_eq", S::LaneMaskEq},
      {"%lanemask_lt", S::LaneMaskLt},
      {"%lanemask_le", S::LaneMaskLe},
      {"%lanemask_gt", S::LaneMaskGt},
      {"%lanemask_ge", S::LaneMaskGe},
      {"%dynamic_smem_size", S::DynamicSharedBytes}};
  auto found = names.find(name);
  if (found == names.end())
    return std::nullopt;
  return found->second;
}

bool isWide(Role role) {
  return role == Role::WideDestination || role == Role::WideSource ||
         role == Role::WideVectorDestination || role == Role::WideVectorSource;
}

std::string widthName(uint8_t bytes) {
  return bytes ? std::to_string(8 * bytes) + " bits" : "a predicate";
}

void push(Instruction &in, Slot slot) { in.slots[in.numSlots++] = slot; }

void pushDestination(Instruction &in, Slot slot, uint8_t bytes) {
  if (in.numDestinations++ == 0)
    in.destinationBytes = bytes;
  push(in, slot);
}

} // namespace

bool KernelParser::parseInstruction() {
  Instruction in;
  in.line = cursor.peek().line;
  const char *begin = cursor.peek().text.data();
  if (!parseGuard(in))
    return false;
  if (cursor.peek().kind != Token::Word)
    return cursor.failExpected("an instruction");
  const Token &mnemonic = cursor.take();
  const Form *form = findForm(mnemonic);
  if (!form)
    return false;
  // A number in a register could differ between threads.
  if (form->control == Control::Barrier && cursor.peek().kind != Token::Integer)
    return cursor.failExpected("a constant as barrier number");
  in.access = form->access;
  bool isFirst = true;
  for (const OperandForm &operand : form->operands) {
    bool hasComma = !isFirst && operand.role != Role::OptionalPredicate;
    if ((hasComma && !cursor.expect(',')) || !parseOperand(operand, in))
      return false;
    isFirst = false;
  }
  if (form->wholeWarp)
    push(in, constantSlot(4, ~uint32_t(0)));
  const char *end = cursor.peek().text.data() + 1;
  if (!cursor.expect(';'))
    return false;
  in.text = std::string_view(begin, size_t(end - begin));
  return finishInstruction(*form, in);
}

/// @p or @!p
bool KernelParser::parseGuard(Instruction &in) {
  if (!cursor.accept('@'))
    return true;
  in.guarded = true;
  in.guardNegated = cursor.accept('!');
  const Register *guard = findRegister(cursor.peek().text);
  if (!guard || guard->bytes)
    return cursor.failExpected("a predicate register");
  cursor.take();
  in.guard = guard->slot;
  return true;
}

/// The entry for a mnemonic, given how many operands follow and whether one of
/// mov's is a list in braces.
const Form *KernelParser::findForm(const Token &mnemonic) {
  size_t commas = 0, inBraces = 0;
  bool braced[2] = {};
  unsigned depth = 0;
  for (size_t i = 0; !cursor.peek(i).is(';'); ++i) {
    const Token &token = cursor.peek(i);
    if (token.kind == Token::End) {
      cursor.failAt(mnemonic.line, "expected ';' after the instruction");
      return nullptr;
    }
    if (token.is('{') || token.is('[')) {
      if (token.is('{') && commas < 2)
        braced[commas] = true;
      ++depth;
    } else if (token.is('}') || token.is(']')) {
      depth -= depth > 0;
    } else if (token.is(',')) {
      ++(depth ? inBraces : commas);
    }
  }
  bool hasOperands = !cursor.peek().is(';');
  size_t count = hasOperands ? commas + 1 : 0;
  std::string name(mnemonic.text);
  if (name.substr(0, 4) == "mov." && (braced[0] || braced[1]))
    name = (braced[0] ? "{}=" + name : name + "={}") + "/" +
           std::to_string(inBraces + 1);
  const Form *form = FormTable::get().find(name, count);
  if (!form) {
    bool isCall = mnemonic.text.substr(0, 4) == "call";
    cursor.failAt(mnemonic.line,
                  isCall ? "call: calls are not supported, all functions must "
                           "be inlined"
                         : "unknown instruction '" +
                               std::string(mnemonic.text) + "'");
    return nullptr;
  }
  size_t expected = 0;
  for (const OperandForm &operand : form->operands)
    expected += operand.role != Role::OptionalPredicate;
  if (count != expected) {
    cursor.failAt(mnemonic.line, "'" + std::string(mnemonic.text) + "' takes " +
                                     std::to_string(expected) +
                                     " operands, found " +
                                     std::to_string(count));
    return nullptr;
  }
  return form;
}

bool KernelParser::finishInstruction(const Form &form, Instruction &in) {
  in.execute = form.execute;
  in.countedAs = form.countedAs;
  in.control = form.control;
  in.modifier = form.modifier;
  if (usedBytes != ~0u && (!in.access.elementBytes || !in.numDestinations))
    return cursor.failAt(in.line, "used_bytes_mask is followed by no load");
  in.usedBytes = std::exchange(usedBytes, ~0u);
  kernel.usesWarps |= form.acrossWarp;
  Space space = form.access.space;
  if (form.access.elementBytes && space != Space::Const &&
      space != Space::Param && space != Space::Local)
    kernel.granule = std::min(kernel.granule, form.access.elementBytes);
  kernel.code.push_back(in);
  return true;
}

bool KernelParser::parseOperand(const OperandForm &operand, Instruction &in) {
  switch (operand.role) {
  case Role::Destination:
  case Role::WideDestination:
    return parseDestination(operand, in);
  case Role::PredicatePair:
    return parsePredicatePair(in);
  case Role::OptionalPredicate:
    return parseOptionalPredicate(in);
  case Role::Source:
  case Role::WideSource:
    return parseSource(operand, in);
  case Role::Address:
    return parseAddress(in);
  case Role::VectorDestination:
  case Role::VectorSource:
  case Role::WideVectorDestination:
  case Role::WideVectorSource:
    return parseVector(operand, in);
  case Role::Label:
    return parseLabelUse();
  }
  return false;
}

bool KernelParser::checkWidth(const Token &name, const OperandForm &operand,
                              uint8_t bytes) {
  auto expected = uint8_t(byteSize(operand.type));
  if (bytes == expected ||
      (isWide(operand.role) && expected && bytes > expected))
    return true;
  return cursor.failAt(name.line, "register '" + std::string(name.text) +
                                      "' is " + widthName(bytes) +
                                      ", expected " + widthName(expected));
}

bool KernelParser::parseDestination(const OperandForm &operand,
                                    Instruction &in) {
  const Token &token = cursor.peek();
  if (token.kind == Token::Word && token.text == "_") {
    auto bytes = uint8_t(byteSize(operand.type));
    cursor.take();
    pushDestination(in, sinkSlot(bytes), bytes);
    return true;
  }
  const Register *found = findRegister(token.text);
  if (token.kind != Token::Word || !found)
    return cursor.failExpected("a register");
  if (!checkWidth(cursor.take(), operand, found->bytes))
    return false;
  pushDestination(in, found->slot, found->bytes);
  return true;
}

bool KernelParser::parsePredicatePair(Instruction &in) {
  OperandForm predicate = {Role::Destination, Type::Pred};
  return parseDestination(predicate, in) && parseOptionalPredicate(in);
}

bool KernelParser::parseOptionalPredicate(Instruction &in) {
  if (cursor.accept('|'))
    return parseDestination({Role::Destination, Type::Pred}, in);
  pushDestination(in, sinkSlot(0), 0);
  return true;
}

bool KernelParser::parseSource(const OperandForm &operand, Instruction &in) {
  const Token &token = cursor.peek();
  if (token.is('!') && operand.type == Type::Pred)
    return parseNegatedPredicate(in);
  auto bytes = uint8_t(byteSize(operand.type));
  Slot slot;
  if (token.kind != Token::Word) {
    if (!parseNumber(operand.type, bytes, slot))
      return false;
  } else if (const Register *found = findRegister(token.text)) {
    if (!checkWidth(token, operand, found->bytes))
      return false;
    cursor.take();
    slot = found->slot;
    bytes = found->bytes;
  } else if (auto special = specialRegister(token.text)) {
    if (!checkWidth(token, operand, 4))
      return false;
    cursor.take();
    slot = specialSlot(*special);
    bytes = 4;
  } else if (!parseSymbol(operand.type, slot)) {
    return false;
  }
  in.sourceBytes = bytes;
  push(in, slot);
  return true;
}

/// !p: computed before the instruction, under the same guard.
bool KernelParser::parseNegatedPredicate(Instruction &in) {
  const char *begin = cursor.take().text.data();
  const Token &token = cursor.peek();
  const Register *found = findRegister(token.text);
  if (!found || found->bytes)
    return cursor.failExpected("a predicate register");
  cursor.take();
  const Form *invert = FormTable::get().find("not.pred", 2);
  Instruction inversion;
  inversion.line = in.line;
  inversion.text = std::string_view(begin, token.text.size() + 1);
  inversion.guarded = in.guarded;
  inversion.guardNegated = in.guardNegated;
  inversion.guard = in.guard;
  Slot inverted = newSlot(0);
  kernel.registers.push_back({inverted, "!" + std::string(token.text)});
  pushDestination(inversion, inverted, 0);
  push(inversion, found->slot);
  push(in, inverted);
  return finishInstruction(*invert, inversion);
}

/// A literal as a constant register of the operand's type.
bool KernelParser::parseNumber(Type type, uint8_t bytes, Slot &slot) {
  bool isNegative = cursor.accept('-');
  const Token &token = cursor.peek();
  bool isReal = type == Type::F32 || type == Type::F64;
  uint64_t bits = isNegative ? -token.bits : token.bits;
  if (token.kind == Token::Integer && !isReal) {
    uint64_t limit = bytes && bytes < 8 ? uint64_t(1) << (8 * bytes) : 0;
    bool fits =
        !limit || (isNegative ? token.bits <= limit / 2 : token.bits < limit);
    if (!fits)
      return cursor.fail("'" + std::string(token.text) + "' is more than " +
                         widthName(bytes));
    if (limit)
      bits &= limit - 1;
  } else if (token.kind == Token::Float64 && type == Type::F32 &&
             token.text.find('.') != std::string_view::npos) {
    bits = bitCast<uint32_t>(float(bitCast<double>(token.bits)));
    bits ^= uint64_t(isNegative) << 31;
  } else if (token.kind == Token::Float64 && bytes == 8) {
    bits = token.bits ^ (uint64_t(isNegative) << 63);
  } else if (token.kind == Token::Float32 && bytes == 4 && !isNegative) {
    bits = token.bits;
  } else {
    return cursor.failExpected("an operand of the instruction's type");
  }
  cursor.take();
  slot = constantSlot(bytes, bits);
  return true;
}

/// The address of a variable, or WARP_SZ.
bool KernelParser::parseSymbol(Type type, Slot &slot) {
  const Token &token = cursor.peek();
  auto bytes = uint8_t(byteSize(type));
  bool isReal = type == Type::F32 || type == Type::F64;
  uint64_t value;
  if (token.text == "WARP_SZ") {
    value = numLanes;
  } else if (auto variable = findVariable(token.text)) {
    bool isShort =
        variable->space != Space::Global && variable->space != Space::Const;
    if (isReal || bytes < (isShort ? 4 : 8))
      return cursor.fail("the address '" + std::string(token.text) +
                         "' does not fit the instruction's type");
    value = variable->value;
  } else {
    return cursor.fail("unknown name '" + std::string(token.text) + "'");
  }
  cursor.take();
  if (cursor.peek().is('+') || cursor.peek().is('-')) {
    Instruction offset;
    if (!parseOffset(offset))
      return false;
    value += uint64_t(offset.offset);
  }
  slot = constantSlot(bytes, value);
  return true;
}

/// [register], [variable], each with + or - a number, or [number].
bool KernelParser::parseAddress(Instruction &in) {
  if (!cursor.expect('['))
    return false;
  const Token &token = cursor.peek();
  in.addressBytes = 8;
  if (token.kind == Token::Integer) {
    push(in, constantSlot(8, cursor.take().bits));
  } else if (const Register *found = findRegister(token.text)) {
    bool isShort = in.access.space == Space::Shared ||
                   in.access.space == Space::Local ||
                   in.access.space == Space::Param;
    if (found->bytes < (isShort ? 4 : 8))
      return cursor.fail("'" + std::string(token.text) +
                         "' is too narrow for an address of " +
                         spaceName(in.access.space) + " memory");
    cursor.take();
    in.addressBytes = found->bytes;
    push(in, found->slot);
  } else {
    Slot slot;
    if (token.kind != Token::Word)
      return cursor.failExpected("an address");
    if (!checkSpace(token, in.access.space))
      return false;
    if (!parseSymbol(Type::B64, slot))
      return false;
    push(in, slot);
  }
  return parseOffset(in) && cursor.expect(']');
}

/// A variable is accessed as what it was declared as. Addresses of global
/// variables are generic ones too.
bool KernelParser::checkSpace(const Token &name, Space space) {
  auto variable = findVariable(name.text);
  if (!variable || variable->space == space ||
      (space == Space::Generic && variable->space == Space::Global))
    return true;
  return cursor.fail("'" + std::string(name.text) + "' is in " +
                     spaceName(variable->space) + " memory, the access is to " +
                     spaceName(space) + " memory");
}

bool KernelParser::parseOffset(Instruction &in) {
  bool isNegative = cursor.accept('-');
  if (!isNegative && !cursor.accept('+'))
    return true;
  isNegative ^= cursor.accept('-');
  uint64_t value;
  if (!cursor.expectInteger(value))
    return false;
  in.offset = int64_t(isNegative ? -value : value);
  return true;
}

/// The width that the registers of a vector have, and its numbers get.
uint8_t KernelParser::widthInVector(const OperandForm &operand) const {
  for (size_t i = 0; !cursor.peek(i).is('}') && !cursor.peek(i).is(';'); ++i)
    if (const Register *found = findRegister(cursor.peek(i).text))
      return std::max(found->bytes, uint8_t(byteSize(operand.type)));
  return uint8_t(byteSize(operand.type));
}

bool KernelParser::parseVector(const OperandForm &operand, Instruction &in) {
  if (!cursor.expect('{'))
    return false;
  bool isDestination = operand.role == Role::VectorDestination ||
                       operand.role == Role::WideVectorDestination;
  uint8_t bytes = widthInVector(operand);
  Type sameWidth = bytes == byteSize(operand.type) ? operand.type
                   : bytes == 2                    ? Type::B16
                   : bytes == 4                    ? Type::B32
                                                   : Type::B64;
  if (!isWide(operand.role))
    sameWidth = operand.type;
  for (unsigned i = 0; i < operand.count; ++i) {
    if (i && !cursor.expect(','))
      return false;
    bool isGood = isDestination
                      ? parseDestination({Role::Destination, sameWidth}, in)
                      : parseSource({Role::Source, sameWidth}, in);
    if (!isGood)
      return false;
  }
  return cursor.expect('}');
}

bool KernelParser::parseLabelUse() {
  std::string label;
  if (!cursor.expectName(label))
    return false;
  auto at = uint32_t(kernel.code.size());
  scopes.back().uses.push_back({at, label});
  return true;
}

} // namespace kdslc::ptx
