//===- CudaChoiceTest.cpp - which device and which code -------------------===//

#include "DeviceProgram.h"
#include "Faults.h"
#include "runtime/cuda/Modules.h"
#include <catch2/catch.hpp>

using namespace kdsl_test;

namespace {
/// Hides the driver, or one function of it, for a scope.
struct Hidden {
  explicit Hidden(const char *symbol = nullptr) {
    isDriverHidden = !symbol;
    hiddenSymbol = symbol;
  }
  ~Hidden() {
    isDriverHidden = false;
    hiddenSymbol = nullptr;
  }
};
} // namespace

/// Expects that CUDA(0) fails so, that AUTO takes the CPU for host memory and
/// says so, and that it fails as CUDA(0) does for device memory.
static void checkNoDevice(const DeviceKernel &kernel, int status,
                          const char *word) {
  Problem problem(30, 40);
  kdsl_stats stats = {};
  kdsl_exec exec = onDevice();
  exec.stats = &stats;
  CHECK(kernel.run(problem, exec) == status);
  INFO(kdsl_last_error());
  CHECK(lastErrorHas(word));
  CHECK(problem.isUntouched());
  exec.device = KDSL_AUTO;
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  CHECK(stats.fell_back == 1);
  CHECK(std::string(stats.variant).substr(0, 6) == "x86-64");
  CHECK(lastErrorHas(word)); // why there was no device
  exec.mem = KDSL_MEM_DEVICE;
  CHECK(kernel.run(problem, exec) == status);
}

TEST_CASE("no driver", "[adv-R35]") {
  FreshMachine machine;
  const Hidden hidden;
  checkNoDevice(DeviceKernel(), KDSL_ENODEVICE,
                "there is no CUDA driver: libcuda");
  CHECK(fakecuda_log_size() == 0);
}

TEST_CASE("a driver that is too old", "[adv-R35]") {
  FreshMachine machine;
  const Hidden hidden("cuStreamWaitEvent");
  checkNoDevice(DeviceKernel(), KDSL_ENODEVICE,
                "too old, it lacks the function: cuStreamWaitEvent");
}

TEST_CASE("functions that a driver need not have", "[adv-R35]") {
  FreshMachine machine;
  const Hidden hidden(GENERATE("cuStreamGetCtx", "cuStreamIsCapturing"));
  Application application;
  kdsl_exec exec = onDevice();
  kdsl::cuda::Stream stream = application.newStream();
  exec.stream = stream;
  Problem problem(30, 40);
  CHECK(DeviceKernel().run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  kdsl::cuda::cuStreamDestroy_v2(stream);
}

TEST_CASE("a driver without devices", "[adv-R35]") {
  FreshMachine machine;
  fakecuda_set_devices(0);
  checkNoDevice(DeviceKernel(), KDSL_ENODEVICE,
                "cuInit failed: CUDA_ERROR_NO_DEVICE (");
  // Found once: calls that do without a device should cost nothing.
  CHECK(fakecuda_calls("cuInit") == 1);
}

TEST_CASE("a driver that cannot begin now may later", "[adv-R35]") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem problem(30, 40);
  fakecuda_inject("cuInit", 1, 999);
  CHECK(kernel.run(problem, onDevice()) == KDSL_ENODEVICE);
  CHECK(lastErrorHas("cuInit failed: CUDA_ERROR_UNKNOWN"));
  CHECK(kernel.run(problem, onDevice()) == KDSL_OK);
  CHECK(problem.isRight());
}

TEST_CASE("devices are counted", "[adv-R35]") {
  FreshMachine machine;
  fakecuda_set_devices(2);
  DeviceKernel kernel;
  Problem problem(30, 40);
  CHECK(kernel.run(problem, onDevice(KDSL_CUDA(1))) == KDSL_OK);
  CHECK(problem.isRight());
  CHECK(kernel.run(problem, onDevice(KDSL_CUDA(2))) == KDSL_ENODEVICE);
  CHECK(lastErrorHas("there is no device 2, this machine has 2"));
  CHECK(kernel.run(problem, onDevice(KDSL_CUDA(5000))) == KDSL_ENODEVICE);
  CHECK(kernel.run(problem, onDevice(INT32_MAX)) == KDSL_ENODEVICE);
}

TEST_CASE("AUTO takes a device when there is one") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem problem(30, 40);
  kdsl_stats stats = {};
  kdsl_exec exec = onDevice(KDSL_AUTO);
  exec.stats = &stats;
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  CHECK(stats.fell_back == 0);
  CHECK(std::string(stats.variant) == "sm_80");
  // A level of the CPU was asked for.
  exec.isa = KDSL_ISA_V2;
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(std::string(stats.variant) == "x86-64-v2");
}

TEST_CASE("an object without device code", "[adv-R35]") {
  FreshMachine machine;
  DeviceKernel kernel;
  SECTION("no table") { kernel.kernel.device = nullptr; }
  SECTION("an empty one") { kernel.code.n_images = 0; }
  checkNoDevice(kernel, KDSL_ETARGET, "the object holds no device code");
  CHECK(fakecuda_log_size() == 0);
}

