//===- Parser.cpp - tokens, errors and recovery ---------------------------===//

#include "compiler/frontend/Habits.h"
#include "compiler/frontend/ParserImpl.h"
#include "compiler/frontend/Value.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

using namespace kdslc;

std::unique_ptr<ast::File> kdslc::parse(llvm::StringRef text,
                                        DiagnosticEngine &diags) {
  if (!checkText(text, diags)) {
    auto nothing = std::make_unique<ast::File>();
    nothing->isWhole = false;
    return nothing;
  }
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
  docTaken = false;
  // The lexer has errors of its own.
  auto isFull = [&] {
    return diags.errorCount() >= DiagnosticEngine::maxErrors;
  };
  if (!isFull()) {
    token = lexer.next();
    warnOfFloorDivision();
  }
  if (isFull()) {
    token.kind = Token::End;
    token.doc = {};
  }
}

static bool endsOperand(const Token &token) {
  return token.is(Token::Identifier) || token.is(Token::Integer) ||
         token.is(Token::Float) || token.is(Token::RightParen) ||
         token.is(Token::RightBracket);
}

/// `k[i] // 2` means k[i] here, and no error need follow from it.
void Parser::warnOfFloorDivision() {
  if (!endsOperand(previous))
    return;
  const char *end = previous.text.end();
  llvm::StringRef gap(end, size_t(token.text.begin() - end));
  llvm::StringRef line = gap.take_until([](char c) { return c == '\n'; });
  llvm::StringRef comment = line.ltrim();
  if (!comment.consume_front("//") || !isDivisor(comment.rtrim()))
    return;
  diags.warning(Label::K058,
                {llvm::SMLoc::getFromPointer(comment.begin() - 2),
                 llvm::SMLoc::getFromPointer(comment.begin())},
                "'//' begins a comment; floor division is 'idiv(a, b)' of "
                "integers and 'floor(a / b)' of reals");
}

/// Whether a comment reads as the rest of a formula: operands, joined by signs,
/// that are numbers, calls or names of the file, up to its end or to a bracket
/// that was opened before it.
bool Parser::isDivisor(llvm::StringRef comment) const {
  Lexer words(comment, diags);
  words.setSilent(true);
  int depth = 0, subscript = 0; // the outermost open bracket behind a name
  bool wantsOperand = true;
  for (Token word = words.next();; word = words.next()) {
    if (word.is(Token::End))
      return depth == 0 && !wantsOperand;
    bool opens = word.is(Token::LeftParen) || word.is(Token::LeftBracket);
    bool closes = word.is(Token::RightParen) || word.is(Token::RightBracket);
    bool isSign = word.kind >= Token::Plus && word.kind <= Token::Greater;
    bool isName = word.is(Token::Identifier) &&
                  (subscript || names.contains(word.text) ||
                   (word.text.end() < comment.end() && *word.text.end() == '('));
    if (wantsOperand &&
        (isName || word.is(Token::Integer) || word.is(Token::Float)))
      wantsOperand = false;
    else if (opens && (!wantsOperand || word.is(Token::LeftParen))) {
      ++depth;
      if (!wantsOperand && !subscript)
        subscript = depth;
      wantsOperand = true;
    } else if (closes && !wantsOperand) {
      if (depth == subscript)
        subscript = 0;
      if (--depth < 0)
        return true;
    } else if (!wantsOperand && (isSign || (depth > 0 && word.is(Token::Comma))))
      wantsOperand = true;
    else if (!(wantsOperand && word.is(Token::Minus)))
      return false;
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
    misnamed.insert(token.text);
    return error(Label::K042, token.range(),
                 fmt::format("'{}' is a reserved word and cannot be {}",
                             token.text.str(), what.str()));
  }
  name = {token.text, token.range()};
  names.insert(token.text);
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
    return reserved();
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

/// Whether an operand ends right before the token.
bool Parser::followsOperand() const {
  return lastOperand.isValid() &&
         lastOperand.End.getPointer() == previous.text.end();
}

/// Reports an error with the text that mends it in the place of the token.
bool Parser::errorWithFix(Label label, const std::string &message,
                          llvm::StringRef fix) {
  bool silent = token.is(Token::Malformed) ||
                diags.errorCount() >= DiagnosticEngine::maxErrors;
  error(label, token.range(), message);
  if (!silent)
    diags.last().replaceBy(fix.str());
  return false;
}

/// Reports a word that is kept for later versions.
bool Parser::reserved() {
  return error(Label::K042, token.range(),
               reservedHabit(token.text)->why.str());
}

/// Expects the '=' of a statement or an item.
///
/// \param afterColon  what is said more about a ':' in its place.
bool Parser::expectAssign(llvm::StringRef afterColon) {
  if (accept(Token::Assign))
    return true;
  if (token.is(Token::EqualEqual))
    return errorWithFix(Label::K039,
                        "'==' compares; what is defined is written with '='",
                        "=");
  if (token.is(Token::Colon))
    return error(Label::K039, token.range(),
                 "expected '=', got ':'" + afterColon.str());
  return expected("'='");
}

/// Reports what stands in the place of an expression.
bool Parser::expectedExpression() {
  // Where the text ends after an operator, that is the place of the mistake.
  bool ends = token.is(Token::End) || token.firstOnLine;
  if (ends && !previous.text.empty() && !token.is(Token::Malformed))
    return error(Label::K039, previous.range(),
                 fmt::format("expected an expression after '{}'",
                             previous.text.take_front(40).str()));
  bool closes = token.is(Token::RightParen) || token.is(Token::RightBracket);
  if (closes && previous.is(Token::Comma))
    return error(Label::K039, previous.range(), "nothing follows the ','");
  if (token.is(Token::Plus))
    return errorWithFix(Label::K039, "numbers have no sign '+'", "");
  if (token.is(Token::String))
    return error(Label::K039, token.range(), "there are no strings in formulas");
  if (token.is(Token::Word_where)) {
    const char *next = token.text.end();
    if (next != text.end() && *next == '(')
      return errorWithFix(Label::K039,
                          "a choice between values is 'select(c, a, b)'; "
                          "'where' stands in the bracket of a reduction",
                          "select");
    return error(Label::K039, token.range(),
                 "'where' stands in the bracket of a reduction, as in "
                 "'sum[j where c](...)'");
  }
  return expected("an expression");
}

static llvm::StringRef lastLine(llvm::StringRef text) {
  return text.rsplit('\n').second.empty() ? text : text.rsplit('\n').second;
}

/// Reports two operands side by side; the token begins the second one.
bool Parser::missingOperator() {
  if (token.is(Token::LeftParen) && unknownReduction())
    return false;
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
                    quoted(lastLine(source(lastOperand))), right.str()));
  if (!token.is(Token::Malformed) && diags.hasErrors())
    diags.last().replaceBy("*");
  return false;
}

