//===- IndexMath.h - arithmetic of row numbers and places -----------------===//

#ifndef KDSLC_TARGETS_EMIT_INDEXMATH_H
#define KDSLC_TARGETS_EMIT_INDEXMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace kdslc {

/// Short words for what emitters compute with row numbers and places. What is
/// given as int64_t becomes an i64. Quotients and rests are of unsigned numbers;
/// all else may be below 0.
class IndexMath {
public:
  using Value = mlir::Value;

protected:
  IndexMath(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  Value number(int64_t n) {
    return mlir::arith::ConstantIntOp::create(builder, loc, n, 64);
  }
  Value add(Value a, Value b) { return make<mlir::arith::AddIOp>(a, b); }
  Value subtract(Value a, Value b) { return make<mlir::arith::SubIOp>(a, b); }
  Value times(Value a, Value b) { return make<mlir::arith::MulIOp>(a, b); }
  Value times(Value a, int64_t b) { return b == 1 ? a : times(a, number(b)); }
  Value divide(Value a, Value b) { return make<mlir::arith::DivUIOp>(a, b); }
  Value divide(Value a, int64_t b) { return divide(a, number(b)); }
  Value rest(Value a, int64_t b) {
    return make<mlir::arith::RemUIOp>(a, number(b));
  }
  Value min(Value a, Value b) { return make<mlir::arith::MinSIOp>(a, b); }
  Value max(Value a, Value b) { return make<mlir::arith::MaxSIOp>(a, b); }
  Value isLess(Value a, Value b) {
    return mlir::arith::CmpIOp::create(builder, loc,
                                       mlir::arith::CmpIPredicate::slt, a, b);
  }
  Value isEqual(Value a, Value b) {
    return mlir::arith::CmpIOp::create(builder, loc,
                                       mlir::arith::CmpIPredicate::eq, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return mlir::arith::SelectOp::create(builder, loc, condition, a, b);
  }
  mlir::scf::ForOp forLoop(Value from, Value to, int64_t step,
                           llvm::function_ref<void(Value)> body) {
    auto loop = mlir::scf::ForOp::create(builder, loc, from, to, number(step));
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
    return loop;
  }

  /// From..to by ones; it carries the values at some addresses, which `body` may
  /// change.
  mlir::scf::ForOp forLoop(Value from, Value to, llvm::ArrayRef<Value *> carried,
                           llvm::function_ref<void(Value)> body) {
    auto values = [&] {
      return llvm::map_to_vector(carried, [](Value *value) { return *value; });
    };
    auto take = [&](mlir::ValueRange given) {
      for (auto [value, one] : llvm::zip(carried, given))
        *value = one;
    };
    Value one =
        mlir::arith::ConstantIntOp::create(builder, loc, from.getType(), 1);
    auto loop =
        mlir::scf::ForOp::create(builder, loc, from, to, one, values());
    {
      mlir::OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      take(loop.getRegionIterArgs());
      body(loop.getInductionVar());
      if (!carried.empty()) // else the loop was made with its end
        mlir::scf::YieldOp::create(builder, loc, values());
    }
    take(loop.getResults());
    return loop;
  }

  /// While a condition, an i1, holds; it carries the same, which `condition` only
  /// reads.
  void whileLoop(llvm::ArrayRef<Value *> carried,
                 llvm::function_ref<Value()> condition,
                 llvm::function_ref<void()> body) {
    auto values = [&] {
      return llvm::map_to_vector(carried, [](Value *value) { return *value; });
    };
    auto take = [&](mlir::ValueRange given) {
      for (auto [value, one] : llvm::zip(carried, given))
        *value = one;
    };
    const llvm::SmallVector<Value> before = values();
    auto loop = mlir::scf::WhileOp::create(
        builder, loc, mlir::ValueRange(before).getTypes(), before,
        [&](mlir::OpBuilder &, mlir::Location, mlir::ValueRange given) {
          take(given);
          Value holds = condition();
          mlir::scf::ConditionOp::create(builder, loc, holds, values());
        },
        [&](mlir::OpBuilder &, mlir::Location, mlir::ValueRange given) {
          take(given);
          body();
          mlir::scf::YieldOp::create(builder, loc, values());
        });
    take(loop.getResults());
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  template <typename Op> Value make(Value a, Value b) {
    return Op::create(builder, loc, a, b);
  }
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_INDEXMATH_H
