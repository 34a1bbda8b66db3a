//===- IntegerTest.cpp - integer instructions against the host ------------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;

namespace {

/// Values at the edges of a type, and some in between.
template <class T> std::vector<T> edgeValues() {
  using Limits = std::numeric_limits<T>;
  return {T(0),          T(1),          T(2),    T(7),
          Limits::max(), Limits::min(), T(-1),   T(Limits::max() - 1),
          T(100),        T(0x55555555), T(-100), T(Limits::min() + 1)};
}

/// All pairs of the edge values.
template <class T> std::pair<std::vector<T>, std::vector<T>> edgePairs() {
  std::pair<std::vector<T>, std::vector<T>> pairs;
  for (T a : edgeValues<T>())
    for (T b : edgeValues<T>()) {
      pairs.first.push_back(a);
      pairs.second.push_back(b);
    }
  return pairs;
}

template <class R, class T, class F>
void checkBinary(const std::string &mnemonic, F expected) {
  auto [a, b] = edgePairs<T>();
  auto results = evaluate<R>(mnemonic + " %d, %a0, %a1;", a, b);
  for (size_t i = 0; i < a.size(); ++i) {
    INFO(mnemonic << " " << a[i] << ", " << b[i]);
    REQUIRE(results[i] == R(expected(a[i], b[i])));
  }
}

template <class T> void checkArithmetic(const std::string &suffix) {
  using U = uint64_t; // wraps, and holds the low bits of any result
  checkBinary<T, T>("add" + suffix, [](T a, T b) { return U(a) + U(b); });
  checkBinary<T, T>("sub" + suffix, [](T a, T b) { return U(a) - U(b); });
  checkBinary<T, T>("mul.lo" + suffix, [](T a, T b) { return U(a) * U(b); });
  checkBinary<T, T>("mul.hi" + suffix, [](T a, T b) {
    using Product =
        std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>;
    return (Product(a) * Product(b)) >> (8 * sizeof(T));
  });
  checkBinary<T, T>("min" + suffix, [](T a, T b) { return std::min(a, b); });
  checkBinary<T, T>("max" + suffix, [](T a, T b) { return std::max(a, b); });
}

template <class T> void checkDivision(const std::string &suffix) {
  auto [a, b] = edgePairs<T>();
  for (T &divisor : b)
    divisor = divisor ? divisor : T(3);
  auto quotients = evaluate<T>("div" + suffix + " %d, %a0, %a1;", a, b);
  auto rests = evaluate<T>("rem" + suffix + " %d, %a0, %a1;", a, b);
  for (size_t i = 0; i < a.size(); ++i) {
    __int128 quotient = __int128(a[i]) / b[i];
    REQUIRE(quotients[i] == T(quotient));
    REQUIRE(rests[i] == T(a[i] - quotient * b[i]));
  }
}

} // namespace

TEST_CASE("integer arithmetic is the host's") {
  checkArithmetic<uint16_t>(".u16");
  checkArithmetic<int16_t>(".s16");
  checkArithmetic<uint32_t>(".u32");
  checkArithmetic<int32_t>(".s32");
  checkArithmetic<uint64_t>(".u64");
  checkArithmetic<int64_t>(".s64");
}

TEST_CASE("integer division truncates") {
  checkDivision<uint16_t>(".u16");
  checkDivision<int16_t>(".s16");
  checkDivision<uint32_t>(".u32");
  checkDivision<int32_t>(".s32");
  checkDivision<uint64_t>(".u64");
  checkDivision<int64_t>(".s64");
}

TEST_CASE("wide products keep all bits") {
  checkBinary<uint32_t, uint16_t>(
      "mul.wide.u16", [](uint16_t a, uint16_t b) { return uint32_t(a) * b; });
  checkBinary<int32_t, int16_t>(
      "mul.wide.s16", [](int16_t a, int16_t b) { return int32_t(a) * b; });
  checkBinary<uint64_t, uint32_t>(
      "mul.wide.u32", [](uint32_t a, uint32_t b) { return uint64_t(a) * b; });
  checkBinary<int64_t, int32_t>(
      "mul.wide.s32", [](int32_t a, int32_t b) { return int64_t(a) * b; });
  CHECK(evaluateOne<int64_t>("mad.wide.s32 %d, %a0, %a1, %a2;", -3, 1 << 30,
                             int64_t(5)) == 5 - (int64_t(3) << 30));
}

