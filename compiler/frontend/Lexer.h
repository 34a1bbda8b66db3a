//===- Lexer.h - .kdsl text to tokens -------------------------------------===//
//
// First stage of the frontend. Tokens are views of the buffer; nothing is
// copied. White space is not a token, but a token knows whether it is the
// first on its line, because statements begin there.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_LEXER_H
#define KDSLC_FRONTEND_LEXER_H

#include "compiler/Diagnostics.h"
#include "compiler/Limits.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace kdslc {

struct Token {
  enum Kind {
    End,
    Identifier,
    Integer,
    Float,
    String,
    // Words. Reductions and element types are one kind each: the text tells.
#define KDSL_WORD(NAME) Word_##NAME,
#include "compiler/frontend/Tokens.def"
    ReductionWord,
    ElementWord,
    ReservedWord, ///< kept for later versions
    // Punctuation.
#define KDSL_SIGN(KIND, TEXT) KIND,
#include "compiler/frontend/Tokens.def"
    Malformed, ///< reported already
  };

  Kind kind = End;
  llvm::StringRef text;
  /// The `///` lines right before the token, slashes included.
  llvm::StringRef doc;
  bool firstOnLine = false;

  bool is(Kind k) const { return kind == k; }
  SourceRange range() const {
    return {llvm::SMLoc::getFromPointer(text.begin()),
            llvm::SMLoc::getFromPointer(text.end())};
  }
  /// A word that begins an item of a file.
  bool beginsItem() const { return kind >= Word_import && kind <= Word_test; }
  /// A token that can only begin a statement when it is first on its line.
  bool beginsStatement() const {
    return firstOnLine &&
           (kind == Identifier || kind == Word_let || kind == Word_return);
  }
};

/// True if the text is UTF-8 without NUL, lone carriage returns and characters
/// that change the direction of text, and within the size limit. Otherwise
/// reports the first offender (K037, K041, K046).
bool checkText(llvm::StringRef text, DiagnosticEngine &diags);

/// Reads one token after another.
class Lexer {
public:
  /// \param text  a buffer of the engine's SourceMgr that passed checkText.
  Lexer(llvm::StringRef text, DiagnosticEngine &diags);

  /// The next token; End for ever after the last. A malformed piece of text is
  /// reported and comes as Malformed.
  Token next();

  /// Malformed text is not reported while the parser skips after an error.
  void setSilent(bool on) { silent = on; }

private:
  void skipSpace(Token &token);
  Token lexName(Token token);
  Token lexNumber(Token token);
  Token lexString(Token token);
  Token lexPunctuation(Token token);
  Token take(Token token, Token::Kind kind, size_t length);
  Token malformed(Token token, size_t length, Label label, std::string message,
                  llvm::StringRef fix = "");
  bool atDigit(size_t offset) const;
  char at(size_t offset) const {
    return pos + offset < text.size() ? text[pos + offset] : '\0';
  }

  llvm::StringRef text;
  size_t pos = 0;
  bool silent = false;
  DiagnosticEngine &diags;
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_LEXER_H
