//===- FloatTest.cpp - floating-point instructions ------------------------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;

namespace {

std::vector<float> edgeFloats() {
  return {0.0f,      -0.0f,      1.0f,      -1.0f,   0.1f,      3.1415927f,
          subnormal, -subnormal, 0x1p-126f, 3.4e38f, -3.4e38f,  infinity,
          -infinity, quietNan,   1e-20f,    0x1p24f, 1.0000001f};
}

std::pair<std::vector<float>, std::vector<float>> edgePairs() {
  std::pair<std::vector<float>, std::vector<float>> pairs;
  for (float a : edgeFloats())
    for (float b : edgeFloats()) {
      pairs.first.push_back(a);
      pairs.second.push_back(b);
    }
  return pairs;
}

uint32_t canonicalBits(float x) {
  return x != x ? canonicalNanBits : bitsOf(x);
}

float flushed(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}

template <class F> void checkBinary(const std::string &name, F expected) {
  auto [a, b] = edgePairs();
  auto plain = evaluate<float>(name + ".f32 %d, %a0, %a1;", a, b);
  auto ftz = evaluate<float>(name + ".ftz.f32 %d, %a0, %a1;", a, b);
  for (size_t i = 0; i < a.size(); ++i) {
    INFO(name << " " << a[i] << ", " << b[i]);
    REQUIRE(bitsOf(plain[i]) == canonicalBits(expected(a[i], b[i])));
    REQUIRE(bitsOf(ftz[i]) ==
            canonicalBits(flushed(expected(flushed(a[i]), flushed(b[i])))));
  }
}

} // namespace

TEST_CASE("float arithmetic is IEEE, with or without ftz") {
  auto add = [](float a, float b) { return a + b; };
  checkBinary("add", add);
  checkBinary("add.rn", add);
  checkBinary("sub.rn", [](float a, float b) { return a - b; });
  checkBinary("mul.rn", [](float a, float b) { return a * b; });
  checkBinary("div.rn", [](float a, float b) { return a / b; });
}

TEST_CASE("fma rounds once") {
  float a = 1 + 0x1p-23f, c = -1 - 0x1p-22f;
  CHECK(evaluateOne<float>("fma.rn.f32 %d, %a0, %a0, %a1;", a, c) == 0x1p-46f);
  double x = 1 + 0x1p-52, z = -1 - 0x1p-51;
  CHECK(evaluateOne<double>("fma.rn.f64 %d, %a0, %a0, %a1;", x, z) == 0x1p-104);
  auto [p, q] = edgePairs();
  auto results = evaluate<float>("fma.rn.ftz.f32 %d, %a0, %a1, %a0;", p, q);
  for (size_t i = 0; i < p.size(); ++i) {
    float exact = std::fma(flushed(p[i]), flushed(q[i]), flushed(p[i]));
    REQUIRE(bitsOf(results[i]) == canonicalBits(flushed(exact)));
  }
}

TEST_CASE("directed rounding brackets the exact result") {
  auto third = [](const std::string &mode) {
    return evaluateOne<float>("div" + mode + ".f32 %d, %a0, %a1;", 1.0f, 3.0f);
  };
  CHECK(third(".rm") == third(".rz"));
  CHECK(third(".rp") == std::nextafter(third(".rm"), 1.0f));
  auto sum = [](const std::string &mode, double a, double b) {
    return evaluateOne<double>("add" + mode + ".f64 %d, %a0, %a1;", a, b);
  };
  CHECK(sum(".rp", 1, 0x1p-60) == 1 + 0x1p-52);
  CHECK(sum(".rm", 1, 0x1p-60) == 1);
  CHECK(sum(".rz", -1, -0x1p-60) == -1);
  CHECK(sum(".rm", -1, -0x1p-60) == -1 - 0x1p-52);
  CHECK(evaluateOne<float>("mul.rz.f32 %d, %a0, %a0;", 3e38f) ==
        std::numeric_limits<float>::max());
  CHECK(evaluateOne<float>("fma.rp.f32 %d, %a0, %a0, %a1;", 0x1p-30f, 1.0f) ==
        1 + 0x1p-23f);
  CHECK(evaluateOne<float>("sqrt.rm.f32 %d, %a0;", 2.0f) <
        evaluateOne<float>("sqrt.rp.f32 %d, %a0;", 2.0f));
  CHECK(evaluateOne<float>("add.rz.ftz.f32 %d, %a0, %a1;", subnormal, 0.0f) ==
        0);
  // The host rounds to nearest again afterwards.
  CHECK(evaluateOne<float>("div.rn.f32 %d, %a0, %a1;", 1.0f, 3.0f) ==
        1.0f / 3.0f);
}

