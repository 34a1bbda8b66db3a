//===- CudaFaultsTest.cpp - every way in which a device can fail ----------===//

#include "DeviceProgram.h"
#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

using namespace kdsl_test;
namespace cuda = kdsl::cuda;

/// Statuses that may answer a call of which a driver function failed.
static bool isExpected(int status, int result, const std::string &function) {
  switch (result) {
  case cuda::OutOfMemory:
    return status == KDSL_ENOMEM;
  case cuda::InvalidDevice:
    return status == KDSL_ENODEVICE;
  default:
    return status == KDSL_EDEVICE ||
           (status == KDSL_ENODEVICE && function == "cuInit") ||
           (status == KDSL_EARG && function == "cuStreamGetCtx");
  }
}

/// The function that was made to fail; empty if none was.
static std::string injected() {
  const char *function = fakecuda_injected();
  return function ? function : "";
}

/// Functions whose failure a call can do without.
static bool isDispensable(const std::string &function) {
  for (const char *name :
       {"cuDeviceGetName", "cuEventQuery", "cuStreamWaitEvent", "cuEventRecord",
        "cuMemFree_v2", "cuStreamDestroy_v2", "cuEventDestroy_v2",
        "cuModuleUnload", "cuStreamIsCapturing", "cuMemAlloc_v2"})
    if (function == name)
      return true;
  return false;
}

TEST_CASE("each call of the driver fails once", "[adv-R36]") {
  const int result =
      GENERATE(int(cuda::OutOfMemory), 999, int(cuda::InvalidDevice),
               int(cuda::InvalidValue));
  const int mem = GENERATE(int(KDSL_MEM_HOST), int(KDSL_MEM_DEVICE));
  bool isThrough = false;
  for (int n = 1; !isThrough; ++n) {
    REQUIRE(n < 200);
    FreshMachine machine;
    Application application;
    DeviceKernel kernel;
    DeviceProblem problem(30, 400);
    kdsl_exec exec = onDevice(KDSL_CUDA(0), mem);
    cuda::Stream stream = application.newStream();
    exec.stream = n % 2 ? stream : nullptr;
    const PickArgs &args =
        mem == KDSL_MEM_HOST ? problem.host.args : problem.args;
    auto call = [&] { return kdsl_call_v1(&kernel.kernel, &args, &exec); };
    auto isRight = [&] {
      return mem == KDSL_MEM_HOST
                 ? problem.host.isRight()
                 : problem.isRight(static_cast<cuda::Stream>(exec.stream));
    };
    fakecuda_inject(nullptr, n, result);
    const int status = call();
    const int second = call(); // also with memory and streams that are kept
    const std::string function = injected();
    isThrough = function.empty();
    fakecuda_inject(nullptr, 0, 0);
    INFO(n << ": " << function << ": " << kdsl_last_error());
    for (int each : {status, second})
      if (each != KDSL_OK) {
        REQUIRE(!function.empty());
        CHECK(isExpected(each, result, function));
      }
    if (!isThrough && status == KDSL_OK && second == KDSL_OK)
      CHECK(isDispensable(function));
    CHECK((status == KDSL_OK || second == KDSL_OK));
    CHECK(call() == KDSL_OK);
    CHECK(isRight());
    cuda::Context now = nullptr;
    cuda::cuCtxGetCurrent(&now);
    CHECK(now == application.context);
    cuda::cuStreamDestroy_v2(stream);
  }
}

TEST_CASE("messages have the driver's words", "[adv-R36]") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem problem(30, 40);
  fakecuda_inject("cuLaunchKernel", 2, 999);
  CHECK(kernel.run(problem, onDevice()) == KDSL_EDEVICE);
  CHECK(std::string(kdsl_last_error()) ==
        "program 'pick': cuLaunchKernel of 'pick_sweep' failed on device 0 "
        "(Fake GPU): CUDA_ERROR_UNKNOWN (the words of the driver)");
  fakecuda_inject("cuLaunchKernel", 1, 12345);
  CHECK(kernel.run(problem, onDevice(KDSL_AUTO)) == KDSL_EDEVICE);
  CHECK(lastErrorHas("(Fake GPU): error 12345"));
}

