//===- Modules.h - device code that is loaded -----------------------------===//
//
// An image is loaded once a device and stays. It is known by its bytes and the
// names of its kernels, not by its address: a library that was closed may have
// made room for another one.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CUDA_MODULES_H
#define KDSL_RUNTIME_CUDA_MODULES_H

#include "kdsl/kdsl.h"
#include "runtime/cuda/Driver.h"
#include <pthread.h>

namespace kdsl::cuda {

struct Caller;

/// The kernels of one phase.
struct PhaseFunctions {
  char *names; ///< of both, each with its final 0
  Function sweep;
  Function merge; ///< null when rows j are never split
  int32_t sharedBytes; ///< that the sweep may be given
};

/// One loaded image.
struct LoadedImage {
  LoadedImage *next;
  Module module;
  char *bytes; ///< a copy of the image
  size_t size;
  uint32_t phaseCount;
  PhaseFunctions *phases;
};

/// The images of one device. Thread safe; needs the device's context current.
class ModuleCache {
public:
  /// Gives the kernels of `image`, loading it at its first use.
  /// \returns KDSL_OK, KDSL_ETARGET when the driver cannot use this image but
  /// perhaps another, KDSL_ENOMEM or KDSL_EDEVICE.
  int get(const Caller &caller, const kdsl_image &image, uint32_t phaseCount,
          const PhaseFunctions *&functions);

  void releaseAll(const Caller &caller);

private:
  int load(const Caller &caller, const kdsl_image &image, uint32_t phaseCount);

  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  LoadedImage *first = nullptr;
};

/// Whether a device of architecture `compute` runs the image.
bool runsOn(const kdsl_image &image, int compute);
/// The most that a block of its kernels is given of shared memory.
int32_t sharedBytesOf(const kdsl_image &image, uint32_t phaseCount);

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_MODULES_H
