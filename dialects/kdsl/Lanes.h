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

  /// Whether values may wait until many lanes have one: `leave` and `settle`
  /// instead of taking each when it comes.
  virtual bool canWait() const { return false; }
  /// Leaves the parts of a component for row `r` in the lanes of the mask.
  virtual void leave(unsigned r, llvm::ArrayRef<Value> parts, Value mask) {
    llvm_unreachable("nothing waits");
  }
  /// Called after every group of pairs that left at most one value each, and at
  /// the end for `all`: gives what waits for row `r` to `take`, of each lane in
  /// the order in which it was left, with the lanes that have something, if a
  /// lane has no room for another group.
  virtual void
  settle(unsigned r, bool all, Carried carried,
         llvm::function_ref<void(llvm::ArrayRef<Value> parts, Value mask)>
             take) {
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
