//===- Arguments.cpp - checking the args struct ---------------------------===//

#include "runtime/Arguments.h"
#include "runtime/Error.h"
#include <inttypes.h>
#include <stdio.h>

using namespace kdsl;

/// More rows than any address space holds; far enough below 2^63 that sums of
/// sizes and bases cannot overflow.
static constexpr int64_t maxRows = int64_t(1) << 56;

int64_t kdsl::typeBytes(int32_t type) {
  switch (type) {
  case KDSL_BOOL:
    return 1;
  case KDSL_F16:
  case KDSL_BF16:
    return 2;
  case KDSL_I64:
  case KDSL_F64:
    return 8;
  default:
    return 4;
  }
}

static const char *typeName(int32_t type) {
  static const char *const names[] = {"bool", "i32", "i64", "f16",
                                      "bf16", "f32", "f64"};
  return names[type];
}

int64_t Arguments::points(const int32_t *axes, int32_t count) const {
  int64_t product = 1;
  for (int32_t k = 0; k < count; ++k)
    if (size(axes[k]) == 0)
      return 0;
  for (int32_t k = 0; k < count; ++k)
    if (__builtin_mul_overflow(product, size(axes[k]), &product))
      return INT64_MAX;
  return product;
}

int64_t kdsl::tilesOf(const Arguments &arguments, const kdsl_phase &phase,
                      int64_t tileRows) {
  if (phase.n_axes == 0)
    return 1;
  const int32_t last = phase.n_axes - 1;
  return arguments.points(phase.axes, last) *
         ceilDiv(arguments.size(phase.axes[last]), tileRows > 0 ? tileRows : 1);
}

namespace {
/// "argument 2 'x' of program 'conv'", what messages begin with.
struct Subject {
  Subject(const Arguments &arguments, const kdsl_arg &arg) {
    const kdsl_kernel &kernel = arguments.program();
    snprintf(text, sizeof(text), "program '%s': argument %d '%s'", kernel.name,
             int(&arg - kernel.args) + 1, arg.name);
  }
  char text[200];
};

/// "M x N rows of 3 f32": what an array should hold.
struct Wanted {
  Wanted(const Arguments &arguments, const kdsl_arg &arg) {
    char *at = text, *end = text + sizeof(text);
    for (int32_t k = 0; k < arg.n_axes && at < end; ++k)
      at += snprintf(at, size_t(end - at), "%s%" PRId64, k ? " x " : "",
                     arguments.size(arg.axes[k]));
    if (at < end)
      snprintf(at, size_t(end - at), "%s%" PRId64 " %s",
               arg.n_axes ? " rows of " : "", arg.row_elems,
               typeName(arg.type));
  }
  char text[160];
};
} // namespace

/// "1, 2, 3": the values of a feature size that have been compiled.
namespace {
struct Compiled {
  Compiled(const kdsl_kernel &kernel, uint32_t axis) {
    char *at = text, *end = text + sizeof(text);
    for (uint32_t b = 0; b < kernel.n_bodies && at < end; ++b) {
      const int64_t value = kernel.bodies[b]->fixed[axis];
      bool isKnown = false;
      for (uint32_t before = 0; before < b; ++before)
        isKnown |= kernel.bodies[before]->fixed[axis] == value;
      if (!isKnown)
        at += snprintf(at, size_t(end - at), "%s%" PRId64, b ? ", " : "",
                       value);
    }
  }
  char text[160] = "";
};
} // namespace

/// A feature size that `specialize` lists is that of the body.
static int checkFixed(const Arguments &arguments, uint32_t axis) {
  const kdsl_kernel &kernel = arguments.program();
  if (!kernel.fixed || kernel.fixed[axis] < 0)
    return KDSL_OK;
  const int64_t size = arguments.size(int32_t(axis));
  bool isCompiled = size == kernel.fixed[axis];
  for (uint32_t b = 0; b < kernel.n_bodies; ++b)
    isCompiled |= kernel.bodies[b]->fixed[axis] == size;
  if (isCompiled)
    return KDSL_OK;
  return fail(KDSL_EARG,
              "program '%s': size %s is %" PRId64
              ", which is not compiled; compiled are %s",
              kernel.name, kernel.sizes[axis], size,
              Compiled(kernel, axis).text);
}

