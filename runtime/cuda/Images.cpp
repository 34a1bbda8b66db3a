//===- Images.cpp - finding the device and its code -----------------------===//
//
// Nothing is made on the device before it is known that some code runs on it.
//
//===----------------------------------------------------------------------===//

#include "runtime/Error.h"
#include "runtime/cuda/DeviceCall.h"
#include "runtime/cuda/Layout.h"
#include <stdio.h>

using namespace kdsl;
using namespace kdsl::cuda;

/// Visits the images that run on a device, cubins before PTX, which is compiled
/// when it is loaded. \returns the visitor's first true.
template <typename Visitor>
static bool visitUsable(const kdsl_kernel &kernel, const Device &device,
                        Visitor visit) {
  const kdsl_device_code &code = *kernel.device;
  static constexpr int kinds[] = {KDSL_CUBIN, KDSL_PTX};
  for (int kind : kinds)
    for (uint32_t k = 0; k < code.n_images; ++k)
      if (code.images[k].kind == kind &&
          runsOn(code.images[k], device.compute) &&
          sharedBytesOf(code.images[k], kernel.n_phases) <=
              device.maxSharedBytes &&
          visit(code.images[k]))
        return true;
  return false;
}

namespace {
/// "sm_80 (ptx), sm_90 (cubin)".
struct ImageList {
  explicit ImageList(const kdsl_device_code &code) {
    char *at = text, *end = text + sizeof(text);
    for (uint32_t k = 0; k < code.n_images && at < end; ++k)
      at += snprintf(at, size_t(end - at), "%s%s (%s)", k ? ", " : "",
                     code.images[k].target,
                     code.images[k].kind == KDSL_PTX ? "ptx" : "cubin");
  }
  char text[160] = "";
};
} // namespace

static int failWithoutImage(const Caller &caller, const kdsl_kernel &kernel) {
  const Device &device = caller.device;
  const kdsl_device_code &code = *kernel.device;
  for (uint32_t k = 0; k < code.n_images; ++k)
    if (runsOn(code.images[k], device.compute))
      return fail(KDSL_ETARGET,
                  "program '%s': the code for %s needs %d bytes of shared "
                  "memory for a block, device %d (%s) has %d",
                  caller.program, code.images[k].target,
                  sharedBytesOf(code.images[k], kernel.n_phases),
                  device.ordinal, device.name, device.maxSharedBytes);
  return fail(KDSL_ETARGET,
              "program '%s': the object has code for %s, device %d (%s) is "
              "sm_%d",
              caller.program, ImageList(code).text, device.ordinal, device.name,
              device.compute);
}

/// Finds the driver and what the device is, without making a context.
static int findMachine(const kdsl_kernel &kernel, const kdsl_exec &options,
                       DeviceCode &code) {
  if (!kernel.device || !kernel.device->n_images)
    return fail(KDSL_ETARGET, "program '%s': the object holds no device code",
                kernel.name);
  if (int status = openDriver(kernel.name, code.driver))
    return status;
  const int ordinal =
      options.device == KDSL_AUTO ? 0 : options.device - KDSL_CUDA(0);
  return findDevice(kernel.name, *code.driver, ordinal, code.device);
}

/// Loads the first image that the driver takes.
static int loadImage(const Caller &caller, const kdsl_kernel &kernel,
                     DeviceCode &code) {
  int status = KDSL_ETARGET;
  const ContextScope scope(caller);
  if (scope.status)
    return scope.status;
  visitUsable(kernel, caller.device,
              [&](const kdsl_image &image) {
                status = caller.device.modules.get(
                    caller, image, kernel.n_phases, code.functions);
                code.image = &image;
                return status != KDSL_ETARGET;
              });
  return status;
}

int kdsl::cuda::findDeviceCode(const kdsl_kernel &kernel,
                               const kdsl_exec &options, DeviceCode &code) {
  if (int status = findMachine(kernel, options, code))
    return status;
  const Caller caller{kernel.name, *code.driver, *code.device};
  if (!visitUsable(kernel, *code.device,
                   [](const kdsl_image &) { return true; }))
    return failWithoutImage(caller, kernel);
  if (int status = openDevice(caller))
    return status;
  return loadImage(caller, kernel, code);
}

bool kdsl::cuda::mayFallBack(const kdsl_exec &options, int status) {
  if (options.device != KDSL_AUTO || options.mem != KDSL_MEM_HOST)
    return false;
  return status == KDSL_ENODEVICE || status == KDSL_ETARGET ||
         (status == KDSL_EDEVICE && isForkedFromUser());
}

size_t kdsl::cuda::deviceWorkspace(const Arguments &arguments,
                                   const kdsl_exec &options) {
  const kdsl_kernel &kernel = arguments.program();
  DeviceCode code;
  if (findMachine(kernel, options, code))
    return 0;
  TurnedRanges turned;
  if (turned.make(arguments))
    return 0;
  // Which image the driver will take is known when it is loaded only.
  size_t most = 0;
  bool fits = true;
  visitUsable(
      kernel, *code.device, [&](const kdsl_image &image) {
        DeviceLayout layout;
        fits = layOut(arguments, turned, image, false, layout) == KDSL_OK;
        most = layout.total + deviceAlign > most ? layout.total + deviceAlign
                                                 : most;
        return !fits;
      });
  if (!most)
    failWithoutImage({kernel.name, *code.driver, *code.device}, kernel);
  return fits ? most : 0;
}
