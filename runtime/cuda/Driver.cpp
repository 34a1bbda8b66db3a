//===- Driver.cpp - opening the CUDA driver -------------------------------===//
//
// That there is no driver, or none that works here, is found once and kept, so
// that calls that would like a device but do without cost nothing. Failures
// that may pass are tried again by the next call.
//
//===----------------------------------------------------------------------===//

#include "runtime/cuda/Driver.h"
#include "kdsl/kdsl.h"
#include "runtime/Error.h"
#include <atomic>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

using namespace kdsl;
using namespace kdsl::cuda;

namespace {
enum class State { unknown, absent, open };

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
std::atomic<State> state{State::unknown};
/// The process that began to use CUDA. A forked child must not even wait for
/// the locks, which threads that it does not have may hold.
std::atomic<pid_t> owner{0};
Driver driverTable;
char absentReason[256];
} // namespace

static int setAbsent(const char *what, const char *detail) {
  snprintf(absentReason, sizeof(absentReason), "%s%s%s", what,
           detail ? ": " : "", detail ? detail : "");
  state.store(State::absent, std::memory_order_release);
  return KDSL_ENODEVICE;
}

/// Fills the table; the library is never closed.
static bool findFunctions() {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    setAbsent("there is no CUDA driver", dlerror());
    return false;
  }
  const char *missing = nullptr;
#define KDSL_CUDA_FIND(NAME, PARAMETERS)                                       \
  driverTable.NAME = reinterpret_cast<int(*) PARAMETERS>(dlsym(library, #NAME));
#define KDSL_CUDA_DEMAND(NAME, PARAMETERS)                                     \
  KDSL_CUDA_FIND(NAME, PARAMETERS)                                             \
  if (!driverTable.NAME)                                                       \
    missing = #NAME;
  KDSL_CUDA_OPTIONAL(KDSL_CUDA_FIND)
  KDSL_CUDA_REQUIRED(KDSL_CUDA_DEMAND)
#undef KDSL_CUDA_FIND
#undef KDSL_CUDA_DEMAND
  if (missing)
    setAbsent("the CUDA driver is too old, it lacks the function", missing);
  return !missing;
}

/// Results of cuInit that the process cannot outlive.
static bool isFinal(int result) {
  switch (result) {
  case NoDevice:
  case StubLibrary:
  case InsufficientDriver:
  case SystemDriverMismatch:
  case CompatNotSupported:
    return true;
  default:
    return false;
  }
}

static int initialise(const char *program) {
  if (!findFunctions())
    return KDSL_ENODEVICE;
  const int result = driverTable.cuInit(0);
  if (result == Success) {
    state.store(State::open, std::memory_order_release);
    return KDSL_OK;
  }
  const ResultText reason(driverTable, result);
  if (isFinal(result))
    return setAbsent("the CUDA driver cannot be used, cuInit failed",
                     reason.text);
  return fail(result == OutOfMemory ? KDSL_ENOMEM : KDSL_ENODEVICE,
              "program '%s': the CUDA driver cannot be used, cuInit failed: %s",
              program, reason.text);
}

int kdsl::cuda::openDriver(const char *program, const Driver *&driver) {
  driver = &driverTable;
  if (state.load(std::memory_order_acquire) == State::unknown) {
    pid_t none = 0;
    owner.compare_exchange_strong(none, getpid());
    if (isForkedFromUser())
      return fail(KDSL_EDEVICE,
                  "program '%s': this process was forked from one that uses "
                  "CUDA, which does not survive a fork",
                  program);
    pthread_mutex_lock(&lock);
    const int status =
        state == State::unknown ? initialise(program) : int(KDSL_OK);
    pthread_mutex_unlock(&lock);
    if (status != KDSL_OK && state != State::absent)
      return status;
  }
  if (state.load(std::memory_order_acquire) == State::absent)
    return fail(KDSL_ENODEVICE, "program '%s': %s", program, absentReason);
  if (isForkedFromUser())
    return fail(KDSL_EDEVICE,
                "program '%s': this process was forked from one that uses "
                "CUDA, which does not survive a fork",
                program);
  return KDSL_OK;
}

bool kdsl::cuda::isForkedFromUser() {
  const pid_t user = owner;
  return user != 0 && user != getpid() && state != State::absent;
}

bool kdsl::cuda::isDriverOpen() {
  return state == State::open && owner == getpid();
}

void kdsl::cuda::forgetDriver() {
  state = State::unknown;
  owner = 0;
}

ResultText::ResultText(const Driver &driver, int result) {
  const char *name = nullptr, *words = nullptr;
  if (driver.cuGetErrorName(result, &name) != Success || !name) {
    snprintf(text, sizeof(text), "error %d", result);
    return;
  }
  driver.cuGetErrorString(result, &words);
  snprintf(text, sizeof(text), "%s (%s)", name, words ? words : "");
}
