//===- ParseExpr.cpp - the rules of the grammar for expressions -----------===//

#include "compiler/frontend/ParserImpl.h"
#include "compiler/frontend/Value.h"
#include <fmt/format.h>

using namespace kdslc;

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

static std::optional<Function> orOperator(Token::Kind kind) {
  if (kind == Token::Word_or)
    return Function::Or;
  return std::nullopt;
}

static std::optional<Function> andOperator(Token::Kind kind) {
  if (kind == Token::Word_and)
    return Function::And;
  return std::nullopt;
}

static std::optional<Function> sumOperator(Token::Kind kind) {
  if (kind == Token::Plus)
    return Function::Add;
  if (kind == Token::Minus)
    return Function::Sub;
  return std::nullopt;
}

static std::optional<Function> prodOperator(Token::Kind kind) {
  if (kind == Token::Star)
    return Function::Mul;
  if (kind == Token::Slash)
    return Function::Div;
  if (kind == Token::At)
    return Function::MatMul;
  return std::nullopt;
}

static std::optional<Function> cmpOperator(Token::Kind kind) {
  if (kind == Token::Less)
    return Function::Lt;
  if (kind == Token::LessEqual)
    return Function::Le;
  if (kind == Token::Greater)
    return Function::Gt;
  if (kind == Token::GreaterEqual)
    return Function::Ge;
  if (kind == Token::EqualEqual)
    return Function::Eq;
  if (kind == Token::NotEqual)
    return Function::Ne;
  return std::nullopt;
}

/// operand { op operand }: one node for the whole chain.
const ast::Expr *Parser::parseChain(Rule operand, OperatorOf operatorOf) {
  llvm::SMLoc start = token.range().Start;
  const ast::Expr *first = (this->*operand)();
  if (!first || !operatorOf(token.kind))
    return first;
  auto *chain = file->make<ast::Chain>({});
  chain->first = first;
  while (std::optional<Function> op = operatorOf(token.kind)) {
    SourceRange opRange = token.range();
    advance();
    const ast::Expr *next = (this->*operand)();
    if (!next)
      return nullptr;
    chain->links.push_back({*op, opRange, next});
  }
  chain->range = rangeFrom(start);
  return chain;
}

bool Parser::nest(SourceRange range) {
  if (depth <= maxNesting)
    return true;
  return error(Label::K036, range,
               fmt::format("nested deeper than {} levels", maxNesting));
}

/// op operand, where the operand may begin with the same operator again.
const ast::Expr *Parser::parsePrefix(Function op, Rule operand) {
  Level level(depth);
  Token first = token;
  if (!nest(first.range()))
    return nullptr;
  advance();
  const ast::Expr *inner = (this->*operand)();
  if (!inner)
    return nullptr;
  auto *unary = file->make<ast::Unary>(rangeFrom(first.range().Start));
  unary->op = op;
  unary->operand = inner;
  return unary;
}

// expr = conj { "or" conj }
const ast::Expr *Parser::parseExpr() {
  return parseChain(&Parser::parseConj, orOperator);
}

// conj = neg { "and" neg }
const ast::Expr *Parser::parseConj() {
  return parseChain(&Parser::parseNeg, andOperator);
}

// neg = "not" neg | cmp
const ast::Expr *Parser::parseNeg() {
  if (token.is(Token::Word_not))
    return parsePrefix(Function::Not, &Parser::parseNeg);
  return parseCmp();
}

/// `j in R[i]` behind the `j`: R at both rows of the pair.
const ast::Expr *Parser::parseMember(const ast::Expr *own) {
  advance();
  ast::Identifier set;
  std::vector<ast::Identifier> rows;
  if (!parseName(set, "a 'ranges' input after 'in'"))
    return nullptr;
  if (!token.is(Token::LeftBracket)) {
    expected("'[' and the kept row after the 'ranges' input");
    return nullptr;
  }
  if (!parseRows(rows))
    return nullptr;
  auto *member = file->make<ast::Subscript>(rangeFrom(own->range.Start));
  auto nameOf = [&](const ast::Identifier &identifier) {
    auto *name = file->make<ast::Name>(identifier.range);
    name->name = identifier.name;
    return name;
  };
  member->base = nameOf(set);
  member->member = own;
  for (const ast::Identifier &row : rows)
    member->subs.push_back({nameOf(row), nullptr});
  if (rows.size() == 1)
    member->subs.push_back({own, nullptr});
  return member;
}

// cmp = sum [ op sum ] | IDENT "in" IDENT rows
const ast::Expr *Parser::parseCmp() {
  llvm::SMLoc start = token.range().Start;
  const ast::Expr *first = parseSum();
  if (first && llvm::isa<ast::Name>(first) && token.is(Token::Word_in))
    return parseMember(first);
  std::optional<Function> op = cmpOperator(token.kind);
  if (!first || !op)
    return first;
  SourceRange opRange = token.range();
  advance();
  const ast::Expr *second = parseSum();
  if (!second)
    return nullptr;
  auto *chain = file->make<ast::Chain>(rangeFrom(start));
  chain->first = first;
  chain->links.push_back({*op, opRange, second});
  return cmpOperator(token.kind) ? comparisonChains(*chain) : chain;
}

