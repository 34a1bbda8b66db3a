//===- TensorFilter.h - distances of many features that are too large -----===//
//
// What DistanceFilter.h does, for rows of many features: the bound takes its
// inner product from tensor cores, which multiply numbers of f16. How far these
// are off is known of each row, so that the bound is too low by little, and no
// pair is lost.
//
// With c near the rows i of a tile, x' = fl(x - c), y' = fl(y - c), U a power
// of two for the rows i of a warp and V one for a row j, let X = U f16(x' / U)
// and Y = V f16(y' / V), dx = x' - X and dy = y' - Y, each of their numbers
// exact. A = |x'|^2, B = |y'|^2, R = |dx|^2 and S = |dy|^2 as computed, T what
// the distance has to be below:
//
//   lower = (1 - k u - h) B - g S - tiny          once for a row j
//   bound = fl(lower - 2 X.Y)                     for each pair
//   limit = (1 + m u) T - (1 - k u - h) A + g R   when T changes
//
// and a pair is left out if bound >= limit. Why its distance is at least T
// then: let u = 2^-24, D features, a, b, r, s what A, B, R, S are exactly,
// h = 0.8 2^-12 and g = (1 + 2^-9) / h. (Any h is right; this one is near
// |dx| / |x'| of most rows, where h a + r / h is least.)
//
//   1. x'.y' - X.Y = dx.y' + x'.dy - dx.dy. As 2 p q <= h p^2 + q^2 / h,
//      2 |x'.y' - X.Y| <= h (a + b) + (1 / h + 1) (r + s).
//   2. Products of f16 are exact. Tensor cores cut them, and sums, at some
//      place below the largest: TensorProducts.h counts 11/8 D u sum |X Y|.
//      Taken is 4 D u, a number of 22 bits for each feature, whatever the
//      order. As sum |X Y| <= a + b + r + s, that is at most
//      8 D u (a + b + r + s) of 2 X.Y.
//   3. A and B are off by (D + 2) u of themselves at most, lower, bound and
//      limit by 4 u (a + b), |x - y|^2 and |x' - y'|^2 differ by 4 u (a + b),
//      and the distance, as computed, is (1 - (D + 2) u) |x - y|^2 or more.
//   4. k = 10 D + 16 and m = D + 6 are more than these; what concerns r and s
//      is less than 2^-9 of them for D <= 512.
//
// Where numbers underflow, A, B and differences are off by 2^-126 in each of
// some roundings, R and S too, which g makes 2^-113: `tiny` is 2^-100. U and V
// are at least 2^-62, so that their product is a number, and put what is at
// most 2^60 below 2^15; where A or B is more than 2^120, or no number, its
// limit or bound is NaN. A NaN, T too, lets a pair through.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_TENSORFILTER_H
#define KDSLC_TARGETS_NVPTX_TENSORFILTER_H

#include "compiler/targets/nvptx/SplitRow.h"
#include "compiler/targets/nvptx/TensorSteps.h"
#include "dialects/kdsl/Lanes.h"

namespace kdslc::nvptx {

class TensorFilter : TensorSteps {
public:
  using TensorSteps::Load, TensorSteps::Value;

  /// What it needs of a block's shared memory.
  static int64_t sharedBytes(int64_t features, const kdsl::Schedule &schedule);
  /// The rows j of a group, for which the registers of a thread suffice beside
  /// `states` numbers of states; 0: not even for 8.
  static int64_t groupFor(int64_t features, int64_t states);

  /// \param thread  the thread's number in the block, an i64.
  /// \param shared  16-byte aligned.
  TensorFilter(kdsl::Lanes &lane, Memory &memory, int64_t features,
               const kdsl::Schedule &schedule, Value thread, Value shared);

  /// Takes the rows i into registers, with barriers of the block. Rows are
  /// numbered in the tile.
  void loadTile(Load load);
  /// What bounds of the rows i of this lane have to be below.
  /// \param threshold  of the thread's own row; `isInside`: it is a row.
  llvm::SmallVector<Value> limits(Value threshold, Value isInside);
  /// Rounds rows j into shared memory: those numbered 0 .. count - 1. Between
  /// two barriers of the block.
  void stage(Value count, Load load);
  /// Those of the warp's rows i and a group of staged rows j from `first`: what
  /// the lane has of them, [row i][row j].
  using Bounds = std::vector<llvm::SmallVector<Value>>;
  Bounds bounds(Value first);
  /// Whether one of the warp passes.
  Value anyPasses(const Bounds &bounds, llvm::ArrayRef<Value> limits);
  /// An i32 with a bit for each row j of the group that passes with the thread's
  /// own row.
  Value ownPasses(const Bounds &bounds, llvm::ArrayRef<Value> limits);

private:
  /// A row that some lanes have together, the numbers of one of them; of all its
  /// features |x'|^2, less what it may be off.
  struct Row {
    llvm::SmallVector<Value> words;
    Value norm;
  };
  Row roundRow(llvm::ArrayRef<Value> apart, Value scale, int64_t sharers);
  llvm::SmallVector<Value> loadApart(Load load, Value row, Value turn,
                                     int64_t turns);
  void findCenter(Load load);
  Value findScale(Load load);
  Value scaleOf(Value largest);
  Value inverse(Value scale);
  Value bitsOf(Value x);
  Value numberOf(Value bits);
  Value isBelow(Value bound, Value limit);
  Value multiplyAdd(Value a, Value b, Value c);

  kdsl::Lanes &lane;
  RowSplitter halves;
  int64_t group, rows; ///< rows j of a group, and that are staged
  int64_t rowNumbers;  ///< from one staged row to the next
  Value center, staged, ofRows;

  /// [part of rows][step], as TensorProducts has them.
  std::vector<std::vector<llvm::SmallVector<Value, 4>>> tileRows;
  Value scale;                    ///< U
  llvm::SmallVector<Value> norms; ///< of the rows i of this lane
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_TENSORFILTER_H