static int checkSizes(const Arguments &arguments) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_sizes; ++k) {
    if (int status = checkFixed(arguments, k))
      return status;
    int64_t size = arguments.size(int32_t(k));
    if (size < 0 || size > maxRows)
      return fail(KDSL_EARG,
                  "program '%s': size %s is %" PRId64
                  ", expected 0 to %" PRId64,
                  kernel.name, kernel.sizes[k], size, maxRows);
  }
  for (uint32_t k = 0; k < kernel.n_phases; ++k)
    if (arguments.points(kernel.phases[k]) == INT64_MAX)
      return fail(KDSL_EARG,
                  "program '%s': the sizes of its results multiply to more than "
                  "2^63 rows",
                  kernel.name);
  for (int which = 0; which < 2; ++which) {
    int64_t base = which ? arguments.jBase() : arguments.iBase();
    if (base < 0 || base > maxRows)
      return fail(KDSL_EARG,
                  "program '%s': %c_base is %" PRId64
                  ", expected 0 to %" PRId64,
                  kernel.name, which ? 'j' : 'i', base, maxRows);
  }
  return KDSL_OK;
}

/// Row numbers of a reduced axis must fit in 32-bit outputs.
static int checkIndexRange(const Arguments &arguments, const kdsl_arg &arg) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_phases; ++k) {
    int32_t axis = kernel.phases[k].pair_axis;
    if (axis < 0 || arguments.jBase() + arguments.size(axis) <= INT32_MAX)
      continue;
    return fail(KDSL_EARG,
                "%s is i32 and cannot hold the row numbers of %s = %" PRId64
                " rows from %" PRId64 " on, expected at most 2147483647; "
                "declare it as i64",
                Subject(arguments, arg).text, kernel.sizes[axis],
                arguments.size(axis), arguments.jBase());
  }
  return KDSL_OK;
}

/// Walks the row axes from the innermost out, as extentOf does, with checks.
static int checkStrides(const Arguments &arguments, const kdsl_arg &arg) {
  const kdsl_kernel &kernel = arguments.program();
  int64_t span = arg.row_elems;   // elements that one inner slab covers
  int64_t packed = arg.row_elems; // the stride that follows it at once
  for (int32_t k = arg.n_axes; k-- > 0;) {
    const int64_t size = arguments.size(arg.axes[k]);
    int64_t stride = arguments.givenStride(arg, k);
    if (stride < 0 || (stride != 0 && stride < span))
      return fail(KDSL_EARG,
                  "%s has stride %" PRId64 " on axis %s, expected 0 (packed) "
                  "or at least %" PRId64 " elements",
                  Subject(arguments, arg).text, stride,
                  kernel.sizes[arg.axes[k]], span);
    stride = stride ? stride : packed;
    int64_t reach = 0;
    if (__builtin_mul_overflow(stride, size, &packed) ||
        (size && (__builtin_mul_overflow(stride, size - 1, &reach) ||
                  __builtin_add_overflow(reach, span, &reach))))
      return fail(KDSL_EARG, "%s is too large: %s with stride %" PRId64,
                  Subject(arguments, arg).text, Wanted(arguments, arg).text,
                  stride);
    span = reach;
  }
  int64_t bytes;
  if (__builtin_mul_overflow(span, typeBytes(arg.type), &bytes))
    return fail(KDSL_EARG, "%s is too large: %s", Subject(arguments, arg).text,
                Wanted(arguments, arg).text);
  return KDSL_OK;
}

int kdsl::checkShapes(const Arguments &arguments) {
  if (int status = checkSizes(arguments))
    return status;
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!isArray(arg))
      continue;
    if (int status = checkStrides(arguments, arg))
      return status;
    if (arg.is_output && arg.type == KDSL_I32)
      if (int status = checkIndexRange(arguments, arg))
        return status;
  }
  return KDSL_OK;
}

Extent kdsl::extentOf(const Arguments &arguments, const kdsl_arg &arg,
                      int64_t *strides) {
  Extent extent;
  extent.rows = 1;
  int64_t span = arg.row_elems, packed = arg.row_elems, dense = arg.row_elems;
  for (int32_t k = arg.n_axes; k-- > 0;) {
    const int64_t size = arguments.size(arg.axes[k]);
    const int64_t given = arguments.givenStride(arg, k);
    const int64_t stride = given ? given : packed;
    if (strides)
      strides[k] = stride;
    extent.packed &= stride == dense || size <= 1;
    extent.rows *= size;
    packed = stride * size;
    dense *= size;
    span = size ? stride * (size - 1) + span : 0;
  }
  // Batches that lie apart reach from one to the next, also where none has rows.
  extent.spanBytes = extent.rows ? span * typeBytes(arg.type) : 0;
  return extent;
}

