//===- ProgramWriter.h - a program of the dialect as source ---------------===//
//
// Rows are written where they are first asked for, from the outputs back: a
// reduce or a map of the dialect is a `let`, or the output itself.
//
//   PrintSource.cpp     the program, names, and the formulas of rows
//   ReduceWriter.cpp    reductions, and what they have found
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_SOURCE_PROGRAMWRITER_H
#define KDSLC_PLAN_SOURCE_PROGRAMWRITER_H

#include "compiler/plan/derive/Found.h"
#include "compiler/plan/source/FormulaWriter.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>

namespace kdslc {

using Names = llvm::SmallVector<std::string>;

/// The right side of a statement, and the indices of its left side.
struct Definition {
  Names indices;
  std::string words;
  /// The indices that it depends on, a bit for each; and those that it has as
  /// numbers only, which have no axis where nothing else gives them one.
  uint64_t subscripts = 0, numbers = 0;
};
/// Rows that have a name: its subscripts are these axes. An index of a `let`
/// has its axis from what it subscripts; rows that know one as a number only
/// have no name, and are written again wherever they are read.
struct NamedRows {
  std::string name;
  llvm::SmallVector<int64_t> axes;
  uint64_t numbers = 0; ///< axes that are numbers only
};

class ProgramWriter : public SourceLines {
public:
  explicit ProgramWriter(kdsl::ProgramOp program)
      : program(program), parameters(*this, nullptr, {}) {}

  llvm::Expected<std::string> run(llvm::StringRef doc);

  std::string let(llvm::ArrayRef<std::string> indices,
                  llvm::StringRef words) override;
  std::string membership(kdsl::ContainsOp op, llvm::StringRef kept,
                         llvm::StringRef reduced,
                         llvm::StringRef number) override;
  void fail(mlir::Operation *op) override {
    if (reason.empty())
      reason = "'" + op->getName().getStringRef().str() +
               "' has no form in the language";
  }

private:
  struct Statement {
    std::string let; ///< the name it defines, empty for an output
    std::string line;
  };
  /// The formula of a map or a reduce, with its row operands written.
  struct Body {
    PairView view;
    Names indices;
    FormulaWriter formula;
  };
  /// What a reduce takes of each pair, all of its nested lists together.
  struct Pairs {
    Names over;
    std::string value, mask;
    uint64_t subscripts = 0, numbers = 0; ///< as of Words
    std::string in; ///< ranges or axis of the last index; empty: others tell
  };

  std::string fresh(const std::string &name);
  Names indexNames(const PairView &view);
  std::string left(llvm::StringRef name, llvm::ArrayRef<std::string> indices);
  const NamedRows &named(mlir::Value rows);
  Words at(mlir::Value rows, llvm::ArrayRef<int64_t> place,
           llvm::ArrayRef<std::string> indices);
  Body bodyAt(mlir::Operation *op, llvm::ArrayRef<std::string> kept,
              llvm::ArrayRef<std::string> others);
  Body &bodyOf(mlir::Operation *op);
  void readRows(Body &body);
  Definition define(mlir::OpResult result);
  Definition define(mlir::OpResult result, Body &body);
  Definition defineReduce(kdsl::ReduceOp reduce, unsigned result, Body &body);
  Definition defineFound(Found &found);
  std::string setOf(mlir::Value ranges, llvm::StringRef kept,
                    llvm::StringRef reduced, bool isOfKept = false);
  Pairs pairsOf(Body &body, kdsl::ReduceOp reduce, unsigned state,
                unsigned operand);
  static kdsl::ReduceOp innerOf(kdsl::ReduceOp reduce, unsigned state,
                                const PairView &view, unsigned &row);
  Pairs allPairsOf(Body &body, kdsl::ReduceOp reduce, unsigned state);
  std::string signature();
  std::string statements();
  std::string schedules();

  kdsl::ProgramOp program;
  FormulaWriter parameters;
  llvm::StringSet<> taken, ofIndices; ///< names
  llvm::DenseMap<mlir::Value, NamedRows> rowNames;
  std::map<mlir::Operation *, std::unique_ptr<Body>> bodies;
  std::vector<Statement> lines;
  std::string reason;
  unsigned lets = 0;
};

} // namespace kdslc

#endif // KDSLC_PLAN_SOURCE_PROGRAMWRITER_H
