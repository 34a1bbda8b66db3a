//===- ApiObjects.cpp - devices, contexts and modules ---------------------===//

#include "test/cuda/Call.h"
#include <cstdio>
#include <cstring>
#include <unistd.h>

using namespace fakecuda;

/// Whether no context survives a result; as CUDA documents them.
static bool killsContext(int result) {
  return result == EccUncorrectable ||
         (result >= IllegalAddress && result <= LaunchFailed && result != 701 &&
          result != 704 && result != 705 && result != 708 && result != 711 &&
          result != 712 && result != 713);
}

int Call::inject(const char *name) {
  Injection &injection = all.injection;
  if (!injection.left ||
      (!injection.function.empty() && injection.function != name) ||
      --injection.left)
    return Success;
  injection.fired = name;
  if (killsContext(injection.result))
    for (auto &[device, primary] : all.primaries)
      if (primary.context)
        primary.context->sticky = injection.result;
  return injection.result;
}

int Call::check(Needs needs, const char *name) {
  if (all.process != getpid()) {
    all.misuse(NotInitialized, std::string(name) + " in a forked child");
    return NotInitialized;
  }
  if (const int result = inject(name))
    return result;
  if (needs == Needs::nothing)
    return Success;
  if (!all.isInitialised)
    return all.misuse(NotInitialized, std::string(name) + " before cuInit");
  if (needs == Needs::driver)
    return Success;
  if (!current())
    return all.misuse(InvalidContext,
                      std::string(name) + " without a current context");
  if (!all.isContext(current()))
    return all.misuse(InvalidContext,
                      std::string(name) + " in a context that is no more");
  return current()->sticky;
}

