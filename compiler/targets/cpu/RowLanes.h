//===- RowLanes.h - values of many rows and pairs at once -----------------===//
//
// On the CPU a tile has `rows` vectors of `lanes` rows i, and a group has
// `group` rows j. A number of the ktile body becomes as many values as it has
// different ones: one (of parameters), one for each j, one vector for each
// vector of rows, or one vector for each of both. Operations are emitted over
// all of them before the next operation, so that independent work stands side
// by side.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_CPU_ROWLANES_H
#define KDSLC_TARGETS_CPU_ROWLANES_H

#include "dialects/kdsl/Kdsl.h"

namespace kdslc {

/// What a value differs by.
enum class Spread { Uniform, Column, Row, Pair };

inline Spread join(Spread a, Spread b) {
  if (a == b || b == Spread::Uniform)
    return a;
  return a == Spread::Uniform ? b : Spread::Pair;
}
inline bool isVectorSpread(Spread s) {
  return s == Spread::Row || s == Spread::Pair;
}

/// A number of the body for a whole tile and group.
struct SpreadValue {
  Spread spread = Spread::Uniform;
  llvm::SmallVector<mlir::Value, 8> members;

  /// The value at vector `r` of rows and row `g` of the group.
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

/// The reductions' view of a vector of rows.
class VectorLanes : public kdsl::Lanes {
public:
  VectorLanes(mlir::OpBuilder &builder, mlir::Location loc, int64_t lanes)
      : Lanes(builder, loc), lanes(lanes) {}

  mlir::Type lane(mlir::Type element) override {
    return mlir::VectorType::get(lanes, element);
  }
  mlir::Value any(mlir::Value mask) override {
    return mlir::vector::ReductionOp::create(
        builder, loc, mlir::vector::CombiningKind::OR, mask);
  }
  /// The same number in every lane; vectors stay as they are.
  mlir::Value splat(mlir::Value value) {
    if (mlir::isa<mlir::VectorType>(value.getType()))
      return value;
    return mlir::vector::BroadcastOp::create(builder, loc,
                                             lane(value.getType()), value);
  }

private:
  int64_t lanes;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_CPU_ROWLANES_H
