//===- ParseItems.cpp - the rules of the grammar for items ----------------===//

#include "compiler/frontend/ParserImpl.h"
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
  if (!(this->*rule)(*item)) {
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
    expected("'program', 'kernel', 'const', 'import', 'derive', 'specialize', "
             "'schedule' or 'test'");
    docTaken = true;
    advance();
    skipItem();
    return;
  }
  if (item)
    into.items.push_back(std::move(item));
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
      !expect(Token::Assign, "'='"))
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
  } else {
    item.outputs.emplace_back();
    if (!parseParam(item.outputs.back()))
      return false;
  }
  if (!token.is(Token::LeftBrace))
    return expected("'{' and the statements of the program");
  bool full = false;
  return parseBlock([&] {
    if (item.statements.size() == maxStatements)
      return std::exchange(full, true)
                 ? false
                 : error(Label::K046, token.range(),
                         fmt::format("a program has at most {} statements",
                                     maxStatements));
    item.statements.emplace_back();
    return parseStatement(item.statements.back());
  });
}

/// "{" { entry } "}": an entry that fails is skipped, the block goes on.
bool Parser::parseBlock(llvm::function_ref<bool()> entry) {
  Token opener = token;
  advance();
  while (!token.is(Token::RightBrace)) {
    if (token.is(Token::End) || (token.firstOnLine && token.beginsItem()))
      return error(Label::K034, opener.range(), "unclosed '{' opened here");
    const char *before = token.text.begin();
    if (entry())
      continue;
    if (token.text.begin() == before) {
      docTaken = true;
      advance(); // whatever it is, it begins nothing
    }
    skipStatement();
  }
  advance();
  return true;
}

