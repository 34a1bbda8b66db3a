//===- WeightedSums.h - weighted values by tensor cores -------------------===//
//
// Sums over the rows j of a window of weight[i, j] * values[j, e], for the rows i
// of a block and all components e. Each thread leaves the weights of its own row in
// shared memory; then each warp multiplies the weights of its 32 rows by the values,
// which it reads where they are.
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
  /// Component `component` of the values of row `row` of the window, an f32.
  using Load = llvm::function_ref<Value(Value row, Value component)>;
  /// A sum of row i `row` of the tile; what takes some of them.
  struct Sum {
    Value row, component, sum;
  };
  using Take = llvm::function_ref<void(llvm::ArrayRef<Sum> sums)>;

  /// What they need of a block's shared memory, for `window` rows j.
  static int64_t sharedBytes(int64_t threads, int64_t window);

  /// \param width   components of the values.
  /// \param halves  they hold numbers of 16 bits.
  /// \param kept    registers that a thread has in use meanwhile.
  /// \param thread  the thread's number in the block, an i64.
  /// \param weights room for those of a window; 16-byte aligned.
  WeightedSums(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory,
               int64_t width, bool halves, int64_t kept,
               kdsl::ScheduleAttr schedule, Value thread,
               const ThreadRows &weights);

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
  llvm::SmallVector<Value> multiplyWindow(Value count, Value firstTile,
                                          Load load);
  llvm::SmallVector<Value> addPlainly(Value count, Value firstTile,
                                      llvm::ArrayRef<Value> sums, Load load);
  llvm::SmallVector<Value> addTile(Value count, Value tile, Load load);
  void takeAll(Value firstTile, llvm::ArrayRef<Value> sums, Take take);

  int64_t group;
  bool halves;
  int64_t tiles;   ///< of 8 components, at once
  int64_t batches; ///< of as many tiles
  ThreadRows weights;
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_WEIGHTEDSUMS_H
