//===- Call.h - one call of a compiled program ----------------------------===//

#ifndef KDSL_TEST_REPLAY_CALL_H
#define KDSL_TEST_REPLAY_CALL_H

#include "kdsl/kdsl.h"
#include "test/replay/CaseFile.h"
#include "test/replay/Device.h"

namespace replay {

/// Where a call runs, and where its arrays live.
struct Place {
  const char *name;
  int32_t device;  ///< as in kdsl_exec
  int32_t isa;     ///< as in kdsl_exec
  int32_t mem;     ///< KDSL_MEM_HOST or KDSL_MEM_DEVICE
  int64_t gap = 0; ///< of the rows of every array
};

/// The outputs of a call, dense, in the order of declaration.
using Outputs = std::vector<std::vector<char>>;

/// The call failed, or wrote what it should not.
struct CallFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs a case; without a GPU, `device` is null. Each array is an allocation of
/// its own, filled with a pattern that shows elements that are not written and
/// gaps that are. Throws CallFailure, or DriverFailure when the device is lost.
Outputs call(const Device *device, const kdsl_kernel &kernel, const Case &which,
             const CaseFile &file, const Place &place);

} // namespace replay

#endif // KDSL_TEST_REPLAY_CALL_H
