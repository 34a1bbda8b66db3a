//===- Tokens.h - texts with other tokens ----------------------------------===//

#ifndef KDSLC_TEST_HOSTILE_TOKENS_H
#define KDSLC_TEST_HOSTILE_TOKENS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <random>
#include <string>
#include <vector>

namespace kdslc::test {

/// Where a token lies in its text.
struct Piece {
  size_t begin, end;
};

/// The tokens of any text, malformed ones too.
std::vector<Piece> piecesOf(llvm::StringRef text);

/// A text with one edit: the pieces first..last of it are touched.
struct Mutant {
  std::string text;
  const char *how;
  size_t first, last;
};

/// Deletes a token, doubles it, swaps it with the next or replaces it by one of
/// `words`. The text has two pieces or more.
Mutant mutateToken(llvm::StringRef text, llvm::ArrayRef<Piece> pieces,
                   llvm::ArrayRef<std::string> words, std::mt19937 &random);

/// Puts a few tokens of `from` into a text, or in the place of a few of it.
/// Brackets that are copied are closed where that is near.
std::string graftTokens(llvm::StringRef text, llvm::StringRef from,
                        std::mt19937 &random);

/// All words and signs of the language, of the tables that the lexer and
/// --help-lang read, habits of other languages, and numbers at limits.
const std::vector<std::string> &languageWords();

} // namespace kdslc::test

#endif // KDSLC_TEST_HOSTILE_TOKENS_H
