//===- Device.cpp - the devices of this process ---------------------------===//

#include "runtime/cuda/Device.h"
#include "kdsl/kdsl.h"
#include "runtime/Error.h"
#include <stdio.h>

using namespace kdsl;
using namespace kdsl::cuda;

/// More than any machine has; KDSL_CUDA(n) above is no device.
static constexpr int maxDevices = 64;
static Device devices[maxDevices];
/// Guards lostCause. Not a device's lock, which may be held when a loss shows.
static pthread_mutex_t lossLock = PTHREAD_MUTEX_INITIALIZER;
static std::atomic<int> callsInside{0};

/// Errors after which every use of the context fails until the process ends.
static bool isSticky(int result) {
  switch (result) {
  case EccUncorrectable:
  case IllegalAddress:
  case LaunchTimeout:
  case ContextIsDestroyed:
  case Assert:
  case HardwareStackError:
  case IllegalInstruction:
  case MisalignedAddress:
  case InvalidAddressSpace:
  case InvalidPc:
  case LaunchFailed:
    return true;
  default:
    return false;
  }
}

static int statusOf(int result) {
  switch (result) {
  case OutOfMemory:
    return KDSL_ENOMEM;
  case StubLibrary:
  case InsufficientDriver:
  case DeviceUnavailable:
  case NoDevice:
  case InvalidDevice:
  case SystemNotReady:
  case SystemDriverMismatch:
  case CompatNotSupported:
    return KDSL_ENODEVICE;
  default:
    return KDSL_EDEVICE;
  }
}

static void markLost(Device &device, const char *call, const char *words) {
  pthread_mutex_lock(&lossLock);
  if (!device.isLost) {
    snprintf(device.lostCause, sizeof(device.lostCause), "%s gave %s", call,
             words);
    device.isLost = true;
  }
  pthread_mutex_unlock(&lossLock);
}

int Caller::check(int result, const char *call, const char *subject) const {
  if (result == Success)
    return KDSL_OK;
  const ResultText words(driver, result);
  const bool lost = isSticky(result);
  if (lost)
    markLost(device, call, words.text);
  return fail(statusOf(result),
              "program '%s': %s%s%s%s failed on device %d (%s): %s%s", program,
              call, subject ? " of '" : "", subject ? subject : "",
              subject ? "'" : "", device.ordinal, device.name, words.text,
              lost ? ", in this or earlier work; the device is lost for this "
                     "process"
                   : "");
}

/// Reads what the device is. Needs the device's lock.
static int readDevice(const Caller &caller) {
  const Driver &driver = caller.driver;
  Device &device = caller.device;
  int count = 0, major = 0, minor = 0;
  if (int status =
          caller.check(driver.cuDeviceGetCount(&count), "cuDeviceGetCount"))
    return status;
  if (device.ordinal >= count)
    return fail(KDSL_ENODEVICE,
                "program '%s': there is no device %d, this machine has %d",
                caller.program, device.ordinal, count);
  if (int status = caller.check(
          driver.cuDeviceGet(&device.handle, device.ordinal), "cuDeviceGet"))
    return status;
  if (driver.cuDeviceGetName(device.name, sizeof(device.name), device.handle))
    snprintf(device.name, sizeof(device.name), "unnamed");
  const struct {
    int attribute;
    int *value;
  } wanted[] = {{AttributeMajor, &major},
                {AttributeMinor, &minor},
                {AttributeMaxPitch, &device.maxPitch},
                {AttributeMaxSharedBytes, &device.maxSharedBytes}};
  for (const auto &[attribute, value] : wanted)
    if (int status = caller.check(
            driver.cuDeviceGetAttribute(value, attribute, device.handle),
            "cuDeviceGetAttribute"))
      return status;
  device.compute = major * 10 + minor;
  return KDSL_OK;
}

int kdsl::cuda::findDevice(const char *program, const Driver &driver,
                           int ordinal, Device *&found) {
  if (ordinal >= maxDevices)
    return fail(KDSL_ENODEVICE,
                "program '%s': there is no device %d, expected less than %d",
                program, ordinal, maxDevices);
  Device &device = devices[ordinal];
  found = &device;
  if (!device.isKnown) {
    pthread_mutex_lock(&device.lock);
    device.ordinal = ordinal;
    const int status =
        device.isKnown ? int(KDSL_OK) : readDevice({program, driver, device});
    device.isKnown = status == KDSL_OK;
    pthread_mutex_unlock(&device.lock);
    if (status)
      return status;
  }
  if (device.isLost)
    return fail(KDSL_EDEVICELOST,
                "program '%s': device %d (%s) is lost for this process since "
                "%s",
                program, ordinal, device.name, device.lostCause);
  return KDSL_OK;
}

int kdsl::cuda::openDevice(const Caller &caller) {
  Device &device = caller.device;
  if (device.isOpen)
    return KDSL_OK;
  int result = Success;
  pthread_mutex_lock(&device.lock);
  if (!device.isOpen) {
    result =
        caller.driver.cuDevicePrimaryCtxRetain(&device.context, device.handle);
    device.isOpen = result == Success;
  }
  pthread_mutex_unlock(&device.lock);
  return caller.check(result, "cuDevicePrimaryCtxRetain");
}

/// A lost or shut-down context refuses all of this, which ends its things too.
static void releaseDevice(const Driver &driver, Device &device) {
  const Caller caller{"", driver, device};
  if (device.isOpen) {
    {
      ContextScope scope(caller);
      device.blocks.releaseAll(caller);
      device.streams.releaseAll(caller);
      device.modules.releaseAll(caller);
    }
    driver.cuDevicePrimaryCtxRelease_v2(device.handle);
  }
  device.isOpen = false;
  device.isLost = false;
  device.isKnown = false;
}

void kdsl::cuda::releaseDevices() {
  const Driver *driver;
  // Not in a forked child: the parent's things are none of its.
  if (isDriverOpen() && openDriver("", driver) == KDSL_OK)
    for (Device &device : devices)
      if (device.isKnown)
        releaseDevice(*driver, device);
  forgetDriver();
}

InsideCall::InsideCall() { ++callsInside; }
InsideCall::~InsideCall() { --callsInside; }

/// A call that still runs then keeps its things: the process is ending under
/// it.
[[gnu::destructor]] static void releaseAtUnload() {
  if (callsInside == 0)
    releaseDevices();
}
