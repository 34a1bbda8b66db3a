//===- CudaMemoryTest.cpp - memory, streams and threads on a device -------===//

#include "DeviceProgram.h"
#include <atomic>
#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <memory>
#include <thread>

using namespace kdsl_test;
namespace cuda = kdsl::cuda;

static int run(const DeviceKernel &kernel, const DeviceProblem &problem,
               const kdsl_exec &exec) {
  return kdsl_call_v1(&kernel.kernel, &problem.args, &exec);
}

TEST_CASE("a device workspace of the stated size is enough") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  DeviceProblem problem(100, 500);
  kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  exec.device = GENERATE(KDSL_CUDA(0), int(KDSL_AUTO));
  const size_t need = kdsl_workspace_v1(&kernel.kernel, &problem.args, &exec);
  REQUIRE(need > 500 * sizeof(float));
  DeviceBytes room(need + 256);
  for (size_t shift : {0, 1, 8, 255}) {
    exec.workspace = room.as<char>() + shift;
    exec.workspace_bytes = need;
    fakecuda_log_clear();
    REQUIRE(run(kernel, problem, exec) == KDSL_OK);
    CHECK(problem.isRight());
    CHECK(fakecuda_calls("cuMemAlloc_v2") == 0);
  }
  exec.workspace_bytes = need - 256;
  CHECK(run(kernel, problem, exec) == KDSL_ENOMEM);
  CHECK(lastErrorHas("expected at least " + std::to_string(need)));
  exec.workspace = problem.x.as<char>();
  exec.workspace_bytes = 1 << 30;
  CHECK(run(kernel, problem, exec) == KDSL_EARG);
  CHECK(lastErrorHas("argument 1 'x' overlaps the workspace"));
}

TEST_CASE("host arrays need no workspace of the caller") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem problem(100, 500);
  kdsl_exec exec = onDevice();
  CHECK(kdsl_workspace_v1(&kernel.kernel, &problem.args, &exec) == 64);
  char tiny[1];
  exec.workspace = tiny;
  exec.workspace_bytes = sizeof(tiny);
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  // With AUTO the CPU may run the call, which uses it.
  exec.device = KDSL_AUTO;
  CHECK(kdsl_workspace_v1(&kernel.kernel, &problem.args, &exec) > 2000);
}

namespace {
/// The caller's device memory; stands in for one that orders by streams.
struct DeviceHeap {
  int live = 0, calls = 0, failAt = -1;
  size_t shift = 0, bytes = 0;
  std::vector<cuda::DevicePointer> later;

  kdsl_allocator interface() { return {this, alloc, release}; }
  static void *alloc(void *self, size_t bytes, size_t align, int mem) {
    auto &heap = *static_cast<DeviceHeap *>(self);
    CHECK(mem == KDSL_MEM_DEVICE);
    CHECK(align == 256);
    if (heap.calls++ == heap.failAt)
      return nullptr;
    cuda::DevicePointer pointer = 0;
    REQUIRE(cuda::cuMemAlloc_v2(&pointer, bytes + 256) == 0);
    ++heap.live;
    heap.bytes = bytes;
    return reinterpret_cast<void *>(pointer + heap.shift);
  }
  static void release(void *self, void *p, size_t bytes, int mem) {
    auto &heap = *static_cast<DeviceHeap *>(self);
    CHECK(mem == KDSL_MEM_DEVICE);
    CHECK(bytes == heap.bytes);
    --heap.live;
    heap.later.push_back(reinterpret_cast<uintptr_t>(p) - heap.shift);
  }
  ~DeviceHeap() {
    for (cuda::DevicePointer pointer : later)
      cuda::cuMemFree_v2(pointer);
  }
};
} // namespace

