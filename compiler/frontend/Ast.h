//===- Ast.h - what the user wrote ----------------------------------------===//
//
// The syntax tree of one file: made by the parser, read by the checker, never
// changed. Names are views of the source buffer. Nodes are owned by the File,
// flat, so that no destructor recurses; a chain `a + b + c` of operators of
// one precedence is one node, so that no walker recurses over its terms.
// Operators are named by their row of Builtins.def.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_AST_H
#define KDSLC_FRONTEND_AST_H

#include "compiler/frontend/Checked.h"
#include "llvm/Support/Casting.h"
#include <memory>
#include <vector>

namespace kdslc::ast {

struct Identifier {
  llvm::StringRef name;
  SourceRange range;
};

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

struct Expr {
  enum Kind {
    Number,
    Bool,
    Name,
    Unary,
    Chain,
    Subscript,
    Concat,
    Call,
    Reduce
  };
  const Kind kind;
  SourceRange range;

  virtual ~Expr() = default;

protected:
  explicit Expr(Kind kind) : kind(kind) {}
};

/// Gives a node its kind and LLVM's casts.
template <Expr::Kind K> struct ExprOf : Expr {
  ExprOf() : Expr(K) {}
  static bool classof(const Expr *e) { return e->kind == K; }
};

struct Number : ExprOf<Expr::Number> {
  bool isInteger = true;
  int64_t integer = 0;
  double real = 0;
};

struct Bool : ExprOf<Expr::Bool> {
  bool value = false;
};

struct Name : ExprOf<Expr::Name> {
  llvm::StringRef name;
};

/// `-x`, `not x`.
struct Unary : ExprOf<Expr::Unary> {
  Function op{};
  const Expr *operand = nullptr;
};

/// `first op operand op operand ..`, from left to right. A comparison and a
/// power have one link.
struct Chain : ExprOf<Expr::Chain> {
  struct Link {
    Function op;
    SourceRange opRange;
    const Expr *operand;
  };
  const Expr *first = nullptr;
  std::vector<Link> links;
};

/// `base[a, b:c]`: rows or features, the checker knows which. Of `j in R[i]` the
/// base is R, and the subscripts are i and j.
struct Subscript : ExprOf<Expr::Subscript> {
  struct Sub {
    const Expr *first = nullptr;
    const Expr *last = nullptr; ///< of `first:last`, or none
  };
  const Expr *base = nullptr;
  std::vector<Sub> subs;
  const Expr *member = nullptr; ///< the `j` of `j in R[i]`, or none
};

/// `[a, b, ..]`.
struct Concat : ExprOf<Expr::Concat> {
  std::vector<const Expr *> elements;
};

/// `callee(args)`: a built-in function, a kernel, an element type or `grad`.
struct Call : ExprOf<Expr::Call> {
  Identifier callee;
  std::vector<const Expr *> args;
};

/// `op[indices where predicate](args)`.
struct Reduce : ExprOf<Expr::Reduce> {
  struct Index {
    Identifier name;
    Identifier in;                ///< the axis or the ranges; empty if absent
    std::vector<Identifier> rows; ///< of `in R[i]` and `in R[i, j]`
  };
  Identifier op;
  std::vector<Index> indices;
  const Expr *where = nullptr;
  std::vector<const Expr *> args;
};

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

/// `real[D, 3]`.
struct Type {
  llvm::StringRef elem; ///< empty: an untyped kernel parameter
  std::vector<const Expr *> dims;
  SourceRange range;
};

/// A parameter of a program or a kernel, or an output.
struct Param {
  Identifier name;
  std::string doc;
  std::vector<Identifier> rows;
  Type type;
  bool isRanges = false;
};

/// `a[i, j] = value`, `let K[i, j] = value`.
struct Statement {
  bool isLet = false;
  Identifier name;
  std::vector<Identifier> indices;
  const Expr *value = nullptr; ///< none: its error is reported already
  SourceRange range;
};

struct Item {
  enum Kind {
    Import,
    Const,
    Kernel,
    Program,
    Derive,
    Specialize,
    Schedule,
    Test
  };
  const Kind kind;
  Identifier name; ///< what it declares, or the program that it concerns
  std::string doc;
  SourceRange range;

  virtual ~Item() = default;

protected:
  explicit Item(Kind kind) : kind(kind) {}
};

template <Item::Kind K> struct ItemOf : Item {
  ItemOf() : Item(K) {}
  static bool classof(const Item *item) { return item->kind == K; }
};

struct Import : ItemOf<Item::Import> {
  llvm::StringRef path; ///< without quotes; `name` holds its range
};

struct Const : ItemOf<Item::Const> {
  const Expr *value = nullptr;
};

struct Kernel : ItemOf<Item::Kernel> {
  std::vector<Param> params;
  std::vector<Statement> lets;
  const Expr *result = nullptr;
};

struct Program : ItemOf<Item::Program> {
  std::vector<Param> inputs, outputs;
  std::vector<Statement> statements; ///< without a value: not understood
  bool isWhole = true;               ///< all were understood
};

/// `derive name = mode(program, inputs)`.
struct Derive : ItemOf<Item::Derive> {
  Identifier mode, program;
  std::vector<Identifier> inputs;
};

/// `key = value, value`.
struct Setting {
  Identifier key;
  std::vector<Identifier> values; ///< as written
};

struct Specialize : ItemOf<Item::Specialize> {
  std::vector<Setting> settings;
};

struct Schedule : ItemOf<Item::Schedule> {
  Identifier target; ///< of `for target`, quotes included; empty if absent
  std::vector<Setting> settings;
};

struct Test : ItemOf<Item::Test> {
  struct Given {
    Identifier name;
    const Expr *value = nullptr;
  };
  struct Expect {
    Identifier name; ///< empty for `expect error`
    const Expr *value = nullptr;
    const Expr *within = nullptr;
    llvm::StringRef error;
    SourceRange range;
  };
  struct Bind {
    Identifier name;
    int64_t value = 0;
  };
  std::vector<Given> givens;
  std::vector<Expect> expects;
  std::vector<Bind> random;
};

/// A parsed file.
struct File {
  std::vector<std::unique_ptr<Item>> items; ///< in the order of the source
  std::vector<std::unique_ptr<Expr>> exprs; ///< owns every expression
  /// False if something is missing but statements of programs and kernels: what
  /// is there cannot be checked without it.
  bool isWhole = true;

  template <typename T> T *make(SourceRange range) {
    auto node = std::make_unique<T>();
    node->range = range;
    T *raw = node.get();
    exprs.push_back(std::move(node));
    return raw;
  }
};

/// Prints the tree, one node a line, for `--emit=ast`.
void print(const File &file, llvm::raw_ostream &os);

} // namespace kdslc::ast

#endif // KDSLC_FRONTEND_AST_H
