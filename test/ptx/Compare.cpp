//===- Compare.cpp - comparisons and selections ---------------------------===//

#include "test/ptx/FloatBits.h"
#include "test/ptx/Half.h"
#include "test/ptx/Lanewise.h"
#include <cmath>

namespace kdslc::ptx {

namespace {

// What an entry's modifier holds: how the comparison is combined with a third
// operand.
constexpr uint32_t combineMask = 3;
constexpr uint32_t combineAnd = 1, combineOr = 2, combineXor = 3;
/// set.*.f32 gives 1.0 where set.*.u32 gives all ones.
constexpr uint32_t givesFloat = 4;

template <class T>
constexpr auto countedAs = std::is_integral_v<T> ? InstructionClass::Integer
                           : sizeof(T) <= 4      ? InstructionClass::Fp32
                                                 : InstructionClass::Fp64;

struct Eq {
  template <class T> static bool apply(T a, T b) { return a == b; }
};
struct Lt {
  template <class T> static bool apply(T a, T b) { return a < b; }
};
struct Le {
  template <class T> static bool apply(T a, T b) { return a <= b; }
};
struct Gt {
  template <class T> static bool apply(T a, T b) { return a > b; }
};
struct Ge {
  template <class T> static bool apply(T a, T b) { return a >= b; }
};
struct Num {
  template <class T> static bool apply(T a, T b) { return a == a && b == b; }
};
struct Ne {
  template <class T> static bool apply(T a, T b) {
    return Num::apply(a, b) && a != b;
  }
};
/// The comparison, or true when an operand is NaN.
template <class C> struct Unordered {
  template <class T> static bool apply(T a, T b) {
    return !Num::apply(a, b) || C::apply(a, b);
  }
};
struct Nan {
  template <class T> static bool apply(T a, T b) { return !Num::apply(a, b); }
};

template <class C, bool Ftz, class T>
LaneMask compare(const Lanes<T> &a, const Lanes<T> &b) {
  LaneMask result = 0;
  for (unsigned lane = 0; lane < numLanes; ++lane) {
    if constexpr (Ftz)
      result |=
          LaneMask(C::apply(flushSubnormal(a[lane]), flushSubnormal(b[lane])))
          << lane;
    else
      result |= LaneMask(C::apply(a[lane], b[lane])) << lane;
  }
  return result;
}

LaneMask combine(LaneMask comparison, LaneMask third, uint32_t modifier) {
  switch (modifier & combineMask) {
  case combineAnd:
    return comparison & third;
  case combineOr:
    return comparison | third;
  case combineXor:
    return comparison ^ third;
  }
  return comparison;
}

/// setp: p = (a C b) op c, q = !(a C b) op c.
template <class C, bool Ftz, class T>
bool setPredicate(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  LaneMask result =
      compare<C, Ftz>(group.read<T>(in.slots[2]), group.read<T>(in.slots[3]));
  LaneMask third = in.modifier & combineMask ? group.predicate(in.slots[4]) : 0;
  group.writePredicate(in.slots[0], combine(result, third, in.modifier), mask);
  group.writePredicate(in.slots[1], combine(~result, third, in.modifier), mask);
  return true;
}

/// set: all ones or 1.0 where the comparison holds.
template <class C, bool Ftz, class T>
bool setRegister(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  LaneMask result =
      compare<C, Ftz>(group.read<T>(in.slots[1]), group.read<T>(in.slots[2]));
  if (in.modifier & combineMask)
    result = combine(result, group.predicate(in.slots[3]), in.modifier);
  uint32_t yes = in.modifier & givesFloat ? bitCast<uint32_t>(1.0f) : ~0u;
  applyLanes<uint32_t>(group, in.slots[0], mask, [&](unsigned lane) {
    return result >> lane & 1 ? yes : 0;
  });
  return true;
}

template <class C, bool Ftz, class T>
void addComparison(FormTable &table, const std::string &comparison,
                   const std::string &suffix) {
  const char *combinations[] = {"", ".and", ".or", ".xor"};
  Type type = registerType<T>();
  for (uint32_t how = 0; how < 4; ++how) {
    std::string middle = comparison + combinations[how] + (Ftz ? ".ftz" : "");
    std::vector<OperandForm> operands = {{Role::PredicatePair, Type::Pred},
                                         {Role::Source, type},
                                         {Role::Source, type}};
    if (how)
      operands.push_back({Role::Source, Type::Pred});
    table.add("setp." + middle + suffix, {setPredicate<C, Ftz, T>, countedAs<T>,
                                          operands, Control::None, how});
    for (Type to : {Type::U32, Type::S32, Type::F32}) {
      operands[0] = {Role::Destination, to};
      const char *name = to == Type::U32   ? ".u32"
                         : to == Type::S32 ? ".s32"
                                           : ".f32";
      table.add("set." + middle + name + suffix,
                {setRegister<C, Ftz, T>, countedAs<T>, operands, Control::None,
                 how | (to == Type::F32 ? givesFloat : 0)});
    }
  }
}

template <class T, bool Ftz = false>
void addOrderComparisons(FormTable &table, const std::string &suffix) {
  addComparison<Eq, Ftz, T>(table, "eq", suffix);
  addComparison<Ne, Ftz, T>(table, "ne", suffix);
  addComparison<Lt, Ftz, T>(table, "lt", suffix);
  addComparison<Le, Ftz, T>(table, "le", suffix);
  addComparison<Gt, Ftz, T>(table, "gt", suffix);
  addComparison<Ge, Ftz, T>(table, "ge", suffix);
}

template <class T, bool Ftz>
void addFloatComparisons(FormTable &table, const std::string &suffix) {
  addOrderComparisons<T, Ftz>(table, suffix);
  addComparison<Unordered<Eq>, Ftz, T>(table, "equ", suffix);
  addComparison<Unordered<Ne>, Ftz, T>(table, "neu", suffix);
  addComparison<Unordered<Lt>, Ftz, T>(table, "ltu", suffix);
  addComparison<Unordered<Le>, Ftz, T>(table, "leu", suffix);
  addComparison<Unordered<Gt>, Ftz, T>(table, "gtu", suffix);
  addComparison<Unordered<Ge>, Ftz, T>(table, "geu", suffix);
  addComparison<Num, Ftz, T>(table, "num", suffix);
  addComparison<Nan, Ftz, T>(table, "nan", suffix);
}

template <class T>
void addIntegerComparisons(FormTable &table, const std::string &width) {
  addOrderComparisons<T>(table, ".u" + width);
  addOrderComparisons<std::make_signed_t<T>>(table, ".s" + width);
  addComparison<Eq, false, T>(table, "eq", ".b" + width);
  addComparison<Ne, false, T>(table, "ne", ".b" + width);
  addComparison<Lt, false, T>(table, "lo", ".u" + width);
  addComparison<Le, false, T>(table, "ls", ".u" + width);
  addComparison<Gt, false, T>(table, "hi", ".u" + width);
  addComparison<Ge, false, T>(table, "hs", ".u" + width);
}

template <class T> T select(T a, T b, bool condition) {
  return condition ? a : b;
}
template <class T> T selectBySign(T a, T b, int32_t c) {
  return c >= 0 ? a : b;
}
template <class T, bool Ftz> T selectByFloat(T a, T b, float c) {
  return flushIf<Ftz>(c) >= 0 ? a : b;
}

template <class T>
void addSelections(FormTable &table, const std::string &suffix) {
  auto other = InstructionClass::Other;
  addLanewise<select<T>>(table, "selp" + suffix, other);
  addLanewise<selectBySign<T>>(table, "slct" + suffix + ".s32", other);
  addLanewise<selectByFloat<T, false>>(table, "slct" + suffix + ".f32", other);
  addLanewise<selectByFloat<T, true>>(table, "slct.ftz" + suffix + ".f32",
                                      other);
}

template <class T> bool isInfinite(T x) { return std::isinf(x); }
template <class T> bool isFinite(T x) { return std::isfinite(x); }
template <class T> bool isNumber(T x) { return x == x; }
template <class T> bool isNan(T x) { return x != x; }
template <class T> bool isSubnormal(T x) {
  return std::fpclassify(x) == FP_SUBNORMAL;
}
/// PTX counts zero as normal: it is no subnormal number.
template <class T> bool isNormal(T x) { return std::isnormal(x) || x == 0; }

template <class T> void addTests(FormTable &table, const std::string &suffix) {
  addLanewise<isInfinite<T>>(table, "testp.infinite" + suffix, countedAs<T>);
  addLanewise<isFinite<T>>(table, "testp.finite" + suffix, countedAs<T>);
  addLanewise<isNumber<T>>(table, "testp.number" + suffix, countedAs<T>);
  addLanewise<isNan<T>>(table, "testp.notanumber" + suffix, countedAs<T>);
  addLanewise<isSubnormal<T>>(table, "testp.subnormal" + suffix, countedAs<T>);
  addLanewise<isNormal<T>>(table, "testp.normal" + suffix, countedAs<T>);
}

} // namespace

void addCompareForms(FormTable &table) {
  addIntegerComparisons<uint16_t>(table, "16");
  addIntegerComparisons<uint32_t>(table, "32");
  addIntegerComparisons<uint64_t>(table, "64");
  addFloatComparisons<float, false>(table, ".f32");
  addFloatComparisons<float, true>(table, ".f32");
  addFloatComparisons<double, false>(table, ".f64");
  addFloatComparisons<Half, false>(table, ".f16");
  for (char kind : {'b', 'u', 's'}) {
    addSelections<uint16_t>(table, std::string(".") + kind + "16");
    addSelections<uint32_t>(table, std::string(".") + kind + "32");
    addSelections<uint64_t>(table, std::string(".") + kind + "64");
  }
  addSelections<float>(table, ".f32");
  addSelections<double>(table, ".f64");
  addTests<float>(table, ".f32");
  addTests<double>(table, ".f64");
}

} // namespace kdslc::ptx
