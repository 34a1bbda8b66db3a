//===- FormulaWriter.h - the operations of one formula as source ----------===//
//
// What is used more than once, or is long, becomes a `let` over the indices
// that it depends on: the checker expands it again, and makes one node of
// equal ones.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_SOURCE_FORMULAWRITER_H
#define KDSLC_PLAN_SOURCE_FORMULAWRITER_H

#include "compiler/plan/source/Words.h"
#include "dialects/kdsl/Kdsl.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

namespace kdslc {

/// The program that is being written.
class SourceLines {
public:
  virtual ~SourceLines() = default;
  /// Writes `let NAME[indices] = words` and gives NAME.
  virtual std::string let(llvm::ArrayRef<std::string> indices,
                          llvm::StringRef words) = 0;
  /// Whether a set of pairs holds the pair of two indices, of which one may be
  /// empty: the row with that number.
  virtual std::string membership(kdsl::ContainsOp op, llvm::StringRef kept,
                                 llvm::StringRef reduced,
                                 llvm::StringRef number) = 0;
  /// Something has no form in the language; the first reason stays.
  virtual void fail(mlir::Operation *op) = 0;
};

class FormulaWriter {
public:
  /// \param outer  of the values of parameters alone; null: this is it.
  FormulaWriter(SourceLines &lines, FormulaWriter *outer,
                llvm::ArrayRef<std::string> indices)
      : lines(lines), outer(outer),
        indices(indices.begin(), indices.end()) {}

  void set(mlir::Value value, Words words) { known[value] = std::move(words); }
  bool knows(mlir::Value value) const { return known.count(value); }
  /// What a value is; its operations are written first.
  const Words &of(mlir::Value value);
  /// The same, of the value's own type wherever it stands.
  Words typed(mlir::Value value);
  llvm::StringRef index(unsigned position) const { return indices[position]; }

private:
  Words write(mlir::Operation *op);
  Words ofConstant(mlir::Operation *op, mlir::Attribute value);
  Words ofTable(llvm::ArrayRef<std::string> numbers, mlir::Operation *op);
  Words ofArithmetic(mlir::Operation *op);
  Words ofFeatures(mlir::Operation *op);
  Words ofComparison(mlir::Operation *op);
  Words ofSelect(mlir::Operation *op);
  Words ofConversion(mlir::Operation *op);
  Words ofReduction(mlir::Operation *op);
  Words ofPick(kdsl::PickOp op);
  Words ofShape(mlir::Operation *op);
  std::optional<Words> ofIntegers(mlir::Operation *op);

  static bool allSpread(mlir::Operation *op,
                        llvm::ArrayRef<const Words *> operands);
  Words binary(mlir::Operation *op, llvm::StringRef sign, Binding binding);
  Words call(mlir::Operation *op, llvm::StringRef function);
  /// Words of features in place of one number for all.
  Words materialized(const Words &words, mlir::Type type);
  /// A name for an operand, by a `let` if it has none.
  Words named(mlir::Value value);
  Words asLet(const Words &words);
  std::string ones(int64_t count, mlir::Type element);
  /// Linear algebra is of reals: others are 0 and 1, or whole numbers that f64
  /// holds.
  static mlir::Type realOf(mlir::Type element);
  /// Features as such reals, and back.
  std::string asReals(const Words &words, mlir::Type element);
  std::string ofReals(const std::string &reals, mlir::Type element);

  SourceLines &lines;
  FormulaWriter *outer;
  llvm::SmallVector<std::string> indices;
  llvm::DenseMap<mlir::Value, Words> known;
};

} // namespace kdslc

#endif // KDSLC_PLAN_SOURCE_FORMULAWRITER_H
