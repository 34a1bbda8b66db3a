//===- Exec.cpp - how to run: the checked form of kdsl_exec ---------------===//
//
// The struct may grow: a shorter one of an older caller is completed with
// zeros, a longer one of a newer caller is accepted while the fields that this
// runtime does not know are zero, which is their default.
//
//===----------------------------------------------------------------------===//

#include "runtime/Exec.h"
#include "runtime/Error.h"
#include "runtime/cpu/CpuLevel.h"
#include "runtime/cpu/ThreadPool.h"
#include <string.h>

using namespace kdsl;

/// Bytes of the first version of kdsl_exec; a smaller size is a mistake.
static constexpr uint32_t versionOneBytes = 104;
static_assert(sizeof(kdsl_exec) == versionOneBytes,
              "a new field needs a rule for callers that lack it");

static int copyExec(const kdsl_kernel &kernel, const kdsl_exec &from,
                    kdsl_exec &to) {
  uint32_t size = from.size ? from.size : versionOneBytes;
  if (size < versionOneBytes)
    return fail(KDSL_EARG,
                "program '%s': exec has size %u, expected at least %u; set it "
                "to sizeof(kdsl_exec)",
                kernel.name, size, versionOneBytes);
  const char *bytes = reinterpret_cast<const char *>(&from);
  for (uint32_t k = sizeof(kdsl_exec); k < size; ++k)
    if (bytes[k])
      return fail(KDSL_EARG,
                  "program '%s': exec has size %u and sets a field that this "
                  "runtime does not know; it knows %u bytes",
                  kernel.name, size, versionOneBytes);
  memcpy(&to, &from, sizeof(kdsl_exec));
  return KDSL_OK;
}

static int checkDevice(const kdsl_kernel &kernel, const kdsl_exec &options) {
  if (options.mem != KDSL_MEM_HOST && options.mem != KDSL_MEM_DEVICE)
    return fail(KDSL_EARG,
                "program '%s': exec.mem is %d, expected KDSL_MEM_HOST (0) or "
                "KDSL_MEM_DEVICE (1)",
                kernel.name, options.mem);
  if (options.device < KDSL_AUTO)
    return fail(KDSL_EARG,
                "program '%s': exec.device is %d, expected KDSL_AUTO (-1), "
                "KDSL_CPU (0) or KDSL_CUDA(n)",
                kernel.name, options.device);
  if (options.device == KDSL_CPU && options.mem == KDSL_MEM_DEVICE)
    return fail(KDSL_EARG,
                "program '%s': exec.mem is KDSL_MEM_DEVICE but exec.device is "
                "KDSL_CPU, which needs KDSL_MEM_HOST",
                kernel.name);
  // Levels are of the CPU. AUTO goes there for one, device memory cannot.
  if (options.isa != KDSL_ISA_BEST &&
      (options.device > KDSL_CPU || options.mem == KDSL_MEM_DEVICE))
    return fail(KDSL_EARG,
                "program '%s': exec.isa is %d, expected KDSL_ISA_BEST (0) for "
                "a call on a device",
                kernel.name, options.isa);
  return KDSL_OK;
}

static int checkHelpers(const kdsl_kernel &kernel, const kdsl_exec &options) {
  if (options.threads < 0)
    return fail(KDSL_EARG,
                "program '%s': exec.threads is %d, expected 0 (all) or a "
                "positive count",
                kernel.name, options.threads);
  if (options.pool &&
      (!options.pool->parallel_for || options.pool->workers < 1))
    return fail(KDSL_EARG,
                "program '%s': exec.pool has %s and %d workers, expected a "
                "function and at least 1",
                kernel.name,
                options.pool->parallel_for ? "a function" : "no function",
                options.pool->workers);
  if (options.alloc && (!options.alloc->alloc || !options.alloc->release))
    return fail(KDSL_EARG,
                "program '%s': exec.alloc needs both functions, '%s' is null",
                kernel.name, options.alloc->alloc ? "release" : "alloc");
  if (!options.workspace && options.workspace_bytes)
    return fail(KDSL_EARG,
                "program '%s': exec.workspace is null but workspace_bytes is "
                "%zu",
                kernel.name, options.workspace_bytes);
  if (!options.err && options.err_len)
    return fail(KDSL_EARG, "program '%s': exec.err is null but err_len is %zu",
                kernel.name, options.err_len);
  return KDSL_OK;
}

int kdsl::readExec(const kdsl_kernel &kernel, const kdsl_exec *exec, int isa,
                   kdsl_exec &options) {
  options = {};
  if (exec)
    if (int status = copyExec(kernel, *exec, options))
      return status;
  if (isa != KDSL_ISA_BEST)
    options.isa = isa;
  if (options.flags)
    return fail(KDSL_EARG, "program '%s': exec.flags is 0x%x, expected 0",
                kernel.name, options.flags);
  if (options.isa != KDSL_ISA_BEST &&
      (options.isa < KDSL_ISA_V2 || options.isa > KDSL_ISA_V4_AMX))
    return fail(KDSL_EARG,
                "program '%s': exec.isa is %d, expected KDSL_ISA_BEST (0), "
                "KDSL_ISA_V2 (2), KDSL_ISA_V3 (3), KDSL_ISA_V4 (4) or "
                "KDSL_ISA_V4_AMX (5)",
                kernel.name, options.isa);
  if (int status = checkDevice(kernel, options))
    return status;
  return checkHelpers(kernel, options);
}

/// Objects of a newer compiler may hold others.
static const char *levelName(int isa) {
  static const char *const names[] = {"x86-64", "x86-64-v2", "x86-64-v3",
                                      "x86-64-v4", "x86-64-v4-amx"};
  return isa >= 1 && isa <= KDSL_ISA_V4_AMX ? names[isa - 1]
                                            : "a level that is not known here";
}

int kdsl::chooseVariant(const kdsl_kernel &kernel, int isa,
                        const kdsl_variant *&variant) {
  const int level = cpuLevel();
  int lowest = 0; // the least demanding level of the object
  for (uint32_t k = 0; k < kernel.n_variants; ++k) {
    const kdsl_variant &candidate = kernel.variants[k];
    const bool isAsked = candidate.isa == isa;
    if ((isAsked || isa == KDSL_ISA_BEST) && candidate.isa <= level &&
        mayUseLevel(candidate.isa)) {
      variant = &candidate;
      return KDSL_OK;
    }
    if (isAsked)
      return fail(KDSL_ETARGET,
                  "program '%s': %s was asked for, this machine runs %s at most",
                  kernel.name, levelName(isa), levelName(level));
    if (!lowest || candidate.isa < lowest)
      lowest = candidate.isa;
  }
  if (isa != KDSL_ISA_BEST)
    return fail(KDSL_ETARGET,
                "program '%s': the object holds no code for %s", kernel.name,
                levelName(isa));
  if (!kernel.n_variants)
    return fail(KDSL_ETARGET, "program '%s': the object holds no code",
                kernel.name);
  return fail(KDSL_ETARGET,
              "program '%s': the object needs %s, this machine runs %s at most",
              kernel.name, levelName(lowest), levelName(level));
}

int kdsl::workerCount(const kdsl_exec &options) {
  if (options.pool)
    return options.pool->workers;
  const int processors = availableProcessors();
  return options.threads == 0 || options.threads > processors ? processors
                                                              : options.threads;
}
