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

#include "compiler/targets/nvptx/SplitRow.h"
#include "compiler/targets/nvptx/TensorSteps.h"

namespace kdslc::nvptx {

class TensorProducts : TensorSteps {
public:
  using TensorSteps::Load, TensorSteps::Value;

  /// What they need of a block's shared memory.
  /// \param window  rows j whose weights are collected where products were; 0: none.
  static int64_t sharedBytes(int64_t features, int64_t parts,
                             const kdsl::Schedule &schedule, int64_t window);
  /// What a thread keeps of rows i.
  static int64_t registersOfRows(int64_t features, int64_t parts);
  /// The rows j of a group, for which the registers of a thread suffice beside
  /// `states` numbers of states: the more at once, the better they hide how
  /// long a product takes. 0: not even for 8.
  static int64_t groupFor(int64_t features, int64_t parts, int64_t states);

  /// \param window  as for `sharedBytes`.
  /// \param thread  the thread's number in the block, an i64.
  /// \param shared  16-byte aligned.
  TensorProducts(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory,
                 int64_t features, Factors factors,
                 const kdsl::Schedule &schedule, int64_t window, Value thread,
                 Value shared);

  /// Takes the rows i into registers. Rows are numbered in the tile.
  void loadTile(Load load);
  /// Splits rows j into shared memory: those numbered 0 .. count - 1. Between
  /// two barriers of the block.
  void stage(Value count, Load load);
  /// Behind the second one: what these rows are.
  void finishStage();
  /// The products of the thread's own row with the group of staged rows from
  /// `first`. `tile` and `swept` load as above. They come by the thread's row of
  /// `rowsOfThreads`, from `column` on, a multiple of the group, which is free again.
  llvm::SmallVector<Value> multiplyGroup(Value first, Value column, Load tile,
                                         Load swept);
  const ThreadRows &rowsOfThreads() const { return products; }

private:
  /// What a lane has of rows in a step: the same features of all of them in
  /// turn.
  struct Parts {
    llvm::SmallVector<Value, 4> big, small;
  };
  Sums addUp(const Sums &sum, const Sums &terms,
             llvm::ArrayRef<Value> scales);
  Parts loadStaged(Value first, int64_t column, int64_t step);
  llvm::SmallVector<Value> loadScales(Value first, int64_t column);
  void multiplySplit(Value first, int64_t column);
  void storeProducts(llvm::ArrayRef<Value> sums, int64_t part, int64_t column);
  Value hasTinyProduct(Value first);
  void multiplyPlainly(Value first, Load tile, Load swept);
  llvm::SmallVector<Value> takeOwn();
  Value isSet(Value flags, int64_t bit);

  int64_t rows;           ///< j that are staged
  int64_t chainSteps;     ///< of a chain
  int64_t group;          ///< rows j of one
  int64_t parts;          ///< of a number
  int64_t rowNumbers;     ///< from one staged row to the next
  ThreadRows products;
  Value staged, scales, flags;
  Value firstColumn;      ///< of the group at hand

  /// [part of rows][step]: rows g and g + 8 at the first two features of the
  /// lane, then at the other two.
  std::vector<std::vector<Parts>> tileRows;
  Value ownScale;              ///< of the thread's row
  Value tileIsOut, tileIsTiny; ///< RowSplitter's, of the rows of this lane
  Value anyIsOut, anyIsTiny;   ///< of the warp's and the staged rows
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_TENSORPRODUCTS_H
