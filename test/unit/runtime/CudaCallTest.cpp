//===- CudaCallTest.cpp - calls on a device -------------------------------===//

#include "DeviceProgram.h"
#include <catch2/catch.hpp>

using namespace kdsl_test;
namespace cuda = kdsl::cuda;

TEST_CASE("host arrays go to the device and back", "[adv-R02]") {
  FreshMachine machine;
  DeviceKernel kernel;
  for (int64_t M : {1, 7, 8, 9, 200})
    for (int64_t N : {1, 3, 4, 5, 130}) {
      Problem problem(M, N);
      problem.args.j_base = 10;
      kdsl_stats stats = {};
      kdsl_exec exec = onDevice();
      exec.stats = &stats;
      REQUIRE(kernel.run(problem, exec) == KDSL_OK);
      REQUIRE(problem.isRight());
      CHECK(stats.bytes_copied == 4 * (2 * M + 2 * N + 2 * M));
      CHECK(stats.pairs == M * N);
      CHECK(std::string(stats.variant) == "sm_80");
      CHECK(stats.fell_back == 0);
      CHECK(stats.seconds >= 0);
    }
  CHECK(fakecuda_calls("cuCtxSynchronize") == 0);
  CHECK(fakecuda_calls("cuModuleLoadDataEx") == 1);
  CHECK(fakecuda_calls("cuDevicePrimaryCtxRetain") == 1);
  CHECK(fakecuda_calls("cuStreamCreate") == 1);
  CHECK(fakecuda_calls("cuMemAlloc_v2") <= 2);
}

TEST_CASE("empty sizes on a device", "[adv-R01]") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem noRows(0, 5);
  noRows.args.x = nullptr;
  noRows.args.a = nullptr;
  noRows.args.idx = nullptr;
  CHECK(kernel.run(noRows, onDevice()) == KDSL_OK);
  Problem noPairs(5, 0);
  noPairs.args.y = nullptr;
  CHECK(kernel.run(noPairs, onDevice()) == KDSL_OK);
  CHECK(noPairs.isRight());
  fakecuda_log_clear();
  PickArgs nothing = {};
  const kdsl_exec exec = onDevice();
  CHECK(kdsl_call_v1(&kernel.kernel, &nothing, &exec) == KDSL_OK);
  CHECK(fakecuda_calls("cuLaunchKernel") == 0);
}

/// Rows of x, y and a of a problem at distances of 3, 5 and 4.
namespace {
struct Strided {
  explicit Strided(Problem &problem)
      : problem(problem), x(problem.x.size() / 2 * 3, 1e30f),
        y(problem.y.size() / 2 * 5, 1e30f), a(problem.a.size() * 4, -7.f) {
    for (size_t k = 0; k < problem.x.size(); ++k)
      x[k / 2 * 3 + k % 2] = problem.x[k];
    for (size_t k = 0; k < problem.y.size(); ++k)
      y[k / 2 * 5 + k % 2] = problem.y[k];
    problem.args.x_stride[0] = 3;
    problem.args.y_stride[0] = 5;
    problem.args.a_stride[0] = 4;
  }
  bool isRight() {
    for (size_t k = 0; k < a.size(); ++k)
      if (k % 4 == 0)
        problem.a[k / 4] = a[k];
      else if (a[k] != -7.f)
        return false; // a gap was written
    return problem.isRight();
  }
  Problem &problem;
  std::vector<float> x, y, a;
};
} // namespace

TEST_CASE("only rows of strided host arrays are copied") {
  FreshMachine machine;
  DeviceKernel kernel;
  // Rows further apart than a two-dimensional copy allows go one by one.
  const int pitch = GENERATE(INT32_MAX, 15);
  fakecuda_set_max_pitch(pitch);
  Problem problem(9, 70);
  Strided strided(problem);
  problem.args.x = strided.x.data();
  problem.args.y = strided.y.data();
  problem.args.a = strided.a.data();
  kdsl_stats stats = {};
  kdsl_exec exec = onDevice();
  exec.stats = &stats;
  REQUIRE(kernel.run(problem, exec) == KDSL_OK);
  CHECK(strided.isRight());
  CHECK(stats.bytes_copied == 4 * (2 * 9 + 2 * 70 + 2 * 9));
  const bool oneByOne = pitch == 15; // y and a, but not x
  CHECK(fakecuda_calls("cuMemcpy2DAsync_v2") == (oneByOne ? 1 : 3));
  CHECK(fakecuda_calls("cuMemcpyHtoDAsync_v2") == (oneByOne ? 70 : 0));
  CHECK(fakecuda_calls("cuMemcpyDtoHAsync_v2") == (oneByOne ? 10 : 1));
}

