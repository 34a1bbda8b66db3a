//===- ConvertTest.cpp - cvt ----------------------------------------------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;

TEST_CASE("integers widen by their type's sign") {
  CHECK(evaluateOne<uint32_t>("cvt.u32.u8 %d, %a0;", uint16_t(0x1ff)) == 255);
  CHECK(evaluateOne<int32_t>("cvt.s32.s8 %d, %a0;", uint16_t(0x80)) == -128);
  CHECK(evaluateOne<int64_t>("cvt.s64.s32 %d, %a0;", -5) == -5);
  CHECK(evaluateOne<uint64_t>("cvt.u64.u32 %d, %a0;", -5) == 0xfffffffb);
  CHECK(evaluateOne<uint32_t>("cvt.u32.u64 %d, %a0;", ~uint64_t(4)) ==
        0xfffffffb);
  CHECK(evaluateOne<uint16_t>("cvt.u16.u32 %d, %a0;", 0x12345u) == 0x2345);
  // A result narrower than its register is extended into it.
  CHECK(evaluateOne<uint32_t>("cvt.s8.s32 %d, %a0;", 0x180) == 0xffffff80);
  CHECK(evaluateOne<uint32_t>("cvt.u8.u32 %d, %a0;", 0x180) == 0x80);
}

TEST_CASE("saturating integer conversions") {
  CHECK(evaluateOne<int32_t>("cvt.sat.s8.s32 %d, %a0;", 300) == 127);
  CHECK(evaluateOne<int32_t>("cvt.sat.s8.s32 %d, %a0;", -300) == -128);
  CHECK(evaluateOne<uint32_t>("cvt.sat.u32.s32 %d, %a0;", -1) == 0);
}

TEST_CASE("floats become integers as the rounding says") {
  auto convert = [](const std::string &mode, float x) {
    return evaluateOne<int32_t>("cvt" + mode + ".s32.f32 %d, %a0;", x);
  };
  CHECK(convert(".rzi", -1.7f) == -1);
  CHECK(convert(".rni", 2.5f) == 2);
  CHECK(convert(".rni", 3.5f) == 4);
  CHECK(convert(".rmi", -1.2f) == -2);
  CHECK(convert(".rpi", 1.2f) == 2);
  CHECK(convert(".rpi.ftz", subnormal) == 0);
  CHECK(convert(".rpi", subnormal) == 1);
}

TEST_CASE("out of range floats clamp") {
  CHECK(evaluateOne<int32_t>("cvt.rzi.s32.f32 %d, %a0;", 3e9f) == INT32_MAX);
  CHECK(evaluateOne<int32_t>("cvt.rzi.s32.f32 %d, %a0;", -infinity) ==
        INT32_MIN);
  CHECK(evaluateOne<uint32_t>("cvt.rzi.u32.f32 %d, %a0;", -1.0f) == 0);
  CHECK(evaluateOne<uint64_t>("cvt.rzi.u64.f64 %d, %a0;", 1e30) ==
        ~uint64_t(0));
  CHECK(evaluateOne<uint32_t>("cvt.rzi.u8.f32 %d, %a0;", 300.0f) == 255);
  CHECK(evaluateOne<int32_t>("cvt.rzi.s32.f32 %d, %a0;", quietNan) == 0);
  CHECK(evaluateOne<int64_t>("cvt.rzi.s64.f64 %d, %a0;", double(quietNan)) ==
        INT64_MIN);
}

TEST_CASE("integers become floats as the rounding says") {
  int32_t between = (1 << 24) + 1;
  CHECK(evaluateOne<float>("cvt.rn.f32.s32 %d, %a0;", between) == 0x1p24f);
  CHECK(evaluateOne<float>("cvt.rp.f32.s32 %d, %a0;", between) == 0x1p24f + 2);
  CHECK(evaluateOne<float>("cvt.rz.f32.s32 %d, %a0;", -between) == -0x1p24f);
  CHECK(evaluateOne<float>("cvt.rm.f32.s32 %d, %a0;", -between) ==
        -0x1p24f - 2);
  CHECK(evaluateOne<float>("cvt.rz.f32.u64 %d, %a0;", ~uint64_t(0)) ==
        std::nextafter(0x1p64f, 0.0f));
  CHECK(evaluateOne<double>("cvt.rn.f64.u32 %d, %a0;", ~0u) == 4294967295.0);
  CHECK(evaluateOne<double>("cvt.rp.f64.u64 %d, %a0;", ~uint64_t(0)) == 0x1p64);
  CHECK(evaluateOne<float>("cvt.rn.f32.u8 %d, %a0;", uint16_t(0x1ff)) == 255);
}

