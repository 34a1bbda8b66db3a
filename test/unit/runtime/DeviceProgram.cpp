//===- DeviceProgram.cpp - the hand-made program, with device code --------===//

#include "DeviceProgram.h"
#include "runtime/cuda/Device.h"
#include <catch2/catch.hpp>

using namespace kdsl_test;
namespace cuda = kdsl::cuda;

//===----------------------------------------------------------------------===//
// The kernels
//===----------------------------------------------------------------------===//

template <typename T> static T load(const T *from) {
  return fakecuda_reads(from, sizeof(T)) ? *from : T();
}
template <typename T> static void store(T *to, T value) {
  if (fakecuda_writes(to, sizeof(T)))
    *to = value;
}

namespace {
constexpr int64_t blockRows = 8, partRows = 4, scratchBytes = 40;

/// What a part knows about one row i.
struct State {
  float sum = 0, best = 0;
  int64_t arg = -1;
};

/// The six parameters of every kernel.
struct Parameters {
  explicit Parameters(void *const *params)
      : args(*static_cast<const PickArgs *>(params[0])),
        t(*static_cast<float *const *>(params[1])),
        scratch(*static_cast<char *const *>(params[2])),
        partials(*static_cast<State *const *>(params[3])),
        rowsInPart(*static_cast<const int64_t *>(params[4])),
        parts(*static_cast<const int64_t *>(params[5])) {}

  PickArgs args;
  float *t;
  char *scratch;
  State *partials;
  int64_t rowsInPart, parts;
};
} // namespace

static const size_t parameterBytes[] = {sizeof(PickArgs), 8, 8, 8, 8, 8};

/// Calls visit(row) for each row that the block takes.
template <typename Visitor>
static void forRows(int64_t rows, const fakecuda_block &block, Visitor visit) {
  for (int64_t tile = block.x; tile * blockRows < rows; tile += block.grid_x)
    for (int64_t k = 0; k < blockRows && tile * blockRows + k < rows; ++k)
      visit(tile * blockRows + k);
}

static void scaleKernel(void *const *params, const fakecuda_block *block) {
  const Parameters all(params);
  forRows(all.args.N, *block, [&](int64_t j) {
    store(all.t + j, all.args.s * load(all.args.y + j * all.args.y_stride[0]));
  });
}

static void finish(const PickArgs &args, int64_t i, const State &state) {
  store(args.a + i * args.a_stride[0], state.sum);
  store(args.idx + i * args.idx_stride[0], int32_t(state.arg + args.j_base));
}

static void sweepKernel(void *const *params, const fakecuda_block *block) {
  const Parameters all(params);
  const PickArgs &args = all.args;
  auto *mine = reinterpret_cast<int64_t *>(
      all.scratch + scratchBytes * (block->y * block->grid_x + block->x));
  store(mine, int64_t(1));
  const int64_t begin = block->y * all.rowsInPart;
  const int64_t end = std::min(args.N, begin + all.rowsInPart);
  forRows(args.M, *block, [&](int64_t i) {
    const float *x = args.x + i * args.x_stride[0];
    State state;
    for (int64_t j = begin; j < end; ++j) {
      const float value = load(x) * load(all.t + j) +
                          load(x + 1) * load(args.y + j * args.y_stride[0] + 1);
      state.sum += value;
      if (state.arg < 0 || value > state.best) {
        state.best = value;
        state.arg = j;
      }
    }
    if (all.parts == 1)
      finish(args, i, state);
    else
      store(all.partials + block->y * args.M + i, state);
  });
}

