//===- BitMath.cpp - integers with a bit for each of some things ----------===//

#include "compiler/targets/emit/BitMath.h"
#include "compiler/targets/emit/KeepLoops.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace kdslc {

Value BitMath::word(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                      value);
}

Value BitMath::bitsOf(ArrayRef<Value> conditions) {
  Value bits = word(0), none = bits;
  for (auto [k, condition] : llvm::enumerate(conditions))
    bits = arith::OrIOp::create(
        builder, loc, bits,
        select(condition, word(int32_t(1u << k)), none));
  return bits;
}

Value BitMath::firstOf(Value bits, Value count, int64_t of) {
  // By less than 32, whatever `of` is.
  Value last = min(add(count, word(-1)), word(of - 1));
  Value behind = arith::ShLIOp::create(builder, loc, word(-2), last);
  return arith::AndIOp::create(
      builder, loc, bits,
      arith::XOrIOp::create(builder, loc, behind, word(-1)));
}

void BitMath::forEachBit(Value bits, ArrayRef<Value *> carried,
                             function_ref<void(Value)> body) {
  auto type = cast<IntegerType>(bits.getType());
  IntegerType i64 = builder.getI64Type();
  IntegerType counter = type.getWidth() > 64 ? i64 : type;
  auto as = [&](IntegerType to, Value n) -> Value {
    const unsigned from = cast<IntegerType>(n.getType()).getWidth();
    if (from > to.getWidth())
      return arith::TruncIOp::create(builder, loc, to, n);
    return from < to.getWidth() ? arith::ExtUIOp::create(builder, loc, to, n) : n;
  };
  auto constant = [&](IntegerType of, int64_t n) -> Value {
    return arith::ConstantIntOp::create(builder, loc, of, n);
  };
  Value count = as(counter, math::CtPopOp::create(builder, loc, bits));
  SmallVector<Value *> all(carried);
  all.push_back(&bits);
  keepLoop(forLoop(constant(counter, 0), count, all, [&](Value) {
    body(as(i64, LLVM::CountTrailingZerosOp::create(builder, loc, type, bits,
                                                    /*is_zero_poison=*/true)));
    Value lower = arith::SubIOp::create(builder, loc, bits, constant(type, 1));
    bits = arith::AndIOp::create(builder, loc, bits, lower);
  }));
}

} // namespace kdslc
