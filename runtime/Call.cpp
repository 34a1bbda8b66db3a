//===- Call.cpp - the entry points of generated code ----------------------===//
//
// One call, in the order of its steps: options, shapes, pointers, code,
// memory, phases. Each step can refuse; nothing is written before the last. A
// call that would like a device comes to the CPU when none can run it.
//
//===----------------------------------------------------------------------===//

#include "runtime/Error.h"
#include "runtime/Exec.h"
#include "runtime/Export.h"
#include "runtime/Labels.h"
#include "runtime/Phases.h"
#include "runtime/Ranges.h"
#include "runtime/cpu/FloatMode.h"
#include "runtime/cuda/DeviceCall.h"
#include <time.h>

using namespace kdsl;

namespace {
/// What a call on the CPU decides before it asks for memory.
struct Plan {
  const kdsl_variant *variant = nullptr;
  int workers = 1;
  WorkspaceLayout layout;
};
} // namespace

static int readCall(const Arguments &arguments, const kdsl_exec *exec, int isa,
                    kdsl_exec &options) {
  if (int status = readExec(arguments.program(), exec, isa, options))
    return status;
  return checkShapes(arguments);
}

/// Everything that a call decides without looking at an array.
static int makePlan(const Arguments &arguments, const kdsl_exec &options,
                    Plan &plan) {
  if (int status =
          chooseVariant(arguments.program(), options.isa, plan.variant))
    return status;
  if (isWorthThreads(arguments, *plan.variant))
    plan.workers = workerCount(options);
  return layOut(arguments, *plan.variant, plan.workers, plan.layout);
}

/// What must hold before the descriptor and the args struct can be read.
static int checkEntry(const kdsl_kernel *kernel, const void *args) {
  if (!kernel)
    return fail(KDSL_EARG, "the kernel is null, expected a program's "
                           "descriptor");
  if (kernel->abi < KDSL_ABI_OLDEST || kernel->abi > KDSL_ABI)
    return fail(KDSL_EABI,
                "the object was made for version %u of the interface, this "
                "runtime has version %u; compile it again or take the runtime "
                "of its compiler",
                kernel->abi, KDSL_ABI);
  if (!args)
    return fail(KDSL_EARG, "program '%s': the args struct is null",
                kernel->name);
  return KDSL_OK;
}

/// The body for the sizes of the args struct. If there is none the first will
/// do: no check of sizes lets it pass.
static const kdsl_kernel &bodyFor(const kdsl_kernel &kernel,
                                  const void *args) {
  const auto *sizes = static_cast<const int64_t *>(args);
  for (uint32_t b = 0; b < kernel.n_bodies; ++b) {
    const kdsl_kernel &body = *kernel.bodies[b];
    bool fits = true;
    for (uint32_t k = 0; k < body.n_sizes; ++k)
      fits &= body.fixed[k] < 0 || body.fixed[k] == sizes[k];
    if (fits)
      return body;
  }
  return kernel;
}

static double secondsNow() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// What the caller's memory holds, as far as it can be seen from here.
static int checkArrays(const Arguments &arguments, const kdsl_exec &options) {
  if (int status = checkPointers(arguments))
    return status;
  if (int status = checkRanges(arguments))
    return status;
  return options.mem == KDSL_MEM_DEVICE ? int(KDSL_OK) : checkLabels(arguments);
}

static int runOnCpu(const Arguments &arguments, const kdsl_exec &options) {
  Plan plan;
  if (int status = makePlan(arguments, options, plan))
    return status;
  if (int status = checkArrays(arguments, options))
    return status;
  const double begin = options.stats ? secondsNow() : 0;

  TurnedRanges turned;
  if (int status = turned.make(arguments))
    return status;
  Workspace workspace;
  if (int status = workspace.acquire(arguments, options, plan.layout))
    return status;
  const int64_t copied =
      fillWorkspace(arguments, plan.layout, workspace.base());
  turned.pointTo(arguments, workspace.base());
  const int status = runPhases({arguments, *plan.variant, options, plan.layout,
                                workspace.base(), plan.workers});
  if (options.stats)
    *options.stats = {secondsNow() - begin, countPairs(arguments), copied,
                      plan.variant->target, options.device == KDSL_AUTO};
  return status;
}

