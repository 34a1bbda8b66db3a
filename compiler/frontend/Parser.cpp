//===- Parser.cpp - tokens, errors and recovery ---------------------------===//

#include "compiler/frontend/ParserImpl.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

using namespace kdslc;

std::unique_ptr<ast::File> kdslc::parse(llvm::StringRef text,
                                        DiagnosticEngine &diags) {
  if (!checkText(text, diags))
    return std::make_unique<ast::File>();
  return Parser(text, diags).parseFile();
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

void Parser::advance() {
  if (!token.doc.empty() && !docTaken) {
    auto start = llvm::SMLoc::getFromPointer(token.doc.begin());
    auto end = llvm::SMLoc::getFromPointer(token.doc.begin() + 3);
    diags.warning(Label::K053, {start, end},
                  "'///' documents a program, a kernel or a parameter that "
                  "follows it; here it is a plain comment");
  }
  previous = token;
  token = lexer.next();
  docTaken = false;
  if (diags.errorCount() >= DiagnosticEngine::maxErrors) {
    token.kind = Token::End;
    token.doc = {};
  }
}

bool Parser::accept(Token::Kind kind) {
  if (!token.is(kind))
    return false;
  advance();
  return true;
}

bool Parser::expect(Token::Kind kind, llvm::StringRef what) {
  return accept(kind) || expected(what);
}

llvm::StringRef Parser::source(SourceRange range) const {
  return {range.Start.getPointer(),
          size_t(range.End.getPointer() - range.Start.getPointer())};
}

/// The doc comment of the current token, without slashes.
std::string Parser::takeDoc() {
  docTaken = true;
  std::string doc;
  llvm::SmallVector<llvm::StringRef> lines;
  token.doc.split(lines, '\n');
  for (llvm::StringRef line : lines) {
    line = line.trim();
    if (!line.consume_front("///"))
      continue;
    line.consume_front(" ");
    if (!doc.empty())
      doc += '\n';
    doc += line;
  }
  return doc;
}

bool Parser::parseName(ast::Identifier &name, llvm::StringRef what) {
  if (!token.is(Token::Identifier)) {
    bool word = !token.text.empty() &&
                (llvm::isAlpha(token.text[0]) || token.text[0] == '_');
    if (!word || token.is(Token::Malformed))
      return expected(what);
    return error(Label::K042, token.range(),
                 fmt::format("'{}' is a reserved word and cannot be {}",
                             token.text.str(), what.str()));
  }
  name = {token.text, token.range()};
  advance();
  return true;
}

//===----------------------------------------------------------------------===//
// Errors and recovery
//===----------------------------------------------------------------------===//

bool Parser::error(Label label, SourceRange range, const std::string &message) {
  if (!token.is(Token::Malformed) &&
      diags.errorCount() < DiagnosticEngine::maxErrors)
    diags.error(label, range, message);
  return false;
}

bool Parser::expected(llvm::StringRef what) {
  if (token.is(Token::End))
    return error(Label::K039, token.range(),
                 fmt::format("expected {}, the file ends here", what.str()));
  if (token.is(Token::ReservedWord))
    return error(
        Label::K042, token.range(),
        fmt::format("'{}' is reserved for later versions", token.text.str()));
  return error(Label::K039, token.range(),
               fmt::format("expected {}, got '{}'", what.str(),
                           token.text.take_front(40).str()));
}

bool Parser::beginsOperand() const {
  switch (token.kind) {
  case Token::Identifier:
  case Token::Integer:
  case Token::Float:
  case Token::LeftParen:
  case Token::Word_true:
  case Token::Word_false:
  case Token::Word_grad:
  case Token::ReductionWord:
  case Token::ElementWord:
    return true;
  default:
    return false;
  }
}

/// Reports two operands side by side; the token begins the second one.
bool Parser::missingOperator() {
  llvm::StringRef right = token.text;
  // Show `y[j]`, not only `y`, when the subscript follows on the line.
  size_t at = right.end() - text.begin();
  if (token.is(Token::Identifier) && text.substr(at).starts_with("[")) {
    size_t close = text.find_first_of("]\n", at);
    if (close != llvm::StringRef::npos && text[close] == ']')
      right = text.slice(right.begin() - text.begin(), close + 1);
  }
  SourceRange gap(token.range().Start, token.range().Start);
  error(Label::K017, gap,
        fmt::format("missing operator between '{}' and '{}'",
                    source(lastOperand).take_back(40).str(), right.str()));
  if (!token.is(Token::Malformed) && diags.hasErrors())
    diags.last().replaceBy("*");
  return false;
}

bool Parser::expectClose(const Token &opener, llvm::StringRef separator) {
  Token::Kind close =
      opener.is(Token::LeftParen) ? Token::RightParen : Token::RightBracket;
  if (accept(close))
    return true;
  switch (token.kind) {
  case Token::End:
  case Token::LeftBrace:
  case Token::RightBrace:
  case Token::RightParen:
  case Token::RightBracket:
  case Token::Semicolon:
    return error(Label::K034, opener.range(),
                 fmt::format("unclosed '{}' opened here", opener.text.str()));
  default:
    break;
  }
  if (token.firstOnLine && (token.beginsItem() || token.beginsStatement()))
    return error(Label::K034, opener.range(),
                 fmt::format("unclosed '{}' opened here", opener.text.str()));
  if (beginsOperand())
    return missingOperator();
  return expected(fmt::format("{} or '{}'", separator.str(),
                              close == Token::RightParen ? ')' : ']'));
}

/// Skips to where the next statement, or the end of the block, is.
void Parser::skipStatement() {
  lexer.setSilent(true);
  while (!token.is(Token::End) && !token.is(Token::Semicolon) &&
         !token.is(Token::RightBrace) && !token.beginsStatement() &&
         !(token.firstOnLine && token.beginsItem())) {
    docTaken = true;
    advance();
  }
  lexer.setSilent(false);
  accept(Token::Semicolon);
}

void Parser::skipItem() {
  lexer.setSilent(true);
  while (!token.is(Token::End) && !(token.firstOnLine && token.beginsItem())) {
    docTaken = true;
    advance();
  }
  lexer.setSilent(false);
}

/// After an expression: the next statement stands on its own line or after a
/// semicolon.
bool Parser::endStatement() {
  if (accept(Token::Semicolon) || token.is(Token::End) ||
      token.is(Token::RightBrace) || token.firstOnLine)
    return true;
  if (beginsOperand())
    return missingOperator();
  return expected("an operator or the end of the statement");
}
