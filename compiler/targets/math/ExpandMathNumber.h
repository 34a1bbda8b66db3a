//===- ExpandMathNumber.h - arithmetic on values under construction -------===//
//
// Lets the expansions of ExpandMath*.cpp be written as formulas: each operator
// on a Num, a Bits or a Mask emits one arith or math operation and wraps its
// result. A Num is a scalar or a fixed vector of f32 or f64; constants take the
// type of the other operand.
//
// Every operation is emitted without fast-math flags: LLVM neither contracts
// nor reassociates it. Where a product and a sum may be fused, say mulAdd.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_MATH_EXPANDMATHNUMBER_H
#define KDSLC_TARGETS_MATH_EXPANDMATHNUMBER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"

namespace kdslc::elementary {

/// Instruction sets.
enum class Isa {
  V2,  ///< x86, SSE4.2: round, no fused multiply-add
  V3,  ///< x86, AVX2 and FMA
  V4,  ///< x86, AVX-512 F, DQ, VL, BW
  Gpu, ///< NVIDIA, sm_80 and later: the additions of PTX to what V3 has
};

/// What an expansion needs to know of its surroundings.
class MathContext {
public:
  MathContext(mlir::Block &entry, mlir::Location loc, Isa isa, bool fastExp)
      : builder(loc.getContext()), loc(loc), isa(isa), fastExp(fastExp),
        entry(entry) {}

  /// The constant as a value at the start of the function, one for each
  /// attribute: a loop body keeps operations only.
  mlir::Value constant(mlir::TypedAttr attr);

  bool hasFma() const { return isa != Isa::V2; }

  mlir::OpBuilder builder;
  mlir::Location loc;
  Isa isa;
  bool fastExp; ///< the precision key `exp = fast`

private:
  mlir::Block &entry;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
};

/// The facts of a binary floating-point format that the formulas use.
struct FloatFormat {
  bool isDouble;
  int mantissaBits;  ///< stored bits: 23 or 52
  int bias;          ///< 127 or 1023
  double minNormal;  ///< 2^-126 or 2^-1022
  double max;        ///< the largest finite number
  double roundMagic; ///< 1.5 * 2^mantissaBits: adding it rounds to an integer
  uint64_t signBit;

  /// The table for this format out of a pair of tables.
  llvm::ArrayRef<double> pick(llvm::ArrayRef<double> single,
                              llvm::ArrayRef<double> dbl) const {
    return isDouble ? dbl : single;
  }
  double pick(double single, double dbl) const {
    return isDouble ? dbl : single;
  }
};

/// The format of an f32 or f64 scalar or vector type.
const FloatFormat &formatOf(mlir::Type type);

struct Mask {
  MathContext *cx;
  mlir::Value value;
};

/// The bit pattern of a Num, an integer of the same width.
struct Bits {
  MathContext *cx;
  mlir::Value value;

  Bits make(uint64_t pattern) const;
};

struct Num {
  MathContext *cx;
  mlir::Value value;