TEST_CASE("the caller's device memory is used and given back") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  DeviceHeap heap;
  kdsl_allocator allocator = heap.interface();
  const int mem = GENERATE(int(KDSL_MEM_HOST), int(KDSL_MEM_DEVICE));
  kdsl_exec exec = onDevice(KDSL_CUDA(0), mem);
  exec.alloc = &allocator;
  DeviceProblem problem(100, 500);
  const PickArgs &args =
      mem == KDSL_MEM_HOST ? problem.host.args : problem.args;
  auto call = [&] { return kdsl_call_v1(&kernel.kernel, &args, &exec); };
  heap.failAt = 0;
  CHECK(call() == KDSL_ENOMEM);
  CHECK(lastErrorHas("the caller's allocator gave no device memory"));
  CHECK(heap.live == 0);
  heap.shift = 8;
  CHECK(call() == KDSL_EARG);
  CHECK(lastErrorHas("expected a multiple of 256"));
  CHECK(heap.live == 0);
  heap.shift = 0;
  REQUIRE(call() == KDSL_OK);
  CHECK(heap.live == 0);
  CHECK(heap.calls == 3);
  CHECK((mem == KDSL_MEM_HOST ? problem.host.isRight() : problem.isRight()));
}

TEST_CASE("calls on one stream share a block, others do not") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  DeviceProblem one(40, 300), two(40, 300), three(40, 300);
  cuda::Stream a = application.newStream(cuda::StreamNonBlocking);
  cuda::Stream b = application.newStream(cuda::StreamNonBlocking);
  kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  fakecuda_log_clear();
  exec.stream = a;
  REQUIRE(run(kernel, one, exec) == KDSL_OK);
  REQUIRE(run(kernel, two, exec) == KDSL_OK);
  CHECK(fakecuda_calls("cuMemAlloc_v2") == 1);
  CHECK(fakecuda_calls("cuStreamWaitEvent") <= 1);
  exec.stream = b;
  REQUIRE(run(kernel, three, exec) == KDSL_OK);
  CHECK(three.isRight(b));
  CHECK(two.isRight(a));
  CHECK(one.isRight(a));
  cuda::cuStreamDestroy_v2(a);
  cuda::cuStreamDestroy_v2(b);
}

TEST_CASE("many calls on many streams keep their results apart") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    FreshMachine machine;
    fakecuda_set_seed(seed);
    Application application;
    DeviceKernel kernel;
    std::vector<cuda::Stream> streams{nullptr};
    for (int k = 0; k < 3; ++k)
      streams.push_back(application.newStream(k % 2));
    std::vector<std::unique_ptr<DeviceProblem>> problems;
    for (int k = 0; k < 40; ++k) {
      problems.push_back(std::make_unique<DeviceProblem>(5 + k, 60 + 7 * k));
      problems.back()->args.s = float(k);
      problems.back()->host.args.s = float(k);
      kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
      exec.stream = streams[size_t(k) % streams.size()];
      REQUIRE(run(kernel, *problems.back(), exec) == KDSL_OK);
    }
    for (size_t k = problems.size(); k-- > 0;)
      REQUIRE(problems[k]->isRight(streams[k % streams.size()]));
    for (cuda::Stream stream : streams)
      if (stream)
        cuda::cuStreamDestroy_v2(stream);
  }
}

TEST_CASE("kept memory is bounded") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  // Arrays of about 200 MiB in all, of which few bytes are touched.
  kernel.phases[1].scratch_bytes = int64_t(25) << 20;
  Problem problem(64, 4);
  for (int k = 0; k < 4; ++k) {
    kernel.phases[1].scratch_bytes += int64_t(20) << 20;
    REQUIRE(kernel.run(problem, onDevice()) == KDSL_OK);
    CHECK(fakecuda_count_live().bytes <= size_t(256) << 20);
  }
}

TEST_CASE("out of device memory", "[adv-R36]") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  Problem small(40, 30), large(40, 90000);
  fakecuda_set_memory(size_t(3) << 20);
  REQUIRE(kernel.run(small, onDevice()) == KDSL_OK);
  // The kept block makes room for the larger one.
  REQUIRE(kernel.run(large, onDevice()) == KDSL_OK);
  CHECK(large.isRight());
  Problem tooLarge(40, 900000);
  CHECK(kernel.run(tooLarge, onDevice(KDSL_AUTO)) == KDSL_ENOMEM);
  CHECK(lastErrorHas("device 0 (Fake GPU) gave no memory for "));
  CHECK(tooLarge.isUntouched());
  CHECK(kernel.run(small, onDevice()) == KDSL_OK);
  CHECK(small.isRight());
}