void kdsl::copyArgs(const Arguments &arguments, char *copy) {
  const kdsl_kernel &kernel = arguments.program();
  memcpy(copy, arguments.data(), size_t(kernel.args_bytes));
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (kernel.args[k].stride_offset >= 0)
      extentOf(
          arguments, kernel.args[k],
          reinterpret_cast<int64_t *>(copy + kernel.args[k].stride_offset));
}

void kdsl::pointToPacked(const Arguments &arguments, const kdsl_arg &arg,
                         uint64_t address, char *copy) {
  memcpy(copy + arg.offset, &address, sizeof(address));
  if (arg.stride_offset < 0)
    return;
  auto *strides = reinterpret_cast<int64_t *>(copy + arg.stride_offset);
  int64_t stride = arg.row_elems;
  for (int32_t axis = arg.n_axes; axis-- > 0;) {
    strides[axis] = stride;
    stride *= arguments.size(arg.axes[axis]);
  }
}

static int checkPointer(const Arguments &arguments, const kdsl_arg &arg) {
  if (extentOf(arguments, arg).spanBytes == 0)
    return KDSL_OK;
  void *pointer = arguments.pointer(arg);
  if (!pointer)
    return fail(KDSL_EARG, "%s is null, expected %s",
                Subject(arguments, arg).text, Wanted(arguments, arg).text);
  if (reinterpret_cast<uintptr_t>(pointer) % uintptr_t(typeBytes(arg.type)))
    return fail(KDSL_EARG,
                "%s is at %p, expected an address that is a multiple of "
                "%" PRId64 ", the size of %s",
                Subject(arguments, arg).text, pointer, typeBytes(arg.type),
                typeName(arg.type));
  return KDSL_OK;
}

/// Whether two byte ranges share a byte; empty ranges share none.
static bool overlap(const void *a, int64_t aBytes, const void *b,
                    int64_t bBytes) {
  uintptr_t aBegin = reinterpret_cast<uintptr_t>(a);
  uintptr_t bBegin = reinterpret_cast<uintptr_t>(b);
  return aBytes && bBytes && aBegin < bBegin + uintptr_t(bBytes) &&
         bBegin < aBegin + uintptr_t(aBytes);
}

/// Inputs may alias each other; an output is alone. Ranges are compared, gaps
/// between strided rows included.
static int checkOverlaps(const Arguments &arguments, uint32_t outputIndex) {
  const kdsl_kernel &kernel = arguments.program();
  const kdsl_arg &output = kernel.args[outputIndex];
  const int64_t outputBytes = extentOf(arguments, output).spanBytes;
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &other = kernel.args[k];
    // A pair of outputs is looked at once.
    if (!isArray(other) || (other.is_output && k >= outputIndex))
      continue;
    const int64_t otherBytes = extentOf(arguments, other).spanBytes;
    if (overlap(arguments.pointer(output), outputBytes,
                arguments.pointer(other), otherBytes))
      return fail(KDSL_EARG,
                  "%s, %" PRId64 " bytes at %p, overlaps argument %u '%s', "
                  "%" PRId64 " bytes at %p; outputs need memory of their own",
                  Subject(arguments, output).text, outputBytes,
                  arguments.pointer(output), k + 1, other.name, otherBytes,
                  arguments.pointer(other));
  }
  return KDSL_OK;
}

int kdsl::checkPointers(const Arguments &arguments) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (isArray(kernel.args[k]))
      if (int status = checkPointer(arguments, kernel.args[k]))
        return status;
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (kernel.args[k].is_output)
      if (int status = checkOverlaps(arguments, k))
        return status;
  return KDSL_OK;
}

int kdsl::checkApart(const Arguments &arguments, const void *begin,
                     size_t bytes, const char *what) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!isArray(arg))
      continue;
    if (overlap(begin, int64_t(bytes), arguments.pointer(arg),
                extentOf(arguments, arg).spanBytes))
      return fail(KDSL_EARG, "%s overlaps the %s at %p, expected memory apart",
                  Subject(arguments, arg).text, what, begin);
  }
  return KDSL_OK;
}
