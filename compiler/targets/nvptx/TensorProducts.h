//===- TensorProducts.h - inner products by tensor cores ------------------===//
//
// The inner products of the rows i of a block with a group of rows j: a warp
// multiplies its 32 rows by 8 rows j at a time, and leaves the products in
// shared memory, where each thread takes up those of its own row. So all that
// follows has one row i in each thread, as everywhere.
//
// A tensor core multiplies numbers of 16 bits. A number of f32 is two of them
// (SplitRow.h); three of their four products are summed. In units of
// u sum |x y|, what is lost is at most
//
//   4          bits of `small` below its 11, of both numbers
//   4          small * small
//   1          what sums of big * small lose, and tiny numbers
//   11 L/8 - 1 sums of L products big * big in a chain: each step takes eight
//              products, cuts every number at 2^-24 of the largest, and its sum
//              at 2^-23
//   D/L        the ordinary additions of chains and of the small products
//
// where the promise is D. Rows with infinity or NaN, or of no moderate size, are
// multiplied by threads as they would be without tensor cores; and where rows
// hold tiny numbers, so are groups that have a product as small as those.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_TENSORPRODUCTS_H
#define KDSLC_TARGETS_NVPTX_TENSORPRODUCTS_H

#include "compiler/targets/emit/Memory.h"
#include "compiler/targets/nvptx/SplitRow.h"

namespace kdslc::nvptx {

class TensorProducts {
public:
  using Value = mlir::Value;
  /// Feature (i64) of a row (i64).
  using Load = llvm::function_ref<Value(Value row, Value feature)>;

  /// What they need of a block's shared memory, for `rows` staged rows j.
  static int64_t sharedBytes(int64_t features, int64_t parts, int64_t threads,
                             int64_t group, int64_t rows);
  /// The rows j of a group, for which the registers of a thread suffice beside
  /// `states` numbers of states: the more at once, the better they hide how
  /// long a product takes. 0: not even for 8.
  static int64_t groupFor(int64_t features, int64_t parts, int64_t states);

  /// \param thread  the thread's number in the block, an i64.
  /// \param shared  16-byte aligned.
  TensorProducts(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory,
                 int64_t features, Factors factors, kdsl::ScheduleAttr schedule,
                 Value thread, Value shared);

  /// Takes the rows i into registers. Rows are numbered in the tile.
  void loadTile(Load load);
  /// Splits rows j into shared memory: those numbered 0 .. count - 1. Between
  /// two barriers of the block.
  void stage(Value count, Load load);
  /// Behind the second one: what these rows are.
  void finishStage();
  /// The products of the thread's own row with the group of staged rows from
  /// `first`. `tile` and `swept` load as above.
  llvm::SmallVector<Value> multiplyGroup(Value first, Load tile, Load swept);

private:
  /// What a lane has of rows in a step: the same features of all of them in
  /// turn.
  struct Parts {
    llvm::SmallVector<Value, 4> big, small;
  };
  /// What it has of 16 x 8 sums of products.
  using Sums = llvm::SmallVector<Value, 4>;

  Value loadWithin(Load load, Value row, Value feature, int64_t most);
  Sums multiply(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> b, Sums sums);
  Sums addUp(const Sums &sum, const Sums &terms,
             llvm::ArrayRef<Value> scales);
  Parts loadStaged(Value first, int64_t column, int64_t step);
  llvm::SmallVector<Value> loadScales(Value first, int64_t column);
  void multiplySplit(Value first, int64_t column);
  void storeProducts(llvm::ArrayRef<Value> sums, int64_t part, int64_t column);
  Value hasTinyProduct(Value first);
  void multiplyPlainly(Value first, Load tile, Load swept);
  llvm::SmallVector<Value> takeOwn();
  Sums noSums();

  Value number(int64_t n) { return memory.constant(n); }
  Value word(int64_t n);
  Value add(Value a, Value b);
  Value times(Value a, int64_t b);
  Value least(Value a, Value b);
  Value real(float x);
  Value rest(Value a, int64_t b);
  Value isLess(Value a, Value b);
  Value isSet(Value flags, int64_t bit);
  Value anyOfWarp(Value condition);
  Value loadNumbers(Value at, int64_t count);
  /// Number `index` + `more` of an array of 32-bit numbers.
  Value place(Value array, Value index, int64_t more = 0);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  Memory &memory;
  int64_t features;
  Factors factors;
  int64_t threads;
  int64_t rows;           ///< j that are staged
  int64_t steps;          ///< of 16 features
  int64_t chainSteps;     ///< of a chain
  int64_t group;          ///< rows j of one
  int64_t parts;          ///< of a number
  int64_t rowNumbers;     ///< from one staged row to the next
  int64_t productNumbers; ///< from the products of one row i to the next
  Value thread, staged, scales, products, flags;
  Value warpRow;      ///< the first row of the warp in the tile
  Value quad, inQuad; ///< of the lane, 4 * quad + inQuad

  /// [part of rows][step]: rows g and g + 8 at the first two features of the
  /// lane, then at the other two.
  std::vector<std::vector<Parts>> tileRows;
  Value ownScale;              ///< of the thread's row
  Value tileIsOut, tileIsTiny; ///< RowSplitter's, of the rows of this lane
  Value anyIsOut, anyIsTiny;   ///< of the warp's and the staged rows
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_TENSORPRODUCTS_H
