//===- FeatureFormula.h - vector formulas, one feature at a time ----------===//
//
// The body of a reduce or map speaks of feature vectors; ktile speaks of
// numbers. This class re-emits a body: every number of it once, and of a vector
// only the feature that is asked for, as a formula of the feature's number. A
// vector that several folds read is computed in each: features are cheap, and
// nothing of size D is ever kept.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TILE_FEATUREFORMULA_H
#define KDSLC_TILE_FEATUREFORMULA_H

#include "dialects/ktile/Ktile.h"
#include <functional>

namespace kdslc {

class FeatureFormula {
public:
  using Value = mlir::Value;
  /// Makes feature number `feature` of a leaf; null for leaves that are
  /// numbers.
  using Leaf = std::function<Value(mlir::OpBuilder &, Value feature)>;

  explicit FeatureFormula(mlir::OpBuilder &builder) : builder(builder) {}

  /// What a block argument stands for: an index, or a row that is read by
  /// features. A number is read once, where it is mapped.
  void mapIndex(Value argument, Value index) { numbers[argument] = index; }
  void mapRow(Value argument, const Leaf &leaf);

  /// Emits every number of the block, in order.
  void emitNumbers(mlir::Block &body);

  /// Emits one operation that makes a number, and returns the number.
  Value emitNumber(mlir::Operation &op);

  /// The number that `value` is, or feature `feature` of the vector that it is.
  Value at(Value value, Value feature);

private:
  /// Numbers known so far; features are memoised for one feature only.
  using Known = llvm::DenseMap<Value, Value>;

  Value number(Value value);
  Value feature(Value value, Value feature, Known &known);
  Value contract(mlir::Location loc, mlir::vector::CombiningKind kind,
                 int64_t size, Value init,
                 llvm::function_ref<Value(Value feature)> formula);
  Value sumOfProducts(mlir::Location loc, Value init, int64_t size,
                      llvm::function_ref<std::pair<Value, Value>(Value)> pair);
  Value innerProduct(kdsl::DotOp dot, Value init);
  Value constantIndex(mlir::Location loc, int64_t value);
  template <typename Op> Value arithmetic(Value a, int64_t b);
  Value concatFeature(kdsl::ConcatOp op, Value place, Known &known);
  Value eachFeature(kdsl::EachOp op, Value place);
  Value pickFeature(kdsl::PickOp op, Value place);
  Value productFeature(kdsl::MatMulOp op, Value place);
  Value lookupFeature(kdsl::LookupOp op, Value place);
  Value gatherFeature(kdsl::GatherOp op, Value place);
  Value placeOfBest(kdsl::PlaceOp op);
  Value wholeFeature(Value vector, Value place);

  mlir::OpBuilder &builder;
  /// Nothing is fused: what is emitted twice gives the same bits twice.
  bool exact = false;
  Known numbers;
  llvm::DenseMap<Value, Leaf> leaves;
};

} // namespace kdslc

#endif // KDSLC_TILE_FEATUREFORMULA_H
