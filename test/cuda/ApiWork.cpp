//===- ApiWork.cpp - memory, streams, events and launches -----------------===//

#include "test/cuda/Call.h"
#include <cstring>

using namespace fakecuda;

namespace {

/// A host array of rows and its place on the device.
struct Rows {
  char *host;
  size_t hostPitch;
  DevicePointer device;
  size_t devicePitch;
  size_t width, height;

  char *hostRow(size_t k) const { return host + k * hostPitch; }
  char *deviceRow(size_t k) const {
    return reinterpret_cast<char *>(device + k * devicePitch);
  }
};

} // namespace

/// Checks a copy when it is queued, as the driver does.
static int checkRows(Machine &all, const Rows &rows) {
  for (size_t k = 0; k < rows.height; ++k) {
    if (!all.isDevice(rows.deviceRow(k), rows.width))
      return all.misuse(InvalidValue, "a copy outside of device memory");
    if (all.isDevice(rows.hostRow(k), rows.width))
      return all.misuse(InvalidValue, "a copy of device memory as the host's");
  }
  return Success;
}

static int queueToDevice(Call &call, CUstream_st &stream, const Rows &rows) {
  Machine &all = call.all;
  if (const int result = checkRows(all, rows))
    return result;
  all.enqueue(stream, [&all, rows] {
    if (const int result = checkRows(all, rows)) // it may have been freed
      return result;
    const OpenMemory open;
    for (size_t k = 0; k < rows.height; ++k) {
      std::memcpy(rows.deviceRow(k), rows.hostRow(k), rows.width);
      all.memory.markInitialised(rows.deviceRow(k), rows.width);
    }
    return int(Success);
  });
  return Success;
}

static int queueToHost(Call &call, CUstream_st &stream, const Rows &rows) {
  Machine &all = call.all;
  if (const int result = checkRows(all, rows))
    return result;
  all.enqueue(stream, [&all, rows] {
    if (const int result = checkRows(all, rows))
      return result;
    const OpenMemory open;
    for (size_t k = 0; k < rows.height; ++k) {
      if (!all.memory.isInitialised(rows.deviceRow(k), rows.width))
        all.misuse(Success, "a copy to the host of bytes that nobody wrote");
      std::memcpy(rows.hostRow(k), rows.deviceRow(k), rows.width);
    }
    return int(Success);
  });
  return Success;
}

/// The stream of a call; null and call.result set when there is none.
static CUstream_st *streamOf(Call &call, Stream handle) {
  if (call.result)
    return nullptr;
  CUstream_st *stream = call.all.find(handle, call.current());
  if (!stream)
    call.result = InvalidHandle;
  return stream;
}

/// As streamOf, for work, which must be of the current context.
static CUstream_st *workStreamOf(Call &call, Stream handle) {
  CUstream_st *stream = streamOf(call, handle);
  if (stream && stream->context != call.current()) {
    call.result =
        call.all.misuse(InvalidHandle, "work on a stream of another context");
    return nullptr;
  }
  return stream;
}