/// The error is where the end is missed, at the end of a line rather than on the
/// next one; the opener may be far from there and is shown too. Of two brackets
/// side by side, `x[[i]`, the first is likely to be one too many.
bool Parser::unclosed(const Token &opener) {
  unsigned before = diags.errorCount();
  const char *bracket = opener.text.begin();
  const char *next = bracket + 1;
  while (next < token.text.begin() && *next == ' ')
    ++next;
  bool isDouble = next < token.text.begin() && *next == *bracket;
  SourceRange place = token.range();
  if (isDouble)
    place = opener.range();
  else if (token.is(Token::End) || token.firstOnLine)
    place = {previous.range().End, previous.range().End};
  char close = *bracket == '(' ? ')' : *bracket == '[' ? ']' : '}';
  error(Label::K034, place,
        isDouble ? fmt::format("unclosed '{}' opened here", *bracket)
                 : fmt::format("unclosed '{}': '{}' is missing before this",
                               *bracket, close));
  if (diags.errorCount() == before)
    return false;
  if (!isDouble)
    DiagnosticEngine::note(diags.last(), opener.range(), "it is opened here");
  else if (!token.is(Token::End))
    DiagnosticEngine::note(diags.last(), token.range(),
                           "it is not closed before this");
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
    return unclosed(opener);
  default:
    break;
  }
  if (token.firstOnLine && (token.beginsItem() || token.beginsStatement()))
    return unclosed(opener);
  if (token.is(Token::Word_where))
    return expectedExpression();
  if (token.is(Token::Assign))
    return errorWithFix(Label::K039,
                        "'=' defines; a comparison is written '=='", "==");
  if (beginsOperand() && followsOperand())
    return missingOperator();
  return expected(fmt::format("{} or '{}'", separator.str(),
                              close == Token::RightParen ? ')' : ']'));
}

/// Reports `median[j](x[j])`, where no value is called median; whether it is
/// that.
bool Parser::unknownReduction() {
  llvm::StringRef called = source(lastOperand);
  auto [name, bracket] = called.split('[');
  if (bracket.empty() || names.contains(name) ||
      !llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return false;
  static const llvm::StringRef reductions[] = {
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC) NAME,
#include "compiler/frontend/Builtins.def"
  };
  if (llvm::is_contained(reductions, name))
    return false;
  // Names that are a little alike mean other things here: 'median', 'sort'.
  llvm::StringRef closest = closestName(name, reductions, 1);
  const Habit *habit = functionHabit(name);
  std::string hint =
      !closest.empty() ? fmt::format("did you mean '{}'?", closest.str())
      : habit && !habit->isName
          ? fmt::format("write {}", habit->ours.str())
          : "'kdslc --help-lang' lists them";
  auto start = lastOperand.Start;
  auto end = llvm::SMLoc::getFromPointer(start.getPointer() + name.size());
  bool silent = token.is(Token::Malformed) ||
                diags.errorCount() >= DiagnosticEngine::maxErrors;
  error(Label::K019, {start, end},
        fmt::format("'{}' is no reduction over rows; {}", name.str(), hint));
  if (!silent && !closest.empty())
    diags.last().replaceBy(closest.str());
  return true;
}

/// Skips to where the next statement, or the end of the block, is. A block
/// inside, as of a loop, is skipped whole.
void Parser::skipStatement() {
  lexer.setSilent(true);
  unsigned braces = 0;
  while (!token.is(Token::End) && !(token.firstOnLine && token.beginsItem())) {
    bool stops = token.is(Token::Semicolon) || token.is(Token::RightBrace) ||
                 token.beginsStatement();
    if (braces == 0 && stops)
      break;
    braces += token.is(Token::LeftBrace);
    braces -= token.is(Token::RightBrace);
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
  if (beginsOperand() && followsOperand())
    return missingOperator();
  if (token.is(Token::RightParen) || token.is(Token::RightBracket))
    return error(Label::K034, token.range(),
                 fmt::format("'{}' closes nothing", token.text.str()));
  return expected("an operator or the end of the statement");
}