TEST_CASE("device memory beyond the address space is refused") {
  FreshMachine machine;
  DeviceKernel kernel;
  PickArgs huge = {};
  huge.M = int64_t(1) << 40;
  const int32_t axisM[] = {0};
  const kdsl_temp wide = {1, 0, axisM, int64_t(1) << 30};
  kernel.kernel.temps = &wide;
  const kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  CHECK(kdsl_workspace_v1(&kernel.kernel, &huge, &exec) == 0);
  CHECK(lastErrorHas("larger than the address space"));
}

TEST_CASE("a captured stream needs the caller's memory", "[adv-R38]") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  DeviceProblem problem(40, 300);
  cuda::Stream stream = application.newStream();
  kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  exec.stream = stream;
  fakecuda_set_capturing(stream, 1);
  CHECK(run(kernel, problem, exec) == KDSL_EARG);
  CHECK(lastErrorHas("captured into a graph"));
  CHECK(lastErrorHas("exec.workspace"));
  DeviceBytes room(kdsl_workspace_v1(&kernel.kernel, &problem.args, &exec));
  exec.workspace = room.as<char>();
  exec.workspace_bytes = room.bytes;
  CHECK(run(kernel, problem, exec) == KDSL_OK);
  exec.mem = KDSL_MEM_HOST;
  CHECK(kernel.run(problem.host, exec) == KDSL_EARG);
  CHECK(lastErrorHas("needs arrays in device memory"));
  CHECK(problem.isRight(stream));
  cuda::cuStreamDestroy_v2(stream);
}

TEST_CASE("threads share one load of the code") {
  FreshMachine machine;
  DeviceKernel kernel;
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int k = 0; k < 8; ++k)
    threads.emplace_back([&, k] {
      for (int round = 0; round < 20; ++round) {
        Problem problem(20 + k, 30 + round);
        right +=
            kernel.run(problem, onDevice()) == KDSL_OK && problem.isRight();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(right == 8 * 20);
  CHECK(fakecuda_calls("cuInit") == 1);
  CHECK(fakecuda_calls("cuDevicePrimaryCtxRetain") == 1);
  CHECK(fakecuda_calls("cuModuleLoadDataEx") == 1);
  CHECK(fakecuda_calls("cuModuleGetFunction") == 3);
  CHECK(fakecuda_calls("cuStreamCreate") <= 8);
}

TEST_CASE("code is known by its bytes, not by its place") {
  FreshMachine machine;
  char image[] = "host a";
  DeviceKernel kernel;
  kernel.images.clear();
  kernel.addImage("sm_80", KDSL_PTX, 80, image);
  Problem problem(30, 40);
  for (char version : {'a', 'b', 'a', 'b'}) {
    image[5] = version;
    REQUIRE(kernel.run(problem, onDevice()) == KDSL_OK);
  }
  CHECK(fakecuda_calls("cuModuleLoadDataEx") == 2);
}

TEST_CASE("a closed library takes its device things along", "[adv-R33]") {
  FreshMachine machine;
  for (int k = 0; k < 5; ++k) {
    void *library = dlopen(KDSL_TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library);
    auto call = reinterpret_cast<int (*)(const kdsl_kernel *, const void *,
                                         const kdsl_exec *)>(
        dlsym(library, "callInPlugin"));
    REQUIRE(call);
    DeviceKernel kernel;
    Problem problem(30, 40);
    const kdsl_exec exec = onDevice();
    CHECK(call(&kernel.kernel, &problem.args, &exec) == KDSL_OK);
    CHECK(problem.isRight());
    CHECK(fakecuda_count_live().modules == 1);
    REQUIRE(dlclose(library) == 0);
    CHECK(fakecuda_count_live().modules == 0);
    CHECK(fakecuda_count_live().retained == 0);
  }
}
