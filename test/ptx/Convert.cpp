//===- Convert.cpp - cvt --------------------------------------------------===//

#include "test/ptx/FloatBits.h"
#include "test/ptx/Half.h"
#include "test/ptx/Lanewise.h"
#include <cmath>

namespace kdslc::ptx {

namespace {

enum class Rounding : uint8_t { Nearest, Zero, Down, Up };

// What an entry's modifier holds.
constexpr uint32_t roundingMask = 3;
constexpr uint32_t flushes = 4;
constexpr uint32_t saturates = 8;
constexpr uint32_t toIntegral = 16; ///< float to float: .rni and the like

template <class T> T roundToIntegral(T x, Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return std::nearbyint(x);
  case Rounding::Zero:
    return std::trunc(x);
  case Rounding::Down:
    return std::floor(x);
  case Rounding::Up:
    return std::ceil(x);
  }
  return x;
}

/// The float nearest to `exact` on the side that the rounding asks for. A long
/// double holds every integer of 64 bits and every double.
template <class F> F roundToFloat(long double exact, Rounding rounding) {
  F nearest = F(exact);
  if (rounding == Rounding::Nearest || nearest != nearest || nearest == exact)
    return nearest;
  constexpr F infinity = std::numeric_limits<F>::infinity();
  bool isAbove = nearest > exact;
  if (isAbove &&
      (rounding == Rounding::Down || (rounding == Rounding::Zero && exact > 0)))
    return std::nextafter(nearest, -infinity);
  if (!isAbove &&
      (rounding == Rounding::Up || (rounding == Rounding::Zero && exact < 0)))
    return std::nextafter(nearest, infinity);
  return nearest;
}

/// Out of range: the nearest integer that there is.
template <class D, class S> D floatToInteger(S x, uint32_t modifier) {
  if (x != x)
    return sizeof(S) == 8 || sizeof(D) == 8
               ? D(uint64_t(1) << (8 * sizeof(D) - 1))
               : D(0);
  x = roundToIntegral(x, Rounding(modifier & roundingMask));
  // 2^31 and the like are floats where the greatest integer is not.
  S above = std::ldexp(S(1), std::numeric_limits<D>::digits);
  if (x >= above)
    return std::numeric_limits<D>::max();
  if (x < S(std::numeric_limits<D>::min()))
    return std::numeric_limits<D>::min();
  return D(x);
}

template <class D, class S> D integerToInteger(S x, uint32_t modifier) {
  if (!(modifier & saturates))
    return D(x);
  using Limits = std::numeric_limits<D>;
  __int128 wide = x;
  return wide < __int128(Limits::min())   ? Limits::min()
         : wide > __int128(Limits::max()) ? Limits::max()
                                          : D(x);
}

template <class D, class S> D toFloat(S x, uint32_t modifier) {
  auto rounding = Rounding(modifier & roundingMask);
  D result;
  if constexpr (std::is_integral_v<S>)
    result =
        rounding == Rounding::Nearest ? D(x) : roundToFloat<D>(x, rounding);
  else if (modifier & toIntegral)
    result = D(roundToIntegral(x, rounding));
  else
    result =
        rounding == Rounding::Nearest ? D(x) : roundToFloat<D>(x, rounding);
  if (modifier & flushes)
    result = flushSubnormal(result);
  result = canonicalNan(result);
  return modifier & saturates ? saturate(result) : result;
}

template <class D, class S> D convert(S x, uint32_t modifier) {
  if constexpr (std::is_floating_point_v<S>)
    if (modifier & flushes)
      x = flushSubnormal(x);
  if constexpr (std::is_same_v<S, Half> && std::is_same_v<D, Half>)
    return narrowToHalf(
        roundToIntegral(widen(x), Rounding(modifier & roundingMask)));
  else if constexpr (std::is_same_v<S, Half> && std::is_integral_v<D>)
    return floatToInteger<D>(float(widen(x)), modifier);
  else if constexpr (std::is_same_v<S, Half>)
    return toFloat<D>(D(widen(x)), modifier);
  else if constexpr (std::is_same_v<D, Half>)
    return narrowToHalf(double(x));
  else if constexpr (std::is_floating_point_v<D>)
    return toFloat<D>(x, modifier);
  else if constexpr (std::is_floating_point_v<S>)
    return floatToInteger<D>(x, modifier);
  else
    return integerToInteger<D>(x, modifier);
}

template <class T> T fromRegister(uint64_t bits) {
  if constexpr (std::is_same_v<T, float>)
    return bitCast<float>(uint32_t(bits));
  else if constexpr (std::is_same_v<T, double>)
    return bitCast<double>(bits);
  else if constexpr (std::is_same_v<T, Half>)
    return {uint16_t(bits)};
  else
    return T(bits);
}

/// Widened to the register by the sign of signed types, else by zeros.
template <class T> uint64_t toRegister(T x) {
  if constexpr (std::is_same_v<T, float>)
    return bitCast<uint32_t>(x);
  else if constexpr (std::is_same_v<T, double>)
    return bitCast<uint64_t>(x);
  else if constexpr (std::is_same_v<T, Half>)
    return x.bits;
  else
    return uint64_t(int64_t(x));
}

// Registers may be wider than the types.
template <class D, class S>
bool convertLanes(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto from = group.readWide(in.slots[1], in.sourceBytes);
  Lanes<uint64_t> to = {};
  forEachLane(mask, [&](unsigned lane) {
    to[lane] = toRegister(convert<D>(fromRegister<S>(from[lane]), in.modifier));
  });
  group.writeNarrow(in.slots[0], in.destinationBytes, to, mask);
  return true;
}

template <class T> std::string suffixOf() {
  constexpr bool isHalf = std::is_same_v<T, Half>;
  const char *kind = std::is_floating_point_v<T> || isHalf ? ".f"
                     : std::is_signed_v<T>                 ? ".s"
                                                           : ".u";
  return kind + std::to_string(8 * sizeof(T));
}

template <class T> Type typeOf() {
  if (std::is_same_v<T, Half>)
    return Type::B16;
  return *typeOfSuffix(suffixOf<T>().substr(1));
}

template <class D, class S>
void addForm(FormTable &table, const std::string &middle, uint32_t modifier) {
  table.add(
      "cvt" + middle + suffixOf<D>() + suffixOf<S>(),
      {convertLanes<D, S>,
       InstructionClass::Convert,
       {{Role::WideDestination, typeOf<D>()}, {Role::WideSource, typeOf<S>()}},
       Control::None,
       modifier});
}

/// Whether .sat can make a difference; it is not allowed where it cannot.
template <class D, class S> constexpr bool canSaturate() {
  if constexpr (std::is_integral_v<D> && std::is_integral_v<S>)
    return __int128(std::numeric_limits<D>::max()) <
               __int128(std::numeric_limits<S>::max()) ||
           __int128(std::numeric_limits<D>::min()) >
               __int128(std::numeric_limits<S>::min());
  else
    return true;
}

/// With and without .ftz, where a side is single precision, and .sat.
template <class D, class S>
void addVariants(FormTable &table, const std::string &rounding,
                 uint32_t modifier) {
  constexpr bool hasSingle =
      std::is_same_v<D, float> || std::is_same_v<S, float>;
  addForm<D, S>(table, rounding, modifier);
  if (canSaturate<D, S>())
    addForm<D, S>(table, rounding + ".sat", modifier | saturates);
  if (!hasSingle)
    return;
  addForm<D, S>(table, rounding + ".ftz", modifier | flushes);
  addForm<D, S>(table, rounding + ".ftz.sat", modifier | flushes | saturates);
}

constexpr const char *toIntegerModes[] = {".rni", ".rzi", ".rmi", ".rpi"};

template <class D, class S> void addConversion(FormTable &table) {
  constexpr bool toReal = std::is_floating_point_v<D>;
  constexpr bool fromReal = std::is_floating_point_v<S>;
  constexpr bool isNarrowing = toReal && (!fromReal || sizeof(D) < sizeof(S));
  const char *toFloatModes[] = {".rn", ".rz", ".rm", ".rp"};
  for (uint32_t mode = 0; mode < 4; ++mode) {
    if (isNarrowing)
      addVariants<D, S>(table, toFloatModes[mode], mode);
    if (fromReal && (!toReal || sizeof(D) == sizeof(S)))
      addVariants<D, S>(table, toIntegerModes[mode], mode | toIntegral);
  }
  if (toReal == fromReal && !isNarrowing)
    addVariants<D, S>(table, "", 0);
}

/// From half precision to integers, to whole numbers, and from integers.
template <class I> void addHalfAndInteger(FormTable &table) {
  for (uint32_t mode = 0; mode < 4; ++mode)
    addForm<I, Half>(table, toIntegerModes[mode], mode);
  addForm<Half, I>(table, ".rn", 0);
}

template <class D> void addConversionsTo(FormTable &table) {
  addConversion<D, uint8_t>(table);
  addConversion<D, int8_t>(table);
  addConversion<D, uint16_t>(table);
  addConversion<D, int16_t>(table);
  addConversion<D, uint32_t>(table);
  addConversion<D, int32_t>(table);
  addConversion<D, uint64_t>(table);
  addConversion<D, int64_t>(table);
  addConversion<D, float>(table);
  addConversion<D, double>(table);
}

/// Two numbers in one register, the second one in its lower half.
uint32_t packHalves(float upper, float lower) {
  return uint32_t(narrowToHalf(upper).bits) << 16 | narrowToHalf(lower).bits;
}

} // namespace