TEST_CASE("multiply-add, absolute values and differences") {
  CHECK(evaluateOne<int32_t>("mad.lo.s32 %d, %a0, %a1, 7;", -3, 5) == -8);
  CHECK(evaluateOne<uint64_t>("mad.lo.s64 %d, %a0, 31, %a1;", ~uint64_t(0),
                              uint64_t(2)) == uint64_t(-29));
  CHECK(evaluateOne<int32_t>("mad.hi.s32 %d, %a0, %a0, 1;", 1 << 20) == 257);
  CHECK(evaluateOne<int32_t>("neg.s32 %d, %a0;", 5) == -5);
  CHECK(evaluateOne<int16_t>("abs.s16 %d, %a0;", int16_t(-7)) == 7);
  CHECK(evaluateOne<int32_t>("abs.s32 %d, %a0;", INT32_MIN) == INT32_MIN);
  CHECK(evaluateOne<uint32_t>("sad.u32 %d, %a0, %a1, 10;", 3u, 8u) == 15);
  CHECK(evaluateOne<int32_t>("mul24.lo.s32 %d, %a0, 3;", 0x01ffffff) == -3);
  CHECK(evaluateOne<int32_t>("add.sat.s32 %d, %a0, 1;", INT32_MAX) ==
        INT32_MAX);
  CHECK(evaluateOne<int32_t>("sub.sat.s32 %d, %a0, 1;", INT32_MIN) ==
        INT32_MIN);
}

TEST_CASE("carries make longer sums and differences") {
  std::string add = ".reg .b32 %x<6>;\n"
                    "mov.b64 {%x0, %x1}, %a0;\nmov.b64 {%x2, %x3}, %a1;\n"
                    "add.cc.u32 %x4, %x0, %x2;\naddc.u32 %x5, %x1, %x3;\n"
                    "mov.b64 %d, {%x4, %x5};";
  std::string sub = add;
  sub.replace(sub.find("add.cc"), 3, "sub");
  sub.replace(sub.find("addc"), 3, "sub");
  auto [a, b] = edgePairs<uint64_t>();
  auto sums = evaluate<uint64_t>(add, a, b);
  auto differences = evaluate<uint64_t>(sub, a, b);
  for (size_t i = 0; i < a.size(); ++i) {
    REQUIRE(sums[i] == a[i] + b[i]);
    REQUIRE(differences[i] == a[i] - b[i]);
  }
}

TEST_CASE("shifts clamp their amount") {
  auto shl = [](uint32_t by) {
    return evaluateOne<uint32_t>("shl.b32 %d, %a0, %a1;", 0x80000001u, by);
  };
  CHECK(shl(1) == 2);
  CHECK(shl(32) == 0);
  CHECK(shl(~0u) == 0);
  CHECK(evaluateOne<uint32_t>("shr.u32 %d, %a0, 31;", 0x80000000u) == 1);
  CHECK(evaluateOne<int32_t>("shr.s32 %d, %a0, 40;", -5) == -1);
  CHECK(evaluateOne<int64_t>("shr.s64 %d, %a0, 3;", int64_t(-9)) == -2);
  CHECK(evaluateOne<uint16_t>("shr.u16 %d, %a0, 8;", uint16_t(0xff00)) == 0xff);
  CHECK(evaluateOne<uint16_t>("shl.b16 %d, %a0, 15;", uint16_t(3)) == 0x8000);
  CHECK(evaluateOne<uint32_t>("shf.l.wrap.b32 %d, %a0, %a1, 36;", 0xf0000000u,
                              1u) == 0x1f);
  CHECK(evaluateOne<uint32_t>("shf.r.clamp.b32 %d, %a0, %a1, 36;", 5u, 9u) ==
        9);
}

