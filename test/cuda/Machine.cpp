//===- Machine.cpp - the state of the fake driver, and its controls -------===//

#include "test/cuda/Machine.h"
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace fakecuda;

static int fromEnvironment(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

Machine::Machine()
    : process(getpid()), deviceCount(fromEnvironment("FAKECUDA_DEVICES", 1)),
      compute(fromEnvironment("FAKECUDA_COMPUTE", 80)),
      random(uint64_t(fromEnvironment("FAKECUDA_SEED", 1))) {}

Machine::~Machine() {
  while (!allocations.empty())
    release(allocations.begin()->first);
}

/// Never destroyed: the process may call until its very end.
static Machine *&current() {
  static Machine *instance = new Machine;
  return instance;
}

Machine &fakecuda::machine() { return *current(); }

fakecuda::ContextStack &fakecuda::contextStack() {
  thread_local ContextStack stack;
  return stack;
}

int Machine::misuse(int result, const std::string &text) {
  // What follows the first is mostly its consequence.
  if (++faultCount == 1) {
    fault = text;
    std::fprintf(stderr, "fake CUDA: %s\n", text.c_str());
  }
  return result;
}

size_t Machine::mostShared() const {
  const bool isLarge = compute == 90 || compute / 10 == 10;
  return size_t(isLarge ? 227 : compute == 80 ? 163 : 99) * 1024;
}

bool Machine::isContext(Context context) const {
  if (contexts.count(context))
    return true;
  for (const auto &[device, primary] : primaries)
    if (primary.context.get() == context)
      return primary.retained > 0;
  return false;
}

bool Machine::isFunction(Function function) const {
  for (const auto &[handle, module] : modules)
    for (const auto &[name, candidate] : module->functions)
      if (candidate.get() == function)
        return true;
  return false;
}

bool Machine::isStream(Stream stream) const {
  if (streams.count(stream))
    return true;
  for (const auto &[device, primary] : primaries)
    if (primary.context && stream == &primary.context->defaultStream)
      return true;
  for (const auto &[context, made] : contexts)
    if (stream == &context->defaultStream)
      return true;
  return false;
}

CUstream_st *Machine::find(Stream handle, Context current) {
  // The default stream; by its own name, and each thread's, which is not told
  // apart here.
  if (reinterpret_cast<uintptr_t>(handle) <= 2)
    return current ? &current->defaultStream : nullptr;
  auto found = streams.find(handle);
  return found == streams.end() ? nullptr : found->second.get();
}

//===----------------------------------------------------------------------===//
// Controls
//===----------------------------------------------------------------------===//

using Guard = std::lock_guard<std::recursive_mutex>;

void fakecuda_reset() {
  delete current();
  current() = new Machine;
  contextStack().clear();
}

void fakecuda_set_devices(int count) { machine().deviceCount = count; }
void fakecuda_set_compute(int compute) { machine().compute = compute; }
void fakecuda_set_memory(size_t bytes) { machine().memoryBytes = bytes; }
void fakecuda_set_max_pitch(int bytes) { machine().maxPitch = bytes; }
void fakecuda_set_seed(uint64_t seed) { machine().random.seed(seed); }

void fakecuda_set_capturing(void *stream, int on) {
  static_cast<Stream>(stream)->isCapturing = on;
}

void fakecuda_inject(const char *function, int n, int result) {
  const Guard guard(machine().lock);
  machine().injection = {function ? function : "", n, result, ""};
}

const char *fakecuda_injected() {
  const std::string &fired = machine().injection.fired;
  return fired.empty() ? nullptr : fired.c_str();
}

size_t fakecuda_log_size() { return machine().log.size(); }
const char *fakecuda_log_line(size_t index) {
  return machine().log[index].c_str();
}

void fakecuda_log_clear() {
  const Guard guard(machine().lock);
  machine().log.clear();
  machine().calls.clear();
}

size_t fakecuda_calls(const char *function) {
  const Guard guard(machine().lock);
  auto found = machine().calls.find(function);
  return found == machine().calls.end() ? 0 : found->second;
}

fakecuda_live fakecuda_count_live() {
  Machine &all = machine();
  const Guard guard(all.lock);
  fakecuda_live live = {all.allocations.size(), all.allocatedBytes,
                        all.modules.size(),     all.streams.size(),
                        all.events.size(),      0};
  for (const auto &[device, primary] : all.primaries)
    live.retained += size_t(primary.retained);
  return live;
}

const char *fakecuda_last_fault() { return machine().fault.c_str(); }

void fakecuda_clear_fault() {
  const Guard guard(machine().lock);
  machine().fault.clear();
  machine().faultCount = 0;
}

uint64_t fakecuda_count(int instructionClass) {
  return machine().counts.of[instructionClass];
}

void fakecuda_register(const char *name, fakecuda_kernel kernel,
                       const size_t *paramBytes, int params) {
  const Guard guard(machine().lock);
  machine().hostFunctions[name] = {kernel, {paramBytes, paramBytes + params}};
}

int fakecuda_reads(const void *address, size_t bytes) {
  Machine &all = machine();
  if (all.memory.isInitialised(address, bytes))
    return 1;
  all.misuse(0, all.memory.contains(address, bytes)
                    ? "a kernel reads device memory that nobody wrote"
                    : "a kernel reads outside of device memory");
  return 0;
}

int fakecuda_writes(const void *address, size_t bytes) {
  Machine &all = machine();
  if (!all.memory.contains(address, bytes)) {
    all.misuse(0, "a kernel writes outside of device memory");
    return 0;
  }
  all.memory.markInitialised(address, bytes);
  return 1;
}
