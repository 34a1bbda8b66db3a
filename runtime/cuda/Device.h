//===- Device.h - the devices of this process -----------------------------===//
//
// One object a device, made at its first use and kept: what it is, its primary
// context (the one that the CUDA runtime and other libraries share), loaded
// code, cached memory and streams, and whether its context is lost.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CUDA_DEVICE_H
#define KDSL_RUNTIME_CUDA_DEVICE_H

#include "runtime/cuda/Driver.h"
#include "runtime/cuda/Memory.h"
#include "runtime/cuda/Modules.h"
#include <atomic>
#include <pthread.h>

namespace kdsl::cuda {

struct Device {
  /// Held to find and to open the device.
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  std::atomic<bool> isKnown{false}; ///< what follows has been read
  int ordinal = 0;
  DeviceHandle handle = 0;
  int compute = 0;        ///< 80: major * 10 + minor
  int maxPitch = 0;       ///< of two-dimensional copies, in bytes
  int maxSharedBytes = 0; ///< that a block may ask for
  char name[64] = "unknown";

  std::atomic<bool> isOpen{false}; ///< `context` is retained
  Context context = nullptr;

  std::atomic<bool> isLost{false};
  char lostCause[320] = {};

  BlockCache blocks;
  StreamCache streams;
  ModuleCache modules;
};

/// Who calls the driver: what messages and the keeping of losses need.
struct Caller {
  const char *program;
  const Driver &driver;
  Device &device;

  /// Turns a result of the driver function `call` into a status with a message.
  /// A result that no context survives marks the device as lost.
  /// \param subject  what it was called for, or null.
  int check(int result, const char *call, const char *subject = nullptr) const;
};

/// Finds device `ordinal` without making a context.
/// \returns KDSL_OK, KDSL_ENODEVICE, KDSL_EDEVICELOST, or what openDriver says.
int findDevice(const char *program, const Driver &driver, int ordinal,
               Device *&device);

/// Retains the primary context of the device.
int openDevice(const Caller &caller);

/// Makes the device's context current for a scope; the caller's is put back.
class ContextScope {
public:
  explicit ContextScope(const Caller &caller) : driver(caller.driver) {
    status = caller.check(driver.cuCtxPushCurrent_v2(caller.device.context),
                          "cuCtxPushCurrent");
  }
  ~ContextScope() {
    Context popped;
    if (!status)
      driver.cuCtxPopCurrent_v2(&popped);
  }
  ContextScope(const ContextScope &) = delete;
  ContextScope &operator=(const ContextScope &) = delete;

  /// KDSL_OK, or why the context could not be made current.
  int status;

private:
  const Driver &driver;
};

/// Counts a call in, so that the end of the process leaves it its things.
struct InsideCall {
  InsideCall();
  ~InsideCall();
  InsideCall(const InsideCall &) = delete;
  InsideCall &operator=(const InsideCall &) = delete;
};

/// Gives everything back to the driver that the process took from it, waiting
/// for work that uses it. No call may run. Happens by itself when the runtime
/// is unloaded.
void releaseDevices();

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_DEVICE_H