TEST_CASE("logic and bit fields") {
  uint32_t a = 0xf0f0a5a5, b = 0x12345678, c = 0xffff0000;
  CHECK(evaluateOne<uint32_t>("and.b32 %d, %a0, %a1;", a, b) == (a & b));
  CHECK(evaluateOne<uint32_t>("or.b32 %d, %a0, -2;", a) == (a | ~1u));
  CHECK(evaluateOne<uint64_t>("xor.b64 %d, %a0, 255;", uint64_t(a)) ==
        (uint64_t(a) ^ 255));
  CHECK(evaluateOne<uint16_t>("not.b16 %d, %a0;", uint16_t(1)) == 0xfffe);
  CHECK(evaluateOne<uint32_t>("cnot.b32 %d, %a0;", 0u) == 1);
  // The table of (a & b) ^ c.
  uint32_t table = (0xf0 & 0xcc) ^ 0xaa;
  CHECK(evaluateOne<uint32_t>("lop3.b32 %d, %a0, %a1, %a2, " +
                                  std::to_string(table) + ";",
                              a, b, c) == ((a & b) ^ c));
  CHECK(evaluateOne<uint32_t>("bfe.u32 %d, %a0, 4, 8;", b) == 0x67);
  CHECK(evaluateOne<int32_t>("bfe.s32 %d, %a0, 4, 4;", 0xf0u) == -1);
  CHECK(evaluateOne<int32_t>("bfe.s32 %d, %a0, 28, 9;", 0x80000000u) == -8);
  CHECK(evaluateOne<uint32_t>("bfe.u32 %d, %a0, 4, 0;", b) == 0);
  CHECK(evaluateOne<uint32_t>("bfi.b32 %d, %a0, %a1, 8, 16;", 0xabcdu, b) ==
        0x12abcd78);
  CHECK(evaluateOne<uint32_t>("popc.b64 %d, %a0;", ~uint64_t(0)) == 64);
  CHECK(evaluateOne<uint32_t>("clz.b32 %d, %a0;", 0u) == 32);
  CHECK(evaluateOne<uint32_t>("clz.b64 %d, %a0;", uint64_t(1)) == 63);
  CHECK(evaluateOne<uint32_t>("brev.b32 %d, %a0;", 1u) == 0x80000000);
  CHECK(evaluateOne<uint32_t>("bfind.u32 %d, %a0;", 0u) == ~0u);
  CHECK(evaluateOne<uint32_t>("bfind.s32 %d, %a0;", -5) == 2);
  CHECK(evaluateOne<uint32_t>("bfind.shiftamt.u32 %d, %a0;", 1u) == 31);
}

TEST_CASE("prmt picks bytes") {
  uint32_t a = 0x83020100, b = 0x07060504;
  auto prmt = [&](const std::string &mode, uint32_t selector) {
    return evaluateOne<uint32_t>("prmt.b32" + mode + " %d, %a0, %a1, %a2;", a,
                                 b, selector);
  };
  CHECK(prmt("", 0x7531) == 0x07058301);
  CHECK(prmt("", 0x00b8) == 0x0000ff00);
  CHECK(prmt(".f4e", 1) == 0x04830201);
  CHECK(prmt(".b4e", 1) == 0x06070001);
  CHECK(prmt(".rc8", 3) == 0x83838383);
  CHECK(prmt(".ecl", 2) == 0x83020202);
  CHECK(prmt(".ecr", 1) == 0x01010100);
  CHECK(prmt(".rc16", 1) == 0x83028302);
}

TEST_CASE("moves pack and unpack") {
  CHECK(evaluateOne<uint64_t>("mov.b64 %d, {%a0, %a1};", 1u, 2u) ==
        0x200000001);
  CHECK(evaluateOne<uint32_t>("mov.b64 {_, %d}, %a0;", uint64_t(5) << 32) == 5);
  CHECK(evaluateOne<uint32_t>("mov.b32 %d, {%a0, %a1};", uint16_t(1),
                              uint16_t(2)) == 0x20001);
  CHECK(evaluateOne<uint32_t>(
            ".reg .b16 %h<4>;\nmov.b64 {%h0, %h1, %h2, %h3}, %a0;\n"
            "mov.b32 %d, {%h3, %h1};",
            uint64_t(0x4444333322221111)) == 0x22224444);
  CHECK(evaluateOne<uint32_t>("mov.u32 %d, WARP_SZ;", 0u) == 32);
  CHECK(evaluateOne<float>("mov.b32 %d, 0f3FC00000;", 0u) == 1.5f);
}

TEST_CASE("a division by zero is a fault") {
  Device device;
  std::vector<uint32_t> out(1);
  device.addOutput(out);
  auto fault = device.run(kernelText(
      ".param .u64 out",
      ".reg .b32 %r<2>;\nmov.u32 %r0, %tid.x;\ndiv.s32 %r1, 5, %r0;\nret;\n"));
  REQUIRE(fault);
  CHECK(fault->kind == FaultKind::DivisionByZero);
}