TEST_CASE("arrays in device memory are used where they are") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  DeviceProblem problem(20, 300);
  kdsl_stats stats = {};
  kdsl_exec exec = onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE);
  exec.stats = &stats;
  exec.stream = GENERATE(false, true) ? application.newStream() : nullptr;
  cuda::cuStreamSynchronize(nullptr);
  fakecuda_log_clear();
  REQUIRE(kdsl_call_v1(&kernel.kernel, &problem.args, &exec) == KDSL_OK);
  for (const char *waits :
       {"cuStreamSynchronize", "cuEventSynchronize", "cuCtxSynchronize",
        "cuMemFree_v2", "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2"})
    CHECK(fakecuda_calls(waits) == 0);
  CHECK(fakecuda_calls("cuLaunchKernel") == 3);
  CHECK(stats.bytes_copied == 0);
  const auto stream = static_cast<cuda::Stream>(exec.stream);
  CHECK(problem.isRight(stream));
  if (stream)
    cuda::cuStreamDestroy_v2(stream);
}

TEST_CASE("strided rows in device memory are read in place") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  Problem problem(9, 70);
  Strided strided(problem);
  DeviceBytes x(strided.x.size() * 4), y(strided.y.size() * 4),
      a(strided.a.size() * 4), idx(9 * 4);
  cuda::cuMemcpyHtoD_v2(x.pointer, strided.x.data(), x.bytes);
  cuda::cuMemcpyHtoD_v2(y.pointer, strided.y.data(), y.bytes);
  cuda::cuMemcpyHtoD_v2(a.pointer, strided.a.data(), a.bytes);
  problem.args.x = x.as<float>();
  problem.args.y = y.as<float>();
  problem.args.a = a.as<float>();
  problem.args.idx = idx.as<int32_t>();
  REQUIRE(kernel.run(problem, onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE)) ==
          KDSL_OK);
  cuda::cuMemcpyDtoH_v2(strided.a.data(), a.pointer, a.bytes);
  cuda::cuMemcpyDtoH_v2(problem.idx.data(), idx.pointer, idx.bytes);
  CHECK(strided.isRight());
}

TEST_CASE("wrong arguments are refused on devices too", "[adv-R04]") {
  FreshMachine machine;
  DeviceKernel kernel;
  Problem problem(3, 4);
  problem.args.M = -1;
  CHECK(kernel.run(problem, onDevice()) == KDSL_EARG);
  problem.args.M = 3;
  problem.args.a = problem.x.data();
  CHECK(kernel.run(problem, onDevice(KDSL_CUDA(0), KDSL_MEM_DEVICE)) ==
        KDSL_EARG);
  CHECK(lastErrorHas("overlaps argument 1 'x'"));
  problem.args.a = nullptr;
  CHECK(kernel.run(problem, onDevice(KDSL_AUTO)) == KDSL_EARG);
  kdsl_exec exec = onDevice();
  exec.isa = KDSL_ISA_V2;
  CHECK(kernel.run(problem, exec) == KDSL_EARG);
  CHECK(lastErrorHas("exec.isa is 2"));
  CHECK(fakecuda_log_size() == 0);
}

TEST_CASE("rows j are split by sizes only") {
  FreshMachine machine;
  DeviceKernel kernel;
  struct Case {
    int64_t M, N;
    const char *sweep; ///< grid and block as in the log
    size_t launches;
  };
  // ceil(1024 / row tiles) parts at most, of whole fours of rows j; more where
  // each has at least 2048 of them.
  const Case cases[] = {
      {8, 4, "1 1 1 64", 2},        {8, 5, "1 2 1 64", 3},
      {8, 4096, "1 1024 1 64", 3},  {8, 4100, "1 513 1 64", 3},
      {16, 8192, "2 512 1 64", 3},  {8184, 40, "1023 2 1 64", 3},
      {8192, 40, "1024 1 1 64", 2}, {8192, 4095, "1024 1 1 64", 2},
      {8192, 4096, "1024 2 1 64", 3}, {1, 0, "1 1 1 64", 1},
      {40000, 1, "4096 1 1 64", 2}};
  for (const Case &each : cases) {
    INFO(each.M << " x " << each.N);
    Problem problem(each.M, each.N);
    fakecuda_log_clear();
    REQUIRE(kernel.run(problem, onDevice()) == KDSL_OK);
    CHECK(problem.isRight());
    CHECK(fakecuda_calls("cuLaunchKernel") == each.launches);
    bool found = false;
    for (size_t k = 0; k < fakecuda_log_size(); ++k)
      found |= std::string(fakecuda_log_line(k))
                   .rfind(std::string("cuLaunchKernel ") + each.sweep, 0) == 0;
    CHECK(found);
  }
}

