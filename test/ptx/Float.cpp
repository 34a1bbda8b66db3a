//===- Float.cpp - arithmetic rounded to nearest --------------------------===//

#include "test/ptx/FloatBits.h"
#include "test/ptx/Fused.h"
#include "test/ptx/Lanewise.h"
#include <cmath>

namespace kdslc::ptx {

namespace {

template <class T>
constexpr auto countedAs = sizeof(T) == 4 ? InstructionClass::Fp32
                                          : InstructionClass::Fp64;

struct Add {
  template <class T> static T apply(T a, T b) { return a + b; }
};
struct Sub {
  template <class T> static T apply(T a, T b) { return a - b; }
};
struct Mul {
  template <class T> static T apply(T a, T b) { return a * b; }
};
struct Div {
  template <class T> static T apply(T a, T b) { return a / b; }
};

template <bool Ftz, bool Sat, class T> T finish(T x) {
  x = canonicalNan(flushIf<Ftz>(x));
  return Sat ? saturate(x) : x;
}

template <class Op, class T, bool Ftz, bool Sat> T binary(T a, T b) {
  return finish<Ftz, Sat>(Op::apply(flushIf<Ftz>(a), flushIf<Ftz>(b)));
}
template <class T, bool Ftz> T squareRoot(T a) {
  return finish<Ftz, false>(std::sqrt(flushIf<Ftz>(a)));
}
template <class T, bool Ftz> T reciprocal(T a) {
  return finish<Ftz, false>(T(1) / flushIf<Ftz>(a));
}

template <class T, bool Ftz> Lanes<T> readFlushed(Group &group, Slot slot) {
  Lanes<T> values = group.read<T>(slot);
  if (Ftz)
    for (T &value : values)
      value = flushSubnormal(value);
  return values;
}

template <class T, bool Ftz, bool Sat>
bool fused(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  Lanes<T> a = readFlushed<T, Ftz>(group, in.slots[1]);
  Lanes<T> b = readFlushed<T, Ftz>(group, in.slots[2]);
  Lanes<T> c = readFlushed<T, Ftz>(group, in.slots[3]);
  Lanes<T> results;
  fusedMultiplyAdd(a.data(), b.data(), c.data(), results.data(), numLanes);
  for (T &result : results)
    result = finish<Ftz, Sat>(result);
  group.write(in.slots[0], results, mask);
  return true;
}

template <class T, bool Ftz> T negate(T a) { return -flushIf<Ftz>(a); }
template <class T, bool Ftz> T absolute(T a) {
  return std::fabs(flushIf<Ftz>(a));
}
/// PTX names the source of the sign first.
template <class T> T copySign(T sign, T magnitude) {
  return std::copysign(magnitude, sign);
}

/// The smaller of two numbers, with -0 < +0. One NaN: the other operand, or
/// NaN when asked to keep it.
template <class T, bool Ftz, bool KeepNan> T minimum(T a, T b) {
  a = flushIf<Ftz>(a);
  b = flushIf<Ftz>(b);
  if (a != a)
    return KeepNan || b != b ? canonicalNan(a) : b;
  if (b != b)
    return KeepNan ? canonicalNan(b) : a;
  if (a == b)
    return std::signbit(a) ? a : b;
  return a < b ? a : b;
}
template <class T, bool Ftz, bool KeepNan> T maximum(T a, T b) {
  a = flushIf<Ftz>(a);
  b = flushIf<Ftz>(b);
  if (a != a)
    return KeepNan || b != b ? canonicalNan(a) : b;
  if (b != b)
    return KeepNan ? canonicalNan(b) : a;
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
template <bool Ftz, bool KeepNan> float minimum3(float a, float b, float c) {
  auto pick = minimum<float, Ftz, KeepNan>;
  return pick(pick(a, b), c);
}
template <bool Ftz, bool KeepNan> float maximum3(float a, float b, float c) {
  auto pick = maximum<float, Ftz, KeepNan>;
  return pick(pick(a, b), c);
}

// Two floats in a 64-bit register, the first in the low half.
float half(uint64_t pair, unsigned which) {
  return bitCast<float>(uint32_t(pair >> (32 * which)));
}
uint64_t pairOf(float low, float high) {
  return uint64_t(bitCast<uint32_t>(high)) << 32 | bitCast<uint32_t>(low);
}
template <class Op, bool Ftz> uint64_t packed(uint64_t a, uint64_t b) {
  auto apply = binary<Op, float, Ftz, false>;
  return pairOf(apply(half(a, 0), half(b, 0)), apply(half(a, 1), half(b, 1)));
}
template <bool Ftz> uint64_t packedFused(uint64_t a, uint64_t b, uint64_t c) {
  float results[2];
  for (unsigned i = 0; i < 2; ++i)
    results[i] = finish<Ftz, false>(std::fma(flushIf<Ftz>(half(a, i)),
                                             flushIf<Ftz>(half(b, i)),
                                             flushIf<Ftz>(half(c, i))));
  return pairOf(results[0], results[1]);
}

template <class T>
void addFused(FormTable &table, const std::string &suffix, Handler handler) {
  std::vector<OperandForm> operands(4, {Role::Source, registerType<T>()});
  operands[0].role = Role::Destination;
  for (const char *name : {"fma.rn", "mad.rn"})
    table.add(name + suffix, {handler, countedAs<T>, operands});
}

/// A sum, difference or product may state .rn or leave it out.
template <class Op, class T, bool Ftz, bool Sat>
void addBinary(FormTable &table, const std::string &name,
               const std::string &suffix) {
  addLanewise<binary<Op, T, Ftz, Sat>>(table, name + suffix, countedAs<T>);
  addLanewise<binary<Op, T, Ftz, Sat>>(table, name + ".rn" + suffix,
                                       countedAs<T>);
}

template <class Op>
void addBinaryForms(FormTable &table, const std::string &name) {
  addBinary<Op, float, false, false>(table, name, ".f32");
  addBinary<Op, float, true, false>(table, name, ".ftz.f32");
  addBinary<Op, float, false, true>(table, name, ".sat.f32");
  addBinary<Op, float, true, true>(table, name, ".ftz.sat.f32");
  addBinary<Op, float, true, true>(table, name, ".sat.ftz.f32");
  addBinary<Op, double, false, false>(table, name, ".f64");
  addLanewise<packed<Op, false>>(table, name + ".rn.f32x2",
                                 InstructionClass::Fp32);
  addLanewise<packed<Op, true>>(table, name + ".rn.ftz.f32x2",
                                InstructionClass::Fp32);
}

template <class T, bool Ftz>
void addRoundedForms(FormTable &table, const std::string &suffix) {
  addLanewise<binary<Div, T, Ftz, false>>(table, "div.rn" + suffix,
                                          countedAs<T>);
  addLanewise<squareRoot<T, Ftz>>(table, "sqrt.rn" + suffix,
                                  InstructionClass::Special);
  addLanewise<reciprocal<T, Ftz>>(table, "rcp.rn" + suffix,
                                  InstructionClass::Special);
  addFused<T>(table, suffix, fused<T, Ftz, false>);
  addLanewise<negate<T, Ftz>>(table, "neg" + suffix, countedAs<T>);
  addLanewise<absolute<T, Ftz>>(table, "abs" + suffix, countedAs<T>);
  addLanewise<minimum<T, Ftz, false>>(table, "min" + suffix, countedAs<T>);
  addLanewise<maximum<T, Ftz, false>>(table, "max" + suffix, countedAs<T>);
}

template <bool Ftz> void addNanForms(FormTable &table, const std::string &ftz) {
  auto fp32 = InstructionClass::Fp32;
  std::string plain = ftz + ".f32", nan = ftz + ".NaN.f32";
  addLanewise<minimum<float, Ftz, true>>(table, "min" + nan, fp32);
  addLanewise<maximum<float, Ftz, true>>(table, "max" + nan, fp32);
  // Since sm_100 there may be three operands.
  addLanewise<minimum3<Ftz, false>>(table, "min" + plain + "/3", fp32);
  addLanewise<maximum3<Ftz, false>>(table, "max" + plain + "/3", fp32);
  addLanewise<minimum3<Ftz, true>>(table, "min" + nan + "/3", fp32);
  addLanewise<maximum3<Ftz, true>>(table, "max" + nan + "/3", fp32);
}

} // namespace

void addFloatForms(FormTable &table) {
  addBinaryForms<Add>(table, "add");
  addBinaryForms<Sub>(table, "sub");
  addBinaryForms<Mul>(table, "mul");
  addRoundedForms<float, false>(table, ".f32");
  addRoundedForms<float, true>(table, ".ftz.f32");
  addRoundedForms<double, false>(table, ".f64");
  addFused<float>(table, ".sat.f32", fused<float, false, true>);
  addFused<float>(table, ".ftz.sat.f32", fused<float, true, true>);
  addLanewise<packedFused<false>>(table, "fma.rn.f32x2",
                                  InstructionClass::Fp32);
  addLanewise<packedFused<true>>(table, "fma.rn.ftz.f32x2",
                                 InstructionClass::Fp32);
  addNanForms<false>(table, "");
  addNanForms<true>(table, ".ftz");
  addLanewise<copySign<float>>(table, "copysign.f32", InstructionClass::Fp32);
  addLanewise<copySign<double>>(table, "copysign.f64", InstructionClass::Fp64);
}

} // namespace kdslc::ptx
