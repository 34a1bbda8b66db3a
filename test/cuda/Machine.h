//===- Machine.h - the state of the fake driver ---------------------------===//

#ifndef KDSL_TEST_CUDA_MACHINE_H
#define KDSL_TEST_CUDA_MACHINE_H

#include "runtime/cuda/Driver.h"
#include "test/cuda/KernelEngine.h"
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <sys/types.h>

namespace kdsl::cuda {

/// What happened to an event; operations that are still queued hold it too.
struct EventState {
  Stream stream = nullptr; ///< of the last record
  uint64_t recorded = 0;   ///< number of the last record
  uint64_t completed = 0;  ///< number of the last record that was run
};

struct CUevent_st {
  Context context;
  std::shared_ptr<EventState> state = std::make_shared<EventState>();
};

/// Work that is queued. Numbers rise over all streams.
struct Operation {
  uint64_t number;
  std::function<int()> run;
};

struct CUstream_st {
  Context context;
  bool isBlocking; ///< in order with the default stream
  bool isCapturing = false;
  std::deque<Operation> queue;
};

struct CUctx_st {
  DeviceHandle device;
  bool isPrimary;
  int sticky = Success; ///< the result that killed it
  CUstream_st defaultStream{this, true, false, {}};
};

struct CUfunc_st {
  Module module;
  fakecuda::Entry *entry;
  size_t maxDynamicBytes; ///< of shared memory, that a launch may ask for
};

struct CUmod_st {
  Context context;
  std::unique_ptr<fakecuda::Code> code;
  std::map<std::string, std::unique_ptr<CUfunc_st>> functions;
};

} // namespace kdsl::cuda

namespace fakecuda {

using namespace kdsl::cuda;

/// A block of device memory; host memory that is closed to the host.
struct Allocation {
  Context context;
  size_t bytes;
  size_t mapped;
};

struct PrimaryContext {
  std::unique_ptr<CUctx_st> context;
  int retained = 0;
};

/// A call that is to fail.
struct Injection {
  std::string function; ///< empty: any
  int left = 0;         ///< calls until it fails; 0: off
  int result = Success;
  std::string fired; ///< the function that failed
};

/// Everything, guarded by one lock that each entry point takes.
struct Machine {
  Machine();
  ~Machine();

  std::recursive_mutex lock;
  pid_t process;
  bool isInitialised = false;
  int deviceCount = 1, compute = 80, maxPitch = INT32_MAX;
  size_t memoryBytes = size_t(16) << 30;
  std::mt19937_64 random;
  Injection injection;
  std::vector<std::string> log;
  std::map<std::string, size_t> calls;
  std::string fault; ///< the first
  size_t faultCount = 0;

  std::map<DeviceHandle, PrimaryContext> primaries;
  std::map<Context, std::unique_ptr<CUctx_st>> contexts; ///< of cuCtxCreate
  std::map<Stream, std::unique_ptr<CUstream_st>> streams;
  std::map<Event, std::unique_ptr<CUevent_st>> events;
  std::map<Module, std::unique_ptr<CUmod_st>> modules;
  std::map<DevicePointer, Allocation> allocations;
  size_t allocatedBytes = 0;
  uint64_t lastNumber = 0;

  kdslc::ptx::DeviceMemory memory;
  kdslc::ptx::Counts counts;
  HostFunctions hostFunctions;

  /// Records what a correct program does not do; gives `result` back.
  int misuse(int result, const std::string &text);

  /// The most shared memory that a block may ask for, as GPUs of that compute.
  size_t mostShared() const;
  bool isContext(Context context) const;
  bool isFunction(Function function) const;
  /// Whether a stream, also a default one, has not been destroyed.
  bool isStream(Stream stream) const;
  /// The stream behind a handle, special ones included; null if there is none.
  CUstream_st *find(Stream handle, Context current);

  //===--- Streams.cpp ---===//
  /// Queues work that a failure of kills the context.
  void enqueue(CUstream_st &stream, std::function<int()> run);
  /// Runs what is queued up to the operation `number`, and before each what
  /// it has to wait for. A lost context drops its work.
  void runUpTo(CUstream_st &stream, uint64_t number);
  void runAll(CUstream_st &stream) { runUpTo(stream, lastNumber); }
  void runAll(Context context);
  /// Lets other streams come on by a random amount, as a device would.
  void runSomeOf(Context context);

  //===--- Blocks.cpp ---===//
  int allocate(Context context, size_t bytes, DevicePointer &pointer);
  int release(DevicePointer pointer);
  bool isDevice(DevicePointer pointer, size_t bytes) const;
  bool isDevice(const void *pointer, size_t bytes) const;
};

/// Opens device memory to the host for a scope.
class OpenMemory {
public:
  OpenMemory();
  ~OpenMemory();
};

Machine &machine();
/// Contexts of a thread, the current one last. Without a destructor: a runtime
/// may call the driver while the process exits, when thread-local objects with
/// one are gone.
class ContextStack {
public:
  static constexpr size_t capacity = 64;

  bool empty() const { return used == 0; }
  bool isFull() const { return used == capacity; }
  Context back() const { return entries[used - 1]; }
  void push(Context context) { entries[used++] = context; }
  void pop() { --used; }
  void clear() { used = 0; }

private:
  Context entries[capacity];
  size_t used;
};

/// Of the calling thread.
ContextStack &contextStack();

} // namespace fakecuda

#endif // KDSL_TEST_CUDA_MACHINE_H
