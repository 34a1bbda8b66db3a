//===- DeviceCall.h - one call on a device --------------------------------===//

#ifndef KDSL_RUNTIME_CUDA_DEVICECALL_H
#define KDSL_RUNTIME_CUDA_DEVICECALL_H

#include "runtime/Arguments.h"
#include "runtime/cuda/Device.h"

namespace kdsl::cuda {

/// The device of a call and the code for it, ready to launch.
struct DeviceCode {
  const Driver *driver = nullptr;
  Device *device = nullptr;
  const kdsl_image *image = nullptr;
  const PhaseFunctions *functions = nullptr;
};

/// Finds the device that the options name, device 0 for KDSL_AUTO, and loads
/// the best code for it.
///
/// \returns KDSL_OK; KDSL_ENODEVICE, KDSL_ETARGET; KDSL_ENOMEM, KDSL_EDEVICE
/// or KDSL_EDEVICELOST.
int findDeviceCode(const kdsl_kernel &kernel, const kdsl_exec &options,
                   DeviceCode &code);

/// Whether a call that findDeviceCode answered with `status` goes to the CPU
/// instead: nothing here can run it, rather than something went wrong.
bool mayFallBack(const kdsl_exec &options, int status);

/// The bytes of exec.workspace that a call on the device needs; 0, with a
/// message, when there is no such device or code.
size_t deviceWorkspace(const Arguments &arguments, const kdsl_exec &options);

/// Runs the call. The shapes and pointers have been checked.
/// \param copied  bytes that were copied between host and device.
int runOnDevice(const Arguments &arguments, const kdsl_exec &options,
                const DeviceCode &code, int64_t &copied);

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_DEVICECALL_H
