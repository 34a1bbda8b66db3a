//===- ExpandMathNumber.cpp - arithmetic on values under construction -----===//

#include "compiler/targets/math/ExpandMathNumber.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include <limits>

using namespace mlir;

namespace kdslc::elementary {

namespace {

/// `like` with another element type.
Type withElement(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.clone(element);
  return element;
}

/// An attribute of `type`, splat over a vector.
TypedAttr splat(Type type, Attribute element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return DenseElementsAttr::get(vector, element);
  return cast<TypedAttr>(element);
}

template <typename Op, typename... Args>
Value emit(MathContext &cx, Args... a) {
  return Op::create(cx.builder, cx.loc, a...);
}

Mask compare(arith::CmpFPredicate predicate, Num a, Num b) {
  return {a.cx, emit<arith::CmpFOp>(*a.cx, predicate, a.value, b.value)};
}

} // namespace

Value MathContext::constant(TypedAttr attr) {
  Value &value = constants[attr];
  if (!value) {
    OpBuilder atEntry = OpBuilder::atBlockBegin(&entry);
    value =
        arith::ConstantOp::create(atEntry, entry.getParentOp()->getLoc(), attr);
  }
  return value;
}

const FloatFormat &formatOf(Type type) {
  static const FloatFormat single = {false,
                                     23,
                                     127,
                                     std::numeric_limits<float>::min(),
                                     std::numeric_limits<float>::max(),
                                     0x1.8p23,
                                     uint64_t(1) << 31};
  static const FloatFormat dbl = {true,
                                  52,
                                  1023,
                                  std::numeric_limits<double>::min(),
                                  std::numeric_limits<double>::max(),
                                  0x1.8p52,
                                  uint64_t(1) << 63};
  return getElementTypeOrSelf(type).isF64() ? dbl : single;
}

Num Num::make(double number) const {
  Type type = value.getType();
  auto element = FloatAttr::get(getElementTypeOrSelf(type), number);
  return {cx, cx->constant(splat(type, element))};
}

Bits Bits::make(uint64_t pattern) const {
  Type type = value.getType();
  auto element = IntegerAttr::get(
      getElementTypeOrSelf(type),
      APInt(getElementTypeOrSelf(type).getIntOrFloatBitWidth(), pattern,
            /*isSigned=*/false, /*implicitTrunc=*/true));
  return {cx, cx->constant(splat(type, element))};
}

Num operator+(Num a, Num b) {
  return {a.cx, emit<arith::AddFOp>(*a.cx, a.value, b.value)};
}
Num operator-(Num a, Num b) {
  return {a.cx, emit<arith::SubFOp>(*a.cx, a.value, b.value)};
}
Num operator*(Num a, Num b) {
  return {a.cx, emit<arith::MulFOp>(*a.cx, a.value, b.value)};
}
Num operator/(Num a, Num b) {
  return {a.cx, emit<arith::DivFOp>(*a.cx, a.value, b.value)};
}
Num operator-(Num a) { return {a.cx, emit<arith::NegFOp>(*a.cx, a.value)}; }

Num mulAdd(Num a, Num b, Num c) {
  if (!a.cx->hasFma())
    return a * b + c;
  return {a.cx, emit<math::FmaOp>(*a.cx, a.value, b.value, c.value)};
}

Num quotient(Num a, Num b) {
  std::optional<Num> reciprocal = nativeReciprocal(b);
  if (!reciprocal)
    return a / b;
  Num q = a * *reciprocal;
  Num rest = mulAdd(-q, b, a);
  return mulAdd(rest, *reciprocal, q);
}

Num abs(Num a) { return {a.cx, emit<math::AbsFOp>(*a.cx, a.value)}; }
Num sqrt(Num a) { return {a.cx, emit<math::SqrtOp>(*a.cx, a.value)}; }
Num floor(Num a) { return {a.cx, emit<math::FloorOp>(*a.cx, a.value)}; }
Num trunc(Num a) { return {a.cx, emit<math::TruncOp>(*a.cx, a.value)}; }

Num nearestInteger(Num a) {
  // On a GPU a rounding costs as much as eight additions in f32, four in f64.
  double magic = a.format().roundMagic;
  if (a.cx->isa == Isa::Gpu)
    return (a + magic) - magic;
  return {a.cx, emit<math::RoundEvenOp>(*a.cx, a.value)};
}

Mask operator<(Num a, Num b) {
  return compare(arith::CmpFPredicate::OLT, a, b);
}
Mask operator>(Num a, Num b) {
  return compare(arith::CmpFPredicate::OGT, a, b);
}
Mask operator==(Num a, Num b) {
  return compare(arith::CmpFPredicate::OEQ, a, b);
}
Mask operator<(Num a, double b) { return a < a.make(b); }
Mask operator>(Num a, double b) { return a > a.make(b); }
Mask operator==(Num a, double b) { return a == a.make(b); }
Mask operator<=(Num a, double b) {
  return compare(arith::CmpFPredicate::OLE, a, a.make(b));
}
Mask operator>=(Num a, double b) {
  return compare(arith::CmpFPredicate::OGE, a, a.make(b));
}
Mask greaterOrNan(Num a, double b) {
  return compare(arith::CmpFPredicate::UGT, a, a.make(b));
}
Mask isNan(Num a) { return compare(arith::CmpFPredicate::UNO, a, a); }

Mask operator&(Mask a, Mask b) {
  return {a.cx, emit<arith::AndIOp>(*a.cx, a.value, b.value)};
}
Mask operator!(Mask a) {
  Type type = a.value.getType();
  Attribute one = BoolAttr::get(type.getContext(), true);
  return {a.cx, emit<arith::XOrIOp>(*a.cx, a.value,
                                    a.cx->constant(splat(type, one)))};
}

Num select(Mask condition, Num a, Num b) {
  return {a.cx,
          emit<arith::SelectOp>(*a.cx, condition.value, a.value, b.value)};
}

/// Whether min.NaN and max.NaN exist for this type.
static bool hasMinNan(Num a) {
  return a.cx->isa == Isa::Gpu && !a.format().isDouble;
}

// The comparison is false for NaN, and these two selections are one vminps and
// one vmaxps.
Num atMost(Num a, double bound) {
  if (hasMinNan(a))
    return {a.cx, emit<arith::MinimumFOp>(*a.cx, a.value, a.make(bound).value)};
  return select(a > bound, bound, a);
}
Num atLeast(Num a, double bound) {
  if (hasMinNan(a))
    return {a.cx, emit<arith::MaximumFOp>(*a.cx, a.value, a.make(bound).value)};
  return select(a < bound, bound, a);
}
Num clamp(Num a, double low, double high) {
  return atMost(atLeast(a, low), high);
}

Num widen(Num a) {
  Type type = a.value.getType();
  Type wide = withElement(type, Float64Type::get(type.getContext()));
  return {a.cx, emit<arith::ExtFOp>(*a.cx, wide, a.value)};
}
Num narrow(Num a, Num like) {
  return {a.cx, emit<arith::TruncFOp>(*a.cx, like.value.getType(), a.value)};
}

Bits bits(Num a) {
  Type type = a.value.getType();
  Type element = IntegerType::get(
      type.getContext(), getElementTypeOrSelf(type).getIntOrFloatBitWidth());
  return {a.cx,
          emit<arith::BitcastOp>(*a.cx, withElement(type, element), a.value)};
}

Num fromInteger(Bits a, Num like) {
  return {a.cx, emit<arith::SIToFPOp>(*a.cx, like.value.getType(), a.value)};
}

Num number(Bits a, Num like) {
  return {a.cx, emit<arith::BitcastOp>(*a.cx, like.value.getType(), a.value)};
}

Bits operator+(Bits a, Bits b) {
  return {a.cx, emit<arith::AddIOp>(*a.cx, a.value, b.value)};
}
Bits operator-(Bits a, Bits b) {
  return {a.cx, emit<arith::SubIOp>(*a.cx, a.value, b.value)};
}
Bits operator&(Bits a, uint64_t b) {
  return {a.cx, emit<arith::AndIOp>(*a.cx, a.value, a.make(b).value)};
}
Bits operator|(Bits a, Bits b) {
  return {a.cx, emit<arith::OrIOp>(*a.cx, a.value, b.value)};
}
Bits operator^(Bits a, Bits b) {
  return {a.cx, emit<arith::XOrIOp>(*a.cx, a.value, b.value)};
}
Bits shiftLeft(Bits a, int count) {
  return {a.cx, emit<arith::ShLIOp>(*a.cx, a.value, a.make(count).value)};
}
Bits shiftRight(Bits a, int count) {
  return {a.cx, emit<arith::ShRUIOp>(*a.cx, a.value, a.make(count).value)};
}
Mask nonZero(Bits a) {
  return {a.cx, emit<arith::CmpIOp>(*a.cx, arith::CmpIPredicate::ne, a.value,
                                    a.make(0).value)};
}

Bits signOf(Num a) { return bits(a) & a.format().signBit; }
Num flip(Num a, Bits pattern) { return number(bits(a) ^ pattern, a); }

Num polynomial(Num x, ArrayRef<double> c) {
  Num sum = x.make(c.back());
  for (double next : llvm::reverse(c.drop_back()))
    sum = mulAdd(sum, x, next);
  return sum;
}

Num powerOfTwo(Num n, int offset) {
  const FloatFormat &f = n.format();
  // The sum holds n + offset + bias in its low bits; the shift drops all others.
  Num biased = n + (f.roundMagic + f.bias + offset);
  return number(shiftLeft(bits(biased), f.mantissaBits), n);
}

Num scale(Num a, Num n) {
  if (hasScalef(a))
    return scalef(a, n);
  // Two factors, so that neither leaves the normal range.
  Num half = nearestInteger(n * 0.5);
  Num rest = n - half;
  return a * powerOfTwo(half) * powerOfTwo(rest);
}

Pair twoSum(Num a, Num b) {
  Num sum = a + b;
  Num bPart = sum - a;
  Num aPart = sum - bPart;
  Num aError = a - aPart;
  return {sum, aError + (b - bPart)};
}

Pair fastTwoSum(Num a, Num b) {
  Num sum = a + b;
  return {sum, b - (sum - a)};
}

Num leadingHalf(Num a) {
  const FloatFormat &f = a.format();
  uint64_t low = (uint64_t(1) << ((f.mantissaBits + 2) / 2)) - 1;
  return number(bits(a) & ~low, a);
}

Pair twoProduct(Num a, Num b) {
  Num product = a * b;
  if (a.cx->hasFma())
    return {product, mulAdd(a, b, -product)};
  // Dekker's product; halves by mask cannot overflow.
  Num aHi = leadingHalf(a), aLo = a - aHi;
  Num bHi = leadingHalf(b), bLo = b - bHi;
  Num error = aHi * bHi - product;
  error = error + aHi * bLo;
  error = error + aLo * bHi;
  return {product, error + aLo * bLo};
}

//===----------------------------------------------------------------------===//
// Instructions without a generic form
//===----------------------------------------------------------------------===//

/// The register width of a one-dimensional vector type: 128, 256, 512, or 0.
static unsigned registerWidth(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || vector.getRank() != 1 || vector.isScalable())
    return 0;
  int64_t width = vector.getNumElements() * vector.getElementTypeBitWidth();
  return width == 128 || width == 256 || width == 512 ? width : 0;
}

