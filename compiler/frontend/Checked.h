//===- Checked.h - a program after checking -------------------------------===//
//
// What the checker leaves of a program: every name resolved, kernels and lets
// expanded, every expression with its element type, its shape and the row
// indices that it depends on. The AST is what the user wrote; this is what it
// means. It feeds two readers that share nothing else: EmitKdsl (the compiler)
// and the reference interpreter (the oracle).
//
// Expressions form a DAG owned by the CheckedFile: a node may have several
// users, its address is its identity.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_CHECKED_H
#define KDSLC_FRONTEND_CHECKED_H

#include "compiler/Diagnostics.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kdslc {

/// Element types. f16 and bf16 are storage: a load of them is F32 at once.
enum class Elem { Bool, I32, I64, F16, BF16, F32, F64 };

/// "f32" for Elem::F32.
llvm::StringRef elemName(Elem elem);
inline bool isFloat(Elem elem) { return elem >= Elem::F16; }
inline bool isInteger(Elem elem) {
  return elem == Elem::I32 || elem == Elem::I64;
}

/// An element type and a feature shape: {} is a number, {n} a vector, {n, m} a
/// row-major matrix.
struct ValueType {
  Elem elem = Elem::F32;
  llvm::SmallVector<int64_t, 2> shape;

  bool isScalar() const { return shape.empty(); }
  int64_t count() const {
    int64_t n = 1;
    for (int64_t d : shape)
      n *= d;
    return n;
  }
  bool operator==(const ValueType &o) const {
    return elem == o.elem && shape == o.shape;
  }
};

using AxisId = unsigned;  ///< position in CheckedProgram::axes
using IndexId = unsigned; ///< position in CheckedProgram::indices

/// A size that the caller gives: of a row axis, or a feature size that
/// `specialize` lists, which must then be the one of this body.
struct Axis {
  std::string name;
  SourceRange range;
  int64_t fixed = -1; ///< the feature size; -1: a row axis
};

/// A row index: kept on the left of an assignment, or bound by a reduction.
struct RowIndex {
  std::string name;
  AxisId axis = 0;
  bool batch = false; ///< stands in a non-last place of a subscript list
};

/// Functions of values (Builtins.def has one row for each, with its rule).
enum class Function {
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC) ENUM,
#include "compiler/frontend/Builtins.def"
};
llvm::StringRef functionName(Function function);

/// Reductions over row indices (Builtins.def).
enum class Reduction {
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC) ENUM,
#include "compiler/frontend/Builtins.def"
};
llvm::StringRef reductionName(Reduction reduction);

enum class ExprKind {
  Number,   ///< a constant; `number` or, for integer types, `integer`
  Input,    ///< input `input` at rows `subscripts` (none for a parameter)
  Member,   ///< whether the set `input` holds the pair `subscripts`, a bool
  RowIndex, ///< the number of row `subscripts[0]`, an i64
  AxisSize, ///< the size of axis `axis`, an i64
  Apply,    ///< `function` of args; scalars among them meet vectors elementwise
  Extract,  ///< args[0] without its first dimension, at feature `begin`
  Slice,    ///< args[0] with features begin..end of its first dimension
  Concat,   ///< numbers and vectors one after another
  Convert,  ///< args[0] in the element type of this node
  Reduce,   ///< `reduction` over `subscripts` of args
};

struct Expr {
  ExprKind kind = ExprKind::Number;
  ValueType type;
  /// The free row indices, ascending.
  llvm::SmallVector<IndexId, 2> free;
  /// Those that every array of several rows below has before its last, ascending;
  /// nothing where no such array is read.
  std::optional<llvm::SmallVector<IndexId, 2>> leading;
  SourceRange range;
  /// Operands. Reduce: body first, then the weight or payload if there is one.
  std::vector<const Expr *> args;

