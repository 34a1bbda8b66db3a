//===- DeviceCall.cpp - one call on a device ------------------------------===//
//
// Everything is queued on one stream, in order: copies to the device, phases,
// copies back. Arrays in device memory are used where they are and nothing is
// waited for; for arrays in host memory the call ends when its stream has done
// all of it. Nothing ever waits for the whole device.
//
//===----------------------------------------------------------------------===//

#include "runtime/cuda/DeviceCall.h"
#include "runtime/Error.h"
#include "runtime/Ranges.h"
#include "runtime/cuda/Copies.h"
#include "runtime/cuda/Layout.h"
#include <stdlib.h>

using namespace kdsl;
using namespace kdsl::cuda;

namespace {

/// The stream of a call: the caller's, or for host memory one of the runtime's.
class CallStream {
public:
  explicit CallStream(const Caller &caller) : caller(caller) {}
  ~CallStream() {
    if (isOwn)
      caller.device.streams.give(caller, stream);
  }
  CallStream(const CallStream &) = delete;
  CallStream &operator=(const CallStream &) = delete;

  int acquire(const kdsl_exec &options) {
    stream = static_cast<Stream>(options.stream);
    if (stream)
      return checkCallers();
    if (options.mem == KDSL_MEM_DEVICE)
      return KDSL_OK;
    const int status = caller.device.streams.take(caller, stream);
    isOwn = status == KDSL_OK;
    return status;
  }

  Stream get() const { return stream; }

  /// Whether what is queued becomes part of a graph that runs later, perhaps
  /// many times.
  bool isCaptured() const {
    int status = 0;
    return stream && !isOwn && caller.driver.cuStreamIsCapturing &&
           caller.driver.cuStreamIsCapturing(stream, &status) == Success &&
           status != 0;
  }

private:
  int checkCallers() const {
    Context context = nullptr;
    if (!caller.driver.cuStreamGetCtx)
      return KDSL_OK;
    const int result = caller.driver.cuStreamGetCtx(stream, &context);
    const bool isForeign =
        result == InvalidHandle || result == InvalidContext ||
        result == InvalidValue ||
        (result == Success && context != caller.device.context);
    if (isForeign)
      return fail(KDSL_EARG,
                  "program '%s': exec.stream %p is not of the primary context "
                  "of device %d (%s)",
                  caller.program, static_cast<void *>(stream),
                  caller.device.ordinal, caller.device.name);
    return caller.check(result, "cuStreamGetCtx");
  }

  const Caller &caller;
  Stream stream = nullptr;
  bool isOwn = false;
};

/// The device memory of a call beside the arrays of the caller: the caller's
/// workspace, or a block of the caller's allocator or of the device's cache.
class CallMemory {
public:
  CallMemory(const Caller &caller, const CallStream &stream)
      : caller(caller), stream(stream) {}
  ~CallMemory() {
    if (given)
      allocator->release(allocator->self, given, givenBytes, KDSL_MEM_DEVICE);
    if (block.address)
      caller.device.blocks.give(caller, block, stream.get(), isDone);
  }
  CallMemory(const CallMemory &) = delete;
  CallMemory &operator=(const CallMemory &) = delete;

  int acquire(const Arguments &arguments, const kdsl_exec &options,
              size_t bytes);

  DevicePointer base() const { return address; }
  /// No queued work uses the memory any more.
  void setDone() { isDone = true; }

private:
  int useWorkspace(const Arguments &arguments, const kdsl_exec &options,
                   size_t bytes);
  int allocate(const kdsl_allocator &from, size_t bytes);

  const Caller &caller;
  const CallStream &stream;
  DevicePointer address = 0;
  Block block;
  bool isDone = false;
  const kdsl_allocator *allocator = nullptr;
  void *given = nullptr;
  size_t givenBytes = 0;
};

/// The args struct and the table of temporaries, as the kernels get them. The
/// driver copies both when a kernel is launched.
class Parameters {
public:
  Parameters() = default;
  ~Parameters() { free(large); }
  Parameters(const Parameters &) = delete;
  Parameters &operator=(const Parameters &) = delete;

