//===- Call.h - one call of a compiled program on the GPU -----------------===//

#ifndef KDSL_TEST_GPU_CALL_H
#define KDSL_TEST_GPU_CALL_H

#include "kdsl/kdsl.h"
#include "test/gpu/CaseFile.h"
#include "test/gpu/Device.h"

namespace gpu {

/// Where the arrays of a call live.
struct Place {
  const char *name;
  int32_t mem;     ///< KDSL_MEM_HOST or KDSL_MEM_DEVICE
  int64_t gap = 0; ///< elements between two rows of every array
};

/// The outputs of a call, dense, in the order of declaration.
using Outputs = std::vector<std::vector<char>>;

/// The call failed, or wrote what it should not.
struct CallFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs a case. Each array is an allocation of its own, filled with a pattern
/// that shows elements that are not written and gaps that are. Throws
/// CallFailure, or DriverFailure when the device is lost.
Outputs call(const Device &device, const kdsl_kernel &kernel, const Case &which,
             const CaseFile &file, const Place &place);

} // namespace gpu

#endif // KDSL_TEST_GPU_CALL_H
