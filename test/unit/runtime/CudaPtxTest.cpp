//===- CudaPtxTest.cpp - device code that is PTX --------------------------===//
//
// A program of one phase, a[i] = s * x[i], whose kernel the fake driver's
// interpreter runs.
//
//===----------------------------------------------------------------------===//

#include "DeviceProgram.h"
#include "test/ptx/Ptx.h"
#include <catch2/catch.hpp>
#include <cstddef>

using namespace kdsl_test;
namespace cuda = kdsl::cuda;

namespace {
struct ScaleArgs {
  int64_t M;
  int64_t i_base, j_base;
  const float *x;
  int64_t x_stride[1];
  float s;
  float *a;
  int64_t a_stride[1];
};
} // namespace

static const std::string ptxHead = R"(
.version 8.0
.target sm_80
.address_size 64
.visible .entry scale(
  .param .align 8 .b8 args[64],
  .param .align 8 .b8 temps[8],
  .param .u64 scratch,
  .param .u64 partials,
  .param .u64 rows,
  .param .u64 parts
)
{
)";
static const std::string ptxBody = R"(
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<12>;
  ld.param.u64 %rd1, [args];
  ld.param.u64 %rd2, [args+24];
  ld.param.u64 %rd3, [args+32];
  ld.param.b32 %r1, [args+40];
  ld.param.u64 %rd4, [args+48];
  ld.param.u64 %rd5, [args+56];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %tid.x;
  shl.b32 %r4, %r2, 5;
  add.s32 %r5, %r4, %r3;
  cvt.u64.u32 %rd6, %r5;
  setp.ge.s64 %p1, %rd6, %rd1;
  @%p1 bra $end;
  mul.lo.s64 %rd7, %rd6, %rd3;
  shl.b64 %rd8, %rd7, 2;
  add.s64 %rd9, %rd2, %rd8;
  ld.global.b32 %r6, [%rd9];
  mul.rn.f32 %r7, %r6, %r1;
  mul.lo.s64 %rd7, %rd6, %rd5;
  shl.b64 %rd8, %rd7, 2;
  add.s64 %rd9, %rd4, %rd8;
  st.global.b32 [%rd9], %r7;
$end:
  ret;
}
)";

#define SCALE_AT(FIELD) int64_t(offsetof(ScaleArgs, FIELD))
static const char *const sizeNames[] = {"M"};
static const int32_t axisM[] = {0};
static const kdsl_arg arguments[] = {
    {"x", "", 0, KDSL_F32, 1, 0, axisM, nullptr, 1, SCALE_AT(x),
     SCALE_AT(x_stride), 0, 0},
    {"s", "", 0, KDSL_F32, 0, 0, nullptr, nullptr, 1, SCALE_AT(s), -1, 0, 0},
    {"a", "", 1, KDSL_F32, 1, 0, axisM, nullptr, 1, SCALE_AT(a),
     SCALE_AT(a_stride), 0, 0}};
#undef SCALE_AT
static const kdsl_phase phases[] = {{1, -1, axisM}};

namespace {
/// The program with this PTX; there is no code for the CPU.
struct ScaleKernel {
  explicit ScaleKernel(const std::string &text, int32_t sharedBytes = 0)
      : text(text), sharedBytes(sharedBytes) {}

  int run(const ScaleArgs &args, const kdsl_exec &exec) const {
    const kdsl_device_phase devicePhases[] = {
        {"scale", nullptr, 32, sharedBytes, 32, 1, 0, 0}};
    const kdsl_image image = {
        "sm_80",     KDSL_PTX, 80, text.c_str(), int64_t(text.size() + 1),
        devicePhases};
    const kdsl_device_code code = {1, 0, &image};
    kdsl_kernel kernel = {};
    kernel.abi = KDSL_ABI;
    kernel.name = "scale";
    kernel.n_sizes = 1;
    kernel.sizes = sizeNames;
    kernel.n_args = 3;
    kernel.args = arguments;
    kernel.n_phases = 1;
    kernel.phases = phases;
    kernel.args_bytes = sizeof(ScaleArgs);
    kernel.device = &code;
    return kdsl_call_v1(&kernel, &args, &exec);
  }