  double number = 0;
  int64_t integer = 0;
  unsigned input = 0;
  llvm::SmallVector<IndexId, 2> subscripts;
  AxisId axis = 0;
  int64_t begin = 0, end = 0;
  Function function{};
  Reduction reduction{};
  const Expr *where = nullptr;   ///< Reduce: bool predicate, or none
  int64_t count = 0;             ///< Reduce: K of the k-reductions
  /// Reduce: the block-sparse set that the last index runs over, an Input at both
  /// indices of its pairs; or none.
  const Expr *ranges = nullptr;
};

struct Input {
  std::string name, doc;
  ValueType type;
  std::string written; ///< the type as it is written, "real[D + 1]"
  /// The sizes of the shape as they are written, "D + 1".
  llvm::SmallVector<std::string, 2> dims;
  llvm::SmallVector<AxisId, 2> axes; ///< empty: a parameter
  bool isRanges = false;             ///< a block-sparse `ranges[M, N]`
  SourceRange range;
};

struct Output {
  std::string name, doc;
  ValueType type;
  std::string written; ///< as of an input
  llvm::SmallVector<std::string, 2> dims; ///< as of an input
  llvm::SmallVector<AxisId, 2> axes;     ///< empty: one value
  llvm::SmallVector<IndexId, 2> indices; ///< the kept row indices, one an axis
  const Expr *value = nullptr;
  SourceRange range;
};

/// A `schedule` of a program.
struct CheckedSchedule {
  std::string target; ///< "x86-64-v4"; empty: all
  SourceRange range;  ///< of the target, or of the program's name
  struct Setting {
    std::string key;
    int64_t number = 0; ///< of the keys that have numbers
    std::string word;   ///< of the keys that have words
    SourceRange range;
  };
  std::vector<Setting> settings;
};

struct CheckedProgram;

/// `derive g = vjp(p, x)`: what a program is the derivative of.
struct Derivation {
  enum Mode { Grad, Vjp, Jvp };
  Mode mode = Grad;
  std::shared_ptr<const CheckedProgram> base;
  std::vector<unsigned> inputs; ///< of the base, as listed
};
/// "vjp"
llvm::StringRef modeName(Derivation::Mode mode);

/// A program, or one body of a program with `specialize`: there is one for
/// each combination of the listed values.
struct CheckedProgram {
  /// The C function: the declared name, with "_f32" or "_f64" behind it where
  /// `specialize` lists both. Bodies of one name stand together.
  std::string name;
  std::string declared; ///< the name in the source
  std::string doc;
  /// The statements as the user wrote them, one a line: the header quotes it.
  std::string source;
  /// The feature sizes that are fixed for all bodies, by name.
  std::vector<std::pair<std::string, int64_t>> sizes;
  std::vector<Axis> axes; ///< in order of first appearance: the C arguments
  std::vector<RowIndex> indices;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<CheckedSchedule> schedules; ///< in the order of the source
  SourceRange range;
  /// Set for a derived program, whose outputs have no `value`.
  std::optional<Derivation> derivation;

  /// A name for the body, "conv$D3"; "$" is in no name of the language.
  std::string symbol() const;
};

/// Data of a test, row-major; wide enough for every i64 and f64.
using TestNumbers = std::vector<long double>;

/// A `test` block.
struct CheckedTest {
  std::string program;        ///< the symbol of the body
  SourceRange range;          ///< the program's name in it
  bool isRandom = false;      ///< the inputs are drawn
  std::vector<int64_t> sizes; ///< one for each axis
  std::vector<TestNumbers> inputs; ///< one for each input; empty where drawn

  struct Expectation {
    unsigned output = 0;
    TestNumbers values;
    std::optional<double> within; ///< none: the reference's bound
    SourceRange range;
  };
  std::vector<Expectation> expectations;

  struct Failure {
    std::string text; ///< a part of the message
    SourceRange range;
  };
  std::vector<Failure> failures; ///< of `expect error`
  std::string leftOut; ///< "D = 2": it is for another size than is compiled
  /// Why the data do not fit the program, where that may be what is expected.
  std::string misfit;
};

struct CheckedFile {
  std::vector<CheckedProgram> programs;
  std::vector<CheckedTest> tests;
  std::deque<Expr> exprs; ///< owns every node; addresses are stable
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_CHECKED_H
