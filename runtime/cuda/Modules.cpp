//===- Modules.cpp - device code that is loaded ---------------------------===//

#include "runtime/cuda/Modules.h"
#include "runtime/Error.h"
#include "runtime/cuda/Device.h"
#include <stdlib.h>
#include <string.h>

using namespace kdsl;
using namespace kdsl::cuda;

bool kdsl::cuda::runsOn(const kdsl_image &image, int compute) {
  if (image.kind == KDSL_CUBIN)
    return image.compute / 10 == compute / 10 && image.compute <= compute;
  return image.kind == KDSL_PTX && image.compute <= compute;
}

int32_t kdsl::cuda::sharedBytesOf(const kdsl_image &image,
                                  uint32_t phaseCount) {
  int32_t most = 0;
  for (uint32_t k = 0; k < phaseCount; ++k)
    if (image.phases[k].shared_bytes > most)
      most = image.phases[k].shared_bytes;
  return most;
}

/// Results that say that this image, and not the device, is the trouble: PTX
/// newer than the driver, no compiler for PTX, code for another architecture.
static bool isAboutImage(int result) {
  switch (result) {
  case InvalidImage:
  case NoBinaryForGpu:
  case InvalidPtx:
  case JitCompilerNotFound:
  case UnsupportedPtxVersion:
  case JitCompilationDisabled:
  case InvalidSource:
    return true;
  default:
    return false;
  }
}

static const char *mergeName(const kdsl_device_phase &phase) {
  return phase.merge ? phase.merge : "";
}

static bool holds(const LoadedImage &loaded, const kdsl_image &image,
                  uint32_t phaseCount) {
  if (loaded.size != size_t(image.size) || loaded.phaseCount != phaseCount ||
      memcmp(loaded.bytes, image.bytes, loaded.size) != 0)
    return false;
  for (uint32_t k = 0; k < phaseCount; ++k) {
    const char *sweep = loaded.phases[k].names;
    if (loaded.phases[k].sharedBytes != image.phases[k].shared_bytes ||
        strcmp(sweep, image.phases[k].sweep) != 0 ||
        strcmp(sweep + strlen(sweep) + 1, mergeName(image.phases[k])) != 0)
      return false;
  }
  return true;
}

/// A host copy of bytes; null when there is no memory.
static char *copyOf(const void *bytes, size_t size) {
  auto *copy = static_cast<char *>(malloc(size));
  return copy ? static_cast<char *>(memcpy(copy, bytes, size)) : nullptr;
}

static char *copyNames(const kdsl_device_phase &phase) {
  const size_t sweepBytes = strlen(phase.sweep) + 1;
  const size_t mergeBytes = strlen(mergeName(phase)) + 1;
  auto *names = static_cast<char *>(malloc(sweepBytes + mergeBytes));
  if (names) {
    memcpy(names, phase.sweep, sweepBytes);
    memcpy(names + sweepBytes, mergeName(phase), mergeBytes);
  }
  return names;
}

static void freeEntry(LoadedImage *entry) {
  for (uint32_t k = 0; entry->phases && k < entry->phaseCount; ++k)
    free(entry->phases[k].names);
  free(entry->phases);
  free(entry->bytes);
  free(entry);
}

static void unload(const Driver &driver, LoadedImage *entry) {
  if (entry->module)
    driver.cuModuleUnload(entry->module);
  freeEntry(entry);
}

/// The parts of a cache entry that are host memory; null when there is none.
static LoadedImage *makeEntry(const kdsl_image &image, uint32_t phaseCount) {
  auto *entry = static_cast<LoadedImage *>(calloc(1, sizeof(LoadedImage)));
  if (!entry)
    return nullptr;
  entry->size = size_t(image.size);
  entry->bytes = copyOf(image.bytes, entry->size);
  entry->phaseCount = phaseCount;
  entry->phases =
      static_cast<PhaseFunctions *>(calloc(phaseCount, sizeof(PhaseFunctions)));
  bool complete = entry->bytes && entry->phases;
  for (uint32_t k = 0; complete && k < phaseCount; ++k) {
    entry->phases[k].names = copyNames(image.phases[k]);
    entry->phases[k].sharedBytes = image.phases[k].shared_bytes;
    complete = entry->phases[k].names;
  }
  if (complete)
    return entry;
  freeEntry(entry);
  return nullptr;
}

