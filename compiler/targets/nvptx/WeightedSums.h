//===- WeightedSums.h - weighted values by tensor cores -------------------===//
//
// Sums over the rows j of a window of weight[i, j] * values[j, e], for the rows i
// of a block and all components e. Each thread leaves the weights of its own row in
// shared memory; then each warp multiplies the weights of its 32 rows by the values.
// It reads these where they are, or a block has split them before, in shared memory:
// [16 rows j][8 components][big, small][lane][4 rows j].
//
// A number of f32 is two of tf32, which has 11 bits, and the exponents of f32: `big`,
// rounded to nearest, and `small`, the rest. So no row or column needs a scale, and
// a value that is 0 for all but distant rows has its own precision. Three of the four
// products are summed. In units of u sum |w v|, what is lost is at most
//
//   4     bits of `small` below its 11, of both numbers
//   4     small * small
//   7 L/4 - 1  sums of L = 16 products big * big in a chain: each step takes four,
//         cuts every number at 2^-24 of the largest, and its sum at 2^-23
//
// and the ordinary additions of chains. These cannot be the worst all at once:
// sums of 16 to 1,024 products, of numbers from 1, from 0 to 1 and of all sizes, with
// the steps of the oldest GPU, lose 8.8 u at most of the 16 that are promised,
// where ordinary additions, which Sum.cpp tells, lose 8.5.
//
// Where a sum is not finite, threads add up the products one by one: infinity is no
// sum of two numbers.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_WEIGHTEDSUMS_H
#define KDSLC_TARGETS_NVPTX_WEIGHTEDSUMS_H

#include "compiler/targets/nvptx/TensorSteps.h"

namespace kdslc::nvptx {

class WeightedSums : TensorSteps {
public:
  using TensorSteps::Value;
  /// Rows j that two steps take, and those of a lane among them.
  static constexpr int64_t chainRows = 16, placeRows = 4;
  /// Component `component` of the values of row `row` of the window, an f32.
  using Load = llvm::function_ref<Value(Value row, Value component)>;
  /// A sum of row i `row` of the tile; what takes some of them.
  struct Sum {
    Value row, component, sum;
  };
  using Take = llvm::function_ref<void(llvm::ArrayRef<Sum> sums)>;

  /// The components, in tiles of 8: how many a lane adds up at once, beside `kept`
  /// registers that it has in use, and how often.
  struct Tiles {
    int64_t atOnce, batches;
    int64_t all() const { return atOnce * batches; }
  };
  static Tiles tilesOf(int64_t width, int64_t kept);

  /// Rows j whose sums are added up by ordinary additions before they are closed.
  static int64_t gatheredRows(int64_t window);
  /// What they need of a block's shared memory, for `window` rows j: for weights, and
  /// for values that stand there too.
  static int64_t weightBytes(int64_t threads, int64_t window);
  static int64_t valueBytes(Tiles tiles, bool halves, int64_t window);

  /// \param width   components of the values.
  /// \param halves  they hold numbers of 16 bits.
  /// \param thread  the thread's number in the block, an i64.
  /// \param weights room for those of a window; 16-byte aligned.
  /// \param values  the same for values; null: they are read where they are.
  WeightedSums(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory,
               int64_t width, bool halves, Tiles tiles,
               const kdsl::Schedule &schedule, Value thread,
               const ThreadRows &weights, Value values);

  /// Splits values of the rows j from `first` of the window on, `count` of them, into
  /// their room. Between two barriers of the block.
  /// \param load  numbers rows from these on.
  void stage(Value first, Value count, Load load);
  /// Leaves weights of the thread's row, of rows j from `first` of the window on.
  void leave(Value first, llvm::ArrayRef<Value> weights);
  /// Gives each weight that the thread's row has left for the rows j before `end`
  /// another value.
  void change(Value end, llvm::function_ref<Value(Value weight)> change);
  /// The sums over the first `count` rows j of the window. All threads of a warp
  /// take part, and have then seen what others took.
  void addUp(Value count, Load load, Take take);

private:
  /// Numbers of tf32 in an i32 each.
  struct Halves {
    llvm::SmallVector<Value, 4> big, small;
  };
  Halves split(llvm::ArrayRef<Value> numbers, bool isExact);
  Sums multiplyPart(const Halves &weights, const Halves &values);
  Value weightAt(Value row, Value column);
  void clearBehind(Value count);
  Value rowOf(int64_t part, int64_t half);
  Value componentOf(Value firstTile, int64_t tile, int64_t which);
  Value valueAt(Load load, Value row, Value component);
  llvm::SmallVector<Value> valuesOf(Load load, llvm::ArrayRef<Value> rows,
                                    Value tile);
  Value stagedTile(Value first, Value tile);
  Value placeOfTile(Value tile);
  Halves loadStaged(Value tile, int64_t more);
  llvm::SmallVector<Value> rowsOf(Value block, Value count);
  void storeStaged(Value first, Value tile, const Halves &parts);
  llvm::SmallVector<Value> multiplyWindow(Value count, Value firstTile,
                                          Load load);
  llvm::SmallVector<Value> addPlainly(Value count, Value firstTile,
                                      llvm::ArrayRef<Value> sums, Load load);
  llvm::SmallVector<Value> addTile(Value count, Value tile, Load load);
  void takeAll(Value firstTile, llvm::ArrayRef<Value> sums, Take take);

  int64_t group, stageRows;
  bool halves;
  Tiles tiles;
  ThreadRows weights;
  Value values;
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_WEIGHTEDSUMS_H
