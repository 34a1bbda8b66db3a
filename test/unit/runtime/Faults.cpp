//===- Faults.cpp - failures on demand ------------------------------------===//

#include "Faults.h"
#include <kdsl/kdsl.h>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <pthread.h>

std::atomic<int> kdsl_test::allocationsLeft{-1};
std::atomic<int> kdsl_test::threadsLeft{-1};
std::atomic<int> kdsl_test::pretendedLevel{0};
std::atomic<bool> kdsl_test::refusesMatrices{false};
std::atomic<bool> kdsl_test::isDriverHidden{false};
std::atomic<const char *> kdsl_test::hiddenSymbol{nullptr};

static bool fails(std::atomic<int> &left) {
  return left >= 0 && left.fetch_sub(1) <= 0 && (left = 0, true);
}

extern "C" {
void *__real_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes) {
  return fails(kdsl_test::allocationsLeft) ? nullptr
                                           : __real_aligned_alloc(align, bytes);
}

int __real_pthread_create(pthread_t *, const pthread_attr_t *,
                          void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg) {
  return fails(kdsl_test::threadsLeft)
             ? EAGAIN
             : __real_pthread_create(thread, attributes, start, arg);
}

int __real__ZN4kdsl8cpuLevelEv();
int __wrap__ZN4kdsl8cpuLevelEv() {
  int level = kdsl_test::pretendedLevel;
  return level ? level : __real__ZN4kdsl8cpuLevelEv();
}

bool __real__ZN4kdsl11mayUseLevelEi(int level);
bool __wrap__ZN4kdsl11mayUseLevelEi(int level) {
  if (kdsl_test::refusesMatrices)
    return level < KDSL_ISA_V4_AMX;
  return kdsl_test::pretendedLevel ||
         __real__ZN4kdsl11mayUseLevelEi(level);
}

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags) {
  const bool hides = kdsl_test::isDriverHidden && name &&
                     std::strcmp(name, "libcuda.so.1") == 0;
  return __real_dlopen(hides ? "libcuda-is-absent.so.1" : name, flags);
}

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name) {
  const char *hidden = kdsl_test::hiddenSymbol;
  return hidden && std::strcmp(name, hidden) == 0 ? nullptr
                                                  : __real_dlsym(library, name);
}

/// The pool asks for the processors of the process; tests pretend that there
/// are 64 so that thread counts are not cut to this machine's.
int __wrap__ZN4kdsl19availableProcessorsEv() { return 64; }
}