static Value callIntrinsic(MathContext &cx, const Twine &name, Type result,
                           ValueRange args) {
  StringAttr attr = cx.builder.getStringAttr(name);
  return LLVM::CallIntrinsicOp::create(cx.builder, cx.loc, result, attr, args)
      .getResults();
}

/// The mask of an AVX-512 intrinsic that leaves no lane out.
static Value allLanes(MathContext &cx, Type type) {
  unsigned lanes = cast<VectorType>(type).getNumElements();
  unsigned maskBits = std::max(lanes, 8u);
  return cx.constant(cx.builder.getIntegerAttr(
      cx.builder.getIntegerType(maskBits), APInt::getAllOnes(maskBits)));
}

/// Calls `llvm.x86.avx512.mask.<name>` with all lanes on; lanes that are off
/// would come from `args`' last operand.
static Num avx512Call(StringRef name, Num a, SmallVector<Value> args) {
  Type type = a.value.getType();
  unsigned width = registerWidth(type);
  MathContext &cx = *a.cx;
  args.push_back(allLanes(cx, type));
  constexpr int currentRounding = 4;
  if (width == 512)
    args.push_back(cx.constant(cx.builder.getI32IntegerAttr(currentRounding)));
  StringRef suffix = a.format().isDouble ? ".pd." : ".ps.";
  return {a.cx, callIntrinsic(
                    cx, "llvm.x86.avx512.mask." + name + suffix + Twine(width),
                    type, args)};
}

