//===- DistanceBound.h - distances that are too large, by one product -----===//
//
// Of the pairs that min, argmin and lists of the smallest distances meet, few
// change a state. In a filtered sweep vectors of rows i meet a row j by a lower
// bound of |x - y|^2, one multiply-add a feature, and by the distance itself
// only where the bound lets a row of the tile through: the states are those of
// all distances.
//
// What nvptx/DistanceFilter.h says of threads, with one difference: rows j are
// read where they are, and only a number of each is computed for a tile. With c
// near the rows i of the tile, x' = fl(x - c), A = |x'|^2, B = |fl(y - c)|^2,
// X = x'.c and N = |x'| |c| as computed, T what the distance has to be below:
//
//   lower = (1 - k u) B - tiny           once for a row j and a tile
//   bound = fl(fl(-2 x'.y) + lower)      for each pair
//   rest  = (1 - k u) A + 2 X - s u N    once for a row i
//   limit = fl((1 + m u) T - rest)       when T changes
//
// and a pair is left out if bound >= limit. Why its distance q, as computed, is
// at least T then: let u = 2^-24, D features, y' = y - c, and a = |x'|^2,
// b = |y'|^2, n = |x'| |c| exactly, terms of u^2 aside.
//
//   1. The sum of all |x'_d y_d| is p <= |x'| |y| <= sqrt(a b) + n. Products,
//      where they are rounded, err by 2 u p together, each of D sums by 2 u p,
//      the last one by u (b + 2 p): so that
//      |bound - (lower - 2 x'.y)| <= (D + 1) u (b + 4 sqrt(a b) + 4 n)
//                                 <= (D + 1) u (2 a + 3 b + 4 n).
//   2. lower <= (1 - (k - D - 3) u) b. As 2 X is off by 2 (D + 1) u n,
//      rest <= (1 - (k - D - 5) u) a + 2 x'.c - (s - 2 D - 8) u n, and
//      limit >= (1 + (m - 2) u) T - rest, with what four sums round.
//   3. As |x' - y'|^2 = a + b - 2 x'.y + 2 x'.c, bound >= limit gives
//      |x' - y'|^2 >= (1 + (m - 2) u) T + (k - 3 D - 7) u a
//                     + (k - 4 D - 6) u b + (s - 6 D - 12) u n.
//   4. |x - y|^2 >= |x' - y'|^2 - 3 u (a + b): x' moved by u of itself at most.
//   5. q >= (1 - (D + 3) u) |x - y|^2, in any order of its sums.
//
// k = 4 D + 16, s = 6 D + 16 and m = D + 8 give q >= T, and what is left
// outweighs terms of u^2 up to `mostFiltered` features. Where numbers underflow
// each of some 6 D roundings is off by 2^-126 at most: `tiny` is 2^-100.
// Nothing overflows while A, B and |c|^2 are at most 2^100; where A or B is
// more, or no number, the limit or the bound is NaN. A NaN, T too, lets a pair
// through.
//
// Matrix units multiply numbers of 16 bits and add them up as f32. There the
// center leaves both rows, y' = fl(y - c), and h() rounds to bf16:
//
//   bound = lower + h(-2 x').h(y')
//   rest  = (1 - k u) A                  lower and limit as above
//
//   1. Each h errs by v = 2^-8 of its number, or by 2^-126 where a unit takes
//      subnormal numbers for 0: 2 x'.y' is off by (2 v + v^2) 2 sqrt(a b), at most
//      (2 v + v^2) (a + b), and 2^-74 D. So `tiny` is 2^-60 here.
//   2. The D + 4 sums, in any order, round by (D + 4) u (b + 2.1 sqrt(a b)), at
//      most (D + 4) u (2 a + 3 b).
//   3. A, B, lower, rest and limit err by at most (D + 6) u (a + b) and 2 u T, and
//      |x - y|^2 >= |x' - y'|^2 - 4 u (a + b).
//
// k u = 2 v + v^2 + (6 D + 32) u gives q >= T again.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_CPU_DISTANCEBOUND_H
#define KDSLC_TARGETS_CPU_DISTANCEBOUND_H

#include <cstdint>

namespace kdslc::cpu {

/// What adds up products: vectors of f32, or matrix units of bf16.
enum class BoundBy { Vectors, MatrixUnit };

/// The constants of the bound, for D features.
struct DistanceBound {
  static constexpr double u = 0x1p-24, v = 0x1p-8;
  static constexpr double mostOfNorm = 0x1p100;
  /// Of a number of the center: one that is far off would let all pairs
  /// through.
  static constexpr double mostOfCenter = 0x1p45;

  DistanceBound(int64_t features, BoundBy by)
      : shareOfNorm(by == BoundBy::Vectors
                        ? 1 - double(4 * features + 16) * u
                        : 1 - 2 * v - v * v - double(6 * features + 32) * u),
        shareOfProduct(double(6 * features + 16) * u),
        // To the next number of f32 above.
        shareOfThreshold(1 + double((features + 9) / 2) * 2 * u),
        tiny(by == BoundBy::Vectors ? 0x1p-100 : 0x1p-60) {}

  double shareOfNorm;      ///< 1 - k u
  double shareOfProduct;   ///< s u
  double shareOfThreshold; ///< 1 + m u, at least
  double tiny;
};

} // namespace kdslc::cpu

#endif // KDSLC_TARGETS_CPU_DISTANCEBOUND_H
