//===- EmitFunctions.cpp - functions of values in arith, math and kdsl ----===//

#include "compiler/frontend/EmitFunctions.h"
#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace kdslc {

Type mlirElement(Elem elem, MLIRContext *context) {
  switch (elem) {
  case Elem::Bool:
    return IntegerType::get(context, 1);
  case Elem::I32:
    return IntegerType::get(context, 32);
  case Elem::I64:
    return IntegerType::get(context, 64);
  case Elem::F16:
    return Float16Type::get(context);
  case Elem::BF16:
    return BFloat16Type::get(context);
  case Elem::F32:
    return Float32Type::get(context);
  case Elem::F64:
    return Float64Type::get(context);
  }
  llvm_unreachable("not an element type");
}

Type mlirType(const ValueType &type, MLIRContext *context) {
  Type element = mlirElement(type.elem, context);
  return type.isScalar() ? element : VectorType::get(type.shape, element);
}

/// A product and a sum may become one multiply-add; nothing else may change.
static constexpr auto contract = arith::FastMathFlags::contract;
/// The smaller and the larger of 0 and -0 are one of them: to tell which takes two
/// instructions more.
static constexpr auto anyZero = arith::FastMathFlags::nsz;

static bool isFloatValue(Value v) {
  return isa<FloatType>(getElementTypeOrSelf(v.getType()));
}

Value FunctionEmitter::constant(Type type, double value) {
  return kdsl::constantOf(builder, loc, type, value);
}

Value FunctionEmitter::mul(Value a, Value b) {
  if (!isFloatValue(a))
    return arith::MulIOp::create(builder, loc, a, b);
  return arith::MulFOp::create(builder, loc, a, b, contract);
}

Value FunctionEmitter::div(Value a, Value b) {
  return arith::DivFOp::create(builder, loc, a, b, contract);
}

/// Toward zero, at the nearest end of the type where that is out of range, 0 for
/// NaN. The conversion itself is of numbers within range alone: of others its
/// result is not a value.
Value FunctionEmitter::toInteger(Value value, Type to) {
  Type from = value.getType();
  unsigned bits = getElementTypeOrSelf(to).getIntOrFloatBitWidth();
  double limit = std::ldexp(1.0, int(bits) - 1);
  auto constantOf = [&](const APInt &number) -> Value {
    TypedAttr attr = IntegerAttr::get(getElementTypeOrSelf(to), number);
    if (auto shaped = dyn_cast<ShapedType>(to))
      attr = DenseElementsAttr::get(shaped, attr);
    return arith::ConstantOp::create(builder, loc, attr);
  };
  auto select = [&](Value c, Value a, Value b) -> Value {
    return arith::SelectOp::create(builder, loc, c, a, b);
  };
  Value low = compare(Function::Le, value, constant(from, -limit));
  Value high = compare(Function::Ge, value, constant(from, limit));
  Value size = math::AbsFOp::create(builder, loc, value);
  Value inside = compare(Function::Lt, size, constant(from, limit));
  Value whole = arith::FPToSIOp::create(
      builder, loc, to, select(inside, value, constant(from, 0)));
  whole = select(high, constantOf(APInt::getSignedMaxValue(bits)), whole);
  return select(low, constantOf(APInt::getSignedMinValue(bits)), whole);
}

Value FunctionEmitter::convert(Value value, Type element) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == element)
    return value;
  Type to = element;
  if (auto shaped = dyn_cast<ShapedType>(value.getType()))
    to = shaped.clone(element);
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(element);
  unsigned fromBits = from.getIntOrFloatBitWidth();
  unsigned toBits = element.getIntOrFloatBitWidth();
  if (fromFloat && toFloat)
    return toBits > fromBits
               ? Value(arith::ExtFOp::create(builder, loc, to, value))
               : Value(arith::TruncFOp::create(builder, loc, to, value));
  if (fromFloat)
    return toInteger(value, to);
  if (toFloat)
    return fromBits == 1
               ? Value(arith::UIToFPOp::create(builder, loc, to, value))
               : Value(arith::SIToFPOp::create(builder, loc, to, value));
  if (fromBits == 1)
    return arith::ExtUIOp::create(builder, loc, to, value);
  return toBits > fromBits
             ? Value(arith::ExtSIOp::create(builder, loc, to, value))
             : Value(arith::TruncIOp::create(builder, loc, to, value));
}

