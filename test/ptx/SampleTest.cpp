//===- SampleTest.cpp - a kernel as LLVM prints it ------------------------===//
//
// LLVM 22 made the PTX below from a kernel in C: each thread owns a row i of x,
// the block goes through y in tiles of 64 in shared memory, and
//
//   out[i] = sum over j < n of exp2(-|x[i] - y[j]|^2) * y[j].w
//
// over the first three components. Then the sample is broken in the ways that
// a compiler may get such a kernel wrong.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;
using Catch::Matchers::Contains;

namespace {

const std::string sample = R"(
.version 8.8
.target sm_80
.address_size 64
.visible .entry k(
.param .u64 .ptr .global .align 1 k_param_0,
.param .u64 .ptr .global .align 1 k_param_1,
.param .u64 .ptr .global .align 1 k_param_2,
.param .u32 k_param_3,
.param .u32 k_param_4
)
{
.reg .pred %p<7>;
.reg .b32 %r<35>;
.reg .b64 %rd<15>;
.shared .align 16 .b8 tile[1024];
ld.param.b32 %r7, [k_param_4];
ld.param.b32 %r6, [k_param_3];
mov.u32 %r1, %tid.x;
mov.u32 %r8, %ctaid.x;
shl.b32 %r9, %r8, 6;
add.s32 %r2, %r9, %r1;
setp.lt.s32 %p1, %r7, 1;
mov.b32 %r34, 0f00000000;
@%p1 bra $L__BB0_8;
ld.param.b64 %rd6, [k_param_2];
ld.param.b64 %rd5, [k_param_1];
add.s32 %r10, %r6, -1;
min.s32 %r11, %r2, %r10;
mul.wide.s32 %rd7, %r11, 16;
add.s64 %rd8, %rd5, %rd7;
mul.wide.u32 %rd9, %r1, 16;
mov.b64 %rd10, tile;
add.s64 %rd1, %rd10, %rd9;
.pragma "used_bytes_mask 0xfff";
ld.global.v4.b32 {%r3, %r4, %r5, %r12}, [%rd8];
mov.b32 %r32, 0;
mov.b32 %r34, 0f00000000;
add.s64 %rd12, %rd10, 8;
mov.b32 %r31, %r7;
bra.uni $L__BB0_2;
$L__BB0_7:
bar.sync 0;
add.s32 %r32, %r32, 64;
add.s32 %r31, %r31, -64;
setp.lt.s32 %p5, %r32, %r7;
@%p5 bra $L__BB0_2;
bra.uni $L__BB0_8;
$L__BB0_2:
add.s32 %r14, %r32, %r1;
setp.ge.s32 %p2, %r14, %r7;
@%p2 bra $L__BB0_4;
mul.wide.u32 %rd11, %r14, 16;
add.s64 %rd3, %rd6, %rd11;
ld.global.v4.b32 {%r15, %r16, %r17, %r18}, [%rd3];
st.shared.v4.b32 [%rd1], {%r15, %r16, %r17, %r18};
$L__BB0_4:
bar.sync 0;
setp.le.s32 %p3, %r7, %r32;
@%p3 bra $L__BB0_7;
max.s32 %r13, %r31, 1;
min.s32 %r33, %r13, 64;
mov.b64 %rd14, %rd12;
$L__BB0_6:
.pragma "nounroll";
ld.shared.v4.b32 {%r19, %r20, %r21, %r22}, [%rd14+-8];
sub.ftz.f32 %r23, %r3, %r19;
sub.ftz.f32 %r24, %r4, %r20;
sub.ftz.f32 %r25, %r5, %r21;
mul.ftz.f32 %r26, %r24, %r24;
fma.rn.ftz.f32 %r27, %r23, %r23, %r26;
fma.rn.ftz.f32 %r28, %r25, %r25, %r27;
neg.ftz.f32 %r29, %r28;
ex2.approx.ftz.f32 %r30, %r29;
fma.rn.ftz.f32 %r34, %r30, %r22, %r34;
add.s32 %r33, %r33, -1;
add.s64 %rd14, %rd14, 16;
setp.eq.b32 %p4, %r33, 0;
@%p4 bra $L__BB0_7;
bra.uni $L__BB0_6;
$L__BB0_8:
setp.lt.s32 %p6, %r2, %r6;
@%p6 bra $L__BB0_9;
bra.uni $L__BB0_10;
$L__BB0_9:
ld.param.b64 %rd4, [k_param_0];
mul.wide.u32 %rd13, %r2, 4;
add.s64 %rd2, %rd4, %rd13;
st.global.b32 [%rd2], %r34;
$L__BB0_10:
ret;
}
)";

