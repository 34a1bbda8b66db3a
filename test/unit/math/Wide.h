//===- Wide.h - functions of 113 bits -------------------------------------===//
//
// The C library has them for _Float128, which is another name of __float128;
// its headers show them to some compilers only.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_MATH_WIDE_H
#define KDSLC_TEST_UNIT_MATH_WIDE_H

namespace kdslc_test {
using Wide = __float128;
} // namespace kdslc_test

extern "C" {
#define UNARY(NAME) __float128 NAME##f128(__float128) noexcept;
UNARY(exp2)
UNARY(exp)
UNARY(expm1)
UNARY(log)
UNARY(log2)
UNARY(log10)
UNARY(log1p)
UNARY(sqrt)
UNARY(sin)
UNARY(cos)
UNARY(tan)
UNARY(asin)
UNARY(acos)
UNARY(atan)
UNARY(sinh)
UNARY(cosh)
UNARY(tanh)
UNARY(asinh)
UNARY(acosh)
UNARY(atanh)
UNARY(erf)
UNARY(erfc)
UNARY(lgamma)
#undef UNARY
__float128 powf128(__float128, __float128) noexcept;
__float128 atan2f128(__float128, __float128) noexcept;
}

#endif // KDSLC_TEST_UNIT_MATH_WIDE_H