//===----------------------------------------------------------------------===//
// Arithmetic and comparison
//===----------------------------------------------------------------------===//

/// floor(a / b) of integers; by zero it is 0, so that nothing traps.
Value FunctionEmitter::floorDivide(Value a, Value b) {
  using CmpI = arith::CmpIPredicate;
  auto cmp = [&](CmpI predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(builder, loc, predicate, x, y);
  };
  Value zero = constant(a.getType(), 0), one = constant(a.getType(), 1);
  Value byZero = cmp(CmpI::eq, b, zero);
  Value divisor = arith::SelectOp::create(builder, loc, byZero, one, b);
  // The smallest integer by -1 would trap too; -a wraps to the right bits.
  Value minusOne = constant(a.getType(), -1);
  Value byMinusOne = cmp(CmpI::eq, b, minusOne);
  divisor = arith::SelectOp::create(builder, loc, byMinusOne, one, divisor);
  Value quotient = arith::DivSIOp::create(builder, loc, a, divisor);
  Value rest = arith::SubIOp::create(
      builder, loc, a, arith::MulIOp::create(builder, loc, quotient, divisor));
  Value signs = arith::XOrIOp::create(builder, loc, rest, divisor);
  Value lower = arith::AndIOp::create(builder, loc, cmp(CmpI::ne, rest, zero),
                                      cmp(CmpI::slt, signs, zero));
  Value down = arith::SubIOp::create(builder, loc, quotient, one);
  quotient = arith::SelectOp::create(builder, loc, lower, down, quotient);
  Value negative = arith::SubIOp::create(builder, loc, zero, a);
  quotient =
      arith::SelectOp::create(builder, loc, byMinusOne, negative, quotient);
  return arith::SelectOp::create(builder, loc, byZero, zero, quotient);
}

Value FunctionEmitter::binary(Function function, Value a, Value b) {
  bool real = isFloatValue(a);
  switch (function) {
  case Function::Add:
    return real ? Value(arith::AddFOp::create(builder, loc, a, b, contract))
                : Value(arith::AddIOp::create(builder, loc, a, b));
  case Function::Sub:
    return real ? Value(arith::SubFOp::create(builder, loc, a, b, contract))
                : Value(arith::SubIOp::create(builder, loc, a, b));
  case Function::Mul:
    return mul(a, b);
  case Function::Div:
    return div(a, b);
  case Function::Min:
    return real ? Value(arith::MinimumFOp::create(builder, loc, a, b, anyZero))
                : Value(arith::MinSIOp::create(builder, loc, a, b));
  case Function::Max:
    return real ? Value(arith::MaximumFOp::create(builder, loc, a, b, anyZero))
                : Value(arith::MaxSIOp::create(builder, loc, a, b));
  case Function::And:
    return arith::AndIOp::create(builder, loc, a, b);
  case Function::Or:
    return arith::OrIOp::create(builder, loc, a, b);
  case Function::Atan2:
    return math::Atan2Op::create(builder, loc, a, b);
  case Function::Idiv:
    return floorDivide(a, b);
  case Function::Mod: {
    Value whole = real ? Value(math::FloorOp::create(builder, loc, div(a, b)))
                       : floorDivide(a, b);
    return binary(Function::Sub, a, mul(b, whole));
  }
  default:
    return {};
  }
}

Value FunctionEmitter::compare(Function function, Value a, Value b) {
  using CmpF = arith::CmpFPredicate;
  using CmpI = arith::CmpIPredicate;
  auto make = [&](CmpF real, CmpI whole) -> Value {
    if (isFloatValue(a))
      return arith::CmpFOp::create(builder, loc, real, a, b);
    return arith::CmpIOp::create(builder, loc, whole, a, b);
  };
  switch (function) {
  case Function::Lt:
    return make(CmpF::OLT, CmpI::slt);
  case Function::Le:
    return make(CmpF::OLE, CmpI::sle);
  case Function::Gt:
    return make(CmpF::OGT, CmpI::sgt);
  case Function::Ge:
    return make(CmpF::OGE, CmpI::sge);
  case Function::Eq:
    return make(CmpF::OEQ, CmpI::eq);
  case Function::Ne:
    return make(CmpF::UNE, CmpI::ne);
  default:
    return {};
  }
}