TEST_CASE("sat clamps to [0, 1]") {
  auto add = [](float a) {
    return evaluateOne<float>("add.sat.f32 %d, %a0, 0f00000000;", a);
  };
  CHECK(add(2) == 1);
  CHECK(add(0.25f) == 0.25f);
  CHECK(bitsOf(add(-3)) == 0);
  CHECK(bitsOf(add(quietNan)) == 0);
  CHECK(evaluateOne<float>("fma.rn.sat.f32 %d, %a0, %a0, %a0;", 5.0f) == 1);
}

TEST_CASE("minimum and maximum") {
  auto min = [](const std::string &how, float a, float b) {
    return evaluateOne<float>("min" + how + ".f32 %d, %a0, %a1;", a, b);
  };
  auto max = [](const std::string &how, float a, float b) {
    return evaluateOne<float>("max" + how + ".f32 %d, %a0, %a1;", a, b);
  };
  CHECK(min("", 1, 2) == 1);
  CHECK(max("", 1, 2) == 2);
  CHECK(std::signbit(min("", 0.0f, -0.0f)));
  CHECK(std::signbit(min("", -0.0f, 0.0f)));
  CHECK_FALSE(std::signbit(max("", -0.0f, 0.0f)));
  CHECK_FALSE(std::signbit(max("", 0.0f, -0.0f)));
  CHECK(min("", quietNan, 2) == 2);
  CHECK(max("", 2, quietNan) == 2);
  CHECK(bitsOf(max("", -quietNan, quietNan)) == canonicalNanBits);
  CHECK(bitsOf(min(".NaN", quietNan, 2)) == canonicalNanBits);
  CHECK(bitsOf(max(".NaN", 2, quietNan)) == canonicalNanBits);
  CHECK(bitsOf(max(".ftz", -1, subnormal)) == 0);
  CHECK(evaluateOne<float>("max.f32 %d, %a0, %a1, 0f40A00000;", 1.0f, 3.0f) ==
        5);
  CHECK(evaluateOne<double>("min.f64 %d, %a0, %a1;", 1.5, -2.5) == -2.5);
}

TEST_CASE("signs") {
  CHECK(evaluateOne<float>("neg.f32 %d, %a0;", 2.0f) == -2);
  CHECK(bitsOf(evaluateOne<float>("neg.ftz.f32 %d, %a0;", subnormal)) ==
        0x80000000);
  CHECK(evaluateOne<float>("abs.f32 %d, %a0;", -subnormal) == subnormal);
  CHECK(evaluateOne<double>("abs.f64 %d, %a0;", -0.5) == 0.5);
  // The sign comes first.
  CHECK(evaluateOne<float>("copysign.f32 %d, %a0, %a1;", -1.0f, 3.0f) == -3);
  CHECK(evaluateOne<double>("copysign.f64 %d, %a0, %a1;", 1.0, -3.0) == 3);
}