/// \param fallsBack  set when the CPU should run the call instead.
static int runOnDevice(const Arguments &arguments, const kdsl_exec &options,
                       bool &fallsBack) {
  const cuda::InsideCall inside;
  if (int status = checkArrays(arguments, options))
    return status;
  const double begin = options.stats ? secondsNow() : 0;
  cuda::DeviceCode code;
  if (int status = cuda::findDeviceCode(arguments.program(), options, code)) {
    fallsBack = cuda::mayFallBack(options, status);
    return status;
  }
  int64_t copied = 0;
  const int status = cuda::runOnDevice(arguments, options, code, copied);
  if (options.stats)
    *options.stats = {secondsNow() - begin, countPairs(arguments), copied,
                      code.image->target, 0};
  return status;
}

static int runCall(const Arguments &arguments, const kdsl_exec *exec, int isa) {
  kdsl_exec options;
  if (int status = readCall(arguments, exec, isa, options))
    return status;
  if (wantsDevice(options)) {
    bool fallsBack = false;
    const int status = runOnDevice(arguments, options, fallsBack);
    if (!fallsBack)
      return status;
  }
  return runOnCpu(arguments, options);
}

/// The bytes of exec.workspace that a call needs; 0 with a message.
static size_t workspaceBytes(const Arguments &arguments,
                             const kdsl_exec *exec) {
  kdsl_exec options;
  if (readCall(arguments, exec, KDSL_ISA_BEST, options))
    return 0;
  if (options.mem == KDSL_MEM_DEVICE) {
    if (checkRanges(arguments)) // whose copies are counted
      return 0;
    return cuda::deviceWorkspace(arguments, options);
  }
  // Arrays in host memory need device memory, which no workspace here is.
  if (options.device > KDSL_CPU)
    return workspaceAlign;
  Plan plan;
  // With room to align a block from any allocator; never 0 for a valid call.
  return makePlan(arguments, options, plan) == KDSL_OK
             ? plan.layout.total + workspaceAlign
             : 0;
}

/// Hands the message to callers who asked for a copy. The struct's size says
/// whether it has the fields at all.
static void copyMessage(const kdsl_exec *exec, int status) {
  if (!exec || (exec->size && exec->size < sizeof(kdsl_exec)) || !exec->err ||
      !exec->err_len)
    return;
  const char *message = status == KDSL_OK ? "" : kdsl_last_error();
  size_t length = strlen(message);
  if (length >= exec->err_len)
    length = exec->err_len - 1;
  memcpy(exec->err, message, length);
  exec->err[length] = 0;
}

KDSL_EXPORT int kdsl_call_isa_v1(const kdsl_kernel *kernel, const void *args,
                                 const kdsl_exec *exec, int isa) {
  // From here on, since estimates of cost would raise unmasked exceptions.
  DefaultFloatMode mode;
  int status = checkEntry(kernel, args);
  if (status == KDSL_OK)
    status = runCall(Arguments(bodyFor(*kernel, args), args), exec, isa);
  copyMessage(exec, status);
  return status;
}

KDSL_EXPORT int kdsl_call_v1(const kdsl_kernel *kernel, const void *args,
                             const kdsl_exec *exec) {
  return kdsl_call_isa_v1(kernel, args, exec, KDSL_ISA_BEST);
}

KDSL_EXPORT size_t kdsl_workspace_v1(const kdsl_kernel *kernel,
                                     const void *args, const kdsl_exec *exec) {
  DefaultFloatMode mode;
  int status = checkEntry(kernel, args);
  size_t bytes = 0;
  if (status == KDSL_OK) {
    bytes = workspaceBytes(Arguments(bodyFor(*kernel, args), args), exec);
    status = bytes ? KDSL_OK : KDSL_EARG;
  }
  copyMessage(exec, status);
  return bytes;
}