TEST_CASE("a lost device stays lost, the CPU goes on", "[adv-R36]") {
  FreshMachine machine;
  machine.checksLeftovers = false;
  DeviceKernel kernel;
  Problem problem(30, 40);
  REQUIRE(kernel.run(problem, onDevice()) == KDSL_OK);
  fakecuda_inject("cuStreamSynchronize", 1, cuda::LaunchFailed);
  CHECK(kernel.run(problem, onDevice()) == KDSL_EDEVICE);
  CHECK(lastErrorHas("CUDA_ERROR_LAUNCH_FAILED"));
  CHECK(lastErrorHas("the device is lost for this process"));
  for (int device : {KDSL_CUDA(0), int(KDSL_AUTO)}) {
    CHECK(kernel.run(problem, onDevice(device)) == KDSL_EDEVICELOST);
    CHECK(lastErrorHas("device 0 (Fake GPU) is lost for this process since "
                       "cuStreamSynchronize gave CUDA_ERROR_LAUNCH_FAILED"));
  }
  CHECK(kernel.run(problem, onDevice(KDSL_CPU)) == KDSL_OK);
  CHECK(problem.isRight());
}

TEST_CASE("every error that kills a context is kept", "[adv-R36]") {
  for (int result : {214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719}) {
    FreshMachine machine;
    machine.checksLeftovers = false;
    DeviceKernel kernel;
    Problem problem(30, 40);
    fakecuda_inject("cuLaunchKernel", 1, result);
    CHECK(kernel.run(problem, onDevice()) == KDSL_EDEVICE);
    CHECK(kernel.run(problem, onDevice()) == KDSL_EDEVICELOST);
  }
}

TEST_CASE("a device lost at any call", "[adv-R36]") {
  for (int n = 1; n < 200; ++n) {
    FreshMachine machine;
    machine.checksLeftovers = false;
    DeviceKernel kernel;
    Problem problem(30, 400);
    fakecuda_inject(nullptr, n, cuda::IllegalAddress);
    const int status = kernel.run(problem, onDevice());
    const std::string function = injected();
    if (function.empty())
      return;
    INFO(n << ": " << function << ": " << kdsl_last_error());
    if (function != "cuInit")
      CHECK((status == KDSL_EDEVICE || status == KDSL_OK));
    fakecuda_inject(nullptr, 0, 0);
    const int next = kernel.run(problem, onDevice());
    if (status == KDSL_EDEVICE)
      CHECK(next == KDSL_EDEVICELOST);
  }
}

TEST_CASE("a fault in an asynchronous call is found by the next", "[adv-R36]") {
  FreshMachine machine;
  machine.checksLeftovers = false;
  Application application;
  DeviceKernel kernel;
  DeviceProblem problem(30, 40);
  const kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  // A pointer that is none of the device's.
  const PickArgs before = problem.args;
  problem.args.x = problem.host.x.data();
  CHECK(kdsl_call_v1(&kernel.kernel, &problem.args, &exec) == KDSL_OK);
  CHECK(cuda::cuStreamSynchronize(nullptr) == cuda::IllegalAddress);
  CHECK(std::string(fakecuda_last_fault()) ==
        "a kernel reads outside of device memory");
  problem.args = before;
  CHECK(kdsl_call_v1(&kernel.kernel, &problem.args, &exec) == KDSL_EDEVICE);
  CHECK(lastErrorHas("in this or earlier work"));
  CHECK(kdsl_call_v1(&kernel.kernel, &problem.args, &exec) == KDSL_EDEVICELOST);
}

/// Runs `body` in a forked child; true if it returned true.
template <typename Body> static bool inChild(Body body) {
  const pid_t child = fork();
  if (child == 0)
    _exit(body() ? 0 : 1);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("a forked child may use the CPU", "[adv-R31]") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem problem(30, 40);
  REQUIRE(kernel.run(problem, onDevice()) == KDSL_OK);
  CHECK(inChild([&] {
    Problem own(30, 40);
    kdsl_stats stats = {};
    kdsl_exec exec = onDevice(KDSL_AUTO);
    exec.stats = &stats;
    return kernel.run(own, onDevice()) == KDSL_EDEVICE && own.isUntouched() &&
           lastErrorHas("does not survive a fork") &&
           kernel.run(own, exec) == KDSL_OK && own.isRight() &&
           stats.fell_back == 1 &&
           kernel.run(own, onDevice(KDSL_CPU)) == KDSL_OK && own.isRight();
  }));
  CHECK(kernel.run(problem, onDevice()) == KDSL_OK);
}

TEST_CASE("a child forked before the first use of CUDA may use it",
          "[adv-R31]") {
  FreshMachine machine;
  CHECK(inChild([] {
    fakecuda_reset();
    const FreshMachine inner;
    DeviceKernel kernel;
    Problem problem(30, 40);
    return kernel.run(problem, onDevice()) == KDSL_OK && problem.isRight();
  }));
}