static void mergeKernel(void *const *params, const fakecuda_block *block) {
  const Parameters all(params);
  forRows(all.args.M, *block, [&](int64_t i) {
    State state;
    for (int64_t part = 0; part < all.parts; ++part) {
      const State next = load(all.partials + part * all.args.M + i);
      state.sum += next.sum;
      if (state.arg < 0 || next.best > state.best) {
        state.best = next.best;
        state.arg = next.arg;
      }
    }
    finish(all.args, i, state);
  });
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

DeviceKernel::DeviceKernel()
    : kernel(pickKernel()), phases{{"pick_scale", nullptr, 32, 0, blockRows, 1,
                                    0, 0},
                                   {"pick_sweep", "pick_merge", 64, 0,
                                    blockRows, partRows, sizeof(State),
                                    scratchBytes}} {
  kernel.device = &code;
  addImage("sm_80", KDSL_PTX, 80, "host");
}

void DeviceKernel::addImage(const char *target, int kind, int compute,
                            const char *bytes) {
  images.push_back({target, kind, compute, bytes,
                    int64_t(std::string(bytes).size() + 1), phases.data()});
  code = {uint32_t(images.size()), 0, images.data()};
}

FreshMachine::FreshMachine() {
  kdsl::cuda::releaseDevices();
  fakecuda_reset();
  fakecuda_register("pick_scale", scaleKernel, parameterBytes, 6);
  fakecuda_register("pick_sweep", sweepKernel, parameterBytes, 6);
  fakecuda_register("pick_merge", mergeKernel, parameterBytes, 6);
}

FreshMachine::~FreshMachine() {
  fakecuda_inject(nullptr, 0, 0);
  kdsl::cuda::releaseDevices();
  if (!checksLeftovers)
    return;
  const fakecuda_live live = fakecuda_count_live();
  CHECK(live.blocks == 0);
  CHECK(live.modules == 0);
  CHECK(live.streams == 0);
  CHECK(live.events == 0);
  CHECK(live.retained == 0);
  CHECK(std::string(fakecuda_last_fault()) == "");
}

//===----------------------------------------------------------------------===//
// An application
//===----------------------------------------------------------------------===//

Application::Application() {
  REQUIRE(cuda::cuInit(0) == 0);
  REQUIRE(cuda::cuDeviceGet(&device, 0) == 0);
  REQUIRE(cuda::cuDevicePrimaryCtxRetain(&context, device) == 0);
  REQUIRE(cuda::cuCtxPushCurrent_v2(context) == 0);
}

Application::~Application() {
  cuda::Context popped = nullptr;
  CHECK(cuda::cuCtxPopCurrent_v2(&popped) == 0);
  CHECK(popped == context);
  CHECK(cuda::cuDevicePrimaryCtxRelease_v2(device) == 0);
}

cuda::Stream Application::newStream(unsigned flags) const {
  cuda::Stream stream = nullptr;
  REQUIRE(cuda::cuStreamCreate(&stream, flags) == 0);
  return stream;
}

DeviceBytes::DeviceBytes(size_t bytes) : bytes(bytes) {
  if (bytes)
    REQUIRE(cuda::cuMemAlloc_v2(&pointer, bytes) == 0);
}

DeviceBytes::~DeviceBytes() {
  if (pointer)
    cuda::cuMemFree_v2(pointer);
}

DeviceProblem::DeviceProblem(int64_t M, int64_t N)
    : host(M, N), args(host.args), x(host.x.size() * 4), y(host.y.size() * 4),
      a(host.a.size() * 4), idx(host.idx.size() * 4) {
  if (x.bytes)
    REQUIRE(cuda::cuMemcpyHtoD_v2(x.pointer, host.x.data(), x.bytes) == 0);
  if (y.bytes)
    REQUIRE(cuda::cuMemcpyHtoD_v2(y.pointer, host.y.data(), y.bytes) == 0);
  args.x = x.as<float>();
  args.y = y.as<float>();
  args.a = a.as<float>();
  args.idx = idx.as<int32_t>();
}

bool DeviceProblem::isRight(cuda::Stream stream) {
  REQUIRE(cuda::cuStreamSynchronize(stream) == 0);
  if (a.bytes) {
    REQUIRE(cuda::cuMemcpyDtoH_v2(host.a.data(), a.pointer, a.bytes) == 0);
    REQUIRE(cuda::cuMemcpyDtoH_v2(host.idx.data(), idx.pointer, idx.bytes) ==
            0);
  }
  return host.isRight();
}