namespace kdsl::cuda {
extern "C" {

//===--- Memory ---===//

int cuMemAlloc_v2(DevicePointer *pointer, size_t bytes) {
  Call call(Needs::context, "cuMemAlloc_v2", bytes);
  return call.result ? call.result
                     : call.all.allocate(call.current(), bytes, *pointer);
}

int cuMemFree_v2(DevicePointer pointer) {
  Call call(Needs::context, "cuMemFree_v2", pointer);
  if (call.result)
    return call.result;
  call.all.runAll(call.current());
  return call.all.release(pointer);
}

int cuMemcpyHtoDAsync_v2(DevicePointer to, const void *from, size_t bytes,
                         Stream stream) {
  Call call(Needs::context, "cuMemcpyHtoDAsync_v2", bytes, stream);
  CUstream_st *queue = workStreamOf(call, stream);
  auto *host = static_cast<char *>(const_cast<void *>(from));
  return queue ? queueToDevice(call, *queue, {host, bytes, to, bytes, bytes, 1})
               : call.result;
}

int cuMemcpyDtoHAsync_v2(void *to, DevicePointer from, size_t bytes,
                         Stream stream) {
  Call call(Needs::context, "cuMemcpyDtoHAsync_v2", bytes, stream);
  CUstream_st *queue = workStreamOf(call, stream);
  auto *host = static_cast<char *>(to);
  return queue ? queueToHost(call, *queue, {host, bytes, from, bytes, bytes, 1})
               : call.result;
}

int cuMemcpyHtoD_v2(DevicePointer to, const void *from, size_t bytes) {
  const int result = cuMemcpyHtoDAsync_v2(to, from, bytes, nullptr);
  return result ? result : cuStreamSynchronize(nullptr);
}

int cuMemcpyDtoH_v2(void *to, DevicePointer from, size_t bytes) {
  const int result = cuMemcpyDtoHAsync_v2(to, from, bytes, nullptr);
  return result ? result : cuStreamSynchronize(nullptr);
}

int cuMemcpy2DAsync_v2(const Copy2D *copy, Stream stream) {
  Call call(Needs::context, "cuMemcpy2DAsync_v2", copy->widthBytes,
            copy->height, copy->fromPitch, copy->toPitch, stream);
  CUstream_st *queue = workStreamOf(call, stream);
  if (!queue)
    return call.result;
  const size_t limit = size_t(call.all.maxPitch);
  if (copy->fromPitch > limit || copy->toPitch > limit ||
      copy->fromPitch < copy->widthBytes || copy->toPitch < copy->widthBytes ||
      copy->fromX || copy->fromY || copy->toX || copy->toY)
    return call.all.misuse(InvalidValue, "a copy with a wrong pitch or origin");
  if (copy->fromType == MemoryHost && copy->toType == MemoryDevice)
    return queueToDevice(
        call, *queue,
        {static_cast<char *>(const_cast<void *>(copy->fromHost)),
         copy->fromPitch, copy->toDevice, copy->toPitch, copy->widthBytes,
         copy->height});
  if (copy->fromType == MemoryDevice && copy->toType == MemoryHost)
    return queueToHost(call, *queue,
                       {static_cast<char *>(copy->toHost), copy->toPitch,
                        copy->fromDevice, copy->fromPitch, copy->widthBytes,
                        copy->height});
  return call.all.misuse(InvalidValue, "a copy between unexpected memories");
}

//===--- Streams and events ---===//

int cuStreamCreate(Stream *stream, unsigned flags) {
  Call call(Needs::context, "cuStreamCreate", flags);
  if (call.result)
    return call.result;
  std::unique_ptr<CUstream_st> made(new CUstream_st{
      call.current(), (flags & StreamNonBlocking) == 0, false, {}});
  *stream = made.get();
  call.all.streams[*stream] = std::move(made);
  return Success;
}

int cuStreamDestroy_v2(Stream stream) {
  Call call(Needs::context, "cuStreamDestroy_v2", stream);
  if (!streamOf(call, stream))
    return call.result;
  call.all.runAll(*stream);
  call.all.streams.erase(stream);
  return Success;
}

int cuStreamSynchronize(Stream stream) {
  Call call(Needs::context, "cuStreamSynchronize", stream);
  CUstream_st *queue = streamOf(call, stream);
  if (!queue)
    return call.result;
  call.all.runSomeOf(queue->context);
  call.all.runAll(*queue);
  return queue->context->sticky;
}

int cuStreamWaitEvent(Stream stream, Event event, unsigned flags) {
  Call call(Needs::context, "cuStreamWaitEvent", stream, event, flags);
  CUstream_st *queue = workStreamOf(call, stream);
  if (!queue)
    return call.result;
  if (!call.all.events.count(event))
    return call.all.misuse(InvalidHandle, "a wait for what is no event");
  Machine &all = call.all;
  const Stream source = event->state->stream;
  const uint64_t number = event->state->recorded;
  if (number)
    all.enqueue(*queue, [&all, source, number] {
      // A stream that is no more has been run to its end.
      if (all.isStream(source))
        all.runUpTo(*source, number);
      return int(Success);
    });
  return Success;
}

int cuStreamGetCtx(Stream stream, Context *context) {
  Call call(Needs::context, "cuStreamGetCtx", stream);
  CUstream_st *queue = streamOf(call, stream);
  if (queue)
    *context = queue->context;
  return call.result;
}

int cuStreamIsCapturing(Stream stream, int *status) {
  Call call(Needs::context, "cuStreamIsCapturing", stream);
  CUstream_st *queue = streamOf(call, stream);
  if (queue)
    *status = queue->isCapturing;
  return call.result;
}

int cuEventCreate(Event *event, unsigned flags) {
  Call call(Needs::context, "cuEventCreate", flags);
  if (call.result)
    return call.result;
  std::unique_ptr<CUevent_st> made(new CUevent_st{call.current()});
  *event = made.get();
  call.all.events[*event] = std::move(made);
  return Success;
}

int cuEventDestroy_v2(Event event) {
  Call call(Needs::context, "cuEventDestroy_v2", event);
  if (call.result)
    return call.result;
  return call.all.events.erase(event)
             ? Success
             : call.all.misuse(InvalidHandle, "destroyed what is no event");
}

int cuEventRecord(Event event, Stream stream) {
  Call call(Needs::context, "cuEventRecord", event, stream);
  CUstream_st *queue = workStreamOf(call, stream);
  if (!queue)
    return call.result;
  if (!call.all.events.count(event))
    return call.all.misuse(InvalidHandle, "recorded what is no event");
  const std::shared_ptr<EventState> state = event->state;
  const uint64_t number = call.all.lastNumber + 1;
  state->stream = queue;
  state->recorded = number;
  call.all.enqueue(*queue, [state, number] {
    state->completed = number;
    return int(Success);
  });
  return Success;
}

/// Says how things are, and lets the device come on a little.
int cuEventQuery(Event event) {
  Call call(Needs::context, "cuEventQuery", event);
  if (call.result)
    return call.result;
  if (!call.all.events.count(event))
    return call.all.misuse(InvalidHandle, "asked what is no event");
  const bool isDone = event->state->completed == event->state->recorded;
  call.all.runSomeOf(call.current());
  return call.current()->sticky ? call.current()->sticky
         : isDone               ? Success
                                : NotReady;
}

int cuEventSynchronize(Event event) {
  Call call(Needs::context, "cuEventSynchronize", event);
  if (call.result)
    return call.result;
  if (!call.all.events.count(event))
    return call.all.misuse(InvalidHandle, "a wait for what is no event");
  const Stream source = event->state->stream;
  if (call.all.isStream(source))
    call.all.runUpTo(*source, event->state->recorded);
  return call.current()->sticky;
}

//===--- Launches ---===//

int cuLaunchKernel(Function function, unsigned gridX, unsigned gridY,
                   unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned sharedBytes, Stream stream,
                   void **parameters, void **extra) {
  Call call(Needs::context, "cuLaunchKernel", gridX, gridY, gridZ, blockX,
            blockY, blockZ, stream);
  CUstream_st *queue = workStreamOf(call, stream);
  if (!queue)
    return call.result;
  Machine &all = call.all;
  if (!all.isFunction(function) ||
      function->module->context != call.current() || extra)
    return all.misuse(InvalidHandle, "launched what is no kernel here");
  Entry *entry = function->entry;
  const uint64_t threads = uint64_t(blockX) * blockY * blockZ;
  if (gridX == 0 || gridX > INT32_MAX || gridY == 0 || gridY > 65535 ||
      gridZ == 0 || gridZ > 65535 || threads == 0 ||
      threads > entry->maxThreads())
    return all.misuse(InvalidValue, "a launch with a wrong grid or block");
  const size_t shared = entry->staticSharedBytes() + sharedBytes;
  if (sharedBytes > function->maxDynamicBytes || shared > all.mostShared())
    return all.misuse(InvalidValue,
                      "a launch with more shared memory than it may ask for");
  // The parameters are read now, the memory that they point to later.
  auto values = std::make_shared<std::vector<std::vector<char>>>();
  for (size_t bytes : entry->paramBytes()) {
    const char *value = static_cast<char *>(parameters[values->size()]);
    values->emplace_back(value, value + bytes);
  }
  const KernelLaunch launch = {{gridX, gridY, gridZ},
                               {blockX, blockY, blockZ},
                               sharedBytes,
                               nullptr,
                               all.random()};
  all.enqueue(*queue, [&all, entry, values, launch] {
    std::vector<const void *> pointers;
    for (const std::vector<char> &value : *values)
      pointers.push_back(value.data());
    KernelLaunch now = launch;
    now.params = pointers.data();
    const OpenMemory open;
    const auto problem = entry->run(now);
    if (!problem)
      return int(Success);
    if (all.fault.empty())
      all.misuse(0, *problem);
    return int(IllegalAddress);
  });
  return Success;
}

} // extern "C"
} // namespace kdsl::cuda
