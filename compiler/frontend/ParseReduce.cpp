//===- ParseReduce.cpp - the rules of the grammar for reductions ----------===//

#include "compiler/frontend/ParserImpl.h"
#include <fmt/format.h>

using namespace kdslc;

const ast::Expr *Parser::parseReduction() {
  Token op = token;
  advance();
  if (token.is(Token::LeftParen))
    return parseCall(op);
  if (!token.is(Token::LeftBracket)) {
    std::string name = op.text.str();
    if (misnamed.contains(op.text))
      return nullptr; // said where it was declared
    error(Label::K042, op.range(),
          fmt::format("'{}' is a reduction, not a name; it is written "
                      "'{}[j](...)' over rows and '{}(...)' over features",
                      name, name, name));
    return nullptr;
  }
  auto *reduce = file->make<ast::Reduce>({});
  reduce->op = {op.text, op.range()};
  if (!parseOver(*reduce))
    return nullptr;
  if (!token.is(Token::LeftParen)) {
    std::string head = source(rangeFrom(op.range().Start)).str();
    error(Label::K016, token.range(),
          fmt::format("expected '(' after '{}': reductions are written "
                      "'{}(...)'",
                      head, head));
    return nullptr;
  }
  if (!parseArgs(reduce->args))
    return nullptr;
  reduce->range = rangeFrom(op.range().Start);
  return reduce;
}

// over = "[" index { "," index } [ "where" expr ] "]"
bool Parser::parseOver(ast::Reduce &reduce) {
  Level level(depth);
  Token opener = token;
  if (!nest(opener.range()))
    return false;
  advance();
  do {
    reduce.indices.emplace_back();
    if (!parseIndex(reduce.indices.back()))
      return false;
  } while (accept(Token::Comma));
  if (token.text == "if")
    return errorWithFix(Label::K039,
                        "a condition is written 'where': 'sum[j where c](...)'",
                        "where");
  if (accept(Token::Word_where)) {
    reduce.where = parseExpr();
    if (!reduce.where)
      return false;
    if (token.is(Token::Word_where))
      return errorWithFix(Label::K039,
                          "conditions are joined by 'and'; 'where' stands once",
                          "and");
    return expectClose(opener, "an operator");
  }
  if (token.is(Token::LeftParen))
    return unclosed(opener);
  if (token.is(Token::RightBracket))
    return accept(Token::RightBracket);
  return expected("',', 'in', 'where' or ']' after an index");
}

/// Reports `j in 0:N` and `j in range(N)`.
bool Parser::wrongRange() {
  return error(Label::K039, token.range(),
               "an index runs over all rows of an axis, 'j in N'; 'where' "
               "leaves rows out");
}

// index = IDENT [ "in" IDENT [ rows ] ]
bool Parser::parseIndex(ast::Reduce::Index &index) {
  if (!parseName(index.name, "an index"))
    return false;
  if (!accept(Token::Word_in))
    return true;
  if (token.is(Token::Integer))
    return wrongRange();
  if (!parseName(index.in, "a row axis or a 'ranges' input after 'in'"))
    return false;
  if (token.is(Token::LeftParen) || token.is(Token::Colon))
    return wrongRange();
  return !token.is(Token::LeftBracket) || parseRows(index.rows);
}