TEST_CASE("doubles are IEEE") {
  CHECK(evaluateOne<double>("add.rn.f64 %d, %a0, %a1;", 0.1, 0.2) == 0.1 + 0.2);
  CHECK(evaluateOne<double>("mul.f64 %d, %a0, %a1;", 0.1, 0.3) == 0.1 * 0.3);
  CHECK(evaluateOne<double>("div.rn.f64 %d, %a0, %a1;", 1.0, 3.0) == 1.0 / 3.0);
  CHECK(evaluateOne<double>("sqrt.rn.f64 %d, %a0;", 2.0) == std::sqrt(2.0));
  CHECK(evaluateOne<double>("rcp.rn.f64 %d, %a0;", 3.0) == 1 / 3.0);
  CHECK(evaluateOne<double>("add.f64 %d, %a0, 0d0000000000000000;",
                            0x1p-1060) == 0x1p-1060);
}

TEST_CASE("packed floats") {
  auto pair = [](float low, float high) {
    return uint64_t(bitsOf(high)) << 32 | bitsOf(low);
  };
  CHECK(evaluateOne<uint64_t>("add.rn.f32x2 %d, %a0, %a1;", pair(1, 2),
                              pair(10, 20)) == pair(11, 22));
  CHECK(evaluateOne<uint64_t>("fma.rn.ftz.f32x2 %d, %a0, %a1, %a0;", pair(3, 4),
                              pair(5, 6)) == pair(18, 28));
}

TEST_CASE("comparisons treat NaN as their name says") {
  auto compare = [](const std::string &name, float a, float b) {
    return evaluateOne<uint32_t>("setp." + name +
                                     ".f32 %p, %a0, %a1;\n"
                                     "selp.b32 %d, 1, 0, %p;",
                                 a, b) == 1;
  };
  for (std::string name : {"lt", "le", "ge", "gt", "eq", "ne"}) {
    CHECK_FALSE(compare(name, quietNan, 1));
    CHECK(compare(name + "u", 1, quietNan));
  }
  CHECK(compare("lt", 1, 2));
  CHECK_FALSE(compare("ltu", 2, 1));
  CHECK(compare("eq", 0.0f, -0.0f));
  CHECK(compare("num", 1, 2));
  CHECK(compare("nan", 1, quietNan));
  CHECK(compare("gt", subnormal, 0));
  CHECK_FALSE(compare("gt.ftz", subnormal, 0));
}

TEST_CASE("integer comparisons know signs") {
  auto compare = [](const std::string &name, uint32_t a, uint32_t b) {
    return evaluateOne<uint32_t>("setp." + name +
                                     " %p, %a0, %a1;\n"
                                     "selp.b32 %d, 1, 0, %p;",
                                 a, b) == 1;
  };
  CHECK(compare("lt.s32", ~0u, 0));
  CHECK_FALSE(compare("lt.u32", ~0u, 0));
  CHECK(compare("hi.u32", ~0u, 0));
  CHECK(compare("eq.b32", 5, 5));
  CHECK(compare("ne.s32", 5, 6));
  CHECK(compare("ge.u32", 6, 6));
}

TEST_CASE("two-destination and combined comparisons") {
  std::string code = "setp.lt.s32 %q, %a0, 10;\n"
                     "setp.gt.and.s32 %p|%q, %a0, 3, %q;\n"
                     ".reg .b32 %x;\nselp.b32 %x, 1, 0, %p;\n"
                     "selp.b32 %d, 2, 0, %q;\nadd.s32 %d, %d, %x;";
  CHECK(evaluateOne<uint32_t>(code, 5) == 1);
  CHECK(evaluateOne<uint32_t>(code, 2) == 2);
  CHECK(evaluateOne<uint32_t>(code, 20) == 0);
  std::string negated = "setp.lt.s32 %q, %a0, 10;\n"
                        "setp.gt.or.s32 %p, %a0, 100, !%q;\n"
                        "selp.b32 %d, 1, 0, %p;";
  CHECK(evaluateOne<uint32_t>(negated, 5) == 0);
  CHECK(evaluateOne<uint32_t>(negated, 50) == 1);
  CHECK(evaluateOne<uint32_t>("set.lt.u32.f32 %d, %a0, 0f3F800000;", 0.5f) ==
        ~0u);
  CHECK(evaluateOne<float>("set.lt.f32.f32 %d, %a0, 0f3F800000;", 0.5f) == 1);
}