std::string replaced(std::string text, const std::string &what,
                     const std::string &by, size_t from = 0) {
  size_t at = text.find(what, from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

using Point = std::array<float, 4>;

std::vector<Point> points(size_t count, unsigned step) {
  std::vector<Point> result(count);
  unsigned state = step;
  for (Point &point : result)
    for (float &value : point)
      value = float((state = state * 1103515245 + 12345) >> 16 & 1023) / 700;
  return result;
}

struct Problem {
  explicit Problem(size_t m, size_t n)
      : x(points(m, 1)), y(points(n, 2)), out(m) {}

  std::optional<Fault> run(const std::string &text, uint64_t seed,
                           size_t outputs) {
    auto module = parseGood(text);
    DeviceMemory memory;
    memory.add(out.data(), outputs * sizeof(float));
    memory.add(x.data(), x.size() * sizeof(Point));
    memory.add(y.data(), y.size() * sizeof(Point));
    memory.markInitialised(y.data(), y.size() * sizeof(Point));
    // The last component of x is never used, so it need not be written.
    for (Point &point : x)
      memory.markInitialised(point.data(), 12);
    void *pointers[] = {out.data(), x.data(), y.data()};
    int m = int(x.size()), n = int(y.size());
    const void *params[] = {&pointers[0], &pointers[1], &pointers[2], &m, &n};
    Launch launch;
    launch.grid[0] = uint32_t((m + 63) / 64);
    launch.block[0] = 64;
    launch.params = params;
    launch.seed = seed;
    counts = Counts();
    return kdslc::ptx::run(*module, *module->kernel("k"), launch, memory,
                           counts);
  }

  double expected(size_t i) const {
    double sum = 0;
    for (const Point &point : y) {
      double distance = 0;
      for (unsigned k = 0; k < 3; ++k)
        distance += std::pow(double(x[i][k]) - point[k], 2);
      sum += std::exp2(-distance) * point[3];
    }
    return sum;
  }

  std::vector<Point> x, y;
  std::vector<float> out;
  Counts counts;
};

} // namespace

TEST_CASE("a reduction compiled by LLVM is right for every seed") {
  for (size_t n : {1, 63, 64, 200}) {
    Problem problem(130, n);
    for (uint64_t seed = 0; seed < 4; ++seed) {
      auto fault = problem.run(sample, seed, 130);
      if (fault)
        FAIL(fault->message);
      for (size_t i = 0; i < 130; ++i)
        REQUIRE(problem.out[i] ==
                Approx(problem.expected(i)).epsilon(1e-6 + 1e-8 * double(n)));
    }
    // 3 blocks of 64 threads go through all n, with 8 operations of fp32 each.
    CHECK(problem.counts[InstructionClass::Special] == 192 * n);
    CHECK(problem.counts[InstructionClass::LoadShared] == 192 * n);
    CHECK(problem.counts[InstructionClass::Fp32] == 192 * n * 8);
    CHECK(problem.counts[InstructionClass::Barrier] ==
          192 * ((n + 63) / 64) * 2);
  }
}

TEST_CASE("what goes wrong in reductions is caught") {
  Problem problem(130, 200);
  auto kindOf = [&](const std::string &text, size_t outputs = 130) {
    auto fault = problem.run(text, 1, outputs);
    REQUIRE(fault);
    return fault->kind;
  };
  size_t second = sample.find("$L__BB0_4:");
  CHECK(kindOf(replaced(sample, "bar.sync 0;", "")) == FaultKind::Race);
  CHECK(kindOf(replaced(sample, "bar.sync 0;", "", second)) == FaultKind::Race);
  CHECK(kindOf(replaced(sample, "setp.ge.s32 %p2", "setp.gt.s32 %p2")) ==
        FaultKind::OutOfRange);
  CHECK(kindOf(replaced(sample, "setp.lt.s32 %p6", "setp.le.s32 %p6")) ==
        FaultKind::OutOfRange);
  CHECK(kindOf(replaced(sample, "[%rd14+-8]", "[%rd14+-4]")) ==
        FaultKind::Misaligned);
  CHECK(kindOf(replaced(sample, "min.s32 %r33, %r13, 64", //
                        "min.s32 %r33, %r13, 65")) == FaultKind::OutOfRange);
  CHECK(kindOf(replaced(sample, "@%p2 bra $L__BB0_4", "@%p2 bra $L__BB0_8")) ==
        FaultKind::BarrierDivergence);
  std::string zero = "mov.b32 %r34, 0f00000000;";
  CHECK(kindOf(replaced(replaced(sample, zero, ""), zero, "")) ==
        FaultKind::UninitialisedRegister);
  CHECK(kindOf(replaced(sample, "used_bytes_mask 0xfff", "nounroll")) ==
        FaultKind::UninitialisedMemory);
  CHECK(kindOf(sample, 129) == FaultKind::OutOfRange);
}
