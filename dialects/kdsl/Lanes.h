//===- Lanes.h - building code for one row, whatever a lane is ------------===//
//
// Reductions write their folds once, for one row i, through this class. A
// target derives from it: on the CPU a value is a vector with a row in each
// lane, on a GPU it is a number of a thread. Constants are splat, comparisons
// give masks, and `any` is the one place where lanes meet.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_LANES_H
#define KDSL_LANES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include <vector>

namespace kdsl {

/// What one pair gives to one reduction.
struct PairValues {
  llvm::SmallVector<mlir::Value, 2> values;
  mlir::Value index; ///< number of row j, where the reduction needs it
  mlir::Value mask;  ///< i1 for each lane: the pair takes part; null: it does
};

/// The parts of one row's state; the consecutive pairs that meet it.
using RowState = llvm::SmallVector<mlir::Value, 4>;
using RowGroup = llvm::SmallVector<PairValues, 8>;

class Lanes {
public:
  using Value = mlir::Value;
  using CmpF = mlir::arith::CmpFPredicate;

  Lanes(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}
  virtual ~Lanes() = default;

  /// The type that holds one `element` for each row.
  virtual mlir::Type lane(mlir::Type element) = 0;
  /// i1: the mask is set in some lane.
  virtual Value any(Value mask) = 0;

  /// Whether pairs cost so much before they are folded that a fold does better
  /// without a branch that numbers decide.
  virtual bool arePairsLong() { return false; }

  /// Whether rows j are met in the order of their numbers; else of equal values that
  /// with the smaller number comes first, and none is NaN.
  virtual bool areRowsInOrder() { return true; }

  /// Whether exp2 is an instruction, right for every number: a term may be looked
  /// at after it, too.
  virtual bool hasExp2(mlir::Type element) { return false; }

  Value constant(mlir::Type element, double value);
  Value integer(mlir::Type element, int64_t value);

  /// Rounded as written: these never contract or reassociate.
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  /// a + b where b may be a product that fuses into a multiply-add.
  Value addContract(Value a, Value b);
  /// sum + a * b, one multiply-add where the target has it.
  Value addProduct(Value sum, Value a, Value b);
  /// a * b - c in one rounding where the target can, whatever else uses the
  /// product.
  Value mulSub(Value a, Value b, Value c);
  Value absolute(Value a);
  /// The larger of two; which one if one is NaN is not said.
  virtual Value maxAny(Value a, Value b);
  virtual Value minAny(Value a, Value b);
  /// The same, but a number if one of them is.
  Value maxNumber(Value a, Value b);
  Value minNumber(Value a, Value b);
  Value addInt(Value a, Value b);
  Value mulInt(Value a, Value b);
  /// Of signed integers.
  Value maxInt(Value a, Value b);
  Value minInt(Value a, Value b);
  Value exclusiveOr(Value a, Value b);
  /// The sign in every bit.
  Value signBits(Value a);
  /// The same bits as another type.
  Value bitcast(Value a, mlir::Type element);
  Value compare(CmpF predicate, Value a, Value b);
  Value compareInt(mlir::arith::CmpIPredicate predicate, Value a, Value b);
  Value select(Value mask, Value a, Value b);
  /// Of masks, or of the bits of integers.
  Value both(Value a, Value b);
  Value either(Value a, Value b);
  Value exp2(Value x);
  /// Of an x that is at most 64, or NaN.
  Value exp2Bounded(Value x);
  Value log2(Value x);
  Value floor(Value x);
  /// An i32 of no sign as i64.
  Value widenInt(Value x);
  /// f32 as f64, and rounded back.
  Value widen(Value x);
  Value narrow(Value x);

  /// Runs `then` if the i1 is set, else `otherwise`; both may assign to the values
  /// that are given by their addresses.
  void where(Value condition, llvm::ArrayRef<Value *> carried,
             llvm::function_ref<void()> then,
             llvm::function_ref<void()> otherwise = nullptr);

  /// Runs `then` on the states only if some lane of the mask is set; `then`
  /// itself must leave the lanes right whose mask is not set.
  void whereAny(Value mask, llvm::MutableArrayRef<RowState> states,
                llvm::function_ref<void(llvm::MutableArrayRef<RowState>)> then);

