//===- Workspace.cpp - the memory of one call -----------------------------===//

#include "runtime/Workspace.h"
#include "runtime/ByteSum.h"
#include "runtime/Error.h"
#include "runtime/Split.h"
#include "runtime/cpu/RowOrder.h"
#include <stdlib.h>

using namespace kdsl;

namespace {
size_t roundUp(size_t bytes) {
  return (bytes + workspaceAlign - 1) & ~(workspaceAlign - 1);
}
} // namespace

bool kdsl::needsPacking(const Arguments &arguments, const kdsl_arg &arg) {
  return arg.reduced && isArray(arg) && !arg.is_output && arg.n_axes > 0 &&
         !extentOf(arguments, arg).packed;
}

int kdsl::layOut(const Arguments &arguments, const kdsl_variant &variant,
                 int workers, WorkspaceLayout &layout) {
  const kdsl_kernel &kernel = arguments.program();
  ByteSum sum(workspaceAlign);
  sum.add(1, kernel.args_bytes);
  layout.table = sum.offset();
  sum.add(kernel.n_temps, sizeof(void *));
  layout.firstTemp = sum.offset();
  for (uint32_t k = 0; k < kernel.n_temps; ++k)
    sum.add(arguments.points(kernel.temps[k]), kernel.temps[k].row_bytes);
  layout.packed = sum.offset();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (needsPacking(arguments, arg))
      sum.add(extentOf(arguments, arg).rows,
              arg.row_elems * typeBytes(arg.type));
  }
  layout.partials = sum.offset();
  int64_t partials = 0;
  bool overflow = false;
  for (uint32_t k = 0; k < kernel.n_phases; ++k) {
    const int64_t bytes =
        partialBytes(splitOf(arguments, variant, k), variant.phases[k]);
    partials = bytes > partials ? bytes : partials;
    // An order of rows lies there, too, before it is known to be of use.
    if (const kdsl_ordered_phase *code = orderedCode(arguments, variant, k)) {
      ByteSum order(workspaceAlign);
      addOrderBytes(arguments, *code, order);
      overflow |= order.overflowed();
      const auto more = int64_t(order.offset());
      partials = more > partials ? more : partials;
    }
  }
  sum.add(1, partials);
  layout.scratch = sum.offset();
  ByteSum perWorker(workspaceAlign);
  perWorker.add(1, variant.scratch_bytes);
  layout.scratchStride = perWorker.offset();
  sum.add(workers, int64_t(layout.scratchStride));
  layout.total = sum.offset();
  if (overflow || sum.overflowed())
    return fail(KDSL_ENOMEM,
                "program '%s': the workspace for these sizes is larger than "
                "the address space",
                kernel.name);
  return KDSL_OK;
}

Workspace::~Workspace() {
  if (!allocatedBytes)
    return;
  if (allocator)
    allocator->release(allocator->self, block, allocatedBytes, KDSL_MEM_HOST);
  else
    free(block);
}

int Workspace::useCallers(const Arguments &arguments, const kdsl_exec &options,
                          size_t bytes) {
  // Unsigned arithmetic: the caller's numbers may lie.
  const uintptr_t given = reinterpret_cast<uintptr_t>(options.workspace);
  const size_t skip = size_t(-given) % workspaceAlign;
  if (options.workspace_bytes < skip || options.workspace_bytes - skip < bytes)
    return fail(KDSL_ENOMEM,
                "program '%s': the workspace has %zu bytes, expected at least "
                "%zu",
                arguments.program().name, options.workspace_bytes,
                bytes + workspaceAlign);
  block = static_cast<char *>(options.workspace) + skip;
  return checkApart(arguments, block, bytes, "workspace");
}

int Workspace::acquire(const Arguments &arguments, const kdsl_exec &options,
                       const WorkspaceLayout &layout) {
  if (options.workspace)
    return useCallers(arguments, options, layout.total);
  if (layout.total <= sizeof(small)) {
    block = small;
    return KDSL_OK;
  }
  allocator = options.alloc;
  void *memory = allocator ? allocator->alloc(allocator->self, layout.total,
                                              workspaceAlign, KDSL_MEM_HOST)
                           : aligned_alloc(workspaceAlign, layout.total);
  if (!memory)
    return fail(KDSL_ENOMEM,
                "program '%s': %s gave no memory for a workspace of %zu bytes",
                arguments.program().name,
                allocator ? "the caller's allocator" : "the system",
                layout.total);
  block = static_cast<char *>(memory);
  allocatedBytes = layout.total;
  if (reinterpret_cast<uintptr_t>(memory) % workspaceAlign)
    return fail(KDSL_EARG,
                "program '%s': the caller's allocator gave memory at %p, "
                "expected a multiple of %zu",
                arguments.program().name, memory, workspaceAlign);
  return KDSL_OK;
}

/// Copies the rows of axes axis.. to `to`, without gaps, and returns behind the
/// last.
static char *packRows(const Arguments &arguments, const kdsl_arg &arg,
                      const int64_t *strides, int32_t axis, const char *from,
                      char *to) {
  const size_t rowBytes = size_t(arg.row_elems * typeBytes(arg.type));
  if (axis == arg.n_axes) {
    memcpy(to, from, rowBytes);
    return to + rowBytes;
  }
  const int64_t size = arguments.size(arg.axes[axis]);
  const int64_t step = strides[axis] * typeBytes(arg.type);
  for (int64_t row = 0; row < size; ++row, from += step)
    to = packRows(arguments, arg, strides, axis + 1, from, to);
  return to;
}

int64_t kdsl::fillWorkspace(const Arguments &arguments,
                            const WorkspaceLayout &layout, char *base) {
  const kdsl_kernel &kernel = arguments.program();
  copyArgs(arguments, base);

  void **table = reinterpret_cast<void **>(base + layout.table);
  char *temp = base + layout.firstTemp;
  for (uint32_t k = 0; k < kernel.n_temps; ++k) {
    table[k] = temp;
    temp += roundUp(size_t(arguments.points(kernel.temps[k])) *
                    size_t(kernel.temps[k].row_bytes));
  }

  char *packed = base + layout.packed;
  int64_t copied = 0;
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!needsPacking(arguments, arg))
      continue;
    auto *strides = reinterpret_cast<int64_t *>(base + arg.stride_offset);
    char *end =
        packRows(arguments, arg, strides, 0,
                 static_cast<const char *>(arguments.pointer(arg)), packed);
    pointToPacked(arguments, arg, uintptr_t(packed), base);
    copied += end - packed;
    packed += roundUp(size_t(end - packed));
  }
  return copied;
}
