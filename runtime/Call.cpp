//===- Call.cpp - the entry points of generated code ----------------------===//
//
// One call, in the order of its steps: options, shapes, pointers, code,
// memory, phases. Each step can refuse; nothing is written before the last.
//
//===----------------------------------------------------------------------===//

#include "runtime/Error.h"
#include "runtime/Exec.h"
#include "runtime/Export.h"
#include "runtime/Phases.h"
#include "runtime/cpu/FloatMode.h"
#include <time.h>

using namespace kdsl;

namespace {
/// What is decided before memory is asked for.
struct Plan {
  kdsl_exec options;
  const kdsl_variant *variant = nullptr;
  int workers = 1;
  WorkspaceLayout layout;
};
} // namespace

/// Everything that a call decides without looking at an array.
static int makePlan(const Arguments &arguments, const kdsl_exec *exec, int isa,
                    Plan &plan) {
  const kdsl_kernel &kernel = arguments.program();
  if (int status = readExec(kernel, exec, isa, plan.options))
    return status;
  if (int status = checkShapes(arguments))
    return status;
  if (int status = chooseVariant(kernel, plan.options.isa, plan.variant))
    return status;
  if (isWorthThreads(arguments, *plan.variant))
    plan.workers = workerCount(plan.options);
  return layOut(arguments, plan.variant->scratch_bytes, plan.workers,
                plan.layout);
}

/// What must hold before the descriptor and the args struct can be read.
static int checkEntry(const kdsl_kernel *kernel, const void *args) {
  if (!kernel)
    return fail(KDSL_EARG, "the kernel is null, expected a program's "
                           "descriptor");
  if (kernel->abi != KDSL_ABI)
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

static double secondsNow() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

static int runCall(const Arguments &arguments, const kdsl_exec *exec, int isa) {
  Plan plan;
  if (int status = makePlan(arguments, exec, isa, plan))
    return status;
  if (int status = checkPointers(arguments))
    return status;
  kdsl_stats *stats = plan.options.stats;
  const double begin = stats ? secondsNow() : 0;

  Workspace workspace;
  if (int status = workspace.acquire(arguments, plan.options, plan.layout))
    return status;
  const int64_t copied =
      fillWorkspace(arguments, plan.layout, workspace.base());
  const int status = runPhases({arguments, *plan.variant, plan.options,
                                plan.layout, workspace.base(), plan.workers});
  if (stats)
    *stats = {secondsNow() - begin, countPairs(arguments), copied,
              plan.variant->target, plan.options.device == KDSL_AUTO};
  return status;
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
    status = runCall(Arguments(*kernel, args), exec, isa);
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
  Plan plan;
  int status = checkEntry(kernel, args);
  if (status == KDSL_OK)
    status = makePlan(Arguments(*kernel, args), exec, KDSL_ISA_BEST, plan);
  copyMessage(exec, status);
  // With room to align a block from any allocator; never 0 for a valid call.
  return status == KDSL_OK ? plan.layout.total + workspaceAlign : 0;
}
