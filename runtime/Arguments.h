//===- Arguments.h - reading and checking the args struct -----------------===//
//
// The args struct of a program is known to the runtime through its descriptor
// only: sizes first, then i_base and j_base, then each argument at its offset.
// All checks are made before any array is touched.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_ARGUMENTS_H
#define KDSL_RUNTIME_ARGUMENTS_H

#include "kdsl/kdsl.h"
#include <string.h>

namespace kdsl {

/// A typed view of a program's args struct.
class Arguments {
public:
  Arguments(const kdsl_kernel &kernel, const void *args)
      : kernel(kernel), bytes(static_cast<const char *>(args)) {}

  const kdsl_kernel &program() const { return kernel; }
  const void *data() const { return bytes; }

  /// The rows of a row axis; those of axis -1 are one.
  int64_t size(int32_t axis) const {
    return axis < 0 ? 1 : read<int64_t>(size_t(axis) * sizeof(int64_t));
  }
  /// The points of some axes. Needs checkShapes, where it is an array's or a
  /// phase's; a temporary's may be too large, which saturates.
  int64_t points(const int32_t *axes, int32_t count) const;
  int64_t points(const kdsl_phase &phase) const {
    return points(phase.axes, phase.n_axes);
  }
  int64_t points(const kdsl_temp &temp) const {
    return points(temp.axes, temp.n_axes);
  }
  int64_t iBase() const { return size(int32_t(kernel.n_sizes)); }
  int64_t jBase() const { return size(int32_t(kernel.n_sizes) + 1); }

  /// The array of `arg`, which is not a scalar parameter.
  void *pointer(const kdsl_arg &arg) const {
    return read<void *>(size_t(arg.offset));
  }
  /// The stride that the caller gave for a row axis, in elements; 0: packed.
  int64_t givenStride(const kdsl_arg &arg, int32_t axis) const {
    return arg.stride_offset < 0
               ? 0
               : read<int64_t>(size_t(arg.stride_offset) +
                               size_t(axis) * sizeof(int64_t));
  }

private:
  template <typename T> T read(size_t offset) const {
    T value;
    memcpy(&value, bytes + offset, sizeof(T));
    return value;
  }

  const kdsl_kernel &kernel;
  const char *bytes;
};

/// Where the rows of one array lie.
struct Extent {
  int64_t rows = 0;      ///< product of the row axes; 1 when there are none
  int64_t spanBytes = 0; ///< from the first byte to behind the last; 0: empty
  bool packed = true;    ///< rows follow each other without gaps
};

/// A scalar parameter is a value in the args struct, not an array.
inline bool isValue(const kdsl_arg &arg) {
  return !arg.is_output && arg.n_axes == 0 && arg.n_dims == 0;
}

/// A set of pairs, not an array of rows.
inline bool isRanges(const kdsl_arg &arg) { return arg.type == KDSL_RANGES; }
inline bool isArray(const kdsl_arg &arg) {
  return !isValue(arg) && !isRanges(arg);
}

int64_t typeBytes(int32_t type);

inline int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/// Tiles of a phase (see kdsl_phase).
int64_t tilesOf(const Arguments &arguments, const kdsl_phase &phase,
                int64_t tileRows);

/// Measures the array of `arg`, whose sizes and strides have been checked. Row
/// axes of stride 0 are packed; the stride that this means is written to
/// strides[axis] when `strides` is not null.
Extent extentOf(const Arguments &arguments, const kdsl_arg &arg,
                int64_t *strides = nullptr);

/// Copies the args struct and makes every stride explicit. The copy is aligned
/// to 8 bytes. Needs checkShapes.
void copyArgs(const Arguments &arguments, char *copy);

/// Makes a copy from copyArgs say that the rows of `arg` lie at `address`,
/// without gaps.
void pointToPacked(const Arguments &arguments, const kdsl_arg &arg,
                   uint64_t address, char *copy);

/// Checks sizes, bases and strides, hence the bytes of every array.
int checkShapes(const Arguments &arguments);

/// Checks that non-empty arrays are there, aligned to their element, and that
/// no output overlaps an input or another output. Needs checkShapes.
int checkPointers(const Arguments &arguments);

/// Refuses [begin, begin + bytes) when it overlaps an array; `what` names it.
int checkApart(const Arguments &arguments, const void *begin, size_t bytes,
               const char *what);

} // namespace kdsl

#endif // KDSL_RUNTIME_ARGUMENTS_H
