//===- ParseParams.cpp - the rules for parameters, rows and types ---------===//

#include "compiler/frontend/Habits.h"
#include "compiler/frontend/ParserImpl.h"
#include <fmt/format.h>

using namespace kdslc;

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
    if (token.is(Token::Semicolon))
      return errorWithFix(Label::K039, "parameters are separated by ','", ",");
  } while (accept(Token::Comma));
  return expectClose(opener);
}

// param = { DOC } IDENT ":" ( [ rows ] type | "ranges" rows )
bool Parser::parseParam(ast::Param &param) {
  param.doc = takeDoc();
  if (!parseName(param.name, "a parameter"))
    return false;
  if (token.is(Token::Identifier))
    return error(Label::K039, param.name.range,
                 "a parameter is a name, ':' and a type, as in 'x: [N] real'");
  if (!expect(Token::Colon, "':' and a type"))
    return false;
  if (token.text == "ranges") {
    param.isRanges = true;
    advance();
    return token.is(Token::LeftBracket) ? parseRows(param.rows)
                                        : expected("'[' and two row axes");
  }
  if (token.is(Token::LeftBracket) && !parseRows(param.rows))
    return false;
  if (!parseType(param.type))
    return false;
  if (token.is(Token::LeftBracket))
    return error(Label::K039, token.range(),
                 "rows stand before the element type, as in 'x: [M] real[3]'");
  return true;
}

// kparam = IDENT [ ":" type ]
bool Parser::parseKernelParam(ast::Param &param) {
  param.doc = takeDoc();
  if (!parseName(param.name, "a parameter"))
    return false;
  if (token.is(Token::Assign))
    return error(Label::K039, token.range(),
                 "parameters have no default values");
  if (!accept(Token::Colon))
    return true;
  if (token.is(Token::LeftBracket))
    return error(Label::K039, token.range(),
                 "parameters of a kernel have no rows; it is a function of "
                 "the values of one row");
  return parseType(param.type);
}

// rows = "[" IDENT { "," IDENT } "]"
///
/// \param numbered  what is said about a number in the place of a name.
bool Parser::parseRows(std::vector<ast::Identifier> &rows,
                       llvm::StringRef numbered) {
  Token opener = token;
  advance();
  do {
    rows.emplace_back();
    if (token.is(Token::Integer))
      return error(Label::K039, token.range(), numbered.str());
    if (!parseName(rows.back(), "a name"))
      return false;
  } while (accept(Token::Comma));
  return expectClose(opener);
}

// type = elem [ "[" dim { "," dim } "]" ]
bool Parser::parseType(ast::Type &type) {
  if (!token.is(Token::ElementWord)) {
    if (const Habit *habit = typeHabit(token.text))
      return errorWithFix(Label::K039,
                          fmt::format("the type '{}' is written '{}'",
                                      token.text.str(), habit->ours.str()),
                          habit->ours);
    return expected("an element type: real, f16, bf16, f32, f64, i32, i64 or "
                    "bool");
  }
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
    if (token.is(Token::Slash))
      return error(Label::K039, token.range(),
                   "feature sizes are made with '+', '-' and '*'; a quotient "
                   "is named by 'const' and 'idiv'");
    if (!expectClose(opener))
      return false;
  }
  type.range = rangeFrom(start);
  return true;
}

//===----------------------------------------------------------------------===//
// Feature sizes
//===----------------------------------------------------------------------===//

static std::optional<Function> dimSumOperator(Token::Kind kind) {
  if (kind == Token::Plus)
    return Function::Add;
  if (kind == Token::Minus)
    return Function::Sub;
  return std::nullopt;
}

static std::optional<Function> dimProdOperator(Token::Kind kind) {
  if (kind == Token::Star)
    return Function::Mul;
  return std::nullopt;
}

// dim = dterm { ( "+" | "-" ) dterm }
const ast::Expr *Parser::parseDim() {
  return parseChain(&Parser::parseDimTerm, dimSumOperator);
}

// dterm = datom { "*" datom }
const ast::Expr *Parser::parseDimTerm() {
  return parseChain(&Parser::parseDimAtom, dimProdOperator);
}

// datom = INT | IDENT | "(" dim ")"
const ast::Expr *Parser::parseDimAtom() {
  if (token.is(Token::Integer))
    return parseNumber();
  if (token.is(Token::Identifier)) {
    auto *node = file->make<ast::Name>(token.range());
    node->name = token.text;
    advance();
    return node;
  }
  if (!token.is(Token::LeftParen)) {
    expected("a feature size: a whole number or a name");
    return nullptr;
  }
  Level level(depth);
  Token opener = token;
  if (!nest(opener.range()))
    return nullptr;
  advance();
  const ast::Expr *inner = parseDim();
  return inner && expectClose(opener, "an operator") ? inner : nullptr;
}