// derive = "derive" IDENT "=" ( "grad" | "vjp" | "jvp" )
//          "(" IDENT { "," IDENT } ")" [ ";" ]
bool Parser::parseDerive(ast::Derive &item) {
  if (!parseName(item.name, "the name of the derived program") ||
      !expect(Token::Assign, "'='"))
    return false;
  if (token.text != "grad" && token.text != "vjp" && token.text != "jvp")
    return expected("'grad', 'vjp' or 'jvp'");
  item.mode = {token.text, token.range()};
  advance();
  Token opener = token;
  if (!expect(Token::LeftParen, "'('") || !parseName(item.program, "a program"))
    return false;
  while (accept(Token::Comma)) {
    item.inputs.emplace_back();
    if (!parseName(item.inputs.back(), "an input of the program"))
      return false;
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
  if (!expect(Token::Assign, "'='"))
    return false;
  do {
    // value = INT | FLOAT | IDENT | STRING | elem
    if (!token.is(Token::Integer) && !token.is(Token::Float) &&
        !token.is(Token::Identifier) && !token.is(Token::String) &&
        !token.is(Token::ElementWord))
      return expected("a number, a name or a string");
    setting.values.push_back({token.text, token.range()});
    advance();
  } while (accept(Token::Comma));
  return endStatement();
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

// test = "test" IDENT ( "{" { given | expect } "}"
//                     | "random" "(" bind { "," bind } ")" )
bool Parser::parseTest(ast::Test &item) {
  if (!parseName(item.name, "the name of a program"))
    return false;
  if (token.text == "random") {
    advance();
    return parseRandom(item);
  }
  if (!token.is(Token::LeftBrace))
    return expected("'{' or 'random'");
  return parseBlock([&] { return parseTestEntry(item); });
}

bool Parser::parseRandom(ast::Test &item) {
  Token opener = token;
  if (!expect(Token::LeftParen, "'('"))
    return false;
  do {
    ast::Test::Bind bind;
    if (!parseName(bind.name, "a size") || !expect(Token::Assign, "'='"))
      return false;
    if (!token.is(Token::Integer) || token.text.getAsInteger(10, bind.value))
      return expected("a whole number");
    advance();
    item.random.push_back(bind);
  } while (accept(Token::Comma));
  return expectClose(opener);
}

// given = IDENT "=" expr [ ";" ]
bool Parser::parseTestEntry(ast::Test &item) {
  if (token.text == "expect")
    return parseExpect(item);
  ast::Test::Given given;
  if (!parseName(given.name, "an input, or 'expect'") ||
      !expect(Token::Assign, "'='"))
    return false;
  given.value = parseExpr();
  if (!given.value || !endStatement())
    return false;
  item.givens.push_back(given);
  return true;
}

// expect = "expect" ( IDENT "=" expr [ "within" expr ] | "error" STRING ) [";"]
bool Parser::parseExpect(ast::Test &item) {
  ast::Test::Expect expect;
  llvm::SMLoc start = token.range().Start;
  advance();
  if (token.text == "error") {
    advance();
    if (!token.is(Token::String))
      return expected("the message in double quotes");
    expect.error = token.text.drop_front().drop_back();
    advance();
  } else {
    if (!parseName(expect.name, "an output, or 'error'") ||
        !this->expect(Token::Assign, "'='"))
      return false;
    expect.value = parseExpr();
    if (!expect.value)
      return false;
    if (token.text == "within") {
      advance();
      expect.within = parseExpr();
      if (!expect.within)
        return false;
    }
  }
  expect.range = rangeFrom(start);
  item.expects.push_back(expect);
  return endStatement();
}

//===----------------------------------------------------------------------===//
// Parameters and statements
//===----------------------------------------------------------------------===//

/// "(" [ parameter { "," parameter } ] ")"
bool Parser::parseParams(std::vector<ast::Param> &params, bool ofKernel) {
  Token opener = token;
  if (!expect(Token::LeftParen, "'('"))
    return false;
  if (token.is(Token::RightParen))
    return accept(Token::RightParen);
  do {
    if (params.size() == maxParams)
      return error(Label::K046, token.range(),
                   fmt::format("at most {} parameters are allowed", maxParams));
    params.emplace_back();
    if (ofKernel ? !parseKernelParam(params.back())
                 : !parseParam(params.back()))
      return false;
  } while (accept(Token::Comma));
  return expectClose(opener);
}

// param = { DOC } IDENT ":" ( [ rows ] type | "ranges" rows )
bool Parser::parseParam(ast::Param &param) {
  param.doc = takeDoc();
  if (!parseName(param.name, "a parameter") ||
      !expect(Token::Colon, "':' and a type"))
    return false;
  if (token.text == "ranges") {
    param.isRanges = true;
    advance();
    return token.is(Token::LeftBracket) ? parseRows(param.rows)
                                        : expected("'[' and two row axes");
  }
  if (token.is(Token::LeftBracket) && !parseRows(param.rows))
    return false;
  return parseType(param.type);
}

// kparam = IDENT [ ":" type ]
bool Parser::parseKernelParam(ast::Param &param) {
  param.doc = takeDoc();
  if (!parseName(param.name, "a parameter"))
    return false;
  return !accept(Token::Colon) || parseType(param.type);
}

// rows = "[" IDENT { "," IDENT } "]"
bool Parser::parseRows(std::vector<ast::Identifier> &rows) {
  Token opener = token;
  advance();
  do {
    rows.emplace_back();
    if (!parseName(rows.back(), "a name"))
      return false;
  } while (accept(Token::Comma));
  return expectClose(opener);
}

// type = elem [ "[" dim { "," dim } "]" ]
bool Parser::parseType(ast::Type &type) {
  if (!token.is(Token::ElementWord))
    return expected("an element type: real, f16, bf16, f32, f64, i32, i64 or "
                    "bool");
  type.elem = token.text;
  llvm::SMLoc start = token.range().Start;
  advance();
  Token opener = token;
  if (accept(Token::LeftBracket)) {
    do {
      type.dims.push_back(parseDim());
      if (!type.dims.back())
        return false;
    } while (accept(Token::Comma));
    if (!expectClose(opener))
      return false;
  }
  type.range = rangeFrom(start);
  return true;
}

// stmt = ( "let" IDENT | IDENT ) [ rows ] "=" expr [ ";" ]
bool Parser::parseStatement(ast::Statement &statement) {
  llvm::SMLoc start = token.range().Start;
  statement.isLet = accept(Token::Word_let);
  if (!parseName(statement.name, statement.isLet ? "the name of a value"
                                                 : "'let' or an output"))
    return false;
  if (token.is(Token::LeftBracket) && !parseRows(statement.indices))
    return false;
  if (!expect(Token::Assign, "'='"))
    return false;
  const ast::Expr *value = parseExpr();
  statement.range = rangeFrom(start);
  if (!value || !endStatement())
    return false;
  statement.value = value;
  return true;
}
