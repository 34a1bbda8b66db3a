//===- Programs.h - compiled programs of a bundle -------------------------===//

#ifndef KDSL_TEST_REPLAY_PROGRAMS_H
#define KDSL_TEST_REPLAY_PROGRAMS_H

#include "kdsl/kdsl.h"
#include <map>
#include <string>

namespace replay {

/// The shared libraries in a folder, one for each build, opened when needed and
/// never closed. The runtime is this program's own.
class Programs {
public:
  explicit Programs(std::string folder) : folder(std::move(folder)) {}

  /// Throws std::runtime_error.
  const kdsl_kernel &find(const std::string &build, const std::string &program);

private:
  std::string folder;
  std::map<std::string, void *> libraries;
};

/// Bytes of an element, or of a number in the args struct.
size_t elementBytes(const kdsl_arg &arg);

/// Rows of an array at these sizes.
int64_t rowsOf(const kdsl_arg &arg, const int64_t *sizes);

/// An input that is a number in the args struct itself.
inline bool isScalar(const kdsl_arg &arg) {
  return !arg.is_output && arg.n_axes == 0 && arg.n_dims == 0;
}

} // namespace replay

#endif // KDSL_TEST_REPLAY_PROGRAMS_H