TEST_CASE("halved phases take windows of rows j, in launches") {
  FreshMachine machine;
  DeviceKernel kernel;
  constexpr int64_t memory = int64_t(512) << 20;
  struct Case {
    int64_t rows, stateBytes;
    const char *sweep;
    size_t launches; ///< of all kernels: one before, the merge behind
  };
  // Tiles of 8 rows: the next ones to half way round, its own rows, and those
  // behind the last whole one. States of P rows i and as many rows j.
  const Case cases[] = {
      {5, 24, "1 2 1 64", 3},    {8, 24, "1 1 1 64", 3},
      {40, 24, "5 3 1 64", 3},   {44, 24, "6 4 1 64", 3},
      {48, 24, "6 4 1 64", 3},   {44, memory / 44 / 4, "6 2 1 64", 4},
      {44, memory / 44 / 6, "6 3 1 64", 4},
      {44, memory / 44 / 3, "6 1 1 64", 6}};
  for (const Case &each : cases) {
    INFO(each.rows << " rows, states of " << each.stateBytes);
    kernel.phases[1].part_rows = 0;
    kernel.phases[1].state_bytes = each.stateBytes;
    Problem problem(each.rows, each.rows);
    fakecuda_log_clear();
    REQUIRE(kernel.run(problem, onDevice()) == KDSL_OK);
    CHECK(fakecuda_calls("cuLaunchKernel") == each.launches);
    size_t found = 0;
    for (size_t k = 0; k < fakecuda_log_size(); ++k)
      found += std::string(fakecuda_log_line(k))
                   .rfind(std::string("cuLaunchKernel ") + each.sweep, 0) == 0;
    CHECK(found >= each.launches - 2);
  }
}

TEST_CASE("the caller's context stays current") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  cuda::Context own = nullptr, now = nullptr;
  REQUIRE(cuda::cuCtxCreate_v2(&own, 0, application.device) == 0);
  Problem problem(30, 40);
  auto stays = [&](const kdsl_exec &exec, int status) {
    CHECK(kernel.run(problem, exec) == status);
    REQUIRE(cuda::cuCtxGetCurrent(&now) == 0);
    CHECK(now == own);
  };
  stays(onDevice(), KDSL_OK);
  CHECK(problem.isRight());
  fakecuda_inject("cuMemcpyDtoHAsync_v2", 1, 999);
  stays(onDevice(), KDSL_EDEVICE);
  fakecuda_inject("cuLaunchKernel", 2, 999);
  stays(onDevice(), KDSL_EDEVICE);
  // A stream of that context is none of the primary one.
  kdsl_exec exec = onDevice();
  cuda::Stream stream = application.newStream();
  exec.stream = stream;
  stays(exec, KDSL_EARG);
  CHECK(lastErrorHas("is not of the primary context of device 0 (Fake GPU)"));
  cuda::cuStreamDestroy_v2(stream);
  cuda::cuCtxDestroy_v2(own);
}

TEST_CASE("host arrays on the caller's stream") {
  FreshMachine machine;
  Application application;
  DeviceKernel kernel;
  kdsl_exec exec = onDevice();
  cuda::Stream stream = application.newStream();
  exec.stream = stream;
  Problem problem(30, 40);
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  CHECK(fakecuda_calls("cuStreamCreate") == 1); // the application's
  cuda::cuStreamDestroy_v2(stream);
}

TEST_CASE("tick comes before and after, and cancels before") {
  FreshMachine machine;
  DeviceKernel kernel;
  struct Ticks {
    std::vector<double> seen;
    int answer = 0;
  } ticks;
  kdsl_exec exec = onDevice();
  exec.user = &ticks;
  exec.tick = [](void *user, double done) {
    auto &ticks = *static_cast<Ticks *>(user);
    ticks.seen.push_back(done);
    return ticks.answer;
  };
  Problem problem(30, 40);
  CHECK(kernel.run(problem, exec) == KDSL_OK);
  CHECK(problem.isRight());
  CHECK(ticks.seen == std::vector<double>{0, 1});
  Problem cancelled(30, 40);
  ticks.answer = 1;
  fakecuda_log_clear();
  CHECK(kernel.run(cancelled, exec) == KDSL_ECANCELLED);
  CHECK(cancelled.isUntouched());
  CHECK(fakecuda_calls("cuLaunchKernel") == 0);
}
