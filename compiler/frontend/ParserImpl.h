//===- ParserImpl.h - the parser's state, shared by its files -------------===//
//
// Recursive descent, one function for each rule of the grammar (Language.md).
// Parser.cpp holds tokens and errors, ParseItems.cpp items and statements,
// ParseTests.cpp tests, ParseParams.cpp parameters and types, ParseExpr.cpp
// expressions, ParseReduce.cpp reductions.
//
// A function that fails has reported why (or the lexer has) and returns null
// or false; its callers give up at once, up to the statement, which skips to
// where the next one begins. So a statement gives one error at most.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_PARSERIMPL_H
#define KDSLC_FRONTEND_PARSERIMPL_H

#include "compiler/frontend/Lexer.h"
#include "compiler/frontend/Parser.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringSet.h"

namespace kdslc {

class Parser {
public:
  Parser(llvm::StringRef text, DiagnosticEngine &diags)
      : text(text), lexer(text, diags), diags(diags) {}

  std::unique_ptr<ast::File> parseFile();

private:
  // Tokens.
  void advance();
  void warnOfFloorDivision();
  bool isDivisor(llvm::StringRef comment) const;
  bool accept(Token::Kind kind);
  bool expect(Token::Kind kind, llvm::StringRef what);
  bool unclosed(const Token &opener);
  bool expectClose(const Token &opener, llvm::StringRef separator = "','");
  bool parseName(ast::Identifier &name, llvm::StringRef what);
  std::string takeDoc();
  llvm::StringRef source(SourceRange range) const;
  SourceRange rangeFrom(llvm::SMLoc start) const {
    return {start, previous.range().End};
  }

  // Errors.
  bool error(Label label, SourceRange range, const std::string &message);
  bool expected(llvm::StringRef what);
  bool errorWithFix(Label label, const std::string &message,
                    llvm::StringRef fix);
  bool reserved();
  bool expectAssign(llvm::StringRef afterColon = "");
  bool expectedExpression();
  bool missingOperator();
  bool unknownReduction();
  bool beginsOperand() const;
  bool followsOperand() const;
  void skipStatement();
  void skipItem();

  // Items (ParseItems.cpp).
  void parseItem(ast::File &into);
  template <typename T> std::unique_ptr<T> parseAs(bool (Parser::*rule)(T &));
  bool parseImport(ast::Import &item);
  bool parseConst(ast::Const &item);
  bool parseKernel(ast::Kernel &item);
  bool parseKernelBody(ast::Kernel &item);
  bool parseProgram(ast::Program &item);
  bool parseDerive(ast::Derive &item);
  bool parseSpecialize(ast::Specialize &item);
  bool parseSchedule(ast::Schedule &item);
  bool parseSettings(std::vector<ast::Setting> &settings);
  bool parseSetting(ast::Setting &setting);
  bool parseTest(ast::Test &item);
  bool parseRandom(ast::Test &item);
  bool parseTestEntry(ast::Test &item);
  bool parseExpect(ast::Test &item);
  bool parseParams(std::vector<ast::Param> &params, bool ofKernel);
  bool parseParam(ast::Param &param);
  bool parseKernelParam(ast::Param &param);
  bool parseRows(std::vector<ast::Identifier> &rows,
                 llvm::StringRef numbered =
                     "a row axis has a name, and the caller gives its size; "
                     "features stand behind the type, as in 'real[3]'");
  bool parseType(ast::Type &type);
  bool parseStatement(ast::Statement &statement);
  bool parseBlock(llvm::function_ref<bool()> entry);
  bool endStatement();
  bool endSetting();
  bool beginsDefinition();
  bool expectDefinition();
  bool beginsEntry() const;
  bool noItem();
  bool valueWithoutLet();

  // Expressions (ParseExpr.cpp).
  using Rule = const ast::Expr *(Parser::*)();
  using OperatorOf = std::optional<Function> (*)(Token::Kind);
  const ast::Expr *parseExpr();
  const ast::Expr *parseConj();
  const ast::Expr *parseNeg();
  const ast::Expr *parseCmp();
  const ast::Expr *parseMember(const ast::Expr *own);
  const ast::Expr *parseSum();
  const ast::Expr *parseProd();
  const ast::Expr *parseUnary();
  const ast::Expr *parsePower();
  const ast::Expr *parsePostfix();
  const ast::Expr *parseSubscript(const ast::Expr *base, llvm::SMLoc start);
  const ast::Expr *parsePrimary();
  const ast::Expr *parseNumber();
  const ast::Expr *parseParens();
  const ast::Expr *parseConcat();
  const ast::Expr *parseCall(const Token &callee);
  const ast::Expr *parseReduction();
  bool parseOver(ast::Reduce &reduce);
  bool parseIndex(ast::Reduce::Index &index);
  bool wrongRange();
  bool parseSub(ast::Subscript::Sub &sub);
  bool halfSlice();
  bool parseArgs(std::vector<const ast::Expr *> &args);
  const ast::Expr *parseDim();
  const ast::Expr *parseDimTerm();
  const ast::Expr *parseDimAtom();
  const ast::Expr *parseChain(Rule operand, OperatorOf operatorOf);
  const ast::Expr *parsePrefix(Function op, Rule operand);
  const ast::Expr *comparisonChains(const ast::Chain &chain);
  bool nest(SourceRange range);

  /// Counts one level of nesting while it lives.
  struct Level {
    unsigned &depth;
    explicit Level(unsigned &depth) : depth(++depth) {}
    ~Level() { --depth; }
  };

  llvm::StringRef text;
  Lexer lexer;
  DiagnosticEngine &diags;
  ast::File *file = nullptr;
  Token token, previous;
  bool docTaken = false;
  unsigned depth = 0;
  SourceRange lastOperand; ///< the operand just parsed, for K017
  llvm::StringSet<> names;    ///< that were declared so far, or used as such
  llvm::StringSet<> misnamed; ///< reserved words that were declared (reported)
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_PARSERIMPL_H
