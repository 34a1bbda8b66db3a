//===- ParseItems.cpp - the rules of the grammar for items ----------------===//

#include "compiler/frontend/ParserImpl.h"
#include "compiler/frontend/Value.h"
#include <fmt/format.h>

using namespace kdslc;

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

std::unique_ptr<ast::File> Parser::parseFile() {
  auto result = std::make_unique<ast::File>();
  file = result.get();
  advance();
  while (!token.is(Token::End))
    parseItem(*result);
  if (!token.doc.empty())
    advance(); // points out a doc comment that documents nothing
  return result;
}

/// Fills a node by its rule; null when the rule failed.
template <typename T>
std::unique_ptr<T> Parser::parseAs(bool (Parser::*rule)(T &)) {
  auto item = std::make_unique<T>();
  constexpr bool isDocumented = std::is_same_v<T, ast::Program> ||
                                std::is_same_v<T, ast::Kernel> ||
                                std::is_same_v<T, ast::Derive>;
  if (isDocumented)
    item->doc = takeDoc();
  llvm::SMLoc start = token.range().Start;
  advance();
  unsigned errorsBefore = diags.errorCount();
  bool ok = (this->*rule)(*item);
  bool hasStatements =
      std::is_same_v<T, ast::Program> || std::is_same_v<T, ast::Kernel>;
  if (!ok || (!hasStatements && diags.errorCount() != errorsBefore))
    file->isWhole = false;
  if (!ok) {
    skipItem();
    return nullptr;
  }
  item->range = rangeFrom(start);
  return item;
}

void Parser::parseItem(ast::File &into) {
  std::unique_ptr<ast::Item> item;
  switch (token.kind) {
  case Token::Word_import:
    item = parseAs(&Parser::parseImport);
    break;
  case Token::Word_const:
    item = parseAs(&Parser::parseConst);
    break;
  case Token::Word_kernel:
    item = parseAs(&Parser::parseKernel);
    break;
  case Token::Word_program:
    item = parseAs(&Parser::parseProgram);
    break;
  case Token::Word_derive:
    item = parseAs(&Parser::parseDerive);
    break;
  case Token::Word_specialize:
    item = parseAs(&Parser::parseSpecialize);
    break;
  case Token::Word_schedule:
    item = parseAs(&Parser::parseSchedule);
    break;
  case Token::Word_test:
    item = parseAs(&Parser::parseTest);
    break;
  default:
    noItem();
    file->isWhole = false;
    docTaken = true;
    advance();
    skipItem();
    return;
  }
  if (item)
    into.items.push_back(std::move(item));
}

/// Reports what begins no item.
bool Parser::noItem() {
  static const llvm::StringRef words[] = {"program",    "kernel",   "const",
                                          "import",     "derive",   "test",
                                          "specialize", "schedule"};
  if (token.is(Token::RightBrace))
    return error(Label::K034, token.range(), "'}' closes nothing");
  if (token.is(Token::Word_let))
    return errorWithFix(Label::K039,
                        "'let' stands in programs and kernels; a number of the "
                        "file is a 'const'",
                        "const");
  if (token.text == "def" || token.text == "function" || token.text == "func")
    return error(Label::K039, token.range(),
                 "functions are written 'kernel f(x) = ...'");
  if (token.text == "from" || token.text == "include")
    return error(Label::K039, token.range(),
                 "files are read by 'import \"file.kdsl\"', whole");
  llvm::StringRef closest = closestName(token.text, words);
  if (token.is(Token::Identifier) && !closest.empty())
    return errorWithFix(Label::K039,
                        fmt::format("unknown word '{}'; did you mean '{}'?",
                                    token.text.str(), closest.str()),
                        closest);
  return expected("'program', 'kernel', 'const', 'import', 'derive', "
                  "'specialize', 'schedule' or 'test'");
}

// import = "import" STRING
bool Parser::parseImport(ast::Import &item) {
  if (!token.is(Token::String))
    return expected("the path of a file in double quotes");
  item.name = {token.text, token.range()};
  item.path = token.text.drop_front().drop_back();
  advance();
  return true;
}

// const = "const" IDENT "=" expr [ ";" ]
bool Parser::parseConst(ast::Const &item) {
  if (!parseName(item.name, "the name of a constant") ||
      !expectAssign("; values have no declared type"))
    return false;
  item.value = parseExpr();
  return item.value && endStatement();
}

// kernel = "kernel" IDENT "(" [ kparam { "," kparam } ] ")"
//          ( "=" expr [ ";" ] | "{" { klet } "return" expr [ ";" ] "}" )
bool Parser::parseKernel(ast::Kernel &item) {
  if (!parseName(item.name, "the name of a kernel") ||
      !parseParams(item.params, /*ofKernel=*/true))
    return false;
  if (token.is(Token::LeftBrace))
    return parseKernelBody(item);
  if (!expect(Token::Assign, "'=' or '{'"))
    return false;
  item.result = parseExpr();
  return item.result && endStatement();
}