/// Loads the bytes. When the driver finds fault with them its compiler's words
/// become the message.
static int loadModule(const Caller &caller, const kdsl_image &image,
                      Module &module) {
  char log[1024] = "";
  int options[] = {JitErrorLogBuffer, JitErrorLogBufferBytes};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
  const int result = caller.driver.cuModuleLoadDataEx(&module, image.bytes, 2,
                                                      options, values);
  if (!isAboutImage(result))
    return caller.check(result, "cuModuleLoadDataEx", image.target);
  log[sizeof(log) - 1] = 0;
  for (char *c = log; *c; ++c)
    if (*c == '\n')
      *c = ' ';
  return fail(KDSL_ETARGET,
              "program '%s': device %d (%s) cannot use the code for %s: %s%s"
              "%.200s",
              caller.program, caller.device.ordinal, caller.device.name,
              image.target, ResultText(caller.driver, result).text,
              *log ? "; " : "", log);
}

static int findFunction(const Caller &caller, Module module, const char *name,
                        Function &function) {
  return caller.check(
      caller.driver.cuModuleGetFunction(&function, module, name),
      "cuModuleGetFunction", name);
}

static int findFunctions(const Caller &caller, const kdsl_image &image,
                         LoadedImage &loaded) {
  for (uint32_t k = 0; k < loaded.phaseCount; ++k) {
    const kdsl_device_phase &phase = image.phases[k];
    if (int status = findFunction(caller, loaded.module, phase.sweep,
                                  loaded.phases[k].sweep))
      return status;
    // More than 48 KiB a block gets of a driver that was told before.
    if (phase.shared_bytes > 0)
      if (int status = caller.check(
              caller.driver.cuFuncSetAttribute(loaded.phases[k].sweep,
                                               FunctionMaxSharedBytes,
                                               phase.shared_bytes),
              "cuFuncSetAttribute", phase.sweep))
        return status;
    if (phase.merge)
      if (int status = findFunction(caller, loaded.module, phase.merge,
                                    loaded.phases[k].merge))
        return status;
  }
  return KDSL_OK;
}

int ModuleCache::load(const Caller &caller, const kdsl_image &image,
                      uint32_t phaseCount) {
  LoadedImage *entry = makeEntry(image, phaseCount);
  if (!entry)
    return fail(KDSL_ENOMEM, "program '%s': no memory to load device code",
                caller.program);
  int status = loadModule(caller, image, entry->module);
  if (status == KDSL_OK)
    status = findFunctions(caller, image, *entry);
  if (status != KDSL_OK) {
    unload(caller.driver, entry);
    return status;
  }
  entry->next = first;
  first = entry;
  return KDSL_OK;
}

int ModuleCache::get(const Caller &caller, const kdsl_image &image,
                     uint32_t phaseCount, const PhaseFunctions *&functions) {
  int status = KDSL_OK;
  pthread_mutex_lock(&lock);
  LoadedImage *entry = first;
  while (entry && !holds(*entry, image, phaseCount))
    entry = entry->next;
  if (!entry) {
    status = load(caller, image, phaseCount);
    entry = first;
  }
  if (status == KDSL_OK)
    functions = entry->phases;
  pthread_mutex_unlock(&lock);
  return status;
}

void ModuleCache::releaseAll(const Caller &caller) {
  pthread_mutex_lock(&lock);
  while (LoadedImage *entry = first) {
    first = entry->next;
    unload(caller.driver, entry);
  }
  pthread_mutex_unlock(&lock);
}