Value FunctionEmitter::power(Value base, const Expr &exponent, Value value) {
  // Products, when `kdsl-differentiate` has made derivatives.
  if (exponent.kind == ExprKind::Number && isInteger(exponent.type.elem) &&
      exponent.integer > -(int64_t(1) << 40) &&
      exponent.integer < (int64_t(1) << 40))
    return kdsl::powerOf(builder, loc, base, exponent.integer);
  value = convert(value, getElementTypeOrSelf(base.getType()));
  if (value.getType() != base.getType())
    value = vector::BroadcastOp::create(builder, loc, base.getType(), value);
  return math::PowFOp::create(builder, loc, base, value);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Value FunctionEmitter::elementary(Function function, Value x) {
  switch (function) {
  case Function::Exp:
    return math::ExpOp::create(builder, loc, x);
  case Function::Exp2:
    return math::Exp2Op::create(builder, loc, x);
  case Function::Expm1:
    return math::ExpM1Op::create(builder, loc, x);
  case Function::Log:
    return math::LogOp::create(builder, loc, x);
  case Function::Log2:
    return math::Log2Op::create(builder, loc, x);
  case Function::Log1p:
    return math::Log1pOp::create(builder, loc, x);
  case Function::Sqrt:
    return math::SqrtOp::create(builder, loc, x);
  case Function::Rsqrt:
    return math::RsqrtOp::create(builder, loc, x);
  case Function::Sin:
    return math::SinOp::create(builder, loc, x);
  case Function::Cos:
    return math::CosOp::create(builder, loc, x);
  case Function::Tan:
    return math::TanOp::create(builder, loc, x);
  case Function::Asin:
    return math::AsinOp::create(builder, loc, x);
  case Function::Acos:
    return math::AcosOp::create(builder, loc, x);
  case Function::Atan:
    return math::AtanOp::create(builder, loc, x);
  case Function::Sinh:
    return math::SinhOp::create(builder, loc, x);
  case Function::Cosh:
    return math::CoshOp::create(builder, loc, x);
  case Function::Tanh:
    return math::TanhOp::create(builder, loc, x);
  case Function::Asinh:
    return math::AsinhOp::create(builder, loc, x);
  case Function::Acosh:
    return math::AcoshOp::create(builder, loc, x);
  case Function::Atanh:
    return math::AtanhOp::create(builder, loc, x);
  case Function::Erf:
    return math::ErfOp::create(builder, loc, x);
  case Function::Erfc:
    return math::ErfcOp::create(builder, loc, x);
  case Function::Lgamma:
    return kdsl::LgammaOp::create(builder, loc, x);
  case Function::Sinc:
    return kdsl::SincOp::create(builder, loc, x);
  case Function::Floor:
    return math::FloorOp::create(builder, loc, x);
  case Function::Ceil:
    return math::CeilOp::create(builder, loc, x);
  case Function::Round:
    return math::RoundOp::create(builder, loc, x);
  default:
    return {};
  }
}

Value FunctionEmitter::piecewise(Function function, ArrayRef<Value> v) {
  Value x = v.front();
  Value zero = constant(x.getType(), 0), one = constant(x.getType(), 1);
  auto select = [&](Value c, Value a, Value b) -> Value {
    return arith::SelectOp::create(builder, loc, c, a, b);
  };
  switch (function) {
  case Function::Neg:
    return isFloatValue(x)
               ? Value(arith::NegFOp::create(builder, loc, x))
               : Value(arith::SubIOp::create(builder, loc, zero, x));
  case Function::Not:
    return arith::XOrIOp::create(builder, loc, x, one);
  case Function::Abs:
    return isFloatValue(x) ? Value(math::AbsFOp::create(builder, loc, x))
                           : Value(math::AbsIOp::create(builder, loc, x));
  case Function::Sign: // 0 and NaN are their own sign, and flat: so times 0
    return select(compare(Function::Gt, x, zero), one,
                  select(compare(Function::Lt, x, zero),
                         constant(x.getType(), -1), mul(x, zero)));
  case Function::Step:
    return select(compare(Function::Ge, x, zero), one, zero);
  case Function::Relu: // a NaN stays
    return select(compare(Function::Lt, x, zero), zero, x);
  case Function::XLogX:
    return select(compare(Function::Eq, x, zero), zero,
                  mul(x, elementary(Function::Log, x)));
  case Function::Clamp:
    return binary(Function::Min, binary(Function::Max, x, v[1]), v[2]);
  case Function::Select:
    return select(x, v[1], v[2]);
  default:
    return {};
  }
}

Value FunctionEmitter::ofVectors(Function function, ArrayRef<Value> v) {
  auto reduce = [&](vector::CombiningKind kind) -> Value {
    return vector::ReductionOp::create(builder, loc, kind, v[0], contract);
  };
  bool real = isFloatValue(v[0]);
  using Kind = vector::CombiningKind;
  switch (function) {
  case Function::Dot:
    return kdsl::DotOp::create(builder, loc, v[0], v[1]);
  case Function::SqDist:
    return kdsl::SqDistOp::create(builder, loc, v[0], v[1]);
  case Function::SqNorm:
    return kdsl::DotOp::create(builder, loc, v[0], v[0]);
  case Function::Norm:
    return math::SqrtOp::create(builder, loc,
                                ofVectors(Function::SqNorm, v[0]));
  case Function::Normalize: { // the zero vector stays
    Value norm = ofVectors(Function::Norm, v[0]);
    Value zero = constant(norm.getType(), 0), one = constant(norm.getType(), 1);
    Value safe = arith::SelectOp::create(
        builder, loc, compare(Function::Eq, norm, zero), one, norm);
    return div(v[0], vector::BroadcastOp::create(builder, loc, v[0].getType(),
                                                 safe));
  }
  case Function::FeatureSum:
    return reduce(Kind::ADD);
  case Function::FeatureProd:
    return reduce(Kind::MUL);
  case Function::FeatureMean: {
    Value sum = reduce(Kind::ADD);
    int64_t n = cast<VectorType>(v[0].getType()).getNumElements();
    return div(sum, constant(sum.getType(), double(n)));
  }
  case Function::FeatureMin:
    return reduce(real ? Kind::MINIMUMF : Kind::MINSI);
  case Function::FeatureMax:
    return reduce(real ? Kind::MAXIMUMF : Kind::MAXSI);
  case Function::FeatureAny:
    return reduce(Kind::OR);
  case Function::FeatureAll:
    return reduce(Kind::AND);
  case Function::FeatureArgMin:
  case Function::FeatureArgMax:
    return kdsl::PlaceOp::create(builder, loc, builder.getI64Type(),
                                 function == Function::FeatureArgMax, v[0]);
  default:
    return {};
  }
}

/// `v[1]` is a row or a parameter that `v[0]` may depend on.
Value FunctionEmitter::derivative(Function function, ArrayRef<Value> v) {
  switch (function) {
  case Function::Partial:
    return kdsl::PartialOp::create(builder, loc, v[0], v[1]);
  case Function::Divergence:
    return kdsl::DivergenceOp::create(builder, loc, v[0], v[1]);
  case Function::Laplacian:
    return kdsl::DivergenceOp::create(
        builder, loc, kdsl::PartialOp::create(builder, loc, v[0], v[1]), v[1]);
  default:
    return {};
  }
}

Value FunctionEmitter::apply(const Expr &expr, ArrayRef<Value> operands) {
  Function function = expr.function;
  if (Value result = ofMatrices(expr, operands))
    return result;
  if (Value result = derivative(function, operands))
    return result;
  if (Value result = ofVectors(function, operands))
    return result;
  if (function == Function::Pow)
    return power(operands[0], *expr.args[1], operands[1]);

  // Numbers meet vectors elementwise.
  SmallVector<Value> v(operands);
  if (!expr.type.isScalar())
    for (Value &operand : v)
      if (!isa<VectorType>(operand.getType()))
        operand = vector::BroadcastOp::create(
            builder, loc, VectorType::get(expr.type.shape, operand.getType()),
            operand);
  if (v.size() == 2) {
    if (Value result = compare(function, v[0], v[1]))
      return result;
    if (Value result = binary(function, v[0], v[1]))
      return result;
  }
  if (v.size() == 1)
    if (Value result = elementary(function, v[0]))
      return result;
  return piecewise(function, v);
}

} // namespace kdslc
