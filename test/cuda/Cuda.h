//===- Cuda.h - prototypes of driver functions ----------------------------===//
//
// For tests that call the driver themselves, as an application would: what the
// runtime uses, and what sets up its surroundings.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_TEST_CUDA_CUDA_H
#define KDSL_TEST_CUDA_CUDA_H

#include "runtime/cuda/Driver.h"

namespace kdsl::cuda {
extern "C" {
#define KDSL_CUDA_DECLARE(NAME, PARAMETERS) int NAME PARAMETERS;
KDSL_CUDA_REQUIRED(KDSL_CUDA_DECLARE)
KDSL_CUDA_OPTIONAL(KDSL_CUDA_DECLARE)
#undef KDSL_CUDA_DECLARE

int cuCtxCreate_v2(Context *context, unsigned flags, DeviceHandle device);
int cuCtxDestroy_v2(Context context);
int cuCtxGetCurrent(Context *context);
int cuCtxSetCurrent(Context context);
int cuCtxSynchronize();
int cuMemcpyHtoD_v2(DevicePointer to, const void *from, size_t bytes);
int cuMemcpyDtoH_v2(void *to, DevicePointer from, size_t bytes);
}
} // namespace kdsl::cuda

#endif // KDSL_TEST_CUDA_CUDA_H
