//===- Plugin.cpp - a library that holds a program and a runtime ----------===//

#include "TestProgram.h"

/// Runs a problem that is worth threads.
extern "C" __attribute__((visibility("default"))) int runInPlugin() {
  kdsl_test::Problem problem(600, 700);
  kdsl_exec exec = {};
  exec.threads = 2;
  return problem.run(&exec) == KDSL_OK && problem.isRight();
}

/// A call with this library's own runtime.
extern "C" __attribute__((visibility("default"))) int
callInPlugin(const kdsl_kernel *kernel, const void *args,
             const kdsl_exec *exec) {
  return kdsl_call_v1(kernel, args, exec);
}
