//===- Formula.h - derivatives of the operations of one formula -----------===//
//
// A formula is a list of operations in order: the body of a pair, or what a
// program computes of its parameters. Both directions walk it once and add
// operations at the builder, a constant number for each.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_DERIVE_FORMULA_H
#define KDSLC_PLAN_DERIVE_FORMULA_H

#include "compiler/plan/derive/Calculator.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace kdslc {

/// Values that depend on what is differentiated in. Starts with leaves; `grow`
/// adds what is computed of them.
using Varied = llvm::DenseSet<mlir::Value>;
void grow(Varied &varied, llvm::ArrayRef<mlir::Operation *> ops);

/// What a value is computed of, in order, up to what is known: parameters first,
/// they stand outside.
llvm::SmallVector<mlir::Operation *>
formulaOf(mlir::Value value,
          llvm::function_ref<bool(mlir::Value)> isKnown = nullptr);

/// Whether a value can have a derivative: a real number or vector.
bool isReal(mlir::Value value);

/// Forward: from changes of the leaves to those of every value.
class Tangents {
public:
  explicit Tangents(mlir::OpBuilder &builder) : builder(builder) {}

  void set(mlir::Value value, mlir::Value tangent) { known[value] = tangent; }
  /// Null: the value does not change.
  mlir::Value of(mlir::Value value) const { return known.lookup(value); }
  void propagate(llvm::ArrayRef<mlir::Operation *> ops);
  /// An operation without a rule was met, and reported.
  bool hasFailed() const { return failed; }

private:
  mlir::Value through(mlir::Operation *op);
  mlir::Value throughEach(kdsl::EachOp op);

  mlir::OpBuilder &builder;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
  bool failed = false;
};

/// Backward: from cotangents of results to those of every varied value.
class Cotangents {
public:
  Cotangents(mlir::OpBuilder &builder, const Varied &varied)
      : builder(builder), varied(varied) {}

  /// \param active where the value takes part at all; null: everywhere. Factors
  ///               are not looked at elsewhere, for they may be NaN there.
  void add(mlir::Value value, mlir::Value cotangent, mlir::Value active = {});
  /// Null: nothing depends on the value.
  mlir::Value of(mlir::Value value);
  /// \param ops in their own order.
  void propagate(llvm::ArrayRef<mlir::Operation *> ops);
  bool hasFailed() const { return failed; }

private:
  struct Entry {
    mlir::Value sum;
    /// Cotangents of single features, gathered until all are known.
    llvm::SmallVector<mlir::Value> features;
    mlir::Value active;
    bool seen = false;
  };
  void through(mlir::Operation *op);
  bool throughChoice(mlir::Operation *op, mlir::Value y, mlir::Value active);
  bool throughFeatures(mlir::Operation *op, mlir::Value y, mlir::Value active);
  void addFeature(mlir::Value vector, int64_t at, mlir::Value cotangent,
                  mlir::Value active);
  void note(Entry &entry, mlir::Value value, mlir::Value active);

  mlir::OpBuilder &builder;
  const Varied &varied;
  llvm::DenseMap<mlir::Value, Entry> entries;
  bool failed = false;
};

} // namespace kdslc

#endif // KDSLC_PLAN_DERIVE_FORMULA_H