  int fill(const Arguments &arguments, DevicePointer firstTemp);

  char *args() { return bytes; }
  void *table() { return bytes + tableOffset; }

private:
  alignas(8) char small[1024];
  char *large = nullptr;
  char *bytes = small;
  size_t tableOffset = 0;
};

/// One call, once device and code are known.
class DeviceCall {
public:
  DeviceCall(const Arguments &arguments, const kdsl_exec &options,
             const DeviceCode &code)
      : arguments(arguments), options(options),
        code(code), caller{arguments.program().name, *code.driver,
                           *code.device} {}

  int run(int64_t &copied);

private:
  bool copies() const { return options.mem == KDSL_MEM_HOST; }
  int checkCapture(const CallStream &stream, size_t bytes) const;
  int queue(DevicePointer base, Stream stream, int64_t &copied);
  template <typename Visitor> int forEachArray(DevicePointer base, Visitor);
  int copyRanges(DevicePointer base, Stream stream, int64_t &copied);
  int copyIn(DevicePointer base, Stream stream, int64_t &copied);
  int copyOut(DevicePointer base, Stream stream, int64_t &copied);
  int launchPhase(uint32_t phase, DevicePointer base, Stream stream);
  int launch(const char *name, Function function, unsigned x, unsigned y,
             unsigned threads, int32_t sharedBytes, void **parameterList,
             Stream stream);

  const Arguments &arguments;
  const kdsl_exec &options;
  const DeviceCode &code;
  const Caller caller;
  TurnedRanges turned;
  DeviceLayout layout;
  Parameters parameters;
};

} // namespace

int CallMemory::useWorkspace(const Arguments &arguments,
                             const kdsl_exec &options, size_t bytes) {
  const uintptr_t begin = reinterpret_cast<uintptr_t>(options.workspace);
  const size_t skip = size_t(-begin) % deviceAlign;
  if (options.workspace_bytes < skip || options.workspace_bytes - skip < bytes)
    return fail(KDSL_ENOMEM,
                "program '%s': the workspace has %zu bytes, expected at least "
                "%zu",
                caller.program, options.workspace_bytes, bytes + deviceAlign);
  address = begin + skip;
  return checkApart(arguments, static_cast<char *>(options.workspace) + skip,
                    bytes, "workspace");
}

int CallMemory::allocate(const kdsl_allocator &from, size_t bytes) {
  void *memory = from.alloc(from.self, bytes, deviceAlign, KDSL_MEM_DEVICE);
  if (!memory)
    return fail(KDSL_ENOMEM,
                "program '%s': the caller's allocator gave no device memory "
                "for a workspace of %zu bytes",
                caller.program, bytes);
  allocator = &from;
  given = memory;
  givenBytes = bytes;
  address = reinterpret_cast<uintptr_t>(memory);
  if (address % deviceAlign)
    return fail(KDSL_EARG,
                "program '%s': the caller's allocator gave device memory at "
                "%p, expected a multiple of %zu",
                caller.program, memory, deviceAlign);
  return KDSL_OK;
}

int CallMemory::acquire(const Arguments &arguments, const kdsl_exec &options,
                        size_t bytes) {
  if (!bytes)
    return KDSL_OK;
  if (options.workspace && options.mem == KDSL_MEM_DEVICE)
    return useWorkspace(arguments, options, bytes);
  if (options.alloc)
    return allocate(*options.alloc, bytes);
  if (int status =
          caller.device.blocks.take(caller, bytes, stream.get(), block))
    return status;
  address = block.address;
  return KDSL_OK;
}