TEST_CASE("logic of predicates") {
  std::string code = "setp.lt.s32 %p, %a0, 10;\nsetp.gt.s32 %q, %a0, 5;\n"
                     "xor.pred %p, %p, %q;\nnot.pred %q, %p;\n"
                     "@%q mov.u32 %d, 7;\n@!%q mov.u32 %d, 8;";
  CHECK(evaluateOne<uint32_t>(code, 7) == 7);
  CHECK(evaluateOne<uint32_t>(code, 20) == 8);
}

TEST_CASE("selections and tests") {
  CHECK(evaluateOne<float>("slct.f32.s32 %d, %a0, %a1, -1;", 1.0f, 2.0f) == 2);
  CHECK(evaluateOne<uint32_t>("slct.b32.f32 %d, %a0, %a1, 0f00000000;", 1u,
                              2u) == 1);
  auto test = [](const std::string &what, float x) {
    return evaluateOne<uint32_t>(
               "testp." + what + ".f32 %p, %a0;\nselp.b32 %d, 1, 0, %p;", x) ==
           1;
  };
  CHECK(test("finite", 1));
  CHECK(test("infinite", -infinity));
  CHECK(test("notanumber", quietNan));
  CHECK(test("number", infinity));
  CHECK(test("subnormal", subnormal));
  CHECK(test("normal", 0));
  CHECK_FALSE(test("normal", subnormal));
}

TEST_CASE("arithmetic in half precision") {
  // 1.5, -0.25, the largest, 2^-24, infinity, NaN, 1 + 2^-10.
  const uint16_t a = 0x3e00, b = 0xb400, most = 0x7bff, least = 1, inf = 0x7c00,
                 nan = 0x7e00, next = 0x3c01;
  auto two = [](const char *name, uint16_t x, uint16_t y) {
    return evaluateOne<uint16_t>(std::string(name) + " %d, %a0, %a1;", x, y);
  };
  CHECK(two("add.f16", a, b) == 0x3d00);
  CHECK(two("add.rn.f16", most, most) == inf);
  CHECK(two("sub.f16", a, b) == 0x3f00);
  CHECK(two("mul.rn.f16", next, next) == 0x3c02);
  CHECK(two("mul.f16", least, b) == 0x8000);
  CHECK(two("add.f16", inf, nan) == 0x7fff);
  CHECK(evaluateOne<uint16_t>("neg.f16 %d, %a0;", b) == 0x3400);
  CHECK(evaluateOne<uint16_t>("abs.f16 %d, %a0;", b) == 0x3400);
  CHECK(two("min.f16", a, b) == b);
  CHECK(two("max.f16", a, b) == a);
  CHECK(two("min.f16", 0, 0x8000) == 0x8000);
  CHECK(two("max.f16", 0x8000, 0) == 0);
  CHECK(two("min.f16", nan, b) == b);
  CHECK(two("min.NaN.f16", nan, b) == 0x7fff);
  CHECK(two("max.NaN.f16", a, nan) == 0x7fff);
  CHECK(two("max.f16", a, nan) == a);
  auto holds = [](const char *comparison, uint16_t x, uint16_t y) {
    return evaluateOne<uint32_t>(std::string("setp.") + comparison +
                                     ".f16 %p, %a0, %a1;\n"
                                     "selp.b32 %d, 1, 0, %p;",
                                 x, y) == 1;
  };
  CHECK(holds("gt", a, b));
  CHECK(holds("eq", 0, 0x8000));
  CHECK_FALSE(holds("lt", nan, a));
  CHECK(holds("ltu", nan, a));
  CHECK(holds("nan", nan, a));
}