TEST_CASE("between floats") {
  CHECK(evaluateOne<double>("cvt.f64.f32 %d, %a0;", 0.1f) == double(0.1f));
  CHECK(evaluateOne<double>("cvt.ftz.f64.f32 %d, %a0;", subnormal) == 0);
  CHECK(evaluateOne<float>("cvt.rn.f32.f64 %d, %a0;", 0.1) == 0.1f);
  CHECK(evaluateOne<float>("cvt.rz.f32.f64 %d, %a0;", 1 - 0x1p-50) ==
        1 - 0x1p-24f);
  CHECK(evaluateOne<float>("cvt.rz.f32.f64 %d, %a0;", 1e300) ==
        std::numeric_limits<float>::max());
  CHECK(evaluateOne<float>("cvt.rp.f32.f64 %d, %a0;", 1e-300) > 0);
  CHECK(evaluateOne<float>("cvt.rn.ftz.f32.f64 %d, %a0;", 0x1p-140) == 0);
  CHECK(evaluateOne<float>("cvt.rni.f32.f32 %d, %a0;", 2.5f) == 2);
  CHECK(evaluateOne<double>("cvt.rmi.f64.f64 %d, %a0;", -0.5) == -1);
  CHECK(evaluateOne<float>("cvt.sat.f32.f32 %d, %a0;", 7.0f) == 1);
  CHECK(bitsOf(evaluateOne<float>("cvt.rn.f32.f64 %d, %a0;",
                                  double(quietNan))) == canonicalNanBits);
}

TEST_CASE("half precision") {
  auto widen = [](uint16_t bits) {
    return evaluateOne<float>("cvt.f32.f16 %d, %a0;", bits);
  };
  CHECK(widen(0x3c00) == 1);
  CHECK(widen(0xc100) == -2.5f);
  CHECK(widen(0x7bff) == 65504);
  CHECK(widen(0x0001) == 0x1p-24f);
  CHECK(widen(0x83ff) == -1023 * 0x1p-24f);
  CHECK(widen(0xfc00) == -infinity);
  CHECK(bitsOf(widen(0x8000)) == 0x80000000);
  CHECK(bitsOf(widen(0x7e01)) == canonicalNanBits);
  CHECK(evaluateOne<double>("cvt.f64.f16 %d, %a0;", uint16_t(0x3555)) ==
        1365 * 0x1p-12);
  auto narrow = [](float x) {
    return evaluateOne<uint16_t>("cvt.rn.f16.f32 %d, %a0;", x);
  };
  CHECK(narrow(1) == 0x3c00);
  CHECK(narrow(-0.0f) == 0x8000);
  CHECK(narrow(1 + 0x1p-11f) == 0x3c00); // a tie, to even
  CHECK(narrow(1 + 3 * 0x1p-11f) == 0x3c02);
  CHECK(narrow(2 - 0x1p-11f) == 0x4000); // a carry into the exponent
  CHECK(narrow(65519) == 0x7bff);
  CHECK(narrow(65520) == 0x7c00);
  CHECK(narrow(-1e30f) == 0xfc00);
  CHECK(narrow(infinity) == 0x7c00);
  CHECK(narrow(quietNan) == 0x7fff);
  // -2.5 to whole numbers and to integers, and back.
  auto whole = [](const char *mode) {
    return evaluateOne<uint16_t>(
        std::string("cvt.") + mode + ".f16.f16 %d, %a0;", uint16_t(0xc100));
  };
  CHECK(whole("rmi") == 0xc200);
  CHECK(whole("rpi") == 0xc000);
  CHECK(whole("rni") == 0xc000);
  CHECK(evaluateOne<uint16_t>("cvt.rmi.f16.f16 %d, %a0;", uint16_t(0x7c00)) ==
        0x7c00);
  CHECK(evaluateOne<int32_t>("cvt.rzi.s32.f16 %d, %a0;", uint16_t(0xc100)) ==
        -2);
  CHECK(evaluateOne<uint16_t>("cvt.rn.f16.s32 %d, %a0;", -3) == 0xc200);
  CHECK(narrow(0x1p-24f) == 1);
  CHECK(narrow(0x1p-25f) == 0); // half of the smallest, to even
  CHECK(narrow(1.5f * 0x1p-24f) == 2);
  CHECK(narrow(0x1p-14f - 0x1p-25f) == 0x400); // up to the normal numbers
  CHECK(evaluateOne<uint16_t>("cvt.rn.ftz.f16.f32 %d, %a0;", -subnormal) ==
        0x8000);
  CHECK(evaluateOne<uint16_t>("cvt.rn.f16.f64 %d, %a0;",
                              1 + 0x1p-11 + 0x1p-40) == 0x3c01);
  // Two at once, the second one below.
  CHECK(evaluateOne<uint32_t>("cvt.rn.f16x2.f32 %d, %a0, %a1;", -2.5f,
                              0x1p-24f) == 0xc1000001);
}
