//===- DeviceProgram.h - the hand-made program, with device code ----------===//
//
// pickKernel() with images whose kernels are functions of this file, and what a
// test needs to be an application on the fake driver.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_TEST_DEVICEPROGRAM_H
#define KDSL_TEST_DEVICEPROGRAM_H

#include "TestProgram.h"
#include "test/cuda/Cuda.h"
#include "test/cuda/FakeCuda.h"

namespace kdsl_test {

/// A machine that nobody has used, on which the program's kernels run. At the
/// end the runtime gives everything back, and nothing may be left or wrong.
struct FreshMachine {
  FreshMachine();
  ~FreshMachine();
  FreshMachine(const FreshMachine &) = delete;
  FreshMachine &operator=(const FreshMachine &) = delete;

  /// Whether to check for leftovers; a lost device keeps its things.
  bool checksLeftovers = true;
};

/// A copy of pickKernel() with device code that a test may change: one image
/// of PTX for sm_80, tiles of 8 rows i, parts of a multiple of 4 rows j.
struct DeviceKernel {
  DeviceKernel();
  DeviceKernel(const DeviceKernel &) = delete;
  DeviceKernel &operator=(const DeviceKernel &) = delete;

  void addImage(const char *target, int kind, int compute, const char *bytes);
  int run(const Problem &problem, const kdsl_exec &exec) const {
    return kdsl_call_v1(&kernel, &problem.args, &exec);
  }

  kdsl_kernel kernel;
  kdsl_device_code code = {};
  std::vector<kdsl_image> images;
  std::vector<kdsl_device_phase> phases;
};

inline kdsl_exec onDevice(int device = KDSL_CUDA(0), int mem = KDSL_MEM_HOST) {
  kdsl_exec exec = {};
  exec.device = device;
  exec.mem = mem;
  return exec;
}

/// An application's own use of device 0: its primary context, current.
struct Application {
  Application();
  ~Application();
  Application(const Application &) = delete;
  Application &operator=(const Application &) = delete;

  kdsl::cuda::Stream newStream(unsigned flags = 0) const;

  kdsl::cuda::DeviceHandle device = 0;
  kdsl::cuda::Context context = nullptr;
};

/// An array in device memory.
class DeviceBytes {
public:
  explicit DeviceBytes(size_t bytes);
  ~DeviceBytes();
  DeviceBytes(const DeviceBytes &) = delete;
  DeviceBytes &operator=(const DeviceBytes &) = delete;

  template <typename T> T *as() const { return reinterpret_cast<T *>(pointer); }

  kdsl::cuda::DevicePointer pointer = 0;
  size_t bytes;
};

/// A problem whose arrays lie in device memory; needs an Application.
struct DeviceProblem {
  DeviceProblem(int64_t M, int64_t N);

  /// Waits for `stream`, copies the outputs back and compares them.
  bool isRight(kdsl::cuda::Stream stream = nullptr);

  Problem host;
  PickArgs args;
  DeviceBytes x, y, a, idx;
};

} // namespace kdsl_test

#endif // KDSL_TEST_DEVICEPROGRAM_H
