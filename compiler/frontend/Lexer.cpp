//===- Lexer.cpp - .kdsl text to tokens -----------------------------------===//

#include "compiler/frontend/Lexer.h"
#include "compiler/frontend/Habits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// The text as a whole
//===----------------------------------------------------------------------===//

static SourceRange rangeOf(StringRef text) {
  return {llvm::SMLoc::getFromPointer(text.begin()),
          llvm::SMLoc::getFromPointer(text.end())};
}

/// Decodes the character at `offset`; nothing if it is malformed.
static std::optional<uint32_t> decode(StringRef text, size_t offset,
                                      unsigned &length) {
  const auto *begin =
      reinterpret_cast<const llvm::UTF8 *>(text.data()) + offset;
  const auto *end =
      reinterpret_cast<const llvm::UTF8 *>(text.data()) + text.size();
  length = llvm::getNumBytesForUTF8(*begin);
  if (begin + length > end || !llvm::isLegalUTF8Sequence(begin, end))
    return std::nullopt;
  uint32_t point = length == 1 ? *begin : *begin & (0x7Fu >> length);
  for (unsigned i = 1; i < length; ++i)
    point = point << 6 | (begin[i] & 0x3Fu);
  return point;
}

/// Characters that show text in another order than it is compiled.
static bool changesDirection(uint32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

bool kdslc::checkText(StringRef text, DiagnosticEngine &diags) {
  auto report = [&](Label label, size_t offset, std::string message) {
    diags.error(label, rangeOf(text.substr(offset, 1)), std::move(message));
    return false;
  };
  if (int64_t(text.size()) > maxFileBytes)
    return report(Label::K046, 0,
                  fmt::format("the file has more than {} bytes, the most that "
                              "are read",
                              maxFileBytes));
  for (size_t i = 0; i < text.size();) {
    unsigned char c = text[i];
    if (c >= 0x80) {
      unsigned length = 0;
      std::optional<uint32_t> point = decode(text, i, length);
      if (!point)
        return report(Label::K041, i,
                      fmt::format("byte {} (0x{:02X}) is not valid UTF-8", i,
                                  unsigned(c)));
      if (changesDirection(*point))
        return report(
            Label::K037, i,
            fmt::format("invisible direction-changing character U+{:04X}",
                        *point));
      i += length;
      continue;
    }
    if (c == 0)
      return report(Label::K041, i,
                    fmt::format("byte {} is NUL; a source is text", i));
    if (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
      return report(Label::K041, i,
                    fmt::format("byte {} is a carriage return without a line "
                                "feed after it",
                                i));
    ++i;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

Lexer::Lexer(StringRef text, DiagnosticEngine &diags)
    : text(text), diags(diags) {
  if (text.starts_with("\xEF\xBB\xBF")) // a byte order mark
    pos = 3;
}

static bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
static bool isNameRest(char c) { return llvm::isAlnum(c) || c == '_'; }

bool Lexer::atDigit(size_t offset) const { return llvm::isDigit(at(offset)); }

Token Lexer::take(Token token, Token::Kind kind, size_t length) {
  token.kind = kind;
  token.text = text.substr(pos, length);
  pos += length;
  return token;
}

Token Lexer::malformed(Token token, size_t length, Label label,
                       std::string message, StringRef fix) {
  token = take(token, Token::Malformed, length);
  if (silent)
    return token;
  Diagnostic &d = diags.error(label, token.range(), std::move(message));
  if (!fix.empty())
    d.replaceBy(fix.str());
  return token;
}

/// Skips white space and comments; collects the doc lines before the token.
void Lexer::skipSpace(Token &token) {
  token.firstOnLine = pos == 0 || (pos == 3 && text[0] == '\xEF');
  size_t docBegin = 0, docEnd = 0;
  while (pos < text.size()) {
    char c = text[pos];
    if (c == '\n') {
      token.firstOnLine = true;
      ++pos;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++pos;
    } else if (text.substr(pos).starts_with("//")) {
      size_t end = std::min(text.find_first_of("\r\n", pos), text.size());
      StringRef comment = text.slice(pos, end);
      // A line of four slashes or more is a rule, not documentation.
      if (comment.starts_with("///") && !comment.starts_with("////")) {
        if (docEnd == 0)
          docBegin = pos;
        docEnd = end;
      }
      pos = end;
    } else {
      break;
    }
  }
  token.doc = text.slice(docBegin, docEnd);
}

Token Lexer::next() {
  Token token;
  skipSpace(token);
  if (pos >= text.size())
    return take(token, Token::End, 0);
  char c = text[pos];
  if (isNameStart(c))
    return lexName(token);
  if (llvm::isDigit(c) || (c == '.' && atDigit(1)))
    return lexNumber(token);
  if (c == '"')
    return lexString(token);
  return lexPunctuation(token);
}

static Token::Kind wordKind(StringRef word) {
  return llvm::StringSwitch<Token::Kind>(word)
#define KDSL_WORD(NAME) .Case(#NAME, Token::Word_##NAME)
#define KDSL_ELEMENT(NAME) .Case(#NAME, Token::ElementWord)
#include "compiler/frontend/Tokens.def"
#define KDSL_RESERVED(WORD, WHY) .Case(WORD, Token::ReservedWord)
#include "compiler/frontend/Habits.def"
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC)                    \
  .Case(NAME, Token::ReductionWord)
#include "compiler/frontend/Builtins.def"
      .Default(Token::Identifier);
}

Token Lexer::lexName(Token token) {
  size_t length = 1;
  while (isNameRest(at(length)))
    ++length;
  if (int64_t(length) > maxNameBytes)
    return malformed(token, length, Label::K046,
                     fmt::format("a name of {} bytes; at most {} are allowed",
                                 length, maxNameBytes));
  return take(token, wordKind(text.substr(pos, length)), length);
}

Token Lexer::lexNumber(Token token) {
  size_t length = 0;
  auto digits = [&] {
    while (atDigit(length))
      ++length;
  };
  auto wrong = [&](const char *hint) {
    while (isNameRest(at(length)) || at(length) == '.')
      ++length;
    StringRef shown = text.substr(pos, std::min<size_t>(length, 40));
    return malformed(
        token, length, Label::K040,
        fmt::format("malformed number '{}'; {}", std::string(shown), hint));
  };
  if (at(0) == '.')
    return wrong("write a digit before the point, for example '0.5'");
  if (at(0) == '0' && (at(1) == 'x' || at(1) == 'X' || at(1) == 'b'))
    return wrong("numbers are decimal");
  digits();
  bool isFloat = at(length) == '.';
  if (isFloat) {
    ++length;
    digits();
    if (at(length) == '.')
      return wrong("a number has one point");
  }
  // `2x` is a product without an operator, `1.5f` and `1_000` are habits.
  if (at(length) == '_' && atDigit(length + 1))
    return wrong("numbers have no separators");
  if (isFloat && StringRef("fFlL").contains(at(length)) && at(length) &&
      !isNameRest(at(length + 1)) && at(length + 1) != '[')
    return wrong("a number has no suffix");
  if (at(length) == 'e' || at(length) == 'E') {
    size_t sign = at(length + 1) == '+' || at(length + 1) == '-';
    if (!atDigit(length + 1 + sign))
      return wrong("an exponent has digits, for example '1e6'");
    isFloat = true;
    length += 1 + sign;
    digits();
  }
  if (int64_t(length) > maxNameBytes)
    return malformed(token, length, Label::K046,
                     fmt::format("a number of {} bytes; at most {} are allowed",
                                 length, maxNameBytes));
  return take(token, isFloat ? Token::Float : Token::Integer, length);
}

Token Lexer::lexString(Token token) {
  size_t end = text.find_first_of("\"\r\n", pos + 1);
  if (end == StringRef::npos || text[end] != '"')
    return malformed(token, std::min(end, text.size()) - pos, Label::K034,
                     "unclosed string opened here; it ends on its own line");
  return take(token, Token::String, end + 1 - pos);
}

Token Lexer::lexPunctuation(Token token) {
  StringRef rest = text.substr(pos);
  static constexpr struct {
    const char *text;
    Token::Kind kind;
  } table[] = {
#define KDSL_SIGN(KIND, TEXT) {TEXT, Token::KIND},
#include "compiler/frontend/Tokens.def"
  };
  const Habit *habit = characterHabit(rest);
  for (const auto &row : table)
    if (rest.starts_with(row.text) &&
        !(habit && habit->theirs.size() > StringRef(row.text).size()))
      return take(token, row.kind, StringRef(row.text).size());

  unsigned char c = rest[0];
  if (habit)
    return malformed(token, habit->theirs.size(),
                     c < 0x80 ? Label::K039 : Label::K041, habit->why.str(),
                     habit->ours);
  if (c < 0x80)
    return malformed(
        token, 1, Label::K041,
        llvm::isPrint(c)
            ? fmt::format("character '{}' is not part of the language", char(c))
            : fmt::format("control character 0x{:02X} is not part of the "
                          "language",
                          unsigned(c)));
  unsigned length = 1;
  uint32_t point = decode(text, pos, length).value_or(0xFFFD);
  return malformed(token, length, Label::K041,
                   fmt::format("character U+{:04X} stands outside comments and "
                               "strings; names are ASCII letters, digits and "
                               "'_'",
                               point));
}