int Parameters::fill(const Arguments &arguments, DevicePointer firstTemp) {
  const kdsl_kernel &kernel = arguments.program();
  tableOffset = (size_t(kernel.args_bytes) + 7) & ~size_t(7);
  // The kernels take at least one pointer, even of a program without any.
  const size_t slots = kernel.n_temps ? kernel.n_temps : 1;
  const size_t total = tableOffset + slots * sizeof(DevicePointer);
  if (total > sizeof(small)) {
    large = static_cast<char *>(malloc(total));
    if (!large)
      return fail(KDSL_ENOMEM,
                  "program '%s': the system gave no memory for %zu bytes",
                  kernel.name, total);
    bytes = large;
  }
  copyArgs(arguments, bytes);
  auto *slot = reinterpret_cast<DevicePointer *>(bytes + tableOffset);
  slot[0] = 0;
  for (uint32_t k = 0; k < kernel.n_temps; ++k) {
    slot[k] = firstTemp;
    firstTemp += alignedBytes(size_t(arguments.points(kernel.temps[k])) *
                              size_t(kernel.temps[k].row_bytes));
  }
  return KDSL_OK;
}

/// Calls visit(arg, where its copy lies) for each array in the layout.
template <typename Visitor>
int DeviceCall::forEachArray(DevicePointer base, Visitor visit) {
  const kdsl_kernel &kernel = arguments.program();
  DevicePointer at = base + layout.arrays;
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!isArray(arg))
      continue;
    const size_t bytes = size_t(denseBytes(arguments, arg));
    if (int status = visit(arg, bytes ? at : 0, bytes))
      return status;
    at += alignedBytes(bytes);
  }
  return KDSL_OK;
}

/// Sets of pairs are in host memory always. Their copies on the way belong to
/// this call, which therefore waits for the stream.
int DeviceCall::copyRanges(DevicePointer base, Stream stream,
                           int64_t &copied) {
  const kdsl_kernel &kernel = arguments.program();
  DevicePointer at = base + layout.ranges;
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!isRanges(arg))
      continue;
    const auto &ranges =
        *static_cast<const kdsl_ranges *>(arguments.pointer(arg));
    const size_t bytes = size_t(rangesBytes(ranges, turned.of(k)));
    auto *packed = static_cast<char *>(malloc(bytes));
    if (!packed)
      return fail(KDSL_ENOMEM,
                  "program '%s': the system gave no memory for %zu bytes",
                  kernel.name, bytes);
    packRanges(ranges, turned.of(k), at, packed);
    const int result =
        caller.driver.cuMemcpyHtoDAsync_v2(at, packed, bytes, stream);
    const int waited = caller.driver.cuStreamSynchronize(stream);
    free(packed);
    if (int status = caller.check(result, "cuMemcpyHtoDAsync"))
      return status;
    if (int status = caller.check(waited, "cuStreamSynchronize"))
      return status;
    memcpy(parameters.args() + arg.offset, &at, sizeof(at));
    copied += int64_t(bytes);
    at += alignedBytes(bytes);
  }
  return KDSL_OK;
}

int DeviceCall::copyIn(DevicePointer base, Stream stream, int64_t &copied) {
  return forEachArray(
      base, [&](const kdsl_arg &arg, DevicePointer device, size_t bytes) {
        pointToPacked(arguments, arg, device, parameters.args());
        if (arg.is_output || !bytes)
          return int(KDSL_OK);
        copied += int64_t(bytes);
        return copyRows(caller, arguments, arg, device, Direction::toDevice,
                        stream);
      });
}

int DeviceCall::copyOut(DevicePointer base, Stream stream, int64_t &copied) {
  return forEachArray(base, [&](const kdsl_arg &arg, DevicePointer device,
                                size_t bytes) {
    if (!arg.is_output || !bytes)
      return int(KDSL_OK);
    copied += int64_t(bytes);
    return copyRows(caller, arguments, arg, device, Direction::toHost, stream);
  });
}

int DeviceCall::launch(const char *name, Function function, unsigned x,
                       unsigned y, unsigned threads, int32_t sharedBytes,
                       void **parameterList, Stream stream) {
  return caller.check(caller.driver.cuLaunchKernel(
                          function, x, y, 1, threads, 1, 1,
                          unsigned(sharedBytes), stream, parameterList,
                          nullptr),
                      "cuLaunchKernel", name);
}