namespace kdsl::cuda {
extern "C" {

int cuInit(unsigned flags) {
  Call call(Needs::nothing, "cuInit", flags);
  if (call.result)
    return call.result;
  if (call.all.deviceCount == 0)
    return NoDevice;
  call.all.isInitialised = true;
  return Success;
}

/// Names of the results that tests ask for; others have a number only.
static const char *nameOf(int result) {
  switch (result) {
  case OutOfMemory:
    return "CUDA_ERROR_OUT_OF_MEMORY";
  case NoDevice:
    return "CUDA_ERROR_NO_DEVICE";
  case NoBinaryForGpu:
    return "CUDA_ERROR_NO_BINARY_FOR_GPU";
  case InvalidPtx:
    return "CUDA_ERROR_INVALID_PTX";
  case IllegalAddress:
    return "CUDA_ERROR_ILLEGAL_ADDRESS";
  case LaunchFailed:
    return "CUDA_ERROR_LAUNCH_FAILED";
  case 999:
    return "CUDA_ERROR_UNKNOWN";
  default:
    return nullptr;
  }
}

int cuGetErrorName(int result, const char **text) {
  *text = nameOf(result);
  return *text ? Success : InvalidValue;
}

int cuGetErrorString(int result, const char **text) {
  *text = nameOf(result) ? "the words of the driver" : nullptr;
  return *text ? Success : InvalidValue;
}

int cuDeviceGetCount(int *count) {
  Call call(Needs::driver, "cuDeviceGetCount");
  if (!call.result)
    *count = call.all.deviceCount;
  return call.result;
}

int cuDeviceGet(DeviceHandle *device, int ordinal) {
  Call call(Needs::driver, "cuDeviceGet", ordinal);
  if (call.result)
    return call.result;
  if (ordinal < 0 || ordinal >= call.all.deviceCount)
    return InvalidDevice;
  *device = 100 + ordinal; // handles are no ordinals
  return Success;
}

int cuDeviceGetName(char *name, int bytes, DeviceHandle device) {
  Call call(Needs::driver, "cuDeviceGetName", device);
  if (!call.result)
    std::snprintf(name, size_t(bytes), "Fake GPU");
  return call.result;
}

int cuDeviceGetAttribute(int *value, int attribute, DeviceHandle device) {
  Call call(Needs::driver, "cuDeviceGetAttribute", attribute, device);
  if (call.result)
    return call.result;
  switch (attribute) {
  case AttributeMajor:
    *value = call.all.compute / 10;
    return Success;
  case AttributeMinor:
    *value = call.all.compute % 10;
    return Success;
  case AttributeMaxPitch:
    *value = call.all.maxPitch;
    return Success;
  case AttributeMaxSharedBytes:
    *value = int(call.all.mostShared());
    return Success;
  default:
    return call.all.misuse(InvalidValue, "an attribute that is not known");
  }
}

int cuDevicePrimaryCtxRetain(Context *context, DeviceHandle device) {
  Call call(Needs::driver, "cuDevicePrimaryCtxRetain", device);
  if (call.result)
    return call.result;
  PrimaryContext &primary = call.all.primaries[device];
  if (!primary.context)
    primary.context.reset(new CUctx_st{device, true});
  ++primary.retained;
  *context = primary.context.get();
  return Success;
}

int cuDevicePrimaryCtxRelease_v2(DeviceHandle device) {
  Call call(Needs::driver, "cuDevicePrimaryCtxRelease_v2", device);
  if (call.result)
    return call.result;
  PrimaryContext &primary = call.all.primaries[device];
  if (primary.retained == 0)
    return call.all.misuse(InvalidContext, "a primary context released twice");
  if (--primary.retained == 0)
    call.all.runAll(primary.context.get());
  return Success;
}

int cuCtxCreate_v2(Context *context, unsigned flags, DeviceHandle device) {
  Call call(Needs::driver, "cuCtxCreate_v2", flags, device);
  if (call.result)
    return call.result;
  std::unique_ptr<CUctx_st> made(new CUctx_st{device, false});
  *context = made.get();
  call.all.contexts[*context] = std::move(made);
  contextStack().push(*context);
  return Success;
}

int cuCtxDestroy_v2(Context context) {
  Call call(Needs::driver, "cuCtxDestroy_v2", context);
  if (call.result)
    return call.result;
  ContextStack &stack = contextStack();
  if (!stack.empty() && stack.back() == context)
    stack.pop();
  return call.all.contexts.erase(context)
             ? Success
             : call.all.misuse(InvalidContext, "destroyed no context");
}

int cuCtxPushCurrent_v2(Context context) {
  Call call(Needs::driver, "cuCtxPushCurrent_v2", context);
  if (call.result)
    return call.result;
  if (!call.all.isContext(context))
    return call.all.misuse(InvalidContext, "pushed what is no context");
  if (contextStack().isFull())
    return call.all.misuse(InvalidContext, "pushed without popping");
  contextStack().push(context);
  return Success;
}

int cuCtxPopCurrent_v2(Context *context) {
  // Never made to fail: nobody could put the caller's context back then.
  Machine &all = machine();
  const std::lock_guard<std::recursive_mutex> guard(all.lock);
  all.log.push_back("cuCtxPopCurrent_v2");
  if (contextStack().empty())
    return all.misuse(InvalidContext, "popped no context");
  *context = contextStack().back();
  contextStack().pop();
  return Success;
}

int cuCtxGetCurrent(Context *context) {
  Call call(Needs::driver, "cuCtxGetCurrent");
  *context = call.current();
  return call.result;
}

int cuCtxSetCurrent(Context context) {
  Call call(Needs::driver, "cuCtxSetCurrent", context);
  if (call.result)
    return call.result;
  if (!contextStack().empty())
    contextStack().pop();
  if (context)
    contextStack().push(context);
  return Success;
}

int cuCtxSynchronize() {
  Call call(Needs::context, "cuCtxSynchronize");
  if (call.result)
    return call.result;
  call.all.runAll(call.current());
  return call.current()->sticky;
}

} // extern "C"

/// Of shared memory, what a launch may give a block without an attribute.
static constexpr size_t mostSharedUnasked = 48 * 1024;

static LoadOutcome loadImage(Machine &all, const char *bytes) {
  if (std::strncmp(bytes, "host", 4) == 0)
    return loadHostImage(all.hostFunctions);
  if (std::strncmp(bytes,
                   "\x7f"
                   "ELF",
                   4) == 0)
    return {nullptr, NoBinaryForGpu, "this machine runs no cubins"};
  return loadPtxImage(bytes, all.compute, all.memory, all.counts);
}

/// Puts the log where the caller's options say.
static void writeLog(const std::string &log, unsigned count, int *options,
                     void **values) {
  char *buffer = nullptr;
  size_t bytes = 0;
  for (unsigned k = 0; k < count; ++k) {
    if (options[k] == JitErrorLogBuffer)
      buffer = static_cast<char *>(values[k]);
    if (options[k] == JitErrorLogBufferBytes)
      bytes = reinterpret_cast<size_t>(values[k]);
  }
  if (buffer && bytes)
    std::snprintf(buffer, bytes, "%s", log.c_str());
}

extern "C" {

int cuModuleLoadDataEx(Module *module, const void *image, unsigned count,
                       int *options, void **values) {
  Call call(Needs::context, "cuModuleLoadDataEx", image);
  if (call.result)
    return call.result;
  LoadOutcome outcome = loadImage(call.all, static_cast<const char *>(image));
  if (!outcome.code) {
    writeLog(outcome.log, count, options, values);
    return outcome.result;
  }
  std::unique_ptr<CUmod_st> made(new CUmod_st{call.current(), {}, {}});
  made->code = std::move(outcome.code);
  *module = made.get();
  call.all.modules[*module] = std::move(made);
  return Success;
}

int cuModuleUnload(Module module) {
  Call call(Needs::context, "cuModuleUnload", module);
  if (call.result)
    return call.result;
  call.all.runAll(call.current());
  return call.all.modules.erase(module)
             ? Success
             : call.all.misuse(InvalidHandle, "unloaded what is no module");
}

int cuModuleGetFunction(Function *function, Module module, const char *name) {
  Call call(Needs::context, "cuModuleGetFunction", name);
  if (call.result)
    return call.result;
  if (!call.all.modules.count(module))
    return call.all.misuse(InvalidHandle, "a function of what is no module");
  Entry *entry = module->code->find(name);
  if (!entry)
    return NotFound;
  auto &found = module->functions[name];
  if (!found)
    found.reset(new CUfunc_st{module, entry, mostSharedUnasked});
  *function = found.get();
  return Success;
}

int cuFuncSetAttribute(Function function, int attribute, int value) {
  Call call(Needs::context, "cuFuncSetAttribute", attribute, value);
  if (call.result)
    return call.result;
  if (!call.all.isFunction(function) || attribute != FunctionMaxSharedBytes)
    return call.all.misuse(InvalidHandle, "an attribute of what is no kernel");
  if (value < 0 || size_t(value) + function->entry->staticSharedBytes() >
                       call.all.mostShared())
    return InvalidValue;
  function->maxDynamicBytes = size_t(value);
  return Success;
}

} // extern "C"
} // namespace kdsl::cuda