TEST_CASE("which images run where", "[adv-R35]") {
  struct Case {
    int kind, image, device;
    bool runs;
  };
  for (const Case &each : {Case{KDSL_CUBIN, 80, 80, true},
                           {KDSL_CUBIN, 80, 86, true},
                           {KDSL_CUBIN, 86, 80, false},
                           {KDSL_CUBIN, 80, 90, false},
                           {KDSL_CUBIN, 90, 80, false},
                           {KDSL_CUBIN, 100, 103, true},
                           {KDSL_CUBIN, 100, 120, false},
                           {KDSL_PTX, 80, 80, true},
                           {KDSL_PTX, 80, 120, true},
                           {KDSL_PTX, 90, 89, false},
                           {7, 80, 80, false}}) {
    INFO(each.kind << ": " << each.image << " on " << each.device);
    const kdsl_image image = {"", each.kind, each.image, "", 1, nullptr};
    CHECK(kdsl::cuda::runsOn(image, each.device) == each.runs);
  }
}

TEST_CASE("no image for the device", "[adv-R35]") {
  FreshMachine machine;
  fakecuda_set_compute(75);
  DeviceKernel kernel;
  kernel.addImage("sm_70", KDSL_CUBIN, 70, "host");
  kernel.images.back().compute = 60;
  checkNoDevice(kernel, KDSL_ETARGET,
                "the object has code for sm_80 (ptx), sm_70 (cubin), device 0 "
                "(Fake GPU) is sm_75");
  CHECK(fakecuda_calls("cuDevicePrimaryCtxRetain") == 0);
}

TEST_CASE("a workspace needs a device and code for it") {
  FreshMachine machine;
  fakecuda_set_compute(75);
  const DeviceKernel kernel;
  const Problem problem(30, 40);
  kdsl_exec exec = onDevice(KDSL_AUTO, KDSL_MEM_DEVICE);
  CHECK(kdsl_workspace_v1(&kernel.kernel, &problem.args, &exec) == 0);
  CHECK(lastErrorHas("is sm_75"));
  exec.device = KDSL_CUDA(1);
  CHECK(kdsl_workspace_v1(&kernel.kernel, &problem.args, &exec) == 0);
  CHECK(lastErrorHas("there is no device 1"));
}

TEST_CASE("cubins go before PTX, and the best before the next") {
  FreshMachine machine;
  DeviceKernel kernel; // begins with PTX for sm_80
  kernel.addImage("sm_75", KDSL_PTX, 75, "host too");
  kernel.addImage("sm_86", KDSL_CUBIN, 86, "host cubin");
  kernel.addImage("sm_90", KDSL_CUBIN, 90, "host nine");
  kdsl_stats stats = {};
  kdsl_exec exec = onDevice();
  exec.stats = &stats;
  auto choice = [&](int compute) {
    kdsl_stats none = {};
    stats = none;
    fakecuda_reset();
    const FreshMachine inner;
    fakecuda_set_compute(compute);
    Problem problem(30, 40);
    CHECK(kernel.run(problem, exec) == KDSL_OK);
    CHECK(problem.isRight());
    return std::string(stats.variant);
  };
  CHECK(choice(75) == "sm_75");
  CHECK(choice(80) == "sm_80");
  CHECK(choice(89) == "sm_86");
  CHECK(choice(90) == "sm_90");
  CHECK(choice(120) == "sm_80");
}

TEST_CASE("an image that the driver refuses gives way to the next") {
  FreshMachine machine;
  DeviceKernel kernel;
  kernel.images.clear();
  kernel.addImage("sm_80", KDSL_CUBIN, 80,
                  "\x7f"
                  "ELF");
  kernel.addImage("sm_75", KDSL_PTX, 75, "host");
  kdsl_stats stats = {};
  kdsl_exec exec = onDevice();
  exec.stats = &stats;
  Problem problem(30, 40);
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  CHECK(std::string(stats.variant) == "sm_75");

  DeviceKernel none;
  none.images.clear();
  none.addImage("sm_80", KDSL_CUBIN, 80,
                "\x7f"
                "ELF");
  checkNoDevice(none, KDSL_ETARGET,
                "cannot use the code for sm_80: CUDA_ERROR_NO_BINARY_FOR_GPU");
}

TEST_CASE("a kernel that the image lacks is named") {
  FreshMachine machine;
  DeviceKernel kernel;
  kernel.phases[1].merge = "pick_absent";
  Problem problem(30, 40);
  CHECK(kernel.run(problem, onDevice()) == KDSL_EDEVICE);
  CHECK(lastErrorHas("cuModuleGetFunction of 'pick_absent' failed"));
  kernel.phases[1].merge = "pick_merge";
  CHECK(kernel.run(problem, onDevice()) == KDSL_OK);
  CHECK(problem.isRight());
  // Other kernels of the same image are not taken for those that were found.
  kernel.phases[1].sweep = "pick_other";
  CHECK(kernel.run(problem, onDevice()) == KDSL_EDEVICE);
  CHECK(lastErrorHas("'pick_other'"));
}
