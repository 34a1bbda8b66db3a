//===- Extremum.h - what a smallest or largest value is -------------------===//
//
// The order that min, max, their rows and their lists have in common. A NaN
// comes first (NumPy's rule): the first NaN wins and stays.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_REDUCTIONS_EXTREMUM_H
#define KDSL_REDUCTIONS_EXTREMUM_H

#include "dialects/kdsl/Kdsl.h"

namespace kdsl {

/// The element types that have an order; what was expected of others.
std::optional<std::string> checkOrdered(mlir::TypeRange elements);

/// Some lane of some row has a pair that takes part and passes `test`.
mlir::Value
anyPair(Lanes &lanes, llvm::ArrayRef<RowGroup> groups,
        llvm::function_ref<mlir::Value(unsigned row, mlir::Value value)> test);

/// The order of a reduction and its parts: state[0] the value, state[1], if
/// any, the number of its row (-1: no row yet).
struct Extremum {
  using Value = mlir::Value;
  using CmpF = Lanes::CmpF;
  using CmpI = mlir::arith::CmpIPredicate;

  bool largest;
  mlir::IntegerType index; ///< null: values only

  llvm::SmallVector<mlir::Type> elements(mlir::Type value) const;
  llvm::SmallVector<Value> init(Lanes &lanes, mlir::Type value) const;

  /// a is better than b; with floats also if one of them is NaN.
  Value betterOrNaN(Lanes &lanes, Value a, Value b) const;
  Value areEqual(Lanes &lanes, Value a, Value b) const;
  /// Whether equal values are told apart by their rows.
  bool hasTies(Lanes &lanes) const { return index && !lanes.areRowsInOrder(); }
  /// a is better than b, or NaN is among them, or its row decides.
  Value mayComeBefore(Lanes &lanes, Value a, Value b) const;
  /// No row was taken yet.
  Value isEmpty(Lanes &lanes, Value row) const;
  /// Whether the value of a row comes before the state: it is better, or a NaN while
  /// the state is none, or the first row of all.
  Value comesBefore(Lanes &lanes, Value value, Value row,
                    llvm::ArrayRef<Value> state) const;
  /// Some lane of some row has a value to take.
  Value anyHit(Lanes &lanes, llvm::ArrayRef<RowState> states,
               llvm::ArrayRef<RowGroup> groups) const;
};

} // namespace kdsl

/// The methods that only the reductions have that keep the row. `SERVED` says
/// of the attribute `other` whether it is the same without the rows.
#define KDSL_INDEXED_EXTREMUM(ATTR, SERVED)                                    \
  SmallVector<StringRef> ATTR::getProjections() const {                        \
    return {"value", "index"};                                                 \
  }                                                                            \
  Type ATTR::getResultElement(StringRef projection, TypeRange elements)        \
      const {                                                                  \
    return projection == "index" ? Type(getIndex()) : elements.front();        \
  }                                                                            \
  IntegerType ATTR::getIndexType() const { return getIndex(); }                \
  std::optional<StringRef> ATTR::serves(Attribute other, StringRef theirs)     \
      const {                                                                  \
    if (other == *this)                                                        \
      return theirs;                                                           \
    if (SERVED)                                                                \
      return StringRef("value");                                               \
    return std::nullopt;                                                       \
  }

#endif // KDSL_REDUCTIONS_EXTREMUM_H
