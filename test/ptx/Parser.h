//===- Parser.h - from text to decoded kernels ----------------------------===//

#ifndef KDSLC_TEST_PTX_PARSER_H
#define KDSLC_TEST_PTX_PARSER_H

#include "test/ptx/Forms.h"
#include "test/ptx/Instruction.h"
#include "test/ptx/Lexer.h"
#include <map>

namespace kdslc::ptx {

/// A place in the tokens; keeps the first error.
class Cursor {
public:
  Cursor(const std::vector<Token> &tokens, std::string &error)
      : tokens(tokens), error(error) {}

  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(at + ahead, tokens.size() - 1)];
  }
  const Token &take() {
    const Token &token = peek();
    if (at + 1 < tokens.size())
      ++at;
    return token;
  }
  bool accept(char c) { return peek().is(c) && (take(), true); }
  bool acceptDirective(std::string_view name) {
    return peek().isDirective(name) && (take(), true);
  }
  bool expect(char c);
  bool expectName(std::string &name);
  /// A literal that is not negative.
  bool expectInteger(uint64_t &value);
  /// "line N: ..." with the line of the current token. Always false.
  bool fail(const std::string &what) { return failAt(peek().line, what); }
  bool failAt(uint32_t line, const std::string &what);
  /// "... expected `what`, found ...".
  bool failExpected(const std::string &what);
  void skipLine();
  bool skipPast(char end);

private:
  const std::vector<Token> &tokens;
  std::string &error;
  size_t at = 0;
};

/// What a variable's declaration says.
struct Declaration {
  std::string name;
  uint64_t align = 1;
  uint64_t bytes = 0;
  bool isUnsized = false; ///< name[]
  std::vector<std::byte> initial;
};

/// Reads ".align 4 .b8 name[12] = {...}" up to but without the semicolon.
bool parseDeclaration(Cursor &cursor, Declaration &declaration);
/// Reads a ".param" of a kernel without the comma behind it.
bool parseParameter(Cursor &cursor, Declaration &declaration);

inline uint64_t alignTo(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

/// Shared variables of the module, placed in the kernels that name them.
struct SharedDeclaration {
  Declaration declaration;
  bool isExtern;
};

struct Symbols {
  struct Address {
    Space space;
    uint64_t value;
  };
  std::map<std::string, Address, std::less<>> addresses; ///< global and const
  std::map<std::string, SharedDeclaration, std::less<>> shared;
};

/// Parses the body of a kernel whose parameters are declared already.
class KernelParser {
public:
  KernelParser(Cursor &cursor, const Symbols &symbols, Kernel &kernel);

  /// From '{' to the '}' that matches.
  bool parseBody();

private:
  struct Register {
    Slot slot;
    uint8_t bytes; ///< 0: a predicate
  };
  struct Scope {
    std::unordered_map<std::string, Register> registers; ///< often thousands
    std::map<std::string, Symbols::Address, std::less<>> variables;
    std::map<std::string, uint32_t, std::less<>> labels;
    struct Use {
      uint32_t instruction;
      std::string label;
    };
    std::vector<Use> uses;
  };

  // KernelParser.cpp: statements and declarations.
  bool parseStatement();
  bool parseDirective();
  bool parsePragma();
  bool parseRegisters();
  bool parseLocal();
  bool parseShared();
  bool parseLabel();
  bool closeScope();
  bool declareRegister(const std::string &name, uint8_t bytes);
  bool declareVariable(const std::string &name, Space space, uint64_t address);
  Symbols::Address placeShared(const Declaration &declaration, bool isExtern);
  Slot newSlot(uint8_t bytes);
  Slot constantSlot(uint8_t bytes, uint64_t value);
  Slot specialSlot(SpecialRegister which);
  Slot sinkSlot(uint8_t bytes);
  const Register *findRegister(std::string_view name) const;
  std::optional<Symbols::Address> findVariable(std::string_view name);

  // Operands.cpp: instructions.
  bool parseInstruction();
  bool parseGuard(Instruction &in);
  const Form *findForm(const Token &mnemonic);
  bool parseOperand(const OperandForm &operand, Instruction &in);
  bool parseDestination(const OperandForm &operand, Instruction &in);
  bool parsePredicatePair(Instruction &in);
  bool parseOptionalPredicate(Instruction &in);
  bool parseSource(const OperandForm &operand, Instruction &in);
  bool parseNegatedPredicate(Instruction &in);
  bool parseNumber(Type type, uint8_t bytes, Slot &slot);
  bool parseSymbol(Type type, Slot &slot);
  bool parseAddress(Instruction &in);
  bool parseOffset(Instruction &in);
  bool parseVector(const OperandForm &operand, Instruction &in);
  bool checkSpace(const Token &name, Space space);
  bool parseLabelUse();
  bool checkWidth(const Token &name, const OperandForm &operand, uint8_t bytes);
  bool finishInstruction(const Form &form, Instruction &in);
  uint8_t widthInVector(const OperandForm &operand) const;

  Cursor &cursor;
  const Symbols &symbols;
  Kernel &kernel;
  std::vector<Scope> scopes;
  uint32_t usedBytes = ~0u; ///< what a pragma says about the next load
  std::map<std::pair<uint8_t, uint64_t>, Slot> constants;
  std::map<SpecialRegister, Slot> specials;
  std::map<uint8_t, Slot> sinks;
};

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_PARSER_H
