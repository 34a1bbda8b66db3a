//===- Copies.cpp - rows of host arrays to the device and back ------------===//
//
// Rows that follow each other go in one copy, rows at equal distances in one
// two-dimensional copy; only further axes take a loop.
//
//===----------------------------------------------------------------------===//

#include "runtime/cuda/Copies.h"

using namespace kdsl;
using namespace kdsl::cuda;

namespace {
/// The copies of one array.
class RowCopier {
public:
  RowCopier(const Caller &caller, const Arguments &arguments,
            const kdsl_arg &arg, Direction direction, Stream stream)
      : caller(caller), arguments(arguments), arg(arg), direction(direction),
        stream(stream) {}

  /// Copies the rows of axes `axis` and further in.
  int copyFrom(int32_t axis, char *host, DevicePointer device) const {
    const size_t bytes = denseBytesFrom(axis);
    if (isDenseFrom(axis))
      return copyBytes(host, device, bytes);
    const size_t slab = denseBytesFrom(axis + 1);
    const size_t pitch = hostPitch(axis);
    const int64_t count = arguments.size(arg.axes[axis]);
    if (isDenseFrom(axis + 1) && pitch <= size_t(caller.device.maxPitch))
      return copySlabs(host, pitch, device, slab, size_t(count));
    for (int64_t k = 0; k < count; ++k, host += pitch, device += slab)
      if (int status = copyFrom(axis + 1, host, device))
        return status;
    return KDSL_OK;
  }

private:
  size_t denseBytesFrom(int32_t axis) const {
    int64_t elements = arg.row_elems;
    for (int32_t k = axis; k < arg.n_axes; ++k)
      elements *= arguments.size(arg.axes[k]);
    return size_t(elements * typeBytes(arg.type));
  }
  /// Bytes between the begins of what follows each other on `axis`.
  size_t hostPitch(int32_t axis) const {
    const int64_t given = arguments.givenStride(arg, axis);
    if (given)
      return size_t(given * typeBytes(arg.type));
    return axis + 1 == arg.n_axes
               ? denseBytesFrom(axis + 1)
               : hostPitch(axis + 1) *
                     size_t(arguments.size(arg.axes[axis + 1]));
  }
  bool isDenseFrom(int32_t axis) const {
    for (int32_t k = axis; k < arg.n_axes; ++k)
      if (arguments.size(arg.axes[k]) > 1 &&
          hostPitch(k) != denseBytesFrom(k + 1))
        return false;
    return true;
  }

  int copyBytes(char *host, DevicePointer device, size_t bytes) const {
    const Driver &driver = caller.driver;
    if (direction == Direction::toDevice)
      return caller.check(
          driver.cuMemcpyHtoDAsync_v2(device, host, bytes, stream),
          "cuMemcpyHtoDAsync", arg.name);
    return caller.check(
        driver.cuMemcpyDtoHAsync_v2(host, device, bytes, stream),
        "cuMemcpyDtoHAsync", arg.name);
  }

  int copySlabs(char *host, size_t pitch, DevicePointer device, size_t slab,
                size_t count) const {
    Copy2D copy = {};
    copy.widthBytes = slab;
    copy.height = count;
    if (direction == Direction::toDevice) {
      copy.fromType = MemoryHost;
      copy.fromHost = host;
      copy.fromPitch = pitch;
      copy.toType = MemoryDevice;
      copy.toDevice = device;
      copy.toPitch = slab;
    } else {
      copy.fromType = MemoryDevice;
      copy.fromDevice = device;
      copy.fromPitch = slab;
      copy.toType = MemoryHost;
      copy.toHost = host;
      copy.toPitch = pitch;
    }
    return caller.check(caller.driver.cuMemcpy2DAsync_v2(&copy, stream),
                        "cuMemcpy2DAsync", arg.name);
  }

  const Caller &caller;
  const Arguments &arguments;
  const kdsl_arg &arg;
  Direction direction;
  Stream stream;
};
} // namespace

int kdsl::cuda::copyRows(const Caller &caller, const Arguments &arguments,
                         const kdsl_arg &arg, DevicePointer device,
                         Direction direction, Stream stream) {
  return RowCopier(caller, arguments, arg, direction, stream)
      .copyFrom(0, static_cast<char *>(arguments.pointer(arg)), device);
}