void addConvertForms(FormTable &table) {
  addConversionsTo<uint8_t>(table);
  addConversionsTo<int8_t>(table);
  addConversionsTo<uint16_t>(table);
  addConversionsTo<int16_t>(table);
  addConversionsTo<uint32_t>(table);
  addConversionsTo<int32_t>(table);
  addConversionsTo<uint64_t>(table);
  addConversionsTo<int64_t>(table);
  addConversionsTo<float>(table);
  addConversionsTo<double>(table);
  addHalfAndInteger<uint16_t>(table);
  addHalfAndInteger<int16_t>(table);
  addHalfAndInteger<uint32_t>(table);
  addHalfAndInteger<int32_t>(table);
  addHalfAndInteger<uint64_t>(table);
  addHalfAndInteger<int64_t>(table);
  for (uint32_t mode = 0; mode < 4; ++mode)
    addForm<Half, Half>(table, toIntegerModes[mode], mode);
  addForm<float, Half>(table, "", 0);
  addForm<float, Half>(table, ".ftz", flushes);
  addForm<double, Half>(table, "", 0);
  addForm<Half, float>(table, ".rn", 0);
  addForm<Half, float>(table, ".rn.ftz", flushes);
  addForm<Half, double>(table, ".rn", 0);
  addLanewise<packHalves>(table, "cvt.rn.f16x2.f32",
                          InstructionClass::Convert);
}

} // namespace kdslc::ptx
