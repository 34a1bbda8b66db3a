//===- Device.cpp - the GPU as the checks use it --------------------------===//

#include "test/replay/Device.h"
#include "kdsl/kdsl.h"
#include <dlfcn.h>
#include <utility>

using namespace replay;
using namespace kdsl::cuda;

Device::Device() {
  if (openDriver("machine-check", driver) != KDSL_OK)
    throw NotHere(kdsl_last_error());
  int count = 0;
  if (driver->cuDeviceGetCount(&count) != Success || count == 0)
    throw NotHere("the CUDA driver has no device");
  check(driver->cuDeviceGet(&handle, 0), "cuDeviceGet");
  Context context;
  check(driver->cuDevicePrimaryCtxRetain(&context, handle),
        "cuDevicePrimaryCtxRetain");
  check(driver->cuCtxPushCurrent_v2(context), "cuCtxPushCurrent");
  check(driver->cuStreamCreate(&queue, StreamNonBlocking), "cuStreamCreate");
}

Device::~Device() {
  driver->cuStreamDestroy_v2(queue);
  Context context;
  driver->cuCtxPopCurrent_v2(&context);
  driver->cuDevicePrimaryCtxRelease_v2(handle);
}

void Device::check(int result, const char *what) const {
  if (result != Success)
    throw DriverFailure(std::string(what) + ": " +
                        ResultText(*driver, result).text);
}

std::string Device::name() const {
  char name[128] = "";
  check(driver->cuDeviceGetName(name, sizeof(name), handle), "cuDeviceGetName");
  return name;
}

std::optional<int> Device::attribute(int which) const {
  int value = 0;
  if (driver->cuDeviceGetAttribute(&value, which, handle) != Success)
    return {};
  return value;
}

/// CU_DEVICE_ATTRIBUTE_*, as far as the runtime does not ask for them.
enum : int { AttributeClockRate = 13, AttributeMultiprocessorCount = 16 };

std::optional<int> Device::multiprocessors() const {
  return attribute(AttributeMultiprocessorCount);
}

std::optional<int> Device::clockKilohertz() const {
  return attribute(AttributeClockRate);
}

std::string Device::compute() const {
  return std::to_string(attribute(AttributeMajor).value_or(0)) + "." +
         std::to_string(attribute(AttributeMinor).value_or(0));
}

void Device::wait() const {
  check(driver->cuStreamSynchronize(queue), "cuStreamSynchronize");
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

DeviceArray::DeviceArray(const Device &device, size_t bytes)
    : device(device), bytes(bytes) {
  if (bytes)
    device.check(device.api().cuMemAlloc_v2(&pointer, bytes), "cuMemAlloc");
}

DeviceArray::DeviceArray(DeviceArray &&other) noexcept
    : device(other.device), bytes(other.bytes),
      pointer(std::exchange(other.pointer, 0)) {}

DeviceArray::~DeviceArray() {
  if (pointer)
    device.api().cuMemFree_v2(pointer);
}

void DeviceArray::upload(const void *from) {
  if (!bytes)
    return;
  device.check(
      device.api().cuMemcpyHtoDAsync_v2(pointer, from, bytes, device.stream()),
      "cuMemcpyHtoDAsync");
  device.wait();
}

void DeviceArray::download(void *to) const {
  if (!bytes)
    return;
  device.check(
      device.api().cuMemcpyDtoHAsync_v2(to, pointer, bytes, device.stream()),
      "cuMemcpyDtoHAsync");
  device.wait();
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

Stopwatch::Stopwatch(const Device &device) : device(device) {
  // The driver is open, so this only finds it; it is never closed.
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  elapsed = reinterpret_cast<decltype(elapsed)>(
      library ? dlsym(library, "cuEventElapsedTime") : nullptr);
  device.check(device.api().cuEventCreate(&begin, 0), "cuEventCreate");
  device.check(device.api().cuEventCreate(&end, 0), "cuEventCreate");
}

Stopwatch::~Stopwatch() {
  device.api().cuEventDestroy_v2(begin);
  device.api().cuEventDestroy_v2(end);
}

void Stopwatch::record(Event event) {
  device.check(device.api().cuEventRecord(event, device.stream()),
               "cuEventRecord");
}

std::optional<double> Stopwatch::seconds() const {
  device.check(device.api().cuEventSynchronize(end), "cuEventSynchronize");
  float milliseconds = 0;
  if (!elapsed)
    return {};
  device.check(elapsed(&milliseconds, begin, end), "cuEventElapsedTime");
  return milliseconds * 1e-3;
}