int DeviceCall::launchPhase(uint32_t index, DevicePointer base, Stream stream) {
  const kdsl_device_phase &phase = code.image->phases[index];
  const PhaseGrid grid = gridOf(arguments, index, phase);
  if (grid.rows == 0)
    return KDSL_OK;
  DevicePointer scratch = phase.scratch_bytes > 0 ? base + layout.scratch : 0;
  DevicePointer partials = grid.states > 0 ? base + layout.partials : 0;
  int64_t rowsInPart = grid.rowsInPart, parts = grid.parts;
  int64_t first = 0; // of halved phases, in place of their number
  void *list[] = {parameters.args(), parameters.table(),
                  &scratch,          &partials,
                  &rowsInPart,       grid.isHalved ? &first : &parts};
  const PhaseFunctions &functions = code.functions[index];
  const unsigned threads = unsigned(phase.threads);
  for (int64_t k = 0; k < grid.launches; ++k, first += parts)
    if (int status = launch(phase.sweep, functions.sweep, grid.x, grid.parts,
                            threads, phase.shared_bytes, list, stream))
      return status;
  list[5] = &parts;
  return grid.states > 0 ? launch(phase.merge, functions.merge, grid.mergeX, 1,
                                  threads, 0, list, stream)
                         : int(KDSL_OK);
}

/// A graph would use memory of the cache again after it went to other calls,
/// and cannot be waited for.
int DeviceCall::checkCapture(const CallStream &stream, size_t bytes) const {
  if (!stream.isCaptured())
    return KDSL_OK;
  if (copies())
    return fail(KDSL_EARG,
                "program '%s': exec.stream is being captured into a graph, "
                "which needs arrays in device memory",
                caller.program);
  for (uint32_t k = 0; k < arguments.program().n_args; ++k)
    if (isRanges(arguments.program().args[k]))
      return fail(KDSL_EARG,
                  "program '%s': exec.stream is being captured into a graph, "
                  "which a program with ranges cannot be part of",
                  caller.program);
  if (bytes && !options.workspace && !options.alloc)
    return fail(KDSL_EARG,
                "program '%s': exec.stream is being captured into a graph, "
                "which needs exec.workspace or exec.alloc for %zu bytes",
                caller.program, bytes);
  return KDSL_OK;
}

int DeviceCall::queue(DevicePointer base, Stream stream, int64_t &copied) {
  if (int status = copyRanges(base, stream, copied))
    return status;
  if (copies())
    if (int status = copyIn(base, stream, copied))
      return status;
  for (uint32_t k = 0; k < arguments.program().n_phases; ++k)
    if (int status = launchPhase(k, base, stream))
      return status;
  return copies() ? copyOut(base, stream, copied) : int(KDSL_OK);
}

int DeviceCall::run(int64_t &copied) {
  if (int status = turned.make(arguments))
    return status;
  if (int status =
          layOut(arguments, turned, *code.image, copies(), layout))
    return status;
  const ContextScope scope(caller);
  if (scope.status)
    return scope.status;
  CallStream stream(caller);
  if (int status = stream.acquire(options))
    return status;
  if (int status = checkCapture(stream, layout.total))
    return status;
  CallMemory memory(caller, stream);
  if (int status = memory.acquire(arguments, options, layout.total))
    return status;
  if (int status = parameters.fill(arguments, memory.base()))
    return status;
  const int status = queue(memory.base(), stream.get(), copied);
  if (!copies())
    return status;
  // Also after a failure: what was queued before it uses the caller's arrays.
  const int result = caller.driver.cuStreamSynchronize(stream.get());
  if (result == Success)
    memory.setDone();
  return status ? status : caller.check(result, "cuStreamSynchronize");
}

int kdsl::cuda::runOnDevice(const Arguments &arguments,
                            const kdsl_exec &options, const DeviceCode &code,
                            int64_t &copied) {
  const char *name = arguments.program().name;
  if (options.tick && options.tick(options.user, 0))
    return fail(KDSL_ECANCELLED, "program '%s': cancelled by exec.tick", name);
  const int status = DeviceCall(arguments, options, code).run(copied);
  // All has been queued and cannot be cancelled any more.
  if (status == KDSL_OK && options.tick)
    options.tick(options.user, 1);
  return status;
}