/// Reports `a < b < c`; the token is the second comparison.
const ast::Expr *Parser::comparisonChains(const ast::Chain &chain) {
  Token op = token;
  advance();
  const ast::Expr *third = parseSum();
  if (!third)
    return nullptr;
  llvm::StringRef middle = source(chain.links[0].operand->range);
  bool silent = diags.errorCount() >= DiagnosticEngine::maxErrors;
  error(Label::K014, op.range(),
        fmt::format("comparisons do not chain; write '{} and {} {} {}'",
                    quoted(source(chain.range)), quoted(middle), op.text.str(),
                    quoted(source(third->range))));
  if (!silent && !token.is(Token::Malformed))
    diags.last().insertBefore(fmt::format("and {} ", middle.str()));
  return nullptr;
}

// sum = prod { ( "+" | "-" ) prod }
const ast::Expr *Parser::parseSum() {
  return parseChain(&Parser::parseProd, sumOperator);
}

// prod = unary { ( "*" | "/" | "@" ) unary }
const ast::Expr *Parser::parseProd() {
  return parseChain(&Parser::parseUnary, prodOperator);
}

// unary = "-" unary | power
const ast::Expr *Parser::parseUnary() {
  if (token.is(Token::Minus))
    return parsePrefix(Function::Neg, &Parser::parseUnary);
  return parsePower();
}

