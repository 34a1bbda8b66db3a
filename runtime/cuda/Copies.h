//===- Copies.h - rows of host arrays to the device and back --------------===//

#ifndef KDSL_RUNTIME_CUDA_COPIES_H
#define KDSL_RUNTIME_CUDA_COPIES_H

#include "runtime/Arguments.h"
#include "runtime/cuda/Device.h"

namespace kdsl::cuda {

enum class Direction { toDevice, toHost };

/// Queues copies of the rows of `arg` between the caller's array and `device`,
/// where they lie without gaps. Gaps of the array are neither read nor written.
int copyRows(const Caller &caller, const Arguments &arguments,
             const kdsl_arg &arg, DevicePointer device, Direction direction,
             Stream stream);

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_COPIES_H
