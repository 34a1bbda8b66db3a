//===- SpecialTest.cpp - approximate functions keep their bounds ----------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;

namespace {

/// 700 values from `low` to `high`, most of them no integers.
std::vector<float> samples(float low, float high) {
  std::vector<float> values;
  for (unsigned i = 0; i < 700; ++i)
    values.push_back(low + (high - low) * (float(i) + 0.37f) / 700);
  return values;
}

/// The largest relative error over the samples.
template <class F>
double relativeError(const std::string &mnemonic, std::vector<float> x,
                     F exact) {
  auto results = evaluate<float>(mnemonic + " %d, %a0;", x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double right = exact(double(x[i]));
    worst = std::max(worst, std::fabs(results[i] - right) / std::fabs(right));
  }
  return worst;
}

bool isUsed(double error, double bound) {
  return error <= bound && error > bound / 4;
}

} // namespace

TEST_CASE("approximate functions use up their error bounds, and no more") {
  auto exp2 = [](double x) { return std::exp2(x); };
  CHECK(isUsed(relativeError("ex2.approx.ftz.f32", samples(-20, 20), exp2),
               0x1p-22));
  CHECK(isUsed(relativeError("ex2.approx.f32", samples(-100, 100), exp2),
               0x1p-22));
  auto log2 = [](double x) { return std::log2(x); };
  CHECK(
      isUsed(relativeError("lg2.approx.f32", samples(3, 1e9f), log2), 0x1p-22));
  auto rcp = [](double x) { return 1 / x; };
  CHECK(
      isUsed(relativeError("rcp.approx.ftz.f32", samples(1, 2), rcp), 0x1p-23));
  auto rsqrt = [](double x) { return 1 / std::sqrt(x); };
  CHECK(isUsed(relativeError("rsqrt.approx.ftz.f32", samples(.1f, 9), rsqrt),
               std::exp2(-22.9)));
  auto sqrt = [](double x) { return std::sqrt(x); };
  CHECK(
      isUsed(relativeError("sqrt.approx.f32", samples(.1f, 9), sqrt), 0x1p-23));
  auto tanh = [](double x) { return std::tanh(x); };
  CHECK(
      isUsed(relativeError("tanh.approx.f32", samples(-3, 3), tanh), 0x1p-11));
}

TEST_CASE("sines and cosines have an absolute bound") {
  auto x = samples(-6, 6);
  auto sines = evaluate<float>("sin.approx.f32 %d, %a0;", x);
  auto cosines = evaluate<float>("cos.approx.ftz.f32 %d, %a0;", x);
  double bound = std::exp2(-20.5);
  for (size_t i = 0; i < x.size(); ++i) {
    REQUIRE(std::fabs(sines[i] - std::sin(double(x[i]))) <= bound);
    REQUIRE(std::fabs(cosines[i] - std::cos(double(x[i]))) <= bound);
  }
  auto logs = evaluate<float>("lg2.approx.f32 %d, %a0;", samples(.51f, 1.99f));
  auto at = samples(.51f, 1.99f);
  for (size_t i = 0; i < at.size(); ++i)
    REQUIRE(std::fabs(logs[i] - std::log2(double(at[i]))) <= 0x1p-22);
}

TEST_CASE("special values of ex2, lg2 and rcp") {
  auto ex2 = [](float x) {
    return evaluateOne<float>("ex2.approx.ftz.f32 %d, %a0;", x);
  };
  CHECK(ex2(0) == 1);
  CHECK(ex2(-0.0f) == 1);
  CHECK(ex2(subnormal) == 1);
  CHECK(ex2(10) == 1024);
  CHECK(bitsOf(ex2(-infinity)) == 0);
  CHECK(ex2(infinity) == infinity);
  CHECK(ex2(129) == infinity);
  CHECK(bitsOf(ex2(-130)) == 0);
  CHECK(bitsOf(ex2(quietNan)) == canonicalNanBits);
  CHECK(evaluateOne<float>("ex2.approx.f32 %d, %a0;", -130.0f) == 0x1p-130f);
  auto lg2 = [](float x) {
    return evaluateOne<float>("lg2.approx.ftz.f32 %d, %a0;", x);
  };
  CHECK(lg2(8) == 3);
  CHECK(bitsOf(lg2(1)) == 0);
  CHECK(lg2(0) == -infinity);
  CHECK(lg2(subnormal) == -infinity);
  CHECK(lg2(infinity) == infinity);
  CHECK(bitsOf(lg2(-1)) == canonicalNanBits);
  auto rcp = [](float x) {
    return evaluateOne<float>("rcp.approx.ftz.f32 %d, %a0;", x);
  };
  CHECK(rcp(4) == 0.25f);
  CHECK(rcp(-0.0f) == -infinity);
  CHECK(bitsOf(rcp(-infinity)) == 0x80000000);
  CHECK(bitsOf(rcp(0x1p127f)) == 0);
}

TEST_CASE("divisions other than div.rn") {
  auto divide = [](const std::string &how, float a, float b) {
    return evaluateOne<float>("div." + how + ".f32 %d, %a0, %a1;", a, b);
  };
  CHECK(divide("full", 6, 3) == 2);
  CHECK(std::fabs(divide("full", 1, 3) * 3 - 1) <= 3 * 0x1p-23f);
  CHECK(divide("full", 0x1p127f, 0x1p127f) == 1);
  CHECK(divide("approx", 0x1p127f, 0x1p127f) == 0);
  CHECK(divide("approx", 1, 0) == infinity);
  CHECK(divide("approx.ftz", 1, subnormal) == infinity);
  CHECK(std::isnan(divide("approx", infinity, 0x1p127f)));
}

TEST_CASE("double approximations have 20 bits") {
  double rcp = evaluateOne<double>("rcp.approx.ftz.f64 %d, %a0;", 3.1);
  CHECK(std::fabs(rcp * 3.1 - 1) < 0x1p-18);
  CHECK((bitsOf(rcp) & 0xffffffff) == 0);
  double rsqrt = evaluateOne<double>("rsqrt.approx.ftz.f64 %d, %a0;", 3.1);
  CHECK(std::fabs(rsqrt * rsqrt * 3.1 - 1) < 0x1p-17);
}

TEST_CASE("errors depend on the card alone") {
  std::vector<float> x = {0.3f}, out(1);
  auto module = parseGood(
      kernelText(".param .u64 out, .param .u64 in",
                 ".reg .b64 %rd<2>;\n.reg .b32 %r;\nld.param.u64 %rd0, [in];\n"
                 "ld.param.u64 %rd1, [out];\nld.global.b32 %r, [%rd0];\n"
                 "ex2.approx.f32 %r, %r;\nst.global.b32 [%rd1], %r;\nret;\n"));
  uint64_t launches = 0;
  auto result = [&](uint64_t card) {
    Device device;
    device.addOutput(out);
    device.addInput(x);
    device.launch.card = card;
    device.launch.seed = ++launches;
    CHECK_FALSE(device.run(*module));
    return out[0];
  };
  bool differs = false;
  for (uint64_t card = 0; card < 20; ++card) {
    CHECK(result(card) == result(card));
    differs |= result(card) != result(0);
  }
  CHECK(differs);
}