  const FloatFormat &format() const { return formatOf(value.getType()); }
  /// A constant of this type, rounded to nearest.
  Num make(double number) const;
};

Num operator+(Num a, Num b);
Num operator-(Num a, Num b);
Num operator*(Num a, Num b);
Num operator/(Num a, Num b);
Num operator-(Num a);
inline Num operator+(Num a, double b) { return a + a.make(b); }
inline Num operator-(Num a, double b) { return a - a.make(b); }
inline Num operator*(Num a, double b) { return a * a.make(b); }
inline Num operator+(double a, Num b) { return b.make(a) + b; }
inline Num operator-(double a, Num b) { return b.make(a) - b; }
inline Num operator/(double a, Num b) { return b.make(a) / b; }

/// a * b + c: one rounding where the instruction set has it, else two.
Num mulAdd(Num a, Num b, Num c);
inline Num mulAdd(Num a, double b, Num c) { return mulAdd(a, a.make(b), c); }
inline Num mulAdd(Num a, Num b, double c) { return mulAdd(a, b, a.make(c)); }
/// A quotient nearer to n / d than `first` is, by an estimate of 1 / d.
inline Num nearerQuotient(Num first, Num n, Num d, Num reciprocal) {
  return mulAdd(mulAdd(-first, d, n), reciprocal, first);
}

/// a / b to within one unit in the last place, for finite |b| >= 2^-64; where
/// |b| > 2^bias / 2 the result may be 0. On a GPU a correctly rounded quotient
/// is the larger part of most formulas, and this one is four instructions.
Num quotient(Num a, Num b);

Num abs(Num a);
Num sqrt(Num a);
Num floor(Num a);
Num trunc(Num a);
/// The nearest integer, for |a| < 2^(mantissaBits - 1); beyond, any number. The
/// sign of a zero may change.
Num nearestInteger(Num a);

/// The nearest integer, of two that farther from 0, where `hasApproximations`: by
/// sums, each of which takes an eighth of the time of a rounding there.
Num roundFromZero(Num a);

/// Comparisons are ordered: false when an operand is NaN.
Mask operator<(Num a, double b);
Mask operator>(Num a, double b);
Mask operator<=(Num a, double b);
Mask operator>=(Num a, double b);
Mask operator==(Num a, double b);
Mask operator<(Num a, Num b);
Mask operator>(Num a, Num b);
Mask operator==(Num a, Num b);
/// a > b, or one of them is NaN.
Mask greaterOrNan(Num a, double b);
Mask isNan(Num a);
Mask operator&(Mask a, Mask b);
Mask operator!(Mask a);

Num select(Mask condition, Num a, Num b);
inline Num select(Mask condition, double a, Num b) {
  return select(condition, b.make(a), b);
}
inline Num select(Mask condition, Num a, double b) {
  return select(condition, a, a.make(b));
}
/// The smaller, the larger of both; a NaN in `a` stays.
Num atMost(Num a, double bound);
Num atLeast(Num a, double bound);
Num clamp(Num a, double low, double high);

/// An f32 as f64, and back to the type of `like`, rounded.
Num widen(Num a);
Num narrow(Num a, Num like);

Bits bits(Num a);
/// A signed integer as a number of type `like`, rounded.
Num fromInteger(Bits a, Num like);
/// The number of type `like` whose pattern is `a`.
Num number(Bits a, Num like);
Bits operator+(Bits a, Bits b);
Bits operator-(Bits a, Bits b);
Bits operator&(Bits a, uint64_t b);
Bits operator|(Bits a, Bits b);
Bits operator^(Bits a, Bits b);
Bits shiftLeft(Bits a, int count);
/// Brings zeros in.
Bits shiftRight(Bits a, int count);
Mask nonZero(Bits a);

/// The sign bit of `a`, all other bits zero.
Bits signOf(Num a);
/// `a` with the pattern's bits flipped: a sign bit negates.
Num flip(Num a, Bits pattern);

/// c[0] + c[1] x + c[2] x^2 + ..., Horner's rule.
Num polynomial(Num x, llvm::ArrayRef<double> c);

/// 2^(n + offset) for an integer n with a normal result; unspecified (but a number or
/// NaN) otherwise.
Num powerOfTwo(Num n, int offset = 0);
/// a * 2^n for an integer |n| <= 2 bias; overflows and underflows as it should.
/// A NaN in `a` stays.
Num scale(Num a, Num n);

/// hi + lo, the rounding error of hi being in lo.
struct Pair {
  Num hi, lo;
};
/// Exact sum, for any operands.
Pair twoSum(Num a, Num b);
/// Exact sum where |a| >= |b| or a = 0.
Pair fastTwoSum(Num a, Num b);
/// The leading half of the significand.
Num leadingHalf(Num a);
/// Product with its rounding error (to within one unit of the error's last
/// place where there is no fused multiply-add).
Pair twoProduct(Num a, Num b);

// Instructions that not every target has. Each that returns an optional returns
// nothing where there is none for this type.

/// Whether vreduce and vscalef exist for this type: AVX-512 and a whole vector
/// register.
bool hasScalef(Num a);
/// vreduce: a - floor(a), truncated to the format; 0 for an infinity.
Num fractionOf(Num a);
/// vscalef: a * 2^floor(n), saturating at both ends; NaN stays.
Num scalef(Num a, Num n);
/// cvtps2dq: the integer nearest to `a`, INT_MIN for NaN.
std::optional<Bits> nativeInteger(Num a);
/// Whether the approximate instructions of PTX exist for this type: f32 on a GPU.
bool hasApproximations(Num a);
/// ex2.approx.ftz in f32: 2^a, relative error 2^-22, 0 where that is below the
/// normal numbers.
std::optional<Num> nativeExp2(Num a);
/// 1 / sqrt(a) with a relative error of 2^-14, of every number; on a GPU of those from
/// the smallest normal one.
std::optional<Num> guessedRsqrt(Num a);
/// 1 / a with a relative error of 2^-14, for |a| from 2^-126 to the largest number;
/// 0 of an infinity.
std::optional<Num> guessedReciprocal(Num a);
/// rsqrt.approx in f32: 1 / sqrt(a), relative error 2^-22.9.
std::optional<Num> nativeRsqrt(Num a);
/// The same by rsqrt.approx.ftz, which takes smaller numbers than normal ones for 0.
std::optional<Num> rsqrtOfNormal(Num a);
/// rcp.approx.ftz in f32: 1 / a to one unit in the last place, 0 where that is
/// below the normal numbers.
std::optional<Num> nativeReciprocal(Num a);
/// `better`, or what it was made of by a step that gives NaN where that is 0 or
/// infinite. vfixupimm does it in one instruction, a comparison and a choice in two.
Num orSpecial(Num better, Num special);
/// add.rm: a + b rounded down.
std::optional<Num> addRoundedDown(Num a, double b);

} // namespace kdslc::elementary

#endif // KDSLC_TARGETS_MATH_EXPANDMATHNUMBER_H