// power = postfix [ "^" unary ]
const ast::Expr *Parser::parsePower() {
  llvm::SMLoc start = token.range().Start;
  const ast::Expr *base = parsePostfix();
  if (!base)
    return nullptr;
  if (token.is(Token::StarStar)) {
    errorWithFix(Label::K018, "power is written '^'", "^");
    return nullptr;
  }
  if (!token.is(Token::Caret))
    return base;
  Level level(depth);
  SourceRange opRange = token.range();
  if (!nest(opRange))
    return nullptr;
  advance();
  const ast::Expr *exponent = parseUnary();
  if (!exponent)
    return nullptr;
  auto *chain = file->make<ast::Chain>(rangeFrom(start));
  chain->first = base;
  chain->links.push_back({Function::Pow, opRange, exponent});
  return chain;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

// postfix = primary { "[" sub { "," sub } "]" }
const ast::Expr *Parser::parsePostfix() {
  llvm::SMLoc start = token.range().Start;
  const ast::Expr *base = parsePrimary();
  // Subscripts side by side in the text nest in the tree.
  unsigned outer = depth;
  while (base && token.is(Token::LeftBracket)) {
    ++depth;
    base = nest(token.range()) ? parseSubscript(base, start) : nullptr;
  }
  depth = outer;
  lastOperand = rangeFrom(start);
  return base;
}

const ast::Expr *Parser::parseSubscript(const ast::Expr *base,
                                        llvm::SMLoc start) {
  Token opener = token;
  advance();
  auto *subscript = file->make<ast::Subscript>({});
  subscript->base = base;
  do {
    subscript->subs.emplace_back();
    if (!parseSub(subscript->subs.back()))
      return nullptr;
  } while (accept(Token::Comma));
  if (!expectClose(opener))
    return nullptr;
  subscript->range = rangeFrom(start);
  return subscript;
}

// sub = expr [ ":" expr ]
bool Parser::parseSub(ast::Subscript::Sub &sub) {
  if (token.is(Token::Colon))
    return halfSlice();
  sub.first = parseExpr();
  if (!sub.first || !accept(Token::Colon))
    return sub.first;
  if (token.is(Token::RightBracket) || token.is(Token::Comma))
    return error(Label::K050, previous.range(),
                 "a slice says both of its ends, for example '1:3'");
  sub.last = parseExpr();
  if (sub.last && token.is(Token::Colon))
    return error(Label::K050, token.range(),
                 "a slice has no step; list the features, as in '[v[0], v[2]]'");
  return sub.last;
}

/// Reports `:2` and the ':' of all rows; the token is the colon.
bool Parser::halfSlice() {
  Token colon = token;
  advance();
  if (token.is(Token::RightBracket) || token.is(Token::Comma))
    return error(Label::K011, colon.range(),
                 "':' takes no rows; an index names the row, as in 'x[i]', and "
                 "all features of it are meant");
  if (token.is(Token::Malformed))
    return false;
  error(Label::K050, colon.range(),
        "a slice says both of its ends, for example '0:2'");
  if (diags.hasErrors() && diags.last().range.Start == colon.range().Start)
    diags.last().insertBefore("0");
  return false;
}

// primary = INT | FLOAT | "true" | "false" | IDENT [ args ] | "(" expr ")"
//         | "[" expr { "," expr } "]" | REDOP ( over args | args )
//         | "grad" args | elem args
const ast::Expr *Parser::parsePrimary() {
  switch (token.kind) {
  case Token::Integer:
  case Token::Float:
    return parseNumber();
  case Token::Word_true:
  case Token::Word_false: {
    auto *node = file->make<ast::Bool>(token.range());
    node->value = token.is(Token::Word_true);
    advance();
    return node;
  }
  case Token::Identifier: {
    Token name = token;
    advance();
    if (token.is(Token::LeftParen))
      return parseCall(name);
    auto *node = file->make<ast::Name>(name.range());
    node->name = name.text;
    return node;
  }
  case Token::ReductionWord:
    return parseReduction();
  case Token::Word_grad:
  case Token::ElementWord: {
    Token name = token;
    advance();
    if (token.is(Token::LeftParen))
      return parseCall(name);
    if (misnamed.contains(name.text))
      return nullptr; // said where it was declared
    error(Label::K042, name.range(),
          fmt::format("'{}' is a reserved word, not a name; called, it is "
                      "written '{}(...)'",
                      name.text.str(), name.text.str()));
    return nullptr;
  }
  case Token::LeftParen:
    return parseParens();
  case Token::LeftBracket:
    return parseConcat();
  default:
    expectedExpression();
    return nullptr;
  }
}

const ast::Expr *Parser::parseNumber() {
  auto *node = file->make<ast::Number>(token.range());
  node->isInteger = token.is(Token::Integer);
  std::string shown = token.text.take_front(40).str();
  if (node->isInteger) {
    if (token.text.getAsInteger(10, node->integer)) {
      error(Label::K040, token.range(),
            fmt::format("'{}' is out of range; whole numbers end at {}, write "
                        "'{}.0' for a real",
                        shown, INT64_MAX, shown));
      return nullptr;
    }
    node->real = double(node->integer);
  } else if (token.text.getAsDouble(node->real, /*AllowInexact=*/true) ||
             node->real > std::numeric_limits<double>::max()) {
    error(
        Label::K040, token.range(),
        fmt::format("'{}' is out of range; reals lie within 1.7976931348623157"
                    "e308, 'inf' is a name of its own",
                    shown));
    return nullptr;
  } else if (node->real == 0 &&
             token.text.take_until([](char c) { return c == 'e' || c == 'E'; })
                     .find_first_of("123456789") != llvm::StringRef::npos) {
    diags.warning(Label::K040, token.range(),
                  fmt::format("'{}' is 0; reals above it begin at 4.9e-324",
                              shown));
  }
  advance();
  return node;
}

const ast::Expr *Parser::parseParens() {
  Level level(depth);
  Token opener = token;
  if (!nest(opener.range()))
    return nullptr;
  advance();
  const ast::Expr *inner = parseExpr();
  if (inner && token.is(Token::Comma)) {
    error(Label::K039, {opener.range().Start, token.range().End},
          "a list is written in brackets, as in '[a, b]'");
    return nullptr;
  }
  return inner && expectClose(opener, "an operator") ? inner : nullptr;
}

const ast::Expr *Parser::parseConcat() {
  Level level(depth);
  Token opener = token;
  if (!nest(opener.range()))
    return nullptr;
  advance();
  auto *concat = file->make<ast::Concat>({});
  do {
    const ast::Expr *element = parseExpr();
    if (!element)
      return nullptr;
    concat->elements.push_back(element);
  } while (accept(Token::Comma));
  if (!expectClose(opener))
    return nullptr;
  concat->range = rangeFrom(opener.range().Start);
  return concat;
}

const ast::Expr *Parser::parseCall(const Token &callee) {
  auto *call = file->make<ast::Call>({});
  call->callee = {callee.text, callee.range()};
  if (!parseArgs(call->args))
    return nullptr;
  call->range = rangeFrom(callee.range().Start);
  return call;
}

// args = "(" [ expr { "," expr } ] ")"
bool Parser::parseArgs(std::vector<const ast::Expr *> &args) {
  Level level(depth);
  Token opener = token;
  if (!nest(opener.range()))
    return false;
  advance();
  if (accept(Token::RightParen))
    return true;
  do {
    args.push_back(parseExpr());
    if (!args.back())
      return false;
    if (token.is(Token::Assign) && llvm::isa<ast::Name>(args.back())) {
      llvm::StringRef name = llvm::cast<ast::Name>(args.back())->name;
      return error(Label::K039, token.range(),
                   name == "axis" || name == "dim"
                       ? "axes have no numbers: 'sum(v)' is over features, "
                         "'sum[j](...)' is over rows"
                       : "arguments have no names; they are given in order");
    }
  } while (accept(Token::Comma));
  return expectClose(opener);
}
