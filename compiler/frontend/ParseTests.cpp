//===- ParseTests.cpp - the rules of the grammar for tests ----------------===//

#include "compiler/frontend/ParserImpl.h"
#include <fmt/format.h>

using namespace kdslc;

// test = "test" IDENT ( "{" { given | expect } "}"
//                     | "random" "(" bind { "," bind } ")" )
bool Parser::parseTest(ast::Test &item) {
  if (!parseName(item.name, "the name of a program"))
    return false;
  if (token.text == "random") {
    advance();
    return parseRandom(item);
  }
  if (token.is(Token::LeftParen))
    return error(Label::K039, token.range(),
                 "sizes of random data stand after 'random', as in 'test p "
                 "random(N = 10)'");
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
  if (!parseName(given.name, "an input, or 'expect'"))
    return false;
  if (token.is(Token::Identifier))
    return error(Label::K039, given.name.range,
                 fmt::format("a test has data, 'x = ...', and 'expect', not "
                             "'{}'",
                             given.name.name.str()));
  if (!expectAssign())
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
        !expectAssign())
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