bool hasScalef(Num a) {
  return a.cx->isa == Isa::V4 && registerWidth(a.value.getType()) != 0;
}

Num fractionOf(Num a) {
  constexpr int roundDown = 1; // no fraction bits kept, rounding mode "down"
  MathContext &cx = *a.cx;
  Value mode = cx.constant(cx.builder.getI32IntegerAttr(roundDown));
  return avx512Call("reduce", a, {a.value, mode, a.value});
}

Num scalef(Num a, Num n) {
  return avx512Call("scalef", a, {a.value, n.value, a.value});
}

static std::optional<Num> guess(StringRef name, Num a) {
  if (!hasScalef(a)) // the same instruction set
    return std::nullopt;
  Type type = a.value.getType();
  StringRef suffix = a.format().isDouble ? ".pd." : ".ps.";
  return Num{a.cx, callIntrinsic(*a.cx,
                                 "llvm.x86.avx512." + name + suffix +
                                     Twine(registerWidth(type)),
                                 type,
                                 {a.value, a.value, allLanes(*a.cx, type)})};
}

Num orSpecial(Num better, Num special) {
  if (!hasScalef(better))
    return select(isNan(better), special, better);
  // Four bits for each class of numbers: 1 takes the second operand.
  constexpr uint64_t zero = 1 << 8, negativeInfinity = 1 << 16,
                     infinity = 1 << 20;
  MathContext &cx = *better.cx;
  Bits table = bits(better.make(0)).make(zero | negativeInfinity | infinity);
  Value noFlags = cx.constant(cx.builder.getI32IntegerAttr(0));
  return avx512Call("fixupimm", better,
                    {better.value, special.value, table.value, noFlags});
}