  std::string text;
  int32_t sharedBytes;
};

struct ScaleProblem {
  explicit ScaleProblem(int64_t M) : x(size_t(M)), a(size_t(M)) {
    for (size_t k = 0; k < x.size(); ++k)
      x[k] = float(k) - 20;
    args = {M, 0, 0, x.data(), {0}, 1.5f, a.data(), {0}};
  }
  bool isRight() const {
    for (size_t k = 0; k < x.size(); ++k)
      if (a[k] != 1.5f * x[k])
        return false;
    return true;
  }
  std::vector<float> x, a;
  ScaleArgs args;
};
} // namespace

TEST_CASE("PTX runs") {
  FreshMachine machine;
  const ScaleKernel kernel(ptxHead + ptxBody);
  for (int64_t M : {1, 31, 32, 33, 1000}) {
    ScaleProblem problem(M);
    REQUIRE(kernel.run(problem.args, onDevice()) == KDSL_OK);
    CHECK(problem.isRight());
  }
  const int loads = int(kdslc::ptx::InstructionClass::LoadGlobal);
  CHECK(fakecuda_count(loads) == 1 + 31 + 32 + 33 + 1000);
}

TEST_CASE("PTX that the driver cannot read is answered with its words") {
  FreshMachine machine;
  const ScaleKernel kernel(ptxHead + "  frobnicate.u32 %r1, 1;\n}\n");
  ScaleProblem problem(5);
  CHECK(kernel.run(problem.args, onDevice()) == KDSL_ETARGET);
  INFO(kdsl_last_error());
  CHECK(lastErrorHas("device 0 (Fake GPU) cannot use the code for sm_80: "
                     "CUDA_ERROR_INVALID_PTX"));
  CHECK(lastErrorHas("frobnicate"));
}

TEST_CASE("a wrong access in PTX loses the device", "[adv-R36]") {
  FreshMachine machine;
  machine.checksLeftovers = false;
  Application application;
  const ScaleKernel kernel(ptxHead + ptxBody);
  const kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  ScaleProblem problem(40);
  DeviceBytes x(40 * 4), a(40 * 4);
  problem.args.x = x.as<float>();
  problem.args.a = a.as<float>();
  const char *word = "";
  SECTION("bytes that nobody wrote") { word = "which nobody wrote"; }
  SECTION("behind the end") {
    cuda::cuMemcpyHtoD_v2(x.pointer, problem.x.data(), x.bytes);
    problem.args.x_stride[0] = 2;
    word = "which no live range holds";
  }
  CHECK(kernel.run(problem.args, exec) == KDSL_OK);
  CHECK(cuda::cuStreamSynchronize(nullptr) == cuda::IllegalAddress);
  const std::string fault = fakecuda_last_fault();
  INFO(fault);
  CHECK(fault.find("scale") != std::string::npos);
  CHECK(fault.find(word) != std::string::npos);
  CHECK(kernel.run(problem.args, exec) == KDSL_EDEVICE);
}

//===----------------------------------------------------------------------===//
// Shared memory that a launch gives
//===----------------------------------------------------------------------===//

/// The same by way of a word behind the first `bytes` - 4 of each block.
static std::string throughShared(int bytes) {
  std::string text = ptxHead + ptxBody;
  text.replace(text.find(".visible"), 0,
               ".extern .shared .align 16 .b8 words[];\n");
  const std::string store = "  st.global.b32 [%rd9], %r7;\n";
  const std::string word = "[%rd10+" + std::to_string(bytes - 128) + "]";
  text.replace(text.find(store), 0,
               "  mov.b64 %rd10, words;\n  mul.wide.u32 %rd11, %r3, 4;\n"
               "  add.u64 %rd10, %rd10, %rd11;\n  st.shared.b32 " +
                   word + ", %r7;\n  ld.shared.b32 %r7, " + word + ";\n");
  return text;
}