bool Parser::parseKernelBody(ast::Kernel &item) {
  unsigned errorsBefore = diags.errorCount();
  bool ok = parseBlock([&] {
    if (item.result)
      return expected("'}' after the 'return' of a kernel");
    if (token.is(Token::Word_let)) {
      item.lets.emplace_back();
      return parseStatement(item.lets.back());
    }
    if (token.is(Token::Identifier))
      return valueWithoutLet();
    if (!accept(Token::Word_return))
      return expected("'let' or 'return'");
    item.result = parseExpr();
    return item.result && endStatement();
  });
  if (ok && !item.result && diags.errorCount() == errorsBefore)
    return error(
        Label::K039, item.name.range,
        fmt::format("kernel '{}' has no 'return'", item.name.name.str()));
  return ok;
}

/// Reports `d = x - y` in a kernel; the token is the name.
bool Parser::valueWithoutLet() {
  bool silent = diags.errorCount() >= DiagnosticEngine::maxErrors;
  error(Label::K039, token.range(),
        fmt::format("a value of a kernel is named by 'let {} = ...'",
                    token.text.str()));
  if (!silent)
    diags.last().insertBefore("let ");
  return false;
}

// program = "program" IDENT "(" [ param { "," param } ] ")" "->"
//           ( param | "(" param { "," param } ")" ) "{" { stmt } "}"
bool Parser::parseProgram(ast::Program &item) {
  if (!parseName(item.name, "the name of a program") ||
      !parseParams(item.inputs, /*ofKernel=*/false) ||
      !expect(Token::Arrow, "'->' and the outputs"))
    return false;
  if (token.is(Token::LeftParen)) {
    if (!parseParams(item.outputs, /*ofKernel=*/false))
      return false;
  } else if (token.is(Token::ElementWord) || token.is(Token::LeftBracket)) {
    return error(Label::K039, token.range(),
                 "an output has a name, as in '-> a: [M] real'");
  } else {
    SourceRange first = token.range();
    item.outputs.emplace_back();
    if (!parseParam(item.outputs.back()))
      return false;
    if (token.is(Token::Comma))
      return error(Label::K039, {first.Start, token.range().End},
                   "several outputs stand in parentheses, as in '-> (a: real, "
                   "b: real)'");
  }
  if (!token.is(Token::LeftBrace))
    return expected("'{' and the statements of the program");
  bool full = false;
  return parseBlock([&] {
    file->isWhole &= item.statements.size() != maxStatements;
    if (item.statements.size() == maxStatements)
      return std::exchange(full, true)
                 ? false
                 : error(Label::K046, token.range(),
                         fmt::format("a program has at most {} statements",
                                     maxStatements));
    item.statements.emplace_back();
    bool ok = parseStatement(item.statements.back());
    item.isWhole &= ok;
    return ok;
  });
}

/// "{" { entry } "}": an entry that fails is skipped, the block goes on.
bool Parser::parseBlock(llvm::function_ref<bool()> entry) {
  Token opener = token;
  advance();
  while (!token.is(Token::RightBrace)) {
    if (token.is(Token::End) || (token.firstOnLine && token.beginsItem()))
      return unclosed(opener);
    const char *before = token.text.begin();
    if (entry())
      continue;
    if (token.text.begin() == before) {
      docTaken = true;
      advance(); // whatever it is, it begins nothing
    }
    skipStatement();
    // What follows a ';' inside of a broken bracket is no statement.
    while (!token.firstOnLine && !beginsEntry()) {
      docTaken = true;
      advance();
      skipStatement();
    }
  }
  advance();
  return true;
}

/// Whether the token may begin an entry of a block, or ends the block.
bool Parser::beginsEntry() const {
  return token.is(Token::Identifier) || token.is(Token::Word_let) ||
         token.is(Token::Word_return) || token.text == "real" ||
         token.is(Token::RightBrace) || token.is(Token::End);
}

// derive = "derive" IDENT "=" ( "grad" | "vjp" | "jvp" )
//          "(" IDENT { "," IDENT } ")" [ ";" ]
bool Parser::parseDerive(ast::Derive &item) {
  if (token.is(Token::Word_grad))
    return error(Label::K039, token.range(),
                 "a derived program has a name, as in 'derive g = grad(p, x)'");
  if (!parseName(item.name, "the name of the derived program") ||
      !expectAssign())
    return false;
  if (token.text != "grad" && token.text != "vjp" && token.text != "jvp")
    return expected("'grad', 'vjp' or 'jvp'");
  item.mode = {token.text, token.range()};
  advance();
  Token opener = token;
  if (!expect(Token::LeftParen, "'('") || !parseName(item.program, "a program"))
    return false;
  if (token.is(Token::LeftParen))
    return error(Label::K039, token.range(),
                 "a program is named without its arguments, as in 'grad(p, x)'");
  while (accept(Token::Comma)) {
    item.inputs.emplace_back();
    if (!parseName(item.inputs.back(), "an input of the program"))
      return false;
    if (token.is(Token::LeftBracket))
      return error(Label::K039, token.range(),
                   "an input is named without its rows");
  }
  return expectClose(opener) && endStatement();
}

