//===- CheckState.h - what the checker knows while it checks --------------===//

#ifndef KDSLC_FRONTEND_CHECKSTATE_H
#define KDSLC_FRONTEND_CHECKSTATE_H

#include "compiler/frontend/Ast.h"
#include "compiler/frontend/Value.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <map>
#include <optional>

namespace kdslc {

/// How the types of a function's arguments meet (Builtins.def).
enum class Rule {
  Arithmetic,
  Real,
  Integer,
  Power,
  Compare,
  Logic,
  Select,
  VectorPair,
  VectorNumber,
  VectorVector,
  FeatureFold,
  FeatureMean,
  FeatureIndex,
  FeatureLogic,
  MatMul,
  Outer,
  Transpose,
  Trace,
  Kron,
  OneHot,
  Zeros,
  Partial,
  PartialTrace,
  PartialTwice,
  Lookup,
};
Rule ruleOf(Function function);
/// Keeps K values, or their rows; gives rows, or values at rows.
bool isCounted(Reduction op);
bool isArg(Reduction op);
/// Whether a function of this name can be called.
bool isBuiltinFunction(llvm::StringRef name);

/// What values meet in, for messages: a function, or something that is called.
struct Meeting {
  Meeting(Function function) : function(function) {}
  Meeting(llvm::StringRef who) : function(Function::Add), who(who) {}
  /// "cannot add f32 and f64", "'min' cannot combine f32 and f64".
  std::string cannot(const std::string &what) const;

  Function function;
  llvm::StringRef who; ///< "[..]", "softmax_sum"; empty: the function
};

/// A row index that is in scope: kept on a left side, bound by a reduction, or
/// a parameter of a let.
struct BoundIndex {
  llvm::StringRef name;
  std::optional<IndexId> id; ///< none: nothing tells its axis (reported)
  std::string role;          ///< "the row of 'a'", "reduced by 'sum'"
  std::string origin;        ///< "'a'": what gave it the axis
  SourceRange originRange;
  bool used = false;
  bool poisoned = false; ///< why it has no axis is reported
};

/// The names that an expression sees besides those of its program and file.
struct Scope {
  llvm::StringMap<Value> values; ///< parameters and lets of a kernel
  llvm::SmallVector<BoundIndex, 4> indices;
};

/// A `let` of a program.
struct LetState {
  const ast::Statement *statement = nullptr;
  llvm::SmallVector<AxisId, 2> axes; ///< of its parameters
  bool valid = false;
  bool used = false;
  bool isOpen = false; ///< its own definition is being checked
  /// Expansions by arguments and by the indices that are active around it.
  struct Expansion {
    Value value;
    bool needsBatch = false; ///< it is right if an index is a batch
  };
  std::map<std::vector<IndexId>, Expansion> expansions;
};

/// What `specialize` lists for a program, less what -D and `const` fix.
struct Specialization {
  struct Size {
    llvm::StringRef name;
    std::vector<int64_t> values;
  };
  std::vector<Size> sizes;
  std::vector<Elem> reals; ///< empty: the file's
};

/// The program that is being checked.
struct ProgramState {
  explicit ProgramState(const ast::Program &ast) : ast(ast) {}

  const ast::Program &ast;
  CheckedProgram checked;
  llvm::StringMap<int64_t> chosen; ///< of `specialize`, for this body
  llvm::StringMap<int64_t> sizes;  ///< feature sizes; 0: not fixed (reported)
  llvm::StringMap<AxisId> axes;
  llvm::StringMap<unsigned> inputs, outputs;
  llvm::StringMap<LetState> lets;
  std::vector<bool> inputUsed;
  std::vector<SourceRange> assigned; ///< first assignment of each output
  std::map<std::tuple<std::string, AxisId, bool, unsigned>, IndexId> indexIds;
  /// Names of the feature sizes of inputs and outputs.
  std::vector<llvm::SmallVector<llvm::StringRef, 2>> inputSizes;
  std::vector<llvm::SmallVector<llvm::StringRef, 2>> outputSizes;
  llvm::StringMap<SourceRange> sizeRanges;   ///< first use of each size name
  std::vector<bool> inputValid, outputValid; ///< their types are known
  bool saysReal = false;                     ///< an input or output is `real`
  /// Names that a wrong statement meant to define (reported).
  llvm::StringSet<> poisoned;
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_CHECKSTATE_H
