//===- Device.h - the GPU as the checks use it ----------------------------===//
//
// Memory and streams through the driver's interface, so that neither building
// nor running needs more of CUDA than the driver.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_TEST_REPLAY_DEVICE_H
#define KDSL_TEST_REPLAY_DEVICE_H

#include "runtime/cuda/Driver.h"
#include <optional>
#include <stdexcept>
#include <string>

namespace replay {

/// This machine does not run the code: there is no driver, no device.
struct NotHere : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A function of the driver failed, which leaves little to do in this process.
struct DriverFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Device 0, with its primary context current, and a stream.
class Device {
public:
  /// Throws NotHere.
  Device();
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  std::string name() const;
  /// "9.0".
  std::string compute() const;
  /// Empty when the driver does not say.
  std::optional<int> multiprocessors() const;
  std::optional<int> clockKilohertz() const;

  kdsl::cuda::Stream stream() const { return queue; }
  void wait() const;

  /// Throws DriverFailure, with the driver's words.
  void check(int result, const char *what) const;
  const kdsl::cuda::Driver &api() const { return *driver; }

private:
  std::optional<int> attribute(int which) const;

  const kdsl::cuda::Driver *driver = nullptr;
  kdsl::cuda::DeviceHandle handle = 0;
  kdsl::cuda::Stream queue = nullptr;
};

/// Memory on the device; no bytes, no memory.
class DeviceArray {
public:
  DeviceArray(const Device &device, size_t bytes);
  ~DeviceArray();
  DeviceArray(DeviceArray &&other) noexcept;
  DeviceArray(const DeviceArray &) = delete;

  void *address() const { return reinterpret_cast<void *>(pointer); }
  void upload(const void *from);
  void download(void *to) const;

private:
  const Device &device;
  size_t bytes;
  kdsl::cuda::DevicePointer pointer = 0;
};

/// Seconds that the device takes between two places of its stream. Drivers
/// without cuEventElapsedTime do not say.
class Stopwatch {
public:
  explicit Stopwatch(const Device &device);
  ~Stopwatch();
  Stopwatch(const Stopwatch &) = delete;

  void start() { record(begin); }
  void stop() { record(end); }
  /// Waits for the second place.
  std::optional<double> seconds() const;

private:
  void record(kdsl::cuda::Event event);

  const Device &device;
  int (*elapsed)(float *, kdsl::cuda::Event, kdsl::cuda::Event);
  kdsl::cuda::Event begin = nullptr, end = nullptr;
};

} // namespace replay

#endif // KDSL_TEST_REPLAY_DEVICE_H