  /// The same of any values, given by their addresses, with another branch for
  /// the case that no lane of the mask is set.
  void whereAny(Value mask, llvm::ArrayRef<Value *> carried,
                llvm::function_ref<void()> then,
                llvm::function_ref<void()> otherwise = nullptr);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// All components of the states of several rows i, wherever they are kept, for
/// reductions that fold them together. The functions take the addresses of
/// values that a loop or branch carries: what the bodies assign to them holds
/// behind it.
class Components {
public:
  using Value = mlir::Value;
  using Carried = llvm::ArrayRef<Value *>;

  virtual ~Components() = default;

  /// Runs `body` for each component in order, with its parts for each row.
  virtual void
  forEach(Carried carried,
          llvm::function_ref<void(Value component,
                                  llvm::MutableArrayRef<RowState> parts)>
              body) = 0;
  /// The pairs that meet each row: their values for one component that are not
  /// shared.
  virtual std::vector<RowGroup> valuesOf(Value component) = 0;
  /// Runs `body` for 0 .. count - 1.
  virtual void loop(int64_t count, Carried carried,
                    llvm::function_ref<void(Value)> body) = 0;
  /// Runs `then` only if some lane of the mask is set, else `otherwise`; `then`
  /// must leave the lanes right whose mask is not set.
  virtual void
  whereAny(Value mask, Carried carried, llvm::function_ref<void()> then,
           llvm::function_ref<void()> otherwise = nullptr) = 0;

  /// Whether the components of a row lie side by side in memory: `enter` instead
  /// of taking a value with `forEach`.
  virtual bool liesByRow() const { return false; }
  /// How a value enters the components of its row, which are the lanes of `places`.
  struct Entry {
    /// The parts of what would stand before the first component.
    llvm::function_ref<RowState(Lanes &places)> first;
    /// What of a value is asked for in all lanes.
    llvm::function_ref<Value(Lanes &one, Value value)> key;
    /// Whether a key comes before what stands at a component, of the parts `at`.
    llvm::function_ref<Value(Lanes &one, Value key, Value row,
                             llvm::ArrayRef<Value> at)>
        before;
    /// Changes the parts of some neighbouring components, given what stands one
    /// component before each of them, for the key of a value, and its row j.
    llvm::function_ref<void(Lanes &places, Value key, Value row,
                            llvm::ArrayRef<Value> before, RowState &parts)>
        take;
    /// Told then the first part of the last component, in every lane, and the one
    /// lane of row `r` that it belongs to.
    llvm::function_ref<void(unsigned r, Value last, Value isRow)> taken;
  };
  /// Lets the values of all pairs enter whose masks, which all have, are set, those
  /// of earlier rows j first. A pair without index has that of the row j at hand.
  virtual void enter(llvm::ArrayRef<RowGroup> offers, Carried carried,
                     const Entry &entry) {
    llvm_unreachable("does not lie by row");
  }
  /// Whether a group may wait until the block of pairs ends, when `takeLeft` gives
  /// each, in order, to what would have folded it. None of its pairs has a mask.
  virtual bool canLeave(llvm::ArrayRef<RowGroup> groups) { return false; }
  /// Leaves the first values of a group, if some lane of `hit` is set.
  virtual void leave(llvm::ArrayRef<RowGroup> groups, Value hit) {
    llvm_unreachable("nothing waits");
  }
  virtual void
  takeLeft(Carried carried,
           llvm::function_ref<void(llvm::ArrayRef<RowGroup> groups)> take) {
    llvm_unreachable("nothing waits");
  }

  /// Whether weighted values are added up later, those of many pairs at once:
  /// `collect` instead of adding each when it comes.
  virtual bool collects() const { return false; }
  /// Leaves the weights of the pairs that meet each row. One of -0 stands for no
  /// pair: nothing is added, whatever its value is.
  virtual void collect(llvm::ArrayRef<llvm::SmallVector<Value>> weights) {
    llvm_unreachable("nothing is collected");
  }
  /// Gives each weight that row `r` has left another value.
  virtual void
  changeCollected(llvm::function_ref<Value(unsigned r, Value weight)> change) {
    llvm_unreachable("nothing is collected");
  }
};

/// The parts of one component of other states, for each row.
using OtherComponent =
    llvm::function_ref<llvm::SmallVector<RowState>(mlir::Value component)>;

/// The element type of a lane value.
mlir::Type laneElement(mlir::Value value);

} // namespace kdsl

#endif // KDSL_LANES_H