// specialize = "specialize" IDENT "{" { setting } "}"
bool Parser::parseSpecialize(ast::Specialize &item) {
  return parseName(item.name, "the name of a program") &&
         parseSettings(item.settings);
}

// schedule = "schedule" IDENT [ "for" ( IDENT | STRING ) ] "{" { setting } "}"
bool Parser::parseSchedule(ast::Schedule &item) {
  if (!parseName(item.name, "the name of a program"))
    return false;
  if (token.text == "for") {
    advance();
    if (!token.is(Token::Identifier) && !token.is(Token::String))
      return expected("a target, for example \"x86-64-v4\"");
    item.target = {token.text, token.range()};
    advance();
  }
  return parseSettings(item.settings);
}

/// Reports `D = 1:4` and the like.
bool Parser::endSetting() {
  if (token.is(Token::Colon))
    return error(Label::K039, token.range(),
                 "values are listed one by one, as in 'D = 1, 2, 3'");
  return endStatement();
}

bool Parser::parseSettings(std::vector<ast::Setting> &settings) {
  if (!token.is(Token::LeftBrace))
    return expected("'{' and settings");
  return parseBlock([&] {
    settings.emplace_back();
    return parseSetting(settings.back());
  });
}

// setting = ( IDENT | "real" ) "=" value { "," value } [ ";" ]
bool Parser::parseSetting(ast::Setting &setting) {
  if (token.text == "real") {
    setting.key = {token.text, token.range()};
    advance();
  } else if (!parseName(setting.key, "a key")) {
    return false;
  }
  if (!expectAssign())
    return false;
  do {
    if (token.is(Token::LeftBracket))
      return error(Label::K039, token.range(),
                   "values are listed without brackets, as in 'D = 1, 2, 3'");
    // value = INT | FLOAT | IDENT | STRING | elem
    if (!token.is(Token::Integer) && !token.is(Token::Float) &&
        !token.is(Token::Identifier) && !token.is(Token::String) &&
        !token.is(Token::ElementWord))
      return expected("a number, a name or a string");
    setting.values.push_back({token.text, token.range()});
    advance();
  } while (accept(Token::Comma));
  return endSetting();
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

/// Whether the token may begin a statement that is no let; reports what does
/// not.
bool Parser::beginsDefinition() {
  if (token.is(Token::ReservedWord))
    return reserved();
  if (token.is(Token::Word_return))
    return error(Label::K039, token.range(),
                 "a program assigns its outputs, 'a = ...'; 'return' belongs "
                 "to kernels");
  if (token.is(Token::ReductionWord) || token.is(Token::Word_grad))
    return error(Label::K039, token.range(),
                 "a statement assigns an output, 'a = ...', or names a value, "
                 "'let b = ...'");
  return true;
}

/// The '=' after the left side of a statement.
bool Parser::expectDefinition() {
  switch (token.kind) {
  case Token::LeftBracket:
    return error(Label::K052, token.range(),
                 "all features of a row are assigned at once, as in "
                 "'a[i] = [u, v]'");
  case Token::Comma:
    return error(Label::K039, token.range(),
                 "each output is assigned by a statement of its own; those over "
                 "the same rows share one pass");
  case Token::Plus:
  case Token::Minus:
  case Token::Star:
  case Token::Slash:
    return error(Label::K039, token.range(),
                 fmt::format("there is no '{}='; an output is assigned once",
                             token.text.str()));
  case Token::LeftParen:
    return error(Label::K039, token.range(),
                 "a statement defines a value; nothing is called for its "
                 "effect");
  default:
    return expectAssign("; values have no declared type");
  }
}

// stmt = ( "let" IDENT | IDENT ) [ rows ] "=" expr [ ";" ]
bool Parser::parseStatement(ast::Statement &statement) {
  llvm::SMLoc start = token.range().Start;
  statement.isLet = accept(Token::Word_let);
  if (!statement.isLet && !beginsDefinition())
    return false;
  if (!parseName(statement.name, statement.isLet ? "the name of a value"
                                                 : "'let' or an output"))
    return false;
  if (token.is(Token::LeftBracket) &&
      !parseRows(statement.indices, "an index has a name, as in 'a[i] = ...'; "
                                    "all rows are assigned at once"))
    return false;
  if (!expectDefinition())
    return false;
  const ast::Expr *value = parseExpr();
  statement.range = rangeFrom(start);
  if (!value || !endStatement())
    return false;
  statement.value = value;
  return true;
}
