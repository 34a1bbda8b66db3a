//===- TensorSteps.h - what a warp multiplies in a step -------------------===//
//
// A step multiplies 16 rows i by 8 rows j in 16 features: mma.m16n8k16. Which
// feature stands where does not matter as long as both factors agree, so that
// lane 4 g + t, g its `quad`, takes the neighbours 4 t to 4 t + 3:
//
//   of rows i     rows g, g + 8 at features 4 t ..., in registers
//   of rows j     row g at features 4 t ..., read as one vector: shared memory
//                 has [row j][step][t] {big, big, small, small}, of two numbers
//   of products   rows g, g + 8 with rows j 2 t, 2 t + 1
//
// A warp has 32 rows i, two times those of a step.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_TENSORSTEPS_H
#define KDSLC_TARGETS_NVPTX_TENSORSTEPS_H

#include "compiler/targets/emit/IndexMath.h"
#include "compiler/targets/emit/Memory.h"
#include "compiler/targets/nvptx/InnerProduct.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace kdslc::nvptx {

class TensorSteps : protected IndexMath {
public:
  using IndexMath::Value;
  /// Feature (i64) of a row (i64).
  using Load = llvm::function_ref<Value(Value row, Value feature)>;

  static constexpr int64_t stepFeatures = 16, stepRows = 16, stepColumns = 8;
  static constexpr int64_t warp = 32, rowParts = warp / stepRows;
  static constexpr int64_t laneFeatures = 4; ///< of a step
  /// What a lane leaves of a step, in numbers of 32 bits.
  static constexpr int64_t laneWords = laneFeatures / 2;

  static int64_t stepsOf(int64_t features);
  /// From one staged row to the next, in numbers of 32 bits.
  static int64_t numbersOfRow(int64_t features, int64_t parts);

  /// Numbers in shared memory, a row of each thread of the block, by fours. Eight
  /// lanes that read or write fours at one place of eight rows, or four lanes at four
  /// neighbouring places of two rows each, find them in different banks.
  struct ThreadRows {
    Value base;
    int64_t stride; ///< from one row to the next
    /// Places are numbered otherwise in each of eight rows: of a stride that is a
    /// multiple of 32. Otherwise it is an odd number of fours, for one place alone.
    bool isTurned;
  };

protected:
  /// \param thread  the thread's number in the block, an i64.
  TensorSteps(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory,
              int64_t features, Factors factors, int64_t threads, Value thread);

  /// What a lane has of 16 x 8 sums of products.
  using Sums = llvm::SmallVector<Value, 4>;
  Sums noSums();
  Sums multiply(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> b, Sums sums);
  /// The same of `depth` numbers of that type, as registers hold them.
  Sums multiplyAs(mlir::NVVM::MMATypes type, int64_t depth,
                  llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> b, Sums sums);

  Value loadWithin(Load load, Value row, Value feature, int64_t most);
  Value anyOfWarp(Value condition);
  Value loadNumbers(Value at, int64_t count);
  /// Where the four numbers from `first` on, a multiple of 4, of a row are.
  Value fourAt(const ThreadRows &rows, Value row, Value first);
  /// Number `index` + `more` of an array of 32-bit numbers.
  Value place(Value array, Value index, int64_t more = 0);

  Value word(int64_t n);
  Value real(float x);

  Memory &memory;
  int64_t features;
  Factors factors;
  int64_t threads;
  int64_t steps; ///< of 16 features
  Value thread;
  Value warpRow;      ///< the first row of the warp in the tile
  Value quad, inQuad; ///< of the lane, 4 * quad + inQuad
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_TENSORSTEPS_H
