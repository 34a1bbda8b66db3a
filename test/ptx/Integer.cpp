//===- Integer.cpp - integer arithmetic -----------------------------------===//

#include "test/ptx/Lanewise.h"
#include "test/ptx/Machine.h"
#include <limits>

namespace kdslc::ptx {

namespace {

constexpr auto counted = InstructionClass::Integer;

template <class T> struct WiderOf;
template <> struct WiderOf<uint16_t> { using Type = uint32_t; };
template <> struct WiderOf<int16_t> { using Type = int32_t; };
template <> struct WiderOf<uint32_t> { using Type = uint64_t; };
template <> struct WiderOf<int32_t> { using Type = int64_t; };
template <> struct WiderOf<uint64_t> { using Type = unsigned __int128; };
template <> struct WiderOf<int64_t> { using Type = __int128; };
template <class T> using Wider = typename WiderOf<T>::Type;

// Sums and products wrap, which signed C++ arithmetic does not. Types narrower
// than int are widened to unsigned, not to int.
template <class T>
using Wrapping =
    std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;

template <class T> T add(T a, T b) {
  return T(Wrapping<T>(a) + Wrapping<T>(b));
}
template <class T> T sub(T a, T b) {
  return T(Wrapping<T>(a) - Wrapping<T>(b));
}
template <class T> T mulLo(T a, T b) {
  return T(Wrapping<T>(a) * Wrapping<T>(b));
}
template <class T> T mulHi(T a, T b) {
  return T((Wider<T>(a) * Wider<T>(b)) >> (8 * sizeof(T)));
}
template <class T> Wider<T> mulWide(T a, T b) {
  return Wider<T>(Wider<T>(a) * Wider<T>(b));
}
template <class T> T madLo(T a, T b, T c) { return add(mulLo(a, b), c); }
template <class T> T madHi(T a, T b, T c) { return add(mulHi(a, b), c); }
template <class T> Wider<T> madWide(T a, T b, Wider<T> c) {
  return add(mulWide(a, b), c);
}

/// The low 24 bits of the operands, multiplied.
template <class T> T low24(T a) { return T(Wrapping<T>(a) << 8) >> 8; }
template <class T> T mul24Lo(T a, T b) { return mulLo(low24(a), low24(b)); }
template <class T> T mad24Lo(T a, T b, T c) { return add(mul24Lo(a, b), c); }

// The handler has ruled out b == 0 in lanes that count.
template <class T> T divide(T a, T b) {
  if (b == 0)
    return 0;
  if (std::is_signed_v<T> && b == T(-1))
    return sub(T(0), a);
  return T(a / b);
}
template <class T> T remainder(T a, T b) {
  if (b == 0 || (std::is_signed_v<T> && b == T(-1)))
    return 0;
  return T(a % b);
}

template <class T> T minimum(T a, T b) { return a < b ? a : b; }
template <class T> T maximum(T a, T b) { return a > b ? a : b; }
template <class T> T negate(T a) { return sub(T(0), a); }
template <class T> T absolute(T a) { return a < 0 ? negate(a) : a; }
template <class T> T sad(T a, T b, T c) {
  return add(a < b ? sub(b, a) : sub(a, b), c);
}

int32_t addSaturated(int32_t a, int32_t b) {
  int64_t sum = int64_t(a) + b;
  return int32_t(std::min<int64_t>(
      std::max<int64_t>(sum, std::numeric_limits<int32_t>::min()),
      std::numeric_limits<int32_t>::max()));
}
int32_t subSaturated(int32_t a, int32_t b) {
  int64_t difference = int64_t(a) - b;
  return int32_t(std::min<int64_t>(
      std::max<int64_t>(difference, std::numeric_limits<int32_t>::min()),
      std::numeric_limits<int32_t>::max()));
}

/// PTX leaves the result of a division by zero open, so it is a fault.
template <auto Function, class T>
bool division(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  Lanes<T> divisors = group.read<T>(in.slots[2]);
  for (LaneMask left = mask; left; left &= left - 1)
    if (divisors[firstLane(left)] == 0)
      return group.machine.fail(FaultKind::DivisionByZero, in, group,
                                firstLane(left),
                                "divides by zero, which has no defined result");
  return lanewise<Function>(group, in, mask);
}

/// The sum with carry, or the difference with borrow, which is the lack of a
/// carry out of a + ~b + 1.
template <class T, bool Subtract, bool FlagIn, bool FlagOut>
bool addWithCarry(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  Lanes<T> a = group.read<T>(in.slots[1]), b = group.read<T>(in.slots[2]);
  Lanes<T> sums = {};
  LaneMask flags = group.carry;
  forEachLane(mask, [&](unsigned lane) {
    T second = Subtract ? T(~b[lane]) : b[lane];
    bool flag = FlagIn && (group.carry >> lane & 1);
    Wider<T> sum = Wider<T>(a[lane]) + second + (flag != Subtract);
    sums[lane] = T(sum);
    bool carry = sum >> (8 * sizeof(T)) != 0;
    flags = (flags & ~laneBit(lane)) | LaneMask(carry != Subtract) << lane;
  });
  if (FlagOut)
    group.carry = flags;
  group.write(in.slots[0], sums, mask);
  return true;
}

template <class T, bool Subtract>
void addCarryForms(FormTable &table, const std::string &suffix) {
  Type type = registerType<T>();
  std::vector<OperandForm> operands = {
      {Role::Destination, type}, {Role::Source, type}, {Role::Source, type}};
  std::string name = Subtract ? "sub" : "add";
  table.add(name + ".cc" + suffix,
            {addWithCarry<T, Subtract, false, true>, counted, operands});
  table.add(name + "c" + suffix,
            {addWithCarry<T, Subtract, true, false>, counted, operands});
  table.add(name + "c.cc" + suffix,
            {addWithCarry<T, Subtract, true, true>, counted, operands});
}

template <class T>
void addCommonForms(FormTable &table, const std::string &suffix) {
  addLanewise<add<T>>(table, "add" + suffix, counted);
  addLanewise<sub<T>>(table, "sub" + suffix, counted);
  addLanewise<mulLo<T>>(table, "mul.lo" + suffix, counted);
  addLanewise<mulHi<T>>(table, "mul.hi" + suffix, counted);
  addLanewise<madLo<T>>(table, "mad.lo" + suffix, counted);
  addLanewise<madHi<T>>(table, "mad.hi" + suffix, counted);
  addLanewise<minimum<T>>(table, "min" + suffix, counted);
  addLanewise<maximum<T>>(table, "max" + suffix, counted);
  addLanewise<sad<T>>(table, "sad" + suffix, counted);
  table.add("div" + suffix,
            {division<divide<T>, T>, counted, operandsOf(divide<T>)});
  table.add("rem" + suffix,
            {division<remainder<T>, T>, counted, operandsOf(remainder<T>)});
  if constexpr (sizeof(T) <= 4) {
    addLanewise<mulWide<T>>(table, "mul.wide" + suffix, counted);
    addLanewise<madWide<T>>(table, "mad.wide" + suffix, counted);
  }
  if constexpr (sizeof(T) == 4) {
    addLanewise<mul24Lo<T>>(table, "mul24.lo" + suffix, counted);
    addLanewise<mad24Lo<T>>(table, "mad24.lo" + suffix, counted);
  }
  if constexpr (sizeof(T) >= 4) {
    using Unsigned = std::make_unsigned_t<T>;
    addCarryForms<Unsigned, false>(table, suffix);
    addCarryForms<Unsigned, true>(table, suffix);
  }
  if constexpr (std::is_signed_v<T>) {
    addLanewise<negate<T>>(table, "neg" + suffix, counted);
    addLanewise<absolute<T>>(table, "abs" + suffix, counted);
  }
}

} // namespace

void addIntegerForms(FormTable &table) {
  addCommonForms<uint16_t>(table, ".u16");
  addCommonForms<int16_t>(table, ".s16");
  addCommonForms<uint32_t>(table, ".u32");
  addCommonForms<int32_t>(table, ".s32");
  addCommonForms<uint64_t>(table, ".u64");
  addCommonForms<int64_t>(table, ".s64");
  addLanewise<addSaturated>(table, "add.sat.s32", counted);
  addLanewise<subSaturated>(table, "sub.sat.s32", counted);
}

} // namespace kdslc::ptx
