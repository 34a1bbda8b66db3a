//===- Spread.h - values of many rows and pairs at once -------------------===//
//
// A tile has `rows` lane values of rows i: vectors with a row in each lane on
// the CPU, numbers of a thread on a GPU. A group has `group` rows j. A number of
// the ktile body becomes as many values as it has different ones: one (of
// parameters), one for each j, one lane value for each of `rows`, or one lane
// value for each of both. Operations are emitted over all of them before the
// next operation, so that independent work stands side by side; or over a patch
// of the pairs, before the next patch.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_EMIT_SPREAD_H
#define KDSLC_TARGETS_EMIT_SPREAD_H

#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// What a value differs by.
enum class Spread { Uniform, Column, Row, Pair };

inline Spread join(Spread a, Spread b) {
  if (a == b || b == Spread::Uniform)
    return a;
  return a == Spread::Uniform ? b : Spread::Pair;
}
inline bool isLaneSpread(Spread s) {
  return s == Spread::Row || s == Spread::Pair;
}

/// Pairs of some lane values of the tile with some rows j of the group.
struct Patch {
  unsigned row, rows, column, columns;
};

/// The pairs that operations are being emitted for: values of all pairs, or of
/// those `around`, are narrowed to them when they are read.
struct Focus {
  Patch at, around;
};

/// By how many lane values, and rows of the group, a value differs among some
/// pairs.
inline std::pair<unsigned, unsigned> membersOf(Spread spread,
                                               const Patch &pairs) {
  bool ofColumns = spread == Spread::Column || spread == Spread::Pair;
  return {isLaneSpread(spread) ? pairs.rows : 1, ofColumns ? pairs.columns : 1};
}

/// A number of the body for a whole tile and group.
struct SpreadValue {
  Spread spread = Spread::Uniform;
  llvm::SmallVector<mlir::Value, 8> members;

  /// The value at lane value `r` of the tile and row `g` of the group.
  mlir::Value at(unsigned r, unsigned g, unsigned rows) const {
    switch (spread) {
    case Spread::Uniform:
      return members[0];
    case Spread::Column:
      return members[g];
    case Spread::Row:
      return members[r];
    case Spread::Pair:
      return members[g * rows + r];
    }
    llvm_unreachable("not a spread");
  }
};

/// The reductions' view of a lane value of a target.
class TileLanes : public kdsl::Lanes {
public:
  using Lanes::Lanes;

  /// The same number in every lane; lane values stay as they are.
  virtual mlir::Value splat(mlir::Value value) = 0;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_SPREAD_H