TEST_CASE("a launch gives as much shared memory as the code says") {
  constexpr int most = 99 * 1024;
  for (int bytes : {1024, 48 * 1024, 48 * 1024 + 16, most}) {
    FreshMachine machine;
    fakecuda_set_compute(86);
    const ScaleKernel kernel(throughShared(bytes), bytes);
    ScaleProblem problem(1000);
    CHECK(kernel.run(problem.args, onDevice()) == KDSL_OK);
    CHECK(problem.isRight());
    CHECK(kernel.run(problem.args, onDevice()) == KDSL_OK);
    CHECK(fakecuda_calls("cuFuncSetAttribute") == 1);
  }
}

TEST_CASE("code that needs more shared memory than a device has is not loaded") {
  constexpr int most = 99 * 1024;
  const ScaleKernel kernel(throughShared(most + 16), most + 16);
  ScaleProblem problem(1000);
  {
    FreshMachine another;
    CHECK(kernel.run(problem.args, onDevice()) == KDSL_OK);
    CHECK(problem.isRight());
  }
  FreshMachine machine;
  fakecuda_set_compute(86);
  CHECK(kernel.run(problem.args, onDevice()) == KDSL_ETARGET);
  CHECK(std::string(kdsl_last_error()) ==
        "program 'scale': the code for sm_80 needs 101392 bytes of shared "
        "memory for a block, device 0 (Fake GPU) has 101376");
  CHECK(fakecuda_calls("cuModuleLoadDataEx") == 0);
}

TEST_CASE("a driver that refuses shared memory is answered with its words") {
  FreshMachine machine;
  constexpr int bytes = 64 * 1024;
  const ScaleKernel kernel(throughShared(bytes), bytes);
  ScaleProblem problem(1000);
  fakecuda_inject("cuFuncSetAttribute", 1, 999);
  CHECK(kernel.run(problem.args, onDevice()) == KDSL_EDEVICE);
  CHECK(std::string(kdsl_last_error()) ==
        "program 'scale': cuFuncSetAttribute of 'scale' failed on device 0 "
        "(Fake GPU): CUDA_ERROR_UNKNOWN (the words of the driver)");
  CHECK(fakecuda_count_live().modules == 0);
  CHECK(kernel.run(problem.args, onDevice()) == KDSL_OK);
  CHECK(problem.isRight());
}

TEST_CASE("the fake driver gives what it was asked for and no more") {
  FreshMachine machine;
  Application application;
  const std::string text = throughShared(64 * 1024);
  cuda::Module module = nullptr;
  cuda::Function function = nullptr;
  REQUIRE(cuda::cuModuleLoadDataEx(&module, text.c_str(), 0, nullptr,
                                   nullptr) == cuda::Success);
  REQUIRE(cuda::cuModuleGetFunction(&function, module, "scale") ==
          cuda::Success);
  auto launch = [&](unsigned bytes) {
    const int result = cuda::cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, bytes,
                                            nullptr, nullptr, nullptr);
    fakecuda_clear_fault();
    return result;
  };
  auto ask = [&](int bytes) {
    return cuda::cuFuncSetAttribute(function, cuda::FunctionMaxSharedBytes,
                                    bytes);
  };
  CHECK(launch(48 * 1024 + 1) == cuda::InvalidValue);
  CHECK(ask(163 * 1024 + 1) == cuda::InvalidValue);
  CHECK(ask(-1) == cuda::InvalidValue);
  CHECK(ask(64 * 1024) == cuda::Success);
  CHECK(launch(64 * 1024 + 1) == cuda::InvalidValue);
  cuda::cuModuleUnload(module);
}
