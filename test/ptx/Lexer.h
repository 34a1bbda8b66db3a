//===- Lexer.h - the words of PTX -----------------------------------------===//

#ifndef KDSLC_TEST_PTX_LEXER_H
#define KDSLC_TEST_PTX_LEXER_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kdslc::ptx {

struct Token {
  enum Kind {
    End,
    Word,      ///< name, %register, label or mnemonic with all its suffixes
    Directive, ///< word that begins with a dot
    Integer,
    Float32, ///< 0f3F800000; `bits` holds the pattern
    Float64, ///< 0d3FF0000000000000 or 1.5; `bits` holds the pattern
    String,
    Punctuation, ///< one character
  };

  Kind kind = End;
  std::string_view text;
  uint32_t line = 0;
  uint64_t bits = 0;

  bool is(char c) const {
    return kind == Punctuation && text.size() == 1 && text[0] == c;
  }
  bool isDirective(std::string_view name) const {
    return kind == Directive && text == name;
  }
};

/// All tokens of `text`, an End last. On bad text sets `error` and stops.
std::vector<Token> tokenize(std::string_view text, std::string &error);

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_LEXER_H
