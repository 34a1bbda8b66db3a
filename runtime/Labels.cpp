//===- Labels.cpp - inputs that pick features ------------------------------===//

#include "runtime/Labels.h"
#include "runtime/Error.h"
#include <inttypes.h>

using namespace kdsl;

namespace {
/// One input of labels, one number a row.
class LabelCheck {
public:
  LabelCheck(const Arguments &arguments, const kdsl_arg &arg)
      : arguments(arguments), arg(arg), bound(uint64_t(arg.label_bound)) {}

  int run() const {
    if (isValue(arg))
      return checkRun(static_cast<const char *>(arguments.data()) + arg.offset,
                      1, 1, 0);
    if (extentOf(arguments, arg).spanBytes == 0)
      return KDSL_OK;
    return checkAxis(static_cast<const char *>(arguments.pointer(arg)), 0, 0);
  }

private:
  int64_t strideOf(int32_t axis) const;
  int checkAxis(const char *at, int32_t axis, int64_t row) const;
  int checkRun(const char *at, int64_t count, int64_t stride,
               int64_t row) const;
  template <typename T>
  int checkNumbers(const char *at, int64_t count, int64_t stride,
                   int64_t row) const;

  const Arguments &arguments;
  const kdsl_arg &arg;
  uint64_t bound;
};
} // namespace

/// In elements, with 0 made explicit.
int64_t LabelCheck::strideOf(int32_t axis) const {
  int64_t stride = arg.row_elems;
  for (int32_t k = arg.n_axes; k-- > axis;) {
    const int64_t given = arguments.givenStride(arg, k);
    stride = given ? given : stride;
    if (k > axis)
      stride *= arguments.size(arg.axes[k]);
  }
  return stride;
}

int LabelCheck::checkAxis(const char *at, int32_t axis, int64_t row) const {
  if (axis == arg.n_axes)
    return checkRun(at, 1, 1, row);
  const int64_t count = arguments.size(arg.axes[axis]);
  const int64_t stride = strideOf(axis);
  if (axis + 1 == arg.n_axes)
    return checkRun(at, count, stride, row * count);
  for (int64_t k = 0; k < count; ++k)
    if (int status = checkAxis(at + k * stride * typeBytes(arg.type), axis + 1,
                               row * count + k))
      return status;
  return KDSL_OK;
}

int LabelCheck::checkRun(const char *at, int64_t count, int64_t stride,
                         int64_t row) const {
  return arg.type == KDSL_I64 ? checkNumbers<int64_t>(at, count, stride, row)
                              : checkNumbers<int32_t>(at, count, stride, row);
}

template <typename T>
int LabelCheck::checkNumbers(const char *at, int64_t count, int64_t stride,
                             int64_t row) const {
  const auto *labels = reinterpret_cast<const T *>(at);
  // Negative labels are large ones. No way out of the loop: it is vectors.
  bool isWrong = false;
  for (int64_t k = 0; k < count; ++k)
    isWrong |= uint64_t(int64_t(labels[k * stride])) >= bound;
  if (!isWrong)
    return KDSL_OK;
  int64_t k = 0;
  // Another thread of the caller may write to it meanwhile.
  while (k + 1 < count && uint64_t(int64_t(labels[k * stride])) < bound)
    ++k;
  const kdsl_kernel &kernel = arguments.program();
  return fail(KDSL_EARG,
              "program '%s': argument %d '%s' has the label %" PRId64
              " in row %" PRId64 ", expected 0 to %" PRId64,
              kernel.name, int(&arg - kernel.args) + 1, arg.name,
              int64_t(labels[k * stride]), row + k, int64_t(bound) - 1);
}

int kdsl::checkLabels(const Arguments &arguments) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (kernel.args[k].label_bound > 0)
      if (int status = LabelCheck(arguments, kernel.args[k]).run())
        return status;
  return KDSL_OK;
}
