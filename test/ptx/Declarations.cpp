//===- Declarations.cpp - tokens, variables and parameters ----------------===//

#include "test/ptx/Parser.h"

namespace kdslc::ptx {

/// A size that no module of ours comes near; keeps sums in range.
static constexpr uint64_t maxVariableBytes = uint64_t(1) << 30;

bool Cursor::failAt(uint32_t line, const std::string &what) {
  if (error.empty())
    error = "line " + std::to_string(line) + ": " + what;
  return false;
}

bool Cursor::failExpected(const std::string &what) {
  const Token &token = peek();
  return fail("expected " + what + ", found " +
              (token.kind == Token::End ? "the end of the text"
                                        : "'" + std::string(token.text) + "'"));
}

bool Cursor::expect(char c) {
  return accept(c) || failExpected("'" + std::string(1, c) + "'");
}

bool Cursor::expectName(std::string &name) {
  if (peek().kind != Token::Word)
    return failExpected("a name");
  name = take().text;
  return true;
}

bool Cursor::expectInteger(uint64_t &value) {
  if (peek().kind != Token::Integer)
    return failExpected("an integer");
  value = take().bits;
  return true;
}

void Cursor::skipLine() {
  uint32_t line = peek().line;
  while (peek().kind != Token::End && peek().line == line)
    take();
}

bool Cursor::skipPast(char end) {
  while (!peek().is(end))
    if (take().kind == Token::End)
      return failExpected("'" + std::string(1, end) + "'");
  take();
  return true;
}

namespace {

bool parseAlign(Cursor &cursor, Declaration &declaration) {
  if (!cursor.acceptDirective(".align"))
    return true;
  uint64_t align;
  if (!cursor.expectInteger(align))
    return false;
  if (align == 0 || align > 4096 || (align & (align - 1)))
    return cursor.fail("an alignment of " + std::to_string(align) +
                       " is no power of 2 up to 4096");
  declaration.align = align;
  return true;
}

/// [.v2 | .v4] .type
bool parseType(Cursor &cursor, Type &type, uint64_t &elementBytes) {
  uint64_t count = cursor.acceptDirective(".v2")   ? 2
                   : cursor.acceptDirective(".v4") ? 4
                                                   : 1;
  const Token &token = cursor.peek();
  auto known = token.kind == Token::Directive
                   ? typeOfSuffix(token.text.substr(1))
                   : std::nullopt;
  if (!known || *known == Type::Pred)
    return cursor.failExpected("a type such as .b32");
  cursor.take();
  type = *known;
  elementBytes = count * byteSize(type);
  return true;
}

/// name [N] [M] ...
bool parseNameAndExtent(Cursor &cursor, Declaration &declaration,
                        uint64_t elementBytes) {
  if (!cursor.expectName(declaration.name))
    return false;
  declaration.bytes = elementBytes;
  while (cursor.accept('[')) {
    if (cursor.accept(']')) {
      declaration.isUnsized = true;
      declaration.bytes = 0;
      continue;
    }
    uint64_t count;
    if (!cursor.expectInteger(count) || !cursor.expect(']'))
      return false;
    if (count > maxVariableBytes ||
        count * declaration.bytes > maxVariableBytes)
      return cursor.fail("'" + declaration.name + "' is larger than " +
                         std::to_string(maxVariableBytes) + " bytes");
    declaration.bytes *= count;
  }
  return true;
}

void append(std::vector<std::byte> &bytes, uint64_t bits, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    bytes.push_back(std::byte(bits >> (8 * i)));
}

bool parseElement(Cursor &cursor, Type type, std::vector<std::byte> &bytes) {
  bool isNegative = cursor.accept('-');
  const Token &token = cursor.peek();
  bool isReal = type == Type::F32 || type == Type::F64;
  if (token.kind == Token::Integer && !isReal) {
    append(bytes, isNegative ? -token.bits : token.bits, byteSize(type));
  } else if (token.kind ==
                 (type == Type::F32 ? Token::Float32 : Token::Float64) &&
             isReal && !isNegative) {
    append(bytes, token.bits, byteSize(type));
  } else if (token.kind == Token::Word) {
    return cursor.fail("an address as initial value, '" +
                       std::string(token.text) + "', is not supported");
  } else {
    return cursor.failExpected("a number of the variable's type");
  }
  cursor.take();
  return true;
}

/// A number, or numbers in braces, nested or not.
bool parseInitial(Cursor &cursor, Type type, std::vector<std::byte> &bytes) {
  if (!cursor.accept('{'))
    return parseElement(cursor, type, bytes);
  do {
    if (!parseInitial(cursor, type, bytes))
      return false;
  } while (cursor.accept(','));
  return cursor.expect('}');
}

} // namespace

bool parseDeclaration(Cursor &cursor, Declaration &declaration) {
  Type type;
  uint64_t elementBytes;
  if (!parseAlign(cursor, declaration) ||
      !parseType(cursor, type, elementBytes))
    return false;
  declaration.align = std::max(declaration.align, elementBytes);
  if (!parseNameAndExtent(cursor, declaration, elementBytes))
    return false;
  if (!cursor.accept('='))
    return true;
  if (!parseInitial(cursor, type, declaration.initial))
    return false;
  if (declaration.initial.size() > declaration.bytes)
    return cursor.fail("'" + declaration.name + "' has " +
                       std::to_string(declaration.bytes) +
                       " bytes, its initial value " +
                       std::to_string(declaration.initial.size()));
  return true;
}

bool parseParameter(Cursor &cursor, Declaration &declaration) {
  if (!cursor.acceptDirective(".param"))
    return cursor.failExpected("'.param'");
  Type type;
  uint64_t elementBytes;
  if (!parseAlign(cursor, declaration) ||
      !parseType(cursor, type, elementBytes))
    return false;
  declaration.align = std::max(declaration.align, elementBytes);
  if (cursor.acceptDirective(".ptr")) {
    // What a pointer points to is found out by its accesses.
    for (const char *space : {".global", ".shared", ".const", ".local"})
      cursor.acceptDirective(space);
    Declaration pointee;
    if (!parseAlign(cursor, pointee))
      return false;
  }
  if (!parseNameAndExtent(cursor, declaration, elementBytes))
    return false;
  if (declaration.isUnsized)
    return cursor.fail("parameter '" + declaration.name + "' has no size");
  return true;
}

} // namespace kdslc::ptx