std::optional<Bits> nativeInteger(Num a) {
  Type type = a.value.getType();
  if (a.cx->isa == Isa::Gpu || a.format().isDouble)
    return std::nullopt;
  StringRef name;
  if (registerWidth(type) == 128)
    name = "llvm.x86.sse2.cvtps2dq";
  else if (registerWidth(type) == 256 && a.cx->isa != Isa::V2)
    name = "llvm.x86.avx.cvt.ps2dq.256";
  else
    return std::nullopt;
  Type result = withElement(type, IntegerType::get(type.getContext(), 32));
  return Bits{a.cx, callIntrinsic(*a.cx, name, result, a.value)};
}

/// Calls `llvm.nvvm.<name>.f` or `.d`, which take scalars.
static std::optional<Num> nvvmCall(StringRef name, Num a, ValueRange args) {
  Type type = a.value.getType();
  if (a.cx->isa != Isa::Gpu || isa<VectorType>(type))
    return std::nullopt;
  StringRef suffix = a.format().isDouble ? ".d" : ".f";
  return Num{a.cx,
             callIntrinsic(*a.cx, "llvm.nvvm." + name + suffix, type, args)};
}

std::optional<Num> guessedReciprocal(Num a) {
  return a.cx->isa == Isa::Gpu ? nvvmCall("rcp.approx.ftz", a, a.value)
                               : guess("rcp14", a);
}

std::optional<Num> guessedRsqrt(Num a) {
  return a.cx->isa == Isa::Gpu ? nvvmCall("rsqrt.approx.ftz", a, a.value)
                               : guess("rsqrt14", a);
}

bool hasApproximations(Num a) {
  // PTX states no accuracy for f64, or that of the upper half.
  return a.cx->isa == Isa::Gpu && a.value.getType().isF32();
}

static std::optional<Num> approximateCall(StringRef name, Num a) {
  if (!hasApproximations(a))
    return std::nullopt;
  return nvvmCall(name, a, a.value);
}

std::optional<Num> nativeExp2(Num a) {
  return approximateCall("ex2.approx.ftz", a);
}

std::optional<Num> nativeRsqrt(Num a) {
  return approximateCall("rsqrt.approx", a);
}

std::optional<Num> rsqrtOfNormal(Num a) {
  return approximateCall("rsqrt.approx.ftz", a);
}

std::optional<Num> nativeReciprocal(Num a) {
  return approximateCall("rcp.approx.ftz", a);
}

std::optional<Num> addRoundedDown(Num a, double b) {
  return nvvmCall("add.rm", a, {a.value, a.make(b).value});
}

/// add.rz: a + b rounded toward 0.
static Num addTruncated(Num a, double b) {
  return *nvvmCall("add.rz", a, {a.value, a.make(b).value});
}

Num roundFromZero(Num a) {
  constexpr double integers = 0x1p23; // no number above it has a fraction
  Num size = abs(a);
  Num whole = addTruncated(addTruncated(size, 0.5), integers) - integers;
  return flip(select(size < integers, whole, size), signOf(a));
}

} // namespace kdslc::elementary
