//===- SplitRow.h - rows as tensor cores multiply them --------------------===//
//
// Numbers of 16 bits are multiplied as they are. A number of f32 is two of f16:
// `big`, its upper 11 bits, and 2^11 `small`, 11 bits of the rest. f16 has few
// exponents, so each row is scaled: its largest number is from 2^14 to 2^15.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_SPLITROW_H
#define KDSLC_TARGETS_NVPTX_SPLITROW_H

#include "compiler/targets/nvptx/InnerProduct.h"

namespace kdslc::nvptx {

/// Of a row that some lanes have together, the numbers of one of them. In i32,
/// two numbers each, the first one in the lower half.
struct SplitRow {
  llvm::SmallVector<mlir::Value> big, small;
  mlir::Value scale; ///< f32: what they are to be multiplied by
};

class RowSplitter {
public:
  using Value = mlir::Value;

  RowSplitter(mlir::OpBuilder &builder, mlir::Location loc, Factors factors);

  /// \param features  an even number of them.
  /// \param sharers   lanes that have a row together, side by side: a power of
  ///                  two.
  SplitRow split(llvm::ArrayRef<Value> features, int64_t sharers);

  /// Whether some row is neither 0 nor of a moderate size, or not finite: what
  /// is made of it, and its scale, could underflow or overflow.
  Value isOut() { return out; }
  /// Whether some number is so small beside its row that less than 22 bits of it
  /// are kept. The products of such rows are off by less than 2^-24 of those
  /// that are at least this much, in units of both scales.
  Value isTiny() { return tiny; }
  static constexpr float leastOfTiny = 0x1p13f;

  /// The largest magnitude of a row, as the bits of f32.
  Value largest(llvm::ArrayRef<Value> features, int64_t sharers);
  /// Two numbers of f32 as numbers of 16 bits; those of bf16 are cut.
  Value pack(Value first, Value second);
  /// One of the two, of f16, as f32.
  Value unpack(Value two, int64_t which);

private:
  Value word(int64_t n);
  Value bitsOf(Value x);
  Value numberOf(Value bits);
  void noteSize(llvm::ArrayRef<Value> features, Value most, Value exponent);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  Factors factors;
  Value out, tiny;
};

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_SPLITROW_H
