//===- Bits.cpp - logic, shifts and bit fields ----------------------------===//

#include "test/ptx/Lanewise.h"
#include <algorithm>

namespace kdslc::ptx {

namespace {

constexpr auto counted = InstructionClass::Integer;

template <class T> constexpr uint32_t bitsOf() { return 8 * sizeof(T); }

template <class T> T bitAnd(T a, T b) { return T(a & b); }
template <class T> T bitOr(T a, T b) { return T(a | b); }
template <class T> T bitXor(T a, T b) { return T(a ^ b); }
template <class T> T bitNot(T a) {
  if constexpr (std::is_same_v<T, bool>)
    return !a;
  else
    return T(~a);
}
template <class T> T isZero(T a) { return a == 0; }

// Shift amounts beyond the width are clamped to it.
template <class T> T shiftLeft(T a, uint32_t by) {
  return by < bitsOf<T>() ? T(std::make_unsigned_t<T>(a) << by) : T(0);
}
template <class T> T shiftRight(T a, uint32_t by) {
  if (by < bitsOf<T>())
    return T(a >> by);
  return a < T(0) ? T(-1) : T(0);
}

template <bool Left, bool Wrap>
uint32_t funnelShift(uint32_t low, uint32_t high, uint32_t by) {
  by = Wrap ? by & 31 : std::min(by, 32u);
  uint64_t both = uint64_t(high) << 32 | low;
  return uint32_t(Left ? both << by >> 32 : both >> by);
}

/// A field of `length` bits at `start`, sign-extended for signed types. Bits
/// beyond the top read as zeros or as the sign.
template <class T> T extractField(T a, uint32_t start, uint32_t length) {
  start &= 255;
  length &= 255;
  if (length == 0)
    return 0;
  T field = shiftRight(a, start);
  uint32_t left = bitsOf<T>() - std::min(length, bitsOf<T>());
  return shiftRight(shiftLeft(field, left), left);
}

template <class T>
T insertField(T from, T into, uint32_t start, uint32_t length) {
  start &= 255;
  length &= 255;
  T ones = length < bitsOf<T>() ? T((T(1) << length) - 1) : T(~T(0));
  T mask = shiftLeft(ones, start);
  return T((into & ~mask) | (shiftLeft(from, start) & mask));
}

template <class T> uint32_t countOnes(T a) {
  uint64_t bits = std::make_unsigned_t<T>(a);
  return uint32_t(__builtin_popcountll(bits));
}
template <class T> uint32_t leadingZeros(T a) {
  return a ? uint32_t(__builtin_clzll(a)) - (64 - bitsOf<T>()) : bitsOf<T>();
}
template <class T> T reverseBits(T a) {
  T reversed = 0;
  for (uint32_t bit = 0; bit < bitsOf<T>(); ++bit)
    reversed = T(reversed << 1 | (a >> bit & 1));
  return reversed;
}

/// The highest bit that differs from the sign; all ones when there is none.
template <class T, bool ShiftAmount> uint32_t findHighest(T a) {
  using Unsigned = std::make_unsigned_t<T>;
  Unsigned bits = a < T(0) ? Unsigned(~a) : Unsigned(a);
  if (bits == 0)
    return ~0u;
  uint32_t zeros = leadingZeros(bits);
  return ShiftAmount ? zeros : bitsOf<T>() - 1 - zeros;
}

uint32_t pickByte(uint64_t bytes, uint32_t selector) {
  uint32_t byte = bytes >> (8 * (selector & 7)) & 255;
  bool replicateSign = selector & 8;
  return !replicateSign ? byte : byte & 128 ? 255 : 0;
}
uint32_t permute(uint32_t a, uint32_t b, uint32_t selectors) {
  uint64_t bytes = uint64_t(b) << 32 | a;
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i)
    result |= pickByte(bytes, selectors >> (4 * i) & 15) << (8 * i);
  return result;
}

// The other modes of prmt are permutations that the low two bits of the
// selector choose.
template <const uint16_t (&Selectors)[4]>
uint32_t permuteBy(uint32_t a, uint32_t b, uint32_t choice) {
  return permute(a, b, Selectors[choice & 3]);
}
constexpr uint16_t forward4[] = {0x3210, 0x4321, 0x5432, 0x6543};
constexpr uint16_t backward4[] = {0x5670, 0x6701, 0x7012, 0x0123};
constexpr uint16_t replicate8[] = {0x0000, 0x1111, 0x2222, 0x3333};
constexpr uint16_t edgeLeft[] = {0x3210, 0x3211, 0x3222, 0x3333};
constexpr uint16_t edgeRight[] = {0x0000, 0x1110, 0x2210, 0x3210};
constexpr uint16_t replicate16[] = {0x1010, 0x3232, 0x1010, 0x3232};

/// Each bit of the table is the result for one combination of a, b and c.
uint32_t logic3(uint32_t a, uint32_t b, uint32_t c, uint32_t table) {
  uint32_t result = 0;
  for (unsigned row = 0; row < 8; ++row)
    if (table >> row & 1)
      result |= (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
  return result;
}

template <class T>
void addLogicForms(FormTable &table, const std::string &suffix) {
  addLanewise<bitAnd<T>>(table, "and" + suffix, counted);
  addLanewise<bitOr<T>>(table, "or" + suffix, counted);
  addLanewise<bitXor<T>>(table, "xor" + suffix, counted);
  addLanewise<bitNot<T>>(table, "not" + suffix, counted);
}

template <class T>
void addShiftForms(FormTable &table, const std::string &width) {
  using Signed = std::make_signed_t<T>;
  addLanewise<shiftLeft<T>>(table, "shl.b" + width, counted);
  addLanewise<shiftRight<T>>(table, "shr.b" + width, counted);
  addLanewise<shiftRight<T>>(table, "shr.u" + width, counted);
  addLanewise<shiftRight<Signed>>(table, "shr.s" + width, counted);
  addLanewise<isZero<T>>(table, "cnot.b" + width, counted);
}

template <class T>
void addFieldForms(FormTable &table, const std::string &width) {
  using Signed = std::make_signed_t<T>;
  addLanewise<extractField<T>>(table, "bfe.u" + width, counted);
  addLanewise<extractField<Signed>>(table, "bfe.s" + width, counted);
  addLanewise<insertField<T>>(table, "bfi.b" + width, counted);
  addLanewise<countOnes<T>>(table, "popc.b" + width, counted);
  addLanewise<leadingZeros<T>>(table, "clz.b" + width, counted);
  addLanewise<reverseBits<T>>(table, "brev.b" + width, counted);
  addLanewise<findHighest<T, false>>(table, "bfind.u" + width, counted);
  addLanewise<findHighest<Signed, false>>(table, "bfind.s" + width, counted);
  addLanewise<findHighest<T, true>>(table, "bfind.shiftamt.u" + width, counted);
  addLanewise<findHighest<Signed, true>>(table, "bfind.shiftamt.s" + width,
                                         counted);
}

} // namespace

void addBitForms(FormTable &table) {
  addLogicForms<bool>(table, ".pred");
  addLogicForms<uint16_t>(table, ".b16");
  addLogicForms<uint32_t>(table, ".b32");
  addLogicForms<uint64_t>(table, ".b64");
  addShiftForms<uint16_t>(table, "16");
  addShiftForms<uint32_t>(table, "32");
  addShiftForms<uint64_t>(table, "64");
  addFieldForms<uint32_t>(table, "32");
  addFieldForms<uint64_t>(table, "64");
  addLanewise<funnelShift<true, true>>(table, "shf.l.wrap.b32", counted);
  addLanewise<funnelShift<false, true>>(table, "shf.r.wrap.b32", counted);
  addLanewise<funnelShift<true, false>>(table, "shf.l.clamp.b32", counted);
  addLanewise<funnelShift<false, false>>(table, "shf.r.clamp.b32", counted);
  addLanewise<logic3>(table, "lop3.b32", counted);
  addLanewise<permute>(table, "prmt.b32", counted);
  addLanewise<permuteBy<forward4>>(table, "prmt.b32.f4e", counted);
  addLanewise<permuteBy<backward4>>(table, "prmt.b32.b4e", counted);
  addLanewise<permuteBy<replicate8>>(table, "prmt.b32.rc8", counted);
  addLanewise<permuteBy<edgeLeft>>(table, "prmt.b32.ecl", counted);
  addLanewise<permuteBy<edgeRight>>(table, "prmt.b32.ecr", counted);
  addLanewise<permuteBy<replicate16>>(table, "prmt.b32.rc16", counted);
}

} // namespace kdslc::ptx
