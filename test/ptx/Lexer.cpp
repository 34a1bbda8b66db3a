//===- Lexer.cpp - the words of PTX ---------------------------------------===//

#include "test/ptx/Lexer.h"
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace kdslc::ptx {

namespace {

bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '%' || c == '.';
}

class Lexer {
public:
  Lexer(std::string_view text, std::string &error) : text(text), error(error) {}

  std::vector<Token> run() {
    tokens.reserve(text.size() / 3);
    while (skipBlanks() && next())
      ;
    tokens.push_back({Token::End, {}, line, 0});
    return std::move(tokens);
  }

private:
  bool fail(const std::string &what) {
    error = "line " + std::to_string(line) + ": " + what;
    return false;
  }

  bool startsWith(std::string_view prefix) const {
    return text.substr(at, prefix.size()) == prefix;
  }

  /// False at the end of the text or in a comment without end.
  bool skipBlanks() {
    while (at < text.size()) {
      if (text[at] == '\n')
        ++line, ++at;
      else if (std::isspace(static_cast<unsigned char>(text[at])))
        ++at;
      else if (startsWith("//"))
        at = std::min(text.find('\n', at), text.size());
      else if (startsWith("/*")) {
        if (!skipBlockComment())
          return false;
      } else
        return true;
    }
    return false;
  }

  bool skipBlockComment() {
    size_t end = text.find("*/", at + 2);
    if (end == std::string_view::npos)
      return fail("comment without '*/'");
    for (; at < end; ++at)
      line += text[at] == '\n';
    at = end + 2;
    return true;
  }

  void push(Token::Kind kind, size_t end, uint64_t bits = 0) {
    tokens.push_back({kind, text.substr(at, end - at), line, bits});
    at = end;
  }

  bool next() {
    char c = text[at];
    if (std::isdigit(static_cast<unsigned char>(c)))
      return number();
    if (c == '"')
      return string();
    if (isWordCharacter(c))
      return word(c == '.' ? Token::Directive : Token::Word);
    if (!std::strchr("{}()[]<>,;:=+-!@|", c))
      return fail("unexpected character '" + std::string(1, c) + "'");
    push(Token::Punctuation, at + 1);
    return true;
  }

  bool word(Token::Kind kind) {
    size_t end = at + 1;
    while (end < text.size()) {
      if (isWordCharacter(text[end]))
        ++end;
      else if (text.substr(end, 2) == "::" && end + 2 < text.size() &&
               isWordCharacter(text[end + 2]))
        end += 2;
      else
        break;
    }
    push(kind, end);
    return true;
  }

  bool string() {
    size_t end = text.find('"', at + 1);
    if (end == std::string_view::npos)
      return fail("string without closing '\"'");
    push(Token::String, end + 1);
    return true;
  }

  bool number() {
    size_t end = at;
    while (end < text.size() && isWordCharacter(text[end]))
      ++end;
    std::string_view digits = text.substr(at, end - at);
    if (digits.size() > 2 && digits[0] == '0') {
      char c = digits[1];
      if (c == 'f' || c == 'F')
        return digits.size() == 10 ? radix(Token::Float32, 2, end, 16)
                                   : fail("0f takes 8 hexadecimal digits");
      if (c == 'd' || c == 'D')
        return digits.size() == 18 ? radix(Token::Float64, 2, end, 16)
                                   : fail("0d takes 16 hexadecimal digits");
      if (c == 'x' || c == 'X')
        return radix(Token::Integer, 2, end, 16);
      if (c == 'b' || c == 'B')
        return radix(Token::Integer, 2, end, 2);
    }
    if (digits.find('.') != std::string_view::npos)
      return decimalFraction(end);
    // An exponent's sign is not a word character, so "1e-5" has no dot either;
    // PTX as compilers print it has neither form.
    bool isOctal = digits.size() > 1 && digits[0] == '0' && digits != "0U";
    return radix(Token::Integer, 0, end, isOctal ? 8 : 10);
  }

  bool radix(Token::Kind kind, size_t skip, size_t end, int base) {
    std::string_view digits = text.substr(at + skip, end - at - skip);
    if (kind == Token::Integer && !digits.empty() && digits.back() == 'U')
      digits.remove_suffix(1);
    uint64_t bits = 0;
    auto [stop, status] = std::from_chars(
        digits.data(), digits.data() + digits.size(), bits, base);
    if (status != std::errc() || stop != digits.data() + digits.size())
      return fail("'" + std::string(text.substr(at, end - at)) +
                  "' is no number of 64 bits");
    push(kind, end, bits);
    return true;
  }

  bool decimalFraction(size_t end) {
    std::string digits(text.substr(at, end - at));
    char *stop = nullptr;
    double value = std::strtod(digits.c_str(), &stop);
    if (*stop)
      return fail("'" + digits + "' is no number");
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    push(Token::Float64, end, bits);
    return true;
  }

  std::string_view text;
  std::string &error;
  std::vector<Token> tokens;
  size_t at = 0;
  uint32_t line = 1;
};

} // namespace

std::vector<Token> tokenize(std::string_view text, std::string &error) {
  return Lexer(text, error).run();
}

} // namespace kdslc::ptx
